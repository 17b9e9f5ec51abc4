/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_AUDIT_H
#define ASSENT_CORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/seam.h"
#include "core/span.h"
#include "core/writer.h"

/* The audit log as a chain of entries. This file knows their bytes and their MACs; where they lie
 * is storage's matter.
 *
 * An entry, 64 bytes, integers little-endian:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  type
 *        2      1  site, its number on the device
 *        3      1  choices after the event: analytics in bits 0..1, advertising in bits 2..3, bit 7
 *                  has a reference
 *        4      1  flags in bits 0..4, clock trust in bits 5..6
 *        5      1  method, or 0
 *        6      5  time of the event, seconds since 1970
 *       11      1  0
 *       12      4  sequence: 0 for the first entry of a log, one more for each
 *       16      4  epoch of the key
 *       20     16  reference to a subject, or zeros
 *       36     12  detail, by type
 *       48     16  MAC: HMAC-SHA-256 under the epoch's key over the MAC of the entry before (zeros
 *                  before the first) and bytes 0..47, cut to 128 bits
 *
 * Forward security: the key of the next epoch is SHA-256 of "assent audit epoch" and the key, and
 * the device wipes the former. Who takes the device cannot forge entries of past epochs; who keeps
 * the first key can check all of them.
 *
 *   AUD-1  the sequence rises by one from entry to entry, without gap, within and across epochs
 *   AUD-2  the epoch never falls, and an entry verifies only under the key of the epoch it names
 *   AUD-3  a sealed head names count, epoch and last MAC, so that a cut tail shows
 *   AUD-4  reference and detail of a subject are keyed by a salt that lies with its record: once
 *          the record is gone, its entries stay verifiable and cannot be linked to anybody */
enum {
    ASSENT_AUDIT_VERSION = 1,
    ASSENT_AUDIT_ENTRY_BYTES = 64,
    ASSENT_AUDIT_BODY_BYTES = 48,
    ASSENT_AUDIT_MAC_BYTES = 16,
    ASSENT_AUDIT_REFERENCE_BYTES = 16,
    ASSENT_AUDIT_DETAIL_BYTES = 12,
    ASSENT_AUDIT_SALT_BYTES = 16,
    ASSENT_AUDIT_HEAD_BYTES = 48,
    /* An entry may be this many epochs after the one before it: epochs without entries come from
     * power cuts between a new epoch and its first entry. */
    ASSENT_AUDIT_EPOCH_STEPS = 64
};

/* What happened. In the comments: what detail holds. */
enum assent_audit_type {
    ASSENT_AUDIT_NONE = 0,               /* no entry at all */
    ASSENT_AUDIT_GIVEN = 1,              /* first grant, digest of the record */
    ASSENT_AUDIT_CHANGED = 2,            /* another choice with a grant, digest */
    ASSENT_AUDIT_WITHDRAWN = 3,          /* the last grant taken back, digest */
    ASSENT_AUDIT_REFUSED = 4,            /* no grant before, none now, digest */
    ASSENT_AUDIT_RESTRICTED = 5,         /* or no longer: see flags, digest */
    ASSENT_AUDIT_OBJECTED = 6,           /* or no longer: see flags, digest */
    ASSENT_AUDIT_ERASED = 7,             /* zeros */
    ASSENT_AUDIT_EXPIRED = 8,            /* choices lapsed, digest; or retention ended, zeros */
    ASSENT_AUDIT_POLICY_ACTIVATED = 9,   /* revision (4), start of the image's SHA-256 (8) */
    ASSENT_AUDIT_KEY_ROTATED = 10,       /* new key id (1), zeros */
    ASSENT_AUDIT_GENERATION_RAISED = 11, /* new generation (2), zeros */
    ASSENT_AUDIT_CLOCK_SET = 12,         /* time before (5), trust before (1), zeros */
    ASSENT_AUDIT_CHECKPOINT = 13,        /* oldest sequence kept (4), start of the MAC before (8) */
    ASSENT_AUDIT_BOOT = 14,              /* boot counter (4), zeros */
    ASSENT_AUDIT_UPSTREAM_SET = 15,      /* start of the setting's SHA-256 (12), zeros: removed */
    ASSENT_AUDIT_TYPES
};

