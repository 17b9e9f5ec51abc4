// SPDX-License-Identifier: MIT
//
// The notice in pages of all sorts, checked with parse5: what stands outside of notice and link is the
// same document as before, with scripts on and off; the notice is the first thing in the body.
//   node tests/http/insert.js ASSENT NPM-FOLDER
'use strict';
const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const [assent, npm] = process.argv.slice(2);
const { pages } = require('./pages.js');

// parse5 finds its own package by name.
const modules = fs.mkdtempSync(path.join(os.tmpdir(), 'assent-npm-'));
process.on('exit', () => fs.rmSync(modules, { recursive: true, force: true }));
fs.mkdirSync(path.join(modules, 'node_modules'));
for (const name of ['parse5@7.3.0', 'entities@6.0.1']) {
    fs.cpSync(path.resolve(npm, name), path.join(modules, 'node_modules', name.split('@')[0]), { recursive: true });
}
const parse5 = require(path.join(modules, 'node_modules', 'parse5'));

const NOTICE = '<div id="assent-n"><form><p>N</p></form></div>';
const LINK = '<p id="assent-l"><a href="/x">L</a></p>';

// Cut in two at every place, which takes a while for large pages.
const CUTS_BYTES = 8192;

function insert(html, options = []) {
    const cuts = html.length <= CUTS_BYTES ? ['--cuts'] : [];
    const r = childProcess.spawnSync(assent, ['page', 'insert', '--notice', NOTICE, '--link', LINK, ...cuts, ...options], {
        input: Buffer.from(html, 'latin1'),
        maxBuffer: 1 << 26,
    });
    if (r.status !== 0) throw new Error(`${r.stderr}`);
    return r.stdout.toString('latin1');
}

const id = (node) => (node.attrs || []).filter((a) => a.name === 'id').map((a) => a.value)[0];

// The document as text, without what was put in; white space between elements aside, since the link may
// end an element that was left open.
function outline(node, depth = 0) {
    const name = id(node);
    if (name === 'assent-n' || name === 'assent-l') return '';
    if (node.nodeName === '#text') return '';
    let out = ' '.repeat(depth) + node.nodeName;
    if (node.nodeName === '#comment') out += ` ${JSON.stringify(node.data)}`;
    if (node.nodeName === '#documentType') out += ` ${node.name} ${node.publicId} ${node.systemId}`;
    if (node.mode) out += ` ${node.mode}`;
    out += ' ' + (node.attrs || []).map((a) => `${a.name}=${JSON.stringify(a.value)}`).join(' ') + '\n';
    let text = '';
    const flush = () => {
        const words = text.trim();
        if (words) out += ' '.repeat(depth + 1) + JSON.stringify(words) + '\n';
        text = '';
    };
    for (const child of [...(node.childNodes || []), ...(node.content ? node.content.childNodes : [])]) {
        if (child.nodeName === '#text') {
            text += child.value;
            continue;
        }
        if (id(child) === 'assent-n' || id(child) === 'assent-l') continue;
        flush();
        out += outline(child, depth + 1);
    }
    flush();
    return out;
}

function find(node, wanted) {
    if (id(node) === wanted) return node;
    for (const child of node.childNodes || []) {
        const found = find(child, wanted);
        if (found) return found;
    }
    return null;
}

// A page with the mark of UTF-8 is in it; for the others the bytes do.
const decode = (html) => (html.startsWith('\xef\xbb\xbf') ? Buffer.from(html, 'latin1').toString('utf8').slice(1) : html);

// expected: whether there is to be a notice; null: either way
function check(html, expected, known) {
    const out = insert(html, known ? ['--page'] : []);
    const has = out.includes(NOTICE);
    if (out.replace(NOTICE, '').replace(LINK, '') !== html) return 'bytes changed';
    if (expected !== null && has !== expected) return `notice: ${has}`;
    if (!has && out !== html) return 'link without notice';
    for (const scriptingEnabled of [true, false]) {
        const before = parse5.parse(decode(html), { scriptingEnabled });
        const after = parse5.parse(decode(out), { scriptingEnabled });
        const a = outline(before);
        const b = outline(after);
        if (a !== b) return `document changed, scripts ${scriptingEnabled}:\n${a}--\n${b}--\n${out}`;
        if (!has) continue;
        const notice = find(after, 'assent-n');
        if (!notice || !notice.parentNode) return 'notice is lost';
        if (scriptingEnabled && notice.parentNode.nodeName !== 'body') return `notice in ${notice.parentNode.nodeName}`;
        const first = notice.parentNode.childNodes.find(
            (n) => n.nodeName !== '#comment' && !(n.nodeName === '#text' && !n.value.trim()),
        );
        if (scriptingEnabled && first !== notice) return 'notice is not first';
        if (out.includes(LINK) && !find(after, 'assent-l')) return 'link is lost';
    }
    return null;
}

