// SPDX-License-Identifier: MIT
// Who may do what on the operator's side, and what is refused.
'use strict';
const fs = require('fs');
const { assert, test, exec } = require('./harness.js');
const { token, GET, POST, sites, fresh, curl, bearer, admin, ask, json, note } = require('./operator.js');

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
