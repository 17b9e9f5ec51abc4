// SPDX-License-Identifier: MIT
// Which application a site is led to, who says it, and how the gateway gets there: settings in the store, names, TLS.
//   node tests/sim/applications.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const childProcess = require('child_process');
const crypto = require('crypto');
const dgram = require('dgram');
const fs = require('fs');
const path = require('path');
const tls = require('tls');
const { assert, test, main, exec, sleep, scratch, freePorts, Client } = require('./harness.js');
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
    const { cert } = (await certificates())('ca');
    const [bundle, half] = [fresh('bundle.pem'), fresh('half.pem')];
    fs.writeFileSync(bundle, Buffer.concat([cert, cert]));
    fs.writeFileSync(half, cert.subarray(0, cert.length / 2));
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
        ['selfmento=a:80,ca=README.md', 'no certificate in the file'],
        ['selfmento=a:80,ca=.', 'cannot be read'],
        [`selfmento=a:80,ca=${bundle}`, 'more than one certificate'],
        [`selfmento=a:80,ca=${half}`, 'damaged'],
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

// ---- the operator ----

const ask = async (sim, name, form, token = TOKEN) => {
    const c = await Client.open(sim.admin);
    const body = form === undefined ? '' : new URLSearchParams(form).toString();
    c.write(`${form === undefined ? 'GET' : 'POST'} /admin/${name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        (token ? `Authorization: Bearer ${token}\r\n` : '') +
        (form === undefined ? '' : 'Content-Type: application/x-www-form-urlencoded\r\n' +
            `Content-Length: ${body.length}\r\n`) + `\r\n${body}`);
    const all = await c.end();
    c.destroy();
    const at = all.indexOf('\r\n\r\n');
    const content = all.slice(at + 4).replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, '');
    return { status: Number(all.slice(9, 12)), head: all.slice(0, at), body: content };
};
// The page as a browser gets it.
const logIn = async (sim) => /set-cookie: ([^;]*)/i.exec((await ask(sim, 'login', { token: TOKEN }, null)).head)[1];
async function overview(sim, session) {
    session ??= await logIn(sim);
    const c = await Client.open(sim.admin);
    c.write(`GET /admin/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ${session}\r\n\r\n`);
    const page = await c.end();
    c.destroy();
    return page.replace(/\r\n[0-9a-f]+\r\n/g, '');
}
const upstreams = async (sim) => JSON.parse((await ask(sim, 'upstreams')).body).upstreams;

test('the_operator_leads_a_site_elsewhere_and_back_and_each_change_is_in_the_log', async (start) => {
    const [one, other] = [await Application.start(() => ok('one')), await Application.start(() => ok('other'))];
    const flash = await provision(`selfmento=127.0.0.1:${one.port}`);
    const sim = await start([...sites, '--flash', flash]);
    assert.strictEqual((await exchange(sim)).body, 'one');
    assert.deepStrictEqual((await upstreams(sim)).find((u) => u.site === 'selfmento'),
        { site: 'selfmento', origin: 'stored', name: '127.0.0.1', port: one.port, host: '', field: '', insert: true, tls: 'plain' });
    const place = { site: 'selfmento', name: '127.0.0.1', port: other.port };
    const form = { ...place, host: 'app.internal', field: 'X-Granted', insert: 'yes', tls: 'plain' };
    assert.strictEqual((await ask(sim, 'upstream', form, null)).status, 401);
    assert.strictEqual((await ask(sim, 'upstream', form)).status, 200);
    assert.strictEqual((await exchange(sim)).body, 'other');
    assert.strictEqual(other.last.get('x-granted'), 'essential');
    assert.strictEqual(other.last.get('host'), 'app.internal');
    for (const wrong of [{ port: 0 }, { port: 70000 }, { name: 'a b' }, { field: 'Cookie' }, { tls: 'maybe' }, { tls: 'pin' },
        { tls: 'pin', pin: 'zz'.repeat(32) }, { site: 'nobody' }, { host: 'x'.repeat(65) }]) {
        assert.strictEqual((await ask(sim, 'upstream', { ...form, ...wrong })).status, 422, JSON.stringify(wrong));
    }
    assert.strictEqual((await exchange(sim)).body, 'other');
    await sim.stop();
    const again = await start([...sites, '--flash', flash]);
    assert.strictEqual((await exchange(again)).body, 'other');
    assert.strictEqual((await ask(again, 'upstream', { site: 'selfmento', name: '' })).status, 200);
    assert.notStrictEqual((await exchange(again)).body, 'other');
    assert.strictEqual((await upstreams(again)).find((u) => u.site === 'selfmento').origin, 'none');
    const log = JSON.parse((await ask(again, 'audit?from=0&count=100')).body).entries.filter((e) => e.type === 'upstream_set');
    assert.deepStrictEqual(log.map((e) => [e.site, /^0+$/.test(e.detail)]), [[4, false], [4, false], [4, true]]);
    await Promise.all([one.stop(), other.stop()]);
});

test('a_change_ends_what_is_under_way_and_uses_no_kept_connection', async (start) => {
    const one = await Application.start((r) => (r.target === '/slow' ? null : ok('one')));
    const other = await Application.start(() => ok('other'));
    const sim = await start([...sites, '--admin-token', TOKEN]);
    const lead = (app) => ask(sim, 'upstream', { site: 'selfmento', name: '127.0.0.1', port: app.port, tls: 'plain' });
    assert.strictEqual((await lead(one)).status, 200);
    assert.strictEqual((await exchange(sim)).body, 'one'); // kept from here on
    const waiting = exchange(sim, '/slow');
    await sleep(200);
    assert.strictEqual((await lead(other)).status, 200);
    assert.strictEqual((await waiting).status, 502);
    assert.strictEqual((await exchange(sim)).body, 'other');
    assert.strictEqual(other.requests.length, 1);
    await sim.atRest();
    await Promise.all([one.stop(), other.stop()]);
});

// Neither address nor certificate: the page's form is empty, and a pin has to be given again.
test('of_a_setting_that_was_removed_nothing_is_left', async (start) => {
    const sim = await start([...sites, '--admin-token', TOKEN]);
    const form = { site: 'selfmento', name: 'needle.internal', port: 1, tls: 'pin' };
    assert.strictEqual((await ask(sim, 'upstream', { ...form, pin: 'ab'.repeat(32) })).status, 200);
    assert((await overview(sim)).includes('needle.internal'));
    assert.strictEqual((await ask(sim, 'upstream', { site: 'selfmento', name: '' })).status, 200);
    assert(!(await overview(sim)).includes('needle.internal'));
    assert.strictEqual((await ask(sim, 'upstream', form)).status, 422);
});

test('what_was_given_at_the_start_is_not_changed_and_insecure_is_said_on_the_page', async (start) => {
    const given = await start([...sites, '--admin-token', TOKEN, '--upstream', 'selfmento=127.0.0.1:1,tls=insecure']);
    assert.strictEqual((await ask(given, 'upstream', { site: 'selfmento', name: '127.0.0.1', port: 2, tls: 'plain' })).status, 409);
    assert.strictEqual((await upstreams(given)).find((u) => u.site === 'selfmento').tls, 'insecure');
    const page = await overview(given);
    assert(page.includes('insecure: anybody in between reads it'), page.slice(0, 2000));
    assert(page.includes('action="/admin/upstream"'));
});

// ---- names ----

// A server of names: answer(name, count) returns { address, ttl }, 'none' (no such name), or null (silence).
// It answers after ms; what forged(answer) returns, a list, is sent before that.
class Names {
    static async start(answer, ms = 0, forged = () => []) {
        const names = new Names();
        names.asked = [];
        names.open = true;
        names.socket = dgram.createSocket('udp4');
        names.socket.on('message', (question, from) => {
            const name = [];
            for (let at = 12; question[at] > 0; at += question[at] + 1) {
                name.push(question.toString('latin1', at + 1, at + 1 + question[at]));
            }
            names.asked.push({ name: name.join('.'), id: question.readUInt16BE(0), port: from.port });
            const said = answer(name.join('.'), names.asked.length);
            if (said === null) return;
            const head = Buffer.from(question);
            head.writeUInt16BE(said === 'none' ? 0x8183 : 0x8180, 2);
            head.writeUInt16BE(said === 'none' ? 0 : 1, 6);
            const record = Buffer.alloc(16);
            record.writeUInt16BE(0xc00c, 0);
            record.writeUInt16BE(1, 2);
            record.writeUInt16BE(1, 4);
            if (said !== 'none') {
                record.writeUInt32BE(said.ttl, 6);
                record.writeUInt16BE(4, 10);
                said.address.split('.').forEach((part, i) => (record[12 + i] = Number(part)));
            }
            const bytes = said === 'none' ? head : Buffer.concat([head, record]);
            for (const one of forged(bytes)) names.socket.send(one, from.port, from.address);
            setTimeout(() => names.open && names.socket.send(bytes, from.port, from.address), ms);
        });
        await new Promise((done) => names.socket.bind(0, '127.0.0.1', done));
        names.option = ['--dns', `127.0.0.1:${names.socket.address().port}`];
        return names;
    }
    stop() {
        this.open = false;
        return new Promise((done) => this.socket.close(done));
    }
}

const HERE = { address: '10.0.2.2', ttl: 60 };

test('an_application_by_its_name_is_asked_for_once_and_again_when_the_answer_is_old', async (start) => {
    const app = await Application.start(() => ok('x', 'Connection: close\r\n'));
    const names = await Names.start(() => HERE);
    const sim = await start([...sites, ...names.option, '--upstream', `selfmento=app.internal:${app.port}`]);
    for (let i = 0; i < 3; i++) assert.strictEqual((await exchange(sim)).body, 'x');
    assert.deepStrictEqual(names.asked.map((one) => one.name), ['app.internal']);
    await sim.advance(65000);
    assert.strictEqual((await exchange(sim)).body, 'x');
    assert.strictEqual(names.asked.length, 2);
    assert.notStrictEqual(names.asked[0].id, names.asked[1].id);
    assert.strictEqual(app.last.get('host'), 'selfmento.localhost');
    await Promise.all([app.stop(), names.stop()]);
});

test('many_requests_wait_for_one_answer_and_one_that_was_lost_is_asked_for_again', async (start) => {
    const app = await Application.start();
    const names = await Names.start((name, count) => (count === 1 ? null : HERE));
    const sim = await start([...sites, ...names.option, '--upstream', `selfmento=app.internal:${app.port}`]);
    const all = await Promise.all(Array.from({ length: 20 }, () => exchange(sim)));
    assert(all.every((r) => r.status === 200), JSON.stringify(all.map((r) => r.status)));
    assert.strictEqual(names.asked.length, 2);
    assert.strictEqual((await sim.stats()).upstream_asked, 1);
    await Promise.all([app.stop(), names.stop()]);
});

test('a_name_that_is_not_there_is_502_and_not_asked_for_again_at_once', async (start) => {
    const app = await Application.start();
    let answer = 'none';
    const names = await Names.start(() => answer);
    const sim = await start([...sites, ...names.option, '--upstream', `selfmento=app.internal:${app.port}`]);
    for (let i = 0; i < 5; i++) {
        const r = await exchange(sim, '/', { fields: 'Accept: text/html\r\n' });
        assert.strictEqual(r.status, 502);
        assert(/<h1>/.test(r.body));
    }
    assert(names.asked.length <= 2, `${names.asked.length}`);
    answer = HERE;
    await sim.advance(1500);
    assert.strictEqual((await exchange(sim)).status, 200);
    await Promise.all([app.stop(), names.stop()]);
});

test('a_server_of_names_that_is_silent_makes_502_in_time_and_leaves_nothing_behind', async (start) => {
    const names = await Names.start(() => null);
    const sim = await start([...sites, ...names.option, '--upstream', 'selfmento=app.internal:80']);
    const began = Date.now();
    const all = await Promise.all(Array.from({ length: 5 }, () => exchange(sim)));
    assert(all.every((r) => r.status === 502));
    assert(Date.now() - began < 9000);
    assert(names.asked.length >= 2, `${names.asked.length}`);
    const c = await Client.open(sim.http);
    c.write('GET / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n');
    await sleep(200);
    c.reset();
    await sim.atRest();
    await names.stop();
});

test('one_name_in_two_spellings_is_asked_for_by_two_sites_at_once', async (start) => {
    const app = await Application.start(() => ok('x', 'Connection: close\r\n'));
    const names = await Names.start(() => HERE, 300);
    const sim = await start([...sites, ...names.option, '--upstream', `selfmento=App.Internal:${app.port}`,
        '--upstream', `prokoders=app.internal:${app.port}`]);
    for (let i = 0; i < 2; i++) {
        const both = await Promise.all(['selfmento', 'prokoders'].map((site) => exchange(sim, '/', { site })));
        assert.deepStrictEqual(both.map((r) => r.status), [200, 200]);
    }
    await Promise.all([app.stop(), names.stop()]);
});

// To nobody, everybody, a group, the device's loopback and its own address, where it would relay to itself.
test('an_answer_that_leads_to_no_host_or_to_the_device_itself_is_502', async (start) => {
    for (const address of ['0.0.0.0', '0.1.2.3', '255.255.255.255', '10.0.2.255', '224.0.0.1', '240.0.0.1', '127.0.0.1', '10.0.2.15']) {
        const names = await Names.start(() => ({ address, ttl: 60 }));
        const sim = await start([...sites, ...names.option, '--upstream', 'selfmento=app.internal:80']);
        const began = Date.now();
        for (let i = 0; i < 2; i++) assert.strictEqual((await exchange(sim)).status, 502, address);
        assert(Date.now() - began < 4000, `${address}: it tried to connect for ${Date.now() - began} ms`);
        assert.strictEqual((await sim.stats()).accepted, 2, address);
        await Promise.all([sim.stop(), names.stop()]);
    }
});

test('an_address_of_no_host_is_502_and_nothing_is_sent_there', async (start) => {
    for (const address of ['0.0.0.0', '255.255.255.255', '224.0.0.1']) {
        const sim = await start([...sites, '--upstream', `selfmento=${address}:80`]);
        assert.strictEqual((await exchange(sim)).status, 502, address);
        assert.strictEqual((await sim.stats()).upstream_opened, 0, address);
        await sim.stop();
    }
});

test('answers_that_are_damaged_or_belong_to_another_question_are_not_believed', async (start) => {
    const app = await Application.start();
    const elsewhere = (bytes) => Buffer.concat([bytes.subarray(0, -4), Buffer.from([10, 0, 2, 77])]);
    const forged = (right) => [
        Buffer.alloc(0),
        right.subarray(0, 12),
        right.subarray(0, right.length - 1),
        crypto.randomBytes(300),
        elsewhere(Buffer.concat([Buffer.from([right[0] ^ 1]), right.subarray(1)])), // another identifier
        elsewhere(Buffer.concat([right.subarray(0, 13), Buffer.from('Z'), right.subarray(14)])), // another name
        elsewhere(Buffer.concat([right.subarray(0, 2), Buffer.from([right[2] & 0x7f]), right.subarray(3)])), // a question
    ];
    const names = await Names.start(() => HERE, 100, forged);
    const sim = await start([...sites, ...names.option, '--upstream', `selfmento=app.internal:${app.port}`]);
    assert.strictEqual((await exchange(sim)).body, 'x');
    assert.strictEqual(names.asked.length, 1);
    await Promise.all([app.stop(), names.stop()]);
});

// ---- TLS ----

const CERTS = path.join(scratch, 'certs');
let certified = null;

// Authorities and certificates: each { pem, key, der } by name. RSA for one of them, P-256 for the others.
function certificates() {
    certified ??= (async () => {
        fs.mkdirSync(CERTS);
        const at = (name) => path.join(CERTS, name);
        const openssl = async (...args) => {
            const r = await exec('openssl', args);
            assert.strictEqual(r.code, 0, r.stderr);
        };
        for (const ca of ['ca', 'stranger']) {
            await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(`${ca}.key`),
                '-subj', `/CN=${ca}`, '-days', '3650', '-addext', 'basicConstraints=critical,CA:TRUE', '-out', at(`${ca}.pem`));
        }
        const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
        const make = async (name, names, { ca = 'ca', kind = curve, days = ['-days', '30'] } = {}) => {
            await openssl('req', ...kind, '-nodes', '-keyout', at(`${name}.key`), '-subj', `/CN=${name}`, '-out', at(`${name}.csr`));
            fs.writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
            await openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at(`${ca}.pem`), '-CAkey', at(`${ca}.key`), '-CAcreateserial',
                ...days, '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`));
        };
        await make('right', 'DNS:app.internal');
        await make('rsa', 'DNS:app.internal', { kind: ['-newkey', 'rsa:2048'] });
        await make('address', 'IP:10.0.2.2,IP:127.0.0.1');
        await make('other', 'DNS:other.internal');
        await make('strange', 'DNS:app.internal', { ca: 'stranger' });
        await make('short', 'DNS:app.internal', { days: ['-days', '1'] });
        return (name) => ({
            cert: fs.readFileSync(at(`${name}.pem`)),
            key: fs.readFileSync(at(`${name}.key`)),
            pin: crypto.createHash('sha256').update(new crypto.X509Certificate(fs.readFileSync(at(`${name}.pem`))).raw).digest('hex'),
            path: at(`${name}.pem`),
            keyPath: at(`${name}.key`),
        });
    })();
    return certified;
}

