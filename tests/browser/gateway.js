// SPDX-License-Identifier: MIT
// Applications from packages, unchanged, behind the gateway, in a real browser: Reject, Accept, Withdraw.
//   node tests/browser/gateway.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { test, main, visit } = require('./browser.js');
const { has, launch, listens, end } = require('./launch.js');
const { freePorts, scratch } = require('../sim/harness.js');

const SITE = 'procomm-voices';
const ESSENTIAL = ['pcv_session', 'pcv_auth', 'pcv_prefs', 'assent'];
const PAGE = `<!doctype html><html lang="en"><head><title>Files</title></head><body><h1>Files</h1>
<p>${'text '.repeat(3000)}</p><script type="text/plain" data-assent="analytics">window.measured = true;</script></body></html>`;

function folder() {
    const dir = fs.mkdtempSync(path.join(scratch, 'app-'));
    fs.mkdirSync(path.join(dir, 'www'));
    fs.writeFileSync(path.join(dir, 'www', 'index.html'), PAGE);
    return dir;
}

// name -> start it; the port it listens at
const applications = {
    express: async () => {
        const packages = path.resolve('build/deps/npm/express');
        const child = launch('node', ['tests/apps/express/server.js', packages]);
        return Number(await new Promise((done) => child.stdout.once('data', (text) => done(String(text)))));
    },
    'python http.server': async () => {
        const [port] = await freePorts(1);
        launch('python3', ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', path.join(folder(), 'www')]);
        return listens(port);
    },
    lighttpd: async () => {
        const [port] = await freePorts(1);
        const dir = folder();
        fs.writeFileSync(
            path.join(dir, 'conf'),
            `server.document-root = "${dir}/www"\nserver.port = ${port}\nserver.bind = "127.0.0.1"\nindex-file.names = ("index.html")
mimetype.assign = (".html" => "text/html")
server.modules = ("mod_setenv")
setenv.add-response-header = ("Set-Cookie" => "pcv_uid=1; Path=/; Max-Age=86400")\n`,
        );
        launch('lighttpd', ['-D', '-f', path.join(dir, 'conf')]);
        return listens(port);
    },
    nginx: async () => {
        const [port] = await freePorts(1);
        const dir = folder();
        fs.writeFileSync(
            path.join(dir, 'conf'),
            `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/errors; events {}
http { access_log off; gzip on; gzip_types text/html; types { text/html html; }
client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
server { listen 127.0.0.1:${port}; root ${dir}/www;
add_header Set-Cookie "pcv_uid=1; Path=/; Max-Age=86400"; add_header Set-Cookie "pcv_session=2; Path=/"; } }`,
        );
        launch('nginx', ['-e', `${dir}/errors`, '-c', path.join(dir, 'conf')]);
        return listens(port);
    },
};

const optional = async (v) => (await v.context.cookies()).map((c) => c.name).filter((name) => !ESSENTIAL.includes(name));
const choose = (v, value) => Promise.all([v.page.waitForNavigation(), v.page.click(`#assent-consent button[value="${value}"]`)]);
const measured = (v) => v.page.evaluate(() => window.measured === true);
const asked = (v) => v.page.locator('#assent-consent').count();

for (const [name, begin] of Object.entries(applications)) {
    const command = name.split(' ')[0].replace('python', 'python3').replace('express', 'node');

    test(`${name}: reject, accept and withdraw, as the application never knew`, async (run) => {
        if (!has(command)) return;
        const port = await begin();
        const sim = await run(['--sites', 'build/policies', '--upstream', `${SITE}=127.0.0.1:${port}`]);
        const v = await visit(sim, {}, SITE);
        await v.page.goto(`${v.base}/`);
        assert.strictEqual(await asked(v), 1);
        assert.strictEqual(await measured(v), false);
        assert.deepStrictEqual(await optional(v), []);
        const first = await v.page.evaluate(
            () => document.body.firstElementChild.nextElementSibling.id || document.body.firstElementChild.id,
        );
        assert.strictEqual(first, 'assent-consent');
        await choose(v, 'none');
        assert.strictEqual(await asked(v), 0);
        assert.strictEqual(await measured(v), false);
        assert.deepStrictEqual(await optional(v), []);
        assert.strictEqual(await v.page.locator('h1').first().textContent(), name === 'express' ? 'Shop' : 'Files');
        await v.context.close();

        const w = await visit(sim, {}, SITE);
        await w.page.goto(`${w.base}/`);
        await choose(w, 'all');
        await w.page.goto(`${w.base}/`);
        assert.strictEqual(await asked(w), 0);
        assert.strictEqual(await measured(w), true);
        if (name !== 'python http.server') assert((await optional(w)).includes('pcv_uid'), `${await optional(w)}`);
        assert(!(await optional(w)).includes('spy'));
        await w.page.click('#assent-link a');
        await Promise.all([w.page.waitForNavigation(), w.page.click('button[value="withdraw"]')]);
        await w.page.goto(`${w.base}/`);
        assert.deepStrictEqual(await optional(w), []);
        assert.strictEqual(await measured(w), false);
        await w.context.close();
        end();
    });
}

test('express: sessions and the token of a form work whatever was chosen', async (run) => {
    const port = await applications.express();
    const sim = await run(['--sites', 'build/policies', '--upstream', `${SITE}=127.0.0.1:${port}`]);
    for (const choice of [null, 'none', 'all']) {
        const v = await visit(sim, {}, SITE);
        await v.page.goto(`${v.base}/`);
        if (choice) await choose(v, choice);
        await v.page.goto(`${v.base}/`);
        await v.page.goto(`${v.base}/`);
        assert(Number(await v.page.locator('#visits').textContent()) >= 3);
        await Promise.all([v.page.waitForNavigation(), v.page.click('#note button')]);
        assert.strictEqual(await v.page.locator('#notes').textContent(), '1');
        const seen = JSON.parse(await v.page.evaluate(async () => (await fetch('/echo')).text()));
        assert.strictEqual(seen.granted, choice === 'all' ? 'essential, analytics, advertising' : 'essential');
        assert.deepStrictEqual(
            seen.cookies.filter((c) => c.startsWith('assent')),
            [],
        );
        assert.deepStrictEqual(seen.cookies.includes('pcv_uid'), choice === 'all');
        assert(seen.cookies.includes('pcv_session'));
        assert.strictEqual(seen.host, `${SITE}.localhost`);
        await v.context.close();
    }
    end();
});

main();
