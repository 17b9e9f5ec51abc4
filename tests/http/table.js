// SPDX-License-Identifier: MIT
// Reads tests/http/requests.txt: rows of { kind, statuses, name, bytes }.
'use strict';
const fs = require('fs');
const path = require('path');

const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';

function unescapeText(text) {
    return text.replace(/\\x([0-9a-f]{2})|\\(.)/g, (all, hex, letter) =>
        hex ? String.fromCharCode(parseInt(hex, 16)) : { r: '\r', n: '\n', t: '\t' }[letter] || letter,
    );
}

function bytesOf(text) {
    const parts = text.split(/(\{\d+\*[^}]*\}|\{next\})/);
    const out = parts.map((part) => {
        const repeat = /^\{(\d+)\*([^}]*)\}$/.exec(part);
        if (repeat) return unescapeText(repeat[2]).repeat(Number(repeat[1]));
        return part === '{next}' ? NEXT : unescapeText(part);
    });
    return Buffer.from(out.join(''), 'latin1');
}

function readTable() {
    const text = fs.readFileSync(path.join(__dirname, 'requests.txt'), 'latin1');
    return text
        .split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => {
            const [kind, statuses, name] = line.split('|', 3);
            const raw = line.slice(kind.length + statuses.length + name.length + 3);
            return { kind, statuses, name, bytes: bytesOf(raw) };
        });
}

module.exports = { readTable };
