// SPDX-License-Identifier: MIT
// Which application a site is led to, who says it, and how the gateway gets there: settings in the store, names, TLS.
//   node tests/sim/applications.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const fs = require('fs');
const path = require('path');
const { assert, test, main, exec, scratch, Client } = require('./harness.js');
const { Application, ok } = require('./upstream.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const policies = ['proclientchat', 'procomm-voices', 'prointerview', 'prokoders', 'selfmento'].map((name) => `core/policies/${name}.json`);
const TOKEN = 'operator-token-of-a-test';
let files = 0;
const fresh = (name) => path.join(scratch, `${++files}-${name}`);

// One exchange on a connection of its own.
async function exchange(sim, target = '/', { site = 'selfmento', fields = '', port = sim.http, ms = 15000 } = {}) {
    const c = await Client.open(port);
    c.write(`GET ${target} HTTP/1.1\r\nHost: ${site}.localhost\r\nConnection: close\r\n${fields}\r\n`);
    const all = await c.end(ms);
    c.destroy();
    const at = all.indexOf('\r\n\r\n');
    return { status: Number(all.slice(9, 12)), head: all.slice(0, at + 4), body: all.slice(at + 4) };
}

// A flash with applications in it.
async function provision(...upstreams) {
    const image = fresh('flash.img');
    const r = await exec(assent, ['provision', '-o', image, '--admin-token', TOKEN, ...policies.flatMap((one) => ['--site', one]),
        ...upstreams.flatMap((one) => ['--upstream', one])]);
    assert.strictEqual(r.code, 0, r.stderr);
    return image;
}

const sites = ['--sites', 'build/policies'];

test('a_provisioned_setting_leads_its_site_and_no_other', async (start) => {
    const app = await Application.start();
    const flash = await provision(`selfmento=127.0.0.1:${app.port},host=app.internal,field=X-Granted`);
    const sim = await start([...sites, '--flash', flash]);
    assert.strictEqual((await exchange(sim)).body, 'x');
    assert.strictEqual(app.last.get('host'), 'app.internal');
    assert.strictEqual(app.last.get('x-granted'), 'essential');
    assert((await exchange(sim, '/', { site: 'prokoders' })).status === 200);
    assert.strictEqual(app.requests.length, 1);
    await app.stop();
});

test('the_command_line_overrides_the_store', async (start) => {
    const [one, other] = [await Application.start(() => ok('one')), await Application.start(() => ok('other'))];
    const flash = await provision(`selfmento=127.0.0.1:${one.port}`);
    const sim = await start([...sites, '--flash', flash, '--upstream', `selfmento=localhost:${other.port}`]);
    assert.strictEqual((await exchange(sim)).body, 'other');
    assert.strictEqual(one.requests.length, 0);
    await sim.stop();
    const again = await start([...sites, '--flash', flash]);
    assert.strictEqual((await exchange(again)).body, 'one');
    await Promise.all([one.stop(), other.stop()]);
});

test('a_setting_that_cannot_be_read_leads_nowhere_and_is_said', async (start) => {
    const app = await Application.start();
    const flash = await provision(`selfmento=127.0.0.1:${app.port},host=needle.example`);
    const bytes = fs.readFileSync(flash);
    let found = 0;
    for (let at = bytes.indexOf('needle.example'); at >= 0; at = bytes.indexOf('needle.example', at + 1)) {
        bytes[at] ^= 1;
        found++;
    }
    assert(found > 0);
    fs.writeFileSync(flash, bytes);
    const sim = await start([...sites, '--flash', flash]);
    const page = await exchange(sim, '/', { fields: 'Accept: text/html\r\n' });
    assert.strictEqual(page.status, 502);
    assert(/text\/html/.test(page.head) && /<h1>/.test(page.body), page.body);
    const data = await exchange(sim, '/data', { fields: 'Accept: application/json\r\n' });
    assert.strictEqual(data.status, 502);
    assert(/application\/problem\+json/.test(data.head), data.head);
    assert.strictEqual((await exchange(sim, '/.consent/')).status, 200);
    assert.strictEqual((await exchange(sim, '/', { site: 'prokoders' })).status, 200);
    assert.strictEqual(app.requests.length, 0);
    assert(/selfmento: its application's setting cannot be used: 502/.test(sim.errors), sim.errors);
    sim.errors = '';
    await app.stop();
});

test('what_is_no_setting_is_refused_before_there_is_an_image', async () => {
    const rows = [
        ['selfmento', 'port'],
        ['nobody=127.0.0.1:80', 'no such site'],
        ['selfmento=:80', 'name'],
        ['selfmento=a:0', 'port'],
        ['selfmento=a:65536', 'port'],
        ['selfmento=a b:80', 'name'],
        ['selfmento=a:80,host=x y', 'host'],
        ['selfmento=a:80,field=Cookie', 'field'],
        ['selfmento=a:80,insert=perhaps', 'insert'],
        ['selfmento=a:80,pin=12', 'pin'],
        ['selfmento=a:80,tls=secure', 'unknown option'],
        ['selfmento=a:80,ca=/nowhere', 'ca'],
        ['selfmento=a:80,ca=README.md', 'ca'],
        [`selfmento=a:80,tls=insecure,pin=${'ab'.repeat(32)}`, 'one of'],
    ];
    for (const [text, why] of rows) {
        const image = fresh('no.img');
        const r = await exec(assent, ['provision', '-o', image, ...policies.flatMap((one) => ['--site', one]), '--upstream', text]);
        assert.notStrictEqual(r.code, 0, text);
        assert(r.stderr.includes(why), `${text}: ${r.stderr}`);
        assert(!fs.existsSync(image));
    }
});

main();
