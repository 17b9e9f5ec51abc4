// SPDX-License-Identifier: MIT
// The firmware of emcraft-sf2 in QEMU: what a visitor and a technician see, and what power cuts leave.
//   CUTS=8           power cuts under load
//   CUT=SIGTERM      how: SIGTERM is a clean cut; with SIGKILL the last operation on the flash may be missing
//   REQUESTS=300     of the mixed load
//   CASE_MS=90000    longest case
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const tls = require('tls');
const { assert, test, main, sleep, Client, exec, random, scratch, within } = require('../sim/harness.js');
const { Board, Visitor, provision, check, tool, SITES, ESSENTIAL, ANALYTICS, ADVERTISING, EIGHT } = require('./harness.js');

const cuts = Number(process.env.CUTS || 8);
const signal = process.env.CUT || 'SIGTERM';
const requests = Number(process.env.REQUESTS || 300);
const limit = Number(process.env.CASE_MS || 90000);

// A test with a new device that is on; at its end the image is sound.
function onBoard(name, run, options = {}) {
    test(name, async () => {
        const device = await provision();
        const board = await Board.start(device, options);
        try {
            await run(board, device);
        } finally {
            await board.cut();
        }
        assert.strictEqual(board.errors.replace(/qemu-system-arm: terminating on signal.*\n/, ''), '');
        await check(device);
    }, limit);
}

onBoard('a_new_device_is_up_within_a_second_and_shows_the_notice_of_five_sites', async (board) => {
    const started = Number((await board.until(/ started (\d+)/))[1]);
    assert(started < 1000, `started after ${started} ms`);
    for (const site of SITES) {
        for (const secure of [false, true]) {
            const r = await board.curl(site, '/', [], secure);
            assert.strictEqual(r.status, 200);
            assert.match(r.body, /Reject all/);
            assert.match(r.body, /Accept all/);
        }
    }
});

for (const secure of [false, true]) {
    const name = `over_${secure ? 'https' : 'http'}_only_cookies_of_granted_tiers_reach_the_site`;
    onBoard(name, async (board) => {
        const visitor = new Visitor(board, 'procomm-voices', secure);
        await visitor.chooseAll();
    });
}

onBoard('cookies_that_the_site_sets_without_consent_do_not_reach_the_browser', async (board) => {
    const visitor = new Visitor(board);
    const before = await visitor.ask('/');
    for (const name of [...ANALYTICS, ...ADVERTISING]) assert(!new RegExp(`set-cookie: ${name}=`, 'i').test(before.head), before.head);
    await visitor.choose(true, true);
    const granted = await visitor.ask('/');
    assert.match(granted.head, /set-cookie: pcv_ad=/i);
    await visitor.choose(false, false);
    const after = await visitor.ask('/');
    assert.match(after.head, /set-cookie: pcv_ad=;.*max-age=0/i);
});

