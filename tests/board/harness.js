// SPDX-License-Identifier: MIT
// The firmware in QEMU's model of the board, for the tests beside this file: one machine at a time, on
// free ports of 127.0.0.1, with a flash image of its own.
//   MACHINE=emcraft-sf2             or mps2-an385
//   QEMU_ARGS="-d guest_errors"     more options of QEMU
'use strict';
const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');
const { assert, within, sleep, freePorts, exec, scratch } = require('../sim/harness.js');

const machine = process.env.MACHINE || 'emcraft-sf2';
const firmware = process.env.FIRMWARE || `build/${machine}/assent.elf`;
const tool = 'build/tools/assent';
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

// How each machine is given its flash, and its network.
const parts = {
    'emcraft-sf2': { flash: (image) => ['-drive', `file=${image},if=mtd,format=raw`], network: 'user' },
    'mps2-an385': { flash: (image) => ['-semihosting-config', `enable=on,target=native,arg=${image}`], network: 'user,model=lan9118' },
}[machine];

let images = 0;

// A new device. options: more of assent provision.
async function provision(options = []) {
    const image = path.join(scratch, `flash-${images++}.img`);
    const made = await exec(`board/${machine}/provision`, [image, ...options]);
    assert.strictEqual(made.code, 0, made.stderr);
    const secrets = fs.readFileSync(`${image}.secrets`, 'utf8');
    const secret = (name) => (new RegExp(`${name} +(\\S+)`).exec(secrets) || [])[1];
    return { image, key: secret('audit key'), policyKey: secret('policy key'), token: secret('admin token') };
}

// Whether the image of a device that is off is sound, the audit log verified.
async function check(device) {
    const r = await exec(tool, ['store', 'check', '--audit-key', device.key, device.image]);
    assert.strictEqual(r.stdout.trim().split('\n').pop(), 'sound', r.stdout + r.stderr);
}

class Board {
    // Returns when the network is up, or, with options.boot === false, at once.
    static async start(device, options = {}) {
        const board = new Board();
        board.device = device;
        [board.http, board.https, board.admin] = options.ports || (await freePorts(3));
        const forward = [[board.http, 80], [board.https, 443], [board.admin, 8081]]
            .map(([from, to]) => `hostfwd=tcp:127.0.0.1:${from}-:${to}`).join();
        board.child = childProcess.spawn('qemu-system-arm', [
            '-M', machine, '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-kernel', options.firmware || firmware,
            ...parts.flash(device.image),
            '-nic', options.nic || (options.offline ? 'none' : `${parts.network},${forward}`),
            ...(options.args || []), ...(process.env.QEMU_ARGS ? process.env.QEMU_ARGS.split(' ') : []),
        ], { stdio: ['pipe', 'pipe', 'pipe'] });
        running.add(board.child);
        board.text = '';
        board.errors = '';
        board.child.stdin.on('error', () => {});
        board.child.stderr.on('data', (text) => (board.errors += text));
        board.child.stdout.on('data', (text) => {
            board.text += text.toString('latin1');
            if (board.changed) board.changed();
        });
        board.exited = new Promise((done) => board.child.on('close', (code, signal) => {
            running.delete(board.child);
            done(signal || code);
        }));
        if (options.boot !== false) await board.until(options.offline ? / started / : /address_by_dhcp/);
        return board;
    }
    // Wait until the console has said it. from: where to begin to look.
    async until(pattern, ms = 20000, from = 0) {
        await within(ms, `${pattern} on the console, which said ${this.text.slice(from)}`, new Promise((done) => {
            this.changed = () => { if (pattern.test(this.text.slice(from))) done(); };
            this.changed();
        }));
        this.changed = null;
        return pattern.exec(this.text.slice(from));
    }
    type(line) {
        this.child.stdin.write(line + '\n');
    }
    // What the console answers, up to a line that matches.
    async ask(line, pattern) {
        const from = this.text.length;
        this.type(line);
        await this.until(pattern, 20000, from);
        return this.text.slice(from);
    }
    // name -> number, of `health` or `net`.
    async numbers(command, last) {
        const text = await this.ask(command, last);
        return Object.fromEntries([...text.matchAll(/^([a-z_]+) (\d+)\r?$/gm)].map((m) => [m[1], Number(m[2])]));
    }
    health() {
        return this.numbers('health', /audit_finding \d+/);
    }
    async net() {
        const text = await this.ask('net', /"frames_dropped":\d+}/);
        const numbers = [...text.matchAll(/^([a-z_]+) (\d+)\r?$/gm)].map((m) => [m[1], Number(m[2])]);
        return { ...Object.fromEntries(numbers), ...JSON.parse(/^{.*}/m.exec(text)[0]) };
    }
    // Wait until no connection has left anything in any pool.
    async atRest(base) {
        let now;
        for (let i = 0; i < 100; i++) {
            now = await this.net();
            if (['heap', 'tcp_seg', 'pbuf', 'pbuf_pool', 'altcp_pcb', 'tls_pool'].every((n) => !now[n] || now[n].used <= base[n].used) &&
                now.connections === 0) return now;
            await sleep(200);
        }
        throw new Error('not at rest: ' + JSON.stringify(now));
    }
    // A clean power cut: every acknowledged operation on the flash is in the file.
    async cut(signal = 'SIGTERM') {
        this.child.kill(signal);
        await within(10000, 'end of QEMU', this.exited);
    }
    // curl at a site. Returns { status, head, body }.
    async curl(site, target, args = [], tls = false) {
        const url = `${tls ? 'https' : 'http'}://${site}.localhost:${tls ? this.https : this.http}${target}`;
        const r = await exec('curl', ['-sk', '-i', '-m', '20', ...args, url]);
        assert.strictEqual(r.code, 0, `curl ${url}: ${r.code} ${r.stderr}`);
        const end = r.stdout.indexOf('\r\n\r\n');
        return { status: Number(r.stdout.split(' ')[1]), head: r.stdout.slice(0, end), body: r.stdout.slice(end + 4) };
    }
}

