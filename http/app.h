/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_APP_H
#define ASSENT_HTTP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/gate.h"
#include "core/head.h"
#include "http/archive.h"
#include "http/documents.h"
#include "http/policy_text.h"
#include "http/html.h"
#include "http/kiosk.h"
#include "http/limit.h"
#include "http/request.h"
#include "http/response.h"
#include "http/style.h"
#include "http/unclassified.h"
#include "storage/consents.h"
#include "storage/keys.h"
#include "storage/ledger_store.h"

/* The consent application of a device with all of its sites. It knows no transport: whatever serves
 * HTTP hands it a request and lets it write through struct assent_response; http/app_handler.h does so
 * for the engine. One exchange is
 *
 *     assent_app_filter_request     the head, before anybody else looks at it: site, gate, decision
 *     assent_app_answer             once its content is there; or another application answers
 *     assent_app_filter_response    the head of the answer, whoever wrote it
 *     assent_app_produce            as often as there is room for more of the answer
 *
 *   APP-1  a choice is durable before its answer is begun
 *   APP-2  nothing is changed for a request that another origin may have made
 *   APP-3  a refusal writes nothing to the store; who has no record gets none by it
 *   APP-4  if the store fails, whoever takes something back still gets it: by token, without record */

enum { ASSENT_APP_FORM_BYTES = 22 }; /* a form token as text */

#define ASSENT_APP_PREFIX "/.consent/"

/* One site. Wired by assent_app_open_site. */
struct assent_app_site {
    struct assent_gate gate;
    struct assent_policy policy;
    struct assent_token_keys keys;
    struct assent_ledger_store ledger_store;
    struct assent_ledger ledger;
    struct assent_consents_site records;
    struct assent_app *app;
    uint8_t form_key[ASSENT_SHA256_BYTES];
    uint8_t receipt_key[ASSENT_SHA256_BYTES];
    uint8_t style_source[ASSENT_STYLE_SOURCE_BYTES];
    uint8_t number; /* on the device, as in records */
};

struct assent_app {
    /* Set by the caller before any call; borrowed. */
    struct assent_consents *consents;
    struct assent_keys *keys;
    const struct assent_crypto *crypto;
    const struct assent_clock *clock;
    const struct assent_entropy *entropy;
    const struct assent_log *log;      /* NULL: none */
    const struct assent_text *text;    /* words that all sites share */
    struct assent_unclassified *hosts; /* the same for hosts that pages of applications load from */
    struct assent_unclassified *unclassified; /* NULL: cookies that no policy names are not kept */
    uint8_t *scratch;                         /* ASSENT_APP_SCRATCH_BYTES, used within one call */
    struct assent_app_site *sites;            /* room for site_max of them */
    uint8_t site_max;
    struct assent_archive *archive; /* NULL: no earlier revisions are kept */
    struct assent_kiosk kiosk;      /* idle_s; zeros: no kiosk */
    /* Full texts that the policies' images leave out; NULL: none. */
    const struct assent_documents *documents;

    /* For app*.c only; zeros to start. */
    uint8_t site_count;
    struct assent_limit choices; /* changes of the store, by address */
    struct assent_limit rights;  /* receipts and exports that repeat, by subject */
};

/* Set limits and forget sites; the members set by the caller stay. */
void assent_app_init(struct assent_app *app);

/* Add a site.
 *   image    policy image, borrowed
 *   number   of the site on the device; the same for its life
 *   return   ASSENT_OK
 *            ASSENT_ERR_FULL  site_max reached
 *            and those of assent_policy_open, assent_policy_text_share, assent_keys_create, _load,
 *            _secret and assent_style_source */
int assent_app_open_site(struct assent_app *app, struct assent_span image, uint8_t number);

/* Put another image of a site in force, without a pause: requests under way go on with the new one.
 *   image    borrowed from now on; the former one as long as requests are under way
 *   return   ASSENT_OK
 *            ASSENT_ERR_NOT_FOUND  no site of this number, or another controller's image
 *            and those of assent_policy_open, assent_policy_text_share and assent_style_source; nothing has
 *            changed */
int assent_app_replace_site(struct assent_app *app, struct assent_span image, uint8_t number);

/* The site of a number, or NULL. The site that serves a host, or NULL. */
struct assent_app_site *assent_app_site_of(struct assent_app *app, uint8_t number);
struct assent_app_site *assent_app_site(struct assent_app *app, struct assent_span host);