test('choices_certificate_and_time_outlive_a_power_cut', async () => {
    const device = await provision();
    let board = await Board.start(device);
    const fingerprint = async () => new Promise((done, fail) => {
        const socket = tls.connect({ port: board.https, host: '127.0.0.1', rejectUnauthorized: false }, () => {
            done(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
        });
        socket.on('error', fail);
    });
    const granted = new Visitor(board);
    const withdrawn = new Visitor(board, 'prointerview');
    await granted.choose(true, true);
    await withdrawn.choose(true, true);
    await withdrawn.choose(false, false);
    const first = await fingerprint();
    const later = new Date(Date.now() + 3600000).toISOString().slice(0, 16);
    await board.ask(`time ${later}:00Z`, new RegExp(`time ${later}:0\\dZ set`));
    await board.ask('time 2026-01-01T00:00:00Z', /not set: the clock never runs back/);
    await board.ask('time', new RegExp(`time ${later}:[0-5]\\dZ set`));
    await board.cut();
    board = await Board.start(device);
    granted.board = withdrawn.board = board;
    assert.strictEqual(await fingerprint(), first);
    await board.ask('time', new RegExp(`time ${later}:\\d\\dZ floor`));
    await board.ask('time 2026-01-01T00:00:00Z', /not set: the clock never runs back/);
    await board.ask('time', new RegExp(`time ${later}:\\d\\dZ floor`));
    assert.strictEqual((await granted.state()).tiers.analytics.choice, 'granted');
    assert.strictEqual((await withdrawn.state()).tiers.analytics.allowed, false);
    await board.cut();
    await check(device);
    const log = await exec(tool, ['audit', 'export', device.image]);
    assert.match(log.stdout, new RegExp(`"type":"clock_set","site":0,"time":"${later}[^"]*","clock":"set"`));
});

// Visitors who choose and withdraw until the power goes; what was acknowledged is noted.
async function load(board, notes) {
    let stop = false;
    const one = async (site) => {
        while (!stop) {
            const visitor = new Visitor(board, site);
            try {
                if ((await visitor.choose(true, true)).status !== 200) continue;
                notes.push({ visitor, choice: 'granted' });
                const note = notes[notes.length - 1];
                if (Math.random() < 0.5) {
                    note.choice = 'either';
                    if ((await visitor.choose(false, false)).status === 200) note.choice = 'withdrawn';
                }
            } catch {
                return; // the power is gone
            }
        }
    };
    const read = async () => {
        // It may be refused for others, or the power gone.
        while (!stop) await board.curl('selfmento', '/.consent/policy').catch(() => {});
    };
    const all = Promise.all([one('procomm-voices'), one('prointerview'), read()]);
    await sleep(100 + Math.random() * 600);
    stop = true;
    await board.cut(signal);
    await all;
}

test('no_acknowledged_choice_is_lost_and_none_comes_back_at_power_cuts_under_load', async () => {
    const device = await provision();
    const notes = [];
    for (let i = 0; i < cuts; i++) {
        let board = await Board.start(device);
        await load(board, notes);
        board = await Board.start(device);
        // Two visitors chose at the same time: the last operation was for the last note of either.
        if (signal === 'SIGKILL') for (const note of notes.slice(-2)) note.choice = 'either';
        for (const note of notes.splice(0)) {
            const { tiers } = await (Object.assign(note.visitor, { board })).state();
            if (note.choice === 'granted') assert.strictEqual(tiers.analytics.choice, 'granted');
            if (note.choice === 'withdrawn') assert.strictEqual(tiers.analytics.allowed, false);
        }
        const { audit_entries: entries } = await board.numbers('store', /audit_capacity \d+/);
        assert(entries > 0);
        await sleep(300); // idle, so that what a cut left is finished
        await board.cut();
        await check(device);
    }
}, limit);

// As fast as a Cortex-M3 at 142 MHz (8 ns an instruction), and half as fast: how busy this machine is makes
// no difference to the device then. The last waits for the handshakes of the others, a second or two each.
for (const shift of [3, 4]) {
    onBoard(`five_tls_connections_at_once_are_all_answered_at_${1 << shift}_ns_an_instruction`, async (board) => {
        const base = await board.net();
        const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => board.curl(SITES[i], '/', [], true)));
        assert(answers.every((r) => r.status === 200));
        const after = await board.atRest(base);
        assert.strictEqual(after.tls_failures, 0);
    }, { args: ['-icount', `shift=${shift}`] });
}

onBoard('an_idle_tls_connection_gives_way_to_one_that_waits', async (board) => {
    const idle = await Promise.all([0, 1].map(() => new Promise((done, fail) => {
        const socket = tls.connect({ port: board.https, host: '127.0.0.1', rejectUnauthorized: false }, () => done(socket));
        socket.on('error', fail);
    })));
    const began = Date.now();
    const r = await board.curl('selfmento', '/', [], true);
    assert.strictEqual(r.status, 200);
    assert(Date.now() - began < 4000, `waited ${Date.now() - began} ms`);
    for (const socket of idle) socket.destroy();
});

