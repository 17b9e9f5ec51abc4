// SPDX-License-Identifier: MIT
// An application as people write them: sessions, a form with a token against forgery, cookies for
// statistics set by server and script whatever the visitor wants. It knows nothing of the gateway.
//   node server.js FOLDER-OF-PACKAGES; prints its port
'use strict';
const path = require('path');
const crypto = require('crypto');
const load = (name) => require(path.join(process.argv[2], 'node_modules', name));
const express = load('express');
const session = load('express-session');
const cookies = load('cookie-parser');

const app = express();
app.set('trust proxy', true);
app.use(cookies());
app.use(
    session({
        name: 'pcv_session',
        secret: 'test',
        resave: false,
        saveUninitialized: true,
        cookie: { httpOnly: true, sameSite: 'lax' },
    }),
);
app.use(express.urlencoded({ extended: false }));

app.get('/', (request, response) => {
    request.session.visits = (request.session.visits || 0) + 1;
    request.session.token = request.session.token || crypto.randomBytes(8).toString('hex');
    response.cookie('pcv_uid', 'u1', { maxAge: 86400000 });
    response.cookie('pcv_search', 's1', { maxAge: 86400000, httpOnly: true });
    response.cookie('spy', '1', { maxAge: 86400000 });
    response.send(`<!doctype html><html lang="en"><head><title>Express</title></head><body><h1>Shop</h1>
<p id="visits">${request.session.visits}</p><p id="notes">${(request.session.notes || []).length}</p>
<form id="note" method="post" action="/note"><input type="hidden" name="token" value="${request.session.token}">
<input name="text" value="hello"><button>Save</button></form>
<script type="text/plain" data-assent="analytics">window.measured = true;</script></body></html>`);
});
app.post('/note', (request, response) => {
    if (!request.session.token || request.body.token !== request.session.token) return response.status(403).send('token');
    request.session.notes = [...(request.session.notes || []), request.body.text];
    return response.redirect(303, '/');
});
app.get('/echo', (request, response) =>
    response.json({
        cookies: Object.keys(request.cookies),
        granted: request.get('assent-consent'),
        ip: request.ip,
        host: request.hostname,
    }),
);

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
