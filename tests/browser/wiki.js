// SPDX-License-Identifier: MIT
// DokuWiki from its package, unchanged, on lighttpd and PHP behind the gateway: logging in and saving pages
// work whatever was chosen, its other cookies wait for consent.
//   node tests/browser/wiki.js PROGRAM [NAME…]     the last line is "N passed, N failed"
'use strict';
const assert = require('assert');
const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');
const { test, main, visit } = require('./browser.js');
const { launch, listens, end } = require('./launch.js');
const { freePorts, scratch, sitesWith } = require('../sim/harness.js');

const PACKAGE = '/etc/dokuwiki';
const PASSWORD = 'secret of anna';
// What an operator who counts visits puts into the pages, by the template's own hook.
const COUNTER = `<script type="text/plain" data-assent="analytics">
document.cookie = 'visits=1; path=/; max-age=86400'; window.counted = true;</script>\n`;

// A wiki of our own: configuration, pages and sessions in a new folder, programs as the package has them.
function configure(port) {
    const dir = fs.mkdtempSync(path.join(scratch, 'wiki-'));
    const folders = ['attic', 'cache', 'index', 'locks', 'log', 'media', 'media_attic', 'media_meta', 'meta', 'pages', 'tmp'];
    for (const name of ['conf', 'www', 'sessions', ...folders.map((one) => `data/${one}`)]) {
        fs.mkdirSync(path.join(dir, name), { recursive: true });
    }
    for (const name of fs.readdirSync(PACKAGE).filter((one) => /^plugins.*\.php$|\.conf$/.test(one))) {
        fs.copyFileSync(path.join(PACKAGE, name), path.join(dir, 'conf', name));
    }
    const hash = childProcess.execFileSync('openssl', ['passwd', '-6', PASSWORD]).toString().trim();
    const files = {
        'conf/local.php': `<?php $conf['title'] = 'Wiki'; $conf['useacl'] = 1; $conf['updatecheck'] = 0;
$conf['securecookie'] = 1; $conf['savedir'] = '${dir}/data';\n`,
        'conf/users.auth.php': `anna:${hash}:Anna:anna@wiki.example:user\n`,
        'conf/acl.auth.php': '* @ALL 1\n* @user 8\n',
        'conf/meta.html': COUNTER,
        'prepend.php': `<?php define('DOKU_CONF', '${dir}/conf/');\n`,
        'lighttpd.conf': `server.document-root = "${dir}/www"
server.port = ${port}
server.bind = "127.0.0.1"
server.modules = ("mod_alias", "mod_access", "mod_fastcgi")
index-file.names = ("doku.php")
mimetype.assign = (".css" => "text/css", ".js" => "text/javascript", ".png" => "image/png", ".svg" => "image/svg+xml")
static-file.exclude-extensions = (".php")
include "${PACKAGE}/lighttpd.conf"
fastcgi.server = (".php" => (("socket" => "${dir}/php", "check-local" => "enable")))\n`,
    };
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(dir, name), text);
    return dir;
}

async function wiki(run, secure) {
    const [port] = await freePorts(1);
    const dir = configure(port);
    const settings = [`auto_prepend_file=${dir}/prepend.php`, `session.save_path=${dir}/sessions`];
    launch('php-cgi', ['-b', `${dir}/php`, ...settings.flatMap((one) => ['-d', one])], { PHP_FCGI_CHILDREN: '2' });
    launch('lighttpd', ['-D', '-f', `${dir}/lighttpd.conf`]);
    await listens(port);
    const sim = await run([...sitesWith('build/policies/samples/wiki.img'), '--upstream', `selfmento=127.0.0.1:${port}`]);
    sim.secure = secure;
    return sim;
}

const at = (v, rest) => `${v.base}/dokuwiki/doku.php?id=start${rest}`;
const jar = async (v) => (await v.context.cookies()).map((c) => c.name.replace(/^DW\w{30,}$/, 'DW'));
const optional = async (v) => (await jar(v)).filter((name) => ['DOKU_PREFS', 'visits'].includes(name));
const click = (v, selector) => Promise.all([v.page.waitForNavigation(), v.page.click(selector)]);
const asked = (v) => v.page.locator('#assent-consent').count();
const counted = (v) => v.page.evaluate(() => window.counted === true);
// In what form the wiki shows differences: it sets its cookie when asked for one, and goes by it.
const form = (v) => v.page.locator('select[name="difftype"]').inputValue();

async function logIn(v) {
    await v.page.goto(at(v, '&do=login'));
    await v.page.fill('#dw__login input[name="u"]', 'anna');
    await v.page.fill('#dw__login input[name="p"]', PASSWORD);
    await click(v, '#dw__login button[type="submit"]');
}

