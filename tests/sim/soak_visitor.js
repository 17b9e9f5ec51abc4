// SPDX-License-Identifier: MIT
// One browser of the soak: a jar, connections, and a visitor who decides by the dice; also one whose
// scripts, thieves and backups put into the jar what they like.
'use strict';
const net = require('net');
const tls = require('tls');
const { take, parseSetCookie, Jar } = require('./soak_wire.js');
const { pick, chance, value, spell } = require('./soak_site.js');

const TIMEOUT_MS = 4000;
let nextId = 1;

// A connection that keeps what it has received.
class Wire {
    static open(port, secure, host) {
        const wire = new Wire();
        return new Promise((done) => {
            const options = { port, host: '127.0.0.1' };
            const up = () => done(wire);
            wire.socket = secure ? tls.connect({ ...options, servername: host, rejectUnauthorized: false }, up) : net.connect(options, up);
            wire.text = '';
            wire.over = false;
            wire.changed = () => {};
            wire.socket.on('data', (bytes) => { wire.text += bytes.toString('latin1'); wire.changed(); });
            for (const event of ['end', 'error', 'close']) wire.socket.on(event, () => { wire.over = true; wire.changed(); done(wire); });
            setTimeout(() => done(wire), TIMEOUT_MS).unref();
        });
    }
    // Send, wait for the final answer.  return  { bytes, ended, answer or null }
    exchange(text, headless, cutMs) {
        return new Promise((done) => {
            const finish = () => {
                let at = 0;
                let m = null;
                while ((m = take(this.text.slice(at), { answer: true, headless, ended: this.over })) !== null) {
                    at += m.bytes;
                    if (m.status >= 200) break;
                }
                if (m === null && !this.over && !this.late) return;
                clearTimeout(this.timer);
                this.changed = () => {};
                const bytes = m === null ? this.text : this.text.slice(0, at);
                this.text = this.text.slice(bytes.length);
                done({ bytes, ended: this.over, answer: m });
            };
            this.late = false;
            this.changed = finish;
            this.timer = setTimeout(() => { this.late = true; finish(); this.socket.destroy(); }, cutMs || TIMEOUT_MS);
            this.socket.write(Buffer.from(text, 'latin1'));
            if (this.over) finish();
        });
    }
}

