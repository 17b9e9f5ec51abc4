// SPDX-License-Identifier: MIT
// HTTP through lwIP and libslirp: framing, parallel, hostile and careless clients, shortage.
'use strict';
const fs = require('fs');
const http = require('http');
const net = require('net');
const childProcess = require('child_process');
const { assert, test, main, sleep, Client, fetchOnce, exec, freePorts, program } = require('./harness.js');

const sizes = [0, 1, 2, 100, 1459, 1460, 1461, 2920, 2921, 4380, 5500, 5632, 8192, 16384, 20000, 65536, 100000];
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

function request(options, body = null) {
    return new Promise((done, fail) => {
        const r = http.request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
            let text = '';
            response.setEncoding('latin1');
            response.on('data', (part) => (text += part));
            response.on('end', () => done({ status: response.statusCode, body: text, socket: response.socket }));
            response.on('error', fail);
        });
        r.on('error', fail);
        r.end(body);
    });
}

test('says_where_it_is_when_ready', async (start) => {
    const sim = await start();
    assert(sim.ready.startsWith(`http://localhost:${sim.http}/ https://localhost:${sim.https}/ `), sim.ready);
});

test('keeps_a_connection_over_many_requests', async (start) => {
    const sim = await start();
    const c = await Client.open(sim.http);
    for (let i = 0; i < 100; i++) {
        c.write(get(`/echo?${i}`));
        const r = await c.response();
        assert.strictEqual(r.status, 200);
        assert(r.body.includes(`target: /echo?${i}\n`), r.body);
    }
    c.destroy();
    assert.strictEqual((await sim.atRest()).accepted, 1);
});

test('answers_pipelined_requests_in_order', async (start) => {
    const sim = await start();
    const c = await Client.open(sim.http);
    let all = '';
    for (let i = 0; i < 50; i++) all += get(`/echo?${i}`, `X: ${'x'.repeat(i * 20)}\r\n`);
    c.write(all);
    for (let i = 0; i < 50; i++) assert((await c.response()).body.includes(`target: /echo?${i}\n`));
    c.destroy();
    await sim.atRest();
});

test('takes_bodies_of_any_size_without_a_stall', async (start) => {
    const sim = await start();
    const agent = new http.Agent({ keepAlive: true });
    for (const size of sizes) {
        let best = Infinity;
        for (let i = 0; i < 3; i++) {
            const began = process.hrtime.bigint();
            const r = await request({ port: sim.http, path: '/echo', method: 'POST', agent }, Buffer.alloc(size, 'x'));
            best = Math.min(best, Number(process.hrtime.bigint() - began) / 1e6);
            assert(r.body.includes(`method: POST\ntarget: /echo\nlength: ${size}\n`), r.body);
        }
        assert(best < 200, `${size} bytes took ${best} ms at best`); // a delayed acknowledgement takes 250
    }
    agent.destroy();
    await sim.atRest();
});

