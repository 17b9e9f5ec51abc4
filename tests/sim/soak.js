// SPDX-License-Identifier: MIT
// A day at the gate: visitors by the dice, restarts, kills, power cuts, a clock that runs ahead; an observer
// on both sides who must not see one byte pass that nobody allowed.
//   node tests/sim/soak.js PROGRAM          a part of a day, and that the observer sees what it must see
//   SOAK_HOURS=24                           hours of the device's clock
//   SOAK_SECONDS=3600                       give up after so long; 0: take all the time there is
'use strict';
const fs = require('fs');
const path = require('path');
const { assert, test, main, sleep, freePorts, Sim, exec, scratch } = require('./harness.js');
const { Observer, readPolicies } = require('./soak_observer.js');
const { startSite, pick, chance } = require('./soak_site.js');
const { Visitor } = require('./soak_visitor.js');

const EXIT_POWER = 70; // SIM_EXIT_POWER of board/sim/power.h
const START_S = 1790000000;
const LED = ['selfmento', 'prointerview', 'procomm-voices']; // sites with an application behind them
const VISITORS = 24;
const AT_ONCE = 5;
const FALL_MS = 6000; // at the latest, the device goes away
const DAY_S = 86400;
const STEP_MS = 5000; // of the clock, for each visitor's step
const SECONDS = Number(process.env.SOAK_SECONDS || 60);

class Soak {
    constructor(folder, flash) {
        Object.assign(this, { folder, flash, policies: readPolicies('core/policies'), tokens: [], sim: null });
        this.observer = new Observer(this.policies);
        this.count = { steps: 0, broken: 0, restarts: 0, kills: 0, cuts: 0, leaps: 0, clockS: 0 };
        this.clockMs = START_S * 1000;
        this.realMs = Date.now();
        this.fellMs = Date.now();
        this.falls = 0;
    }
    now() {
        return (this.clockMs + Date.now() - this.realMs) / 1000;
    }
    port(secure) {
        return secure ? this.sim.https : this.sim.http;
    }
    keep(token) {
        this.tokens.push(token);
        if (this.tokens.length > 300) this.tokens.splice(Math.floor(Math.random() * 200), 1);
    }
    setClock(ms) {
        this.clockMs = ms;
        this.realMs = Date.now();
    }
    async boot(fault = 0) {
        for (;;) {
            const startS = Math.ceil(this.now());
            const led = LED.flatMap((site) => ['--upstream', `${site}=127.0.0.1:${this.site.port}`]);
            const options = ['--sites', this.folder, '--flash', this.flash, '--clock', `start=${startS}`, ...led];
            this.setClock(startS * 1000);
            try {
                this.sim = await Sim.start(fault > 0 ? [...options, '--fault', fault] : options, await freePorts(3));
                this.watch(this.sim);
                return;
            } catch (error) {
                // The power may fail while it starts.
                if (fault === 0) throw error;
                this.count.cuts++;
                fault = 0;
            }
        }
    }
    // Notes how it ends.
    watch(sim) {
        sim.exited.then((code) => {
            if (code === EXIT_POWER) this.count.cuts++;
            else if (code !== 0 && code !== 'SIGKILL') this.failed = `the simulator ended with ${code}: ${sim.errors}`;
            sim.over = true;
        });
    }
    async advance(ms) {
        const moved = await Promise.race([this.sim.advance(ms).catch(() => null), this.sim.exited.then(() => null)]);
        // Of a device that falls meanwhile nobody knows how far it came: time does not run back.
        this.setClock(this.clockMs + ms + Date.now() - this.realMs);
        this.count.clockS += moved !== null ? ms / 1000 : 0;
    }
    // One of the ways in which a device goes away and comes back, in turn.
    async fall() {
        this.falls++;
        this.fellMs = Date.now();
        if (!this.sim.over) {
            if (this.falls % 2 === 1) {
                this.sim.child.kill('SIGKILL');
                this.count.kills++;
            } else {
                this.sim.child.stdin.write('quit\n');
                this.count.restarts++;
            }
            await this.sim.exited;
        }
        for (const v of this.visitors) v.hangUp();
        if (chance(0.1)) {
            this.setClock(Math.round(this.now() * 1000) + pick([1, 3, 20, 90]) * DAY_S * 1000);
            this.count.leaps++;
        }
        await this.boot(this.falls % 3 !== 0 ? 1 + Math.floor(Math.random() * pick([20, 200, 2000])) : 0);
    }
    async clock(goalS) {
        let moved = 0;
        let hourS = 3600;
        while (!this.stop && !this.failed) {
            if (this.sim.over || chance(0.02) || Date.now() - this.fellMs > FALL_MS) {
                this.pause = true;
                await this.fall();
                this.pause = false;
            }
            await sleep(20);
            const steps = this.count.steps - moved;
            moved += steps;
            if (steps > 0) await this.advance(Math.round(steps * STEP_MS * 2 * Math.random()));
            if (this.count.clockS >= hourS) {
                if (SECONDS === 0) console.log(`${Math.round(hourS / 3600)} h, ${this.observer.count.requests} requests`);
                hourS += 3600;
            }
            this.stop = this.stop || this.count.clockS >= goalS;
        }
    }
    async work() {
        while (!this.stop && !this.failed) {
            const v = this.idle.pop();
            await v.step();
            this.count.steps++;
            this.idle.splice(Math.floor(Math.random() * (this.idle.length + 1)), 0, v);
            while (this.pause && !this.failed) await sleep(20);
        }
    }
    // Run for so many hours of the clock, or so many seconds of this machine's, which may become four
    // times as many until enough has happened. 0 seconds: as long as it takes.
    async run(hours, seconds, enough) {
        this.site = await startSite(this.observer);
        await this.boot();
        this.visitors = Array.from({ length: VISITORS }, () => new Visitor(this));
        this.idle = [...this.visitors];
        const beganMs = Date.now();
        const timer = seconds > 0 ? setInterval(() => {
            const passedS = (Date.now() - beganMs) / 1000;
            this.stop = this.stop || (passedS > seconds && enough(this)) || passedS > 4 * seconds;
        }, 500) : null;
        await Promise.all([this.clock(hours * 3600), ...Array.from({ length: AT_ONCE }, () => this.work())]);
        clearInterval(timer);
        for (const v of this.visitors) v.hangUp();
        if (!this.sim.over) this.sim.child.stdin.write('quit\n');
        await this.sim.exited;
        await this.site.stop();
        assert(!this.failed, this.failed);
    }
    report() {
        const { count: c } = this;
        const o = this.observer.count;
        const tiers = (group) => Object.entries(o[group]).map(([t, n]) => `${n} ${t}`).join(', ');
        console.log([
            `${(c.clockS / 3600).toFixed(1)} h of the clock and ${c.leaps} leaps of 1 to 90 days`,
            `${o.requests} requests, ${o.answers} answers, ${c.broken} exchanges broken`,
            `${o.choices} choices, ${c.restarts} restarts, ${c.kills} kills, ${c.cuts} power cuts`,
            `${o.bytes} bytes looked at`,
            `cookies sent by browsers: ${tiers('sent')}`,
            `reached a site: ${tiers('reached')}`,
            `Set-Cookie offered by the application: ${o.offered}; set in browsers: ${tiers('set')}`,
            `violations: ${this.observer.violations.length}`,
        ].join('\n'));
    }
}