// [name, tag, tag when analytics is granted]
const live = 'text/javascript';
const scripts = [
    ['usual', '<script type="text/plain" data-assent="analytics" src="/a.js">', true],
    ['no quotes', '<script type=text/plain data-assent=analytics>', true],
    ['single quotes, other order', "<script data-assent='analytics' async type='text/plain'>", true],
    ['upper case', '<SCRIPT TYPE="Text/Plain" DATA-ASSENT="Analytics">', true],
    ['white space', '<script\n\ttype = "text/plain"\n data-assent = analytics\n>', true],
    ['> in an attribute', '<script data-x="a>b" type="text/plain" data-assent="analytics">', true],
    ['essential too', '<script type="text/plain" data-assent="essential analytics">', true],
    ['not granted', '<script type="text/plain" data-assent="advertising">', false],
    ['one of two not granted', '<script type="text/plain" data-assent="analytics advertising">', false],
    ['unknown', '<script type="text/plain" data-assent="analytics2">', false],
    ['no tier', '<script type="text/plain" data-assent="">', false],
    ['no value', '<script type="text/plain" data-assent>', false],
    ['no data-assent', '<script type="text/plain">', false],
    ['another type', '<script type="application/json" data-assent="analytics">', false],
    ['no type', '<script data-assent="analytics">', false],
    ['type twice', '<script type="text/x" type="text/plain" data-assent="analytics">', false],
    ['data-assent twice', '<script type="text/plain" data-assent="advertising" data-assent="analytics">', false],
    ['in a value', '<script data-x=\' type="text/plain" data-assent="analytics" \'>', false],
    ['another element', '<style type="text/plain" data-assent="analytics">', false],
    ['too long', `<script type="text/plain" data-assent="analytics" data-x="${'x'.repeat(2000)}">`, false],
];

function checkScript(tag, changes) {
    const name = /^<(\w+)/.exec(tag)[1];
    const html = `<!doctype html><p>a${tag}"x"</${name}><p>b</body>`;
    const plain = (text) => text.replace(NOTICE, '').replace(LINK, '');
    const refused = plain(insert(html));
    const granted = plain(insert(html, ['--state', 'analytics=granted']));
    const wanted = changes ? html.replace(/text\/plain/i, live) : html;
    if (refused !== html) return 'changed without a grant';
    if (granted !== wanted) return `not as expected: ${granted}`;
    const inert = html.replace(tag, `<!-- ${tag} --><textarea>${tag}</textarea>`);
    if (
        plain(insert(inert, ['--state', 'analytics=granted'])).replace(wanted.slice(18), '') !==
            inert.replace(wanted.slice(18), '') &&
        plain(insert(`<!doctype html><p><!-- ${tag} --><textarea>${tag}</textarea>`, ['--state', 'analytics=granted'])) !==
            `<!doctype html><p><!-- ${tag} --><textarea>${tag}</textarea>`
    ) {
        return 'changed in a comment or a text area';
    }
    return null;
}

let passed = 0;
let failed = 0;
function count(name, problem) {
    if (problem) {
        failed++;
        console.log(`FAILED ${name}: ${problem}`);
    } else passed++;
}
for (const [name, html, expected] of pages) {
    try {
        count(name, check(html, expected === 'yes', false));
        if (expected === 'page') count(`${name}, known`, check(html, true, true));
    } catch (error) {
        count(name, error.message);
    }
}
for (const [name, tag, changes] of scripts) count(`script: ${name}`, checkScript(tag, changes));
// Pages that people have written: some of the documents of packages on this machine, as far as there are any.
const found = childProcess.execFileSync('find', ['/usr/share', '-type', 'f', '-name', '*.htm*', '-size', '-60k']);
const real = found.toString().split('\n').filter(Boolean).sort().slice(0, 60);
let noticed = 0;
for (const file of real) {
    try {
        const html = fs.readFileSync(file, 'latin1');
        const problem = check(html, null, false);
        if (problem) count(file, problem.slice(0, 2000));
        noticed += insert(html).includes(NOTICE) ? 1 : 0;
    } catch (error) {
        count(file, error.message);
    }
}
count('pages of this machine', noticed < real.length / 2 ? `only ${noticed} of ${real.length} have the notice` : null);
count('at least 200 pages', pages.length >= 200 ? null : `${pages.length}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
