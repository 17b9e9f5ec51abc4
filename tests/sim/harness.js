// SPDX-License-Identifier: MIT
// Tests of the simulator: starts it on free ports, talks to it by its commands, counts results.
//   node tests/sim/FILE.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const childProcess = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

const program = process.argv[2];
const wanted = process.argv.slice(3);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'assent-sim-'));
const cases = [];
const running = new Set();
process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    fs.rmSync(scratch, { recursive: true, force: true });
});
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => process.exit(1));

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function within(ms, what, promise) {
    let timer;
    const late = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`${what}: not within ${ms} ms`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

// Ports that are free now.
async function freePorts(count) {
    const servers = [];
    for (let i = 0; i < count; i++) {
        const server = net.createServer();
        await new Promise((done) => server.listen(0, '127.0.0.1', done));
        servers.push(server);
    }
    const ports = servers.map((server) => server.address().port);
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    return ports;
}

class Sim {
    // options: more of the command line; ports: [http, https, admin]
    static async start(options = [], ports = null) {
        const sim = new Sim();
        sim.ports = ports || (await freePorts(3));
        [sim.http, sim.https, sim.admin] = sim.ports;
        sim.child = childProcess.spawn(
            program,
            ['--http', sim.http, '--https', sim.https, '--admin', sim.admin, '--control', ...options].map(String),
            { stdio: ['pipe', 'pipe', 'pipe'] },
        );
        running.add(sim.child);
        sim.errors = '';
        sim.lines = [];
        sim.waiting = [];
        let rest = '';
        sim.child.stderr.on('data', (text) => (sim.errors += text));
        sim.child.stdin.on('error', () => {});
        sim.child.stdout.on('data', (text) => {
            rest += text;
            const parts = rest.split('\n');
            rest = parts.pop();
            for (const line of parts) {
                const next = sim.waiting.shift();
                if (next) next(line);
                else sim.lines.push(line);
            }
        });
        sim.exited = new Promise((done) => {
            sim.child.on('close', (code, signal) => {
                running.delete(sim.child);
                for (const next of sim.waiting) next(null);
                done(signal || code);
            });
        });
        // Before it is ready, a new device says the operator's secrets.
        sim.notes = [];
        sim.ready = await within(20000, 'start', sim.line());
        while (sim.ready !== null && !/^(admin )?http/.test(sim.ready)) {
            sim.notes.push(sim.ready);
            sim.ready = await within(20000, 'start', sim.line());
        }
        assert(sim.ready !== null, sim.errors);
        sim.base = await sim.stats();
        return sim;
    }
    line() {
        if (this.lines.length > 0) return Promise.resolve(this.lines.shift());
        return new Promise((done) => this.waiting.push(done));
    }
    async command(text) {
        this.child.stdin.write(text + '\n');
        const line = await within(120000, text, this.line());
        assert(line !== null, `the simulator ended: ${this.errors}`);
        return line;
    }
    async stats() {
        return JSON.parse(await this.command('stats'));
    }
    advance(ms) {
        return this.command(`advance ${ms}`);
    }
    // Wait until nothing is left of any connection, in any pool.
    async atRest() {
        let stats;
        for (let i = 0; i < 200; i++) {
            stats = await this.stats();
            const pools = ['heap', 'tcp_seg', 'altcp_pcb', 'pbuf', 'pbuf_pool'].map(
                (name) => stats[name].used - this.base[name].used);
            if ([...pools, stats.connections, stats.busy, stats.copied, stats.tcp_active,
                stats.tls_connections, stats.tls_waiting].every((n) => n === 0)) return stats;
            await sleep(50);
        }
        throw new Error('not at rest: ' + JSON.stringify(stats));
    }
    async stop() {
        if (this.child.exitCode === null && this.child.signalCode === null) this.child.stdin.write('quit\n');
        const code = await within(20000, 'end', this.exited);
        assert.strictEqual(this.errors, '');
        assert.strictEqual(code, this.code || 0); // code: what a test makes it end with
    }
}

// A TCP connection that keeps what it has received.
class Client {
    static async open(port, options = {}) {
        const c = new Client();
        c.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options });
        c.watch();
        await within(10000, 'connect', new Promise((done, fail) => {
            c.socket.once('connect', done);
            c.socket.once('error', fail);
        }));
        c.socket.setNoDelay(true);
        return c;
    }
    watch() {
        this.data = Buffer.alloc(0);
        this.ended = false;
        this.closed = false;
        this.error = null;
        this.changed = () => {};
        const note = () => this.changed();
        this.socket.on('data', (bytes) => { this.data = Buffer.concat([this.data, bytes]); note(); });
        this.socket.on('end', () => { this.ended = true; note(); });
        this.socket.on('close', () => { this.closed = true; note(); });
        this.socket.on('error', (error) => { this.error = error; note(); });
    }
    write(text) {
        this.socket.write(text);
    }
    async until(what, test, ms = 10000) {
        await within(ms, what, new Promise((done) => {
            this.changed = () => { if (test()) done(); };
            this.changed();
        }));
        this.changed = () => {};
    }
    // Wait for the end of the connection; what was received.
    async end(ms = 10000) {
        await this.until('end', () => this.ended || this.closed, ms);
        return this.data.toString('latin1');
    }
    // Take one response with Content-Length off the front.
    async response(ms = 10000, head = false) {
        let parsed;
        await this.until('response', () => {
            parsed = parse(this.data, head);
            return parsed !== null || this.ended || this.closed;
        }, ms);
        assert(parsed !== null, `connection ended (${this.error}) after: ${this.data.toString('latin1').slice(0, 300)}`);
        this.data = this.data.subarray(parsed.bytes);
        return parsed;
    }
    destroy() {
        this.socket.destroy();
    }
    reset() {
        if (this.socket.resetAndDestroy) this.socket.resetAndDestroy();
        else this.socket.destroy();
    }
}

