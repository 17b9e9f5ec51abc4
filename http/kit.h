/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_KIT_H
#define ASSENT_HTTP_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/app.h"
#include "http/stores.h"
#include "storage/flash.h"

/* Consent for a web server that exists already: gate, store and consent application wired up, behind four
 * calls for each request. All memory is the caller's. Outside it needs flash, crypto, a clock and
 * randomness; on Linux port/host/kit_host.h brings all of them.
 *
 *     static struct assent_kit kit;
 *     static struct assent_app_site sites[1];
 *     static uint8_t scratch[ASSENT_APP_SCRATCH_BYTES], buffer[4096];
 *     static uint32_t heads[1024]; // assent_layout_heads_bytes(), fixed when the flash is set up
 *
 *     bool start(void)
 *     {
 *         struct assent_kit_setup setup = {
 *             .flash = &board_flash, .crypto = &crypto, .clock = &clock, .entropy = &entropy,
 *             .texts = texts_image, .policies = &site_image, .policy_count = 1, .sites = sites,
 *             .scratch = scratch, .buffer = buffer, .buffer_bytes = sizeof(buffer),
 *             .heads = heads, .heads_bytes = sizeof(heads)};
 *         return assent_kit_init(&kit, &setup) == ASSENT_OK;
 *     }
 *
 *     void serve(uint8_t *head, size_t len, struct assent_span body)
 *     {
 *         static struct assent_kit_exchange x;
 *         struct assent_kit_client client = {.https = false};
 *         struct assent_writer out = assent_writer(send_buffer, sizeof(send_buffer));
 *         struct assent_span answer;
 *         int n = assent_kit_request(&kit, &x, &client, head, len);
 *
 *         if (n < 0) {
 *             refuse(x.status);
 *         } else if (assent_kit_answer(&x, body, body.len)) {
 *             for (send(x.head); (n = assent_kit_read(&x, buffer, sizeof(buffer))) > 0;) {
 *                 send(assent_span(buffer, (size_t)n));
 *             }
 *         } else {
 *             answer = application(head, (size_t)n, &x);
 *             if (assent_kit_response(&x, false, answer, &out) == ASSENT_OK) {
 *                 send(assent_writer_span(&out));
 *             } else {
 *                 refuse(502);
 *             }
 *         }
 *         assent_kit_idle(&kit);
 *     }
 *
 * For servers that parse heads themselves and hand out fields there are assent_kit_start and
 * assent_kit_field to put a head together, and assent_head_next to take one apart.
 *
 *   KIT-1  before assent_kit_request has returned a length nobody reads the head, and afterwards only
 *          the head that it left; what assent_kit_answer answers never reaches an application
 *   KIT-2  no head of an answer leaves but through assent_kit_response or assent_kit_answer
 *   KIT-3  what was not let in gets nothing out: after an error of assent_kit_request, and for hosts that
 *          are no site, assent_kit_response lets no head pass, assent_kit_value finds no cookie and
 *          assent_kit_answer answers; whoever overlooks the error refuses the request all the same
 *
 * Calls on one kit come from one thread at a time: servers with several hold a lock around each call. */

/* Room for the notice and for the link, bytes: what the policies here make of them in all their languages,
 * with some to spare. It is the caller's. */
#define ASSENT_KIT_NOTICE_BYTES 12288
#define ASSENT_KIT_LINK_BYTES   4096

/* Send buffer of one exchange: a head of the consent application before and behind the gate, bytes. */
#define ASSENT_KIT_SEND_BYTES 4096

/* What the caller brings along. Everything pointed to is borrowed as long as the kit is in use, but for
 * the struct itself. */
