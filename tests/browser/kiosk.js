// SPDX-License-Identifier: MIT
// A terminal that visitors share, in a real browser.
//   node tests/browser/kiosk.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const fs = require('fs');
const { test, main, visit, audit } = require('./browser.js');

const kiosk = (run, ...more) => run(['--sites', 'build/policies', '--kiosk', '60', ...more]);
const names = async (v) => (await v.context.cookies()).map((cookie) => cookie.name).sort();

// Say yes, and leave behind what a careless site leaves: by script, for a path, in the storage of the browser.
async function settle(v) {
    await v.page.goto(v.base + '/');
    await Promise.all([v.page.waitForNavigation(), v.page.click('#assent-consent button[value="all"]')]);
    await v.page.goto(v.base + '/shop/');
    await v.context.addCookies([{ name: 'pcv_prefs', value: '1', domain: `.${v.site}.localhost`, path: '/shop/' }]);
    await v.page.goto(v.base + '/shop/');
    assert((await names(v)).length > 5, String(await names(v)));
}

async function checkEnded(v) {
    assert.strictEqual(new URL(v.page.url()).pathname, '/.consent/ended');
    assert.match(await v.page.textContent('[role=status]'), /Your session has ended\./);
    assert.deepStrictEqual(await names(v), []);
    await v.page.goto(v.base + '/shop/');
    assert.strictEqual(await v.page.locator('#assent-consent').count(), 1);
    assert.strictEqual(await v.page.getAttribute('html', 'data-assent-tiers'), 'essential');
}

for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without scripts';

    test(`the button ends the session, ${how}`, async (run) => {
        const v = await visit(await kiosk(run), { javaScriptEnabled: scripts });
        await settle(v);
        if (scripts) await v.page.evaluate(() => localStorage.setItem('basket', '3 chairs'));
        await Promise.all([v.page.waitForNavigation(), v.page.click('#assent-done button')]);
        await checkEnded(v);
        if (scripts) assert.strictEqual(await v.page.evaluate(() => localStorage.getItem('basket')), null);
        await v.context.close();
    });

    test(`idle time ends the session at the next click, ${how}`, async (run) => {
        const sim = await kiosk(run, '--clock', 'frozen');
        const v = await visit(sim, { javaScriptEnabled: scripts });
        await settle(v);
        await sim.advance(61000);
        await Promise.all([v.page.waitForNavigation(), v.page.click('#assent-link a')]);
        await checkEnded(v);
        await v.context.close();
    });
}

test('the screen returns by itself', async (run) => {
    const v = await visit(await run(['--sites', 'build/policies', '--kiosk', '3']), { javaScriptEnabled: false });
    await v.page.goto(v.base + '/');
    await v.page.goto(v.base + '/shop/');
    await v.page.waitForURL('**/.consent/ended', { timeout: 15000 });
    assert.match(await v.page.textContent('[role=status]'), /Your session has ended\./);
    assert.deepStrictEqual(await names(v), []);
    await v.context.close();
});

test('end and button have no violation of WCAG A or AA', async (run) => {
    const sim = await kiosk(run);
    fs.mkdirSync('build/shots', { recursive: true });
    for (const [locale, colorScheme] of [['en', 'light'], ['de', 'dark'], ['ar', 'light']]) {
        const v = await visit(sim, { locale, colorScheme, bypassCSP: true, viewport: { width: 320, height: 640 } });
        await v.page.goto(v.base + '/');
        await Promise.all([v.page.waitForNavigation(), v.page.click('#assent-consent button[value="none"]')]);
        await v.page.goto(v.base + '/.consent/');
        await audit(v, 'preferences');
        await v.page.screenshot({ path: `build/shots/kiosk-${locale}.png`, fullPage: true });
        await Promise.all([v.page.waitForNavigation(), v.page.click('#assent-done button')]);
        await audit(v, 'end');
        await v.page.screenshot({ path: `build/shots/kiosk-end-${locale}.png`, fullPage: true });
        await v.context.close();
    }
});

main();
