// SPDX-License-Identifier: MIT
// The profile `gateway` of emcraft-sf2 in QEMU, in front of an application on this host, which the machine sees at
// 10.0.2.2.
//   REQUESTS=200     of the mixed load
//   CASE_MS=90000    longest case
'use strict';
const crypto = require('crypto');
const http = require('http');
const { assert, test, main, sleep, Client, exec, scratch } = require('../sim/harness.js');
const { Board, Visitor, provision, check, tool } = require('./harness.js');

const SITE = 'procomm-voices';
const requests = Number(process.env.REQUESTS || 200);
const EXCHANGES = 4;
const PIECE = crypto.randomBytes(1460);
const PIECES = 200;
const SET = ['pcv_link=1; Path=/', 'pcv_session=2; Path=/', 'unheard_of=3; Path=/'];

// An application. Streams stop in the middle until all of them are let go on.
class Application {
    static async start() {
        const app = new Application();
        Object.assign(app, { heads: [], waiting: [] });
        app.server = http.createServer((request, response) => app.answer(request, response));
        await new Promise((done) => app.server.listen(0, '127.0.0.1', done));
        app.port = app.server.address().port;
        return app;
    }
    answer(request, response) {
        this.heads.push(request.headers);
        if (request.url.startsWith('/stream')) return this.stream(response);
        if (request.method === 'POST') {
            const hash = crypto.createHash('sha256');
            request.on('data', (bytes) => hash.update(bytes));
            return request.on('end', () => response.end(hash.digest('hex')));
        }
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': SET });
        response.end('<!doctype html><html><head><title>t</title></head><body class="a"><p>the page</p>' +
            '<script type="text/plain" data-assent="analytics">run()</script></body></html>');
    }
    async stream(response) {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
        for (let i = 0; i < PIECES; i++) {
            if (i === PIECES / 2) await new Promise((done) => this.waiting.push(done));
            if (!response.write(PIECE)) await new Promise((done) => response.once('drain', done));
        }
        response.end();
    }
    stop() {
        this.server.closeAllConnections();
        return new Promise((done) => this.server.close(done));
    }
}

// A test with an application behind a new device; at its end nothing is left in any pool, and the image is sound.
function onGateway(name, run) {
    test(name, async () => {
        const app = await Application.start();
        const device = await provision(['--upstream', `${SITE}=10.0.2.2:${app.port}`]);
        const board = await Board.start(device);
        try {
            const base = await board.net();
            await run(board, app, device);
            await sleep(4500); // connections to the application are kept for four seconds
            const after = await board.atRest(base);
            assert.strictEqual(after.upstream_connections, 0);
            const health = await board.health();
            assert.strictEqual(health.faults, 0, board.text);
            assert(health.stack_used <= health.stack_bytes - 512, `${health.stack_used} of ${health.stack_bytes}`);
            if (process.env.V) console.log(JSON.stringify({ ...after, stack: health.stack_used }));
        } finally {
            await app.stop();
            await board.cut();
        }
        await check(device);
    }, Number(process.env.CASE_MS || 90000));
}

const digest = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

// The content of a stream, as its SHA-256.
function fetch(board, target) {
    return new Promise((done, fail) => {
        const hash = crypto.createHash('sha256');
        http.get({ host: '127.0.0.1', port: board.http, path: target, headers: { Host: `${SITE}.localhost` }, agent: false }, (answer) => {
            answer.on('data', (bytes) => hash.update(bytes));
            answer.on('end', () => done({ status: answer.statusCode, digest: hash.digest('hex') }));
            answer.on('error', fail);
        }).on('error', fail);
    });
}

onGateway('four_streams_at_once_are_relayed_whole_and_a_fifth_waits_for_one_of_them', async (board, app) => {
    const whole = digest(Buffer.concat(Array.from({ length: PIECES }, () => PIECE)));
    const four = Array.from({ length: EXCHANGES }, (_, i) => fetch(board, `/stream${i}`));
    while (app.waiting.length < EXCHANGES) await sleep(10);
    const fifth = fetch(board, '/');
    await sleep(500);
    assert.strictEqual(app.heads.length, EXCHANGES); // all of them are half way, and the fifth has not got there
    for (const go of app.waiting) go();
    for (const stream of await Promise.all(four)) assert.deepStrictEqual(stream, { status: 200, digest: whole });
    assert.strictEqual((await fifth).status, 200);
    assert.strictEqual(app.heads.length, EXCHANGES + 1);
});

