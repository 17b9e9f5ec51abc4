/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CIVETWEB_CIVET_GATE_H
#define ASSENT_PORT_CIVETWEB_CIVET_GATE_H

#include <civetweb.h>
#include <pthread.h>

#include "http/kit.h"

/* Consent for a program on CivetWeb. Three changes:
 *
 *     struct mg_callbacks callbacks = {.begin_request = civet_gate_begin,
 *                                      .end_request = civet_gate_end};
 *     mg_start(&callbacks, &gate, options);
 *
 * and civet_gate_head where a handler writes the head of its answer with mg_write or mg_printf.
 *
 * What a handler then reads with mg_get_header, mg_get_cookie and mg_get_request_info is what the gate has
 * left: the bytes are rewritten where the library keeps them. The paths of the consent application never
 * reach a handler. Threads wait for each other while they are in the kit. */
enum { CIVET_GATE_HEAD_BYTES = 8192, CIVET_GATE_EXCHANGES = 64 };

struct civet_gate_exchange {
    struct assent_kit_exchange kit;
    uint8_t head[CIVET_GATE_HEAD_BYTES];
    uint8_t body[ASSENT_APP_BODY_BYTES];
    bool used;
};

struct civet_gate {
    struct assent_kit *kit;
    pthread_mutex_t lock; /* PTHREAD_MUTEX_INITIALIZER */
    struct civet_gate_exchange exchanges[CIVET_GATE_EXCHANGES];
};

/* For struct mg_callbacks; the user data of mg_start is the gate. */
int civet_gate_begin(struct mg_connection *connection);
void civet_gate_end(const struct mg_connection *connection, int status);

/* Send the head of an answer through the gate. The content follows with mg_write.
 *   head    status line, fields, empty line
 *   return  false: it does not pass; a 502 was sent instead, nothing is to follow */
bool civet_gate_head(struct mg_connection *connection, struct assent_span head);

/* The notice and the link, for a page; see assent_kit_notice.
 *   return  bytes written; 0: none is to be shown; negative: none can be made */
int civet_gate_notice(struct mg_connection *connection, uint8_t *out, size_t cap);
int civet_gate_link(struct mg_connection *connection, uint8_t *out, size_t cap);

#endif
