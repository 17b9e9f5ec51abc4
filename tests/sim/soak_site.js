// SPDX-License-Identifier: MIT
// The application of the soak: sets every cookie that it can think of in every spelling, before any choice,
// and now and then misbehaves. Everything that it gets and sends goes to the observer as bytes.
'use strict';
const net = require('net');
const { take } = require('./soak_wire.js');
const { policyOf } = require('./soak_observer.js');

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const chance = (p) => Math.random() < p;
// A value that names its cookie wherever its bytes turn up.
const value = (name) => `v~${name.replace(/[^\w*.-]/g, '')}~${Math.floor(Math.random() * 1e9)}`;

// A name for a row of the inventory: patterns end in anything.
const spell = (name) => (name.endsWith('*') ? name.slice(0, -1) + pick(['1', 'G-X', 'demo', '']) : name);

function attributes(host) {
    return [
        chance(0.7) && `Path=${pick(['/', '/', '/shop/', '/shop', '/a/b'])}`,
        chance(0.3) && `${pick(['Domain', 'domain'])}=${pick([host, '.' + host])}`,
        chance(0.5) && `Max-Age=${pick([60, 3600, 86400, 31536000, 99999999])}`,
        chance(0.2) && 'Expires=Fri, 31 Dec 2038 23:59:59 GMT',
        chance(0.3) && 'HttpOnly',
        chance(0.2) && 'Secure',
        chance(0.1) && 'SameSite=None; Secure; Partitioned',
    ].filter(Boolean).map((text) => '; ' + text).join('');
}

function setCookie(policy, host) {
    const name = chance(0.8) ? spell(pick(policy.cookies).name) : pick(['zz_unknown', '_fbp', 'IDE', '__Secure-track', 'sid2']);
    const shape = Math.random();
    if (shape < 0.03) return `Set-Cookie: ${pick(['assent', '__Host-assent', 'Assent'])}=${value('forged')}; Path=/\r\n`;
    if (shape < 0.06) return `Set-Cookie2: ${name}=${value(name)}; Version=1\r\n`;
    if (shape < 0.09) return `Set-Cookie: ${value(name)}${attributes(host)}\r\n`;
    if (shape < 0.12) return `Set-Cookie: =${name}=${value(name)}${attributes(host)}\r\n`;
    if (shape < 0.15) return `Set-Cookie: ${name.toUpperCase()}X=${value(name.toUpperCase() + 'X')}${attributes(host)}\r\n`;
    if (shape < 0.18) return `Set-Cookie: ${name}=${value(name)}\u0001${attributes(host)}\r\n`;
    if (shape < 0.21) return `Set-Cookie: ${name}=; Max-Age=0; Path=/\r\n`;
    const field = pick(['Set-Cookie', 'set-cookie', 'SET-COOKIE', 'sEt-CoOkIe']);
    const quoted = chance(0.1) ? '"' : '';
    const space = pick([' ', '', '  \t', '  ']);
    return `${field}:${space}${name}${pick(['', '', ' '])}=${quoted}${value(name)}${quoted}${attributes(host)}\r\n`;
}

function answer(policy, host, method) {
    const sets = Array.from({ length: Math.floor(Math.random() * 9) }, () => setCookie(policy, host)).join('');
    const text = 'x'.repeat(Math.floor(Math.random() * 900));
    const body = method === 'HEAD' ? '' : `<html><body><p>${text}</p></body></html>`;
    const type = `Content-Type: ${pick(['text/html', 'text/plain', 'application/json'])}\r\n`;
    const status = pick(['200 OK', '200 OK', '200 OK', '302 Found\r\nLocation: /shop/', '404 Not Found', '500 Oops']);
    const early = chance(0.05) ? `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n${setCookie(policy, host)}\r\n` : '';
    if (method !== 'HEAD' && chance(0.2)) {
        const trailers = chance(0.5) ? setCookie(policy, host) : '';
        const chunks = body.match(/[^]{1,300}/g).map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('');
        return `${early}HTTP/1.1 ${status}\r\n${type}${sets}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n${trailers}\r\n`;
    }
    return `${early}HTTP/1.1 ${status}\r\n${type}${sets}Content-Length: ${body.length}\r\n\r\n${body}`;
}

// Serve until stop().
async function startSite(observer) {
    const sockets = new Set();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        let rest = '';
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
        socket.on('end', () => socket.end());
        socket.on('data', (bytes) => {
            let m;
            rest += bytes.toString('latin1');
            while ((m = take(rest)) !== null) {
                const host = m.all('host')[0].split(':')[0];
                observer.application(rest.slice(0, m.bytes));
                rest = rest.slice(m.bytes);
                const reply = answer(policyOf(observer.policies, host), host, m.start.split(' ')[0]);
                observer.offered(reply);
                if (chance(0.02)) return socket.destroy();
                if (chance(0.02)) return socket.end(Buffer.from(reply.slice(0, Math.floor(Math.random() * reply.length)), 'latin1'));
                socket.write(Buffer.from(reply, 'latin1'));
            }
            return undefined;
        });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return {
        port: server.address().port,
        stop() {
            for (const socket of sockets) socket.destroy();
            return new Promise((done) => server.close(done));
        },
    };
}

module.exports = { startSite, pick, chance, value, spell };
