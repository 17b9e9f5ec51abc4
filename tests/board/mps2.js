// SPDX-License-Identifier: MIT
// The firmware of mps2-an385 in QEMU: what shows that the same core, store and HTTP serve on another board.
//   REQUESTS=300     of the load
'use strict';
const fs = require('fs');
const http = require('http');
const { assert, test, main, Client, exec, scratch } = require('../sim/harness.js');
const { Board, Visitor, provision, check, SITES } = require('./harness.js');

const requests = Number(process.env.REQUESTS || 300);

// A test with a new device that is on; at its end its flash is sound.
function onBoard(name, run) {
    test(name, async () => {
        const device = await provision();
        const board = await Board.start(device);
        try {
            await run(board, device);
        } finally {
            await board.cut();
        }
        assert.strictEqual(board.errors.replace(/qemu-system-arm: terminating on signal.*\n/, ''), '');
        assert.doesNotMatch(board.text, /error|last run ended/);
        await check(device);
    }, 90000);
}

onBoard('a_second_board_shows_the_notice_of_five_sites_and_their_documents', async (board) => {
    for (const site of SITES) {
        const page = await board.curl(site, '/');
        assert.strictEqual(page.status, 200);
        assert.match(page.body, /Reject all/);
        assert.match(page.body, /Accept all/);
        const policy = await board.curl(site, '/.consent/policy');
        assert.strictEqual(policy.status, 200);
        assert.match(policy.body, /<\/html>\s*$/);
        const document = /href="([^"]*[.]txt)"/.exec(policy.body);
        assert(document, policy.body);
        const whole = await board.curl(site, document[1]);
        assert.strictEqual(whole.status, 200);
        assert(whole.body.length > 2000, `${whole.body.length} bytes`);
    }
});

onBoard('a_consent_is_given_changed_and_withdrawn_and_the_gate_follows', async (board) => {
    await new Visitor(board).chooseAll();
});

onBoard('without_scripts_the_form_of_the_notice_does_it', async (board) => {
    const visitor = new Visitor(board, 'selfmento');
    const form = async (target, button) => {
        const { body } = await visitor.ask(target);
        const token = /name="form" value="([^"]*)"/.exec(body);
        assert(token, body);
        return visitor.ask('/.consent/', ['-d', `form=${token[1]}`, '-d', button, '-d', 'age=yes']);
    };
    const accepted = await form('/', 'assent=all');
    assert.strictEqual(accepted.status, 303);
    assert.match(accepted.head, /\r\nset-cookie: assent=[^;]/i);
    assert.doesNotMatch((await visitor.ask('/')).body, /data-assent-state="ask"/);
    assert.strictEqual((await visitor.state()).tiers.analytics.choice, 'granted');
    const withdrawn = await form('/.consent/', 'assent=withdraw');
    assert.strictEqual(withdrawn.status, 303);
    assert.strictEqual((await visitor.state()).tiers.analytics.allowed, false);
});

test('choices_outlive_the_end_of_the_machine_at_any_moment', async () => {
    const device = await provision();
    const visitors = [];
    for (let i = 0; i < 5; i++) {
        const board = await Board.start(device);
        for (const v of visitors) {
            Object.assign(v.visitor, { board });
            assert.strictEqual((await v.visitor.state()).tiers.analytics.allowed, v.granted);
        }
        const late = new Visitor(board, SITES[i]);
        const kept = { visitor: new Visitor(board, 'procomm-voices'), granted: i % 2 === 0 };
        await kept.visitor.choose(true, false);
        if (!kept.granted) await kept.visitor.choose(false, false);
        visitors.push(kept);
        late.choose(true, true).catch(() => {}); // under way
        await board.cut(i % 2 ? 'SIGTERM' : 'SIGKILL');
        await check(device);
    }
});

onBoard('many_clients_at_once_careless_ones_too_leave_the_device_serving', async (board) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
    const targets = ['/', '/.consent/', '/.consent/state', '/.consent/policy', '/echo', '/nothing', '/.well-known/gpc.json'];
    let next = 0;
    let answered = 0;
    const one = (i) => new Promise((done) => {
        const request = http.get({
            host: '127.0.0.1', port: board.http, path: targets[i % targets.length], agent, timeout: 20000,
            headers: { Host: `${SITES[i % SITES.length]}.localhost` },
        }, (answer) => {
            if (i % 17 === 0) {
                request.destroy(); // in the middle of the answer
                return done();
            }
            answer.on('data', () => {});
            answer.on('end', () => { answered++; done(); });
            answer.on('error', done);
        });
        request.on('timeout', () => request.destroy());
        request.on('error', () => (request.reusedSocket ? done(one(i)) : done()));
    });
    const worker = async () => { while (next < requests) await one(next++); };
    const halves = await Promise.all([1, 2, 3].map(() => Client.open(board.http)));
    for (const half of halves) half.write('GET / HTTP/1.1\r\nHo');
    await Promise.all(Array.from({ length: 6 }, worker));
    for (const half of halves) half.reset();
    agent.destroy();
    assert(answered >= requests * 0.93, `${answered} of ${requests} answered`);
    assert.strictEqual((await board.curl('selfmento', '/')).status, 200);
});

test('what_is_no_flash_of_a_device_is_told_and_nothing_is_served', async () => {
    const blank = `${scratch}/blank.img`;
    fs.writeFileSync(blank, Buffer.alloc(2 << 20, 0xff));
    const bare = `${scratch}/bare.img`; // a store without keys, and without a seed to draw them from
    const made = await exec('build/tools/assent', ['store', 'format', '--size', String(2 << 20), '--chains', '1024',
        '--without-seed', '--time', '2026-11-21T00:00:00Z', bare]);
    assert.strictEqual(made.code, 0, made.stderr);
    for (const [image, said] of [[blank, /error flash_not_set_up/], [bare, /error flash_not_set_up/],
        [`${scratch}/is-not-there.img`, /error flash_not_found/]]) {
        const board = await Board.start({ image });
        assert.match(board.text, said);
        assert.notStrictEqual((await exec('curl', ['-s', '-m', '5', `http://127.0.0.1:${board.http}/`])).code, 0);
        await board.cut();
    }
});

main();
