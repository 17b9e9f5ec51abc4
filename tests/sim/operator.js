// SPDX-License-Identifier: MIT
// The operator and a visitor, by curl, and policies that the operator signs.
'use strict';
const fs = require('fs');
const path = require('path');
const { assert, exec, scratch } = require('./harness.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const token = 'operator-token-of-a-test';
const GET = ['', 'log', 'health', 'counters', 'metrics', 'unclassified', 'classify', 'hosts', 'audit', 'audit/export', 'evidence',
    'policies', 'upstreams'];
const POST = ['policies', 'upstream', 'rotate', 'revoke', 'clock', 'token', 'logout'];
const sites = ['--sites', 'build/policies', '--admin-token', token];
let files = 0;

const fresh = (name) => path.join(scratch, `${++files}-${name}`);

// curl: { status, fields, body }
async function curl(url, ...args) {
    const r = await exec('curl', ['-sS', '-m', '20', '-i', '-H', 'Expect:', ...args, url]);
    assert.strictEqual(r.code, 0, r.stderr);
    const end = r.stdout.indexOf('\r\n\r\n');
    const fields = {};
    const [start, ...lines] = r.stdout.slice(0, end).split('\r\n');
    for (const line of lines) fields[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
    return { status: Number(start.split(' ')[1]), fields, body: Buffer.from(r.stdout.slice(end + 4), 'latin1').toString() };
}

const bearer = (t = token) => ['-H', `Authorization: Bearer ${t}`];
const admin = (sim, name, ...args) => curl(`http://127.0.0.1:${sim.admin}/admin/${name}`, ...args);
const ask = (sim, name, ...args) => admin(sim, name, ...bearer(), ...args);
const json = async (sim, name) => JSON.parse((await ask(sim, name)).body);

// A visitor with a cookie jar.
function visitor(sim, site = 'prokoders') {
    const host = `${site}.localhost:${sim.http}`;
    const jar = fresh('jar');
    return (target, ...args) => curl(`http://${host}${target}`, '--resolve', `${host}:127.0.0.1`, '-b', jar, '-c', jar, ...args);
}

async function grant(ask) {
    const members = '{"analytics":true,"age_confirmed":true}';
    const r = await ask('/.consent/state', '-X', 'PUT', '-H', 'Content-Type: application/json', '-d', members);
    assert.strictEqual(r.status, 200, r.body);
    assert.strictEqual((await ask('/')).status, 200); // the token came back: the grant is confirmed
    return JSON.parse((await ask('/.consent/receipt')).body).header.receipt_id;
}

const note = (sim, name) => sim.notes.find((line) => line.startsWith(name)).replace(/.* /, '');

// Compile a changed policy, signed with a key.
async function compile(site, key, change) {
    const source = fresh(`${site}.json`);
    const image = fresh(`${site}.img`);
    const keyFile = fresh('key');
    for (const folder of ['documents', 'texts']) fs.cpSync(`core/policies/${folder}`, path.join(scratch, folder), { recursive: true });
    fs.writeFileSync(source, change(fs.readFileSync(`core/policies/${site}.json`, 'utf8')));
    fs.writeFileSync(keyFile, key + '\n');
    const r = await exec(assent, ['policy', 'compile', source, '-o', image, '--sign', keyFile]);
    assert.strictEqual(r.code, 0, r.stderr);
    return image;
}

const upload = (sim, image, ...args) => ask(sim, 'policies', '-H', 'Content-Type: application/octet-stream',
    '--data-binary', `@${image}`, ...args);

// What the archive of the next revision has to say about the one in force.
async function archiveOf(sim, site, asked) {
    const now = (await json(sim, 'policies')).sites.find((one) => one.site === site);
    return JSON.stringify([{ revision: now.revision, effective: now.effective.slice(0, 10), digest: now.sha256, asked,
        text: { en: 'More.', de: 'Mehr.', ar: 'المزيد.' } }]);
}

const raise = (archive) => (text) => {
    const languages = [...text.matchAll(/"tag": "([a-z]+)"/g)].map((m) => m[1]);
    const rows = JSON.parse(archive);
    rows[0].text = Object.fromEntries(Object.entries(rows[0].text).filter(([tag]) => languages.includes(tag)));
    return text.replace('"revision": 1,', `"revision": 2, "archive": ${JSON.stringify(rows)},`);
};

const askAgain = (text) => text.replace(/"analytics": \{/, '"analytics": { "ask_again": 1,');

module.exports = {
    assent, token, GET, POST, sites, fresh, curl, bearer, admin, ask, json, visitor, grant, note, compile, upload,
    archiveOf, raise, askAgain,
};
