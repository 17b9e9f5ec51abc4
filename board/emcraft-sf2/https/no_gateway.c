/* SPDX-License-Identifier: MIT */
/* A device that relays nothing: what http/app_handler.c would call of the gateway, for which there is no room
 * beside TLS. Without an application no engine ever belongs to a relay. */
#include "http/gateway.h"
#include "port/cortex_m/fault.h"

bool assent_gateway_begin(struct assent_gateway *gateway, struct assent_engine *engine,
                          struct assent_visit *visit)
{
    (void)gateway;
    (void)engine;
    (void)visit;
    return false;
}

size_t assent_relay_content(struct assent_relay *relay, struct assent_span bytes)
{
    (void)relay;
    (void)bytes;
    assent_fault_panic(0, __LINE__);
}

void assent_relay_content_end(struct assent_relay *relay)
{
    (void)relay;
    assent_fault_panic(0, __LINE__);
}

void assent_relay_produce(struct assent_relay *relay)
{
    (void)relay;
    assent_fault_panic(0, __LINE__);
}

void assent_relay_finish(struct assent_relay *relay)
{
    (void)relay;
    assent_fault_panic(0, __LINE__);
}