const loggedIn = (v) => v.page.locator('li.action.logout').count();

// The form has the wiki's token against forgery; without its session nothing is saved.
async function save(v, text) {
    await v.page.goto(at(v, '&do=edit'));
    await v.page.fill('#wiki__text', text);
    await click(v, '#edbtn__save');
    await v.page.goto(at(v, ''));
    assert.match(await v.page.locator('#dokuwiki__content').textContent(), new RegExp(text));
}

// All that sets an optional cookie: the server, a script of the wiki, the operator's counter.
async function tempt(v) {
    await v.page.goto(at(v, '&do=edit'));
    await v.page.click('#size__ctl img >> nth=0');
    await v.page.goto(at(v, '&do=diff&difftype=inline'));
    await v.page.goto(at(v, ''));
}

async function nothingOptional(v) {
    await tempt(v);
    assert.deepStrictEqual(await optional(v), []);
    assert.strictEqual(await counted(v), false);
    // Nor does one that lies in the browser all the same reach the wiki; it is taken away.
    const { hostname } = new URL(v.base);
    await v.context.addCookies([{ name: 'DOKU_PREFS', value: 'difftype%23inline', domain: hostname, path: '/dokuwiki/' }]);
    await v.page.goto(at(v, '&do=diff'));
    assert.strictEqual(await form(v), 'sidebyside');
    assert.deepStrictEqual(await optional(v), []);
}

async function visitOf(sim) {
    const v = await visit(sim, {}, 'wiki');
    await v.page.goto(at(v, ''));
    assert.strictEqual(await asked(v), 1);
    assert.deepStrictEqual(await jar(v), ['DokuWiki']);
    return v;
}

for (const secure of [false, true]) {
    const over = secure ? 'HTTPS' : 'HTTP';

    test(`over ${over} people log in and save pages before a choice, after reject and after withdrawal`, async (run) => {
        const sim = await wiki(run, secure);
        const v = await visitOf(sim);
        await logIn(v);
        assert.strictEqual(await loggedIn(v), 1);
        assert.strictEqual(await asked(v), 1, 'logging in is no consent');
        await save(v, 'first words');
        await save(v, 'second words');
        await nothingOptional(v);

        await click(v, '#assent-consent button[value="none"]');
        assert.strictEqual(await asked(v), 0);
        assert.strictEqual(await loggedIn(v), 1);
        await save(v, 'third words');
        await nothingOptional(v);

        await click(v, '#assent-link a');
        await click(v, 'button[value="all"]');
        await tempt(v);
        assert.deepStrictEqual((await optional(v)).sort(), ['DOKU_PREFS', 'visits']);
        assert.strictEqual(await counted(v), true);
        await v.page.goto(at(v, '&do=diff'));
        assert.strictEqual(await form(v), 'inline');
        await save(v, 'fourth words');

        await click(v, '#assent-link a');
        await click(v, 'button[value="withdraw"]');
        await v.page.goto(at(v, ''));
        assert.strictEqual(await loggedIn(v), 1);
        await nothingOptional(v);
        await save(v, 'fifth words');

        const cookies = await v.context.cookies();
        const session = cookies.filter((c) => /^(DokuWiki|DW)/.test(c.name));
        assert.strictEqual(session.length, 2);
        for (const c of session) assert(c.httpOnly && c.path === '/dokuwiki/' && c.secure === secure, JSON.stringify(c));
        await v.page.goto(at(v, ''));
        await click(v, 'li.action.logout a');
        assert.strictEqual(await loggedIn(v), 0);
        assert.deepStrictEqual((await jar(v)).includes('DW'), false);
        await v.context.close();
        end();
    });
}

test('accepted at once, all its cookies are there; a wrong token of a form still saves nothing', async (run) => {
    const sim = await wiki(run, false);
    const v = await visitOf(sim);
    await click(v, '#assent-consent button[value="all"]');
    await logIn(v);
    await tempt(v);
    assert.deepStrictEqual((await optional(v)).sort(), ['DOKU_PREFS', 'visits']);
    await save(v, 'right words');
    await v.page.goto(at(v, '&do=edit'));
    await v.page.fill('#wiki__text', 'forged words');
    await v.page.evaluate(() => {
        document.querySelector('#dw__editform input[name="sectok"]').value = '0123456789abcdef';
    });
    await click(v, '#edbtn__save');
    await v.page.goto(at(v, ''));
    assert.match(await v.page.locator('#dokuwiki__content').textContent(), /right words/);
    await v.context.close();
    end();
});

main();
