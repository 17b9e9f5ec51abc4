/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RELAY_HEAD_H
#define ASSENT_HTTP_RELAY_HEAD_H

#include "http/relay.h"

/* Heads as the gateway sends them on. */

/* What the relay has decided about a request. */
struct assent_relay_request {
    bool upgrade;         /* a WebSocket handshake goes on as one */
    bool page;            /* the answer may become a page with a notice: see assent_relay_is_page */
    bool expect_continue; /* the client waits for 100 */
    uint8_t max_forwards; /* of OPTIONS, less one; 255: not there */
};

/* Whether the answer to a request is a page that a visitor looks at, as far as the request tells: GET,
 * HEAD or POST, no Range, for a document (Fetch Metadata s. 2.1) or by what it accepts. */
enum assent_relay_page { ASSENT_RELAY_NO_PAGE, ASSENT_RELAY_MAY_BE_PAGE, ASSENT_RELAY_PAGE };
enum assent_relay_page assent_relay_is_page(const struct assent_request *request);

/* Whether a request asks for a tunnel that the gateway relays: WebSocket (RFC 6455 s. 4.1), no other
 * protocol, so that none is spoken behind the gate's back. */
bool assent_relay_is_websocket(const struct assent_request *request);

/* Write the head of the request for the application. Fields are left out that belong to the visitor's
 * connection, that the gateway writes itself, and names with '_' or other signs that CGI maps to the name
 * of another field. Added are Via (RFC 9110 s. 7.6.3), Forwarded (RFC 7239), X-Forwarded-For, -Proto,
 * -Host (copies of the visitor are removed: the gateway is the first hop that is to be believed) and the
 * decision.
 *   return  w->error */
int assent_relay_write_request(struct assent_writer *w, const struct assent_engine *engine,
                               const struct assent_visit *visit,
                               const struct assent_upstream *upstream,
                               const struct assent_relay_request *how);

/* Copy the fields of an answer's head that are meant for the visitor, and add Via. Alt-Svc is left out:
 * it would lead around the gate.
 *   changed  the content will be changed: fields that describe it byte by byte are left out */
void assent_relay_copy_fields(struct assent_response *response, const struct assent_reply *reply,
                              bool changed);

/* Whether an answer is HTML that can be changed: text/html without coding, in a charset that has ASCII
 * where ASCII has it; status 200 to 599 but 204, 206 and 304. */
bool assent_relay_is_html(const struct assent_reply *reply);

#endif
