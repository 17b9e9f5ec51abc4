/* SPDX-License-Identifier: MIT */
#include "port/host/dns_port.h"

static uint16_t the_port = 53;

void dns_port_set(uint16_t port)
{
    the_port = port;
}

uint16_t dns_port(void)
{
    return the_port;
}
