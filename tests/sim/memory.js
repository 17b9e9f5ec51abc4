// SPDX-License-Identifier: MIT
// 100 MB through the gateway in each direction, and not a page more of memory. Without sanitizers, which keep
// memory of their own.
'use strict';
const fs = require('fs');
const http = require('http');
const { assert, test, main } = require('./harness.js');
const { HOST, begin, end } = require('./upstream.js');

const SIZE = 100e6;
const PIECE = Buffer.alloc(65536).map((_, i) => (i * 31 + (i >> 8)) & 255);

const resident = (sim) => Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${sim.child.pid}/status`, 'latin1'))[1]);

// Write size bytes as fast as they are taken, and end.
function pour(out, size) {
    const more = () => {
        while (size > 0) {
            const piece = PIECE.subarray(0, size);
            size -= piece.length;
            if (!out.write(piece)) return out.once('drain', more);
        }
        return out.end();
    };
    more();
}

// Bytes of the stream that are not as poured, counted on the way.
function meter() {
    const m = { count: 0, wrong: 0 };
    m.take = (bytes) => {
        for (let at = 0; at < bytes.length; ) {
            const from = m.count % PIECE.length;
            const len = Math.min(bytes.length - at, PIECE.length - from);
            if (!bytes.subarray(at, at + len).equals(PIECE.subarray(from, from + len))) m.wrong++;
            m.count += len;
            at += len;
        }
    };
    return m;
}

test('100_mb_pass_in_each_direction_and_memory_stays_as_it_was', async (start) => {
    const g = await begin(start, null);
    const up = meter();
    let size = 0;
    g.app.serve = (socket) => {
        let head = Buffer.alloc(0);
        const take = (more) => {
            up.take(more);
            if (up.count < size) return;
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`);
            pour(socket, size);
        };
        const read = (bytes) => {
            head = Buffer.concat([head, bytes]);
            const at = head.indexOf('\r\n\r\n');
            if (at < 0) return;
            socket.off('data', read);
            socket.on('data', take);
            take(head.subarray(at + 4));
        };
        g.app.connections.push({ socket, raw: '' });
        socket.on('error', () => {});
        socket.on('data', read);
    };
    const send = (bytes) =>
        new Promise((done, fail) => {
            const down = meter();
            const headers = { host: HOST, 'content-length': bytes };
            size = bytes;
            up.count = 0;
            const r = http.request({ port: g.sim.http, host: '127.0.0.1', method: 'POST', path: '/', agent: false, headers }, (a) => {
                a.on('data', down.take);
                a.on('end', () => done(down));
            });
            r.on('error', fail);
            pour(r, bytes);
        });
    await send(SIZE / 20); // every page it will ever touch has been touched
    const before = resident(g.sim);
    let most = before;
    const watching = setInterval(() => (most = Math.max(most, resident(g.sim))), 50);
    const down = await send(SIZE);
    clearInterval(watching);
    assert.deepStrictEqual([up.count, up.wrong, down.count, down.wrong], [SIZE, 0, SIZE, 0]);
    // libslirp keeps some frames and buffers of sockets more at times.
    assert(most - before <= 1024, `${before} KiB before, ${most} KiB at most`);
    await end(g);
}, 120000);

main();
