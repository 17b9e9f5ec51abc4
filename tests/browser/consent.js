// SPDX-License-Identifier: MIT
// The consent application in a real browser, through lwIP and the gate.
//   node tests/browser/consent.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const { test, main, visit, start, SITES } = require('./browser.js');

// Essential cookies of procomm-voices; everything else but the token needs consent there.
const ESSENTIAL = ['pcv_session', 'pcv_auth', 'pcv_prefs', 'assent', '__Host-assent'];

async function jar(v) {
    return (await v.context.cookies()).map((cookie) => cookie.name).filter((name) => !ESSENTIAL.includes(name));
}

// What a request carries, as the browser sends it.
async function wire(v, target) {
    const response = await v.page.goto(v.base + target);
    const sent = (await response.request().allHeaders()).cookie || '';
    return sent.split('; ').map((pair) => pair.split('=')[0]).filter((name) => name && !ESSENTIAL.includes(name));
}

// Eight cookies of a careless site before any choice: by script, HttpOnly, for a path, for a domain,
// and one that no policy names.
async function litter(v) {
    const host = `${v.site}.localhost`;
    const far = Math.floor(Date.now() / 1000) + 86400;
    const plain = { value: '1', domain: host, path: '/', expires: far };
    await v.context.addCookies([
        { ...plain, name: 'pcv_uid' },
        { ...plain, name: 'pcv_search', domain: '.' + host, httpOnly: true },
        { ...plain, name: 'pcv_trend1' },
        { ...plain, name: 'pcv_link', httpOnly: true },
        { ...plain, name: 'pcv_ad', domain: '.' + host },
        { ...plain, name: 'pcv_ad_view', path: '/shop/', httpOnly: true },
        { ...plain, name: 'pcv_ad_click' },
        { ...plain, name: 'spy' },
    ]);
    assert((await jar(v)).length >= 8);
}

const choose = (v, value) => Promise.all([
    v.page.waitForNavigation(),
    v.page.click(`#assent-consent button[value="${value}"]`),
]);

for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without scripts';

    test(`reject leaves no optional cookie in the jar or on the wire, ${how}`, async (run) => {
        const v = await visit(await start(run), { javaScriptEnabled: scripts });
        await v.page.goto(v.base + '/');
        await v.page.goto(v.base + '/shop/');
        await litter(v);
        await choose(v, 'none');
        assert.deepStrictEqual(await jar(v), []);
        for (const target of ['/', '/shop/', '/echo']) assert.deepStrictEqual(await wire(v, target), []);
        assert.deepStrictEqual(await jar(v), []);
        assert.strictEqual(v.posts.length, 1);
        await v.context.close();
    });

    test(`accept and then withdraw leaves none either, ${how}`, async (run) => {
        const v = await visit(await start(run), { javaScriptEnabled: scripts });
        await v.page.goto(v.base + '/');
        await choose(v, 'all');
        await v.page.goto(v.base + '/shop/');
        assert((await jar(v)).length >= 5, String(await jar(v)));
        await v.page.click('#assent-link a');
        await Promise.all([v.page.waitForNavigation(), v.page.click('button[value="withdraw"]')]);
        assert.deepStrictEqual(await jar(v), []);
        for (const target of ['/', '/shop/', '/echo']) assert.deepStrictEqual(await wire(v, target), []);
        await v.context.close();
    });
}

test('notice is gone after each choice and needs no further request', async (run) => {
    const sim = await start(run);
    for (const value of ['all', 'none', 'save']) {
        const v = await visit(sim);
        const urls = [];
        v.page.on('request', (request) => urls.push(new URL(request.url()).pathname));
        await v.page.goto(v.base + '/');
        assert.deepStrictEqual(urls.sort(), ['/', '/demo.js', '/pixel.gif']);
        if (value === 'save') await v.page.click('#assent-consent summary');
        await choose(v, value);
        assert.strictEqual(await v.page.locator('#assent-consent').count(), 0);
        assert.strictEqual(await v.page.locator('#assent-link a').first().isVisible(), true);
        await v.context.close();
    }
});

