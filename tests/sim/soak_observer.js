// SPDX-License-Identifier: MIT
// The observer of the soak: sees the bytes on the wire on both sides of the gate, and nothing else. What
// may pass it knows from the sources of the policies and from the choices that it saw made and
// acknowledged. Its answer to "may this cookie pass now" is the most that can be right: where a power cut
// leaves open whether a choice was kept, both are right.
'use strict';
const fs = require('fs');
const path = require('path');
const { take, parseSetCookie, parseCookies, lifetime } = require('./soak_wire.js');

const OPTIONAL = ['analytics', 'advertising'];
const DAY_S = 86400;
const BROKEN_MS = 10000;
const SLACK_S = 5; // between the device's clock and the observer's
const UNITS_S = { second: 1, minute: 60, hour: 3600, day: DAY_S };

// What the observer wants to know of a policy: hosts, the tier and life of each cookie.
function readPolicy(file) {
    const text = fs.readFileSync(file, 'utf8');
    const p = JSON.parse(text.replace(/("(?:\\.|[^"\\])*")|\/\*[^]*?\*\/|\/\/[^\n]*/g, (_, string) => string || ''));
    const tiers = Object.entries(p.tiers).flatMap(([tier, t]) => t.purposes.map((purpose) => [purpose.id, tier]));
    const tierOf = new Map(tiers);
    const cookies = p.cookies.map((c) => {
        const [count, unit] = c.lifetime.split(' ');
        return { name: c.name, tier: tierOf.get(c.purpose), maxS: count === 'session' ? 0 : count * UNITS_S[unit.replace(/s$/, '')] };
    });
    const offered = OPTIONAL.filter((t) => p.tiers[t]);
    return { id: p.id, hosts: p.sites, cookies, offered, optOut: p.regime === 'us', adult: p.minimum_age || 0, days: p.days.grant };
}

function readPolicies(folder) {
    const files = fs.readdirSync(folder).filter((f) => f.endsWith('.json') && !f.endsWith('.schema.json'));
    return files.map((f) => readPolicy(path.join(folder, f)));
}

const serves = (pattern, host) => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern);
const policyOf = (policies, host) => policies.find((p) => p.hosts.some((h) => serves(h, host)));

class Observer {
    constructor(policies) {
        Object.assign(this, { policies, tokens: new Map(), exchanges: new Map(), violations: [] });
        this.count = { requests: 0, answers: 0, choices: 0, bytes: 0, offered: 0, sent: {}, reached: {}, set: {} };
    }
    blame(what, x, detail) {
        const { id, policy, secure, start, may } = x;
        const place = `exchange ${id} ${policy.id} ${secure ? 'https' : 'http'} ${start}`;
        const told = x.states.map((s) => (s ? s.history.slice(-6).join(' ') : 'nothing said')).join('; ');
        this.violations.push(`${what}: ${place}, may ${[...may].join('+')}; known: ${told}; ${detail}`);
    }
    add(group, tier) {
        this.count[group][tier] = (this.count[group][tier] || 0) + 1;
    }

    // ---- what may pass ----

    rowOf(policy, name) {
        const rows = policy.cookies.filter((c) => c.name.endsWith('*') && name.startsWith(c.name.slice(0, -1)));
        return policy.cookies.find((c) => c.name === name) || rows.sort((a, b) => b.name.length - a.name.length)[0];
    }
    tierOf(policy, name) {
        return this.rowOf(policy, name)?.tier || 'unknown';
    }
    // Optional tiers that a state may allow at a time; no state: nothing was said.
    allows(policy, state, gpc, nowS) {
        if (state && (state.erased || state.restricted || state.objected)) return [];
        return policy.offered.filter((tier) => {
            const held = state && Object.values(state.given[tier] || {}).some((g) => nowS < g.at + policy.days * DAY_S + SLACK_S &&
                !(policy.optOut && gpc && tier === 'advertising' && !g.gpc));
            const open = policy.optOut && !(state && state.answered.has(tier)) && !(gpc && tier === 'advertising');
            return held || open;
        });
    }
    widen(x, nowS) {
        for (const state of x.states) for (const tier of this.allows(x.policy, state, x.gpc, nowS)) x.may.add(tier);
    }
    // A grant that is on its way may count from now on, also for what is under way.
    raise(state, nowS) {
        for (const x of this.exchanges.values()) if (!x.ended && x.states.includes(state)) this.widen(x, nowS);
    }
    // The states behind the tokens in a request that may be the newest. The same choice again leaves a token
    // as old as it was, so that its age is known within bounds only.
    statesOf(policy, secure, cookies) {
        const name = secure ? '__Host-assent' : 'assent';
        const known = cookies.filter((c) => c.name === name).map((c) => this.tokens.get(`${policy.id} ${c.value}`)).filter(Boolean);
        const newest = Math.max(...known.map((t) => t.firstS));
        const states = known.filter((t) => t.lastS >= newest - 1).map((t) => t.state);
        return states.length > 0 ? states : [null];
    }

