// SPDX-License-Identifier: MIT
// The gateway: what reaches an application, what comes back, how it behaves when either side misbehaves.
'use strict';
const http = require('http');
const { assert, test, main, sleep, Client, random } = require('./harness.js');
const { Application, HOST, begin, end, get, ok } = require('./upstream.js');


// One exchange on a connection of its own; what the visitor gets, until the connection ends.
async function exchange(sim, text, ms = 15000) {
    const c = await Client.open(sim.http);
    c.write(Buffer.from(text.replace(/\r\n\r\n/, '\r\nConnection: close\r\n\r\n'), 'latin1'));
    const all = await c.end(ms);
    c.destroy();
    const at = all.indexOf('\r\n\r\n');
    return { all, status: Number(all.slice(9, 12)), head: all.slice(0, at + 4), body: all.slice(at + 4) };
}

// Content of a chunked body.
function unchunk(body) {
    let out = '';
    for (let at = 0; ; ) {
        const line = body.indexOf('\r\n', at);
        const size = parseInt(body.slice(at, line), 16);
        assert(size >= 0, body.slice(at, at + 40));
        if (size === 0) return { out, trailers: body.slice(line + 2) };
        out += body.slice(line + 2, line + 2 + size);
        at = line + 4 + size;
    }
}

test('a_request_is_written_anew_with_what_the_application_may_trust', async (start) => {
    const g = await begin(start);
    const r = await exchange(
        g.sim,
        get(
            '/a%20b?c=d&e',
            'Accept: text/plain\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n' +
                'X-Real-IP: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Own: 1\r\n',
        ),
    );
    assert.strictEqual(r.status, 200);
    assert.strictEqual(r.body, 'x');
    const seen = g.app.last;
    assert.strictEqual(seen.line, 'GET /a%20b?c=d&e HTTP/1.1');
    assert.strictEqual(seen.get('host'), HOST);
    assert.strictEqual(seen.get('x-own'), '1');
    assert.strictEqual(seen.get('via'), '1.1 assent');
    assert.strictEqual(seen.get('x-forwarded-for'), '10.0.2.2');
    assert.strictEqual(seen.get('x-forwarded-proto'), 'http');
    assert.strictEqual(seen.get('x-forwarded-host'), HOST);
    assert.strictEqual(seen.get('forwarded'), `for=10.0.2.2;host="${HOST}";proto=http`);
    assert.strictEqual(seen.get('assent-consent'), 'essential');
    assert(!seen.head.includes('6.6.6.6'), seen.head);
    assert(/\r\nvia: 1.1 assent\r\n/i.test(r.head), r.head);
    await end(g);
});

test('the_decision_cannot_be_forged_and_the_token_stays_here', async (start) => {
    const g = await begin(start);
    const forged =
        'Assent-Consent: essential, analytics\r\nassent-consent: x\r\nAssent_Consent: analytics\r\nConnection: assent-consent\r\n' +
        'Cookie: sm_session=1; _ga=2; assent_consent=AAAA\r\nCookie: __Host-assent_consent=BBBB; unknown=1\r\n';
    await exchange(g.sim, get('/', forged).replace('Connection: assent', 'X: y\r\nConnection: assent'));
    const seen = g.app.last;
    assert.strictEqual(seen.get('assent-consent'), 'essential');
    assert.strictEqual(seen.get('assent_consent'), '');
    assert.strictEqual(seen.get('cookie'), 'sm_session=1');
    assert(!/AAAA|BBBB|_ga|unknown/.test(g.app.raw), g.app.raw);
    await end(g);
});

test('after_a_grant_the_application_gets_what_was_granted', async (start) => {
    const g = await begin(start, () => ok('x', 'Set-Cookie: _ga=1; Path=/\r\nSet-Cookie: sm_session=2; Path=/\r\n'));
    const agent = new http.Agent({ keepAlive: false });
    const ask = (method, path, body, headers) =>
        new Promise((done, fail) => {
            const r = http.request(
                { port: g.sim.http, host: '127.0.0.1', path, method, agent, headers: { host: HOST, ...headers } },
                (a) => {
                    let text = '';
                    a.on('data', (d) => (text += d));
                    a.on('end', () => done({ status: a.statusCode, headers: a.headers, text }));
                },
            );
            r.on('error', fail);
            r.end(body);
        });
    const before = await ask('GET', '/');
    assert(!(before.headers['set-cookie'] || []).some((c) => c.startsWith('_ga=1')), before.headers['set-cookie']);
    assert((before.headers['set-cookie'] || []).some((c) => c.startsWith('sm_session=2')));
    const put = await ask('PUT', '/.consent/state', JSON.stringify({ analytics: true, age_confirmed: true }), {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
    });
    assert.strictEqual(put.status, 200, put.text);
    const token = put.headers['set-cookie'].map((c) => c.split(';')[0]).find((c) => c.startsWith('assent'));
    const after = await ask('GET', '/', null, { cookie: `${token}; _ga=9; sm_session=2` });
    assert.strictEqual(g.app.last.get('assent-consent'), 'essential, analytics');
    assert.strictEqual(g.app.last.get('cookie'), '_ga=9; sm_session=2');
    assert(
        after.headers['set-cookie'].some((c) => c.startsWith('_ga=1')),
        after.headers['set-cookie'],
    );
    await end(g);
});

