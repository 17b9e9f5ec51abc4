// SPDX-License-Identifier: MIT
// A flash made by `assent provision` is one that a device starts with: certificate, admin token, policies, keys.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const tls = require('tls');
const { assert, test, main, exec, scratch } = require('./harness.js');
const { Visitor } = require('./visits.js');

const assent = process.env.ASSENT || 'build/tools/assent';
const sites = ['proclientchat', 'procomm-voices', 'prointerview', 'prokoders', 'selfmento'].map((name) => `core/policies/${name}.json`);
const place = (name) => path.join(scratch, name);
const AUDIT = '11'.repeat(32);
const POLICY = '22'.repeat(32);
const TOKEN = 'an-admin-token-of-mine';

async function openssl(...args) {
    const made = await exec('openssl', args);
    assert.strictEqual(made.code, 0, made.stderr);
}

// An authority and a certificate by it, with a key in each of its forms.
async function certify() {
    const key = (name) => openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', place(name));
    await key('ca.key');
    await openssl('req', '-x509', '-new', '-key', place('ca.key'), '-subj', '/CN=an authority', '-days', '30', '-out', place('ca.pem'));
    await key('own.key');
    await openssl('pkcs8', '-topk8', '-nocrypt', '-in', place('own.key'), '-out', place('own.pk8'));
    await openssl('pkcs8', '-topk8', '-nocrypt', '-in', place('own.key'), '-outform', 'DER', '-out', place('own.der'));
    await openssl('req', '-new', '-key', place('own.key'), '-subj', '/CN=device', '-out', place('own.csr'));
    fs.writeFileSync(place('names'), 'subjectAltName=DNS:prokoders.localhost\n');
    await openssl('x509', '-req', '-in', place('own.csr'), '-CA', place('ca.pem'), '-CAkey', place('ca.key'), '-CAcreateserial',
        '-days', '30', '-extfile', place('names'), '-out', place('own.pem'));
    fs.writeFileSync(place('chain.pem'), fs.readFileSync(place('own.pem'), 'latin1') + fs.readFileSync(place('ca.pem'), 'latin1'));
}

const provision = (image, ...more) => exec(assent, ['provision', '-o', image, ...sites.flatMap((one) => ['--site', one]), ...more]);

function certificateOf(sim) {
    return new Promise((done, fail) => {
        const socket = tls.connect({ port: sim.https, host: '127.0.0.1', servername: 'prokoders.localhost',
            ca: fs.readFileSync(place('ca.pem')) }, () => {
            const peer = socket.getPeerCertificate(true);
            const ok = socket.authorized;
            socket.destroy();
            done({ ok, depth: peer.issuerCertificate && peer.issuerCertificate.subject.CN });
        });
        socket.on('error', fail);
    });
}

function health(sim, token) {
    return new Promise((done, fail) => {
        http.get({ port: sim.admin, host: '127.0.0.1', path: '/admin/health',
            headers: { Authorization: `Bearer ${token}` } }, (response) => {
            response.resume();
            done(response.statusCode);
        }).on('error', fail);
    });
}

test('a_provisioned_device_has_certificate_token_policies_and_keys', async (start) => {
    await certify();
    for (const [i, key] of ['own.key', 'own.pk8', 'own.der'].entries()) {
        const image = place(`flash-${i}.img`);
        const made = await provision(image, '--cert', place('chain.pem'), '--key', place(key), '--admin-token', TOKEN,
            '--audit-key', AUDIT, '--policy-key', POLICY);
        assert.strictEqual(made.code, 0, made.stderr);
        assert(!/audit key|admin token|policy key/.test(made.stdout), 'nothing that was given is printed');
        assert.strictEqual(fs.statSync(image).mode & 0o077, 0);
        const sim = await start(['--sites', 'build/policies', '--flash', image]);
        assert.deepStrictEqual(await certificateOf(sim), { ok: true, depth: 'an authority' });
        assert.strictEqual(await health(sim, TOKEN), 200);
        assert.strictEqual(await health(sim, TOKEN + 'x'), 401);
        const v = new Visitor(sim);
        await v.accept();
        assert.doesNotMatch((await v.get('/')).body, /data-assent-state="ask"/);
        await sim.stop();
        const log = await exec(assent, ['audit', 'verify', image, '--key', AUDIT]);
        assert.strictEqual(log.code, 0, log.stderr + log.stdout);
        assert.strictEqual((await exec(assent, ['store', 'check', image, '--audit-key', AUDIT])).code, 0);
    }
});

test('secrets_that_are_not_given_are_drawn_and_shown_once', async (start) => {
    const image = place('drawn.img');
    const made = await provision(image);
    assert.strictEqual(made.code, 0, made.stderr);
    const token = /^admin token +([A-Za-z0-9_-]{43})$/m.exec(made.stdout)[1];
    const key = /^audit key +([0-9a-f]{64})$/m.exec(made.stdout)[1];
    assert.match(made.stdout, /^policy key +[0-9a-f]{64}$/m);
    const sim = await start(['--sites', 'build/policies', '--flash', image]);
    assert.strictEqual(await health(sim, token), 200);
    await sim.stop();
    assert.strictEqual((await exec(assent, ['audit', 'verify', image, '--key', key])).code, 0);
});

test('what_makes_no_device_is_refused', async () => {
    await certify();
    const image = place('none.img');
    fs.writeFileSync(place('not.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    fs.writeFileSync(place('there.img'), 'x');
    for (const [code, ...args] of [
        [2, '-o', image],
        [2, '--site', sites[0]],
        [2, '-o', image, '--site', sites[0], '--cert', place('own.pem')],
        [2, '-o', image, '--site', sites[0], '--time', 'soon'],
        [2, '-o', image, '--site', sites[0], '--audit-key', '11'],
        [2, '-o', image, '--site', sites[0], '--admin-token', 'short', '--force'],
        [1, '-o', image, '--site', place('missing.json'), '--force'],
        [1, '-o', image, '--site', sites[0], '--cert', place('not.pem'), '--key', place('own.key'), '--force'],
        [1, '-o', image, '--site', sites[0], '--cert', place('own.pem'), '--key', place('ca.pem'), '--force'],
        [1, '-o', place('there.img'), '--site', sites[0]],
    ]) {
        const made = await exec(assent, ['provision', ...args]);
        assert.strictEqual(made.code, code, `${args.join(' ')}: ${made.stderr}`);
        assert.match(made.stderr, /^assent provision: /);
    }
    assert.strictEqual(fs.readFileSync(place('there.img'), 'latin1'), 'x');
});

main();