class Visitor {
    // world: { observer, policies, port(secure), now(), tokens, count }
    constructor(world) {
        Object.assign(this, { world, jar: new Jar(), backups: [], wires: new Map(), gpc: chance(0.25) });
        this.policy = pick(world.policies);
        this.move();
    }
    move() {
        this.policy = chance(0.3) ? pick(this.world.policies) : this.policy;
        this.secure = chance(0.4);
        this.host = pick(this.policy.hosts).replace('*', pick(['shop', 'www']));
    }
    async ask(method, path, { body = null, fields = '', extra = [] } = {}) {
        const { world } = this;
        const now = world.now();
        const [plain] = path.split('?');
        const stored = this.jar.matching(this.host, plain, this.secure, now);
        const cookies = [...stored.map((c) => (c.name === '' ? c.value : `${c.name}=${c.value}`)), ...extra];
        const half = chance(0.1) ? Math.floor(cookies.length / 2) : 0;
        const lines = [cookies.slice(0, half), cookies.slice(half)].filter((l) => l.length > 0)
            .map((l) => `${pick(['Cookie', 'Cookie', 'cookie', 'COOKIE'])}: ${l.join(pick(['; ', '; ', ';', ' ;  ']))}\r\n`).join('');
        const length = body === null ? '' : `Content-Length: ${body.length}\r\n`;
        const id = nextId++;
        const start = `${method} ${path.replace('n=0', `n=${id}`)} HTTP/1.1\r\nHost: ${this.host}\r\nAccept: text/html\r\n`;
        const text = `${start}${this.gpc ? 'Sec-GPC: 1\r\n' : ''}${lines}${fields}${length}\r\n${body ?? ''}`;
        const key = `${this.secure} ${this.host}`;
        let wire = this.wires.get(key);
        if (!wire || wire.over || chance(0.1)) {
            if (wire) wire.socket.destroy();
            wire = await Wire.open(world.port(this.secure), this.secure, this.host);
            this.wires.set(key, wire);
        }
        const x = world.observer.begin(id, this.secure, text, world.now());
        const r = await wire.exchange(text, method === 'HEAD', chance(0.01) ? Math.random() * 20 : 0);
        world.observer.end(x, r.bytes, r.ended, world.now());
        if (r.answer === null) {
            world.count.broken++;
            this.wires.delete(key);
            return null;
        }
        for (const line of r.answer.all('set-cookie')) {
            const c = parseSetCookie(line);
            if (/assent$/.test(c.name) && c.value !== '') world.keep(c.value);
            this.jar.store(this.host, plain, this.secure, line, world.now());
        }
        if (/close/i.test(r.answer.all('connection').join())) this.wires.delete(key);
        return r.answer;
    }
    hangUp() {
        for (const wire of this.wires.values()) wire.socket.destroy();
        this.wires.clear();
    }
    put(name, text, more = '') {
        this.jar.store(this.host, '/', this.secure, `${name}=${text}; Path=${pick(['/', '/', '/shop/'])}${more}`, this.world.now());
    }
    get token() {
        return this.secure ? '__Host-assent' : 'assent';
    }
    // A script of the page, a thief, a careless user.
    meddle() {
        const all = this.world.policies.flatMap((p) => p.cookies);
        const name = spell(pick(chance(0.8) ? this.policy.cookies : all).name);
        const stored = [...this.jar.cookies.values()].filter((c) => /assent$/.test(c.name));
        switch (Math.floor(Math.random() * 8)) {
        case 0: case 1: case 2:
            return this.put(name, value(name), chance(0.3) ? `; Domain=${this.host}` : '');
        case 3:
            return this.put('zz_script', value('zz_script'));
        case 4:
            for (const c of stored) c.value = c.value.slice(0, 9) + pick(['A', 'B', '-']) + c.value.slice(10);
            return undefined;
        case 5:
            for (const c of stored) c.value = pick(this.world.tokens) || c.value;
            return undefined;
        case 6:
            this.backups.push(this.jar.copy());
            this.backups = this.backups.slice(-4);
            return undefined;
        default:
            this.jar = this.backups.length > 0 && chance(0.7) ? pick(this.backups).copy() : new Jar();
            return undefined;
        }
    }
    async visit() {
        const path = pick(['/', '/', '/shop/', '/echo', '/echo', '/pixel.gif', '/shop/deep/er', '/a/b/c']) + '?n=0';
        const method = pick(['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST']);
        const odd = ['Assent-Consent: essential, analytics, advertising\r\n', 'Cookie2: $Version=1\r\n', 'Connection: cookie\r\n'];
        const forged = chance(0.1) ? pick(odd) : '';
        const extra = chance(0.1) && this.world.tokens.length > 0 ? [`${this.token}=${pick(this.world.tokens)}`] : [];
        return this.ask(method, path, { body: method === 'POST' ? 'a=b' : null, fields: forged, extra });
    }
    // One choice or right, by form or by the JSON interface.
    async choose() {
        const { policy } = this;
        const age = policy.adult > 0 ? pick(['&age=yes', '&age=yes', '&age=yes', '&age=no', '']) : '';
        if (chance(0.3)) return this.chooseByScript();
        const page = await this.ask('GET', '/.consent/');
        const form = page && /name="form" value="([^"]+)"/.exec(page.body);
        if (!form) return null;
        const all = ['', `assent=all${age}`];
        const [path, body] = pick([all, all, all, ['', 'assent=none'], ['', 'assent=withdraw&from=preferences'],
            ['', `assent=save&t=analytics${age}`], ['', `assent=save&t=advertising${age}`], ['', `assent=save${age}`],
            ['erase', 'on=1'], [pick(['restrict', 'object']), 'on=1'], [pick(['restrict', 'object']), 'on=0']]);
        const site = chance(0.05) ? 'Sec-Fetch-Site: cross-site\r\n' : 'Sec-Fetch-Site: same-origin\r\n';
        let r = await this.ask('POST', `/.consent/${path}`, { body: `${body}&form=${encodeURIComponent(form[1])}&back=/`,
            fields: `Content-Type: application/x-www-form-urlencoded\r\n${site}` });
        for (let i = 0; i < 3 && r && r.status === 303; i++) r = await this.ask('GET', r.all('location')[0]);
        return r;
    }
    chooseByScript() {
        const json = {};
        if (chance(0.2)) return this.ask('DELETE', '/.consent/state', { fields: 'Sec-Fetch-Site: same-origin\r\n' });
        if (chance(0.8)) json.analytics = chance(0.6);
        if (chance(0.6)) json.advertising = chance(0.6);
        if (chance(0.1)) json[pick(['restricted', 'objected'])] = chance(0.5);
        if (this.policy.adult > 0) json.age_confirmed = chance(0.8);
        return this.ask('PUT', '/.consent/state', { body: JSON.stringify(json),
            fields: `Content-Type: application/json\r\nSec-Fetch-Site: ${chance(0.05) ? 'cross-site' : 'same-origin'}\r\n` });
    }
    // Some minutes of somebody's day.
    async step() {
        if (chance(0.15)) this.move();
        if (chance(0.3)) this.meddle();
        if (chance(0.25)) await this.choose();
        await this.visit();
    }
}

module.exports = { Visitor };
