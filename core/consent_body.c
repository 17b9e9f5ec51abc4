/* SPDX-License-Identifier: MIT */
#include "core/consent_body.h"

#include "core/bytes.h"
#include "core/error.h"

enum { HAS_SUBJECT = 0x80, CHOICES = 0x0F, CHOICE = 0x03, TRUST_SHIFT = 5 };

static bool needs_subject(uint8_t choice)
{
    return choice == ASSENT_CHOICE_GRANTED || choice == ASSENT_CHOICE_WITHDRAWN;
}

bool assent_consent_body_valid(const struct assent_consent *c)
{
    uint8_t analytics = c->choice[ASSENT_TIER_ANALYTICS];
    uint8_t advertising = c->choice[ASSENT_TIER_ADVERTISING];

    if (c->choice[ASSENT_TIER_ESSENTIAL] != ASSENT_CHOICE_UNDECIDED ||
        analytics > ASSENT_CHOICE_WITHDRAWN || advertising > ASSENT_CHOICE_WITHDRAWN) {
        return false;
    }
    if (!c->has_subject && (needs_subject(analytics) || needs_subject(advertising))) {
        return false;
    }
    return (c->flags & ~ASSENT_CONSENT_FLAGS) == 0 && c->trust <= ASSENT_CLOCK_SYNCED &&
           c->rights <= UINT16_MAX && c->changed_s >> 40 == 0 && c->valid_days >= 1 &&
           c->valid_days <= ASSENT_CONSENT_DAYS;
}

int assent_consent_body_encode(const struct assent_consent *c,
                               uint8_t out[ASSENT_CONSENT_BODY_BYTES])
{
    if (!assent_consent_body_valid(c)) {
        return ASSENT_ERR_RANGE;
    }
    out[0] = (uint8_t)(c->choice[ASSENT_TIER_ANALYTICS] | c->choice[ASSENT_TIER_ADVERTISING] << 2 |
                       (c->has_subject ? HAS_SUBJECT : 0));
    out[1] = (uint8_t)(c->flags | c->trust << TRUST_SHIFT);
    assent_bytes_store16(out + 2, c->valid_days);
    assent_bytes_store40(out + 4, c->changed_s);
    assent_bytes_store32(out + 9, c->sequence);
    assent_bytes_store32(out + 13, c->revision);
    assent_bytes_store16(out + 17, (uint16_t)c->rights);
    assent_bytes_store32(out + 19, c->fingerprint[ASSENT_TIER_ANALYTICS]);
    assent_bytes_store32(out + 23, c->fingerprint[ASSENT_TIER_ADVERTISING]);
    if (!c->has_subject) {
        return ASSENT_CONSENT_BODY_BARE_BYTES;
    }
    memcpy(out + ASSENT_CONSENT_BODY_BARE_BYTES, c->subject, ASSENT_SUBJECT_BYTES);
    return ASSENT_CONSENT_BODY_BYTES;
}

int assent_consent_body_decode(struct assent_span body, struct assent_consent *c)
{
    const uint8_t *in = body.ptr;

    *c = (struct assent_consent){0};
    if (body.len != ASSENT_CONSENT_BODY_BYTES && body.len != ASSENT_CONSENT_BODY_BARE_BYTES) {
        return ASSENT_ERR_SYNTAX;
    }
    c->has_subject = body.len == ASSENT_CONSENT_BODY_BYTES;
    if ((in[0] & ~CHOICES) != (c->has_subject ? HAS_SUBJECT : 0) || in[1] >> 7 != 0) {
        return ASSENT_ERR_SYNTAX;
    }
    c->choice[ASSENT_TIER_ANALYTICS] = in[0] & CHOICE;
    c->choice[ASSENT_TIER_ADVERTISING] = (in[0] >> 2) & CHOICE;
    c->flags = in[1] & ASSENT_CONSENT_FLAGS;
    c->trust = in[1] >> TRUST_SHIFT;
    c->valid_days = assent_bytes_load16(in + 2);
    c->changed_s = assent_bytes_load40(in + 4);
    c->sequence = assent_bytes_load32(in + 9);
    c->revision = assent_bytes_load32(in + 13);
    c->rights = assent_bytes_load16(in + 17);
    c->fingerprint[ASSENT_TIER_ANALYTICS] = assent_bytes_load32(in + 19);
    c->fingerprint[ASSENT_TIER_ADVERTISING] = assent_bytes_load32(in + 23);
    if (c->has_subject) {
        memcpy(c->subject, in + ASSENT_CONSENT_BODY_BARE_BYTES, ASSENT_SUBJECT_BYTES);
    }
    return assent_consent_body_valid(c) ? ASSENT_OK : ASSENT_ERR_SYNTAX;
}
