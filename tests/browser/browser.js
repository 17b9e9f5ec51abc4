// SPDX-License-Identifier: MIT
// A browser at the simulator, for the tests beside this file.
'use strict';
const fs = require('fs');
const path = require('path');
const { test, main } = require('../sim/harness.js');

const npm = path.resolve('build/deps/npm');
const { chromium } = require(path.join(npm, 'playwright-core@1.65.1'));
const axe = () => fs.readFileSync(path.join(npm, 'axe-core@4.14.1/axe.min.js'), 'utf8');
const SITES = ['proclientchat', 'procomm-voices', 'prointerview', 'prokoders', 'selfmento'];

let browser;

// A new visitor of a site. posts: the content of each POST so far.
async function visit(sim, options = {}, site = 'procomm-voices') {
    browser = browser || (await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }));
    const context = await browser.newContext({ locale: 'en-US', ...options });
    await context.route('**/favicon.ico', (route) => route.abort()); // nothing comes unasked
    const page = await context.newPage();
    const base = `http://${site}.localhost:${sim.http}`;
    const posts = [];
    page.on('request', (request) => { if (request.method() === 'POST') posts.push(request.postData()); });
    return { context, page, base, posts, site };
}

const start = (run) => run(['--sites', 'build/policies']);

module.exports = { test, main, visit, start, axe, SITES };
