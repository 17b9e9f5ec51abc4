/* SPDX-License-Identifier: MIT */
#include "http/pem.h"

#include <stdbool.h>
#include <string.h>

enum { START, SEEK, BASE64, PADDING, DER, BEHIND }; /* states */

enum { SEQUENCE = 0x30, DASHES = 5 };

static const char begin[] = "-----BEGIN CERTIFICATE-----";

void assent_pem_init(struct assent_pem *pem, uint8_t *out, size_t cap)
{
    *pem = (struct assent_pem){.out = out, .cap = cap, .error = ASSENT_OK};
}

static void put(struct assent_pem *pem, uint8_t byte)
{
    if (pem->len == pem->cap) {
        pem->error = ASSENT_ERR_SPACE;
    } else {
        pem->out[pem->len++] = byte;
    }
}

/* Length of the value that bytes begin with, its own head included (X.690 s. 8.1).
 *   return  0: more bytes are needed; SIZE_MAX: no SEQUENCE, or longer than 64 KiB */
static size_t value_length(const uint8_t *bytes, size_t len)
{
    size_t more = len >= 2 && bytes[1] >= 0x80 ? bytes[1] - 0x80U : 0;

    if (len >= 1 && bytes[0] != SEQUENCE) {
        return SIZE_MAX;
    }
    if (len < 2 || (more <= 2 && len < 2 + more)) {
        return 0;
    }
    if (bytes[1] == 0x80 || more > 2) {
        return SIZE_MAX;
    }
    return more == 0   ? 2U + bytes[1]
           : more == 1 ? 3U + bytes[2]
                       : 4U + ((size_t)bytes[2] << 8 | bytes[3]);
}

/* ---- text ---- */

static int value_of(uint8_t c)
{
    uint8_t upper = (uint8_t)(c - 'A');
    uint8_t lower = (uint8_t)(c - 'a');
    uint8_t digit = (uint8_t)(c - '0');

    return upper < 26   ? upper
           : lower < 26 ? lower + 26
           : digit < 10 ? digit + 52
           : c == '+'   ? 62
           : c == '/'   ? 63
                        : -1;
}

/* The line that a block begins with; of five dashes the last five count. */
static void seek(struct assent_pem *pem, uint8_t c)
{
    if (c == (uint8_t)begin[pem->match]) {
        pem->match++;
    } else if (c != '-' || pem->match != DASHES) {
        pem->match = c == '-' ? 1 : 0;
    }
    if (pem->match == sizeof(begin) - 1) {
        pem->match = 0;
        pem->state = BASE64;
        if (pem->len > 0) {
            pem->error = ASSENT_ERR_LIMIT;
        }
    }
}

static void decode(struct assent_pem *pem, uint8_t c)
{
    int value = pem->state == BASE64 ? value_of(c) : -1;

    if (c == '-' && pem->len > 0) {
        pem->state = SEEK;
        pem->match = 1;
    } else if (c == '=') {
        pem->state = PADDING;
    } else if (value >= 0) {
        pem->bits = (pem->bits << 6 | (uint32_t)value) & 0xFFFF;
        pem->bit_count = (uint8_t)(pem->bit_count + 6);
        if (pem->bit_count >= 8) {
            pem->bit_count = (uint8_t)(pem->bit_count - 8);
            put(pem, (uint8_t)(pem->bits >> pem->bit_count));
        }
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        pem->error = ASSENT_ERR_SYNTAX;
    }
}

/* ---- DER ---- */

static void take_der(struct assent_pem *pem, uint8_t c)
{
    size_t length;

    put(pem, c);
    length = value_length(pem->out, pem->len);
    if (length == SIZE_MAX) {
        pem->error = ASSENT_ERR_SYNTAX;
    } else if (length > pem->cap) {
        pem->error = ASSENT_ERR_SPACE;
    } else if (length == pem->len) {
        pem->state = BEHIND;
    }
}

static void take_behind(struct assent_pem *pem, uint8_t c)
{
    static const char end[] = "\r\n--";

    if (pem->match < sizeof(end) - 1 && c != (uint8_t)end[pem->match++]) {
        pem->error = ASSENT_ERR_LIMIT;
    }
}

void assent_pem_take(struct assent_pem *pem, struct assent_span bytes)
{
    for (size_t i = 0; i < bytes.len && pem->error == ASSENT_OK; i++) {
        uint8_t c = bytes.ptr[i];

        if (pem->state == START) {
            pem->state = c == SEQUENCE ? DER : SEEK;
        }
        switch (pem->state) {
        case SEEK:
            seek(pem, c);
            break;
        case DER:
            take_der(pem, c);
            break;
        case BEHIND:
            take_behind(pem, c);
            break;
        default:
            decode(pem, c);
            break;
        }
    }
}

int assent_pem_end(const struct assent_pem *pem)
{
    if (pem->error != ASSENT_OK) {
        return pem->error;
    }
    if (pem->len == 0 && (pem->state == START || pem->state == SEEK)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    return (pem->state == SEEK || pem->state == BEHIND) &&
                   value_length(pem->out, pem->len) == pem->len
               ? (int)pem->len
               : ASSENT_ERR_SYNTAX;
}