struct assent_kit_setup {
    const struct assent_flash *flash; /* set up: port/host/kit_format.h, `assent provision` */
    const struct assent_crypto *crypto;
    const struct assent_clock *clock;
    const struct assent_entropy *entropy;
    const struct assent_log *log; /* NULL: none */
    struct assent_span texts;     /* image of `assent policy texts` */
    const struct assent_span
        *policies;                 /* images of `assent policy compile`, one for each site; their
                                               places are the sites' numbers for the life of the flash */
    struct assent_app_site *sites; /* room for policy_count of them */
    uint8_t *scratch;              /* ASSENT_APP_SCRATCH_BYTES */
    uint8_t *buffer;               /* see struct assent_kv_config, as for the next two */
    void *heads;
    uint32_t heads_bytes;
    uint32_t buffer_bytes;
    struct assent_span
        decision_field;       /* field that tells applications what is allowed: copies of it are
                                          taken out of requests. Empty: none */
    const uint8_t *store_key; /* ASSENT_AEAD_KEY_BYTES, if the store is encrypted; else NULL */
    uint8_t policy_count;
};

/* Owned by the caller; zeros are not needed. For kit.c only. */
struct assent_kit {
    struct assent_stores stores;
    struct assent_text text;
    struct assent_app app;
};

/* What the server knows of a visitor. */
struct assent_kit_client {
    bool https; /* the visitor's connection is encrypted */
    uint8_t peer
        [ASSENT_LIMIT_SOURCE_BYTES]; /* address, 4 or 16 bytes and zeros: how often one visitor can
                                                change things is limited by it; zeros: nobody can be
                                                told apart */
};

/* One request and its answer. Owned by the caller; zeros are not needed. */
struct assent_kit_exchange {
    struct assent_visit visit;     /* visit.gate.decision is what was decided */
    struct assent_request request; /* the request as it was left; valid after assent_kit_request */
    struct assent_span head;       /* of an answer of the consent application */
    unsigned status;               /* after an error: what to refuse the request with, 400..599 */
    bool answered;                 /* the head of the answer has passed */
    struct assent_response response;
    uint8_t send[ASSENT_KIT_SEND_BYTES];
};

/* What a program and the library have to agree on; compiled with other limits of core/config.h they do
 * not. */
#define ASSENT_KIT_SIZES                                                                           \
    (sizeof(struct assent_kit) + sizeof(struct assent_app_site) +                                  \
     sizeof(struct assent_kit_exchange) + ASSENT_APP_SCRATCH_BYTES)

int assent_kit_init_sized(struct assent_kit *kit, const struct assent_kit_setup *setup,
                          size_t sizes);

/* Open what is in the flash, and the sites. After an error the kit refuses every request.
 *   return  ASSENT_OK
 *           ASSENT_ERR_VERSION    program and library were compiled with other limits; or one of a format
 *           ASSENT_ERR_CRYPTO     setup->crypto does not compute what it should (http/crypto_check.h)
 *           ASSENT_ERR_NOT_FOUND  the flash has not been set up (port/host/kit_format.h)
 *           ASSENT_ERR_RANGE      there is less room for heads than it was set up with
 *           and those of assent_stores_open, assent_text_open, assent_app_open_site */
static inline int assent_kit_init(struct assent_kit *kit, const struct assent_kit_setup *setup)
{
    return assent_kit_init_sized(kit, setup, ASSENT_KIT_SIZES);
}

/* A bounded piece of upkeep: retention, audit log, counters, clock, cleaning of flash. After each
 * exchange, or when there is nothing to do. */
void assent_kit_idle(struct assent_kit *kit);

/* Write what is still in memory; before the end of the program or a planned restart. */
void assent_kit_flush(struct assent_kit *kit);

/* Put a request head together: its first line, then its fields, then assent_kit_end. What can be used to
 * split a head latches ASSENT_ERR_FORBIDDEN.
 *   version  "HTTP/1.1" or "HTTP/1.0", as the client said */
void assent_kit_start(struct assent_writer *w, const char *method, const char *target,
                      const char *version);
/* The same for the head of an answer.
 *   status  100..599 */
void assent_kit_start_answer(struct assent_writer *w, unsigned status);
void assent_kit_field(struct assent_writer *w, struct assent_span name, struct assent_span value);
void assent_kit_end(struct assent_writer *w);

