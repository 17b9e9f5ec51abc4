/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_UPSTREAM_TEXT_H
#define ASSENT_PORT_HOST_UPSTREAM_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "http/upstream_setting.h"

/* A setting as a command line says it:
 * NAME:PORT[,host=NAME][,field=NAME][,insert=no][,ca=FILE | ,pin=SHA256 | ,tls=insecure]
 *   out     as assent_upstream_setting_write takes it
 *   ca      the certificate in DER, if there is one
 *   return  NULL, or what is wrong with it; static */
const char *upstream_text_read(struct assent_span text, struct assent_upstream_setting *out,
                               uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len);

#define UPSTREAM_TEXT_FORM                                                                         \
    "NAME:PORT[,host=NAME][,field=NAME][,insert=no][,ca=FILE|,pin=SHA256|,tls=insecure]"

#endif