function parse(data, headOnly = false) {
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const lines = data.subarray(0, end).toString('latin1').split('\r\n');
    const fields = {};
    for (const line of lines.slice(1)) {
        const at = line.indexOf(':');
        fields[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
    }
    const status = Number(lines[0].split(' ')[1]);
    const len = headOnly || status < 200 ? 0 : Number(fields['content-length'] || 0);
    if (data.length < end + 4 + len) return null;
    return { status, fields, body: data.subarray(end + 4, end + 4 + len).toString('latin1'), bytes: end + 4 + len };
}

// A request on a connection of its own.
async function fetchOnce(port, target = '/', ms = 10000) {
    const c = await Client.open(port);
    c.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    try {
        return await c.response(ms);
    } finally {
        c.destroy();
    }
}

// The usual sites, one of them replaced by a policy image: options of the simulator.
function sitesWith(image, instead = 'selfmento') {
    const folder = fs.mkdtempSync(path.join(scratch, 'sites-'));
    for (const file of fs.readdirSync('build/policies').filter((one) => one.endsWith('.img'))) {
        fs.copyFileSync(path.join('build/policies', file), path.join(folder, file));
    }
    fs.copyFileSync(image, path.join(folder, `${instead}.img`));
    return ['--sites', folder];
}

// Run a program to its end.
function exec(command, args, input = '', ms = 30000) {
    return new Promise((done) => {
        const child = childProcess.execFile(command, args, { timeout: ms, encoding: 'latin1', maxBuffer: 1 << 26 },
            (error, stdout, stderr) => done({ code: error ? error.code ?? error.signal : 0, stdout, stderr }));
        child.stdin.on('error', () => {});
        child.stdin.end(input);
    });
}

// limitMs: after that long it has failed.
function test(name, run, limitMs = 90000) {
    cases.push({ name, run, limitMs });
}

// Run all tests, one after the other.
async function main() {
    let passed = 0;
    let failed = 0;
    for (const { name, run, limitMs } of cases) {
        if (wanted.length > 0 && !wanted.includes(name)) continue;
        const sims = [];
        const start = async (options, ports) => {
            const sim = await Sim.start(options, ports);
            sims.push(sim);
            return sim;
        };
        const began = Date.now();
        try {
            await within(limitMs, name, run(start));
            for (const sim of sims) await sim.stop();
            passed++;
            if (process.env.V) console.log(`ok ${name} ${Date.now() - began} ms`);
        } catch (error) {
            failed++;
            console.log(`FAILED ${name}: ${error.stack}`);
            for (const sim of sims) {
                if (sim.errors) console.log(sim.errors);
                sim.child.kill('SIGKILL');
            }
        }
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

const random = (n) => crypto.randomBytes(n);

module.exports = { assert, test, main, sleep, within, freePorts, Sim, Client, parse, fetchOnce, exec, random, scratch, program, sitesWith };
