// SPDX-License-Identifier: MIT
// The operator's page for people: WCAG 2.2 A and AA by axe-core, phone and desktop, light and dark; all of it
// without a script. What it looks like is left in build/shots.
//   node tests/browser/operator.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { test, main, visit, audit } = require('./browser.js');

const shots = 'build/shots';
const token = 'operator-token-of-a-test';
fs.mkdirSync(shots, { recursive: true });

const start = (run) => run(['--sites', 'build/policies', '--admin-token', token]);

// A browser of the operator, logged in.
async function operate(sim, options) {
    const v = await visit(sim, options);
    v.base = `http://127.0.0.1:${sim.admin}`;
    await v.page.goto(v.base + '/admin/');
    return v;
}

async function login(v) {
    await v.page.fill('input[name=token]', token);
    await v.page.click('button');
    await v.page.waitForSelector('#keys');
}

// Visitors, so that there is something to see.
async function populate(sim) {
    const v = await visit(sim);
    await v.page.goto(v.base + '/');
    await v.page.click('button[value=all]');
    await v.page.goto(v.base + '/');
    const receipt = await v.page.evaluate(async () => (await (await fetch('/.consent/receipt')).json()).header.receipt_id);
    await v.context.close();
    return receipt;
}

const width = (v) => v.page.evaluate(() => document.documentElement.scrollWidth);

for (const colorScheme of ['light', 'dark']) {
    for (const [device, viewport] of [['phone', { width: 320, height: 640 }], ['desktop', { width: 1280, height: 900 }]]) {
        test(`no violation of WCAG A or AA on the operator's pages, ${device}, ${colorScheme}`, async (run) => {
            const sim = await start(run);
            await populate(sim);
            const v = await operate(sim, { colorScheme, viewport, bypassCSP: true });
            const look = async (name) => {
                await v.page.waitForLoadState('load');
                await audit(v, name);
                assert((await width(v)) <= viewport.width, `${name} is wider than ${viewport.width}`);
                await v.page.screenshot({ path: `${shots}/operator-${name}-${device}-${colorScheme}.png`, fullPage: true });
            };
            await look('login');
            await v.page.fill('input[name=token]', 'not the token at all');
            await v.page.click('button');
            await look('login-again');
            await login(v);
            await look('overview');
            await v.page.click('form[action="/admin/rotate"] button');
            await v.page.waitForSelector('[role=status]');
            await look('done');
            await v.page.goto(v.base + '/admin/log');
            await look('log');
            await v.page.goto(v.base + '/admin/evidence?receipt=no');
            await look('refusal');
        });
    }
}

test('an operator without scripts logs in, does everything and logs out', async (run) => {
    const sim = await start(run);
    const receipt = await populate(sim);
    const v = await operate(sim, { javaScriptEnabled: false });
    await login(v);
    const cookies = await v.context.cookies();
    assert.deepStrictEqual(cookies.map((c) => [c.name, c.path, c.httpOnly, c.sameSite]), [['assent_admin', '/admin/', true, 'Strict']]);
    await v.page.selectOption('form[action="/admin/revoke"] select', 'prokoders');
    await v.page.check('form[action="/admin/revoke"] input[type=checkbox]');
    await v.page.click('form[action="/admin/revoke"] button');
    assert((await v.page.textContent('[role=status]')).startsWith('All tokens'));
    const clock = 'form[action="/admin/clock"]';
    await v.page.fill(`${clock} input[name=time]`, '2027-03-01T12:00:00');
    await v.page.click(`${clock} button`);
    assert.strictEqual(await v.page.locator('[role=status]:has-text("clock")').count(), 0, 'not without the tick');
    await v.page.check(`${clock} input[type=checkbox]`);
    await v.page.click(`${clock} button`);
    assert((await v.page.textContent('[role=status]')).startsWith('The clock is set'));
    await v.page.click('text=essential >> nth=0');
    assert((await v.page.textContent('body')).includes('"purpose"'));
    await v.page.goBack();
    await v.page.fill('input[name=receipt]', receipt);
    const [download] = await Promise.all([v.page.waitForEvent('download'), v.page.click('text=Make a bundle')]);
    const bundle = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
    assert.strictEqual(bundle.receipt_id, receipt);
    await v.page.setInputFiles('input[type=file]', path.resolve('build/policies/selfmento.img'));
    await v.page.click('text=Put in force');
    assert((await v.page.textContent('[role=alert]')).includes('no policy image with a signature'));
    await v.page.click('text=Back to the overview');
    await v.page.click('form[action="/admin/token"] button');
    const renewed = (await v.page.textContent('[role=status] code')).trim();
    assert.strictEqual(renewed.length, 43);
    await v.page.click('text=Back to the overview');
    await v.page.click('text=Log out');
    await v.page.waitForSelector('input[name=token]');
    await v.page.goto(v.base + '/admin/log');
    assert.strictEqual(await v.page.locator('input[name=token]').count(), 1);
    assert.deepStrictEqual(await v.context.cookies(), []);
});

test('nothing is loaded from elsewhere and nothing breaks the page\'s own policy', async (run) => {
    const sim = await start(run);
    const v = await operate(sim, {});
    const said = [];
    const asked = [];
    v.page.on('console', (message) => said.push(message.text()));
    v.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await login(v);
    assert.deepStrictEqual(said.filter((text) => !text.includes('favicon')), []);
    assert.deepStrictEqual([...new Set(asked)].filter((one) => one !== '/favicon.ico').sort(),
        ['/admin/', '/admin/login', '/admin/style.css']);
});

main();
