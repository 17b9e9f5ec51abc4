/* SPDX-License-Identifier: MIT */
#include "port/host/pem_text.h"

#include <stdbool.h>
#include <string.h>

struct text_out {
    uint8_t *bytes;
    size_t len, cap;
};

static int value_of(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

/* Base64 with white space; '=' and what follows it are not looked at.
 *   return  false: a foreign letter, or no room */
static bool decode(const char *text, const char *end, struct text_out *out)
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
            if (out->len == out->cap) {
                return false;
            }
            out->bytes[out->len++] = (uint8_t)(bits >> count);
        }
    }
    return true;
}

/* One or more values of ASN.1, each a SEQUENCE with the length of what follows (X.690 s. 8.1). */
static bool is_der(const struct text_out *out)
{
    size_t at = 0;

    while (at + 2 <= out->len && out->bytes[at] == 0x30) {
        size_t len = out->bytes[at + 1];
        size_t bytes = len >= 0x80 ? len - 0x80 : 0;

        if (bytes > 2 || at + 2 + bytes > out->len) {
            return false;
        }
        for (size_t i = 0; i < bytes; i++) {
            len = (i == 0 ? 0 : len << 8) | out->bytes[at + 2 + i];
        }
        at += 2 + bytes + len;
    }
    return out->len > 0 && at == out->len;
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

int pem_text_read(const uint8_t *file, size_t len, const char *label, uint8_t *out, size_t cap)
{
    struct text_out der = {out, 0, cap};
    const char *at = (const char *)file;
    const char *text;
    const char *end;
    bool good = true;

    if (len > 0 && file[0] == 0x30) {
        good = len <= cap;
        der.len = good ? len : 0;
        memcpy(out, file, der.len);
    } else {
        while (good && next_block(&at, label, &text, &end)) {
            good = decode(text, end, &der);
        }
    }
    return good && is_der(&der) ? (int)der.len : -1;
}
