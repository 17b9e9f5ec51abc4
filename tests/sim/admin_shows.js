// SPDX-License-Identifier: MIT
// What the operator's side tells: numbers, cookies, the audit log, proof.
'use strict';
const fs = require('fs');
const { assert, test, exec } = require('./harness.js');
const { Application } = require('./upstream.js');
const {
    assent,
    sites,
    fresh,
    ask,
    json,
    visitor,
    grant,
    note,
    compile,
    upload,
    archiveOf,
    raise,
} = require('./operator.js');

test('counters_metrics_and_health_have_nothing_of_a_visitor', async (start) => {
    const sim = await start(sites);
    const one = visitor(sim);
    const receipt = await grant(one);
    const all = JSON.parse((await one('/.consent/export')).body);
    const subject = all.receipt.header.pii_principal_id;
    await one('/', '-A', 'Visitor/9.87 secret-browser', '-H', 'Cookie: secret_name=secret-value', '-H', 'Accept-Language: de-CH');
    assert.strictEqual(subject.length, 32);
    for (const name of ['health', 'counters', 'metrics', 'unclassified', 'policies', 'audit', 'log', 'audit/export', '']) {
        const { status, body } = await ask(sim, name);
        assert.strictEqual(status, 200, name);
        for (const secret of [subject, receipt, 'secret-value', 'secret-browser', 'de-CH', '10.0.2', '127.0.0.1']) {
            assert(!body.includes(secret), `${name} says ${secret}`);
        }
    }
    assert(!(await sim.command('stats')).includes(subject));
    const counters = (await json(sim, 'counters')).sites.prokoders;
    assert.deepStrictEqual(counters.tiers.analytics, { granted: 1, refused: 0, withdrawn: 0 });
    assert.strictEqual(counters.methods.api, 1);
});

