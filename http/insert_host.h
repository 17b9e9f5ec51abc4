/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_INSERT_HOST_H
#define ASSENT_HTTP_INSERT_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* Hosts that a page loads from: what src of a script, picture, frame, … and href of a link begin with. Fed
 * with the bytes of a start tag behind its name. */
enum {
    ASSENT_INSERT_HOST_BYTES = 72
}; /* of an address, to the end of its host; a longer one is not seen */

struct assent_insert_host {
    void (*found)(void *ctx,
                  struct assent_span host); /* in lower case, with a dot in it; may be NULL */
    void *ctx;
    bool watching; /* the tag is one that loads */
    bool wanted;   /* the attribute under way is its address */
    uint8_t name_len;
    uint8_t len;
    uint8_t name[5];
    uint8_t value[ASSENT_INSERT_HOST_BYTES];
};

/* A start tag begins.
 *   name  of the element */
void assent_insert_host_tag(struct assent_insert_host *host, struct assent_span name);

/* A byte of an attribute's name, of its value, the end of a value. */
void assent_insert_host_name(struct assent_insert_host *host, uint8_t c, bool first);
void assent_insert_host_value(struct assent_insert_host *host, uint8_t c);
void assent_insert_host_end(struct assent_insert_host *host);

#endif