test('accept and reject look the same', async (run) => {
    const sim = await start(run);
    for (const site of SITES) {
        for (const colorScheme of ['light', 'dark']) {
            const v = await visit(sim, { colorScheme }, site);
            await v.page.goto(v.base + '/');
            await v.page.click('#assent-consent summary');
            const looks = await v.page.$$eval('#assent-consent button', (buttons) => buttons.map((button) => {
                const style = getComputedStyle(button);
                const box = button.getBoundingClientRect();
                return [box.width, box.height, style.color, style.backgroundColor, style.borderColor, style.fontSize,
                    style.fontWeight, style.fontFamily, style.padding, style.cursor, style.opacity].join('|');
            }));
            assert.strictEqual(looks.length, 3);
            assert.strictEqual(new Set(looks).size, 1, looks.join('\n'));
            await v.context.close();
        }
    }
});

test('keyboard alone reaches and presses every button of the notice', async (run) => {
    const v = await visit(await start(run));
    await v.page.goto(v.base + '/');
    const seen = [];
    for (let i = 0; i < 12; i++) {
        await v.page.keyboard.press('Tab');
        seen.push(await v.page.evaluate(() => document.activeElement.value || document.activeElement.tagName));
        if (seen[i] === 'SUMMARY') await v.page.keyboard.press('Enter');
    }
    for (const one of ['all', 'none', 'SUMMARY', 'analytics', 'advertising', 'save']) assert(seen.includes(one), seen.join());
    await v.page.keyboard.press('Escape');
    assert.strictEqual(await v.page.locator('#assent-consent').count(), 1);
    await v.page.focus('#assent-consent button[value="none"]');
    await Promise.all([v.page.waitForNavigation(), v.page.keyboard.press('Enter')]);
    assert.strictEqual(await v.page.locator('#assent-consent').count(), 0);
});

// What Consent-O-Matic does with a rule: the actions of its DO_CONSENT, on the page.
const follow = (want) => {
    const find = (selector) => document.querySelector(selector);
    const run = (action) => {
        if (action.type === 'ifallownone') run(want.length === 0 ? action.trueAction : action.falseAction);
        else if (action.type === 'list') action.actions.forEach(run);
        else if (action.type === 'click') { const e = find(action.target.selector); if (e) e.click(); }
        else if (action.type === 'consent') {
            for (const one of action.consents) {
                const box = find(one.matcher.target.selector);
                if (box && box.checked !== want.includes(one.type)) run(one.toggleAction);
            }
        }
    };
    return run;
};

test('the rule for Consent-O-Matic makes one post and no loop', async (run) => {
    const sim = await start(run);
    for (const [want, tiers] of [[[], []], [['B'], ['analytics']], [['B', 'F'], ['analytics', 'advertising']]]) {
        const v = await visit(sim);
        await v.page.goto(v.base + '/');
        const rule = (await v.page.evaluate(async () => (await fetch('/.consent/consent-o-matic.json')).json())).Assent;
        assert.strictEqual(await v.page.locator(rule.detectors[0].showingMatcher[0].target.selector).isVisible(), true);
        const action = rule.methods.find((one) => one.name === 'DO_CONSENT').action;
        await Promise.all([v.page.waitForNavigation(),
            v.page.evaluate(`(${follow})(${JSON.stringify(want)})(${JSON.stringify(action)})`)]);
        assert.strictEqual(v.posts.length, 1);
        assert.strictEqual(await v.page.locator(rule.detectors[0].presentMatcher[0].target.selector).count(), 0);
        assert.strictEqual(await v.page.getAttribute('html', 'data-assent-tiers'), ['essential', ...tiers].join(' '));
        await v.context.close();
    }
});

test('consent.js tells state and changes, and runs scripts once they are allowed', async (run) => {
    const v = await visit(await start(run));
    await v.page.goto(v.base + '/');
    const seen = await v.page.evaluate(async () => {
        const events = [];
        document.addEventListener('assent:change', (e) => events.push(e.detail.tiers.analytics.allowed));
        const held = document.createElement('script');
        held.type = 'text/plain';
        held.dataset.assent = 'analytics';
        held.src = '/demo.js';
        held.dataset.cookies = 'pcv_link';
        document.body.append(held);
        await new Promise((done) => {
            const script = document.createElement('script');
            script.src = '/.consent/consent.js';
            script.onload = done;
            document.body.append(script);
        });
        await window.assent.ready;
        const before = document.querySelectorAll('script[type="text/plain"]').length;
        await window.assent.set({ analytics: true, advertising: false });
        return { events, before, after: document.querySelectorAll('script[type="text/plain"]').length,
            layer: window.dataLayer.map((one) => [one[1], one[2].analytics_storage]) };
    });
    assert.deepStrictEqual(seen, { events: [false, true], before: 1, after: 0,
        layer: [['default', 'denied'], ['update', 'granted']] });
});

main();
