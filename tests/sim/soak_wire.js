// SPDX-License-Identifier: MIT
// HTTP messages and cookies as bytes, read without any code of the device: for the soak's browsers, its
// application and its observer.
'use strict';

// One message off the front of text (latin1), or null if there is more to come. headless: an answer to
// HEAD. ended: nothing more comes, so that content without framing is complete.
function take(text, { answer = false, headless = false, ended = false } = {}) {
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const lines = text.slice(0, end).split('\r\n');
    const m = { start: lines[0], fields: lines.slice(1).map(field), trailers: [], body: '', head: text.slice(0, end + 4) };
    m.all = (name) => m.fields.filter((f) => f[0] === name).map((f) => f[1]);
    m.status = answer ? Number(m.start.split(' ')[1]) : 0;
    let at = end + 4;
    const none = answer && (headless || m.status < 200 || m.status === 204 || m.status === 304);
    const length = m.all('content-length')[0];
    if (none) {
        m.bytes = at;
    } else if (m.all('transfer-encoding').length > 0) {
        for (;;) {
            const line = text.indexOf('\r\n', at);
            if (line < 0) return null;
            const size = parseInt(text.slice(at, line), 16);
            at = line + 2;
            if (!(size > 0)) break;
            if (text.length < at + size + 2) return null;
            m.body += text.slice(at, at + size);
            at += size + 2;
        }
        for (;;) {
            const line = text.indexOf('\r\n', at);
            if (line < 0) return null;
            if (line === at) break;
            m.trailers.push(field(text.slice(at, line)));
            at = line + 2;
        }
        m.bytes = at + 2;
    } else if (answer && length === undefined) {
        if (!ended) return null;
        m.body = text.slice(at);
        m.bytes = text.length;
    } else {
        m.bytes = at + Number(length || 0);
        if (text.length < m.bytes) return null;
        m.body = text.slice(at, m.bytes);
    }
    return m;
}

function field(line) {
    const at = line.indexOf(':');
    return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
}

// RFC 6265bis s. 5.6, as far as it matters here. A pair without "=" is a value without a name.
function parseSetCookie(value) {
    const [pair, ...attributes] = value.split(';');
    const at = pair.indexOf('=');
    const c = { name: at < 0 ? '' : pair.slice(0, at).trim(), value: pair.slice(at + 1).trim(), attributes: {} };
    for (const text of attributes) {
        const [name] = text.split('=', 1);
        c.attributes[name.trim().toLowerCase()] = text.slice(name.length + 1).trim();
    }
    return c;
}

// Seconds that a cookie is to live from now on; null: until the browser ends.
function lifetime(cookie, nowS) {
    const a = cookie.attributes;
    if (/^-?\d+$/.test(a['max-age'] ?? '')) return Number(a['max-age']);
    const at = Date.parse(a.expires ?? '');
    return Number.isNaN(at) ? null : Math.round(at / 1000 - nowS);
}

// Pairs of Cookie fields, in order.
function parseCookies(values) {
    return values.flatMap((value) => value.split(';')).map((text) => text.trim()).filter(Boolean).map((text) => {
        const at = text.indexOf('=');
        return at < 0 ? { name: '', value: text } : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
    });
}

// A browser's cookies.
class Jar {
    constructor() {
        this.cookies = new Map();
    }
    store(host, path, secure, line, nowS) {
        const c = parseSetCookie(line);
        const domain = (c.attributes.domain || '').replace(/^\./, '').toLowerCase();
        const dir = path.slice(0, path.lastIndexOf('/')) || '/';
        const own = { name: c.name, value: c.value, domain: domain || host, hostOnly: domain === '',
            path: (c.attributes.path || '').startsWith('/') ? c.attributes.path : dir, secure: 'secure' in c.attributes };
        const bound = c.name.startsWith('__Host-');
        if (domain !== '' && host !== domain && !host.endsWith('.' + domain)) return;
        if ((own.secure && !secure) || (bound && !(own.secure && own.hostOnly && own.path === '/'))) return;
        const key = [own.name, own.domain, own.hostOnly, own.path].join('\n');
        const life = lifetime(c, nowS);
        own.until = life === null ? Infinity : nowS + life;
        if (life !== null && life <= 0) this.cookies.delete(key);
        else this.cookies.set(key, own);
    }
    matching(host, path, secure, nowS) {
        return [...this.cookies.values()].filter((c) => c.until > nowS && (!c.secure || secure) &&
            (c.hostOnly ? host === c.domain : host === c.domain || host.endsWith('.' + c.domain)) &&
            (path === c.path || path.startsWith(c.path.endsWith('/') ? c.path : c.path + '/')));
    }
    copy() {
        const jar = new Jar();
        for (const [key, cookie] of this.cookies) jar.cookies.set(key, { ...cookie });
        return jar;
    }
}

module.exports = { take, parseSetCookie, parseCookies, lifetime, Jar };
