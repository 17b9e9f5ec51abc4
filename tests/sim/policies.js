// SPDX-License-Identifier: MIT
// Revisions of a policy, one after the other on the same flash: each stays readable with its full text.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const { assert, test, main, exec, scratch } = require('./harness.js');
const { Visitor } = require('./visits.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const OLD_WORDS = 'Tracks the usage of our products to see how they can improve.';
const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

// A folder with all compiled policies and the second revision of one: another document, another wording, and
// if material, statistics for another purpose.
async function secondRevision(name, material, mentions = true) {
    const folder = fs.mkdtempSync(path.join(scratch, 'policies-'));
    const source = path.join(folder, 'source');
    fs.cpSync('core/policies', source, { recursive: true });
    for (const file of fs.readdirSync('build/policies').filter((one) => one.endsWith('.img'))) {
        fs.copyFileSync(path.join('build/policies', file), path.join(folder, file));
    }
    const show = await exec(assent, ['policy', 'show', `build/policies/${name}.img`]);
    const digest = /^digest = ([0-9a-f]{64})$/m.exec(show.stdout)[1];
    fs.appendFileSync(path.join(source, 'documents', `${name}.txt`), '\nAdded: we moved to another town.\n');
    const file = path.join(source, `${name}.json`);
    let text = fs.readFileSync(file, 'utf8');
    const effective = /"effective": *"([^"]+)"/.exec(text)[1];
    const entry = { revision: 1, effective, digest, asked: material, text: { en: 'A new address.', de: 'Neue Anschrift.', ar: 'x' } };
    text = text.replace(/"revision": *1,/, '"revision": 2,').replace(/"effective": *"[^"]+"/, '"effective": "2026-10-01"');
    if (mentions) text = text.replace(/\}\s*$/, `,\n"archive": [${JSON.stringify(entry)}]\n}\n`);
    assert(text.includes(OLD_WORDS));
    text = text.replace(OLD_WORDS, 'Counts how our products are used.');
    if (material) text = text.replace(/("analytics": *\{)/, '$1 "ask_again": 1,');
    fs.writeFileSync(file, text);
    const made = await exec(assent, ['policy', 'compile', file, '-o', path.join(folder, `${name}.img`)]);
    assert.strictEqual(made.code, 0, made.stderr);
    return { folder, document: fs.readFileSync(path.join(source, 'documents', `${name}.txt`)) };
}

const options = (folder, flash) => ['--sites', folder, '--flash', flash, '--clock', 'start=1795000000'];

for (const material of [false, true]) {
    test(`after_a_new_revision_both_are_readable_and_visitors_are_asked_${material ? 'again' : 'no_more'}`, async (start) => {
        const flash = `${scratch}/revisions-${material}.img`;
        const old = fs.readFileSync('core/policies/documents/prokoders.txt');
        let sim = await start(options('build/policies', flash));
        const v = new Visitor(sim);
        await v.accept();
        assert.match((await v.get('/.consent/policies')).body, /There is no earlier revision here/);
        await sim.stop();

        const next = await secondRevision('prokoders', material);
        v.sim = sim = await start(options(next.folder, flash));
        const asked = (await v.get('/')).body.includes('data-assent-state="ask"');
        assert.strictEqual(asked, material);
        // What was agreed to is shown in the words of then.
        const receipt = (await v.get('/.consent/receipt')).body;
        assert(receipt.includes(OLD_WORDS) && !receipt.includes('Counts how our products are used.'), receipt);
        const list = (await v.get('/.consent/policies')).body;
        assert.match(list, /href="\/\.consent\/policy\/2"/);
        assert.match(list, /href="\/\.consent\/policy\/1"/);
        assert.match(list, /A new address\./);
        for (const [revision, document] of [[1, old], [2, next.document]]) {
            const page = (await v.get(`/.consent/policy/${revision}`)).body;
            assert(page.includes('<th scope="row"><bdi>pk_usage</bdi></th>'), `revision ${revision} lists its cookies`);
            assert(page.includes(sha(document)), `revision ${revision} names its document`);
            assert(page.includes(`href="/.consent/policy/${revision}/prokoders.txt"`));
            const plain = await v.get(`/.consent/policy/${revision}/prokoders.txt`);
            assert.strictEqual(plain.status, 200);
            assert.strictEqual(sha(plain.bytes), sha(document));
            const coded = await v.get(`/.consent/policy/${revision}/prokoders.txt`, { 'Accept-Encoding': 'gzip' });
            assert.strictEqual(coded.fields['content-encoding'], 'gzip');
            assert(coded.bytes.length < document.length / 2);
            assert.strictEqual(sha(zlib.gunzipSync(coded.bytes)), sha(document));
        }
        assert.match((await v.get('/.consent/policy/1')).body, /A new address\./);
        await sim.stop();

        // An older program does not take the newer revision back.
        v.sim = await start(options('build/policies', flash));
        assert((await v.get('/.consent/policy')).body.includes(sha(next.document)));
    });
}

test('a_revision_that_the_new_policy_does_not_mention_is_readable_too', async (start) => {
    const flash = `${scratch}/unmentioned.img`;
    await (await start(options('build/policies', flash))).stop();
    const next = await secondRevision('prokoders', false, false);
    const v = new Visitor(await start(options(next.folder, flash)));
    const list = (await v.get('/.consent/policies')).body;
    assert.match(list, /href="\/\.consent\/policy\/1"/);
    assert.doesNotMatch(list, /There is no earlier revision here/);
    assert.match((await v.get('/.consent/policy/1')).body, /href="\/\.consent\/policy\/1\/prokoders\.txt"/);
    assert.strictEqual((await v.get('/.consent/policy/3')).status, 404);
});

main();
