/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ADMIN_H
#define ASSENT_HTTP_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "http/app.h"
#include "http/engine.h"
#include "http/pem.h"
#include "storage/clock_floor.h"
#include "storage/policies.h"

/* The operator's side: a port of its own, answers for programs as JSON and a page for people that needs
 * no script. Behind the engine as struct assent_handler; it knows no transport.
 *
 *   GET  /admin/                  the page, for a browser that has logged in
 *   GET  /admin/log?from=N        audit entries as a page
 *   GET  /admin/health            faults, store, audit log, clock, uptime
 *   GET  /admin/counters          choices per site, tier and method
 *   GET  /admin/metrics           the same for Prometheus, text format 0.0.4
 *   GET  /admin/unclassified      cookies that no policy names
 *   GET  /admin/hosts             hosts that pages behind the gateway load from, and no policy names
 *   GET  /admin/upstreams         applications behind the gateway, by site
 *   POST /admin/upstream          site=ID&name=ADDRESS&port=N&host=NAME&field=NAME&insert=yes&
 *                                 tls=plain|ca|pin|insecure&pin=SHA256: another one; without a name: none.
 *                                 ca keeps the certificate that there is; where there is none the site
 *                                 answers 502 until it has come:
 *   POST /admin/upstream-ca?site=ID   the certificate of its CA as content, PEM or DER, or as a form with
 *                                 one file: the application has to show one by it from now on
 *   GET  /admin/classify?cookie=N&tier=T   lines for the policy's JSON, for the Nth of them
 *   GET  /admin/classify?host=N&tier=T     the same for the Nth host
 *   GET  /admin/audit?from=N&count=M       entries as JSON, at most 100
 *   GET  /admin/audit/export      the whole log as JSON lines for `assent audit verify`
 *   GET  /admin/evidence?receipt=ID        a bundle of proof, see http/admin_evidence.h
 *   GET  /admin/policies          images kept, in force and archived
 *   POST /admin/policies          a signed image as content, or as a form with one file: it is put in
 *                                 force, the former one is archived
 *   POST /admin/rotate, /admin/revoke   site=ID: a new token key; all tokens of the site void
 *   POST /admin/clock             time=SECONDS since 1970, or time=2026-11-21T12:00:00Z
 *   POST /admin/token             a new admin token; the former one is void
 *   POST /admin/login, /admin/logout    token=TOKEN; for the page
 *   GET  /admin/style.css         for the page, without a token
 *
 * Who may: "Authorization: Bearer TOKEN", or the cookie of a login. Errors are problem details (RFC 9457),
 * for a browser that has logged in a page.
 *
 *   ADM-1  without a token nothing is answered but 401, the login form and its style; where no token
 *          has been provisioned, nobody can log in
 *   ADM-2  of the token only a digest is kept, and it is compared in constant time
 *   ADM-3  wrong tokens are counted by source and in sum before they are looked at; too many are
 *          answered with 429 and Retry-After, right or wrong
 *   ADM-4  nothing is changed for a request that another origin may have made, nor for a login's cookie
 *          without the form token that belongs to it
 *   ADM-5  an image is put in force only if its signature is right, it is sound in every byte, belongs to
 *          a site of the device, has a higher revision and says truly whether it asks again; it is in
 *          force after every power cut, or not at all, and its audit entry with it
 *   ADM-6  nothing of a visitor is in health, counters, metrics, unclassified cookies or policies. The
 *          audit log has pseudonyms; only a bundle of proof names a subject */

enum {
    ASSENT_ADMIN_TOKEN_BYTES = 32,   /* random; as text 43 letters of base64url */
    ASSENT_ADMIN_TOKEN_MIN = 16,     /* letters of a token that an operator chose, */
    ASSENT_ADMIN_TOKEN_MAX = 64,     /* visible ASCII */
    ASSENT_ADMIN_PIECE_BYTES = 768,  /* of an answer, written at once on the stack */
    ASSENT_ADMIN_SESSIONS = 3,       /* logins at a time; one more ends the one longest not used */
    ASSENT_ADMIN_SESSION_BYTES = 16, /* random */
    ASSENT_ADMIN_IDLE_MS = 1800000,  /* a login ends when it was not used for half an hour, */
    ASSENT_ADMIN_SESSION_MS = 28800000 /* and after eight hours */
};

/* What the device brings along besides. Functions may be NULL where it cannot do that. */
struct assent_admin_board {
    void *ctx;

    /* Who asks, to count wrong tokens by. NULL: nobody can be told apart. */
    void (*peer)(void *ctx, const struct assent_engine *engine,
                 uint8_t out[ASSENT_LIMIT_SOURCE_BYTES]);
    /* Set the wall clock.
     *   return  ASSENT_OK, or an error: it stays as it was */
    int (*set_clock)(void *ctx, uint64_t unix_s);
    /* Counters of faults and shortages: connections refused, memory gone, flash failures.
     *   name    static, snake_case
     *   return  false past the last one */
    bool (*fault)(void *ctx, unsigned index, const char **name, uint64_t *value);
};