onBoard('resets_half_open_slow_and_hostile_clients_leave_nothing_behind', async (board) => {
    const base = await board.net();
    for (let i = 0; i < 20; i++) {
        const clients = await Promise.all([board.http, board.https, board.http].map((port) => Client.open(port)));
        clients[0].write('GET / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n');
        clients[1].write(random(100 + i * 10));
        clients[2].write('GET / HTTP/1.1\r\nHo');
        await sleep(20);
        for (const client of clients) client.reset();
    }
    await board.atRest(base); // until then there may be no room for one more, which is answered at once: 503
    const slow = await Client.open(board.http);
    for (const byte of 'GET / HTTP/1.1\r\nHost: selfmento.localhost\r\nConnection: close\r\n\r\n') {
        slow.write(byte);
        await sleep(5);
    }
    assert.match(await slow.end(), /^HTTP\/1.1 200/);
    assert.strictEqual((await board.curl('selfmento', '/')).status, 200);
    await board.atRest(base);
    const health = await board.health();
    assert.strictEqual(health.faults, 0, (/last run ended.*/.exec(board.text) || [''])[0]);
    assert(health.stack_used <= health.stack_bytes - 512, `${health.stack_used} of ${health.stack_bytes} bytes of stack used`);
});

// Clients that reset in the middle of a request, say half of one and are silent, say no TLS, or shake no hands,
// or send a byte at a time, until stopped. Returns how many of the slow ones were answered.
async function careless(board, going) {
    const GET = 'GET / HTTP/1.1\r\nHost: selfmento.localhost\r\nConnection: close\r\n\r\n';
    const kinds = [
        [board.http, async (c) => { c.write(GET.slice(0, 40)); await sleep(20); }],
        [board.http, async (c) => { c.write(GET.slice(0, 60)); await sleep(1500); }],
        [board.http, async (c) => { c.write(GET + GET); }],
        [board.https, async (c) => { c.write(random(1 + Math.floor(Math.random() * 1500))); await sleep(20); }],
        [board.https, async () => { await sleep(1500); }],
    ];
    let slow = 0;
    for (let i = 0; going(); i++) {
        const [port, run] = kinds[i % kinds.length];
        try {
            const client = await Client.open(port);
            await run(client);
            client.reset();
            const patient = await Client.open(board.http);
            for (const byte of GET) {
                patient.write(byte);
                await sleep(3);
            }
            slow += /^HTTP\/1.1 200/.test(await patient.end()) ? 1 : 0;
            patient.destroy();
        } catch { /* given up for others */ }
    }
    return slow;
}

// Visitors who read the policy, choose, and withdraw, until stopped; each sees what was acknowledged. Of grants only
// so many are taken from one address. Returns how many were.
async function people(board, going) {
    let granted = 0;
    for (let i = 0; going(); i++) {
        const visitor = new Visitor(board, SITES[i % SITES.length], i % 3 === 0);
        try {
            assert.strictEqual((await visitor.ask('/.consent/policy')).status, 200);
            if ((await visitor.choose(true, i % 2 === 0)).status === 200) {
                granted++;
                assert.strictEqual((await visitor.state()).tiers.analytics.choice, 'granted');
            }
            assert.strictEqual((await visitor.choose(false, false)).status, 200);
            assert.strictEqual((await visitor.state()).tiers.analytics.allowed, false);
        } catch (error) {
            if (!/^curl/.test(error.message)) throw error; // a connection that was given up for others
        }
        await sleep(50);
    }
    return granted;
}