test('metrics_are_in_the_text_format_of_prometheus', async (start) => {
    const sim = await start(sites);
    await grant(visitor(sim));
    const r = await ask(sim, 'metrics');
    assert.strictEqual(r.fields['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const types = {};
    const seen = new Set();
    let current = null;
    for (const line of r.body.trimEnd().split('\n')) {
        const type = line.match(/^# TYPE ([a-z_]+) (counter|gauge)$/);
        const help = line.match(/^# HELP ([a-z_]+) .+$/);
        const value = line.match(/^([a-z_]+)(\{[a-z]+="[\w-]+"(,[a-z]+="[\w-]+")*\})? \d+$/);
        assert(type || help || value, line);
        if (type) {
            assert(!(type[1] in types), `${type[1]} twice`);
            types[current = type[1]] = type[2];
        } else if (value) {
            assert.strictEqual(value[1], current, 'families stay together');
            assert(!seen.has(value[1] + value[2]), line);
            seen.add(value[1] + value[2]);
        }
    }
    assert(r.body.includes('assent_choices_total{site="prokoders",tier="analytics",state="granted"} 1\n'), r.body);
    for (const [name, type] of Object.entries(types)) assert.strictEqual(name.endsWith('_total'), type === 'counter', name);
});

test('an_unclassified_cookie_becomes_lines_that_compile', async (start) => {
    const sim = await start(sites);
    const one = visitor(sim);
    await one('/', '-H', 'Cookie: made_by_script=1');
    await one('/');
    const { cookies } = await json(sim, 'unclassified');
    const index = cookies.findIndex((cookie) => cookie.name === 'demo_unknown');
    assert.strictEqual(cookies[index].seen_in, 'response');
    assert.strictEqual(cookies[index].count, 2);
    assert(cookies.some((cookie) => cookie.name === 'made_by_script' && cookie.seen_in === 'request'));
    const lines = (await ask(sim, `classify?cookie=${index}&tier=analytics`)).body;
    const key = note(sim, 'policy key');
    const archive = await archiveOf(sim, 'prokoders', true);
    const image = await compile('prokoders', key, (text) => raise(archive)(text).replace('"cookies": [', `"cookies": [\n${lines},`));
    const r = await upload(sim, image);
    assert.strictEqual(r.status, 201, r.body);
    assert(!(await json(sim, 'unclassified')).cookies.some((cookie) => cookie.name === 'demo_unknown'));
    await grant(one);
    assert((await one('/echo')).body.includes('demo_unknown='), 'it passes now');
});

test('a_host_seen_in_a_page_is_classified_exported_patched_uploaded_and_enforced', async (start) => {
    const html = '<!doctype html><body><script src="https://cdn.tracker.example/x.js"></script>';
    const app = await Application.start(() => `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${html.length}\r\n` +
        `Set-Cookie: shop_stats=1; Path=/\r\n\r\n${html}`);
    const sim = await start([...sites, '--upstream', `selfmento=127.0.0.1:${app.port}`]);
    const one = visitor(sim, 'selfmento');
    const page = () => one('/', '-H', 'Accept: text/html');
    await page();
    await grant(one);
    assert(!(await page()).fields['content-security-policy'].includes('cdn.tracker.example'));
    const key = note(sim, 'policy key');
    const archive = JSON.parse(await archiveOf(sim, 'selfmento', true));
    let source = 'core/policies/selfmento.json';
    const { hosts } = await json(sim, 'hosts');
    const { cookies } = await json(sim, 'unclassified');
    const wanted = [
        ['host', hosts.findIndex((host) => host.host === 'cdn.tracker.example')],
        ['cookie', cookies.findIndex((cookie) => cookie.name === 'shop_stats')],
    ];
    for (const [kind, index] of wanted) {
        assert(index >= 0, kind);
        const lines = fresh('lines');
        const patched = fresh('patched.json');
        fs.writeFileSync(lines, (await ask(sim, `classify?${kind}=${index}&tier=analytics`)).body);
        const r = await exec(assent, ['policy', 'patch', source, lines, '--recipient', 'google', '-o', patched]);
        assert.strictEqual(r.code, 0, r.stderr);
        source = patched;
    }
    const languages = [...fs.readFileSync(source, 'utf8').matchAll(/"tag": "([a-z]+)"/g)].map((m) => m[1]);
    archive[0].text = Object.fromEntries(Object.entries(archive[0].text).filter(([tag]) => languages.includes(tag)));
    const image = await compile('selfmento', key, () =>
        fs.readFileSync(source, 'utf8').replace('"revision": 3,', `"revision": 3, "archive": ${JSON.stringify(archive)},`));
    const r = await upload(sim, image);
    assert.strictEqual(r.status, 201, r.body);
    const before = await visitor(sim, 'selfmento')('/', '-H', 'Accept: text/html');
    assert(!before.fields['content-security-policy'].includes('cdn.tracker.example'));
    await grant(one);
    const after = await page();
    assert(after.fields['content-security-policy'].includes('cdn.tracker.example'), after.fields['content-security-policy']);
    await page();
    assert(app.last.get('cookie').includes('shop_stats=1'), app.last.get('cookie'));
    await app.stop();
});

test('the_whole_audit_log_verifies_and_pages_join', async (start) => {
    const sim = await start(sites);
    for (let i = 0; i < 3; i++) await grant(visitor(sim));
    for (let i = 0; i < 60; i++) assert.strictEqual((await ask(sim, 'rotate', '-d', 'site=prokoders')).status, 200);
    const file = fresh('log.jsonl');
    fs.writeFileSync(file, (await ask(sim, 'audit/export')).body);
    const r = await exec(assent, ['audit', 'verify', '--key', note(sim, 'audit key'), file]);
    assert.strictEqual(r.stdout, '68 entries from 0 on are sound, 1 heads agree\n', r.stderr);
    const entries = [];
    for (let from = 0; from !== null;) {
        const page = await json(sim, `audit?from=${from}&count=7`);
        entries.push(...page.entries);
        from = page.next;
    }
    assert.deepStrictEqual(entries.map((entry) => entry.sequence), [...Array(68).keys()]);
    assert.deepStrictEqual(entries, fs.readFileSync(file, 'utf8').split('\n').slice(1, 69).map((line) => JSON.parse(line)));
    assert((await ask(sim, 'log')).body.includes('<b>key_rotated</b>'));
});

test('a_bundle_of_proof_verifies_without_the_device_and_each_part_that_is_changed_is_named', async (start) => {
    const sim = await start(sites);
    const key = note(sim, 'audit key');
    const one = visitor(sim);
    const receipt = await grant(one);
    const witness = JSON.parse((await one('/.consent/receipt')).body).header.audit_head;
    await grant(visitor(sim, 'selfmento'));
    await one('/.consent/state', '-X', 'PUT', '-H', 'Content-Type: application/json', '-d', '{"analytics":false}');
    await grant(visitor(sim, 'selfmento'));
    const archive = await archiveOf(sim, 'prokoders', false);
    assert.strictEqual((await upload(sim, await compile('prokoders', note(sim, 'policy key'), raise(archive)))).status, 201);
    const r = await ask(sim, `evidence?receipt=${receipt}`); // of the first state, under the policy that is archived by now
    assert.strictEqual(r.status, 200, r.body);
    assert.strictEqual(r.fields['content-disposition'], 'attachment; filename="evidence.json"');
    await sim.stop();
    const check = async (text, master = key, ...more) => {
        const file = fresh('bundle.json');
        fs.writeFileSync(file, text);
        return exec(assent, ['audit', 'verify', '--key', master, ...more, file]);
    };
    const good = await check(r.body);
    assert.strictEqual(good.code, 0, good.stderr);
    assert(/^sound: consent of .* by api under revision 1, 2 of \d entries are about it/.test(good.stdout), good.stdout);
    assert(!r.body.includes(key));
    assert.strictEqual((await check(r.body, key, '--head', witness)).code, 0, 'the head on the receipt agrees');
    const forged = await check(r.body, key, '--head', witness.replace(/.$/, (c) => (c === '0' ? '1' : '0')));
    assert(forged.code === 1 && forged.stderr.includes('--head: its seal is wrong'), forged.stderr);
    const bundle = JSON.parse(r.body);
    assert.strictEqual(bundle.notice_host, 'prokoders.localhost');
    assert(bundle.notice.join('').startsWith('<div id="assent-consent"'));
    const flip = (text, pattern) => {
        assert(pattern.test(text), `${pattern} is not there`);
        return text.replace(pattern, (all, a, digit, b) => a + (digit === '1' ? '2' : '1') + b);
    };
    const lines = r.body.split('\n');
    const cut = (pattern) => lines.filter((line) => !pattern.test(line)).join('\n');
    for (const [what, text, named] of [
        ['record', flip(r.body, /("record":".{12})(.)(.)/), 'record'],
        ['salt', flip(r.body, /("salt":".)(.)(.)/), 'log: no entry is about this record'],
        ['notice', r.body.replace('Accept all', 'Accept al1'), 'notice: it is not the text'],
        ['policy', r.body.replace(/("policy":\[\n.{200})(.)/, (all, a, c) => a + (c === 'A' ? 'B' : 'A')), 'policy: the image is damaged'],
        ['activation', flip(r.body, /("policy_activated".*"detail":"01000000.)(.)(.)/), 'activation: entry 1 of 1: mac'],
        ['choice', r.body.replace('"analytics":"withdrawn"', '"analytics":"granted"'), 'log: entry'],
        ['an entry left out', cut(/"consent_given","site":4/), 'log: entry'],
        ['the withdrawal left out', cut(/"consent_withdrawn"/), 'log: entry'],
        ['the end cut off', cut(/"policy_activated".*"detail":"02/), 'log: entry'],
        ['mac', flip(r.body, /("consent_given".*"mac":".)(.)(.)/), 'log: entry 1'],
        ['start', flip(r.body, /("log":\[\n.*"mac":".)(.)(.)/), 'log: entry 1'],
        ['head', flip(r.body, /("head":".{70})(.)(.)/), 'head: its seal is wrong'],
        ['seal', flip(r.body, /("seal":".)(.)(.)/), 'seal: the file was changed'],
        ['receipt', flip(r.body, /("receipt_id":".)(.)(.)/), 'seal: the file was changed'],
        ['time', r.body.replace('"made":"2', '"made":"3'), 'seal: the file was changed'],
        ['site', r.body.replace('"site_number":3', '"site_number":2'), 'record: it is of another site'],
        ['version', r.body.replace('"version":1', '"version":2'), 'version: made by another version'],
        ['layout', r.body.replace('"version":1,', '"version":1, '), 'seal: the file was changed'],
    ]) {
        assert.notStrictEqual(text, r.body, what);
        const bad = await check(text);
        assert.strictEqual(bad.code, 1, `${what}: ${bad.stdout}`);
        assert(bad.stderr.includes(named), `${what}: ${bad.stderr}`);
        assert.strictEqual(bad.stdout, '', what);
    }
    assert.strictEqual((await check(r.body, '00'.repeat(32))).code, 1);
    for (let len = 0; len < r.body.length; len += 97) assert.notStrictEqual((await check(r.body.slice(0, len))).code, 0, `${len} bytes`);
});