    // ---- the browser's side ----

    // A request as it goes out to the gate.
    begin(id, secure, bytes, nowS) {
        const m = take(bytes);
        const [method, target] = m.start.split(' ');
        const host = m.all('host')[0].split(':')[0];
        const policy = policyOf(this.policies, host);
        const cookies = parseCookies(m.all('cookie'));
        const x = { id, secure, policy, method, start: m.start, path: target.split('?')[0], message: m, ended: false };
        x.may = new Set(['essential']);
        x.gpc = m.all('sec-gpc').includes('1');
        x.states = this.statesOf(policy, secure, cookies);
        x.change = this.readChange(x);
        x.doneMs = Infinity;
        x.beganMs = Date.now();
        this.widen(x, nowS);
        if (x.change) this.mayBeDone(x, nowS);
        this.exchanges.set(id, x);
        if (this.exchanges.size > 4000) this.exchanges.delete(this.exchanges.keys().next().value);
        this.count.requests++;
        this.count.bytes += bytes.length;
        for (const c of cookies) this.add('sent', /^(__Host-)?assent$/.test(c.name) ? 'token' : this.tierOf(policy, c.name));
        return x;
    }
    // What came back, all of it; complete or not.
    end(x, bytes, ended, nowS) {
        let rest = bytes;
        let m;
        this.count.bytes += bytes.length;
        this.widen(x, nowS);
        while ((m = take(rest, { answer: true, headless: x.method === 'HEAD', ended })) !== null) {
            rest = rest.slice(m.bytes);
            this.look(x, m, nowS);
        }
        if (rest.length > 0) this.lookAtPiece(x, rest, nowS);
        this.bytesOf(x, bytes, 'towards the browser');
        x.ended = true;
        // What broke off may still be on its way.
        x.doneMs = Date.now() + (x.answered ? 0 : BROKEN_MS);
        delete x.message;
    }
    // An answer that broke off: whole lines of it count all the same.
    lookAtPiece(x, text, nowS) {
        for (const line of text.split('\r\n').slice(0, -1)) {
            const at = line.indexOf(':');
            const value = line.slice(at + 1).trim();
            if (/^set-cookie2?$/i.test(line.slice(0, at).trim())) this.judge(x, value, nowS, 'in a broken answer');
        }
    }
    look(x, m, nowS) {
        const final = m.status >= 200;
        this.count.answers += final ? 1 : 0;
        x.answered = final;
        // The device's own clock, which runs ahead in leaps.
        const dateS = Math.floor((Date.parse(m.all('date')[0]) || nowS * 1000) / 1000);
        const changed = final && this.settle(x, m, dateS);
        for (const [name, value] of m.fields) {
            if (name === 'set-cookie2') this.blame('Set-Cookie2 passed', x, value);
            else if (name === 'set-cookie' && !final) this.blame('Set-Cookie in an interim answer', x, value);
            else if (name === 'set-cookie') this.judge(x, value, dateS, '', changed);
        }
        for (const [name, value] of m.trailers) if (name.startsWith('set-cookie')) this.blame('Set-Cookie in trailers', x, value);
        if (x.path === '/echo' && /^cookie: /m.test(m.body)) this.reached(x, [...m.body.matchAll(/^cookie: (.*)$/gm)].map((g) => g[1]));
        const list = /<ul id="passed">([^]*?)<\/ul>/.exec(m.body);
        if (list) this.reached(x, [...list[1].matchAll(/<code>([^<]*)</g)].map((g) => `${g[1]}=`));
    }
    judge(x, value, nowS, where, changed = false) {
        const c = parseSetCookie(value);
        const life = lifetime(c, nowS);
        const tier = this.tierOf(x.policy, c.name);
        if (life !== null && life <= 0) {
            if (c.value !== '' && c.name !== '') this.blame('a deletion with a value', x, value);
            return;
        }
        if (/^(__Host-)?assent$/i.test(c.name)) {
            // An answer to a choice may break off behind its token; nobody keeps that.
            if (!changed && !(x.change && where !== '')) this.blame(`a token without a choice ${where}`, x, value);
            return;
        }
        this.add('set', tier);
        if (!x.may.has(tier)) {
            this.blame(`Set-Cookie of tier ${tier} passed ${where}`, x, value);
            return;
        }
        const row = this.rowOf(x.policy, c.name);
        if (life !== null && life > row.maxS + SLACK_S) this.blame(`a life of more than ${row.maxS} s`, x, value);
    }
    // Values that the soak's own cookies have name them: v~NAME~. Wherever such bytes turn up.
    bytesOf(x, bytes, where) {
        for (const [, name] of bytes.matchAll(/v~([^~\r\n]*)~/g)) {
            const tier = this.tierOf(x.policy, name);
            if (!x.may.has(tier)) this.blame(`bytes of a cookie of tier ${tier} ${where}`, x, name);
        }
    }