/* "consent_given", "policy_activated" …; "unknown" for any other value. */
extern const char assent_audit_type_words[]; /* core/words.h */
static inline const char *assent_audit_type_name(enum assent_audit_type type)
{
    return assent_words_at(assent_audit_type_words, (unsigned)type);
}

struct assent_audit_entry {
    uint8_t type; /* enum assent_audit_type, not NONE */
    uint8_t site;
    uint8_t choice[ASSENT_TIER_COUNT]; /* enum assent_choice; essential is undecided */
    uint8_t flags;                     /* ASSENT_CONSENT_* */
    uint8_t method;                    /* enum assent_record_method, 0: none */
    struct assent_time time;
    uint32_t sequence; /* set by assent_audit_append */
    uint32_t epoch;    /* set by assent_audit_append */
    bool has_reference;
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES]; /* zeros if there is none */
    uint8_t detail[ASSENT_AUDIT_DETAIL_BYTES];
};

/* Where a chain stands: what the next entry is made or checked with. A new log starts with zeros
 * but for the key. Holds a secret: wiped by its owner. */
struct assent_audit_chain {
    uint8_t key[ASSENT_SHA256_BYTES];    /* of epoch */
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES]; /* of the entry before; zeros before the first */
    uint32_t sequence;                   /* of the next entry: how many there are */
    uint32_t epoch;
};

/* Reference to a subject and digest of its record's bytes, both keyed by the record's salt (AUD-4).
 *   salt    random, made with the record, deleted with it
 *   record  canonical encoding (core/record.h)
 *   return  ASSENT_OK, or ASSENT_ERR_CRYPTO: out is void */
int assent_audit_reference(const struct assent_crypto *crypto,
                           const uint8_t salt[ASSENT_AUDIT_SALT_BYTES],
                           const uint8_t subject[ASSENT_SUBJECT_BYTES],
                           uint8_t out[ASSENT_AUDIT_REFERENCE_BYTES]);
int assent_audit_digest(const struct assent_crypto *crypto,
                        const uint8_t salt[ASSENT_AUDIT_SALT_BYTES], struct assent_span record,
                        uint8_t out[ASSENT_AUDIT_DETAIL_BYTES]);

/* Make the next entry of a chain.
 *   entry   its sequence and epoch are set
 *   out     the entry's bytes; write them before anything relies on the chain
 *   chain   moved on by one on success, unchanged otherwise
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE   a field outside its range
 *           ASSENT_ERR_LIMIT   2^32 - 1 entries have been made
 *           ASSENT_ERR_CRYPTO  the MAC failed */
int assent_audit_append(struct assent_audit_chain *chain, const struct assent_crypto *crypto,
                        struct assent_audit_entry *entry, uint8_t out[ASSENT_AUDIT_ENTRY_BYTES]);

/* Go on to the key of the next epoch. The caller stores the new key and wipes the stored old one.
 *   return  ASSENT_OK
 *           ASSENT_ERR_LIMIT, ASSENT_ERR_CRYPTO  chain is unchanged */
int assent_audit_advance(struct assent_audit_chain *chain, const struct assent_crypto *crypto);

/* Read an entry without checking its MAC. Each entry has exactly one encoding.
 *   return  ASSENT_OK
 *           ASSENT_ERR_VERSION  made by another version
 *           ASSENT_ERR_CORRUPT  a field outside its range, or an unused byte or bit is not 0 */
int assent_audit_decode(const uint8_t in[ASSENT_AUDIT_ENTRY_BYTES],
                        struct assent_audit_entry *entry);

/* The sealed head, 48 bytes: what the end of the log looked like at some time.
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  clock trust
 *        2      4  count: sequence of the next entry
 *        6      4  epoch
 *       10      5  time of sealing, seconds since 1970
 *       15      1  0
 *       16     16  MAC of the last entry; zeros if there is none
 *       32     16  seal: HMAC-SHA-256 under the seal key over "assent audit head v1" and bytes
 *                  0..31, cut to 128 bits */
struct assent_audit_head {
    uint32_t count;
    uint32_t epoch;
    struct assent_time time;
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES];
};

