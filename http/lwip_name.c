/* SPDX-License-Identifier: MIT */
#include "http/lwip_name.h"

#include <string.h>

#include <lwip/netif.h>

static uint32_t now_of(const struct assent_lwip_names *all)
{
    return all->clock->uptime_ms(all->clock->ctx);
}

/* ---- NAME-2 ---- */

/* One host's: not 0.0.0.0/8, which is this network, nothing from 224.0.0.0 on (RFC 6890 s. 2.2.2). */
static bool is_of_a_host(const ip_addr_t *address)
{
    uint8_t first = ip4_addr1(ip_2_ip4(address));

    return first != 0 && first < 224;
}

/* May an answer say this: of a host that is not this one, nor a network's address for all of its own. */
static bool is_elsewhere(const ip_addr_t *address)
{
    struct netif *netif;

    if (!is_of_a_host(address) || ip_addr_isloopback(address)) {
        return false;
    }
    NETIF_FOREACH(netif)
    {
        if (ip4_addr_eq(ip_2_ip4(address), netif_ip4_addr(netif)) ||
            ip4_addr_isbroadcast(ip_2_ip4(address), netif)) {
            return false;
        }
    }
    return true;
}

/* ---- names ---- */

static void on_name(const char *text, const ip_addr_t *address, void *arg)
{
    struct assent_lwip_name *name = arg;
    struct assent_lwip_names *all = name->all;
    const struct assent_upstream *upstream = &all->gateway->upstreams[name - all->name];

    /* As the first has spelled it who has asked for it. */
    if (!assent_span_equal_nocase(upstream->name, assent_span(text, strlen(text)))) {
        return; /* NAME-1 */
    }
    if (address != NULL && !is_elsewhere(address)) {
        address = NULL;
    }
    name->asking = false;
    name->failed = address == NULL;
    name->failed_ms = now_of(all);
    all->found(all->ctx, upstream, address);
}

static int ask(struct assent_lwip_names *all, const struct assent_upstream *upstream,
               ip_addr_t *address)
{
    struct assent_lwip_name *name = &all->name[upstream - all->gateway->upstreams];
    err_t error;

    if (all->resolve == NULL ||
        (name->failed && now_of(all) - name->failed_ms < ASSENT_RELAY_NAME_MS)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (name->asking) {
        return ASSENT_ERR_MORE;
    }
    name->all = all;
    name->failed = false;
    all->asked_count++;
    error = all->resolve((const char *)upstream->name.ptr, address, on_name, name);
    name->asking = error == ERR_INPROGRESS;
    if (name->asking || error == ERR_MEM) {
        return name->asking ? ASSENT_ERR_MORE : ASSENT_ERR_FULL;
    }
    return error == ERR_OK && is_elsewhere(address) ? ASSENT_OK : ASSENT_ERR_NOT_FOUND;
}

int assent_lwip_name_find(struct assent_lwip_names *all, const struct assent_upstream *upstream,
                          ip_addr_t *address)
{
    const uint8_t *part = upstream->address;

    if (upstream->name.len > 0) {
        return ask(all, upstream, address);
    }
    IP_ADDR4(address, part[0], part[1], part[2], part[3]);
    return is_of_a_host(address) ? ASSENT_OK : ASSENT_ERR_NOT_FOUND;
}

void assent_lwip_name_forget(struct assent_lwip_names *all, uint8_t site)
{
    all->name[site].failed = all->name[site].asking = false;
}