    // ---- the application's side ----

    reached(x, values) {
        for (const { name } of parseCookies(values)) {
            const tier = this.tierOf(x.policy, name);
            this.add('reached', tier);
            if (/^(__Host-)?assent$/i.test(name)) this.blame('the token reached the application', x, name);
            else if (!x.may.has(tier)) this.blame(`Cookie of tier ${tier} reached the application`, x, name);
        }
    }
    // One request as the application got it. Its target says which of the browser's it is.
    application(bytes) {
        const m = take(bytes);
        const x = this.exchanges.get(Number((/[?&]n=(\d+)/.exec(m.start) || [])[1]));
        this.count.bytes += bytes.length;
        if (!x) return;
        this.reached(x, m.fields.filter(([name]) => /^cookie2?$/.test(name)).map((f) => f[1]));
        this.bytesOf(x, bytes, 'towards the application');
        for (const value of m.all('assent-consent')) {
            const more = value.split(',').map((t) => t.trim()).filter((t) => !x.may.has(t));
            if (more.length > 0) this.blame('the application was told of more than is allowed', x, value);
        }
    }
    // What the application answered, before the gate.
    offered(bytes) {
        this.count.bytes += bytes.length;
        this.count.offered += (bytes.match(/^set-cookie2?[ \t]*:/gim) || []).length;
    }

    // ---- choices ----

