/* SPDX-License-Identifier: MIT */
/* The audit chain: entries and heads as bytes, their MACs, and the verification of a run. */
#include "core/audit.h"

#include "core/bytes.h"
#include "core/consent_json.h"
#include "core/error.h"
#include "core/record.h"

enum { HAS_REFERENCE = 0x80, CHOICES = 0x0F, TRUST_SHIFT = 5, SEALED_BYTES = 32 };

/* In the order of enum assent_audit_type. */
const char assent_audit_type_words[] = "none\0"
                                       "consent_given\0"
                                       "consent_changed\0"
                                       "consent_withdrawn\0"
                                       "consent_refused\0"
                                       "consent_restricted\0"
                                       "consent_objected\0"
                                       "consent_erased\0"
                                       "consent_expired\0"
                                       "policy_activated\0"
                                       "key_rotated\0"
                                       "generation_raised\0"
                                       "clock_set\0"
                                       "checkpoint\0"
                                       "boot\0"
                                       "upstream_set\0";

/* HMAC over parts, cut to len bytes. */
static int cut_mac(const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                   const struct assent_span *parts, size_t count, uint8_t *out, size_t len)
{
    uint8_t mac[ASSENT_SHA256_BYTES];

    if (crypto->hmac(crypto->ctx, key, parts, count, mac) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    memcpy(out, mac, len);
    assent_bytes_wipe(mac, sizeof(mac));
    return ASSENT_OK;
}

/* ---- what is said about a subject ---- */

/* The salt is the key: its second half is zeros. */
static int salted(const struct assent_crypto *crypto, const uint8_t salt[ASSENT_AUDIT_SALT_BYTES],
                  struct assent_span label, struct assent_span bytes, uint8_t *out, size_t len)
{
    uint8_t key[ASSENT_SHA256_BYTES] = {0};
    const struct assent_span parts[] = {label, bytes};
    int error;

    memcpy(key, salt, ASSENT_AUDIT_SALT_BYTES);
    error = cut_mac(crypto, key, parts, 2, out, len);
    assent_bytes_wipe(key, sizeof(key));
    return error;
}

int assent_audit_reference(const struct assent_crypto *crypto,
                           const uint8_t salt[ASSENT_AUDIT_SALT_BYTES],
                           const uint8_t subject[ASSENT_SUBJECT_BYTES],
                           uint8_t out[ASSENT_AUDIT_REFERENCE_BYTES])
{
    return salted(crypto, salt, ASSENT_SPAN("assent audit subject"),
                  assent_span(subject, ASSENT_SUBJECT_BYTES), out, ASSENT_AUDIT_REFERENCE_BYTES);
}

int assent_audit_digest(const struct assent_crypto *crypto,
                        const uint8_t salt[ASSENT_AUDIT_SALT_BYTES], struct assent_span record,
                        uint8_t out[ASSENT_AUDIT_DETAIL_BYTES])
{
    return salted(crypto, salt, ASSENT_SPAN("assent audit record"), record, out,
                  ASSENT_AUDIT_DETAIL_BYTES);
}

/* ---- entries ---- */

static bool time_valid(struct assent_time time)
{
    return time.unix_s >> 40 == 0 && (unsigned)time.trust <= ASSENT_CLOCK_SYNCED;
}

static bool entry_valid(const struct assent_audit_entry *e)
{
    unsigned choices = e->choice[ASSENT_TIER_ANALYTICS] | e->choice[ASSENT_TIER_ADVERTISING];

    return e->type != ASSENT_AUDIT_NONE && e->type < ASSENT_AUDIT_TYPES &&
           (e->choice[ASSENT_TIER_ESSENTIAL] | choices >> 2) == ASSENT_CHOICE_UNDECIDED &&
           (e->flags & ~ASSENT_CONSENT_FLAGS) == 0 && e->method < ASSENT_METHODS &&
           time_valid(e->time);
}

static void encode_body(const struct assent_audit_entry *e, uint8_t out[ASSENT_AUDIT_BODY_BYTES])
{
    memset(out, 0, ASSENT_AUDIT_BODY_BYTES);
    out[0] = ASSENT_AUDIT_VERSION;
    out[1] = e->type;
    out[2] = e->site;
    out[3] = (uint8_t)(e->choice[ASSENT_TIER_ANALYTICS] | e->choice[ASSENT_TIER_ADVERTISING] << 2);
    out[4] = (uint8_t)(e->flags | (unsigned)e->time.trust << TRUST_SHIFT);
    out[5] = e->method;
    assent_bytes_store40(out + 6, e->time.unix_s);
    assent_bytes_store32(out + 12, e->sequence);
    assent_bytes_store32(out + 16, e->epoch);
    if (e->has_reference) {
        out[3] |= HAS_REFERENCE;
        memcpy(out + 20, e->reference, ASSENT_AUDIT_REFERENCE_BYTES);
    }
    memcpy(out + 36, e->detail, ASSENT_AUDIT_DETAIL_BYTES);
}

int assent_audit_decode(const uint8_t in[ASSENT_AUDIT_ENTRY_BYTES], struct assent_audit_entry *e)
{
    uint8_t again[ASSENT_AUDIT_BODY_BYTES];

    *e = (struct assent_audit_entry){0};
    if (in[0] != ASSENT_AUDIT_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    e->type = in[1];
    e->site = in[2];
    e->choice[ASSENT_TIER_ANALYTICS] = in[3] & 3;
    e->choice[ASSENT_TIER_ADVERTISING] = in[3] >> 2 & 3;
    e->flags = in[4] & ASSENT_CONSENT_FLAGS;
    e->method = in[5];
    e->time.unix_s = assent_bytes_load40(in + 6);
    e->time.trust = (enum assent_clock_trust)(in[4] >> TRUST_SHIFT & 3);
    e->sequence = assent_bytes_load32(in + 12);
    e->epoch = assent_bytes_load32(in + 16);
    e->has_reference = (in[3] & HAS_REFERENCE) != 0;
    memcpy(e->reference, in + 20, ASSENT_AUDIT_REFERENCE_BYTES);
    memcpy(e->detail, in + 36, ASSENT_AUDIT_DETAIL_BYTES);
    /* What was not read into a field is 0, or the bytes differ. */
    encode_body(e, again);
    if (!entry_valid(e) || memcmp(again, in, sizeof(again)) != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    return ASSENT_OK;
}

/* The MAC that belongs behind the body of the chain's next entry. */
static int entry_mac(const struct assent_audit_chain *chain, const struct assent_crypto *crypto,
                     const uint8_t body[ASSENT_AUDIT_BODY_BYTES],
                     uint8_t mac[ASSENT_AUDIT_MAC_BYTES])
{
    const struct assent_span parts[] = {assent_span(chain->mac, ASSENT_AUDIT_MAC_BYTES),
                                        assent_span(body, ASSENT_AUDIT_BODY_BYTES)};

    return cut_mac(crypto, chain->key, parts, 2, mac, ASSENT_AUDIT_MAC_BYTES);
}

int assent_audit_append(struct assent_audit_chain *chain, const struct assent_crypto *crypto,
                        struct assent_audit_entry *entry, uint8_t out[ASSENT_AUDIT_ENTRY_BYTES])
{
    int error;

    if (!entry_valid(entry)) {
        return ASSENT_ERR_RANGE;
    }
    if (chain->sequence == UINT32_MAX) {
        return ASSENT_ERR_LIMIT;
    }
    entry->sequence = chain->sequence;
    entry->epoch = chain->epoch;
    encode_body(entry, out);
    error = entry_mac(chain, crypto, out, out + ASSENT_AUDIT_BODY_BYTES);
    if (error != ASSENT_OK) {
        return error;
    }
    memcpy(chain->mac, out + ASSENT_AUDIT_BODY_BYTES, ASSENT_AUDIT_MAC_BYTES);
    chain->sequence++;
    return ASSENT_OK;
}

int assent_audit_advance(struct assent_audit_chain *chain, const struct assent_crypto *crypto)
{
    const struct assent_span parts[] = {ASSENT_SPAN("assent audit epoch"),
                                        assent_span(chain->key, sizeof(chain->key))};
    uint8_t next[ASSENT_SHA256_BYTES];

    if (chain->epoch == UINT32_MAX) {
        return ASSENT_ERR_LIMIT;
    }
    if (crypto->sha256(crypto->ctx, parts, 2, next) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    memcpy(chain->key, next, sizeof(next));
    assent_bytes_wipe(next, sizeof(next));
    chain->epoch++;
    return ASSENT_OK;
}

/* ---- head ---- */

static int make_seal(const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                     const uint8_t head[SEALED_BYTES], uint8_t seal[ASSENT_AUDIT_MAC_BYTES])
{
    const struct assent_span parts[] = {ASSENT_SPAN("assent audit head v1"),
                                        assent_span(head, SEALED_BYTES)};

    return cut_mac(crypto, key, parts, 2, seal, ASSENT_AUDIT_MAC_BYTES);
}

int assent_audit_seal(const struct assent_audit_chain *chain, struct assent_time now,
                      const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                      uint8_t out[ASSENT_AUDIT_HEAD_BYTES])
{
    if (!time_valid(now)) {
        return ASSENT_ERR_RANGE;
    }
    out[0] = ASSENT_AUDIT_VERSION;
    out[1] = (uint8_t)now.trust;
    assent_bytes_store32(out + 2, chain->sequence);
    assent_bytes_store32(out + 6, chain->epoch);
    assent_bytes_store40(out + 10, now.unix_s);
    out[15] = 0;
    memcpy(out + 16, chain->mac, ASSENT_AUDIT_MAC_BYTES);
    return make_seal(crypto, key, out, out + SEALED_BYTES);
}

int assent_audit_open_head(const uint8_t in[ASSENT_AUDIT_HEAD_BYTES],
                           const struct assent_crypto *crypto,
                           const uint8_t key[ASSENT_SHA256_BYTES], struct assent_audit_head *head)
{
    uint8_t seal[ASSENT_AUDIT_MAC_BYTES];
    int error = make_seal(crypto, key, in, seal);

    *head = (struct assent_audit_head){0};
    if (error != ASSENT_OK) {
        return error;
    }
    if (!assent_bytes_equal_secret(seal, in + SEALED_BYTES, sizeof(seal))) {
        return ASSENT_ERR_AUTH;
    }
    if (in[0] != ASSENT_AUDIT_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    if (in[1] > ASSENT_CLOCK_SYNCED || in[15] != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    head->time.trust = (enum assent_clock_trust)in[1];
    head->count = assent_bytes_load32(in + 2);
    head->epoch = assent_bytes_load32(in + 6);
    head->time.unix_s = assent_bytes_load40(in + 10);
    memcpy(head->mac, in + 16, ASSENT_AUDIT_MAC_BYTES);
    return ASSENT_OK;
}

/* ---- verification ---- */

/* If the run has come to where the head was sealed: whether they agree. */
static bool meet_head(struct assent_audit_verifier *v)
{
    if (!v->head_met && v->chain.sequence == v->head->count) {
        v->head_met = v->head->epoch >= v->chain.epoch &&
                      assent_bytes_equal_secret(v->head->mac, v->chain.mac, sizeof(v->chain.mac));
        return v->head_met;
    }
    return true;
}

void assent_audit_verify_start(struct assent_audit_verifier *v,
                               const struct assent_audit_chain *start,
                               const struct assent_audit_head *head)
{
    v->chain = *start;
    v->head = head;
    v->head_met = head == NULL;
    meet_head(v);
}

/* Check one entry against next, and move next behind it. */
static enum assent_audit_fault verify_entry(struct assent_audit_chain *next,
                                            const struct assent_crypto *crypto,
                                            const uint8_t in[ASSENT_AUDIT_ENTRY_BYTES])
{
    struct assent_audit_entry entry;
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES];

    if (assent_audit_decode(in, &entry) != ASSENT_OK) {
        return ASSENT_AUDIT_FAULT_FORM;
    }
    if (entry.sequence > next->sequence) { /* AUD-1 */
        return ASSENT_AUDIT_FAULT_GAP;
    }
    if (entry.sequence < next->sequence || entry.sequence == UINT32_MAX) {
        return ASSENT_AUDIT_FAULT_ORDER;
    }
    if (entry.epoch < next->epoch || entry.epoch - next->epoch > ASSENT_AUDIT_EPOCH_STEPS) {
        return ASSENT_AUDIT_FAULT_EPOCH;
    }
    while (next->epoch != entry.epoch) { /* AUD-2 */
        if (assent_audit_advance(next, crypto) != ASSENT_OK) {
            return ASSENT_AUDIT_FAULT_CRYPTO;
        }
    }
    if (entry_mac(next, crypto, in, mac) != ASSENT_OK) {
        return ASSENT_AUDIT_FAULT_CRYPTO;
    }
    if (!assent_bytes_equal_secret(mac, in + ASSENT_AUDIT_BODY_BYTES, sizeof(mac))) {
        return ASSENT_AUDIT_FAULT_MAC;
    }
    memcpy(next->mac, mac, sizeof(mac));
    next->sequence++;
    return ASSENT_AUDIT_FAULT_NONE;
}

enum assent_audit_fault assent_audit_verify(struct assent_audit_verifier *v,
                                            const struct assent_crypto *crypto,
                                            struct assent_span entries, size_t *bad)
{
    struct assent_audit_chain next;
    enum assent_audit_fault fault = ASSENT_AUDIT_FAULT_NONE;
    size_t count = entries.len / ASSENT_AUDIT_ENTRY_BYTES;

    for (*bad = 0; *bad < count && fault == ASSENT_AUDIT_FAULT_NONE;) {
        next = v->chain;
        fault = verify_entry(&next, crypto, entries.ptr + *bad * ASSENT_AUDIT_ENTRY_BYTES);
        if (fault == ASSENT_AUDIT_FAULT_NONE) {
            v->chain = next;
            if (meet_head(v)) {
                (*bad)++;
            } else {
                fault = ASSENT_AUDIT_FAULT_HEAD;
            }
        }
    }
    assent_bytes_wipe(&next, sizeof(next));
    if (fault == ASSENT_AUDIT_FAULT_NONE && entries.len % ASSENT_AUDIT_ENTRY_BYTES != 0) {
        return ASSENT_AUDIT_FAULT_FORM;
    }
    return fault;
}

enum assent_audit_fault assent_audit_verify_end(const struct assent_audit_verifier *v)
{
    if (v->head_met) {
        return ASSENT_AUDIT_FAULT_NONE;
    }
    return v->head->count > v->chain.sequence ? ASSENT_AUDIT_FAULT_TRUNCATED
                                              : ASSENT_AUDIT_FAULT_HEAD;
}

/* ---- JSON ---- */

void assent_audit_write_json(struct assent_writer *w, const uint8_t in[ASSENT_AUDIT_ENTRY_BYTES])
{
    enum { ENTRY, REFERENCE, NO_REFERENCE, MAC, BASES };

#define MEMBER(name, kind, field)                                                                  \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, ENTRY, struct assent_audit_entry, field)
    static const struct assent_consent_json_member members[] = {
        MEMBER("sequence", NUMBER, sequence),
        MEMBER("epoch", NUMBER, epoch),
        MEMBER("type", EVENT, type),
        MEMBER("site", NUMBER, site),
        MEMBER("time", DATE, time.unix_s),
        MEMBER("clock", CLOCK, time.trust),
        MEMBER("method", METHOD, method),
        MEMBER("choices", CHOICES, choice),
        MEMBER("flags", FLAGS, flags),
        {"reference", ASSENT_CONSENT_JSON_HEX, REFERENCE, 0, ASSENT_AUDIT_REFERENCE_BYTES},
        {",\"reference\":null", ASSENT_CONSENT_JSON_AS_IS, NO_REFERENCE, 0, 0},
        MEMBER("detail", HEX, detail),
        {"mac", ASSENT_CONSENT_JSON_HEX, MAC, 0, ASSENT_AUDIT_MAC_BYTES},
    };
#undef MEMBER
    struct assent_audit_entry e;
    int error = assent_audit_decode(in, &e);
    const void *const bases[BASES] = {
        [ENTRY] = &e,
        [REFERENCE] = e.has_reference ? e.reference : NULL,
        [NO_REFERENCE] = e.has_reference ? NULL : &e,
        [MAC] = in + ASSENT_AUDIT_BODY_BYTES,
    };

    if (error != ASSENT_OK) {
        assent_writer_fail(w, error);
        return;
    }
    assent_consent_json_open(w, '{');
    assent_consent_json_members(w, members, sizeof(members) / sizeof(members[0]), bases);
    assent_writer_byte(w, '}');
}