onGateway('the_gate_filters_both_heads_and_the_notice_stands_in_the_page', async (board, app) => {
    const visitor = new Visitor(board, SITE);
    const cookies = ['-H', 'Cookie: pcv_link=7; pcv_session=8; unheard_of=9'];
    const ask = async () => {
        app.heads.length = 0;
        const page = await board.curl(SITE, '/', cookies);
        return { ...page, seen: app.heads[0] };
    };
    const before = await ask();
    assert.strictEqual(before.seen.cookie, 'pcv_session=8');
    assert.strictEqual(before.seen['assent-consent'], 'essential');
    assert.match(before.seen.forwarded, /for=/);
    assert.match(before.body, /<body class="a"><style>[^]*Accept all[^]*Reject all[^]*<p>the page<\/p>/);
    assert.match(before.body, /<script type="text\/plain" data-assent="analytics">/);
    assert.match(before.head, /set-cookie: pcv_session=2;/i);
    assert.doesNotMatch(before.head, /set-cookie: (pcv_link=1|unheard_of=3)/i);
    assert.match(before.head, /cache-control: private, no-store/i);

    assert.strictEqual((await visitor.choose(true, false)).status, 200);
    app.heads.length = 0;
    const after = await visitor.ask('/');
    assert.doesNotMatch(after.body, /Reject all/);
    assert.match(after.body, /<a href="\/.consent\/"[^>]*>Cookie choices<\/a>/);
    assert.match(after.body, /<script type="text\/javascript" data-assent="analytics">run\(\)/);
    assert.match(after.head, /set-cookie: pcv_link=1;/i);
    await visitor.ask('/');
    assert.strictEqual(app.heads[1]['assent-consent'], 'essential, analytics');
    assert.match(app.heads[1].cookie, /pcv_link=1/);
    assert.doesNotMatch(app.heads[1].cookie, /assent/);
});

onGateway('content_of_any_length_reaches_the_application', async (board, app) => {
    const content = crypto.randomBytes(300000);
    const answer = await new Promise((done, fail) => {
        const request = http.request({
            method: 'POST', host: '127.0.0.1', port: board.http, path: '/take', headers: { Host: `${SITE}.localhost` }, agent: false,
        }, (response) => {
            let text = '';
            response.on('data', (piece) => { text += piece; });
            response.on('end', () => done(text));
        });
        request.on('error', fail);
        request.end(content);
    });
    assert.strictEqual(answer, digest(content));
    assert.strictEqual(app.heads[0]['content-length'], '300000');
});

onGateway('other_sites_are_the_devices_own_and_an_application_that_is_gone_is_502', async (board, app) => {
    assert.match((await board.curl('prokoders', '/')).body, /Reject all/);
    assert.strictEqual((await board.curl(SITE, '/')).status, 200);
    await app.stop();
    assert.strictEqual((await board.curl(SITE, '/')).status, 502);
    assert.strictEqual((await board.curl(SITE, '/.consent/')).status, 200);
    app.stop = async () => {};
});

// The operator's side. more: arguments of curl.
async function operate(board, token, target, more = []) {
    const auth = token ? ['-H', `Authorization: Bearer ${token}`] : [];
    const r = await exec('curl', ['-s', '-i', '-m', '20', ...auth, ...more, `http://127.0.0.1:${board.admin}/admin/${target}`]);
    assert.strictEqual(r.code, 0, `${target}: ${r.code}`);
    const end = r.stdout.indexOf('\r\n\r\n');
    return { status: Number(r.stdout.split(' ')[1]), body: r.stdout.slice(end + 4) };
}

onGateway('the_operators_port_answers_whoever_has_the_provisioned_token', async (board, app, device) => {
    for (const target of ['health', 'counters', 'policies']) {
        assert.strictEqual((await operate(board, null, target)).status, 401);
        assert.strictEqual((await operate(board, 'a-token-that-is-wrong', target)).status, 401);
    }
    await new Visitor(board, SITE).choose(true, false);
    const health = JSON.parse((await operate(board, device.token, 'health')).body);
    assert.strictEqual(health.audit.finding || 'sound', 'sound');
    assert.match((await operate(board, device.token, 'metrics')).body, /^assent_/m);
    assert.match(JSON.stringify(JSON.parse((await operate(board, device.token, 'counters')).body)), /"procomm-voices"/);
    const log = (await operate(board, device.token, 'audit/export')).body;
    assert(log.trim().split('\n').length >= 6, log);
    const set = await operate(board, device.token, 'clock', ['-d', 'time=2030-01-02T03:04:05Z']);
    assert.strictEqual(set.status, 200, set.body);
    await board.ask('time', /time 2030-01-02T03:04:\d\dZ set/);
});

