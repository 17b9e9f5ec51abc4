/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_PEM_H
#define ASSENT_TOOLS_PEM_H

#include <stddef.h>
#include <stdint.h>

/* Certificates and keys in files, as text (RFC 7468) or as DER. */
struct pem {
    uint8_t *bytes; /* DER, one block behind the other */
    size_t len;
};

/* Read all blocks whose label ends so: "PRIVATE KEY" is "EC PRIVATE KEY" too.
 *   out     free it with pem_free
 *   return  TOOL_OK, or TOOL_FAILED after reporting why: no such block, or none that is DER */
int pem_read(const char *path, const char *label, struct pem *out);

/* Wipe and free. */
void pem_free(struct pem *pem);

#endif
