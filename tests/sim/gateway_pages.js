// SPDX-License-Identifier: MIT
// What the gateway puts into an application's pages, and what it finds in them.
'use strict';
const { assert, test, Client } = require('./harness.js');
const { HOST, begin, end, get, exchange, unchunk } = require('./upstream.js');

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