onGateway('the_operators_page_works_with_a_login_and_without_a_script', async (board, app, device) => {
    const jar = `${scratch}/operator`;
    const browser = ['-b', jar, '-c', jar, '-H', 'Accept: text/html'];
    assert.match((await operate(board, null, '', browser)).body, /<form[^>]*action="\/admin\/login"/);
    const login = ['--data-urlencode', `token=${device.token}`, '-H', `Origin: http://127.0.0.1:${board.admin}`];
    assert.strictEqual((await operate(board, null, 'login', [...browser, ...login])).status, 303);
    const page = await operate(board, null, '', browser);
    assert.match(page.body, /procomm-voices/);
    assert.match(page.body, /<form[^>]*action="\/admin\/upstream"[^]*value="10\.0\.2\.2"/);
    assert.doesNotMatch(page.body, /<script/);
    assert.strictEqual((await operate(board, null, 'log', browser)).status, 200);
});

onGateway('the_operator_leads_a_site_elsewhere_and_back_to_the_device_and_it_stays_so_after_a_restart', async (board, app, device) => {
    const other = await Application.start();
    const set = async (site, fields, expected) => {
        const data = Object.entries({ site, ...fields }).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
        const answer = await operate(board, device.token, 'upstream', data);
        assert.strictEqual(answer.status, expected, answer.body);
    };
    const led = async () => {
        const { upstreams } = JSON.parse((await operate(board, device.token, 'upstreams')).body);
        return Object.fromEntries(upstreams.map((one) => [one.site, one.port ? `${one.name}:${one.port} ${one.origin}` : one.origin]));
    };
    assert.strictEqual((await led())[SITE], `10.0.2.2:${app.port} stored`);
    assert.match((await board.curl(SITE, '/')).body, /<p>the page<\/p>/); // its connection is kept, and not used again
    await set(SITE, { name: '10.0.2.2', port: other.port, tls: 'plain', insert: 'yes' }, 200);
    assert.match((await board.curl(SITE, '/')).body, /<p>the page<\/p>/);
    assert.deepStrictEqual([app.heads.length, other.heads.length], [1, 1]);
    await set('prokoders', { name: '10.0.2.2', port: other.port, tls: 'plain' }, 200);
    assert.strictEqual((await board.curl('prokoders', '/')).body.match(/Reject all/), null); // without the notice
    // Neither names nor TLS lead to applications here, and nothing changes by what cannot be.
    await set(SITE, { name: 'app.internal', port: app.port, tls: 'plain' }, 422);
    await set(SITE, { name: '10.0.2.2', port: app.port, tls: 'insecure' }, 422);
    await set(SITE, { name: '10.0.2.2', port: 0, tls: 'plain' }, 422);
    await set('nobody', { name: '10.0.2.2', port: 80, tls: 'plain' }, 422);
    await set(SITE, {}, 200);
    assert.doesNotMatch((await board.curl(SITE, '/')).body, /<p>the page<\/p>/); // the device's own
    assert.deepStrictEqual([app.heads.length, other.heads.length], [1, 2]);
    const log = (await operate(board, device.token, 'audit/export')).body;
    assert.strictEqual((log.match(/"type":"upstream/g) || []).length, 4, log); // as provisioned, and three times since
    const { stack_used: used, stack_bytes: all } = await board.health();
    assert(used <= all - 512, `${used} of ${all}`);
    await board.ask('restart', /address_by_dhcp/);
    const after = await led();
    assert.strictEqual(after[SITE], 'none');
    assert.strictEqual(after.prokoders, `10.0.2.2:${other.port} stored`);
    await other.stop();
});

onGateway('a_policy_at_run_time_is_refused_and_the_one_in_force_stays', async (board, app, device) => {
    const image = `${scratch}/new.img`;
    const made = await exec(tool, ['policy', 'compile', 'core/policies/procomm-voices.json', '-o', image]);
    assert.strictEqual(made.code, 0, made.stderr);
    const refused = await operate(board, device.token, 'policies',
        ['-H', 'Content-Type: application/octet-stream', '--data-binary', `@${image}`]);
    assert.strictEqual(refused.status, 501, refused.body);
    assert.strictEqual((await board.curl(SITE, '/.consent/')).status, 200);
});

// Clients that go away in the middle of a request, of an answer of the application, or say nothing.
async function careless(board, going) {
    const GET = `GET / HTTP/1.1\r\nHost: ${SITE}.localhost\r\n\r\n`;
    const POST = `POST /take HTTP/1.1\r\nHost: ${SITE}.localhost\r\nContent-Length: 100000\r\n\r\n`;
    const kinds = [[GET.slice(0, 30), 20], [GET + GET, 5], [POST + 'x'.repeat(900), 100], [GET.slice(0, 50), 1500], ['', 1500]];
    for (let i = 0; going(); i++) {
        const [text, ms] = kinds[i % kinds.length];
        try {
            const client = await Client.open(i % 7 === 0 ? board.admin : board.http);
            client.write(text);
            await sleep(ms);
            client.reset();
        } catch { /* given up for others */ }
    }
}

onGateway('a_mixed_load_of_visitors_and_operator_leaves_nothing_behind', async (board, app, device) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const targets = ['/', '/', '/.consent/', '/.consent/policy', '/.consent/state', '/take', '/nothing'];
    const content = crypto.randomBytes(3000);
    const told = { done: 0, answered: 0, operator: 0, grants: 0, errors: {} };
    const going = () => told.done < requests;
    const one = (i) => new Promise((end) => {
        const path = targets[i % targets.length];
        const post = path === '/take';
        const request = http.request({
            method: post ? 'POST' : 'GET', host: '127.0.0.1', port: board.http, path, agent, timeout: 20000,
            headers: { Host: `${i % 3 === 0 ? 'prokoders' : SITE}.localhost` },
        }, (answer) => {
            if (i % 17 === 0) {
                request.destroy(); // in the middle of the answer
                return end();
            }
            answer.on('data', () => {});
            answer.on('end', () => { told.answered++; end(); });
            answer.on('error', () => end());
        });
        request.on('timeout', () => request.destroy());
        request.on('error', (error) => {
            if (request.reusedSocket && !post) return end(one(i)); // given up while it was idle
            told.errors[error.code] = (told.errors[error.code] || 0) + 1;
            end();
        });
        request.end(post ? content : undefined);
    });
    const worker = async () => { while (going()) { await one(told.done++); app.heads.length = 0; } };
    const operator = async () => {
        for (let i = 0; going(); i++) {
            const target = ['health', 'metrics', 'counters', 'audit/export'][i % 4];
            const r = await operate(board, device.token, target).catch(() => null);
            // Without room for one more connection, the server answers 503 at once, without content.
            const busy = r && r.status === 503 && r.body === '';
            if (r && !busy) assert.strictEqual(r.status, 200, `${target}: ${r.body}`);
            told.operator += r && !busy ? 1 : 0;
            await sleep(100);
        }
    };
    const people = async () => {
        for (let i = 0; going(); i++) {
            const visitor = new Visitor(board, i % 2 === 0 ? SITE : 'selfmento');
            const granted = await visitor.choose(true, true).catch(() => ({}));
            const withdrawn = await visitor.choose(false, false).catch(() => ({}));
            told.grants += granted.status === 200 ? 1 : 0;
            if (withdrawn.status === 200) {
                const state = await visitor.state().catch(() => null);
                if (state) assert.strictEqual(state.tiers.analytics.allowed, false);
            }
            await sleep(50);
        }
    };
    const fault = board.until(/last run ended.*/, 7200000).then((said) => { throw new Error(said[0]); });
    fault.catch(() => {});
    await Promise.race([fault, Promise.all([worker(), worker(), worker(), operator(), people(), careless(board, going)])]);
    agent.destroy();
    if (process.env.V) console.log(JSON.stringify(told));
    assert(told.answered >= requests * 0.9, JSON.stringify(told));
    assert(told.operator > 0 && told.grants > 0, JSON.stringify(told));
    assert.strictEqual(board.text.split('assent on emcraft-sf2').length, 2, 'it has started again');
});

main();