onBoard('a_mixed_load_over_http_and_https_leaves_nothing_behind', async (board) => {
    const base = await board.net();
    const agents = [new http.Agent({ keepAlive: true, maxSockets: 2 }),
        new https.Agent({ keepAlive: true, maxSockets: 2, rejectUnauthorized: false })];
    const targets = ['/', '/.consent/', '/.consent/state', '/.consent/policy', '/echo', '/nothing', '/.well-known/gpc.json'];
    let done = 0;
    let answered = 0;
    const errors = [];
    const one = (i) => new Promise((end) => {
        const secure = i % 4 === 0;
        const request = (secure ? https : http).get({
            host: '127.0.0.1', port: secure ? board.https : board.http, path: targets[i % targets.length],
            headers: { Host: `${SITES[i % SITES.length]}.localhost` }, agent: agents[secure ? 1 : 0], timeout: 20000,
        }, (answer) => {
            if (i % 17 === 0) {
                request.destroy(); // in the middle of the answer
                return end();
            }
            answer.on('data', () => {});
            answer.on('end', () => { answered++; end(); });
            answer.on('error', () => end());
        });
        request.on('timeout', () => request.destroy());
        request.on('error', (error) => {
            // A connection that the device gave up while it was idle: clients ask again, as RFC 9112 s. 9.3.1 says.
            if (request.reusedSocket) return end(one(i));
            errors.push(`${secure ? 'https' : 'http'} ${error.code}`);
            end();
        });
    });
    const worker = async () => { while (done < requests) await one(done++); };
    const fault = board.until(/last run ended.*/, limit).then((said) => { throw new Error(said[0]); });
    fault.catch(() => {});
    const slow = careless(board, () => done < requests);
    const grants = people(board, () => done < requests);
    await Promise.race([fault, Promise.all([worker(), worker(), worker(), worker(), slow, grants])]);
    for (const agent of agents) agent.destroy();
    assert(answered >= requests * 0.93, `${answered} of ${requests} answered; ${errors}`);
    const after = await board.atRest(base);
    const health = await board.health();
    assert.strictEqual(health.faults, 0, (/last run ended.*/.exec(board.text) || [''])[0]);
    assert.strictEqual(board.text.split('assent on emcraft-sf2').length, 2, 'it has started again');
    assert(health.stack_used <= health.stack_bytes - 512, `${health.stack_used} of ${health.stack_bytes}`);
    assert((await slow) > 0);
    assert((await grants) > 0);
    const told = { answered, slow: await slow, grants: await grants, ...after, stack: health.stack_used };
    if (process.env.V) console.log(JSON.stringify(told));
});

test('without_a_seed_neither_tls_nor_new_subjects_are_served', async () => {
    const image = `${scratch}/no-seed.img`;
    const made = await exec(tool, ['store', 'format', '--size', '16777216', '--sector', '65536', '--chains', '256', '--without-seed',
        '--time', '2026-11-21T00:00:00Z', image]);
    assert.strictEqual(made.code, 0, made.stderr);
    const words = await exec('board/emcraft-sf2/put-texts', [image]);
    assert.strictEqual(words.code, 0, words.stderr);
    const board = await Board.start({ image });
    assert.match(board.text, /error no_seed_no_tls_no_new_subjects/);
    const refused = await exec('curl', ['-sk', '-m', '5', `https://selfmento.localhost:${board.https}/`]);
    assert.notStrictEqual(refused.code, 0);
    const visitor = new Visitor(board, 'selfmento');
    const r = await exec(
        'curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-m', '5', '-X', 'PUT', '-H', 'Content-Type: application/json',
        '-d', '{"analytics":true}', `http://${visitor.site}.localhost:${board.http}/.consent/state`]);
    assert.notStrictEqual(r.stdout, '200');
    await board.cut();
});

// A device that listens to a generator, as QEMU has it: a file that is read as the second serial line.
async function noisy(bytes) {
    const device = await provision();
    const board = await Board.start(device);
    await board.ask('noise on', /noise on from the next start/);
    await board.cut();
    const line = `${device.image}.line`;
    fs.symlinkSync(bytes, `${line}.in`);
    fs.symlinkSync('/dev/null', `${line}.out`);
    return { device, args: ['-chardev', `pipe,id=noise,path=${line}`, '-serial', 'chardev:noise'] };
}

test('noise_of_a_generator_is_taken_in_at_the_start_and_from_then_on', async () => {
    const { device, args } = await noisy('/dev/urandom');
    const board = await Board.start(device, { args });
    assert.match(board.text, /\] noise_bytes 64\r/);
    const first = (await board.health()).noise_bytes;
    assert(first >= 64);
    await sleep(500);
    assert((await board.health()).noise_bytes > first);
    await board.ask('noise', /noise on/);
    assert.strictEqual((await board.curl('selfmento', '/', [], true)).status, 200);
    await board.cut();
    await check(device);
});

