/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_DEMO_SITE_H
#define ASSENT_HTTP_DEMO_SITE_H

#include "http/app.h"

/* A small site behind the gate that behaves as sites do: it sets every cookie that its policy names,
 * and some that it does not, whatever the visitor has chosen.
 *
 *     /           a page that shows what reached the site and what the gate lets through; sets the
 *                 policy's cookies by Set-Cookie, and some by script
 *     /shop/      the same; its cookies belong to that path
 *     /pixel.gif  a tracker pixel, with a cookie of its own
 *     /demo.js    the script that sets cookies: all of them while nobody has been asked, as careless
 *                 sites do; afterwards those that are allowed, since a gate cannot stop a script from
 *                 writing, only expire what it wrote
 *     /echo       any method: 200, as text: method, target, length of the content, cookies that passed
 *
 * As struct assent_app_server.answer. */
void assent_demo_site_answer(struct assent_visit *visit, struct assent_response *response);

#endif
