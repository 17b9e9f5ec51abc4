/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_NAME_H
#define ASSENT_HTTP_LWIP_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/err.h>
#include <lwip/ip_addr.h>

#include "core/seam.h"
#include "http/gateway.h"

/* Addresses of applications, on lwIP: written in the setting, or asked for by name. Each name is asked for
 * once at a time, whoever waits for it.
 *
 *   NAME-1  what was asked for a setting that is not in force any more changes nothing
 *   NAME-2  nobody is led to everybody, to a group or to no address; and an answer leads neither to this
 *           device, whose ports an application does not have, nor to its loopback */
struct assent_lwip_names;

/* A site's application by its name. */
struct assent_lwip_name {
    struct assent_lwip_names *all;
    uint32_t failed_ms; /* when it was not found */
    bool asking;
    bool failed;
};

struct assent_lwip_names {
    const struct assent_gateway *gateway;
    const struct assent_clock *clock;
    /* How names become addresses, or NULL: they do not. lwIP's dns_gethostbyname, which keeps what it has
     * found as long as the answer says, asks again, and other servers, while it gets none. */
    err_t (*resolve)(const char *name, ip_addr_t *address,
                     void (*found)(const char *name, const ip_addr_t *address, void *arg),
                     void *arg);
    /* The end of a question.
     *   address  NULL: there is none */
    void (*found)(void *ctx, const struct assent_upstream *upstream, const ip_addr_t *address);
    void *ctx;
    struct assent_lwip_name name[ASSENT_SITES];
    uint32_t asked_count;
};

/* The address of an application. A name that was just not found is not asked for again for
 * ASSENT_RELAY_NAME_MS.
 *   upstream  one of the gateway's
 *   return    ASSENT_OK             address is set
 *             ASSENT_ERR_MORE       found() tells
 *             ASSENT_ERR_NOT_FOUND  there is none that may be used
 *             ASSENT_ERR_FULL       too many names are asked for */
int assent_lwip_name_find(struct assent_lwip_names *all, const struct assent_upstream *upstream,
                          ip_addr_t *address);

/* The setting of a site changes. */
void assent_lwip_name_forget(struct assent_lwip_names *all, uint8_t site);

#endif