test('a_generator_that_always_says_the_same_is_not_listened_to', async () => {
    const { device, args } = await noisy('/dev/zero');
    const board = await Board.start(device, { args });
    assert.match(board.text, /error noise_stuck 0/);
    await board.ask('noise', /noise failed/);
    assert.strictEqual((await board.health()).noise_bytes, 6);
    assert.strictEqual((await board.curl('selfmento', '/', [], true)).status, 200);
    await board.ask('noise off', /noise off from the next start/);
    await board.cut();
    await (await Board.start(device)).cut(); // without the line
    await check(device);
});

// With nothing else to tell two starts of one image apart, as QEMU counts instructions instead of time.
test('noise_makes_keys_that_the_seed_alone_does_not_tell', async () => {
    const { device, args } = await noisy('/dev/urandom');
    const quiet = await provision();
    const keys = async (from, more) => {
        const image = `${from.image}.copy`;
        fs.copyFileSync(from.image, image);
        const board = await Board.start({ image }, { offline: true, args: ['-icount', 'shift=0', ...more] });
        await board.cut();
        const bytes = fs.readFileSync(image);
        fs.unlinkSync(image);
        return bytes;
    };
    assert((await keys(quiet, [])).equals(await keys(quiet, [])));
    assert(!(await keys(device, args)).equals(await keys(device, args)));
});

test('a_device_that_was_not_set_up_says_so_and_serves_nothing', async () => {
    const image = `${scratch}/blank.img`;
    fs.writeFileSync(image, Buffer.alloc(16777216, 0xff));
    const board = await Board.start({ image }, { args: ['-no-reboot'] }); // a reset ends QEMU
    assert.match(board.text, /error flash_not_set_up/);
    const refused = await exec('curl', ['-s', '-m', '5', `http://selfmento.localhost:${board.http}/`]);
    assert.notStrictEqual(refused.code, 0);
    for (const line of ['time 2026-01-31T12:00:00Z', 'store', 'time-server dhcp']) await board.ask(line, /the flash is not set up/);
    await board.ask('factory-reset yes', /error factory_reset_failed/);
    board.type('restart');
    assert.strictEqual(await within(20000, 'restart', board.exited), 0);
});

test('without_sound_words_no_page_is_served', async () => {
    const device = await provision();
    const file = require('fs').openSync(device.image, 'r+');
    require('fs').writeSync(file, Buffer.from([0]), 0, 1, 4096 + 9000); // one letter of a text
    require('fs').closeSync(file);
    const board = await Board.start(device);
    assert.match(board.text, /error texts_not_readable/);
    const refused = await exec('curl', ['-s', '-m', '5', `http://selfmento.localhost:${board.http}/`]);
    assert.notStrictEqual(refused.code, 0);
    await board.cut();
});

test('faults_and_a_hung_loop_end_in_a_restart_that_tells_of_them', async () => {
    const device = await provision();
    const board = await Board.start(device);
    // The second is what the memory protection unit says.
    for (const [how, said] of [['bus', /last run ended: fault pc [0-9a-f]{8} .* address 40006000/],
        ['stack', /last run ended: fault .* status 00000092 address 1ffff/], ['hang', /last run ended: watchdog/]]) {
        const from = board.text.length;
        board.type(`break ${how}`);
        await board.until(said, 200000, from); // fifteen seconds of the machine's own time
        await board.until(/address_by_dhcp/, 20000, from);
    }
    assert.strictEqual((await board.health()).faults, 3);
    await board.cut();
    await check(device);
}, 300000);

test('a_factory_reset_forgets_everybody_and_starts_with_new_keys', async () => {
    const device = await provision();
    const board = await Board.start(device);
    const visitor = new Visitor(board);
    await visitor.choose(true, true);
    await board.ask('factory-reset', /factory-reset yes/);
    assert.strictEqual((await visitor.state()).tiers.analytics.choice, 'granted');
    const from = board.text.length;
    board.type('factory-reset yes');
    await board.until(/certificate_made[^]*address_by_dhcp/, 20000, from);
    assert.deepStrictEqual(await visitor.seen(EIGHT), ESSENTIAL);
    await board.cut();
});

main();