// An application that speaks TLS.
async function secured(name, answer, options = {}) {
    const cert = (await certificates())(name);
    const app = await Application.start(answer);
    app.names = [];
    const settings = { cert: cert.cert, key: cert.key, ALPNProtocols: ['http/1.1'], honorCipherOrder: false, ...options };
    app.secure = tls.createServer(settings, (socket) => {
        app.names.push(socket.servername);
        app.protocol = socket.getProtocol();
        app.serve(socket);
    });
    app.secure.on('tlsClientError', () => {});
    await new Promise((done) => app.secure.listen(0, '127.0.0.1', done));
    app.securePort = app.secure.address().port;
    app.halt = () => Promise.all([app.stop(), new Promise((done) => app.secure.close(done))]);
    return app;
}

async function led(start, app, trust, more = [], name = '127.0.0.1', host = ',host=app.internal') {
    return start([...sites, '--upstream', `selfmento=${name}:${app.securePort}${host}${trust}`, ...more]);
}

for (const [what, options] of [['tls_1_3', { minVersion: 'TLSv1.3' }], ['tls_1_2', { maxVersion: 'TLSv1.2' }]]) {
    for (const cert of ['right', 'rsa']) {
        test(`an_application_by_${what}_with_a_certificate_of_its_ca_is_relayed_${cert}`, async (start) => {
            const body = 'y'.repeat(300000);
            const app = await secured(cert, (r) => ok(r.target === '/big' ? body : r.body || 'x'), options);
            const get = await certificates();
            const sim = await led(start, app, `,ca=${get('ca').path}`);
            for (let i = 0; i < 5; i++) assert.strictEqual((await exchange(sim)).body, 'x');
            assert.strictEqual((await exchange(sim, '/big')).body, body);
            assert.deepStrictEqual([app.names[0], app.protocol], ['app.internal', options.minVersion || options.maxVersion]);
            const stats = await sim.stats();
            assert.strictEqual(stats.upstream_tls_handshakes, 1); // all of them on one connection
            assert.strictEqual(stats.upstream_reused, 5);
            await app.halt();
        });
    }
}

