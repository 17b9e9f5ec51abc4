/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_KIOSK_H
#define ASSENT_HTTP_KIOSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/consent.h"
#include "core/span.h"
#include "core/token.h"
#include "core/writer.h"
#include "http/limit.h"

/* Terminals that one visitor leaves to the next. A session begins with the first request and ends by the
 * button "I'm done", when nothing was asked for during the idle time, or with the device; then the next
 * visitor is asked anew. It holds for all sites of the device.
 *
 * A session is known by a random id, which lies in RAM only and with the browser as the value of a
 * cookie, the mark. Terminals are told apart by their address: those behind one address are one.
 *
 *   KIOSK-1  consent tokens of a session are made and checked with keys derived from its id: no other
 *            session believes them, whoever kept a copy
 *   KIOSK-2  a request that brings any cookie but not the mark of the session under way reaches no
 *            site: it is answered here, without its cookies, and every one of them is expired. This
 *            goes on until the browser has none left
 *   KIOSK-3  what begins a session keeps it only by a visitor's act: asking for a page. Pictures and
 *            what scripts fetch prolong nothing, nor does the screen that reloads itself
 *   KIOSK-4  nothing that is served during a session may be stored by the browser */

/* One session. */
struct assent_kiosk_terminal {
    uint8_t peer[ASSENT_LIMIT_SOURCE_BYTES];
    uint8_t session[ASSENT_SUBJECT_BYTES];
    uint32_t act_ms; /* when the visitor last did something, by the clock's uptime */
    bool used;
};

struct assent_kiosk {
    uint32_t idle_s; /* set by the caller: 1..604800; 0: no kiosk, and nothing of this is done */

    /* For kiosk.c only; zeros to start. */
    struct assent_kiosk_terminal terminals[ASSENT_KIOSK_TERMINALS];
};

enum assent_kiosk_state {
    ASSENT_KIOSK_OFF,  /* the device is none */
    ASSENT_KIOSK_NEW,  /* a browser without any cookie */
    ASSENT_KIOSK_LIVE, /* the mark of the session under way is there */
    ASSENT_KIOSK_ENDED /* cookies of a session that has ended */
};

struct assent_app;
struct assent_visit;
struct assent_response;

/* End the sessions that have been idle for long. Every request does it too; a device that may be left
 * alone for weeks calls it at least once in ten days, before uptime_ms comes round. */
void assent_kiosk_sweep(struct assent_app *app);

/* Find out about a request before the gate does, and take the mark out of it.
 *   head  rewritten in place, its length stays */
void assent_kiosk_enter(struct assent_visit *visit, uint8_t *head, size_t len);

/* Keys of the visit's tokens (KIOSK-1).
 *   room    for keys of a session. Wipe it when done with
 *   return  room, or the keys of the site; NULL if none can be derived or the session has ended */
const struct assent_token_keys *assent_kiosk_keys(const struct assent_visit *visit,
                                                  struct assent_token_keys *room);

/* Begin a session if there is none, and note that the visitor is there. Whoever passes a request on
 * before assent_app_answer calls it first.
 *   return  false: it is not to be passed on: its session has ended, or none can be begun */
bool assent_kiosk_note(struct assent_visit *visit);

/* The same, and answer what comes from an ended session (KIOSK-2).
 *   return  false: it is for others to answer */
bool assent_kiosk_answer(struct assent_visit *visit, struct assent_response *response);

/* Fields of the answer that are the kiosk's: the mark; Refresh, which brings a screen that was left back
 * by itself; for an ended session Clear-Site-Data, which browsers heed over HTTPS.
 *   head  of the answer as it was written
 *   out   behind the last field */
void assent_kiosk_fields(const struct assent_visit *visit, struct assent_span head,
                         struct assent_writer *out);

/* End the session by the button: from now on the visit is one of an ended session. */
void assent_kiosk_end(struct assent_visit *visit, struct assent_response *response);

/* The page that an ended session leads to, and that a screen which was left asks for. While the session
 * goes on, it offers to end it. */
void assent_kiosk_page(struct assent_visit *visit, struct assent_response *response);

#endif
