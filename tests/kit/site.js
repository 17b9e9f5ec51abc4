// SPDX-License-Identifier: MIT
// An application that knows nothing of consent: it shows the cookies that reach it, and sets its own.
//   node tests/kit/site.js PORT
'use strict';
require('http').createServer((request, response) => {
    const shop = request.url === '/shop/' ? ['pk_ux1=1; Path=/shop/; Max-Age=86400; HttpOnly'] : [];
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Set-Cookie', ['pk_session=1; Path=/; HttpOnly', 'pk_usage=1; Path=/; Max-Age=86400',
        'unknown=1; Path=/; HttpOnly', ...shop]);
    response.end('<!doctype html>\n<title>Site</title>\n<body>\n<h1>Site</h1>\n' +
        `<p>cookies: ${request.headers.cookie || ''}</p>\n` +
        `<p>allowed: ${request.headers['assent-consent']}</p>\n</body>\n`);
}).listen(Number(process.argv[2]), '127.0.0.1');