const refused = [
    ['a_certificate_of_another_ca_makes_502_and_nothing_is_sent', 'strange', () => 'ca'],
    ['a_certificate_for_another_name_makes_502_and_nothing_is_sent', 'other', () => 'ca'],
    ['a_certificate_that_signs_for_an_address_only_makes_502_and_nothing_is_sent', 'address', () => 'ca'],
];
for (const [what, cert] of refused) {
    test(what, async (start) => {
        const app = await secured(cert);
        const get = await certificates();
        const sim = await led(start, app, `,ca=${get('ca').path}`);
        const r = await exchange(sim, '/secret', { fields: 'Accept: text/html\r\n' });
        assert.strictEqual(r.status, 502);
        assert(/<h1>/.test(r.body), r.body);
        assert.strictEqual(app.requests.length, 0);
        assert.strictEqual((await sim.stats()).upstream_tls_failures, 1);
        await sim.atRest();
        await app.halt();
    });
}

// A certificate as a file: as content, or in a form as browsers send it, with the cookie of a login.
async function giveCertificate(sim, site, bytes, options = {}) {
    const { token = TOKEN, form = false, type = 'application/octet-stream', query = '', cookie } = options;
    const c = await Client.open(sim.admin);
    const body = form
        ? Buffer.concat([Buffer.from('--a-boundary\r\nContent-Disposition: form-data; name="file"; filename="ca.pem"\r\n' +
            'Content-Type: application/x-x509-ca-cert\r\n\r\n'), bytes, Buffer.from('\r\n--a-boundary--\r\n')])
        : bytes;
    c.write(`POST /admin/upstream-ca?site=${site}${query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        (cookie ? `Cookie: ${cookie}\r\n` : token ? `Authorization: Bearer ${token}\r\n` : '') +
        `Content-Type: ${form ? 'multipart/form-data; boundary=a-boundary' : type}\r\nContent-Length: ${body.length}\r\n\r\n`);
    c.write(body);
    const all = await c.end();
    c.destroy();
    return { status: Number(all.slice(9, 12)), text: all };
}

test('the_operator_gives_the_certificate_of_a_ca_and_until_then_nothing_is_sent', async (start) => {
    const get = await certificates();
    const der = (name) => new crypto.X509Certificate(get(name).cert).raw;
    const digest = (name) => crypto.createHash('sha256').update(der(name)).digest('hex');
    const app = await secured('right');
    const flash = await provision();
    const sim = await start([...sites, '--flash', flash]);
    const lead = { site: 'selfmento', name: '127.0.0.1', port: app.securePort, host: 'app.internal', tls: 'ca' };
    assert.strictEqual((await giveCertificate(sim, 'selfmento', der('ca'))).status, 409); // for which application?
    const due = await ask(sim, 'upstream', lead);
    assert.deepStrictEqual([due.status, /upstream-due/.test(due.body)], [200, true]);
    assert((await overview(sim)).includes('502 until then'));
    assert.strictEqual((await exchange(sim)).status, 502);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', get('ca').cert, { form: true })).status, 200);
    assert.strictEqual((await exchange(sim)).body, 'x');
    assert.strictEqual((await upstreams(sim)).find((u) => u.site === 'selfmento').sha256, digest('ca'));
    assert(!(await overview(sim)).includes('502 until then'));
    assert.strictEqual((await ask(sim, 'upstream', { ...lead, insert: 'yes' })).status, 200); // the certificate stays
    assert.strictEqual((await exchange(sim)).body, 'x');
    assert.strictEqual((await giveCertificate(sim, 'selfmento', der('stranger'))).status, 200);
    assert.strictEqual((await exchange(sim)).status, 502);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', der('ca'))).status, 200);
    assert.strictEqual((await exchange(sim)).body, 'x');
    await sim.stop();
    const again = await start([...sites, '--flash', flash]);
    assert.strictEqual((await exchange(again)).body, 'x');
    assert.strictEqual((await ask(again, 'upstream', { ...lead, tls: 'plain' })).status, 200);
    assert.strictEqual((await ask(again, 'upstream', lead)).status, 200); // of the CA before nothing is left
    assert.strictEqual((await exchange(again)).status, 502);
    const log = JSON.parse((await ask(again, 'audit?from=0&count=100')).body).entries.filter((e) => e.type === 'upstream_set');
    assert.strictEqual(log.length, 7);
    assert.strictEqual(new Set(log.map((e) => e.detail)).size, 5); // due, by the CA, with notices, a stranger, plain
    assert.strictEqual(app.requests.length, 4);
    await app.halt();
});

test('what_is_no_certificate_of_a_ca_is_refused_in_words_and_changes_nothing', async (start) => {
    const get = await certificates();
    const ca = get('ca').cert;
    const app = await secured('right');
    const sim = await start([...sites, '--admin-token', TOKEN]);
    const lead = { site: 'selfmento', name: '127.0.0.1', port: app.securePort, host: 'app.internal', tls: 'ca' };
    assert.strictEqual((await ask(sim, 'upstream', lead)).status, 200);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', ca)).status, 200);
    const junk = Buffer.from('-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n'); // a number
    const rows = [
        [Buffer.alloc(0), 422, 'There is no certificate in the file'],
        [Buffer.from('<!doctype html>'), 422, 'There is no certificate in the file'],
        [fs.readFileSync(get('ca').path.replace('.pem', '.key')), 422, 'There is no certificate in the file'],
        [Buffer.concat([ca, get('stranger').cert]), 422, 'more than one certificate'],
        [ca.subarray(0, ca.length / 2), 422, 'damaged or cut short'],
        [Buffer.from(ca.toString().replace(/.\n-----END/, '*\n-----END')), 422, 'damaged or cut short'],
        [junk, 422, 'no certificate that can be used here'],
        [Buffer.concat([Buffer.from([0x30, 0x82, 0x20, 0]), Buffer.alloc(8192)]), 422, 'longer than this device can keep'],
        [Buffer.alloc(40000, 0x20), 413, ''],
    ];
    for (const [bytes, status, words] of rows) {
        for (const form of [false, true]) {
            const r = await giveCertificate(sim, 'selfmento', bytes, { form });
            assert.strictEqual(r.status, status, r.text);
            assert(r.text.includes(words), r.text);
        }
    }
    assert.strictEqual((await giveCertificate(sim, 'nobody', ca)).status, 422);
    assert.strictEqual((await giveCertificate(sim, 'prokoders', ca)).status, 409);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', ca, { type: 'text/plain' })).status, 415);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', ca, { token: null })).status, 401);
    // Of a browser: with its form token only.
    const cookie = await logIn(sim);
    const page = await overview(sim, cookie);
    const [, token] = /enctype="multipart\/form-data" action="\/admin\/upstream-ca\?form=([\w-]{22})&amp;site=selfmento"/.exec(page);
    assert.strictEqual((await giveCertificate(sim, 'selfmento', ca, { cookie, form: true })).status, 403);
    const done = await giveCertificate(sim, 'selfmento', ca, { cookie, form: true, query: `&form=${token}` });
    assert(done.status === 303 && /location: \/admin\/\?done=upstream\r/i.test(done.text), done.text);
    const said = await giveCertificate(sim, 'selfmento', junk, { cookie, form: true, query: `&form=${token}` });
    assert(said.status === 422 && /role="alert"[^]*X\.509/.test(said.text), said.text); // a page
    assert.strictEqual((await exchange(sim)).body, 'x');
    await app.halt();
    const given = await start([...sites, '--admin-token', TOKEN, '--upstream', 'selfmento=127.0.0.1:1']);
    assert.strictEqual((await giveCertificate(given, 'selfmento', ca)).status, 409);
});

test('an_expired_certificate_makes_502_and_one_that_is_not_valid_yet_as_well', async (start) => {
    const app = await secured('short');
    const trust = `,ca=${(await certificates())('ca').path}`;
    const now = await led(start, app, trust);
    assert.strictEqual((await exchange(now)).status, 200);
    for (const offset of [2 * 86400, -2 * 86400]) {
        const sim = await led(start, app, trust, ['--clock', `offset=${offset}`]);
        assert.strictEqual((await exchange(sim)).status, 502, `${offset}`);
    }
    const none = await led(start, app, trust, ['--clock', 'none']);
    assert.strictEqual((await exchange(none)).status, 502);
    assert.strictEqual(app.requests.length, 1);
    await app.halt();
});

test('a_pinned_certificate_is_the_only_one_that_is_believed', async (start) => {
    const get = await certificates();
    const app = await secured('strange');
    assert.strictEqual((await exchange(await led(start, app, `,pin=${get('strange').pin}`))).body, 'x');
    assert.strictEqual((await exchange(await led(start, app, `,pin=${get('right').pin}`))).status, 502);
    assert.strictEqual(app.requests.length, 1);
    await app.halt();
});

test('without_verification_is_only_what_is_spelled_out', async (start) => {
    const app = await secured('other');
    assert.strictEqual((await exchange(await led(start, app, ',tls=insecure'))).body, 'x');
    assert.strictEqual((await exchange(await led(start, app, ''))).status, 502); // plain HTTP to a port that speaks TLS
    await app.halt();
});

test('an_application_by_name_over_tls_proves_the_name', async (start) => {
    const get = await certificates();
    const app = await secured('right');
    const names = await Names.start(() => HERE);
    const trust = `,ca=${get('ca').path}`;
    const good = await led(start, app, trust, names.option, 'app.internal', '');
    assert.strictEqual((await exchange(good)).body, 'x');
    assert.strictEqual(app.names[0], 'app.internal');
    const bad = await led(start, app, trust, names.option, 'another.internal', '');
    assert.strictEqual((await exchange(bad)).status, 502);
    await Promise.all([app.halt(), names.stop()]);
});

test('a_websocket_and_bodies_of_any_size_go_through_tls', async (start) => {
    const get = await certificates();
    const app = await secured('right', (r, socket) => {
        if (r.get('upgrade') === 'websocket') {
            socket.tunnel = (bytes) => socket.write(Buffer.from(bytes).reverse());
            return 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
        }
        return ok(crypto.createHash('sha256').update(Buffer.from(r.body, 'latin1')).digest('hex'));
    });
    const sim = await led(start, app, `,ca=${get('ca').path}`);
    const c = await Client.open(sim.http);
    c.write('GET /ws HTTP/1.1\r\nHost: selfmento.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
    await c.until('101', () => c.data.includes('\r\n\r\n'));
    assert(c.data.toString('latin1').startsWith('HTTP/1.1 101'), c.data.toString('latin1'));
    c.data = Buffer.alloc(0);
    c.write('hello');
    await c.until('echo', () => c.data.includes('olleh'));
    c.destroy();
    const bytes = crypto.randomBytes(200000);
    const p = await Client.open(sim.http);
    p.write(`POST / HTTP/1.1\r\nHost: selfmento.localhost\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`);
    p.write(bytes);
    const all = await p.end(20000);
    assert(all.endsWith(crypto.createHash('sha256').update(bytes).digest('hex')), all.slice(0, 300));
    p.destroy();
    await app.halt();
    await sim.atRest();
});

test('visitors_who_do_not_read_from_an_application_behind_tls_hold_nobody_else', async (start) => {
    const get = await certificates();
    const app = await secured('right', (r) => ok(r.target === '/big' ? 'z'.repeat(4 << 20) : 'x'));
    const sim = await led(start, app, `,ca=${get('ca').path}`, ['--send-buffer', '4096']);
    const slow = [];
    for (let i = 0; i < 20; i++) {
        const c = await Client.open(sim.http);
        c.socket.pause();
        c.write('GET /big HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n');
        slow.push(c);
    }
    await sleep(1500);
    const began = Date.now();
    for (let i = 0; i < 5; i++) assert.strictEqual((await exchange(sim, '/small')).body, 'x');
    assert(Date.now() - began < 5000, `${Date.now() - began} ms`);
    for (const c of slow) c.reset();
    await app.halt();
    await sim.atRest();
});

test('a_server_of_openssl_and_garbage_in_place_of_a_handshake', async (start) => {
    const get = await certificates();
    const [port] = await freePorts(1);
    const server = childProcess.spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', get('right').path, '-key',
        get('right').keyPath, '-www', '-quiet'], { stdio: 'ignore' });
    try {
        await sleep(500);
        const sim = await start([...sites, '--upstream', `selfmento=127.0.0.1:${port},host=app.internal,ca=${get('ca').path}`]);
        const r = await exchange(sim);
        assert.strictEqual(r.status, 200);
        assert(/TLS_AES_128_GCM_SHA256/.test(r.body), r.body.slice(0, 500));
        const noise = await Application.start((q, socket) => socket.write(crypto.randomBytes(500)));
        noise.server.on('connection', (socket) => socket.write(crypto.randomBytes(500)));
        const odd = await start([...sites, '--upstream', `selfmento=127.0.0.1:${noise.port},host=app.internal,ca=${get('ca').path}`]);
        assert.strictEqual((await exchange(odd)).status, 502);
        await odd.atRest();
        await noise.stop();
    } finally {
        server.kill();
    }
});

// nginx as it comes with Debian, each version of TLS with either kind of key.
test('nginx_behind_tls_is_relayed_on_one_connection_and_refused_by_another_ca', async (start) => {
    const get = await certificates();
    const dir = fresh('nginx');
    const ports = await freePorts(4);
    const body = crypto.randomBytes(300000).toString('base64');
    fs.mkdirSync(path.join(dir, 'www'), { recursive: true });
    fs.writeFileSync(path.join(dir, 'www', 'big.txt'), body);
    const kinds = [['right', 'TLSv1.3'], ['rsa', 'TLSv1.3'], ['right', 'TLSv1.2'], ['rsa', 'TLSv1.2']];
    const servers = kinds.map(([cert, version], i) => `server { listen 127.0.0.1:${ports[i]} ssl; server_name app.internal;
        ssl_protocols ${version}; ssl_certificate ${get(cert).path}; ssl_certificate_key ${get(cert).keyPath};
        ssl_session_cache shared:s${i}:1m; root ${dir}/www; add_header X-Protocol $ssl_protocol; }`);
    fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/errors;
        events {} http { access_log off; client_body_temp_path ${dir}/t; proxy_temp_path ${dir}/t; fastcgi_temp_path ${dir}/t;
        uwsgi_temp_path ${dir}/t; scgi_temp_path ${dir}/t; ${servers.join('\n')} }`);
    const nginx = childProcess.spawn('nginx', ['-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/errors`], { stdio: 'ignore' });
    try {
        for (let i = 0; i < 100 && !fs.existsSync(path.join(dir, 'pid')); i++) await sleep(50);
        for (const [i, [cert, version]] of kinds.entries()) {
            const lead = (ca) => start([...sites, '--upstream', `selfmento=127.0.0.1:${ports[i]},host=app.internal,ca=${get(ca).path}`]);
            const sim = await lead('ca');
            for (let n = 0; n < 3; n++) {
                const r = await exchange(sim, '/big.txt');
                assert.strictEqual(r.status, 200, `${cert} ${version}: ${fs.readFileSync(path.join(dir, 'errors'))}`);
                assert(r.body === body && r.head.includes(`X-Protocol: ${version}\r\n`), r.head);
            }
            const stats = await sim.stats();
            assert.deepStrictEqual([stats.upstream_tls_handshakes, stats.upstream_reused], [1, 2], `${cert} ${version}`);
            const strange = await lead('stranger');
            assert.strictEqual((await exchange(strange, '/big.txt')).status, 502);
            await Promise.all([sim.stop(), strange.stop()]);
        }
    } finally {
        nginx.kill();
    }
});

main();
