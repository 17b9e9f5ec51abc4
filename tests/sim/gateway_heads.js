// SPDX-License-Identifier: MIT
// What reaches an application and what comes back: lines, fields, framing.
'use strict';
const http = require('http');
const { assert, test, Client } = require('./harness.js');
const { HOST, begin, end, get, ok, exchange, unchunk } = require('./upstream.js');

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
