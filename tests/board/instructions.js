// SPDX-License-Identifier: MIT
// Instructions of the firmware as it is, for what visitors make it do, and its time to the first answer.
//
// QEMU counts: with -icount shift=0 each instruction takes a nanosecond of the machine's time, with shift=3
// eight, which is about what a Cortex-M3 at 142 MHz takes. The firmware tells by `health` how long it has run and how
// long of that it was awake (uptime_ms, awake_us): those are its instructions, those of the driver, of TCP and
// of the interrupts included. What it takes to wake each millisecond, and to say `health`, is measured first and
// subtracted. Flash and network answer at once in this model: their waiting is not in here.
'use strict';
const tls = require('tls');
const { assert, test, main, sleep, Client, within } = require('../sim/harness.js');
const { Board, provision, check } = require('./harness.js');

const HOST = 'Host: procomm-voices.localhost\r\n';
const FIELDS = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n' +
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: de,en-US;q=0.7,en;q=0.3\r\n' +
    'Accept-Encoding: gzip, deflate, br\r\nCookie: pcv_session=4f9d2a61c07be835; pcv_auth=Zm9vYmFyYmF6; pcv_link=17188; pcv_ad=7\r\n' +
    'Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n';
const get = (target) => `GET ${target} HTTP/1.1\r\n${HOST}${FIELDS}\r\n`;
const put = (body) => `PUT /.consent/state HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;

// Instructions from the start until now, and the time of that.
async function awake(board) {
    const { uptime_ms: ms, awake_us: us } = await board.health();
    return { ms, instructions: us * 1e3 };
}

// What one `health` takes, and a millisecond of doing nothing.
async function calibrate(board) {
    const gaps = [];
    let last = await awake(board);
    for (const pause of [0, 0, 1000, 0, 1000]) {
        await sleep(pause);
        const now = await awake(board);
        gaps.push({ ms: now.ms - last.ms, instructions: now.instructions - last.instructions });
        last = now;
    }
    const sum = (list, name) => list.reduce((all, gap) => all + gap[name], 0) / list.length;
    const short = [gaps[0], gaps[1], gaps[3]];
    const long = [gaps[2], gaps[4]];
    const idle = (sum(long, 'instructions') - sum(short, 'instructions')) / (sum(long, 'ms') - sum(short, 'ms'));
    return { idle, health: sum(short, 'instructions') - idle * sum(short, 'ms') };
}

// Instructions of one call of run, as an average. What is slept while it waits for us counts for nothing.
async function count(board, base, calls, run) {
    const before = await awake(board);
    for (let i = 0; i < calls; i++) await run(i);
    await sleep(50);
    const after = await awake(board);
    return Math.round((after.instructions - before.instructions - base.health - base.idle * (after.ms - before.ms)) / calls);
}

// Returns the bytes of the answer.
async function answered(client, request, status) {
    client.write(request);
    await client.until('answer', () => {
        const text = client.data.toString('latin1');
        const end = text.indexOf('\r\n\r\n') + 4;
        const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end));
        return end > 3 && (length ? text.length === end + Number(length[1]) : text.endsWith('\r\n0\r\n\r\n'));
    }, 60000);
    const answer = client.data.toString('latin1');
    client.data = Buffer.alloc(0);
    assert.strictEqual(Number(answer.split(' ')[1]), status, answer);
    return answer.length;
}

// A TLS connection; with a session of another one it is shortened.
function handshake(board, session) {
    return within(60000, 'handshake', new Promise((done, fail) => {
        const socket = tls.connect({ port: board.https, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3',
            servername: 'procomm-voices.localhost', session });
        let ticket = null;
        let resumed = false;
        socket.on('error', fail);
        socket.on('secureConnect', () => { resumed = socket.isSessionReused(); });
        socket.on('session', (made) => {
            ticket = made;
            socket.end();
        });
        socket.on('close', () => done({ ticket, resumed }));
    }));
}

// What was measured, and a quarter: name, calls, bar, what is done.
function rows(board, client) {
    let ticket = null;
    const ask = (request) => () => answered(client, request, 200);
    const shake = async (session) => {
        const made = await handshake(board, session);
        assert.strictEqual(made.resumed, session !== null);
        ticket = made.ticket;
    };
    return [
        ['the state, asked for', 20, 350000, ask(get('/.consent/state'))],
        ['a page with the notice', 20, 910000, ask(get('/'))],
        ['a page that is not there', 20, 410000, () => answered(client, get('/nothing'), 404)],
        ['a refusal', 20, 500000, ask(put('{"analytics":false,"advertising":false}'))],
        ['a grant, written to flash', 20, 1100000, ask(put('{"analytics":true,"advertising":false}'))],
        ['a whole TLS 1.3 connection without a request', 5, 134000000, () => shake(null)],
        ['the same, resumed by a ticket', 5, 98000000, () => shake(ticket)],
    ];
}

test('instructions_of_requests_choices_and_handshakes_are_within_their_bars', async () => {
    const device = await provision();
    const board = await Board.start(device, { args: ['-icount', 'shift=0'] });
    const base = await calibrate(board);
    const client = await Client.open(board.http);
    const over = [];
    for (const [name, calls, most, run] of rows(board, client)) {
        let bytes = 0;
        const each = await count(board, base, calls, async () => { bytes = await run(); });
        console.log(`${each} instructions, at most ${most}: ${name}${bytes ? `, ${bytes} bytes out` : ''}`);
        if (!(each > most / 3 && each <= most)) over.push(`${name}: ${each}`);
    }
    client.destroy();
    await board.cut();
    await check(device);
    assert.deepStrictEqual(over, []);
}, 300000);

// Awake from the start to the first answer: all but waiting for DHCP and for us.
test('the_first_answer_comes_within_a_second_of_the_machines_time_and_dhcp', async () => {
    const device = await provision();
    for (const start of ['first', 'second']) {
        const board = await Board.start(device, { args: ['-icount', 'shift=3'] });
        const client = await Client.open(board.http);
        await answered(client, get('/'), 200);
        const { awake_us: us } = await board.health();
        console.log(`${us} us of 8 ns an instruction to the first answer, ${start} start`);
        client.destroy();
        await board.cut();
        assert(us > 1000 && us <= 1000000, `${us} us`);
    }
    await check(device);
}, 300000);

main();