    // What a request asks for, or null.
    readChange(x) {
        const { method, policy, message: m } = x;
        const change = { grant: [], refuse: [], foreign: false };
        const all = (set) => policy.offered.filter((t) => set.includes(t));
        const site = m.all('sec-fetch-site')[0];
        change.foreign = site !== undefined && site !== 'same-origin';
        if (method === 'PUT' && x.path === '/.consent/state') {
            let json;
            try { json = JSON.parse(m.body); } catch { return null; }
            change.grant = all(OPTIONAL.filter((t) => json[t] === true));
            change.refuse = all(OPTIONAL.filter((t) => json[t] === false));
            for (const flag of ['restricted', 'objected']) if (flag in json) change[flag] = json[flag];
            return change;
        }
        if (method === 'DELETE' && x.path === '/.consent/state') return { ...change, erase: true };
        if (method !== 'POST' || !x.path.startsWith('/.consent/')) return null;
        const form = new URLSearchParams(m.body);
        const on = form.get('on');
        switch (x.path) {
        case '/.consent/erase': return { ...change, erase: true };
        case '/.consent/restrict': return { ...change, restricted: on === '1' };
        case '/.consent/object': return { ...change, objected: on === '1' };
        case '/.consent/': break;
        default: return null;
        }
        if (form.get('assent') === 'all') change.grant = policy.offered;
        else if (form.get('assent') === 'save') change.grant = all(form.getAll('t'));
        if (policy.adult > 0 && form.get('age') === 'no') change.grant = [];
        change.refuse = policy.offered.filter((t) => !change.grant.includes(t));
        return change;
    }
    // What gives is kept, it may be, although its answer never comes.
    mayBeDone(x, nowS) {
        const state = x.states[0];
        if (!state || !state.subject || state.erased) return;
        state.changes = state.changes.filter((y) => y.doneMs >= x.beganMs);
        state.changes.push(x);
        // Whom an erasure has made nobody begins without restrictions.
        for (const flag of ['restricted', 'objected']) if (x.change.erase || x.change[flag] === false) state[flag] = false;
        for (const tier of x.change.grant) (state.given[tier] ??= {})[x.id] = { at: nowS, gpc: x.gpc };
        this.raise(state, nowS);
    }
    // The answer to a change.  return  whether it was acknowledged
    settle(x, m, nowS) {
        const { change } = x;
        if (!change) return false;
        const done = m.status === 303 || m.status === 200;
        const old = x.states[0];
        const tokens = m.all('set-cookie').map(parseSetCookie).filter((c) => /^(__Host-)?assent$/.test(c.name));
        if (!tokens.some((c) => c.value !== '')) {
            if (!done && old) for (const tier of change.grant) delete (old.given[tier] || {})[x.id];
            return false;
        }
        // A change of several parts that fails half-way may have been done in part: what it took away does
        // not count, what it gave does.
        if (!done) x.change = this.giving(change);
        // Of two changes of one record at the same time nobody outside knows which came last.
        if (old && old.changes.some((y) => y !== x && y.doneMs >= x.beganMs)) x.change = this.giving(x.change);
        if (change.foreign) this.blame('a choice from another site was taken', x, '');
        this.count.choices++;
        const state = this.apply(x, old, nowS);
        const line = `[${x.id} ${x.start.split(' ', 2).join(' ')} ${m.status} ${JSON.stringify(x.change)}]`;
        for (const s of new Set([old, state])) if (s) s.history.push(line);
        for (const c of tokens) {
            if (c.value !== '') {
                const known = this.tokens.get(`${x.policy.id} ${c.value}`);
                const firstS = Math.min(state.firstS, known ? known.firstS : nowS);
                this.tokens.set(`${x.policy.id} ${c.value}`, { state, firstS, lastS: nowS });
            }
        }
        for (const tier of this.allows(x.policy, state, x.gpc, nowS)) x.may.add(tier);
        // The answer itself is already under what was chosen.
        x.may = new Set(['essential', ...this.allows(x.policy, state, x.gpc, nowS)]);
        return true;
    }
    // Of a change, what does not take away.
    giving(change) {
        const lifted = (flag) => (change[flag] === false ? false : undefined);
        return { ...change, refuse: [], keep: true, restricted: lifted('restricted'), objected: lifted('objected') };
    }
    apply(x, old, nowS) {
        const { change } = x;
        const flags = { subject: false, erased: false, restricted: false, objected: false };
        const fresh = () => ({ ...flags, given: {}, answered: new Set(), firstS: nowS, changes: [], history: [] });
        if (change.erase) {
            if (old && old.subject && !change.keep) old.erased = true;
            return { ...fresh(), answered: new Set(OPTIONAL) };
        }
        let state = old;
        if (!old || old.erased) state = fresh();
        else if (!old.subject) state = { ...old, changes: [], history: [...old.history], given: { ...old.given } };
        state.answered = new Set(state.answered);
        for (const tier of change.refuse) delete state.given[tier];
        for (const tier of change.grant) state.given[tier] = { [x.id]: { at: nowS, gpc: x.gpc } };
        for (const tier of [...change.refuse, ...change.grant]) state.answered.add(tier);
        state.restricted = change.restricted ?? state.restricted;
        state.objected = change.objected ?? state.objected;
        state.subject = state.subject || change.grant.length > 0;
        if (change.grant.length > 0 || change.restricted === false || change.objected === false) this.raise(state, nowS);
        return state;
    }
}

module.exports = { Observer, readPolicies, policyOf };
