// SPDX-License-Identifier: MIT
// What may run before and after a choice under the law of the United Kingdom: statistics until objected to,
// advertising never without a yes (PECR Sch. A1).
'use strict';
const { assert, test, main, sitesWith } = require('./harness.js');
const { Visitor } = require('./visits.js');

const sites = () => sitesWith('build/policies/samples/uk.img');

const tiers = async (v) => {
    const { tiers: all } = JSON.parse((await v.get('/.consent/state')).body);
    return ['analytics', 'advertising'].map((one) => `${all[one].allowed ? 'on' : 'off'}: ${all[one].reason}`);
};
const kept = (v) => [...v.jar.keys()].filter((name) => name.startsWith('uk_')).sort();
// What of the cookies below reaches the site.
async function passes(v) {
    for (const name of ['uk_session', 'uk_visits', 'uk_ads']) v.jar.set(name, '7');
    const { body } = await v.get('/echo');
    return ['uk_session', 'uk_visits', 'uk_ads'].filter((name) => body.includes(`${name}=7`));
}

test('statistics_run_until_objected_to_and_advertising_waits_for_a_yes', async (start) => {
    const sim = await start(sites());
    const v = new Visitor(sim, 'uk');
    const page = (await v.get('/')).body;
    assert.match(page, /data-assent-state="ask"/);
    assert.match(page, /Statistics run unless you object; advertising waits for your choice\./);
    assert(page.indexOf('Counts visits, for us alone.') < page.indexOf('<button'), 'told before asked');
    assert.deepStrictEqual(await tiers(v), ['on: not_objected', 'off: undecided']);
    await v.get('/');
    assert(kept(v).includes('uk_visits'));
    assert(!kept(v).includes('uk_ads'));
    assert.deepStrictEqual(await passes(v), ['uk_session', 'uk_visits']);

    const objected = await v.post('/.consent/object', 'on=1');
    assert.strictEqual(objected.status, 303);
    assert(!kept(v).includes('uk_visits') && !kept(v).includes('uk_ads'), kept(v).join());
    assert.deepStrictEqual(await tiers(v), ['off: objected', 'off: objected']);
    for (let i = 0; i < 3; i++) await v.get('/');
    assert.deepStrictEqual(kept(v), ['uk_session']);
    assert.deepStrictEqual(await passes(v), ['uk_session']);

    // Whoever takes it back has statistics again, and nothing else.
    await v.post('/.consent/object', 'on=0');
    assert.deepStrictEqual(await tiers(v), ['on: not_objected', 'off: undecided']);
    assert.deepStrictEqual(await passes(v), ['uk_session', 'uk_visits']);
});

test('one_click_of_the_notice_refuses_statistics_too', async (start) => {
    const sim = await start(sites());
    const v = new Visitor(sim, 'uk');
    await v.get('/');
    await v.get('/');
    assert(kept(v).includes('uk_visits'));
    const page = await v.get('/');
    const form = /name="form" value="([^"]+)"/.exec(page.body)[1];
    assert.strictEqual((await v.ask('POST', '/.consent/', `assent=none&form=${form}`)).status, 303);
    assert(!kept(v).includes('uk_visits'));
    assert.deepStrictEqual(await tiers(v), ['off: refused', 'off: refused']);
    assert.deepStrictEqual(await passes(v), ['uk_session']);
});

test('a_yes_to_advertising_alone_leaves_statistics_refused', async (start) => {
    const sim = await start(sites());
    const v = new Visitor(sim, 'uk');
    await v.get('/');
    const answer = await v.post('/.consent/', 'assent=save&t=advertising&back=/');
    await v.get(answer.fields.location);
    assert.deepStrictEqual(await tiers(v), ['off: refused', 'on: granted']);
    assert.deepStrictEqual(await passes(v), ['uk_session', 'uk_ads']);
});

main();
