// SPDX-License-Identifier: MIT
// What the operator changes: policies, keys, the clock.
'use strict';
const fs = require('fs');
const { assert, test, exec, Sim } = require('./harness.js');
const {
    assent,
    token,
    sites,
    fresh,
    admin,
    ask,
    json,
    visitor,
    grant,
    note,
    compile,
    upload,
    archiveOf,
    raise,
    askAgain,
} = require('./operator.js');

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
