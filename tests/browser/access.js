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

main();
