// SPDX-License-Identifier: MIT
// 64 relayed streams at once, all that the simulator has, none of them fast: every one goes on, every one
// ends whole, nobody waits for others to end.
'use strict';
const net = require('net');
const { assert, test, main, sleep, Client } = require('./harness.js');
const { HOST, begin, end, get } = require('./upstream.js');

const STREAMS = 64;
const LENGTH = 300000;
// Bytes that tell their stream and their place in it.
const content = (n) => Buffer.alloc(LENGTH, 0).map((_, i) => (i * 31 + (i >> 8) * 7 + n * 3) & 255);

// An application that is told of each request when its head is there: serve(n, socket, rest), but not before
// all of them have come.
async function application(start, serve, clients = STREAMS) {
    const g = await begin(start, null, '', ['--send-buffer', '4096']);
    const begun = [];
    g.app.serve = (socket) => {
        let head = Buffer.alloc(0);
        const read = (bytes) => {
            head = Buffer.concat([head, bytes]);
            const at = head.indexOf('\r\n\r\n');
            if (at < 0) return;
            socket.off('data', read);
            socket.pause();
            begun.push([Number(/ \/(\d+) /.exec(head.toString('latin1'))[1]), socket, head.subarray(at + 4)]);
            if (begun.length === STREAMS) begun.forEach((one) => serve(...one));
        };
        g.app.connections.push({ socket, raw: '' });
        socket.on('error', () => {});
        socket.on('data', read);
    };
    g.clients = [];
    for (let n = 0; n < clients; n++) g.clients.push(await Client.open(g.sim.http));
    return g;
}

async function finish(g) {
    g.clients.forEach((c) => c.destroy());
    await end(g);
}

// Let all streams run until they have ended; meanwhile look how far each is.
//   ends  a promise for each stream
//   far   how many bytes stream n has got
async function watch(g, ends, far, length = LENGTH) {
    const all = Promise.all(ends);
    let running = true;
    let together = 0;
    all.catch(() => {}).then(() => (running = false));
    while (running) {
        const places = g.clients.map((_, n) => far(n));
        const [least, most] = [Math.min(...places), Math.max(...places)];
        // All are under way, and nobody is far behind.
        if (least > 0 && most < length) together++;
        assert(most < length / 2 || least > length / 50, `one has ${most} bytes, another ${least}`);
        await sleep(20);
    }
    await all;
    assert(together > 5, `all under way at once: seen ${together} times`);
    const stats = await g.sim.stats();
    assert.strictEqual(stats.frames_dropped + stats.refused + stats.evicted, 0, JSON.stringify(stats));
    assert(stats.pbuf_pool.max < 32, JSON.stringify(stats.pbuf_pool));
}

const head = `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${LENGTH}\r\n\r\n`;

// What a client has got is what its stream is.
function check(response, n) {
    assert.strictEqual(response.status, 200);
    assert(Buffer.from(response.body, 'latin1').equals(content(n)), `stream ${n}`);
}

test('64_slow_answers_go_on_together_and_all_end_whole', async (start) => {
    const g = await application(start, async (n, socket) => {
        const bytes = content(n);
        socket.write(head);
        for (let at = 0; at < LENGTH; at += 6000) {
            socket.write(bytes.subarray(at, at + 6000));
            await sleep(40);
        }
    });
    const ends = g.clients.map(async (c, n) => {
        c.write(get(`/${n}`));
        check(await c.response(60000), n);
    });
    // A client keeps what it has got until it is whole.
    const whole = ends.map(() => false);
    ends.forEach((one, n) => one.then(() => (whole[n] = true), () => {}));
    await watch(g, ends, (n) => (whole[n] ? LENGTH : g.clients[n].data.length));
    await finish(g);
});

