/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_VISITOR_H
#define ASSENT_TESTS_UNIT_VISITOR_H

#include "http/app_handler.h"
#include "tests/unit/device.h"

/* A device with the five sites, and one visitor with a simple browser: it keeps cookies by name, sends
 * them, and takes answers apart. Everything passes the engine. One at a time: the memory is static. */
enum { VISITOR_SITES = 5, VISITOR_COOKIES = 24, VISITOR_OUT_BYTES = 1 << 17 };

struct visitor {
    struct device device;
    struct assent_clock clock;
    uint32_t uptime_ms;
    struct assent_text text;
    struct assent_app app;
    struct assent_app_site sites[VISITOR_SITES];
    struct assent_app_server server;
    struct assent_app_exchange exchange;
    const char *host;   /* of the next requests; "prokoders.localhost" at first */
    const char *fields; /* more fields of each request, with line ends; "" at first */
    bool no_cookies;    /* the browser keeps none */
    size_t send_bytes;  /* size of the engine's send buffer; 4096 at first */
    char cookie[VISITOR_COOKIES][160]; /* "name=value"; empty: free */
    char answer[VISITOR_OUT_BYTES];    /* as sent, chunks joined; ends with NUL */
    const char *content;               /* in answer */
    unsigned status;
    uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
};

/* A fresh device and a visitor who has never been there. Prints why and aborts if it cannot. */
struct visitor *visitor_open(void);
void visitor_close(struct visitor *visitor);

/* Switch the device off and on. */
void visitor_restart(struct visitor *visitor);

/* One request on a connection of its own.
 *   body  NULL: none
 *   type  Content-Type of body; NULL: a form
 *   return  the status */
unsigned visitor_ask(struct visitor *visitor, const char *method, const char *path,
                     const char *type, const char *body);
unsigned visitor_get(struct visitor *visitor, const char *path);

/* Post a form with its token, which is taken from a page fetched before.
 *   fields  such as "assent=all"
 *   return  the status of the POST; a redirect to /.consent/kept is followed */
unsigned visitor_post(struct visitor *visitor, const char *path, const char *fields);

/* Whether the last answer has this text; whether the browser has this cookie; how many it has. */
bool visitor_has(const struct visitor *visitor, const char *text);
bool visitor_keeps(const struct visitor *visitor, const char *name);
unsigned visitor_cookies(const struct visitor *visitor);

/* Put a cookie into the browser. */
void visitor_plant(struct visitor *visitor, const char *pair);

/* Value of a field of the last answer, up to its line end; empty if there is none. Static memory. */
const char *visitor_field(const struct visitor *visitor, const char *name);

/* Records in the store. */
unsigned visitor_records(struct visitor *visitor);

#endif