test('name_of_the_decision_field_and_host_are_configured', async (start) => {
    const g = await begin(start, undefined, ',field=X-Granted,host=app.internal');
    await exchange(g.sim, get('/', 'X-Granted: analytics\r\n'));
    assert.strictEqual(g.app.last.get('x-granted'), 'essential');
    assert.strictEqual(g.app.last.get('host'), 'app.internal');
    assert.strictEqual(g.app.last.get('x-forwarded-host'), HOST);
    await end(g);
});

test('the_devices_own_pages_never_reach_the_application', async (start) => {
    const g = await begin(start);
    for (const path of ['/.consent/', '/.consent/state', '/.well-known/gpc.json', '/%2econsent/']) {
        const r = await exchange(g.sim, get(path));
        assert.strictEqual(r.status, 200, path);
    }
    assert.strictEqual(g.app.requests.length, 0);
    await end(g);
});

test('class_32_hop_by_hop_fields_and_what_connection_names_are_removed_both_ways', async (start) => {
    const g = await begin(start, () =>
        ok(
            'x',
            'Connection: X-Secret, close\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n' +
                'Proxy-Authenticate: Basic\r\nTrailer: X\r\nUpgrade: h2c\r\nAlt-Svc: h3=":443"\r\nX-Kept: 1\r\n',
        ),
    );
    const r = await exchange(
        g.sim,
        get(
            '/',
            'X-Named: 1\r\nX-More: 2\r\nTE: trailers, deflate\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\n' +
                'Proxy-Authorization: Basic eA==\r\nTrailer: X\r\nX-Kept: 1\r\nSec-GPC: 1\r\n' +
                'Connection: x-named, TE, Sec-GPC, Host, Via, Forwarded\r\nConnection: X-More\r\n',
        ),
    );
    for (const name of ['x-named', 'x-more', 'te', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'trailer']) {
        assert.strictEqual(g.app.last.get(name), '', name);
    }
    assert.strictEqual(g.app.last.get('x-kept'), '1');
    assert.strictEqual(g.app.last.get('sec-gpc'), '1');
    assert.strictEqual(g.app.last.get('host'), HOST);
    assert.strictEqual(g.app.last.get('via'), '1.1 assent');
    assert(!/x-secret|keep-alive:|proxy-|trailer|upgrade|alt-svc/i.test(r.head), r.head);
    assert(/x-kept: 1/i.test(r.head));
    await end(g);
});

test('class_32_connection_cookie_leaks_no_cookie', async (start) => {
    const g = await begin(start);
    await exchange(g.sim, get('/', 'X: y\r\nConnection: Cookie\r\nCookie: _ga=1; sm_session=2\r\n'));
    assert(!g.app.raw.includes('_ga'));
    await end(g);
});

test('class_33_content_has_exactly_one_framing_to_the_application', async (start) => {
    const g = await begin(start, (r) => ok(r.body));
    const chunked =
        'POST /c HTTP/1.1\r\nHost: ' +
        HOST +
        '\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n003\r\n!!!\r\n0\r\nX-T: 1\r\nCookie: _ga=1\r\n\r\n';
    const a = await exchange(g.sim, chunked);
    assert.strictEqual(a.body, 'hello!!!');
    assert.strictEqual(g.app.last.get('content-length'), '');
    assert.strictEqual(g.app.last.get('transfer-encoding'), 'chunked');
    assert(!/ext=1|X-T|_ga/.test(g.app.raw), g.app.raw);
    const b = await exchange(g.sim, `POST /l HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 0005\r\n\r\nhello`);
    assert.strictEqual(b.body, 'hello');
    assert.strictEqual(g.app.last.get('content-length'), '5');
    assert.strictEqual(g.app.last.get('transfer-encoding'), '');
    await end(g);
});

