// SPDX-License-Identifier: MIT
// HTTPS through the TLS layer: both versions, records of all sizes, ends of both kinds, shortage, garbage.
'use strict';
const fs = require('fs');
const https = require('https');
const net = require('net');
const path = require('path');
const stream = require('stream');
const tls = require('tls');
const { assert, test, main, sleep, within, Client, fetchOnce, exec, random, scratch } = require('./harness.js');

const versions = ['TLSv1.2', 'TLSv1.3'];
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

function request(options, body = null) {
    return new Promise((done, fail) => {
        const r = https.request({ host: '127.0.0.1', rejectUnauthorized: false, agent: false, ...options }, (response) => {
            let text = '';
            const version = response.socket.getProtocol();
            response.setEncoding('latin1');
            response.on('data', (part) => (text += part));
            response.on('end', () => done({ status: response.statusCode, body: text, version }));
            response.on('error', fail);
        });
        r.on('error', fail);
        r.end(body);
    });
}

// A socket whose end stays open when TLS has ended: so that the peer sees close_notify and no FIN. Bytes
// can be put on the wire beside TLS.
class Wire extends stream.Duplex {
    constructor(port) {
        super();
        this.raw = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        this.raw.on('data', (bytes) => this.push(bytes));
        this.raw.on('end', () => this.push(null));
        this.raw.on('error', () => this.push(null));
    }
    _read() {}
    _write(bytes, encoding, done) { this.raw.write(bytes, done); }
    _final(done) { done(); }
}

// A TLS client with the means of Client; c.wire is what lies below.
async function open(port, options = {}) {
    const c = new Client();
    c.wire = new Wire(port);
    c.socket = tls.connect({ socket: c.wire, rejectUnauthorized: false, ...options });
    c.watch();
    await within(10000, 'handshake', new Promise((done, fail) => {
        c.socket.once('secureConnect', done);
        c.socket.once('error', fail);
        c.socket.once('close', () => fail(new Error('closed in the handshake')));
    }));
    c.destroy = () => { c.socket.destroy(); c.wire.raw.destroy(); };
    return c;
}

test('speaks_both_versions', async (start) => {
    const sim = await start();
    for (const version of versions) {
        const r = await request({ port: sim.https, path: '/echo', minVersion: version, maxVersion: version });
        assert.strictEqual(r.version, version);
        assert.strictEqual(r.status, 200);
        const curl = await exec('curl', ['-sk', '-m', '10', version === 'TLSv1.2' ? '--tls-max' : '--tlsv1.3',
            ...(version === 'TLSv1.2' ? ['1.2'] : []), `https://127.0.0.1:${sim.https}/echo?curl`]);
        assert(curl.stdout.includes('target: /echo?curl\n'), JSON.stringify(curl));
    }
    await sim.atRest();
});

test('refuses_older_versions', async (start) => {
    const sim = await start();
    const r = await exec('openssl', ['s_client', '-connect', `127.0.0.1:${sim.https}`, '-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0']);
    assert.notStrictEqual(r.code, 0);
    assert.strictEqual((await sim.atRest()).tls_handshakes, 0);
});

test('takes_uploads_larger_than_the_window', async (start) => {
    const sim = await start();
    for (const version of versions) {
        const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
        for (const size of [0, 1, 100, 4379, 4380, 4381, 5632, 8192, 16384, 16385, 20000, 65536, 100000]) {
            const began = Date.now();
            const r = await request({ port: sim.https, path: '/echo', method: 'POST', agent, minVersion: version, maxVersion: version },
                Buffer.alloc(size, 'x'));
            assert(r.body.includes(`length: ${size}\n`), `${version} ${size}: ${r.body}`);
            assert(Date.now() - began < 2000, `${version} ${size}: ${Date.now() - began} ms`);
        }
        agent.destroy();
    }
    assert.strictEqual((await sim.atRest()).tls_handshakes, 2);
});

test('sends_large_answers_whole', async (start) => {
    const sim = await start();
    for (const version of versions) {
        const r = await request({ port: sim.https, path: '/bytes/2000000', minVersion: version, maxVersion: version });
        assert.strictEqual(r.body.length, 2000000);
    }
    await sim.atRest();
});

test('a_slow_reader_gets_all_of_its_answer', async (start) => {
    const sim = await start(['--send-buffer', '4096']);
    const c = await open(sim.https);
    c.write(get('/bytes/700000'));
    for (let i = 0; i < 10; i++) {
        c.socket.pause();
        await sleep(20);
        c.socket.resume();
        await sleep(5);
    }
    assert.strictEqual((await c.response()).body.length, 700000);
    c.destroy();
    await sim.atRest();
});

test('keeps_a_connection_and_answers_pipelined_requests_in_order', async (start) => {
    const sim = await start();
    const c = await open(sim.https);
    for (let i = 0; i < 30; i++) {
        c.write(get(`/echo?${i}`));
        assert((await c.response()).body.includes(`target: /echo?${i}\n`));
    }
    let all = '';
    for (let i = 0; i < 30; i++) all += get(`/echo?p${i}`, `X: ${'x'.repeat(i * 30)}\r\n`);
    c.write(all);
    for (let i = 0; i < 30; i++) assert((await c.response()).body.includes(`target: /echo?p${i}\n`));
    c.destroy();
    await sim.atRest();
});

