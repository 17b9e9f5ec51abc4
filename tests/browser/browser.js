// SPDX-License-Identifier: MIT
// A browser at the simulator, for the tests beside this file.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { test, main } = require('../sim/harness.js');

const npm = path.resolve('build/deps/npm');
const { chromium } = require(path.join(npm, 'playwright-core@1.65.1'));
const axe = () => fs.readFileSync(path.join(npm, 'axe-core@4.14.1/axe.min.js'), 'utf8');
const SITES = ['proclientchat', 'procomm-voices', 'prointerview', 'prokoders', 'selfmento'];

let browser;

// A new visitor of a site; by HTTPS if sim.secure. posts: the content of each POST so far.
async function visit(sim, options = {}, site = 'procomm-voices') {
    browser = browser || (await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }));
    const context = await browser.newContext({ locale: 'en-US', ignoreHTTPSErrors: true, ...options });
    await context.route('**/favicon.ico', (route) => route.abort()); // nothing comes unasked
    const page = await context.newPage();
    const base = sim.secure ? `https://${site}.localhost:${sim.https}` : `http://${site}.localhost:${sim.http}`;
    const posts = [];
    page.on('request', (request) => { if (request.method() === 'POST') posts.push(request.postData()); });
    return { context, page, base, posts, site };
}

// No violation of WCAG 2.2 A and AA on the page as it stands.
async function audit(v, what) {
    const result = await v.page.evaluate(async (code) => {
        (0, eval)(code);
        return window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    }, axe());
    assert.deepStrictEqual(result.violations.map((one) =>
        `${what}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(' ')}`), []);
}

const start = (run) => run(['--sites', 'build/policies']);

module.exports = { test, main, visit, start, audit, SITES };
