// SPDX-License-Identifier: MIT
// Applications from packages that stand behind the gateway; none outlives the test.
'use strict';
const childProcess = require('child_process');
const http = require('http');
const { sleep } = require('../sim/harness.js');

const children = new Set();

// Each leads a group of its own, with what it starts itself.
function end(signal = 'SIGTERM') {
    for (const child of children) {
        try {
            process.kill(-child.pid, signal);
        } catch {
            // it has ended
        }
    }
    children.clear();
}
process.on('exit', () => end('SIGKILL'));

const has = (command) => !childProcess.spawnSync('sh', ['-c', `command -v ${command}`]).status;

function launch(command, args, more = {}) {
    const env = { ...process.env, ...more };
    const child = childProcess.spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    child.on('error', () => {});
    if (child.pid) children.add(child);
    return child;
}

// Wait until something answers at the port.
async function listens(port) {
    for (let i = 0; i < 100; i++) {
        const up = await new Promise((done) =>
            http
                .get({ port, host: '127.0.0.1', path: '/' }, (r) => {
                    r.resume();
                    done(true);
                })
                .on('error', () => done(false)),
        );
        if (up) return port;
        await sleep(100);
    }
    throw new Error(`nothing listens at ${port}`);
}

module.exports = { has, launch, listens, end };