// The sites, and the cookies of procomm-voices.
const SITES = ['proclientchat', 'procomm-voices', 'prointerview', 'prokoders', 'selfmento'];
const ESSENTIAL = ['pcv_auth', 'pcv_prefs', 'pcv_session'];
const ANALYTICS = ['pcv_link', 'pcv_search', 'pcv_uid'];
const ADVERTISING = ['pcv_ad', 'pcv_ad_view'];
const EIGHT = [...ESSENTIAL, ...ANALYTICS, ...ADVERTISING];

// A visitor with a cookie jar.
class Visitor {
    constructor(board, site = 'procomm-voices', tls = false) {
        Object.assign(this, { board, site, tls, jar: path.join(scratch, `jar-${images++}`) });
    }
    ask(target, args = []) {
        return this.board.curl(this.site, target, ['-b', this.jar, '-c', this.jar, ...args], this.tls);
    }
    async state() {
        return JSON.parse((await this.ask('/.consent/state')).body);
    }
    choose(analytics, advertising) {
        return this.ask('/.consent/state', ['-X', 'PUT', '-H', 'Content-Type: application/json',
            '-d', JSON.stringify({ analytics, advertising })]);
    }
    // The names of cookies that reach the site when the jar has all eight of these.
    async seen(cookies) {
        const jar = fs.existsSync(this.jar) ? fs.readFileSync(this.jar, 'utf8') : '';
        const token = /\t((?:__Host-)?assent)\t(\S+)$/m.exec(jar);
        const field = [...cookies.map((name) => `${name}=1`), ...(token ? [`${token[1]}=${token[2]}`] : [])].join('; ');
        const r = await this.board.curl(this.site, '/echo', ['-H', `Cookie: ${field}`], this.tls);
        return cookies.filter((name) => new RegExp(`\\b${name}=1`).test(r.body));
    }
    // Undecided, refused, granted in part, granted, withdrawn: what reaches procomm-voices follows each.
    async chooseAll() {
        const steps = [
            [null, ESSENTIAL],
            [[false, false], ESSENTIAL],
            [[true, false], [...ESSENTIAL, ...ANALYTICS]],
            [[true, true], EIGHT],
            [[false, false], ESSENTIAL], // withdrawn
        ];
        for (const [choice, expected] of steps) {
            if (choice) assert.strictEqual((await this.choose(...choice)).status, 200);
            assert.deepStrictEqual(await this.seen(EIGHT), expected, `after ${choice}`);
        }
        assert.strictEqual((await this.ask('/.consent/export')).status, 200);
    }
}

module.exports = { Board, Visitor, provision, check, firmware, tool, SITES, ESSENTIAL, ANALYTICS, ADVERTISING, EIGHT };