const answers = [
    [
        'Content-Length and Transfer-Encoding',
        'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        502,
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc', 502],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc', 502],
    ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc', 502],
    ['a coding that is not known', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 502],
    ['chunked twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 502],
    ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 502],
    ['LF alone', 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc', 502],
    ['a bare CR', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 3\r\n\r\nabc', 502],
    ['folding', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc', 502],
    ['NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nabc', 502],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 3\r\n\r\nabc', 502],
    ['no status line', 'hello\r\n\r\n', 502],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n', 502],
    ['status 600', 'HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n', 502],
    ['status 99', 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n', 502],
    ['101 that nobody asked for', 'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n', 502],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}`, 502],
    ['a flood of interim answers', 'HTTP/1.1 103 X\r\n\r\n'.repeat(100), 502],
    ['204 with content', 'HTTP/1.1 204 OK\r\nContent-Length: 3\r\n\r\nabc', 204, ''],
    ['304 with content', 'HTTP/1.1 304 OK\r\nContent-Length: 3\r\nETag: "x"\r\n\r\nabc', 304, ''],
    ['an unknown status', 'HTTP/1.1 299 Hm\r\nContent-Length: 3\r\n\r\nabc', 299, 'abc'],
    ['no phrase', 'HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc', 200, 'abc'],
    ['more than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n', 200, 'abc'],
];

test('class_34_answers_that_can_be_read_in_two_ways_become_502', async (start) => {
    let text;
    const g = await begin(start, () => text);
    for (const [name, bytes, status, body] of answers) {
        text = bytes;
        const r = await exchange(g.sim, get('/', 'Accept: text/plain\r\n'));
        const finals = r.all.match(/^HTTP\/1.1 [2-5]\d\d/gm);
        assert.deepStrictEqual(finals, [`HTTP/1.1 ${status}`], `${name}: ${r.all}`);
        if (body !== undefined) assert.strictEqual(r.body, body, name);
    }
    await end(g);
});

test('class_34_every_way_of_ending_content_arrives_whole', async (start) => {
    let send;
    const g = await begin(start, (r, socket) => send(socket));
    const rows = [
        [
            'until the end of the connection',
            (s) => {
                s.write('HTTP/1.1 200 OK\r\n\r\nhello');
                s.end(' world');
            },
        ],
        [
            'HTTP/1.0 without length',
            (s) => {
                s.end('HTTP/1.0 200 OK\r\n\r\nhello world');
            },
        ],
        [
            'chunked in pieces',
            (s) => {
                s.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel');
                setTimeout(() => s.write('lo\r\n6;x="\r"\r\n world\r\n0\r\n\r\n'.replace('"\r"', '1')), 20);
            },
        ],
        [
            'by length',
            (s) => {
                s.write('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello');
                setTimeout(() => s.write(' world'), 20);
            },
        ],
    ];
    for (const [name, how] of rows) {
        send = how;
        const r = await exchange(g.sim, get('/'));
        const body = /transfer-encoding: chunked/i.test(r.head) ? unchunk(r.body).out : r.body;
        assert.strictEqual(body, 'hello world', name);
    }
    await end(g);
});

test('class_34_an_answer_cut_short_is_not_completed', async (start) => {
    let text;
    const g = await begin(start, (r, socket) => {
        socket.end(text);
    });
    for (const bytes of [
        'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nx',
    ]) {
        text = bytes;
        const r = await exchange(g.sim, get('/'));
        assert.strictEqual(r.status, 200);
        assert(/content-length: 20/i.test(r.head) ? r.body.length < 20 : !r.body.endsWith('0\r\n\r\n'), r.all);
    }
    await end(g);
});

test('class_34_an_answer_at_every_split_is_the_same', async (start) => {
    const bytes =
        'HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n' +
        'Transfer-Encoding: chunked\r\nSet-Cookie: sm_session=1\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n';
    let at;
    const g = await begin(start, (r, socket) => {
        socket.write(bytes.slice(0, at));
        setTimeout(() => socket.write(bytes.slice(at)), 4);
    });
    const c = await Client.open(g.sim.http);
    for (at = 1; at < bytes.length; at += 1) {
        c.write(get('/', 'Accept: text/plain\r\n'));
        await c.until(`answer ${at}`, () => c.data.toString('latin1').endsWith('0\r\nX-T: 1\r\n\r\n'));
        const all = c.data.toString('latin1');
        c.data = Buffer.alloc(0);
        assert(all.startsWith('HTTP/1.1 103'), all);
        const final = all.slice(all.indexOf('\r\n\r\n') + 4);
        assert.strictEqual(unchunk(final.slice(final.indexOf('\r\n\r\n') + 4)).out, 'hello', all);
    }
    c.destroy();
    await end(g);
});

test('class_34_fifty_cookies_are_judged_one_by_one', async (start) => {
    const lines = Array.from({ length: 50 }, (_, i) => `Set-Cookie: ${i % 2 ? 'sm_session' : '_ga'}=${i}; Path=/\r\n`).join('');
    const g = await begin(start, () => ok('x', lines));
    const r = await exchange(g.sim, get('/'));
    assert.strictEqual(r.status, 200);
    assert.strictEqual((r.head.match(/set-cookie: sm_session=/gi) || []).length, 25);
    assert(!/set-cookie: _ga=\d/i.test(r.head), r.head);
    await end(g);
});

test('class_35_cookies_pass_neither_by_103_nor_by_trailers_nor_by_odd_names', async (start) => {
    const g = await begin(
        start,
        () =>
            'HTTP/1.1 103 Early\r\nLink: </x>\r\nSet-Cookie: _ga=1\r\nSet-Cookie: sm_session=103\r\n\r\n' +
            'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie2: a=1\r\nset-cookie:_ga=2\r\n' +
            'SET-COOKIE: =_ga=3\r\nSet-Cookie: _ga \r\nSet-Cookie: assent_consent=4\r\n\r\n' +
            '1\r\nx\r\n0\r\nSet-Cookie: sm_session=5\r\nX-Sum: 6\r\n\r\n',
    );
    const r = await exchange(
        g.sim,
        get('/', 'Cookie: _ga=1\r\ncookie:_gid=2\r\nCOOKIE: sm_session=3; _ga\r\nCookie2: $Version=1\r\n'),
    );
    assert.deepStrictEqual(
        g.app.last.fields.filter(([n]) => n.startsWith('cookie')),
        [['cookie', 'sm_session=3']],
    );
    assert(r.all.startsWith('HTTP/1.1 103'), r.all);
    assert(!/set-cookie2|sm_session=103|sm_session=5|_ga=[123]|consent=4/i.test(r.all), r.all);
    assert(/X-Sum: 6/.test(r.all), r.all);
    await end(g);
});

test('class_36_the_request_line_is_made_from_what_was_parsed', async (start) => {
    const g = await begin(start);
    const rows = [
        [`GET http://${HOST}/x?y HTTP/1.1\r\nHost: other\r\n\r\n`, 'GET /x?y HTTP/1.1'],
        [`GET http://${HOST} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 'GET / HTTP/1.1'],
        [`GET /a HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`, 'GET /a HTTP/1.1'],
        [`OPTIONS * HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 'OPTIONS * HTTP/1.1'],
    ];
    for (const [text, line] of rows) {
        const r = await exchange(g.sim, text);
        assert.strictEqual(r.status, 200, r.all);
        assert.strictEqual(g.app.last.line, line);
        assert.strictEqual(g.app.last.get('host'), HOST);
    }
    const count = g.app.requests.length;
    for (const text of [
        `GET /x#f HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
        `GET /x HTTP/1.1\nHost: ${HOST}\n\n`,
        `GET /x  HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    ]) {
        assert((await exchange(g.sim, text)).status >= 400);
    }
    assert.strictEqual(g.app.requests.length, count);
    await end(g);
});

test('max_forwards_is_counted_and_trace_is_refused', async (start) => {
    const g = await begin(start);
    const options = (n) => `OPTIONS / HTTP/1.1\r\nHost: ${HOST}\r\nMax-Forwards: ${n}\r\n\r\n`;
    assert.strictEqual((await exchange(g.sim, options(0))).status, 204);
    assert.strictEqual(g.app.requests.length, 0);
    await exchange(g.sim, options(3));
    assert.strictEqual(g.app.last.get('max-forwards'), '2');
    assert.strictEqual((await exchange(g.sim, `TRACE / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)).status, 405);
    assert.strictEqual(g.app.requests.length, 1);
    await end(g);
});

test('head_has_the_length_and_no_content', async (start) => {
    const g = await begin(start, () => 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n');
    const r = await exchange(g.sim, `HEAD / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    assert(/content-length: 12345/i.test(r.head), r.head);
    assert.strictEqual(r.body, '');
    await end(g);
});

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

const page = (body, fields = '') =>
    `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: "x"\r\n` +
    `Last-Modified: Sat, 21 Nov 2026 00:00:00 GMT\r\n` +
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n${fields}\r\n${body}`;
const HTML =
    '<!doctype html><html><head><title>x</title></head><body class="a"><h1>A</h1>' +
    '<p>text</p>'.repeat(2000) +
    '</body></html>';

test('the_notice_stands_at_the_start_of_the_body_and_the_link_at_its_end', async (start) => {
    const g = await begin(start, () => page(HTML));
    const r = await exchange(
        g.sim,
        get(
            '/',
            'Accept: text/html\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: "x"\r\nIf-Modified-Since: Sat, 21 Nov 2026 00:00:00 GMT\r\n',
        ),
    );
    assert.strictEqual(g.app.last.get('accept-encoding'), 'identity');
    assert.strictEqual(g.app.last.get('if-none-match') + g.app.last.get('if-modified-since'), '');
    assert(!/content-length|etag|last-modified/i.test(r.head), r.head);
    assert(/cache-control: private, no-store/i.test(r.head), r.head);
    const { out } = unchunk(r.body);
    const at = out.indexOf('<body class="a">') + '<body class="a">'.length;
    assert(out.slice(at).startsWith('<style>'), out.slice(at, at + 100));
    assert(out.includes('data-assent-state="ask"'));
    assert(/^[\x00-\x7f]*$/.test(out), 'ASCII');
    assert(out.trimEnd().endsWith('</p>') && out.includes('</html><p id="assent-link">'), out.slice(-300));
    assert(out.startsWith(HTML.slice(0, HTML.indexOf('<h1>'))));
    assert(out.includes(HTML.slice(HTML.indexOf('<h1>'))));
    await end(g);
});

test('only_pages_are_changed', async (start) => {
    let text;
    const g = await begin(start, () => text);
    const accept = 'Accept: text/html\r\n';
    const rows = [
        ['a script', page(HTML).replace('text/html', 'text/javascript'), accept],
        ['a coding', page(HTML, 'Content-Encoding: gzip\r\n'), accept],
        ['UTF-16', page(HTML).replace('utf-8', 'utf-16'), accept],
        ['ISO-2022-JP', page(HTML).replace('utf-8', 'iso-2022-jp'), accept],
        ['a part', page(HTML).replace('200 OK', '206 Partial'), accept],
        ['a range', page(HTML), accept + 'Range: bytes=0-5\r\n'],
        ['a frame', page(HTML), accept + 'Sec-Fetch-Dest: iframe\r\n'],
        ['by script', page(HTML), accept + 'X-Requested-With: XMLHttpRequest\r\n'],
        ['what no page is accepted for', page(HTML), 'Accept: image/*\r\n'],
        ['a fragment', page('<p>a</p>'), 'Accept: */*\r\n'],
        ['frames', page('<frameset><frame src=a></frameset>'), accept],
    ];
    for (const [name, answer, fields] of rows) {
        text = answer;
        const r = await exchange(g.sim, get('/', fields));
        const body = /chunked/i.test(r.head) ? unchunk(r.body).out : r.body;
        assert.strictEqual(body, answer.slice(answer.indexOf('\r\n\r\n') + 4), name);
    }
    await end(g);
});

test('pages_are_left_alone_where_the_configuration_says_so', async (start) => {
    const g = await begin(start, () => page(HTML), ',insert=no');
    const r = await exchange(g.sim, get('/', 'Accept: text/html\r\nAccept-Encoding: gzip\r\nIf-None-Match: "x"\r\n'));
    assert.strictEqual(r.body, HTML);
    assert.strictEqual(g.app.last.get('accept-encoding'), 'gzip');
    assert.strictEqual(g.app.last.get('if-none-match'), '"x"');
    assert(/etag: "x"/i.test(r.head) && /content-length/i.test(r.head), r.head);
    await end(g);
});

test('tagged_scripts_become_live_when_their_tier_is_granted', async (start) => {
    const g = await begin(start, () =>
        page('<!doctype html><body><script type="text/plain" data-assent="analytics" src="/a.js"></script></body>'),
    );
    const before = unchunk((await exchange(g.sim, get('/', 'Accept: text/html\r\n'))).body).out;
    assert(before.includes('<script type="text/plain" data-assent="analytics" src="/a.js">'), before);
    const put = await exchange(
        g.sim,
        `PUT /.consent/state HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n` +
            `Content-Length: 39\r\n\r\n{"analytics":true,"age_confirmed":true}`,
    );
    const token = /set-cookie: (assent[^;]*)/i.exec(put.head)[1];
    const r = await exchange(g.sim, get('/', `Accept: text/html\r\nCookie: ${token}\r\n`));
    const after = unchunk(r.body).out;
    assert(after.includes('<script type="text/javascript" data-assent="analytics" src="/a.js">'), after);
    assert(!after.includes('data-assent-state="ask"') && after.includes('id="assent-link"'), after);
    assert(/cache-control: private/i.test(r.head));
    await end(g);
});

test('a_pages_own_policy_is_joined_and_never_loosened', async (start) => {
    const own = "default-src 'none'; script-src 'nonce-abc'";
    const g = await begin(start, () => page(HTML, `Content-Security-Policy: ${own}\r\n`));
    const r = await exchange(g.sim, get('/', 'Accept: text/html\r\n'));
    const policies = r.head.match(/content-security-policy: [^\r]*/gi);
    assert.strictEqual(policies.length, 2, r.head);
    assert(policies[0].endsWith(own), policies[0]);
    await end(g);
});

test('a_page_at_every_split_gets_the_same_notice', async (start) => {
    const html = '<!doctype html><html><head><title>x</title></head><body><p>a</p></body></html>';
    const bytes = page(html);
    const from = bytes.indexOf('\r\n\r\n') + 4;
    let at = bytes.length;
    const g = await begin(start, (r, socket) => {
        socket.write(bytes.slice(0, at));
        if (at < bytes.length) setTimeout(() => socket.write(bytes.slice(at)), 3);
    });
    const strip = (r) => unchunk(r.body).out.replace(/name="form" value="[^"]*"/g, '');
    const whole = strip(await exchange(g.sim, get('/', 'Accept: text/html\r\n')));
    assert(whole.includes('assent-consent'));
    for (at = from; at < bytes.length; at++) {
        assert.strictEqual(strip(await exchange(g.sim, get('/', 'Accept: text/html\r\n'))), whole, `${at}`);
    }
    await end(g);
});

test('what_no_policy_names_is_found_and_listed_for_the_operator', async (start) => {
    const html =
        '<!doctype html><script src="https://Cdn.Tracker.example/x.js"></script><img src=//pixel.example/?a srcset="https://no.example/">' +
        '<iframe src="https://www.googletagmanager.com/ns.html"></iframe><link rel=x href=\'http://fonts.example:8080/a\'>' +
        '<a href="https://link.example/">x</a><img src="/own.png"><img src="data:x"><!-- <img src="https://comment.example/"> -->' +
        '<img src="https://cdn.tracker.example/y">';
    const more = ['--admin-token', 'operator-token-of-a-test'];
    const g = await begin(start, () => page(html, 'Set-Cookie: new_cookie=1; Path=/\r\n'), '', more);
    await exchange(g.sim, get('/', 'Accept: text/html\r\n'));
    const ask = async (name, read = JSON.parse) => {
        const c = await Client.open(g.sim.admin);
        c.write(
            `GET /admin/${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer operator-token-of-a-test\r\n` +
                'Connection: close\r\n\r\n',
        );
        const all = await c.end();
        c.destroy();
        const body = all.slice(all.indexOf('\r\n\r\n') + 4);
        return read(/chunked/i.test(all) ? unchunk(body).out : body);
    };
    const { hosts } = await ask('hosts');
    assert.deepStrictEqual(
        hosts.map((h) => [h.site, h.host, h.count]),
        [
            ['selfmento', 'cdn.tracker.example', 2],
            ['selfmento', 'pixel.example', 1],
            ['selfmento', 'fonts.example', 1],
        ],
    );
    const lines = await ask('classify?host=0&tier=analytics', (text) => text);
    assert(lines.startsWith('// selfmento.json: add to "hosts"'), lines);
    const entry = JSON.parse(lines.slice(lines.indexOf('{')));
    assert.deepStrictEqual([entry.host, entry.tier], ['cdn.tracker.example', 'analytics']);
    assert.strictEqual((await ask('classify?host=9&tier=analytics')).status, 404);
    const { cookies } = await ask('unclassified');
    assert(
        cookies.some((c) => c.name === 'new_cookie' && c.seen_in === 'response'),
        JSON.stringify(cookies),
    );
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

main();