test('64_slow_readers_get_their_answers_together_and_whole', async (start) => {
    const LONG = 1000000; // more than the sockets of this machine hold
    const bytes = Buffer.concat([content(1), content(2), content(3), content(4)]).subarray(0, LONG);
    const g = await application(
        start,
        (n, socket) => socket.write(Buffer.concat([Buffer.from(head.replace(LENGTH, LONG)), bytes])),
        0,
    );
    const got = [];
    const readers = [];
    for (let n = 0; n < STREAMS; n++) {
        let start = ''; // until the head has ended
        got.push(0);
        readers.push(
            new Promise((done, fail) => {
                const take = (count, buffer) => {
                    let from = 0;
                    if (!start.includes('\r\n\r\n')) {
                        const before = start.length;
                        start += buffer.toString('latin1', 0, count);
                        const end = start.indexOf('\r\n\r\n');
                        from = end < 0 ? count : end + 4 - before;
                    }
                    if (!buffer.subarray(from, count).equals(bytes.subarray(got[n], got[n] + count - from)))
                        fail(new Error(`stream ${n} differs behind ${got[n]}`));
                    got[n] += count - from;
                    if (got[n] === LONG) done();
                    setTimeout(() => socket.resume(), 10);
                    return false; // no more until then
                };
                const onread = { buffer: Buffer.alloc(8192), callback: take };
                const socket = net.connect({ port: g.sim.http, host: '127.0.0.1', onread }, () => socket.write(get(`/${n}`)));
                socket.on('error', fail);
                socket.on('close', () => fail(new Error(`stream ${n} ended at ${got[n]}`)));
                g.clients.push(socket);
            }),
        );
    }
    await watch(g, readers, (n) => got[n], LONG);
    await finish(g);
});

test('64_slow_uploads_go_on_together_and_all_arrive_whole', async (start) => {
    const got = new Array(STREAMS).fill(0);
    const wrong = [];
    const g = await application(start, (n, socket, rest) => {
        const expected = content(n);
        const take = (bytes) => {
            if (!bytes.equals(expected.subarray(got[n], got[n] + bytes.length))) wrong.push(n);
            got[n] += bytes.length;
            if (got[n] === LENGTH) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        };
        take(rest);
        socket.on('data', take);
        socket.resume();
    });
    const ends = g.clients.map(async (c, n) => {
        const bytes = content(n);
        c.write(`POST /${n} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${LENGTH}\r\n\r\n`);
        for (let at = 0; at < LENGTH; at += 6000) {
            c.write(bytes.subarray(at, at + 6000));
            await sleep(40);
        }
        assert.strictEqual((await c.response(60000)).body, 'ok');
    });
    await watch(g, ends, (n) => got[n]);
    assert.deepStrictEqual(wrong, []);
    await finish(g);
});

test('64_uploads_that_nobody_reads_wait_without_taking_anything_and_then_arrive', async (start) => {
    const LONG = 4000000; // more than the sockets of this machine hold
    const sockets = [];
    const got = new Array(STREAMS).fill(0);
    const g = await application(start, (n, socket, rest) => {
        got[n] = rest.length;
        sockets.push(socket);
        socket.on('data', (bytes) => {
            got[n] += bytes.length;
            if (got[n] === LONG) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
        socket.pause();
    });
    const ends = g.clients.map(async (c, n) => {
        c.write(`POST /${n} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${LONG}\r\n\r\n`);
        c.write(Buffer.alloc(LONG, n));
        assert.strictEqual((await c.response(80000)).body, 'ok');
    });
    for (let i = 0; i < 100 && sockets.length < STREAMS; i++) await sleep(50);
    await sleep(1500);
    const stats = await g.sim.stats();
    assert.strictEqual(sockets.length, STREAMS);
    assert.strictEqual(stats.frames_dropped + stats.refused + stats.evicted, 0, JSON.stringify(stats));
    assert(stats.pbuf_pool.max < 64, JSON.stringify(stats.pbuf_pool));
    assert(got.every((count) => count < LONG));
    sockets.forEach((socket) => socket.resume());
    await Promise.all(ends);
    await finish(g);
}, 120000);

main();
