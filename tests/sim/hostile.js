// SPDX-License-Identifier: MIT
// Every request of tests/http/requests.txt through the gateway, and through nginx as a reverse proxy in the
// same run: an application behind both keeps every byte. Nothing hostile may reach it, and what reaches it
// has one meaning.
'use strict';
const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');
const { readTable } = require('../http/table.js');
const { assert, test, main, sleep, freePorts, Client, scratch } = require('./harness.js');
const { Application, ok } = require('./upstream.js');

const HOST = 'selfmento.localhost';

// Rows about the limits of the unit test's engine, which is smaller, and its application, which does not
// know all methods.
const LIMITS = /buffer|more content than is allowed|a line end in a field of the answer|method|bytes behind the declared content/;

// The same bytes for a site that has an application.
const aimed = (bytes) => Buffer.from(bytes.toString('latin1').replace(/(host:[ \t]*)a([ \t]*\r\n)/gi, `$1${HOST}$2`), 'latin1');

// What is wrong with bytes that reached the application: it must be able to read them in one way only.
function faults(raw) {
    const wrong = [];
    for (let rest = raw; rest.length > 0; ) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return [...wrong, `no end of a head: ${JSON.stringify(rest.slice(0, 80))}`];
        const head = rest.slice(0, end);
        const lines = head.split('\r\n');
        if (/[\r\n\0]/.test(lines.join(''))) wrong.push('bare CR, LF or NUL');
        if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+ (\/[^\s#]*|\*) HTTP\/1\.1$/.test(lines[0]))
            wrong.push(`request line ${JSON.stringify(lines[0])}`);
        const names = lines.slice(1).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
        if (!names.every((name) => /^[!#$%&'*+.^`|~0-9a-z_-]+$/.test(name))) wrong.push('a name that is none');
        if (names.filter((n) => n === 'host').length !== 1) wrong.push('not one Host');
        const framings = names.filter((n) => n === 'content-length' || n === 'transfer-encoding');
        if (framings.length > 1) wrong.push(`framings ${framings}`);
        const value = (name) =>
            (lines.find((line) => line.toLowerCase().startsWith(`${name}:`)) || ':').split(':').slice(1).join(':').trim();
        rest = rest.slice(end + 4);
        if (framings[0] === 'content-length') {
            if (!/^\d+$/.test(value('content-length'))) return [...wrong, 'length'];
            if (rest.length < Number(value('content-length'))) return wrong; // cut off by its end
            rest = rest.slice(Number(value('content-length')));
        } else if (framings[0] === 'transfer-encoding') {
            if (value('transfer-encoding') !== 'chunked') return [...wrong, 'coding'];
            for (;;) {
                if (rest === '') return wrong; // cut off
                const chunk = /^([0-9a-f]+)\r\n/i.exec(rest);
                if (!chunk) return [...wrong, `chunk ${JSON.stringify(rest.slice(0, 40))}`];
                const size = parseInt(chunk[1], 16);
                const after = chunk[0].length + size;
                if (rest.length < after + 2) return wrong;
                if (rest.slice(after, after + 2) !== '\r\n') return [...wrong, 'end of a chunk'];
                rest = rest.slice(after + 2);
                if (size === 0) break;
            }
        }
    }
    return wrong;
}

async function startNginx(port, behind) {
    const dir = fs.mkdtempSync(path.join(scratch, 'nginx-'));
    fs.writeFileSync(
        path.join(dir, 'nginx.conf'),
        `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/errors;
events { worker_connections 256; }
http { access_log off;
client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
server { listen 127.0.0.1:${port};
location / { proxy_pass http://127.0.0.1:${behind}; proxy_http_version 1.1;
proxy_set_header Connection ""; proxy_set_header Host $host; } } }
`,
    );
    const child = childProcess.spawn('nginx', ['-p', dir, '-c', `${dir}/nginx.conf`, '-e', `${dir}/errors`], { stdio: 'ignore' });
    process.on('exit', () => child.kill('SIGKILL'));
    for (let i = 0; i < 50; i++) {
        try {
            (await Client.open(port)).destroy();
            return child;
        } catch (error) {
            await sleep(100);
        }
    }
    throw new Error('nginx does not start');
}

// Send every row to a port; what reached the application.
async function attack(port, app) {
    const rows = [];
    for (const row of readTable().filter(({ name }) => !LIMITS.test(name))) {
        const expected = row.statuses.split(' ').filter((s) => /^\d/.test(s));
        const before = app.requests.length;
        const from = app.connections.map((c) => c.raw.length);
        const c = await Client.open(port);
        c.write(aimed(row.bytes));
        let len = -1;
        for (let i = 0; i < 60 && !c.ended && !c.closed; i++) {
            await sleep(8);
            const done = (c.data.toString('latin1').match(/^HTTP\/1\.1 [2-5]\d\d/gm) || []).length >= expected.length;
            if (done && c.data.length === len && i > 3) break;
            len = c.data.length;
        }
        c.destroy();
        await sleep(5);
        const raw = app.connections.map((one, i) => one.raw.slice(from[i] || 0));
        rows.push({ row, good: expected.filter((s) => s.startsWith('2')).length, requests: app.requests.slice(before), raw });
    }
    return rows;
}

// Hostile rows (a proxy may mend them, or read them in its own way) of which more arrived than was to be
// answered, or something that can be read twice.
function smuggled(rows) {
    return rows
        .filter(
            ({ row, good, requests, raw }) =>
                row.kind !== 'ok' && (requests.length > good || raw.some((text) => faults(text).length > 0)),
        )
        .map(({ row }) => row.name);
}

test('nothing_hostile_reaches_the_application', async (start) => {
    const app = await Application.start(() => ok('x'));
    const sim = await start(['--sites', 'build/policies', '--upstream', `selfmento=127.0.0.1:${app.port}`]);
    const rows = await attack(sim.http, app);
    for (const { row, requests, raw, good } of rows) {
        for (const text of raw) assert.deepStrictEqual(faults(text), [], row.name);
        assert(requests.length <= good, `${row.name}: ${requests.map((r) => r.line)}`);
    }
    const served = rows.filter(({ row, requests }) => row.kind === 'ok' && requests.length > 0).length;
    const legal = rows.filter(({ row }) => row.kind === 'ok').length;
    assert(served >= legal * 0.7, `${served} of ${legal} legal requests were relayed`);
    assert.deepStrictEqual(smuggled(rows), []);
    console.log(`gateway: ${legal} legal, ${rows.length - legal} hostile, 0 smuggled`);
    await app.stop();
});

test('nginx_in_the_same_run_tells_what_others_let_through', async () => {
    const probe = childProcess.spawnSync('nginx', ['-v']);
    if (probe.error) return; // not installed here
    const app = await Application.start(() => ok('x'));
    const [port] = await freePorts(1);
    const nginx = await startNginx(port, app.port);
    const names = smuggled(await attack(port, app));
    console.log(`nginx: ${names.length} rows reached the application that the gateway stops: ${names.join('; ')}`);
    nginx.kill();
    await app.stop();
});

main();