/* Seal the present end of a chain.
 *   key     the seal key, not a chain key
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE   now is out of range
 *           ASSENT_ERR_CRYPTO  the MAC failed */
int assent_audit_seal(const struct assent_audit_chain *chain, struct assent_time now,
                      const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                      uint8_t out[ASSENT_AUDIT_HEAD_BYTES]);

/* Read a sealed head.
 *   head    void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_AUTH     the seal is wrong
 *           ASSENT_ERR_VERSION  good seal, but of another version
 *           ASSENT_ERR_CORRUPT  good seal, but a field outside its range
 *           ASSENT_ERR_CRYPTO   the MAC failed */
int assent_audit_open_head(const uint8_t in[ASSENT_AUDIT_HEAD_BYTES],
                           const struct assent_crypto *crypto,
                           const uint8_t key[ASSENT_SHA256_BYTES], struct assent_audit_head *head);

/* What is wrong with a run of entries. */
enum assent_audit_fault {
    ASSENT_AUDIT_FAULT_NONE = 0,
    ASSENT_AUDIT_FAULT_FORM,      /* not an entry: version, type, length, a field, an unused bit */
    ASSENT_AUDIT_FAULT_GAP,       /* entries are missing before this one */
    ASSENT_AUDIT_FAULT_ORDER,     /* an entry that was there before, or out of its place */
    ASSENT_AUDIT_FAULT_EPOCH,     /* the epoch falls, or leaps by more than EPOCH_STEPS */
    ASSENT_AUDIT_FAULT_MAC,       /* changed, or made with another key than its epoch's */
    ASSENT_AUDIT_FAULT_TRUNCATED, /* the head has seen more entries than there are */
    ASSENT_AUDIT_FAULT_HEAD,      /* the head belongs to another log, or to a time before the run */
    ASSENT_AUDIT_FAULT_CRYPTO     /* a MAC could not be made: nothing is known of this entry */
};

/* "none", "form", "gap" …; "unknown" for any other value. The words lie in the program that asks. */
static inline const char *assent_audit_fault_name(enum assent_audit_fault fault)
{
    return assent_words_at("none\0"
                           "form\0"
                           "gap\0"
                           "order\0"
                           "epoch\0"
                           "mac\0"
                           "truncated\0"
                           "head\0"
                           "crypto\0",
                           (unsigned)fault);
}

/* A verification under way. Holds a secret: wiped by its owner. */
struct assent_audit_verifier {
    struct assent_audit_chain chain; /* stands behind the last good entry */
    const struct assent_audit_head *head;
    bool head_met; /* the log agrees with the head, or there is none */
};

/* Begin to verify a run of entries.
 *   start  key and epoch of its first entry, or of one up to EPOCH_STEPS earlier; MAC of the entry
 *          before it; its sequence. Copied
 *   head   an opened head, or NULL; borrowed until the end */
void assent_audit_verify_start(struct assent_audit_verifier *v,
                               const struct assent_audit_chain *start,
                               const struct assent_audit_head *head);

/* Verify the next entries of the run; a long log is taken piece by piece.
 *   entries  whole entries, one behind the other
 *   bad      index of the first bad entry in this piece, or the number of entries
 *   return   ASSENT_AUDIT_FAULT_NONE, or why that entry is bad; verification is over then */
enum assent_audit_fault assent_audit_verify(struct assent_audit_verifier *v,
                                            const struct assent_crypto *crypto,
                                            struct assent_span entries, size_t *bad);

/* After the last piece: whether the log reaches as far as its head has seen. Entries that were made
 * after the head was sealed are no fault.
 *   return  ASSENT_AUDIT_FAULT_NONE, TRUNCATED or HEAD */
enum assent_audit_fault assent_audit_verify_end(const struct assent_audit_verifier *v);

/* One entry as a JSON object on one line, without the line end. All fields are there, so that the
 * bytes can be made again from it and verified elsewhere.
 *   in      the entry's bytes; one that cannot be decoded latches the error in w */
void assent_audit_write_json(struct assent_writer *w, const uint8_t in[ASSENT_AUDIT_ENTRY_BYTES]);

#endif