test('takes_head_and_body_in_two_writes_without_a_stall', async (start) => {
    const sim = await start();
    for (const size of [1, 1460, 4000, 100000]) {
        let best = Infinity;
        for (let i = 0; i < 3; i++) {
            const c = await Client.open(sim.http);
            const began = Date.now();
            c.write(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
            await sleep(1);
            c.write(Buffer.alloc(size, 'y'));
            assert((await c.response()).body.includes(`length: ${size}\n`));
            best = Math.min(best, Date.now() - began);
            c.destroy();
        }
        assert(best < 200, `${size} bytes took ${best} ms at best`);
    }
    await sim.atRest();
});

test('takes_a_request_byte_by_byte_and_in_any_two_pieces', async (start) => {
    const sim = await start();
    const text = 'POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    const c = await Client.open(sim.http);
    for (const byte of text) {
        c.write(byte);
        await sleep(0);
    }
    assert((await c.response()).body.includes('length: 3\n'));
    for (let at = 1; at < text.length; at++) {
        c.write(text.slice(0, at));
        await sleep(1);
        c.write(text.slice(at));
        assert((await c.response()).body.includes('length: 3\n'), `split at ${at}`);
    }
    c.destroy();
    await sim.atRest();
});

test('curl_posts_with_expect_continue_at_once', async (start) => {
    const sim = await start();
    const r = await exec('curl', ['-s', '-m', '10', '-H', 'Expect: 100-continue', '-w', ' %{time_total}', '--data-binary', '@-',
        `http://127.0.0.1:${sim.http}/echo`], 'z'.repeat(50000));
    assert(r.stdout.includes('length: 50000\n'), r.stdout);
    assert(Number(r.stdout.split(' ').pop()) < 0.9, r.stdout);
});

test('sends_large_answers_whole', async (start) => {
    const sim = await start();
    const r = await request({ port: sim.http, path: '/bytes/3000001' });
    assert.strictEqual(r.body.length, 3000001);
    const letters = 'abcdefghijklmnopqrstuvwxyz012345';
    for (let i = 0; i < r.body.length; i += 997) {
        // The alphabet counts back from the end; only its order matters here.
        const a = letters.indexOf(r.body[i]);
        const b = letters.indexOf(r.body[i + 1] || r.body[i]);
        assert(i + 1 >= r.body.length || (a - b + 32) % 32 === 1 || (b - a + 32) % 32 === 1 || r.body[i + 1] !== undefined);
    }
    await sim.atRest();
});

test('sends_the_answer_to_a_client_that_has_ended_its_side', async (start) => {
    const sim = await start();
    const c = await Client.open(sim.http);
    c.socket.end(get('/bytes/200000'));
    const r = await c.response();
    assert.strictEqual(r.body.length, 200000);
    await c.end();
    await sim.atRest();
});

test('a_refused_upload_still_gets_its_answer', async (start) => {
    const sim = await start();
    for (let i = 0; i < 10; i++) {
        const c = await Client.open(sim.http);
        c.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60000)}`);
        await sleep(20);
        const r = await c.response();
        assert.strictEqual(r.status, 405);
        assert.strictEqual(c.error, null);
        c.destroy();
    }
    const c = await Client.open(sim.http);
    c.write(`GARBAGE\r\n\r\n${'x'.repeat(30000)}`);
    assert.strictEqual((await c.response()).status, 400);
    await c.end();
    assert.strictEqual(c.error, null);
    c.destroy();
    await sim.atRest();
});

test('serves_64_clients_at_once', async (start) => {
    const sim = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const jobs = [];
    for (let i = 0; i < 64 * 10; i++) {
        jobs.push(request({ port: sim.http, path: `/echo?${i}`, agent }).then((r) => assert(r.body.includes(`/echo?${i}\n`))));
    }
    await Promise.all(jobs);
    const stats = await sim.stats();
    assert.strictEqual(stats.connections, 64);
    assert.strictEqual(stats.accepted, 64);
    assert.strictEqual(stats.evicted + stats.refused, 0);
    assert.strictEqual(stats.frames_dropped, 0);
    agent.destroy();
    await sim.atRest();
});

test('a_full_table_gives_up_the_idlest_connection', async (start) => {
    const sim = await start();
    const idle = [];
    for (let i = 0; i < 64; i++) {
        const c = await Client.open(sim.http);
        c.write(get('/'));
        await c.response();
        idle.push(c);
    }
    idle[0].write(get('/')); // now the second is the idlest
    await idle[0].response();
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
    await idle[1].end(2000);
    await sleep(50);
    assert.strictEqual(idle.filter((c) => c.ended || c.closed).length, 1);
    idle[0].write(get('/'));
    assert.strictEqual((await idle[0].response()).status, 200);
    idle.forEach((c) => c.destroy());
    await sim.atRest();
});

test('silent_connections_do_not_keep_others_out', async (start) => {
    const sim = await start();
    const silent = [];
    for (let i = 0; i < 150; i++) silent.push(await Client.open(sim.http));
    for (let i = 0; i < 5; i++) assert.strictEqual((await fetchOnce(sim.http, '/', 3000)).status, 200);
    silent.forEach((c) => c.destroy());
    await sim.atRest();
});

test('unfinished_requests_do_not_keep_others_out', async (start) => {
    const sim = await start();
    const slow = [];
    for (let i = 0; i < 60; i++) {
        const c = await Client.open(sim.http);
        c.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat((i * 97) % 3000)}`);
        slow.push(c);
    }
    for (let i = 0; i < 3; i++) assert.strictEqual((await fetchOnce(sim.http, '/', 5000)).status, 200);
    slow.forEach((c) => c.destroy());
    await sim.atRest();
});

test('more_clients_than_places_all_get_an_end_and_the_server_recovers', async (start) => {
    const sim = await start();
    const jobs = [];
    for (let i = 0; i < 200; i++) {
        jobs.push(request({ port: sim.http, path: '/bytes/20000', agent: false }).then((r) => r.status, () => 'reset'));
    }
    const results = await Promise.all(jobs);
    assert(results.filter((r) => r === 200).length >= 64, results.join());
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
    await sim.atRest();
});

test('clients_that_do_not_read_do_not_keep_others_waiting', async (start) => {
    const sim = await start(['--send-buffer', '4096']);
    const slow = [];
    for (let i = 0; i < 50; i++) {
        const c = await Client.open(sim.http);
        c.socket.pause();
        c.write(get('/bytes/10000000'));
        slow.push(c);
    }
    await sleep(500);
    const busy = await sim.stats();
    // Ten of them hold the lanes; the others wait. None of them moves: what is left is refused in time.
    assert(busy.busy === 10, JSON.stringify(busy));
    slow.forEach((c) => c.destroy());
    assert.strictEqual((await fetchOnce(sim.http, '/', 3000)).status, 200);
    await sim.atRest();
});

test('a_slow_reader_gets_all_of_its_answer', async (start) => {
    const sim = await start(['--send-buffer', '4096']);
    const c = await Client.open(sim.http);
    c.write(get('/bytes/1000000'));
    for (let i = 0; i < 10; i++) {
        c.socket.pause();
        await sleep(20);
        c.socket.resume();
        await sleep(5);
    }
    assert.strictEqual((await c.response()).body.length, 1000000);
    c.destroy();
    await sim.atRest();
});

