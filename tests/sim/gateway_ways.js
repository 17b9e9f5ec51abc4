// SPDX-License-Identifier: MIT
// Connections, bodies and tunnels through the gateway, and how it behaves when either side misbehaves.
'use strict';
const http = require('http');
const { assert, test, sleep, Client, random } = require('./harness.js');
const { HOST, begin, end, get, ok, exchange } = require('./upstream.js');

test('connections_to_the_application_are_kept_and_a_dead_one_is_tried_once_more', async (start) => {
    let close = false;
    const g = await begin(start, (r, socket) => {
        if (close) {
            close = false;
            socket.destroy();
            return null;
        }
        return ok('x');
    });
    const c = await Client.open(g.sim.http);
    for (let i = 0; i < 10; i++) {
        c.write(get(`/${i}`));
        assert.strictEqual((await c.response()).body, 'x');
    }
    assert.strictEqual(g.app.connections.length, 1);
    close = true; // the kept connection ends without an answer: the request is idempotent
    c.write(get('/again'));
    assert.strictEqual((await c.response()).status, 200);
    assert.strictEqual(g.app.requests.filter((r) => r.target === '/again').length, 2);
    close = true; // not so with content: it goes out on a fresh connection, once
    c.write(`POST /once HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1\r\n\r\nx`);
    assert.strictEqual((await c.response()).status, 502);
    assert.strictEqual(g.app.requests.filter((r) => r.target === '/once').length, 1);
    c.destroy();
    const stats = await g.sim.stats();
    assert(stats.upstream_reused >= 9, JSON.stringify(stats));
    await end(g);
});

test('an_application_that_is_not_there_is_502_and_a_silent_one_504', async (start) => {
    const g = await begin(start, () => null);
    const c = await Client.open(g.sim.http);
    c.write(get('/'));
    await sleep(300);
    await g.sim.advance(61000);
    const r = await c.response();
    assert.strictEqual(r.status, 504);
    c.destroy();
    await g.app.stop();
    const gone = await exchange(g.sim, get('/'));
    assert.strictEqual(gone.status, 502);
    assert(/problem\+json/.test(gone.head), gone.head);
    const page = await exchange(g.sim, get('/', 'Accept: text/html\r\n'));
    assert.strictEqual(page.status, 502);
    assert(/text\/html/.test(page.head) && page.body.includes('does not answer'), page.all);
    await g.sim.atRest();
});

