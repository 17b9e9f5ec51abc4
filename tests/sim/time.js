// SPDX-License-Identifier: MIT
// Deadlines, with a clock that stands still and is moved by command, and with one that runs faster.
'use strict';
const tls = require('tls');
const { assert, test, main, sleep, Client, fetchOnce } = require('./harness.js');

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const frozen = ['--clock', 'start=1700000000,frozen'];
const isOpen = (c) => !c.ended && !c.closed;

test('the_date_is_that_of_the_clock', async (start) => {
    const sim = await start(frozen);
    assert.strictEqual((await fetchOnce(sim.http)).fields.date, 'Tue, 14 Nov 2023 22:13:20 GMT');
    await sim.advance(90061000);
    assert.strictEqual((await fetchOnce(sim.http)).fields.date, 'Wed, 15 Nov 2023 23:14:21 GMT');
});

test('an_idle_connection_is_closed_after_15_s', async (start) => {
    const sim = await start(frozen);
    const c = await Client.open(sim.http);
    c.write(get('/'));
    await c.response();
    await sim.advance(14500);
    await sleep(50);
    assert(isOpen(c));
    c.write(get('/'));
    await c.response();
    await sim.advance(14500);
    await sleep(50);
    assert(isOpen(c));
    await sim.advance(1000);
    await c.end(2000);
    assert.strictEqual(c.error, null);
    c.destroy();
    await sim.advance(30000);
    await sim.atRest();
});

test('a_connection_that_never_speaks_is_closed_after_15_s_and_with_tls_after_10', async (start) => {
    const sim = await start(frozen);
    for (const [port, limit] of [[sim.http, 15000], [sim.https, 10000]]) {
        const c = await Client.open(port);
        await sim.advance(limit - 1000);
        assert(isOpen(c));
        await sim.advance(3000);
        await c.end(2000);
        c.destroy();
    }
    await sim.advance(30000);
    await sim.atRest();
});

test('a_head_that_takes_more_than_10_s_gets_408', async (start) => {
    const sim = await start(frozen);
    const c = await Client.open(sim.http);
    for (let i = 0; i < 9; i++) {
        c.write(i === 0 ? 'GET / HTTP/1.1\r\n' : `X-${i}: y\r\n`);
        await sleep(10);
        await sim.advance(1000);
    }
    assert(isOpen(c));
    await sim.advance(2000);
    assert.strictEqual((await c.response()).status, 408);
    await c.end();
    assert.strictEqual(c.error, null);
    c.destroy();
    await sim.advance(30000);
    await sim.atRest();
});

test('a_body_of_a_byte_a_second_gets_408', async (start) => {
    const sim = await start(frozen);
    const c = await Client.open(sim.http);
    c.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n');
    for (let i = 0; i < 12 && c.data.length === 0; i++) {
        c.write('x');
        await sleep(10);
        await sim.advance(1000);
    }
    assert.strictEqual((await c.response()).status, 408);
    c.destroy();
    await sim.advance(30000);
    await sim.atRest();
});

test('a_client_that_does_not_read_is_reset_in_time', async (start) => {
    const sim = await start([...frozen, '--send-buffer', '4096']);
    const c = await Client.open(sim.http);
    c.socket.pause();
    c.write(get('/bytes/100000000'));
    await sleep(200);
    assert.strictEqual((await sim.stats()).busy, 1);
    await sim.advance(40000);
    c.destroy();
    await sim.atRest();
});

test('a_handshake_that_takes_more_than_10_s_is_given_up', async (start) => {
    const sim = await start(frozen);
    const c = await Client.open(sim.https);
    c.write(Buffer.from([22, 3, 1, 2, 0, 1]));
    await sleep(50);
    await sim.advance(9000);
    assert(isOpen(c));
    await sim.advance(4000);
    await c.end(2000);
    c.destroy();
    await sim.advance(30000);
    const stats = await sim.atRest();
    assert.strictEqual(stats.tls_failures, 1);
});

test('an_idle_tls_connection_ends_with_close_notify', async (start) => {
    const sim = await start(frozen);
    const c = new Client();
    c.socket = tls.connect({ port: sim.https, host: '127.0.0.1', rejectUnauthorized: false });
    c.watch();
    c.write(get('/'));
    await c.response();
    await sim.advance(16000);
    await c.end(2000); // node says "end" for close_notify only
    assert.strictEqual(c.error, null);
    c.destroy();
    await sim.advance(30000);
    await sim.atRest();
});

test('half_closed_connections_do_not_stay', async (start) => {
    const sim = await start(frozen);
    const c = await Client.open(sim.http);
    c.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await c.response();
    await c.end(); // our side stays open
    await sim.advance(3000);
    assert.strictEqual((await sim.stats()).connections, 0);
    await sim.advance(30000);
    await sim.atRest();
    c.destroy();
});

test('a_day_passes_at_once_and_the_server_answers', async (start) => {
    const sim = await start(frozen);
    const began = Date.now();
    await sim.advance(86400000);
    assert(Date.now() - began < 30000);
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
});

test('the_wrap_of_the_millisecond_counter_is_not_noticed', async (start) => {
    const sim = await start(['--clock', 'uptime=4294960000,frozen']);
    const c = await Client.open(sim.http);
    c.write(get('/'));
    await c.response();
    await sim.advance(10000); // past 2^32
    assert(isOpen(c));
    c.write(get('/'));
    await c.response();
    await sim.advance(14000);
    assert(isOpen(c));
    await sim.advance(2000);
    await c.end(2000);
    c.destroy();
    await sim.advance(30000);
    await sim.atRest();
});

test('a_clock_that_runs_100_times_faster_ends_idle_connections_sooner', async (start) => {
    const sim = await start(['--clock', 'scale=100']);
    const c = await Client.open(sim.http);
    c.write(get('/'));
    await c.response();
    const began = Date.now();
    await c.end(5000);
    assert(Date.now() - began >= 100, `${Date.now() - began} ms`);
    c.destroy();
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
});

main();
