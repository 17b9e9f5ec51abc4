// SPDX-License-Identifier: MIT
// A visitor without a browser for tests of the sites: keeps cookies by name, posts forms, over HTTP or HTTPS.
'use strict';
const http = require('http');
const https = require('https');
const { assert } = require('./harness.js');

class Visitor {
    constructor(sim, site = 'prokoders', secure = false) {
        Object.assign(this, { sim, site, secure, jar: new Map(), fields: {} });
    }
    // One request. body: of a form. The answer: { status, fields, cookies, body }.
    ask(method, path, body = null, more = {}) {
        const headers = { Host: `${this.site}.localhost:8080`, Accept: 'text/html', ...this.fields, ...more };
        if (this.jar.size > 0) headers.Cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
        if (body !== null) {
            headers['Content-Type'] ??= 'application/x-www-form-urlencoded';
            headers['Content-Length'] = Buffer.byteLength(body);
        }
        const options = { method, path, headers, host: '127.0.0.1', port: this.secure ? this.sim.https : this.sim.http,
            rejectUnauthorized: false, servername: `${this.site}.localhost`, agent: false };
        return new Promise((done, fail) => {
            const request = (this.secure ? https : http).request(options, (response) => {
                const parts = [];
                response.on('data', (bytes) => parts.push(bytes));
                response.on('error', fail);
                response.on('end', () => {
                    const cookies = response.headers['set-cookie'] || [];
                    for (const line of cookies) this.keep(line);
                    const bytes = Buffer.concat(parts);
                    done({ status: response.statusCode, fields: response.headers, cookies, bytes, body: bytes.toString() });
                });
            });
            request.setTimeout(20000, () => request.destroy(new Error(`${method} ${path}: no answer`)));
            request.on('error', fail);
            request.end(body);
        });
    }
    keep(line) {
        const pair = line.split(';')[0];
        const name = pair.slice(0, pair.indexOf('='));
        if (/Max-Age=0/i.test(line) || /1970/.test(line)) this.jar.delete(name);
        else this.jar.set(name, pair.slice(name.length + 1));
    }
    get(path, more = {}) {
        return this.ask('GET', path, null, more);
    }
    // Post a form with the form token of the preferences page.
    async post(path, body) {
        const page = await this.get('/.consent/');
        const form = /name="form" value="([^"]+)"/.exec(page.body);
        assert(form !== null, `no form: ${page.status} ${page.body.slice(0, 300)}`);
        return this.ask('POST', path, `${body}&form=${form[1]}`);
    }
    // Say yes to everything and come back, so that the choice is known to be kept.
    async accept() {
        const answer = await this.post('/.consent/', 'assent=all&age=yes&back=/');
        assert.strictEqual(answer.status, 303);
        await this.get(answer.fields.location);
    }
}

module.exports = { Visitor };