test('bodies_stream_both_ways_with_constant_memory', async (start) => {
    const size = 20 << 20;
    const data = random(1 << 20);
    let received = 0;
    const g = await begin(start, (r, socket) => null);
    g.app.serve = (socket) => {
        let head = '';
        g.app.connections.push({ socket, raw: '' });
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            if (!head.includes('\r\n\r\n')) {
                head += bytes.toString('latin1');
                received += head.split('\r\n\r\n').slice(1).join('\r\n\r\n').length;
            } else received += bytes.length;
            if (received === size) {
                socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`);
                for (let i = 0; i < 20; i++) socket.write(data);
            }
        });
    };
    await new Promise((done, fail) => {
        const r = http.request(
            {
                port: g.sim.http,
                host: '127.0.0.1',
                path: '/up',
                method: 'POST',
                agent: false,
                headers: { host: HOST, 'content-length': size },
            },
            (a) => {
                let count = 0;
                a.on('data', (d) => {
                    if (
                        !d.equals(data.subarray(count % data.length, (count % data.length) + d.length)) &&
                        (count % data.length) + d.length <= data.length
                    )
                        fail(new Error(`differs at ${count}`));
                    count += d.length;
                });
                a.on('end', () => (count === size ? done() : fail(new Error(`${count} bytes`))));
            },
        );
        r.on('error', fail);
        for (let i = 0; i < 20; i++) r.write(data);
        r.end();
    });
    await end(g);
});

test('who_does_not_read_holds_the_application_back_and_nobody_else', async (start) => {
    let sent = 0;
    const g = await begin(
        start,
        (r, socket) => {
            if (r.target !== '/big') return ok('x');
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n');
            const more = () => {
                while (sent < 50000000) {
                    sent += 65536;
                    if (!socket.write(Buffer.alloc(65536))) {
                        socket.once('drain', more);
                        return;
                    }
                }
            };
            more();
            return null;
        },
        '',
        ['--send-buffer', '4096'],
    );
    const slow = [];
    for (let i = 0; i < 20; i++) {
        const c = await Client.open(g.sim.http);
        c.socket.pause();
        c.write(get('/big'));
        slow.push(c);
    }
    await sleep(500);
    const stats = await g.sim.stats();
    assert.strictEqual(stats.frames_dropped, 0);
    assert(stats.pbuf_pool.used < 100, JSON.stringify(stats.pbuf_pool));
    for (let i = 0; i < 5; i++) assert.strictEqual((await exchange(g.sim, get('/'))).body, 'x');
    slow.forEach((c) => c.reset());
    await end(g);
});

test('64_exchanges_at_once', async (start) => {
    const waiting = [];
    const g = await begin(start, (r, socket) => {
        waiting.push([r, socket]);
        return null;
    });
    const clients = [];
    for (let i = 0; i < 64; i++) {
        const c = await Client.open(g.sim.http);
        c.write(get(`/${i}`));
        clients.push(c);
    }
    for (let i = 0; i < 100 && waiting.length < 64; i++) await sleep(50);
    assert.strictEqual(waiting.length, 64);
    for (const [r, socket] of waiting) socket.write(ok(r.target));
    for (let i = 0; i < 64; i++) assert.strictEqual((await clients[i].response()).body, `/${i}`);
    clients.forEach((c) => c.destroy());
    await end(g);
});

test('a_websocket_is_relayed_after_the_gate_has_seen_its_handshake', async (start) => {
    const g = await begin(start, (r, socket) => {
        if (r.get('upgrade') !== 'websocket' || !/upgrade/i.test(r.get('connection'))) return ok('no');
        socket.tunnel = (bytes) => socket.write(Buffer.concat([Buffer.from('<'), bytes, Buffer.from('>')]));
        return 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            'Sec-WebSocket-Accept: x\r\nSet-Cookie: _ga=1\r\n\r\n';
    });
    const c = await Client.open(g.sim.http);
    c.write(
        get(
            '/chat',
            'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: _ga=1; sm_session=2\r\n',
        ),
    );
    await c.until('101', () => c.data.includes('\r\n\r\n'));
    const head = c.data.toString('latin1');
    assert(head.startsWith('HTTP/1.1 101') && /upgrade: websocket/i.test(head) && /connection: upgrade/i.test(head), head);
    assert(!/_ga=1/.test(head), head);
    assert.strictEqual(g.app.last.get('cookie'), 'sm_session=2');
    c.data = Buffer.alloc(0);
    c.write('hello');
    await c.until('echo', () => c.data.includes('<hello>'));
    await g.sim.advance(120000); // silence ends no tunnel
    c.write(Buffer.alloc(100000, 'y'));
    let got = 0;
    await c.until('much', () => {
        got = c.data.toString('latin1').replace(/[^y]/g, '').length;
        return got === 100000;
    });
    c.destroy();
    await end(g);
});

test('no_other_protocol_is_upgraded_to', async (start) => {
    const g = await begin(start);
    for (const protocol of ['h2c', 'websocket, h2c', 'TLS/1.0']) {
        const r = await exchange(
            g.sim,
            get('/', `Upgrade: ${protocol}\r\nHTTP2-Settings: x\r\n`).replace(
                '\r\n\r\n',
                '\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n',
            ),
        );
        assert.strictEqual(r.status, 200);
        assert(!/upgrade|http2/i.test(g.app.last.head), g.app.last.head);
    }
    await end(g);
});

test('a_client_that_waits_for_100_gets_the_applications', async (start) => {
    const g = await begin(start, (r, socket) => {
        if (r.target === '/refuse') return 'HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n';
        socket.tunnel = () => {
            socket.tunnel = null;
            socket.write(ok('done'));
        };
        return r.target === '/silent' ? null : 'HTTP/1.1 100 Continue\r\n\r\n';
    });
    for (const [target, expected] of [
        ['/yes', 'HTTP/1.1 100'],
        ['/silent', 'HTTP/1.1 100'],
        ['/refuse', 'HTTP/1.1 413'],
    ]) {
        const c = await Client.open(g.sim.http);
        c.write(`PUT ${target} HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
        await c.until(target, () => c.data.includes('\r\n\r\n'));
        assert(c.data.toString('latin1').startsWith(expected), c.data.toString('latin1'));
        if (expected.endsWith('100')) {
            c.write('body');
            await c.until('done', () => c.data.includes('done'));
        }
        c.destroy();
    }
    await end(g);
});

test('careless_visitors_and_applications_leave_nothing_behind', async (start) => {
    const g = await begin(start, (r, socket) => {
        const n = g.app.requests.length % 5;
        if (n === 0) socket.destroy();
        else if (n === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Le');
        else if (n === 2) {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc');
            setTimeout(() => socket.destroy(), 5);
        } else if (n === 3) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n' + 'x'.repeat(100000));
        else return ok('x');
        return null;
    });
    for (let i = 0; i < 200; i++) {
        const c = await Client.open(g.sim.http);
        c.write(
            i % 3 === 0
                ? `POST /${i} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(i * 100)}`
                : get(`/${i}`),
        );
        if (i % 2 === 0) await sleep(i % 7);
        if (i % 4 === 1) await sleep(20);
        c.reset();
    }
    await sleep(300);
    await end(g);
});