test('says_close_notify_at_the_end', async (start) => {
    const sim = await start();
    for (const version of ['-tls1_2', '-tls1_3']) {
        const r = await exec('openssl', ['s_client', '-connect', `127.0.0.1:${sim.https}`, version, '-quiet', '-ign_eof'],
            'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        assert(r.stdout.includes('</ul>'), r.stdout);
        assert(!r.stderr.includes('unexpected eof'), r.stderr);
        assert.strictEqual(r.code, 0, r.stderr);
    }
    await sim.atRest();
});

test('asks_for_no_client_certificate', async (start) => {
    const sim = await start();
    const r = await exec('openssl', ['s_client', '-connect', `127.0.0.1:${sim.https}`, '-tls1_2']);
    assert(r.stdout.includes('No client certificate CA names sent'), r.stdout);
    assert(!r.stdout.includes('Client Certificate Types'), r.stdout);
});

test('resumes_sessions_by_ticket', async (start) => {
    const sim = await start();
    for (const version of versions) {
        const options = { minVersion: version, maxVersion: version };
        const first = await open(sim.https, options);
        first.write(get('/'));
        await first.response();
        const ticket = first.socket.getSession();
        first.destroy();
        const second = await open(sim.https, { ...options, session: ticket });
        assert.strictEqual(second.socket.isSessionReused(), true, version);
        second.write(get('/'));
        assert.strictEqual((await second.response()).status, 200);
        second.destroy();
    }
    await sim.atRest();
});

test('the_certificate_names_this_machine_and_stays', async (start) => {
    const flash = path.join(scratch, 'flash-tls');
    const show = async (sim) => {
        const r = await exec('openssl', ['s_client', '-connect', `127.0.0.1:${sim.https}`, '-servername', 'localhost']);
        const file = path.join(scratch, 'cert.pem');
        fs.writeFileSync(file, r.stdout.slice(r.stdout.indexOf('-----BEGIN'), r.stdout.indexOf('-----END CERTIFICATE-----') + 26));
        return file;
    };
    const options = ['--sites', 'build/policies', '--flash', flash];
    const sim = await start(options);
    const file = await show(sim);
    for (const [option, name] of [['-checkhost', 'localhost'], ['-checkhost', 'prointerview.localhost'], ['-checkip', '127.0.0.1']]) {
        const r = await exec('openssl', ['x509', '-in', file, '-noout', option, name]);
        assert(r.stdout.includes('does match certificate'), r.stdout);
    }
    const verify = await exec('curl', ['-s', '-m', '10', '--cacert', file, '-o', '/dev/null', '-w', '%{http_code}',
        `https://localhost:${sim.https}/`]);
    assert.strictEqual(verify.stdout, '200');
    const before = fs.readFileSync(file, 'latin1');
    assert.strictEqual(fs.statSync(flash).mode & 0o777, 0o600);
    await sim.stop();
    const again = await start(options);
    assert.strictEqual(fs.readFileSync(await show(again), 'latin1'), before);
    await again.stop();
    // One that is damaged is replaced.
    const bytes = fs.readFileSync(flash);
    const at = bytes.indexOf(Buffer.from(before.split('\n').slice(1, -1).join(''), 'base64').subarray(0, 60));
    assert(at > 0);
    fs.writeFileSync(flash, bytes.fill(0, at + 20, at + 30));
    const third = await start(options);
    assert.notStrictEqual(fs.readFileSync(await show(third), 'latin1'), before);
});

test('honours_the_close_notify_of_the_peer', async (start) => {
    const sim = await start();
    for (const version of versions) {
        const c = await open(sim.https, { minVersion: version, maxVersion: version });
        c.write(get('/'));
        await c.response();
        const ended = new Promise((done) => c.wire.raw.once('end', done));
        c.socket.end(); // close_notify; the TCP connection stays open on our side
        await within(2000, 'end of the server', ended);
        c.destroy();
    }
    await sim.atRest();
});

test('an_answer_follows_a_close_notify_that_came_first', async (start) => {
    const sim = await start();
    const c = await open(sim.https, { minVersion: 'TLSv1.3' });
    c.socket.end(get('/bytes/50000'));
    assert.strictEqual((await c.response()).body.length, 50000);
    c.destroy();
    await sim.atRest();
});

test('a_record_too_large_or_damaged_ends_only_its_own_connection', async (start) => {
    const sim = await start();
    const good = await open(sim.https);
    good.write(get('/'));
    await good.response();
    for (const version of versions) {
        for (const bytes of [
            Buffer.from([23, 3, 3, 0x50, 0x00, ...random(600)]), // 20480 bytes announced
            Buffer.from([23, 3, 3, 0x00, 0x40, ...random(64)]), // wrong tag
            Buffer.from([99, 9, 9, 0x00, 0x10, ...random(16)]), // no record at all
            Buffer.from([21, 3, 3, 0x00, 0x02, 2, 10]), // an alert in the clear
        ]) {
            const bad = await open(sim.https, { minVersion: version, maxVersion: version });
            bad.write(get('/'));
            await bad.response();
            bad.wire.raw.write(bytes);
            await within(3000, 'end', new Promise((done) => {
                bad.wire.raw.once('end', done);
                bad.wire.raw.once('close', done);
            }));
            bad.destroy();
        }
    }
    good.write(get('/echo?still'));
    assert((await good.response()).body.includes('/echo?still'));
    good.destroy();
    const stats = await sim.atRest();
    assert(stats.tls_failures >= 8, JSON.stringify(stats));
});

test('garbage_and_broken_handshakes_leave_nothing', async (start) => {
    const sim = await start();
    await request({ port: sim.https, path: '/' });
    const base = await sim.atRest();
    // A real ClientHello, caught.
    const hello = await new Promise((done) => {
        const server = net.createServer((socket) => socket.once('data', (bytes) => { socket.destroy(); server.close(); done(bytes); }));
        server.listen(0, '127.0.0.1', () => tls.connect({ port: server.address().port, host: '127.0.0.1' }).on('error', () => {}));
    });
    for (let round = 0; round < 12; round++) {
        const clients = (await Promise.all([...Array(20)].map(() => Client.open(sim.https).catch(() => null)))).filter(Boolean);
        clients.forEach((c, i) => {
            const kind = (round + i) % 8;
            if (kind === 0) c.write(random(1 + i * 50));
            if (kind === 1) c.write(get('/'));
            if (kind === 2) c.write(hello.subarray(0, (round * 20 + i) % hello.length));
            if (kind === 3) c.write(hello);
            if (kind === 4) c.socket.end(hello);
            if (kind === 5) c.write(Buffer.concat([hello, random(200)]));
            if (kind === 6) c.write(Buffer.concat([hello, hello]));
        });
        await sleep(round % 4 * 10);
        clients.forEach((c, i) => (i % 3 === 0 ? c.destroy() : c.reset()));
    }
    const stats = await sim.atRest();
    if (base.tls_pool.used) assert.strictEqual(stats.tls_pool.used, base.tls_pool.used);
    assert.strictEqual((await request({ port: sim.https, path: '/' })).status, 200);
});

test('connections_aborted_in_transfer_leave_nothing', async (start) => {
    const sim = await start();
    await request({ port: sim.https, path: '/' });
    const base = await sim.atRest();
    for (let round = 0; round < 8; round++) {
        const clients = await Promise.all([...Array(8)].map((_, i) => open(sim.https, { maxVersion: versions[i % 2] })));
        clients.forEach((c, i) => {
            if (i % 4 === 0) c.write(get('/bytes/1000000'));
            if (i % 4 === 1) c.write(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n${'x'.repeat(40000)}`);
            if (i % 4 === 2) c.write(get('/') + get('/bytes/100000') + get('/'));
        });
        await sleep(round * 3);
        clients.forEach((c, i) => {
            if (i % 3 === 0 && c.wire.raw.resetAndDestroy) c.wire.raw.resetAndDestroy();
            else if (i % 3 === 1) c.socket.end();
            c.destroy();
        });
    }
    const stats = await sim.atRest();
    if (base.tls_pool.used) assert.strictEqual(stats.tls_pool.used, base.tls_pool.used);
});

test('serves_64_clients_at_once', async (start) => {
    const sim = await start();
    const agent = new https.Agent({ keepAlive: true, maxSockets: 64 });
    const jobs = [];
    for (let i = 0; i < 256; i++) {
        jobs.push(request({ port: sim.https, path: `/echo?${i}`, agent }).then((r) => assert(r.body.includes(`/echo?${i}\n`))));
    }
    await Promise.all(jobs);
    const stats = await sim.stats();
    assert.strictEqual(stats.tls_handshakes, 64);
    assert.strictEqual(stats.tls_refused + stats.refused, 0);
    agent.destroy();
    await sim.atRest();
});

test('connections_wait_for_memory_instead_of_being_refused', async (start) => {
    const sim = await start(['--tls-memory', '70000']); // two connections
    if ((await sim.stats()).tls_pool.size === undefined) return; // memory from malloc has no end
    const results = await Promise.all([...Array(6)].map((_, i) => request({ port: sim.https, path: `/echo?${i}`, agent: false })));
    results.forEach((r) => assert.strictEqual(r.status, 200));
    await sim.atRest();
});

test('silent_connections_take_no_memory_of_tls', async (start) => {
    const sim = await start(['--tls-memory', '70000']);
    const silent = [];
    for (let i = 0; i < 40; i++) silent.push(await Client.open(sim.https));
    assert.strictEqual((await request({ port: sim.https, path: '/', agent: false })).status, 200);
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
    silent.forEach((c) => c.destroy());
    await sim.atRest();
});

main();