// A gate that lets nothing through, or a device that never falls, would show nothing.
function isMeaningful(soak) {
    const { reached, set } = soak.observer.count;
    const { kills, restarts, cuts } = soak.count;
    const passed = ['essential', 'analytics', 'advertising'].every((tier) => reached[tier] > 20 && set[tier] > 20);
    return passed && kills > 0 && restarts > 0 && cuts > 0;
}

test('nothing_passes_that_nobody_allowed_through_choices_restarts_and_power_cuts', async () => {
    const soak = new Soak('build/policies', `${scratch}/soak.img`);
    await soak.run(Number(process.env.SOAK_HOURS || 24), SECONDS, isMeaningful);
    soak.report();
    assert.deepStrictEqual(soak.observer.violations.slice(0, 20), []);
    assert(isMeaningful(soak));
}, SECONDS > 0 ? (4 * SECONDS + 60) * 1000 : 24 * 3600 * 1000);

// The gate is given a policy that calls one cookie of a site essential; the observer reads the true one.
async function leaky(policy, name) {
    const folder = `${scratch}/leaky-${policy}`;
    const source = `${folder}/core`;
    fs.cpSync('build/policies', folder, { recursive: true });
    fs.cpSync('core/policies', source, { recursive: true });
    const file = path.join(source, `${policy}.json`);
    const text = fs.readFileSync(file, 'utf8');
    const purpose = /"essential": \{\s*"purposes": \[\s*\{\s*"id": "([^"]+)"/.exec(text)[1];
    const changed = text.replace(new RegExp(`("name": "${name}", "purpose": ")[^"]+`), `$1${purpose}`);
    assert.notStrictEqual(changed, text);
    fs.writeFileSync(file, changed);
    const r = await exec(process.env.ASSENT || 'build/tools/assent', ['policy', 'compile', file, '-o', `${folder}/${policy}.img`]);
    assert.strictEqual(r.code, 0, r.stderr);
    return folder;
}

for (const [policy, name] of [['selfmento', '_gid'], ['prokoders', 'pk_usage']]) {
    test(`the_observer_sees_it_if_the_gate_lets_${name}_pass`, async () => {
        const soak = new Soak(await leaky(policy, name), `${scratch}/${policy}.img`);
        const { violations } = soak.observer;
        const inward = () => violations.some((v) => v.includes('reached the application') && v.endsWith(name));
        const outward = () => violations.some((v) => v.startsWith('Set-Cookie of tier analytics passed'));
        await soak.run(24, 5, () => inward() && outward());
        assert(inward() && outward(), violations.join('\n'));
        assert(violations.every((v) => v.includes(name) || v.includes('more than is allowed')), violations.join('\n'));
    });
}

main();
