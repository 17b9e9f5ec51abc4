// SPDX-License-Identifier: MIT
// The operator's side: who may, what is refused, policies, proof. Requests go through curl.
//   node tests/sim/admin.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const fs = require('fs');
const path = require('path');
const { assert, test, main, exec, scratch, Sim } = require('./harness.js');
const { Application } = require('./upstream.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const token = 'operator-token-of-a-test';
const GET = ['', 'log', 'health', 'counters', 'metrics', 'unclassified', 'classify', 'hosts', 'audit', 'audit/export', 'evidence',
    'policies', 'upstreams'];
const POST = ['policies', 'upstream', 'rotate', 'revoke', 'clock', 'token', 'logout'];
const sites = ['--sites', 'build/policies', '--admin-token', token];
let files = 0;

const fresh = (name) => path.join(scratch, `${++files}-${name}`);

// curl: { status, fields, body }
async function curl(url, ...args) {
    const r = await exec('curl', ['-sS', '-m', '20', '-i', '-H', 'Expect:', ...args, url]);
    assert.strictEqual(r.code, 0, r.stderr);
    const end = r.stdout.indexOf('\r\n\r\n');
    const fields = {};
    const [start, ...lines] = r.stdout.slice(0, end).split('\r\n');
    for (const line of lines) fields[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
    return { status: Number(start.split(' ')[1]), fields, body: Buffer.from(r.stdout.slice(end + 4), 'latin1').toString() };
}

const bearer = (t = token) => ['-H', `Authorization: Bearer ${t}`];
const admin = (sim, name, ...args) => curl(`http://127.0.0.1:${sim.admin}/admin/${name}`, ...args);
const ask = (sim, name, ...args) => admin(sim, name, ...bearer(), ...args);
const json = async (sim, name) => JSON.parse((await ask(sim, name)).body);

// A visitor with a cookie jar.
function visitor(sim, site = 'prokoders') {
    const host = `${site}.localhost:${sim.http}`;
    const jar = fresh('jar');
    return (target, ...args) => curl(`http://${host}${target}`, '--resolve', `${host}:127.0.0.1`, '-b', jar, '-c', jar, ...args);
}

async function grant(ask) {
    const members = '{"analytics":true,"age_confirmed":true}';
    const r = await ask('/.consent/state', '-X', 'PUT', '-H', 'Content-Type: application/json', '-d', members);
    assert.strictEqual(r.status, 200, r.body);
    assert.strictEqual((await ask('/')).status, 200); // the token came back: the grant is confirmed
    return JSON.parse((await ask('/.consent/receipt')).body).header.receipt_id;
}

const note = (sim, name) => sim.notes.find((line) => line.startsWith(name)).replace(/.* /, '');

// Compile a changed policy, signed with a key.
async function compile(site, key, change) {
    const source = fresh(`${site}.json`);
    const image = fresh(`${site}.img`);
    const keyFile = fresh('key');
    for (const folder of ['documents', 'texts']) fs.cpSync(`core/policies/${folder}`, path.join(scratch, folder), { recursive: true });
    fs.writeFileSync(source, change(fs.readFileSync(`core/policies/${site}.json`, 'utf8')));
    fs.writeFileSync(keyFile, key + '\n');
    const r = await exec(assent, ['policy', 'compile', source, '-o', image, '--sign', keyFile]);
    assert.strictEqual(r.code, 0, r.stderr);
    return image;
}

const upload = (sim, image, ...args) => ask(sim, 'policies', '-H', 'Content-Type: application/octet-stream',
    '--data-binary', `@${image}`, ...args);

// What the archive of the next revision has to say about the one in force.
async function archiveOf(sim, site, asked) {
    const now = (await json(sim, 'policies')).sites.find((one) => one.site === site);
    return JSON.stringify([{ revision: now.revision, effective: now.effective.slice(0, 10), digest: now.sha256, asked,
        text: { en: 'More.', de: 'Mehr.', ar: 'المزيد.' } }]);
}

const raise = (archive) => (text) => {
    const languages = [...text.matchAll(/"tag": "([a-z]+)"/g)].map((m) => m[1]);
    const rows = JSON.parse(archive);
    rows[0].text = Object.fromEntries(Object.entries(rows[0].text).filter(([tag]) => languages.includes(tag)));
    return text.replace('"revision": 1,', `"revision": 2, "archive": ${JSON.stringify(rows)},`);
};

const askAgain = (text) => text.replace(/"analytics": \{/, '"analytics": { "ask_again": 1,');

// ---- who may ----

test('without_a_token_every_url_answers_401_and_nothing_else', async (start) => {
    const sim = await start(sites);
    for (const name of [...GET, 'nonsense', '../secret']) {
        const r = await admin(sim, name, '--path-as-is');
        assert.strictEqual(r.status, 401, name);
        assert.strictEqual(r.fields['www-authenticate'], 'Bearer realm="assent"', name);
        assert.deepStrictEqual(JSON.parse(r.body), { title: 'Unauthorized', status: 401 }, name);
    }
    for (const name of POST) assert.strictEqual((await admin(sim, name, '-d', 'site=prokoders')).status, 401, name);
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
        assert.strictEqual((await admin(sim, 'health', '-X', method)).status, 401, method);
    }
    const page = await admin(sim, '', '-H', 'Accept: text/html');
    assert.strictEqual(page.status, 401);
    assert(page.body.includes('name="token"') && !page.body.includes('prokoders'), page.body);
});

test('a_wrong_token_in_any_form_is_refused', async (start) => {
    const sim = await start(sites);
    const wrong = ['x', token + 'x', token.slice(1), token.toUpperCase()];
    for (const t of wrong) assert.strictEqual((await admin(sim, 'health', ...bearer(t))).status, 401, t);
    await sim.advance(120000);
    for (const value of [`Basic ${token}`, token, 'Bearer', `Bearer ${token} x`]) {
        assert.strictEqual((await admin(sim, 'health', '-H', `Authorization: ${value}`)).status, 401, value);
    }
    await sim.advance(120000);
    assert.strictEqual((await admin(sim, 'health', ...bearer(), ...bearer('x'))).status, 401, 'two fields');
    assert.strictEqual((await admin(sim, 'health', '-H', 'Cookie: assent_admin=AAAAAAAAAAAAAAAAAAAAAA')).status, 401);
    assert.strictEqual((await ask(sim, 'health')).status, 200);
});

test('too_many_wrong_tokens_have_to_wait_right_ones_too', async (start) => {
    const sim = await start(sites);
    for (let i = 0; i < 5; i++) assert.strictEqual((await admin(sim, 'health', ...bearer('wrong'))).status, 401);
    const r = await admin(sim, 'health', ...bearer('wrong'));
    assert.strictEqual(r.status, 429);
    assert(Number(r.fields['retry-after']) >= 1 && Number(r.fields['retry-after']) <= 11, r.fields['retry-after']);
    assert.strictEqual((await ask(sim, 'health')).status, 429);
    assert.strictEqual((await admin(sim, 'login', '-d', `token=${token}`)).status, 429);
    await sim.advance(11000);
    for (let i = 0; i < 20; i++) assert.strictEqual((await ask(sim, 'health')).status, 200, 'right ones are free');
    assert.strictEqual((await json(sim, 'health')).admin.wrong_tokens, 5);
});

test('the_token_is_made_once_kept_as_a_digest_and_can_be_replaced', async (start) => {
    const flash = fresh('flash');
    const options = ['--sites', 'build/policies', '--flash', flash];
    let sim = await start(options);
    const made = note(sim, 'admin token');
    assert.strictEqual(Buffer.from(made, 'base64url').length, 32);
    assert.strictEqual((await admin(sim, 'health', ...bearer(made))).status, 200);
    const renewed = JSON.parse((await admin(sim, 'token', ...bearer(made), '-d', '')).body).token;
    assert.strictEqual((await admin(sim, 'health', ...bearer(made))).status, 401);
    await sim.stop();
    assert(!fs.readFileSync(flash).includes(renewed) && !fs.readFileSync(flash).includes(made));
    assert(!fs.readFileSync(flash).includes(Buffer.from(renewed, 'base64url')));
    sim = await start(options);
    assert.deepStrictEqual(sim.notes, []);
    assert.strictEqual((await admin(sim, 'health', ...bearer(renewed))).status, 200);
    await sim.stop();
    const r = await exec(process.argv[2], ['--sites', 'build/policies', '--admin-token', 'short', '--http', '0', '--https', '0']);
    assert.strictEqual(r.code, 1);
    assert(r.stderr.includes('16 to 64 visible letters'), r.stderr);
});

test('a_login_gives_a_strict_cookie_and_needs_its_form_token', async (start) => {
    const sim = await start(sites);
    assert.strictEqual((await admin(sim, 'login', '-d', 'token=wrong-wrong-wrong')).status, 401);
    const r = await admin(sim, 'login', '-d', `token=${token}`);
    assert.strictEqual(r.status, 303);
    assert.strictEqual(r.fields.location, '/admin/');
    assert(/^assent_admin=[\w-]{22}; Path=\/admin\/; HttpOnly; SameSite=Strict$/.test(r.fields['set-cookie']), r.fields['set-cookie']);
    const cookie = ['-H', `Cookie: ${r.fields['set-cookie'].split(';')[0]}`];
    const page = await admin(sim, '', ...cookie);
    assert.strictEqual(page.status, 200);
    assert(page.fields['content-security-policy'].startsWith("default-src 'none'; style-src 'self'"));
    assert(!page.body.includes('<script') && !page.body.includes(' style='));
    const form = page.body.match(/name="form" value="([\w-]{22})"/)[1];
    const post = (...args) => admin(sim, 'rotate', ...cookie, ...args);
    assert.strictEqual((await post('-d', 'site=prokoders')).status, 403);
    assert.strictEqual((await post('-d', `site=prokoders&form=${'A'.repeat(22)}`)).status, 403);
    assert.strictEqual((await post('-H', 'Origin: http://evil.example', '-d', `site=prokoders&form=${form}`)).status, 403);
    assert.strictEqual((await post('-H', 'Sec-Fetch-Site: cross-site', '-d', `site=prokoders&form=${form}`)).status, 403);
    const done = await post('-H', `Origin: http://127.0.0.1:${sim.admin}`, '-d', `site=prokoders&form=${form}`);
    assert.strictEqual(done.fields.location, '/admin/?done=rotated');
    assert.strictEqual((await admin(sim, 'logout', ...cookie, '-d', `form=${form}`)).status, 303);
    assert.strictEqual((await admin(sim, 'health', ...cookie)).status, 401);
});

test('over_tls_the_cookie_of_a_login_is_secure', async (start) => {
    const sim = await start([...sites, '--admin-tls']);
    assert(sim.ready.includes(`admin https://localhost:${sim.admin}/`), sim.ready);
    const secure = (name, ...args) => curl(`https://127.0.0.1:${sim.admin}/admin/${name}`, '-k', ...args);
    assert.strictEqual((await secure('health', ...bearer())).status, 200);
    const r = await secure('login', '-H', `Origin: https://127.0.0.1:${sim.admin}`, '-d', `token=${token}`);
    assert(r.fields['set-cookie'].endsWith('; SameSite=Strict; Secure'), r.fields['set-cookie']);
    assert.strictEqual((await secure('login', '-H', `Origin: http://127.0.0.1:${sim.admin}`, '-d', `token=${token}`)).status, 403);
});

test('a_login_ends_after_half_an_hour_without_use', async (start) => {
    const sim = await start([...sites, '--clock', 'frozen']);
    const cookie = ['-H', `Cookie: ${(await admin(sim, 'login', '-d', `token=${token}`)).fields['set-cookie'].split(';')[0]}`];
    await sim.advance(1700000);
    assert.strictEqual((await admin(sim, 'health', ...cookie)).status, 200);
    await sim.advance(1700000);
    assert.strictEqual((await admin(sim, 'health', ...cookie)).status, 200);
    await sim.advance(1800001);
    assert.strictEqual((await admin(sim, 'health', ...cookie)).status, 401);
});

// ---- refusals ----

test('wrong_methods_types_sizes_and_origins_are_refused', async (start) => {
    const sim = await start(sites);
    for (const name of GET.filter((one) => one !== 'policies')) {
        const r = await ask(sim, name, '-d', 'x=1');
        assert.strictEqual(r.status, 405, name);
        assert.strictEqual(r.fields.allow, 'GET, HEAD, OPTIONS', name);
    }
    for (const name of POST.filter((one) => one !== 'policies')) assert.strictEqual((await ask(sim, name)).status, 405, name);
    assert.strictEqual((await ask(sim, 'health', '-X', 'OPTIONS')).fields.allow, 'GET, HEAD, OPTIONS');
    for (const name of POST) {
        assert.strictEqual((await ask(sim, name, '-H', 'Content-Type: text/plain', '-d', 'x')).status, 415, name);
        const evil = await ask(sim, name, '-H', 'Origin: http://evil.example', '-H',
            `Content-Type: ${name === 'policies' ? 'application/octet-stream' : 'application/x-www-form-urlencoded'}`,
            '-d', 'site=prokoders');
        assert.strictEqual(evil.status, 403, name);
        assert.strictEqual(evil.fields['content-type'], 'application/problem+json', name);
    }
    for (const name of POST.filter((one) => one !== 'policies')) {
        assert.strictEqual((await ask(sim, name, '-d', 'x'.repeat(417))).status, 413, name);
    }
    for (const [name, status] of [['rotate', 422], ['revoke', 422], ['clock', 422], ['logout', 400]]) {
        assert.strictEqual((await ask(sim, name, '-d', 'site=nobody&time=yesterday')).status, status, name);
    }
    for (const [target, status] of [['audit?from=x', 400], ['audit?count=101', 400], ['audit?from=99999999999', 400], ['log?from=-1', 400],
        ['evidence', 400], ['evidence?receipt=zz', 400], [`evidence?receipt=${'0'.repeat(32)}`, 404], ['nonsense', 404],
        ['classify?cookie=0&tier=analytics', 404], ['classify?cookie=x&tier=analytics', 400], ['classify?cookie=0&tier=all', 400]]) {
        assert.strictEqual((await ask(sim, target)).status, status, target);
    }
});

// ---- what it says ----

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

// ---- what it does ----

test('a_signed_image_takes_over_archives_the_former_and_outlasts_a_restart', async (start) => {
    const options = [...sites, '--flash', fresh('flash')];
    let sim = await start(options);
    const key = note(sim, 'policy key');
    const one = visitor(sim);
    await grant(one);
    const archive = await archiveOf(sim, 'prokoders', true);
    const image = await compile('prokoders', key, (text) => askAgain(raise(archive)(text)));
    const r = await upload(sim, image);
    assert.deepStrictEqual([r.status, JSON.parse(r.body)], [201, { done: 'policy', revision: 2, asks_again: true }]);
    const look = async () => {
        const { sites: now, images } = await json(sim, 'policies');
        assert.strictEqual(now.find((site) => site.site === 'prokoders').revision, 2);
        const kept = images.filter((one) => one.site === 'prokoders').sort((a, b) => a.revision - b.revision);
        assert.deepStrictEqual(kept.map((one) => [one.revision, one.superseded !== null]), [[1, true], [2, false]]);
        assert.strictEqual(JSON.parse((await one('/.consent/state')).body).tiers.analytics.reason, 'changed');
        assert.strictEqual((await one('/.consent/policy/1')).status, 200);
    };
    await look();
    const { entries } = await json(sim, 'audit?count=100');
    assert.strictEqual(entries.at(-1).type, 'policy_activated');
    await sim.stop();
    sim = await start(options);
    const { sites: now } = await json(sim, 'policies');
    assert.strictEqual(now.find((site) => site.site === 'prokoders').revision, 2);
});

test('a_form_with_a_file_is_taken_like_the_image_itself', async (start) => {
    const sim = await start(sites);
    const archive = await archiveOf(sim, 'selfmento', false);
    const image = await compile('selfmento', note(sim, 'policy key'), raise(archive));
    const cookie = ['-H', `Cookie: ${(await admin(sim, 'login', '-d', `token=${token}`)).fields['set-cookie'].split(';')[0]}`];
    const form = (await admin(sim, '', ...cookie)).body.match(/policies\?form=([\w-]{22})/)[1];
    assert.strictEqual((await admin(sim, 'policies', ...cookie, '-F', `image=@${image}`)).status, 403);
    const r = await admin(sim, `policies?form=${form}`, ...cookie, '-F', `image=@${image}`);
    assert.deepStrictEqual([r.status, r.fields.location], [303, '/admin/?done=policy']);
    const again = await admin(sim, `policies?form=${form}`, ...cookie, '-F', `image=@${image}`);
    assert.strictEqual(again.status, 409);
    assert(again.body.includes('The revision is not higher'), again.body);
});

test('a_hostile_image_is_refused_with_the_reason_and_changes_nothing', async (start) => {
    const sim = await start(sites);
    const key = note(sim, 'policy key');
    const before = (await ask(sim, 'policies')).body;
    const archive = await archiveOf(sim, 'prokoders', false);
    const good = fs.readFileSync(await compile('prokoders', key, raise(archive)));
    const sent = async (bytes, status, reason, what) => {
        const file = fresh('hostile.img');
        fs.writeFileSync(file, bytes);
        const r = await upload(sim, file);
        assert.strictEqual(r.status, status, `${what}: ${r.body}`);
        assert(JSON.parse(r.body).detail === undefined ? reason === '' : JSON.parse(r.body).detail.includes(reason), `${what}: ${r.body}`);
    };
    const flipped = (at) => { const b = Buffer.from(good); b[at] ^= 1; return b; };
    await sent(Buffer.alloc(0), 422, 'no policy image', 'empty');
    await sent(good.subarray(0, 11), 422, 'no policy image', 'cut in its head');
    await sent(good.subarray(0, 1000), 422, 'no policy image', 'cut');
    await sent(good.subarray(0, good.length - 40), 422, 'no policy image', 'unsigned');
    await sent(good.subarray(0, good.length - 1), 422, 'no policy image', 'cut signature');
    await sent(Buffer.concat([good, Buffer.alloc(1)]), 422, 'no policy image', 'a byte behind it');
    await sent(flipped(0), 422, 'no policy image', 'magic');
    await sent(flipped(100), 422, 'signature was not made', 'changed');
    await sent(flipped(good.length - 1), 422, 'signature was not made', 'signature');
    await sent(flipped(good.length - 40), 422, 'no policy image', 'magic of the signature');
    await sent(Buffer.alloc(70000, 0x41), 413, '', 'too long');
    await sent(fs.readFileSync(await compile('prokoders', '11'.repeat(32), raise(archive))), 422, 'signature was not made', 'another key');
    await sent(fs.readFileSync(await compile('prokoders', key, (text) => text)), 409, 'not higher', 'the same revision');
    await sent(fs.readFileSync(await compile('prokoders', key, (text) => raise(archive)(text).replace('"prokoders"', '"stranger"'))), 422,
        'none of the sites', 'another controller');
    await sent(fs.readFileSync(await compile('prokoders', key, (text) => askAgain(raise(archive)(text)))), 422,
        'nobody is asked, visitors are', 'silent change');
    await sent(fs.readFileSync(await compile('prokoders', key, raise(archive.replace('"asked":false', '"asked":true')))), 422,
        'visitors are asked, they are not', 'false alarm');
    const false_digest = archive.replace(/"digest":"(.)/, (all, c) => `"digest":"${c === '0' ? '1' : '0'}`);
    await sent(fs.readFileSync(await compile('prokoders', key, raise(false_digest))), 422,
        'another image', 'false archive');
    await sent(fs.readFileSync(await compile('prokoders', key, (text) =>
        raise(archive)(text).replace(/"effective": "\d{4}/, '"effective": "2099'))), 409, 'takes effect later', 'of the future');
    assert.strictEqual((await ask(sim, 'policies')).body, before);
    assert.strictEqual((await upload(sim, (() => { const f = fresh('good'); fs.writeFileSync(f, good); return f; })())).status, 201);
});

test('power_that_fails_while_an_image_takes_over_leaves_the_old_one_or_the_new_one', async (start) => {
    const flash = fresh('flash');
    const first = await start([...sites, '--flash', flash]);
    const [key, master] = [note(first, 'policy key'), note(first, 'audit key')];
    const image = await compile('prokoders', key, raise(await archiveOf(first, 'prokoders', false)));
    await first.stop();
    const outcomes = { cut: 0, before: 0, after: 0 };
    // return: whether the power failed
    const attempt = async (operation) => {
        const copy = fresh('flash');
        const options = [...sites, '--flash', copy];
        fs.copyFileSync(flash, copy);
        let status = 0;
        let code = 70; // as the power fails: also while it starts or ends
        let sim;
        try {
            sim = await Sim.start([...options, '--fault', operation]);
            status = (await upload(sim, image)).status;
        } catch (error) {
            outcomes.cut++;
        }
        if (sim !== undefined) {
            sim.child.stdin.write('quit\n');
            code = await sim.exited;
        }
        assert(code === 70 || (code === 0 && status === 201), `operation ${operation}: ended with ${code}`);
        sim = await Sim.start(options);
        const { revision } = (await json(sim, 'policies')).sites.find((one) => one.site === 'prokoders');
        const activated = (await json(sim, 'audit?count=100')).entries.filter((entry) => entry.type === 'policy_activated' &&
            entry.detail.startsWith('02000000')).length;
        const log = fresh('log.jsonl');
        fs.writeFileSync(log, (await ask(sim, 'audit/export')).body);
        await sim.stop();
        assert(status === 0 || status === 201, `operation ${operation}: ${status}`);
        assert(revision === 1 || revision === 2, `operation ${operation}`);
        assert(status === 0 || revision === 2, `operation ${operation}: acknowledged and gone`);
        assert.strictEqual(activated, revision - 1, `operation ${operation}: the image and its entry`);
        assert.strictEqual((await exec(assent, ['audit', 'verify', '--key', master, log])).code, 0, `operation ${operation}`);
        outcomes[revision === 1 ? 'before' : 'after']++;
        return code === 70;
    };
    let operation = 1;
    while (await attempt(operation)) operation += 19;
    for (let back = operation - 18; back < operation; back += 1) await attempt(back);
    assert(outcomes.cut > 8 && outcomes.before > 8 && outcomes.after > 0, JSON.stringify(outcomes));
});

test('rotation_keeps_tokens_and_revocation_voids_them', async (start) => {
    const sim = await start(sites);
    const one = visitor(sim);
    await grant(one);
    const allowed = async () => JSON.parse((await one('/.consent/state')).body).tiers.analytics.allowed;
    assert.strictEqual((await ask(sim, 'rotate', '-d', 'site=prokoders')).body, '{"done":"rotated"}\n');
    assert.strictEqual(await allowed(), true);
    assert.strictEqual((await ask(sim, 'revoke', '-d', 'site=prokoders')).status, 200);
    assert.strictEqual(await allowed(), false);
    assert.deepStrictEqual((await json(sim, 'audit?count=100')).entries.slice(-2).map((entry) => entry.type),
        ['key_rotated', 'generation_raised']);
});

test('the_clock_is_set_never_back_and_noted', async (start) => {
    const sim = await start([...sites, '--clock', 'none']);
    assert.deepStrictEqual((await json(sim, 'health')).clock, { time: null, trust: 'none' });
    assert.strictEqual((await ask(sim, 'clock', '-d', 'time=2027-03-01T12%3A00%3A00Z')).status, 200);
    const clock = (await json(sim, 'health')).clock;
    assert(clock.time.startsWith('2027-03-01T12:00:') && clock.trust === 'set', JSON.stringify(clock));
    assert.strictEqual((await ask(sim, 'clock', '-d', 'time=1800000000')).status, 409);
    for (const time of ['1', '2027-13-01T00:00:00Z', '2027-02-30T00:00:00Z', '2027-03-01', '', '9'.repeat(20)]) {
        assert.strictEqual((await ask(sim, 'clock', '-d', `time=${time}`)).status, 422, time);
    }
    const last = (await json(sim, 'audit?count=100')).entries.at(-1);
    assert.deepStrictEqual([last.type, last.time.slice(0, 10), last.clock], ['clock_set', '2027-03-01', 'set']);
});

test('retention_is_swept_when_nobody_asks', async (start) => {
    const options = [...sites, '--flash', fresh('flash')];
    let sim = await start(options);
    await grant(visitor(sim, 'selfmento')); // grants hold 180 days, records 395 more
    const after = async (days) => {
        await sim.stop();
        sim = await start([...options, '--clock', `offset=${days * 86400}`]);
        for (let i = 0; i < 5; i++) await sim.advance(1000);
        return (await json(sim, 'audit?count=100')).entries.at(-1).type;
    };
    assert.strictEqual(await after(179), 'consent_given');
    assert.strictEqual(await after(181), 'consent_expired');
    assert.strictEqual((await json(sim, 'counters')).sites.selfmento.events.expired, 1);
    const free = (await json(sim, 'health')).store.records_free;
    await after(180 + 396);
    assert((await json(sim, 'health')).store.records_free > free, 'the record is gone');
});

// ---- proof ----

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

main();
