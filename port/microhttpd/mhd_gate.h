/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_MICROHTTPD_MHD_GATE_H
#define ASSENT_PORT_MICROHTTPD_MHD_GATE_H

#include <microhttpd.h>

#include "http/kit.h"

/* Consent for a program on libmicrohttpd. Three changes:
 *
 *     MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, mhd_gate_handle, &gate,
 *                      MHD_OPTION_URI_LOG_CALLBACK, mhd_gate_begin, &gate,
 *                      MHD_OPTION_NOTIFY_COMPLETED, mhd_gate_complete, &gate, …)
 *
 * with the program's own handler as gate.handler, and mhd_gate_queue instead of MHD_queue_response.
 *
 * What a handler then reads with MHD_lookup_connection_value and the like, fields and cookies, is what the
 * gate has left: the bytes are rewritten where the library keeps them. Only one thread may serve: no
 * thread pool, no thread for each connection. A response belongs to one request: its fields are changed. */
enum { MHD_GATE_HEAD_BYTES = 8192, MHD_GATE_EXCHANGES = 64 };

struct mhd_gate;

struct mhd_gate_exchange {
    struct assent_kit_exchange kit;
    struct mhd_gate *gate; /* NULL: free */
    void *user;            /* the handler's */
    size_t head_len;
    size_t target_len;
    size_t body_len;
    uint64_t body_bytes;
    uint8_t body[ASSENT_APP_BODY_BYTES];
    char target[MHD_GATE_HEAD_BYTES];
    uint8_t head[MHD_GATE_HEAD_BYTES];
    bool filtered;
};

struct mhd_gate {
    struct assent_kit *kit;
    MHD_AccessHandlerCallback handler; /* the program's own; its context is ctx */
    void *ctx;
    struct mhd_gate_exchange exchanges[MHD_GATE_EXCHANGES];
};

/* The exchange of the request that a handler has before it: for notice, link and tiers.
 *   user  as the handler got it */
struct mhd_gate_exchange *mhd_gate_exchange(void **user);

/* Instead of MHD_queue_response: the head passes the gate.
 *   return  MHD_NO: it does not; the connection ends */
enum MHD_Result mhd_gate_queue(struct mhd_gate_exchange *x, struct MHD_Connection *connection,
                               unsigned status, struct MHD_Response *response);

/* For MHD_start_daemon; ctx is the gate. */
void *mhd_gate_begin(void *ctx, const char *uri, struct MHD_Connection *connection);
enum MHD_Result mhd_gate_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *len, void **user);
void mhd_gate_complete(void *ctx, struct MHD_Connection *connection, void **user,
                       enum MHD_RequestTerminationCode code);

#endif
