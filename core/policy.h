/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_POLICY_H
#define ASSENT_CORE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/seam.h"
#include "core/span.h"

/* One site's policy, compiled from JSON by `assent policy compile` and used in place from flash. The
 * byte table of the image stands in core/policy_format.h. */

/* Rights that the policy grants (GDPR Art. 13, 15 to 21, 77), a set. */
enum {
    ASSENT_RIGHT_ACCESS = 0x001,
    ASSENT_RIGHT_RECTIFICATION = 0x002,
    ASSENT_RIGHT_ERASURE = 0x004,
    ASSENT_RIGHT_RESTRICTION = 0x008,
    ASSENT_RIGHT_PORTABILITY = 0x010,
    ASSENT_RIGHT_OBJECTION = 0x020,
    ASSENT_RIGHT_WITHDRAWAL = 0x040,
    ASSENT_RIGHT_COMPLAINT = 0x080,
    ASSENT_RIGHT_OPT_OUT = 0x100
};

enum {
    /* Rights are never reduced without explicit consent: a revision that takes one away asks. */
    ASSENT_POLICY_KEEPS_RIGHTS = 0x01,
    /* Prior versions are kept for review. */
    ASSENT_POLICY_KEEPS_ARCHIVE = 0x02,
    /* Requests that repeat without reason may be declined. */
    ASSENT_POLICY_DECLINES_REPEATS = 0x04,
    /* Cookies the policy does not name may pass (default: they may not). */
    ASSENT_POLICY_ALLOWS_UNKNOWN = 0x08
};

/* What Sec-GPC: 1 means to a visitor of an opt-in site who has not chosen yet. */
enum assent_policy_gpc {
    ASSENT_POLICY_GPC_ASK = 0,    /* the notice is shown as to everybody */
    ASSENT_POLICY_GPC_REFUSE = 1  /* counts as a refusal: no notice, the link stays */
};

/* An open image. Fields are copies for speed, the rest is read from the image on demand. Borrowed:
 * the image must stay where it is. */
struct assent_policy {
    struct assent_span image;
    uint64_t effective_s;   /* when the revision took effect, seconds since 1970 */
    uint32_t revision;      /* raised with each publication */
    uint32_t rights;        /* ASSENT_RIGHT_* */
    uint32_t fingerprint[ASSENT_TIER_COUNT]; /* changes when purposes, recipients, cookies or hosts
                                                of the tier change materially; never for wording */
    uint16_t grant_days;    /* 1..395: how long a grant holds before the visitor is asked again */
    uint16_t refusal_days;  /* 180..395 and not less than grant_days */
    uint16_t cookie_days;   /* 1..400: no cookie lives longer */
    uint16_t retention_days; /* how long a record is kept after it has ended */
    uint8_t offered;        /* tiers offered, a set; always has essential */
    uint8_t objectable;     /* tiers that may run until objected to (regime uk: statistics) */
    uint8_t regime;         /* enum assent_regime */
    uint8_t gpc;            /* enum assent_policy_gpc */
    uint8_t minimum_age;    /* years, 0: none */
    uint8_t flags;          /* ASSENT_POLICY_* */
};

enum {
    ASSENT_POLICY_COOKIE_HTTP_ONLY = 0x01,   /* scripts must not see it: HttpOnly is added */
    ASSENT_POLICY_COOKIE_SCRIPT = 0x02,      /* scripts set or read it: HttpOnly is never added */
    ASSENT_POLICY_COOKIE_THIRD_PARTY = 0x04  /* set by another host than the site's */
};

/* One line of the cookie inventory. */
struct assent_policy_cookie {
    struct assent_span name;     /* exact name; for a pattern, the part before its '*' */
    struct assent_span provider; /* who sets it; empty: the controller */
    enum assent_tier tier;
    uint32_t max_age_s;          /* longest life, 0: ends with the browser session */
    uint16_t purpose;            /* row of the purpose table */
    uint16_t flags;              /* ASSENT_POLICY_COOKIE_* */
    bool prefix;                 /* name is a prefix: the source said "name*" */
};

/* Open an image. Every offset, count and string is checked here, so that the other functions of
 * this file need not fail on an open policy.
 *   image   the whole image; may be followed by anything
 *   crypto  checks the SHA-256 too; NULL: CRC-32 only, for an image that was checked before
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  magic, length, checksum, offset, order or text is wrong
 *           ASSENT_ERR_VERSION  made for another version of this format
 *           ASSENT_ERR_RANGE    a value outside the range this header states
 *           ASSENT_ERR_CRYPTO   the hash function failed */
int assent_policy_open(struct assent_policy *policy, struct assent_span image,
                       const struct assent_crypto *crypto);

/* Find the inventory line of a cookie name: an exact name wins over a prefix, a longer prefix over a
 * shorter one. Names are case-sensitive (RFC 6265bis s. 5.7); the prefixes __Host- and __Secure- are
 * part of the name.
 *   return  ASSENT_OK, or ASSENT_ERR_NOT_FOUND: the policy does not name it */
int assent_policy_find_cookie(const struct assent_policy *policy, struct assent_span name,
                              struct assent_policy_cookie *out);

/* Line at index 0..count-1 of the inventory.
 *   return  ASSENT_OK, or ASSENT_ERR_NOT_FOUND past the end */
int assent_policy_cookie(const struct assent_policy *policy, unsigned index,
                         struct assent_policy_cookie *out);

/* Where a third-party host may be used, a set: one bit per directive of Content-Security-Policy. */
enum {
    ASSENT_POLICY_HOST_SCRIPT = 0x01,
    ASSENT_POLICY_HOST_IMG = 0x02,
    ASSENT_POLICY_HOST_CONNECT = 0x04,
    ASSENT_POLICY_HOST_FRAME = 0x08,
    ASSENT_POLICY_HOST_STYLE = 0x10,
    ASSENT_POLICY_HOST_FONT = 0x20,
    ASSENT_POLICY_HOST_MEDIA = 0x40
};

struct assent_policy_host {
    struct assent_span host; /* "host", "*.host", each with an optional ":port" (CSP host-source) */
    enum assent_tier tier;
    uint8_t uses;            /* ASSENT_POLICY_HOST_* */
    uint16_t recipient;      /* row of the recipient table: whose host it is */
};

/* Third-party host at index 0..count-1.
 *   return  ASSENT_OK, or ASSENT_ERR_NOT_FOUND past the end */
int assent_policy_host(const struct assent_policy *policy, unsigned index,
                       struct assent_policy_host *out);

#endif
