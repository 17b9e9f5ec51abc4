// SPDX-License-Identifier: MIT
// An application behind the gateway that keeps every byte it gets and answers what it is told to.
// Exchanges with it, as a visitor sees them.
'use strict';
const net = require('net');
const assert = require('assert');
const { Client } = require('./harness.js');

const HOST = 'selfmento.localhost';
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${more}\r\n`;

class Application {
    // answer(request, socket): request is { line, fields: [[name, value]], head, body }; returns text or
    // bytes to send, or nothing if it has written itself. Bodies are read by their framing.
    static async start(answer) {
        const app = new Application();
        app.answer = answer || (() => ok('x'));
        app.requests = [];
        app.connections = [];
        app.server = net.createServer({ allowHalfOpen: true }, (socket) => app.serve(socket));
        await new Promise((done) => app.server.listen(0, '127.0.0.1', done));
        app.port = app.server.address().port;
        return app;
    }
    serve(socket) {
        const connection = { socket, raw: '' };
        let rest = '';
        this.connections.push(connection);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('end', () => {
            if (!socket.tunnel) socket.end();
        });
        socket.on('data', (bytes) => {
            connection.raw += bytes.toString('latin1');
            if (socket.tunnel) return socket.tunnel(bytes);
            rest += bytes.toString('latin1');
            for (;;) {
                const request = take(rest);
                if (!request) return undefined;
                rest = rest.slice(request.bytes);
                this.requests.push(request);
                const text = this.answer(request, socket);
                if (text !== undefined && text !== null) socket.write(Buffer.from(text, 'latin1'));
            }
        });
    }
    get raw() {
        return this.connections.map((c) => c.raw).join('');
    }
    get last() {
        return this.requests[this.requests.length - 1];
    }
    stop() {
        for (const { socket } of this.connections) socket.destroy();
        return new Promise((done) => this.server.close(done));
    }
}

// One request off the front of text, or null.
function take(text) {
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const lines = text.slice(0, end).split('\r\n');
    const fields = lines
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
    const get = (name) =>
        fields
            .filter((f) => f[0] === name)
            .map((f) => f[1])
            .join(', ');
    const request = { line: lines[0], target: lines[0].split(' ')[1], fields, get, head: text.slice(0, end + 4), body: '' };
    let at = end + 4;
    if (get('transfer-encoding')) {
        for (;;) {
            const line = text.indexOf('\r\n', at);
            if (line < 0) return null;
            const size = parseInt(text.slice(at, line), 16);
            if (text.length < line + 2 + size + 2) return null;
            request.body += text.slice(line + 2, line + 2 + size);
            at = line + 2 + size + 2;
            if (size === 0) break;
        }
    } else {
        const len = Number(get('content-length') || 0);
        if (!request.fields.some((f) => f[0] === 'expect') || len === 0) {
            if (text.length < at + len) return null;
            request.body = text.slice(at, at + len);
            at += len;
        } else {
            request.expects = len;
        }
    }
    request.bytes = at;
    return request;
}

function ok(body, fields = '') {
    return `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n${fields}\r\n${body}`;
}

// The simulator with an application behind one site.
async function begin(start, answer, options = '', more = []) {
    const app = await Application.start(answer);
    const sim = await start(['--sites', 'build/policies', '--upstream', `selfmento=127.0.0.1:${app.port}${options}`, ...more]);
    return { app, sim };
}

async function end({ app, sim }) {
    await app.stop();
    const stats = await sim.atRest();
    assert(stats.upstream_connections <= 64);
}

// One exchange on a connection of its own; what the visitor gets, until the connection ends.
async function exchange(sim, text, ms = 15000) {
    const c = await Client.open(sim.http);
    c.write(Buffer.from(text.replace(/\r\n\r\n/, '\r\nConnection: close\r\n\r\n'), 'latin1'));
    const all = await c.end(ms);
    c.destroy();
    const at = all.indexOf('\r\n\r\n');
    return { all, status: Number(all.slice(9, 12)), head: all.slice(0, at + 4), body: all.slice(at + 4) };
}

// Content of a chunked body.
function unchunk(body) {
    let out = '';
    for (let at = 0; ; ) {
        const line = body.indexOf('\r\n', at);
        const size = parseInt(body.slice(at, line), 16);
        assert(size >= 0, body.slice(at, at + 40));
        if (size === 0) return { out, trailers: body.slice(line + 2) };
        out += body.slice(line + 2, line + 2 + size);
        at = line + 4 + size;
    }
}

module.exports = { Application, HOST, begin, end, exchange, get, ok, unchunk };
