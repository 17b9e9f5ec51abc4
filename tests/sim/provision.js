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

test('what_makes_no_device_is_refused_and_leaves_nothing_behind', async () => {
    await certify();
    const image = place('none.img');
    const needed = ['-o', image, '--site', sites[0]];
    fs.writeFileSync(place('not.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    fs.writeFileSync(place('long.pem'), Buffer.concat([Buffer.from([0x30, 0x82, 0x7f, 0x00]), Buffer.alloc(0x7f00)]));
    fs.writeFileSync(place('there.img'), 'x');
    fs.writeFileSync(place('host.json'), fs.readFileSync(sites[0], 'latin1').replace('"id": "proclientchat"', '"id": "other"'), 'latin1');
    fs.mkdirSync(place('documents'), { recursive: true });
    fs.copyFileSync('core/policies/documents/proclientchat.txt', place('documents/proclientchat.txt'));
    fs.rmSync(place('texts'), { recursive: true, force: true });
    fs.cpSync('core/policies/texts', place('texts'), { recursive: true });
    for (const [code, reason, ...args] of [
        [2, /are needed/, '-o', image],
        [2, /are needed/, '--site', sites[0]],
        [2, /go together/, ...needed, '--cert', place('own.pem')],
        [2, /--time: 'soon'/, ...needed, '--time', 'soon'],
        ...['10.9.0', '10.9.0.777', '0.0.0.0', '224.0.0.1', 'ntp.example', ''].map((address) =>
            [2, /--time-server: '.*': expected an address/, ...needed, '--time-server', address]),
        [2, /--audit-key: expected 64/, ...needed, '--audit-key', '11'],
        [2, /--policy-key: digit 64 is 'x'/, ...needed, '--policy-key', POLICY.slice(1) + 'x'],
        [2, /--chains: '17': expected a power of two/, ...needed, '--chains', '17'],
        [2, /16 to 64 visible/, ...needed, '--admin-token', 'short'],
        [2, /16 to 64 visible/, ...needed, '--admin-token', ''],
        [1, /No such file/, '-o', image, '--site', place('missing.json')],
        [1, /No such file/, ...needed, '--site', place('missing.json')],
        [1, /"proclientchat" for the second time/, ...needed, '--site', sites[1], '--site', sites[0]],
        [1, /the host "proclientchat.localhost" is a site of/, ...needed, '--site', place('host.json')],
        [1, /no CERTIFICATE/, ...needed, '--cert', place('not.pem'), '--key', place('own.key')],
        [1, /no PRIVATE KEY/, ...needed, '--cert', place('own.pem'), '--key', place('ca.pem')],
        [1, /chain over/, ...needed, '--cert', place('long.pem'), '--key', place('own.key')],
        [1, /exists; --force/, '-o', place('there.img'), '--site', sites[0]],
        [1, /No such file/, '-o', place('there.img'), '--site', place('missing.json'), '--force'],
    ]) {
        const made = await exec(assent, ['provision', ...args]);
        assert.strictEqual(made.code, code, `${args.join(' ')}: ${made.stderr}`);
        assert.match(made.stderr, /^assent provision: /);
        assert.match(made.stderr, reason);
        assert.strictEqual(made.stdout, '', 'no secret of a device that is not made');
        assert.deepStrictEqual(fs.readdirSync(scratch).filter((name) => /^none\.img|\.new$/.test(name)), [], args.join(' '));
    }
    assert.strictEqual(fs.readFileSync(place('there.img'), 'latin1'), 'x', 'also --force keeps it until there is another');
    const unread = await exec('sh', ['-c', '"$0" provision -o "$1" --site "$2" >/dev/full', assent, image, sites[0]]);
    assert.strictEqual(unread.code, 1);
    assert.match(unread.stderr, /^assent provision: standard output: /);
    assert(!fs.existsSync(image) && !fs.existsSync(image + '.new'), 'secrets that nobody read make no device');
    const forced = await exec(assent, ['provision', '-o', place('there.img'), '--site', sites[0], '--force']);
    assert.strictEqual(forced.code, 0, forced.stderr);
    assert.strictEqual(fs.statSync(place('there.img')).mode & 0o077, 0);
    assert.strictEqual((await exec(assent, ['store', 'check', place('there.img')])).code, 0);
});

main();