struct assent_admin;
struct assent_admin_exchange;

/* One part of an answer: writes piece number index, at most ASSENT_ADMIN_PIECE_BYTES, once.
 *   return  false: there is no such piece, the part is complete */
typedef bool assent_admin_part(struct assent_admin_exchange *x, struct assent_writer *w,
                               unsigned index);

/* One exchange under way. As many as there are engines; zeros to start. */
struct assent_admin_exchange {
    struct assent_admin *admin;
    const struct assent_engine *engine; /* whose; NULL: free */
    const struct assent_admin_route *route;
    assent_admin_part *const *parts; /* the last is NULL */
    const char *detail;              /* of a refusal, shown on a page; static */
    uint32_t index;                  /* of the next piece */
    uint32_t next, last;             /* where a list stands and ends, such as audit entries */
    uint32_t content_bytes;          /* of the request so far */
    uint8_t part;
    uint8_t session; /* place of the login, counted from 1; 0: a token came along */
    uint8_t site;
    uint16_t body_len;
    bool allowed; /* has proved who it is */
    uint8_t body[ASSENT_ADMIN_BODY_BYTES];
};

struct assent_admin_session {
    uint8_t id[ASSENT_ADMIN_SESSION_BYTES];
    uint32_t started_ms, used_ms;
    bool open;
};

/* The one large thing under way: an upload or a bundle. */
struct assent_admin_work {
    const struct assent_admin_exchange *owner; /* NULL: none */
    /* An upload. */
    uint32_t left;     /* bytes of the image and its signature still to come */
    uint16_t around;   /* bytes of the form around it so far */
    uint8_t state;     /* of admin_upload.c */
    uint8_t match;     /* bytes met of what separates head and content of a form's part */
    uint8_t start_len; /* bytes of the image in start */
    bool form;         /* it comes as a file of a form */
    uint8_t start[12]; /* of the image, up to its length */
    int error;
    struct assent_pem pem; /* of a certificate */
    /* Both. */
    struct assent_policies_image image;
    /* A bundle. */
    uint32_t state_sequence;         /* of the record's state that the receipt was made for */
    uint32_t first, activation, end; /* of the audit log; UINT32_MAX: no such entry */
    struct assent_record record;
    struct assent_policy policy; /* of the revision shown */
    struct assent_span host;     /* that the notice was written for; empty: none gives its hash */
    uint8_t language;
    bool has_policy;
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES];
    uint8_t id[16]; /* of the receipt */
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];
    uint8_t digest[ASSENT_SHA256_BYTES]; /* D, as http/admin_evidence.h says */
};

struct assent_admin {
    /* Set by the caller before any call; borrowed. */
    struct assent_app *app;           /* open, with its sites; its archive takes uploaded images */
    struct assent_clock_floor *floor; /* NULL: the clock cannot be set */
    const struct assent_admin_board *board;
    struct assent_gateway *gateway; /* with its settings; NULL: there is none */
    uint8_t *certificate; /* room for ASSENT_UPSTREAM_CA_BYTES of one; NULL: none can be given */
    struct assent_admin_exchange *exchanges;
    uint8_t exchange_count;
    bool https;

    /* For admin*.c only; zeros to start. */
    struct assent_limit failures;
    struct assent_admin_session session[ASSENT_ADMIN_SESSIONS];
    struct assent_admin_work work;
    uint8_t secret[ASSENT_SHA256_BYTES]; /* of form tokens, drawn at the start */
    uint64_t uptime_ms;
    uint32_t seen_ms;
    uint32_t login_count, failure_count, upload_count;
    bool ready; /* there is a secret */
};

/* Start. Without randomness logins fail, tokens work. */
void assent_admin_init(struct assent_admin *admin);

/* Make an admin token and keep its digest, in place of the former one.
 *   given   the operator's own; empty: a random one
 *   text    receives a random token
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE    a given token is too short, too long or not visible ASCII
 *           ASSENT_ERR_ENTROPY, ASSENT_ERR_CRYPTO and those of assent_keys_put */
int assent_admin_set_token(struct assent_keys *keys, struct assent_span given,
                           uint8_t text[ASSENT_ADMIN_TOKEN_MAX], size_t *len);

/* Whether a token has been provisioned.
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND and those of assent_keys_get */
int assent_admin_has_token(struct assent_keys *keys);

/* Names of the secrets in assent_keys_get: SHA-256 of "assent admin v1" and the token; key of the
 * signature of policy images, shared with the operator. */
#define ASSENT_ADMIN_TOKEN_NAME      "admin"
#define ASSENT_ADMIN_POLICY_KEY_NAME "policy"

/* The context is a struct assent_admin. */
extern const struct assent_handler assent_admin_handler;

#endif
