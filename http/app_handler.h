/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_APP_HANDLER_H
#define ASSENT_HTTP_APP_HANDLER_H

#include "http/app.h"
#include "http/engine.h"
#include "http/gateway.h"

/* The application behind the engine: struct assent_handler over struct assent_app. */

/* One exchange under way. */
struct assent_app_exchange {
    const struct assent_engine *engine; /* whose; NULL: never used */
    struct assent_visit visit;
    uint8_t body[ASSENT_APP_BODY_BYTES];
    uint16_t body_len;
    bool filtered; /* visit is filled in */
};

/* Context of the handler, one for each listener. */
struct assent_app_server {
    struct assent_app *app;
    struct assent_app_exchange *exchanges; /* as many as there are engines, zeros to start */
    uint16_t exchange_count;
    bool https;

    struct assent_gateway *gateway; /* to applications behind the device; NULL: none */

    /* Requests that are for neither: write an answer, or begin one and leave the rest of
     * its parts to assent_app_produce. NULL: they are answered with 404. */
    void (*answer)(struct assent_visit *visit, struct assent_response *response);

    /* The visitor's address, for limits. NULL: nobody can be told apart. */
    void (*peer)(void *ctx, const struct assent_engine *engine,
                 uint8_t out[ASSENT_LIMIT_SOURCE_BYTES]);
    void *peer_ctx;
};

/* The context is a struct assent_app_server. Content of any length is taken; the application sees its
 * first ASSENT_APP_BODY_BYTES. */
extern const struct assent_handler assent_app_handler;

#endif