/* A request: choose the site, decide, and take out of the head what is not allowed.
 *   head      len bytes: request line, fields, empty line; rewritten in place. Borrowed, unchanged, until
 *             the answer is complete
 *   return    the new length
 *             ASSENT_ERR_SYNTAX, ASSENT_ERR_LIMIT, ASSENT_ERR_STATE (the kit is not open) and others of
 *             assent_app_filter_request: answer x->status, or let assent_kit_answer do it, and close; the
 *             request must not reach anybody */
int assent_kit_request(struct assent_kit *kit, struct assent_kit_exchange *x,
                       const struct assent_kit_client *client, uint8_t *head, size_t len);

/* Let the consent application answer, for each request and before anybody else: it answers its own paths
 * and hosts that are no site. A choice is durable on return.
 *   body        of the request, or its first ASSENT_APP_BODY_BYTES; borrowed until the answer is complete
 *   body_bytes  its length
 *   return      false: not its own; an application answers. Never after an error of assent_kit_request.
 *               true: x->head is the head of the answer, already through the gate: status line
 *               with x->response.status, fields, empty line. There is Content-Length or no framing:
 *               that and Connection are the server's business. The content comes from assent_kit_read */
bool assent_kit_answer(struct assent_kit_exchange *x, struct assent_span body, uint64_t body_bytes);

/* Whether the content of the request is for the consent application: to be gathered before it answers. */
static inline bool assent_kit_owns(const struct assent_kit_exchange *x)
{
    return x->visit.site == NULL || assent_app_owns(x->visit.request.path);
}

/* Content of the answer of the consent application, in order. None for HEAD.
 *   out     room for cap (1..) bytes
 *   return  bytes written, 1..cap; 0 at the end; ASSENT_ERR_STATE: the answer cannot be completed, close
 *           the connection */
int assent_kit_read(struct assent_kit_exchange *x, uint8_t *out, size_t cap);

/* The head of an application's answer: take out what is not allowed, add what is to be expired.
 *   interim  status 1xx other than 101
 *   head     status line ("HTTP/1.1 200 OK"), fields, empty line, each ended by CRLF
 *   out      see assent_gate_response; 800 bytes more than head, and 150 for each cookie to expire
 *   return   ASSENT_OK; or answer 502 instead:
 *            ASSENT_ERR_STATE  there is no request that was let in, or its host is no site
 *            and those of assent_gate_response; ASSENT_ERR_SYNTAX also for a head without a status line */
int assent_kit_response(struct assent_kit_exchange *x, bool interim, struct assent_span head,
                        struct assent_writer *out);

/* The notice, for the start of a page's body, and the link to change the choice, for its end. A page that
 * got the notice is not cached: both come before assent_kit_response. If the page has a
 * Content-Security-Policy of its own, its style-src needs visit.site->style_source.
 *   out     room for cap bytes: ASSENT_KIT_NOTICE_BYTES, ASSENT_KIT_LINK_BYTES
 *   return  bytes written; 0: none is to be shown
 *           ASSENT_ERR_STATE  the head of the answer has passed: it would be cached with this visitor's form
 *           ASSENT_ERR_SPACE, ASSENT_ERR_CRYPTO  out is void */
int assent_kit_notice(struct assent_kit_exchange *x, uint8_t *out, size_t cap);
int assent_kit_link(struct assent_kit_exchange *x, uint8_t *out, size_t cap);

/* A field of the request as it was left, for servers that keep a copy of their own.
 *   name    compared without regard to case
 *   index   0: the first line with this name, 1: the second, …
 *   return  its value, trimmed; empty if there is none */
struct assent_span assent_kit_value(const struct assent_kit_exchange *x, struct assent_span name,
                                    unsigned index);

/* Whether a tier is allowed for this request. */
static inline bool assent_kit_allows(const struct assent_kit_exchange *x, enum assent_tier tier)
{
    return (x->visit.gate.decision.allowed & ASSENT_TIER_BIT(tier)) != 0;
}

/* The allowed tiers as text, "essential, analytics": the value of the decision field. */
void assent_kit_tiers(const struct assent_kit_exchange *x, struct assent_writer *w);

#endif
