// SPDX-License-Identifier: MIT
// The full text of each site's document, as both profiles of emcraft-sf2 serve it out of the NOR flash.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const { assert, test, main, sleep, Client } = require('../sim/harness.js');
const { Board, provision, check, SITES } = require('./harness.js');

const PROFILES = { https: 'build/emcraft-sf2/assent.elf', gateway: 'build/emcraft-sf2-gateway/assent.elf' };
const DOCUMENTS_AT = 65536 + 4096; // DEVICE_DOCUMENTS_AT
const LARGEST = 'procomm-voices';
const source = (site) => fs.readFileSync(`core/policies/documents/${site}.txt`);
const place = (site) => `/.consent/policy/1/${site}.txt`;
const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

// A test with a new device; at its end nothing is left in any pool, and the image is sound.
function onBoard(profile, name, run, prepare = () => {}) {
    test(`${name}_by_${profile}`, async () => {
        const device = await provision();
        prepare(device);
        const board = await Board.start(device, { firmware: PROFILES[profile] });
        try {
            const base = await board.net();
            await run(board, device);
            await board.atRest(base);
            const health = await board.health();
            assert.strictEqual(health.faults, 0, board.text);
            assert(health.stack_used <= health.stack_bytes - 512, `${health.stack_used} of ${health.stack_bytes}`);
        } finally {
            await board.cut();
        }
        await check(device);
    }, 90000);
}

// An answer: { status, headers, content }, the content as bytes.
function ask(board, site, target, { secure = false, method = 'GET', headers = {} } = {}) {
    return new Promise((done, fail) => {
        const request = (secure ? https : http).request({
            host: '127.0.0.1', port: secure ? board.https : board.http, path: target, method, agent: false, rejectUnauthorized: false,
            headers: { Host: `${site}.localhost`, ...headers },
        }, (answer) => {
            const pieces = [];
            answer.on('data', (bytes) => pieces.push(bytes));
            answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, content: Buffer.concat(pieces) }));
            answer.on('error', fail);
        });
        request.on('error', fail);
        request.end();
    });
}

function isWhole(answer, site) {
    assert.strictEqual(answer.status, 200, site);
    assert.strictEqual(answer.headers['content-type'], 'text/plain; charset=utf-8');
    assert.strictEqual(answer.headers['content-encoding'], undefined);
    assert.strictEqual(Number(answer.headers['content-length']), source(site).length);
    assert.strictEqual(sha(answer.content), sha(source(site)), site);
}

for (const profile of Object.keys(PROFILES)) {
    for (const secure of profile === 'https' ? [false, true] : [false]) {
        onBoard(profile, `the_full_text_of_every_sites_document_is_served_over_${secure ? 'tls' : 'plain_http'}`, async (board) => {
            for (const site of SITES) {
                const page = (await ask(board, site, '/.consent/policy', { secure })).content.toString();
                const link = /<a href="([^"]*[.]txt)">/.exec(page);
                assert(link, page);
                assert.strictEqual(link[1], place(site));
                assert(page.includes(sha(source(site))), 'the page names the digest of what it leads to');
                // A browser would take it compressed, and has to take it as it is.
                for (const headers of [{}, { 'Accept-Encoding': 'gzip, deflate, br' }]) {
                    isWhole(await ask(board, site, link[1], { secure, headers }), site);
                }
            }
        });
    }

    onBoard(profile, 'a_text_is_not_compressed_and_its_head_alone_tells_its_length', async (board) => {
        const head = await ask(board, LARGEST, place(LARGEST), { method: 'HEAD' });
        assert.strictEqual(head.status, 200);
        assert.strictEqual(Number(head.headers['content-length']), source(LARGEST).length);
        const refused = { headers: { 'Accept-Encoding': 'gzip, identity;q=0' } };
        assert.strictEqual((await ask(board, LARGEST, place(LARGEST), refused)).status, 406);
        for (const other of [place('selfmento'), '/.consent/policy/2/procomm-voices.txt']) {
            assert.strictEqual((await ask(board, LARGEST, other)).status, 404, other);
        }
    });

    onBoard(profile, 'visitors_read_at_once_and_slow_and_broken_ones_leave_nothing', async (board) => {
        const read = `GET ${place(LARGEST)} HTTP/1.1\r\nHost: ${LARGEST}.localhost\r\nConnection: close\r\n\r\n`;
        for (let i = 0; i < 10; i++) {
            const broken = await Client.open(board.http);
            broken.write(read);
            await sleep(5 * i);
            broken.reset();
        }
        const slow = await Client.open(board.http);
        slow.socket.pause();
        slow.write(read);
        await sleep(1000);
        slow.socket.resume();
        await slow.end();
        assert.strictEqual(sha(slow.data.subarray(slow.data.indexOf('\r\n\r\n') + 4)), sha(source(LARGEST)));
        await Promise.all(SITES.map(async (site) => isWhole(await ask(board, site, place(site)), site)));
    });

    onBoard(profile, 'a_damaged_text_is_not_served_and_sites_are', async (board) => {
        assert.match(board.text, /error documents_not_readable/);
        const page = (await ask(board, LARGEST, '/.consent/policy')).content.toString();
        assert(page.includes(`${LARGEST}.txt`) && !page.includes('.txt">'), page);
        assert.strictEqual((await ask(board, LARGEST, place(LARGEST))).status, 404);
        assert.match((await ask(board, LARGEST, '/')).content.toString(), /Reject all/);
    }, (device) => {
        const file = fs.openSync(device.image, 'r+');
        const byte = Buffer.alloc(1);
        const at = DOCUMENTS_AT + 20000;
        fs.readSync(file, byte, 0, 1, at);
        fs.writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, at);
        fs.closeSync(file);
    });

    onBoard(profile, 'a_factory_reset_leaves_the_texts', async (board) => {
        await board.ask('factory-reset yes', /started \d+/);
        await board.until(/address_by_dhcp/, 20000, board.text.lastIndexOf('assent on emcraft-sf2'));
        isWhole(await ask(board, LARGEST, place(LARGEST)), LARGEST);
    });
}

main();