/* A request, as whoever serves HTTP sees it behind the gate. Spans are borrowed until the answer is
 * complete. */
struct assent_app_request {
    struct assent_span host; /* without port */
    struct assent_span path; /* encoded, as sent */
    struct assent_span query;
    struct assent_span target; /* path and query */
    struct assent_span method_name;
    struct assent_head fields; /* for assent_head_next */
    struct assent_span body;   /* all of it, or its first ASSENT_APP_BODY_BYTES */
    uint64_t body_bytes;       /* its length */
    uint16_t port;             /* of the authority; 0: none */
    uint8_t method;            /* enum assent_method of http/request.h */
    bool https;
    uint8_t peer[ASSENT_LIMIT_SOURCE_BYTES]; /* address of the visitor, or zeros */
};

struct assent_visit;

/* One part of a page.
 *   index   0, 1, …: the piece of the part that is to be written, the same bytes each time
 *   return  false: there is no such piece, the part is complete; nothing was written */
typedef bool assent_page_part(struct assent_html *h, const struct assent_visit *visit,
                              unsigned index);

/* A piece of a document of any length, see assent_page_stream of http/page.h. */
typedef bool assent_page_piece(const struct assent_visit *visit, struct assent_writer *w,
                               uint32_t *next);

/* One exchange. Owned by the caller, zeros to start. */
struct assent_visit {
    struct assent_app *app;
    struct assent_app_site *site; /* NULL: no site has this host */
    const struct assent_policy
        *policy; /* that the pages tell of: the site's, or an earlier revision */
    struct assent_gate_exchange gate;
    struct assent_app_request request;
    uint8_t language; /* of the answer, index in the policy */

    /* What the answer takes along. */
    uint8_t token[ASSENT_TOKEN_TEXT_BYTES];
    uint8_t token_len; /* 0: no new token */
    uint16_t token_days;
    bool forget_token; /* the token is deleted */

    /* The session of a shared terminal. */
    uint8_t session[ASSENT_SUBJECT_BYTES];
    bool has_session;
    uint8_t kiosk; /* enum assent_kiosk_state */

    /* The content under way: parts of a page, or a document made as one. */
    assent_page_part *const *parts; /* the last is NULL */
    int (*document)(const struct assent_visit *visit, struct assent_writer *w);
    assent_page_piece *stream;
    uint32_t index;  /* in the part; of a stream: next */
    uint32_t offset; /* in the piece, or in the document */
    uint32_t length; /* of the document */
    uint8_t part;    /* of the page; of a full text, its row in the policy */
    uint8_t message; /* enum assent_text_key; ASSENT_TEXT_COUNT: none */

    /* What pages show that is not to change while they are sent. */
    struct assent_record record;
    bool has_record;
    uint8_t form[ASSENT_APP_FORM_BYTES];
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES]; /* of the audit log, for a receipt */
    bool has_head;
    uint32_t number; /* of the page: revision */
    bool archived;   /* it is an earlier one, in the archive */
};

/* Choose the site and pass the gate.
 *   visit   request.peer is read if the device is a kiosk; everything else is set
 *   host    of the request; without port or with it
 *   head    rewritten in place, see assent_gate_request
 *   return  the new length, or an error of assent_gate_request; without a site: len */
int assent_app_filter_request(struct assent_app *app, struct assent_visit *visit,
                              struct assent_span host, bool https, uint8_t *head, size_t len);

/* Pass the gate and add the token.
 *   return  ASSENT_OK, or an error of assent_gate_response */
int assent_app_filter_response(struct assent_visit *visit, bool interim, struct assent_span head,
                               struct assent_writer *out);

/* Whether the application answers this path itself: it must never reach another application. */
bool assent_app_owns(struct assent_span path);

/* Answer a request: whatever assent_app_owns; for hosts without a site the list of sites.
 *   visit     of assent_app_filter_request; request is set
 *   response  in state ASSENT_RESPONSE_READY
 *   return    false: not for the application; nothing was written */
bool assent_app_answer(struct assent_visit *visit, struct assent_response *response);

/* Write more of the answer, as much as there is room for. */
void assent_app_produce(struct assent_visit *visit, struct assent_response *response);

#endif
