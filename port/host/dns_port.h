/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_DNS_PORT_H
#define ASSENT_PORT_HOST_DNS_PORT_H

#include <stdint.h>

/* Where servers of names listen, as lwIP asks for it on the host: 53, or what a test has. */
void dns_port_set(uint16_t port);
uint16_t dns_port(void);

#endif