test('hundreds_of_aborted_connections_leave_nothing', async (start) => {
    const sim = await start();
    const text = `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n${'x'.repeat(9000)}`;
    for (let round = 0; round < 30; round++) {
        const group = [];
        for (let i = 0; i < 20; i++) group.push(Client.open(sim.http).catch(() => null));
        const clients = (await Promise.all(group)).filter((c) => c !== null);
        clients.forEach((c, i) => {
            const kind = (round + i) % 6;
            if (kind === 0) c.write(text.slice(0, (round * 20 + i) * 7));
            if (kind === 1) c.write(get('/bytes/1000000'));
            if (kind === 2) c.write(get('/') + get('/') + get('/'));
            if (kind === 3) c.write(text.slice(0, 3000));
            if (kind === 4) c.socket.end(text.slice(0, 100));
        });
        await sleep(round % 3);
        clients.forEach((c, i) => (i % 2 === 0 ? c.reset() : c.destroy()));
    }
    assert.strictEqual((await fetchOnce(sim.http)).status, 200);
    const stats = await sim.atRest();
    assert(stats.accepted > 500, JSON.stringify(stats));
});

test('an_idle_server_uses_no_processor_time', async (start) => {
    const sim = await start();
    const idle = [];
    for (let i = 0; i < 60; i++) {
        const c = await Client.open(sim.http);
        c.write(get('/'));
        await c.response();
        idle.push(c);
    }
    const ticks = () => {
        const text = fs.readFileSync(`/proc/${sim.child.pid}/stat`, 'latin1');
        const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return Number(fields[11]) + Number(fields[12]);
    };
    const before = ticks();
    await sleep(3000);
    assert(ticks() - before <= 6, `${ticks() - before} ticks of 10 ms in 3 s`); // with sanitizers
    idle.forEach((c) => c.destroy());
});

test('starts_again_on_the_same_ports_at_once', async (start) => {
    let sim = await start();
    const ports = sim.ports;
    for (let i = 0; i < 3; i++) {
        const c = await Client.open(sim.http);
        c.write(get('/'));
        await c.response();
        await sim.stop();
        c.destroy();
        sim = await start([], ports);
        assert.strictEqual((await fetchOnce(sim.http)).status, 200);
    }
});

test('a_port_in_use_is_a_clear_error', async () => {
    const [port, other] = await freePorts(2);
    const server = net.createServer();
    await new Promise((done) => server.listen(port, '127.0.0.1', done));
    const r = await exec(program, ['--http', String(port), '--https', '0', '--admin', String(other)]);
    server.close();
    assert.strictEqual(r.code, 1);
    assert.strictEqual(r.stderr, `assent-sim: cannot listen at 127.0.0.1 port ${port}: Address already in use\n`);
    assert.strictEqual(r.stdout, '');
});

test('bad_options_are_refused', async () => {
    for (const [args, text] of [
        [['--nonsense'], 'unknown option --nonsense'],
        [['--http'], 'no value for --http'],
        [['--http', '70000'], 'not a number in range: 70000'],
        [['--http', '-1'], 'not a number in range: -1'],
        [['--net', 'carrier-pigeon'], 'unknown network carrier-pigeon'],
    ]) {
        const r = await exec(program, args);
        assert.strictEqual(r.code, 2);
        assert(r.stderr.includes(text), r.stderr);
    }
    const clock = await exec(program, ['--clock', 'scale=0']);
    assert.strictEqual(clock.code, 1);
    const bind = await exec(program, ['--bind', '256.1.1.1', '--https', '0']);
    assert(bind.stderr.includes('not an IPv4 address'), bind.stderr);
});

test('sigterm_ends_it_cleanly_with_connections_open', async (start) => {
    const sim = await start();
    const c = await Client.open(sim.http);
    c.write(get('/bytes/100000000'));
    c.socket.pause();
    await sleep(100);
    sim.child.kill('SIGTERM');
    assert.strictEqual(await sim.exited, 0);
    c.destroy();
});

test('sigusr1_prints_counters', async (start) => {
    const sim = await start();
    const line = sim.line();
    sim.child.kill('SIGUSR1');
    assert.strictEqual(JSON.parse(await line).connections, 0);
});

test('the_gate_takes_cookies_out_of_requests', async (start) => {
    const sim = await start(['--policy', 'build/policies/prointerview.img']);
    const c = await Client.open(sim.http);
    c.write(get('/echo', 'Cookie: unknown_thing=1; _ga=2\r\n'));
    const r = await c.response();
    assert.strictEqual(r.status, 200);
    assert(!r.body.includes('_ga=') && !r.body.includes('unknown_thing='), r.body);
    c.destroy();
});

test('a_child_that_inherits_nothing_can_be_waited_for', async (start) => {
    // The end of standard input is the end of the program, so that tests leave nobody behind.
    const sim = await start();
    sim.child.stdin.end();
    assert.strictEqual(await sim.exited, 0);
    void childProcess;
});

main();
