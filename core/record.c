/* SPDX-License-Identifier: MIT */
#include "core/record.h"

#include "core/bytes.h"
#include "core/error.h"

enum { BODY_OFFSET = ASSENT_RECORD_BYTES - ASSENT_CONSENT_BODY_BYTES };

_Static_assert(BODY_OFFSET == 21 + 2 * ASSENT_HASH_BYTES, "the byte table of record.h");

/* In the order of enum assent_record_method. */
const char assent_record_method_words[] = "none\0"
                                          "accept\0"
                                          "reject\0"
                                          "save\0"
                                          "preferences\0"
                                          "api\0"
                                          "gpc\0"
                                          "import\0"
                                          "operator\0"
                                          "time\0";

bool assent_record_method_grants(uint8_t method)
{
    return method == ASSENT_METHOD_ACCEPT || method == ASSENT_METHOD_SAVE ||
           method == ASSENT_METHOD_PREFERENCES || method == ASSENT_METHOD_API ||
           method == ASSENT_METHOD_IMPORT;
}

static bool language_valid(const uint8_t language[ASSENT_RECORD_LANGUAGE_BYTES])
{
    bool ended = false;

    for (unsigned i = 0; i < ASSENT_RECORD_LANGUAGE_BYTES; i++) {
        uint8_t c = language[i];
        bool tag =
            (uint8_t)(assent_span_lower(c) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-';

        if ((c != 0 && !tag) || (c != 0 && ended)) {
            return false;
        }
        ended = c == 0;
    }
    return true;
}

bool assent_record_valid(const struct assent_record *r)
{
    return r->consent.has_subject && r->consent.sequence >= 1 &&
           assent_consent_body_valid(&r->consent) && r->given_s >> 40 == 0 &&
           r->regime <= ASSENT_REGIME_US && assent_record_method_grants(r->given_method) &&
           r->method != ASSENT_METHOD_NONE && r->method < ASSENT_METHODS &&
           language_valid(r->language);
}

int assent_record_encode(const struct assent_record *r, uint8_t out[ASSENT_RECORD_BYTES])
{
    if (!assent_record_valid(r)) {
        return ASSENT_ERR_RANGE;
    }
    out[0] = ASSENT_RECORD_VERSION;
    out[1] = r->site;
    out[2] = (uint8_t)(r->given_method | r->method << 4);
    out[3] = r->regime;
    assent_bytes_store40(out + 4, r->given_s);
    assent_bytes_store32(out + 9, r->given_revision);
    memcpy(out + 13, r->language, ASSENT_RECORD_LANGUAGE_BYTES);
    memcpy(out + 21, r->notice, ASSENT_HASH_BYTES);
    memcpy(out + 21 + ASSENT_HASH_BYTES, r->document, ASSENT_HASH_BYTES);
    assent_consent_body_encode(&r->consent, out + BODY_OFFSET); /* valid, so it fits */
    return ASSENT_OK;
}

int assent_record_decode(struct assent_span in, struct assent_record *r)
{
    const uint8_t *p = in.ptr;

    *r = (struct assent_record){0};
    if (in.len >= 1 && p[0] != ASSENT_RECORD_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    if (in.len != ASSENT_RECORD_BYTES) {
        return ASSENT_ERR_CORRUPT;
    }
    r->site = p[1];
    r->given_method = p[2] & 15;
    r->method = p[2] >> 4;
    r->regime = p[3];
    r->given_s = assent_bytes_load40(p + 4);
    r->given_revision = assent_bytes_load32(p + 9);
    memcpy(r->language, p + 13, ASSENT_RECORD_LANGUAGE_BYTES);
    memcpy(r->notice, p + 21, ASSENT_HASH_BYTES);
    memcpy(r->document, p + 21 + ASSENT_HASH_BYTES, ASSENT_HASH_BYTES);
    if (assent_consent_body_decode(assent_span_slice(in, BODY_OFFSET, in.len), &r->consent) !=
            ASSENT_OK ||
        !assent_record_valid(r)) {
        return ASSENT_ERR_CORRUPT;
    }
    return ASSENT_OK;
}
