// SPDX-License-Identifier: MIT
// The power fails in each flash operation of a choice, and of the first start: what was answered is there
// afterwards, and what was not is there as a whole or not at all.
'use strict';
const fs = require('fs');
const path = require('path');
const { assert, test, main, exec, scratch, program, freePorts } = require('./harness.js');
const { Visitor } = require('./visits.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const options = (flash, ...more) => ['--sites', 'build/policies', '--flash', flash, '--clock', 'start=1795000000,frozen', ...more];
const operations = async (sim) => (await sim.stats()).flash_operations;

// Records in an image, after the store was checked.
async function contents(flash) {
    const check = await exec(assent, ['store', 'check', flash]);
    assert.strictEqual(check.code, 0, `${check.stdout}${check.stderr}`);
    const dump = await exec(assent, ['store', 'dump', flash]);
    return dump.stdout.split('\n').filter((line) => line.includes('"space":"consent"')).length;
}

test('a_power_cut_in_a_choice_leaves_it_whole_or_not_at_all', async (start) => {
    const base = path.join(scratch, 'base.img');
    const flash = path.join(scratch, 'cut.img');
    await (await start(options(base))).stop();

    // How many operations the start takes, and the choice.
    fs.copyFileSync(base, flash);
    let sim = await start(options(flash));
    const first = await operations(sim);
    const calm = new Visitor(sim);
    await calm.get('/');
    const before = await operations(sim);
    await calm.post('/.consent/', 'assent=all&age=yes');
    const last = await operations(sim);
    await sim.stop();
    assert(before >= first && last > before + 2, `${first} ${before} ${last}`);

    let kept = 0;
    let lost = 0;
    for (let n = before + 1; n <= last; n++) {
        fs.copyFileSync(base, flash);
        sim = await start(options(flash, '--fault', n));
        const v = new Visitor(sim);
        await v.get('/');
        const page = await v.get('/.consent/');
        const form = /name="form" value="([^"]+)"/.exec(page.body)[1];
        let answered = true;
        await v.ask('POST', '/.consent/', `assent=all&age=yes&form=${form}`).catch(() => { answered = false; });
        assert.strictEqual(await sim.exited, 70, `operation ${n}: ${sim.errors}`);
        Object.assign(sim, { errors: '', code: 70 });
        sim = await start(options(flash));
        v.sim = sim;
        const told = /"analytics":\{"allowed":true/.test((await v.get('/.consent/state')).body);
        await sim.stop();
        const records = await contents(flash);
        assert(records === 0 || records === 1, `operation ${n}: ${records} records`);
        // What was answered is durable; who got no answer has no token and is asked again.
        assert.strictEqual(told, answered, `operation ${n}`);
        if (answered) assert(records > 0, `operation ${n}`);
        if (records > 0) kept++;
        else lost++;
    }
    assert(lost > 0, `${kept} kept, ${lost} lost`);
});

test('a_power_cut_in_the_first_start_is_made_good_by_the_second', async (start) => {
    const flash = path.join(scratch, 'new.img');
    let sim = await start(options(flash));
    const all = await operations(sim);
    await sim.stop();
    for (let i = 0; i < 12; i++) {
        fs.rmSync(flash, { force: true });
        const n = 1 + Math.floor((all - 1) * i / 11);
        const ports = await freePorts(3);
        const made = await exec(program, ['--http', ports[0], '--https', ports[1], '--admin', ports[2], '--control',
            ...options(flash, '--fault', n)].map(String), 'quit\n');
        assert.strictEqual(made.code, 70, `operation ${n}: ${made.stderr}`);
        sim = await start(options(flash));
        const v = new Visitor(sim);
        await v.accept();
        assert.match((await v.get('/.consent/state')).body, /"analytics":\{"allowed":true/);
        await sim.stop();
    }
});

main();
