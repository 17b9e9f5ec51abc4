/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_PEM_TEXT_H
#define ASSENT_PORT_HOST_PEM_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Read certificates or keys out of a file as text (RFC 7468) or DER: all blocks whose label ends so, one
 * behind the other; "PRIVATE KEY" is "EC PRIVATE KEY" too.
 *   file    len bytes, with a NUL behind them
 *   out     room for cap bytes
 *   return  bytes of DER; -1: no such block, none that is DER, or no room */
int pem_text_read(const uint8_t *file, size_t len, const char *label, uint8_t *out, size_t cap);

#endif
