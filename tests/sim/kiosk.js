// SPDX-License-Identifier: MIT
// A terminal that visitors share, at the simulator with a clock that is moved by command.
'use strict';
const { assert, test, main, scratch } = require('./harness.js');
const { Application } = require('./upstream.js');
const { Visitor } = require('./visits.js');

const kiosk = (...more) => ['--sites', 'build/policies', '--kiosk', '60', '--clock', 'start=1790000000,frozen', ...more];

for (const secure of [false, true]) {
    const how = secure ? 'https' : 'http';

    test(`idle_time_ends_the_session_on_every_site_by_${how}`, async (start) => {
        const sim = await start(kiosk());
        const sites = ['prokoders', 'prointerview', 'procomm-voices'];
        const visitors = sites.map((site) => new Visitor(sim, site, secure));
        for (const v of visitors) {
            await v.get('/');
            await v.accept();
            await v.get('/shop/');
            assert(v.jar.size > 3, [...v.jar.keys()].join());
        }
        await sim.advance(59000);
        for (const v of visitors) assert.strictEqual((await v.get('/')).status, 200);
        await sim.advance(61000);
        for (const v of visitors) {
            const sent = [...v.jar.keys()];
            const answer = await v.get('/');
            assert.strictEqual(answer.status, 303);
            assert.strictEqual(answer.fields.location, '/.consent/ended');
            assert.match(answer.fields['clear-site-data'], /"cookies"/);
            // What found no room in one answer goes with the next.
            for (let i = 0; i < 3 && v.jar.size > 0; i++) await v.get('/.consent/ended');
            assert.deepStrictEqual([...v.jar.keys()], [], sent.join());
            assert.match((await v.get('/.consent/ended')).body, /Your session has ended\./);
            assert.match((await v.get('/')).body, /data-assent-state="ask"/);
        }
    });
}

test('button_ends_the_session_and_the_token_is_not_believed_again', async (start) => {
    const sim = await start(kiosk());
    const v = new Visitor(sim);
    await v.get('/');
    await v.accept();
    const token = v.jar.get('assent');
    assert(token);
    assert.match((await v.get('/')).body, /<button>I(&#39;|')m done<\/button>/);
    const answer = await v.post('/.consent/done', 'x=1');
    assert.strictEqual(answer.status, 303);
    assert(answer.cookies.some((line) => /^assent=;.*Max-Age=0/.test(line)));
    await v.get('/.consent/ended');
    assert.deepStrictEqual([...v.jar.keys()], []);
    await v.get('/');
    v.jar.set('assent', token);
    assert.match((await v.get('/')).body, /data-assent-state="ask"/);
    assert.notStrictEqual(v.jar.get('assent'), token);
});

test('nothing_of_an_ended_session_reaches_an_application_behind_the_device', async (start) => {
    const app = await Application.start();
    const sim = await start(kiosk('--upstream', `selfmento=127.0.0.1:${app.port}`));
    const v = new Visitor(sim, 'selfmento');
    assert.strictEqual((await v.get('/')).status, 200);
    v.jar.set('sm_session', '1');
    assert.strictEqual((await v.get('/')).status, 200);
    assert.strictEqual(app.last.get('cookie'), 'sm_session=1');
    await sim.advance(61000);
    const before = app.requests.length;
    assert.strictEqual((await v.ask('POST', '/order', 'a=b')).status, 303);
    assert.strictEqual(app.requests.length, before);
    assert.strictEqual(v.jar.size, 0);
    assert.strictEqual((await v.get('/')).status, 200);
    assert.strictEqual(app.last.get('cookie'), '');
    await app.stop();
});

test('button_stands_on_pages_of_an_application_and_works', async (start) => {
    const page = '<!doctype html><html><head><title>x</title></head><body><p>Hello</p></body></html>';
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n`;
    const app = await Application.start(() => head + page);
    const sim = await start(kiosk('--upstream', `selfmento=127.0.0.1:${app.port}`));
    const v = new Visitor(sim, 'selfmento');
    await v.get('/');
    const { body, fields } = await v.get('/');
    assert.match(fields.refresh, /^61;url=\/\.consent\/ended$/);
    assert.match(fields['cache-control'], /no-store/);
    const form = /id="assent-done".*?name="form" value="([^"]{22})"/.exec(body)[1];
    const answer = await v.ask('POST', '/.consent/done', `form=${form}`);
    assert.strictEqual(answer.fields.location, '/.consent/ended');
    assert.strictEqual(v.jar.size, 0);
    await app.stop();
});

test('restart_of_the_device_ends_sessions', async (start) => {
    const flash = `${scratch}/kiosk.img`;
    let sim = await start(kiosk('--flash', flash));
    const v = new Visitor(sim);
    await v.get('/');
    await v.accept();
    assert.doesNotMatch((await v.get('/')).body, /data-assent-state="ask"/);
    await sim.stop();
    v.sim = await start(kiosk('--flash', flash));
    assert.strictEqual((await v.get('/')).status, 303);
});

main();
