/* SPDX-License-Identifier: MIT */
/* Tokens: any text is refused or is the one text of what it says; any consent is refused or comes
 * back as it was. The MAC is a constant, so that the fields behind it are reached. */
#include "core/token.h"

#include <stdlib.h>

#include "core/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static int constant_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                         const struct assent_span *parts, size_t count,
                         uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count;
    memset(out, 0, ASSENT_SHA256_BYTES);
    return ASSENT_OK;
}

static const struct assent_crypto crypto = {.hmac = constant_hmac};

static void check_text(struct assent_span text)
{
    struct assent_token_keys keys = {.site = ASSENT_SPAN("s"), .generation = 1, .count = 1};
    struct assent_consent consent;
    uint8_t again[ASSENT_TOKEN_TEXT_BYTES];
    int error = assent_token_verify(&keys, &crypto, text, &consent);

    if (error == ASSENT_OK) {
        must(assent_token_mint(&keys, &crypto, &consent, again) == (int)text.len);
        must(memcmp(again, text.ptr, text.len) == 0);
    }
}

static void check_consent(const uint8_t *data, size_t size)
{
    struct assent_token_keys keys = {.site = ASSENT_SPAN("s"), .generation = 2, .count = 1};
    struct assent_consent c = {0};
    struct assent_consent again;
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    uint8_t bytes[64] = {0};
    int len;

    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    c.has_subject = (bytes[0] & 1) != 0;
    memcpy(c.choice, bytes + 1, sizeof(c.choice));
    c.flags = bytes[4];
    c.trust = bytes[5];
    memcpy(&c.rights, bytes + 6, sizeof(c.rights));
    memcpy(&c.sequence, bytes + 10, sizeof(c.sequence));
    memcpy(&c.revision, bytes + 14, sizeof(c.revision));
    memcpy(&c.changed_s, bytes + 18, sizeof(c.changed_s));
    memcpy(&c.valid_days, bytes + 26, sizeof(c.valid_days));
    memcpy(c.fingerprint + 1, bytes + 28, 2 * sizeof(c.fingerprint[0]));
    if (c.has_subject) {
        memcpy(c.subject, bytes + 36, sizeof(c.subject));
    }
    len = assent_token_mint(&keys, &crypto, &c, text);
    if (len < 0) {
        must(len == ASSENT_ERR_RANGE);
        return;
    }
    must(assent_token_verify(&keys, &crypto, assent_span(text, (size_t)len), &again) == ASSENT_OK);
    must(again.has_subject == c.has_subject && again.flags == c.flags && again.trust == c.trust);
    must(memcmp(again.choice, c.choice, sizeof(c.choice)) == 0);
    must(memcmp(again.subject, c.subject, sizeof(c.subject)) == 0);
    must(memcmp(again.fingerprint, c.fingerprint, sizeof(c.fingerprint)) == 0);
    must(again.rights == c.rights && again.sequence == c.sequence);
    must(again.revision == c.revision && again.changed_s == c.changed_s);
    must(again.valid_days == c.valid_days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(assent_span(data, size));
    check_consent(data, size);
    return 0;
}
