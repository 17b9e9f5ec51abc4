// SPDX-License-Identifier: MIT
// Notice and preferences page for everybody: WCAG 2.2 A and AA by axe-core, 320 px, light and dark, three
// languages, one of them from right to left. What they look like is left in build/shots.
//   node tests/browser/access.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const fs = require('fs');
const { test, main, visit, start, audit, SITES } = require('./browser.js');

const shots = 'build/shots';
fs.mkdirSync(shots, { recursive: true });

for (const locale of ['en', 'de', 'ar']) {
    for (const colorScheme of ['light', 'dark']) {
        test(`no violation of WCAG A or AA on notice and preferences, ${locale}, ${colorScheme}`, async (run) => {
            const sim = await start(run);
            const narrow = { colorScheme, locale, bypassCSP: true, viewport: { width: 320, height: 640 } };
            for (const site of SITES) {
                const v = await visit(sim, narrow, site);
                const name = `${shots}/${site}-${locale}-${colorScheme}`;
                await v.page.goto(v.base + '/');
                if (site === 'prokoders') await audit(v, 'first layer');
                await v.page.screenshot({ path: `${name}-notice.png`, fullPage: true });
                await v.page.click('#assent-consent summary');
                await audit(v, 'both layers');
                assert((await v.page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
                await v.page.goto(v.base + '/.consent/');
                await audit(v, 'preferences');
                assert((await v.page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
                await v.page.screenshot({ path: `${name}-preferences.png`, fullPage: true });
                await v.context.close();
            }
        });
    }
}

// The label of a column and the name of a cookie are single words: one broken into pieces has two lines.
for (const locale of ['en', 'de', 'ar']) {
    test(`no label and no name in the tables of cookies is broken on a phone, ${locale}`, async (run) => {
        const sim = await start(run);
        for (const site of SITES) {
            const v = await visit(sim, { locale, viewport: { width: 375, height: 667 } }, site);
            await v.page.goto(v.base + '/.consent/');
            const broken = await v.page.evaluate(() => [...document.querySelectorAll('#cookies :is(th,td)')].filter((cell) => {
                const range = document.createRange();
                range.selectNodeContents(cell);
                return !/\s/.test(cell.textContent) && new Set([...range.getClientRects()].map((r) => Math.round(r.bottom / 8))).size > 1;
            }).map((cell) => cell.textContent));
            assert.deepStrictEqual(broken, [], `${site}: ${broken}`);
            await v.context.close();
        }
    });
}

test('the star of a name stands behind it on a page from right to left', async (run) => {
    const sim = await start(run);
    const v = await visit(sim, { locale: 'ar' }, 'prokoders');
    await v.page.goto(v.base + '/.consent/');
    const [first, last] = await v.page.evaluate(() => {
        const text = [...document.querySelectorAll('#cookies th bdi')].find((one) => one.textContent === 'pk_ux*').firstChild;
        return [0, text.length - 1].map((at) => {
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect().left;
        });
    });
    assert(first < last, `the first letter at ${first}, the star at ${last}`);
    await v.context.close();
});

main();
