/* SPDX-License-Identifier: MIT */
#include "tools/pem.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "port/host/pem_text.h"
#include "tools/tool.h"

int pem_read(const char *path, const char *label, struct pem *out)
{
    uint8_t *file;
    size_t len;
    int got = -1;

    if (tool_read(path, &file, &len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    *out = (struct pem){malloc(len + 1), 0};
    if (out->bytes != NULL) {
        got = pem_text_read(file, len, label, out->bytes, len);
    }
    assent_bytes_wipe(file, len);
    free(file);
    if (got < 0) {
        pem_free(out);
        return tool_fail(path, "no %s in it that can be read", label);
    }
    out->len = (size_t)got;
    return TOOL_OK;
}

void pem_free(struct pem *pem)
{
    if (pem->bytes != NULL) {
        assent_bytes_wipe(pem->bytes, pem->len);
    }
    free(pem->bytes);
    *pem = (struct pem){NULL, 0};
}
