/* SPDX-License-Identifier: MIT */
#include "tools/pem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "tools/tool.h"

static int value_of(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

/* Base64 with white space; '=' and what follows it are not looked at.
 *   return  false: a foreign letter */
static bool decode(const char *text, const char *end, struct pem *out)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (; text < end && *text != '='; text++) {
        int value = value_of(*text);

        if (strchr(" \t\r\n", *text) != NULL) {
            continue;
        }
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out->bytes[out->len++] = (uint8_t)(bits >> count);
        }
    }
    return true;
}

/* One or more values of ASN.1, each a SEQUENCE with the length of what follows (X.690 s. 8.1). */
static bool is_der(const struct pem *pem)
{
    size_t at = 0;

    while (at + 2 <= pem->len && pem->bytes[at] == 0x30) {
        size_t len = pem->bytes[at + 1];
        size_t bytes = len >= 0x80 ? len - 0x80 : 0;

        if (bytes > 2 || at + 2 + bytes > pem->len) {
            return false;
        }
        for (size_t i = 0; i < bytes; i++) {
            len = (i == 0 ? 0 : len << 8) | pem->bytes[at + 2 + i];
        }
        at += 2 + bytes + len;
    }
    return pem->len > 0 && at == pem->len;
}

/* The next block with this label.
 *   return  false: there is none */
static bool next_block(const char **at, const char *label, const char **text, const char **end)
{
    while ((*at = strstr(*at, "-----BEGIN ")) != NULL) {
        const char *name = *at + 11;
        const char *dashes = strstr(name, "-----");

        if (dashes == NULL) {
            return false;
        }
        *at = *text = dashes + 5;
        *end = strstr(*text, "-----END ");
        if ((size_t)(dashes - name) >= strlen(label) && *end != NULL &&
            memcmp(dashes - strlen(label), label, strlen(label)) == 0) {
            return true;
        }
    }
    return false;
}

int pem_read(const char *path, const char *label, struct pem *out)
{
    const char *text;
    const char *end;
    const char *at;
    uint8_t *file;
    size_t len;
    bool good = true;

    if (tool_read(path, &file, &len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    *out = (struct pem){malloc(len + 1), 0};
    at = (const char *)file;
    if (out->bytes != NULL && len > 0 && file[0] == 0x30) {
        memcpy(out->bytes, file, len);
        out->len = len;
    } else if (out->bytes != NULL) {
        while (good && next_block(&at, label, &text, &end)) {
            good = decode(text, end, out);
        }
    }
    assent_bytes_wipe(file, len);
    free(file);
    if (!good || !is_der(out)) {
        pem_free(out);
        return tool_fail(path, "no %s in it that can be read", label);
    }
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
