/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_POLICY_H
#define ASSENT_CORE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/seam.h"
#include "core/span.h"
#include "core/text_key.h"

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
    ASSENT_RIGHT_OPT_OUT = 0x100,
    ASSENT_RIGHTS = 0x1FF /* every right there is */
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
    ASSENT_POLICY_GPC_ASK = 0,   /* the notice is shown as to everybody */
    ASSENT_POLICY_GPC_REFUSE = 1 /* counts as a refusal: no notice, the link stays */
};

struct assent_text;

/* An open image. Fields are copies for speed, the rest is read from the image on demand. Borrowed:
 * the image must stay where it is. */
struct assent_policy {
    struct assent_span image;         /* exactly the image, not what may follow it */
    const struct assent_text *shared; /* common words, for http/policy_text.h alone; or NULL */
    uint64_t effective_s;             /* when the revision took effect, seconds since 1970 */
    uint32_t revision;                /* raised with each publication */
    uint32_t fingerprint[ASSENT_TIER_COUNT]; /* changes when purposes, recipients, cookies or hosts
                                                of the tier change materially; never for wording */
    uint16_t rights;                         /* ASSENT_RIGHT_* */
    uint16_t grant_days;     /* 1..395: how long a grant holds before the visitor is asked again */
    uint16_t refusal_days;   /* 180..395 and not less than grant_days */
    uint16_t cookie_days;    /* 1..400: no cookie lives longer */
    uint16_t retention_days; /* how long a record is kept after it has ended */
    uint8_t offered;         /* tiers offered, a set; always has essential */
    uint8_t objectable;      /* tiers that may run until objected to (regime uk: statistics) */
    uint8_t regime;          /* enum assent_regime */
    uint8_t gpc;             /* enum assent_policy_gpc */
    uint8_t minimum_age;     /* years, 0: none */
    uint8_t flags;           /* ASSENT_POLICY_* */
    uint8_t languages;       /* 1..ASSENT_TEXT_LANGUAGES; index 0 is the default language */
};

enum {
    ASSENT_POLICY_COOKIE_HTTP_ONLY = 0x01,  /* scripts must not see it: HttpOnly is added */
    ASSENT_POLICY_COOKIE_SCRIPT = 0x02,     /* scripts set or read it: HttpOnly is never added */
    ASSENT_POLICY_COOKIE_THIRD_PARTY = 0x04 /* set by another host than the site's */
};

/* One line of the cookie inventory. */
struct assent_policy_cookie {
    struct assent_span name;     /* exact name; for a pattern, the part before its '*' */
    struct assent_span provider; /* who sets it; empty: the controller */
    enum assent_tier tier;
    uint32_t max_age_s; /* longest life, 0: ends with the browser session */
    uint16_t purpose;   /* row of the purpose table */
    uint16_t flags;     /* ASSENT_POLICY_COOKIE_* */
    bool prefix;        /* name is a prefix: the source said "name*" */
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
    uint8_t tier;            /* enum assent_tier */
    uint8_t uses;            /* ASSENT_POLICY_HOST_* */
    uint16_t recipient;      /* row of the recipient table: whose host it is */
};

/* Third-party host at index 0..count-1, in order of tier.
 *   return  ASSENT_OK, or ASSENT_ERR_NOT_FOUND past the end */
int assent_policy_host(const struct assent_policy *policy, unsigned index,
                       struct assent_policy_host *out);

/* ---- What the pages show. Each text comes in a language of the policy, 0..languages-1; any other
 * index gives the default language. Spans point into the image. ---- */

/* The policy's own wording of a text; empty if it has none, and leaves it to the shared words. */
struct assent_span assent_policy_wording(const struct assent_policy *policy, unsigned language,
                                         enum assent_text_key key);

/* Language tag (BCP 47) of a language of the policy. */
struct assent_span assent_policy_tag(const struct assent_policy *policy, unsigned language);

/* What else there is to a language; the values are those of core/policy_format.h. */
enum assent_policy_language_flag {
    ASSENT_POLICY_LANGUAGE_RTL = 4,   /* written from right to left */
    ASSENT_POLICY_LANGUAGE_SHARES = 5 /* leaves words to the shared texts (http/policy_text.h) */
};

bool assent_policy_language_is(const struct assent_policy *policy, unsigned language,
                               enum assent_policy_language_flag flag);
static inline bool assent_policy_rtl(const struct assent_policy *policy, unsigned language)
{
    return assent_policy_language_is(policy, language, ASSENT_POLICY_LANGUAGE_RTL);
}

/* Language for a tag, by lookup of RFC 4647 s. 3.4: "de-AT" finds "de".
 *   return  0..languages-1; 0, the default language, if nothing fits */
unsigned assent_policy_language(const struct assent_policy *policy, struct assent_span tag);

/* Whether lookup by a range reaches a tag: the range is the tag, or begins with it before a '-'
 * (RFC 4647 s. 3.4). The longest tag reached is the one that lookup finds. Letter case is no matter.
 *   range  one of more than 35 bytes reaches nothing */
bool assent_policy_reaches(struct assent_span range, struct assent_span tag);

/* Whose policy it is. */
struct assent_policy_controller {
    struct assent_span id; /* slug: a-z 0-9 '-', 1..32 bytes; also names the site in records */
    struct assent_span name;
    struct assent_span address; /* postal; may be empty */
    struct assent_span mail;    /* for requests and questions */
    struct assent_span web;     /* URL; may be empty */
    struct assent_span dpo;     /* contact of the data protection officer; may be empty */
    bool has_dpo;               /* there is one, even if no contact is named */
};

void assent_policy_controller(const struct assent_policy *policy,
                              struct assent_policy_controller *out);

/* SHA-256 over the image: what records and the archive cite. Points into the image. */
struct assent_span assent_policy_digest(const struct assent_policy *policy);

/* Host name that the policy serves, at index 0..count-1: "host", or "*.host" for all below it.
 *   return  empty past the end */
struct assent_span assent_policy_site(const struct assent_policy *policy, unsigned index);

/* Whether the policy serves this host.
 *   host  value of the Host field, with or without a port; any case */
bool assent_policy_serves(const struct assent_policy *policy, struct assent_span host);

/* Colours, 0xRRGGBB. The compiler holds text and accent to a contrast of at least 4.5 against their
 * background (WCAG 2.2 s. 1.4.3), so background-coloured text on accent is readable too. */
struct assent_policy_colours {
    uint32_t text;
    uint32_t background;
    uint32_t accent;
};

void assent_policy_theme(const struct assent_policy *policy, bool dark,
                         struct assent_policy_colours *out);

/* The rows below are numbered 0..count-1; each function returns ASSENT_OK, or ASSENT_ERR_NOT_FOUND
 * past the end. Rows keep the order of the source unless said otherwise. */

struct assent_policy_purpose {
    struct assent_span id;    /* slug, the same in every language and revision */
    struct assent_span title; /* short */
    struct assent_span text;  /* one line */
    uint8_t tier;             /* enum assent_tier */
    uint8_t material;         /* raised when the meaning changes, not the wording */
};

/* In order of tier. */
int assent_policy_purpose(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_purpose *out);

struct assent_policy_recipient {
    struct assent_span id; /* slug */
    struct assent_span name;
    struct assent_span text; /* what for */
    struct assent_span url;  /* its own privacy policy; may be empty */
    uint8_t tiers;           /* set of tiers whose data it receives */
};

int assent_policy_recipient(const struct assent_policy *policy, unsigned index, unsigned language,
                            struct assent_policy_recipient *out);

/* Means other than cookies that the policy names (ePrivacy Art. 5(3) covers them as well). */
enum assent_policy_technology_kind {
    ASSENT_POLICY_BEACON = 0,
    ASSENT_POLICY_ADVERTISING_ID = 1,
    ASSENT_POLICY_UNIQUE_ID = 2,
    ASSENT_POLICY_SERVER_LOG = 3,
    ASSENT_POLICY_LINK_TRACKING = 4,
    ASSENT_POLICY_APP_LOG = 5,
    ASSENT_POLICY_TECHNOLOGY_KINDS = 6 /* titles: ASSENT_TEXT_TECHNOLOGY_BEACON + kind */
};

struct assent_policy_technology {
    uint8_t kind; /* enum assent_policy_technology_kind */
    uint8_t tier; /* enum assent_tier */
    struct assent_span text;
};

int assent_policy_technology(const struct assent_policy *policy, unsigned index, unsigned language,
                             struct assent_policy_technology *out);

struct assent_policy_right {
    uint16_t right; /* one of ASSENT_RIGHT_*; title: ASSENT_TEXT_RIGHT_ACCESS + its bit number */
    struct assent_span text;
};

/* In order of the bits. */
int assent_policy_right(const struct assent_policy *policy, unsigned index, unsigned language,
                        struct assent_policy_right *out);

/* What else the policy says that bears on consent. Title: ASSENT_TEXT_SECTION_RETENTION + kind. */
enum assent_policy_section_kind {
    ASSENT_POLICY_SECTION_RETENTION = 0,
    ASSENT_POLICY_SECTION_CHANGES = 1,
    ASSENT_POLICY_SECTION_MINORS = 2,
    ASSENT_POLICY_SECTION_REQUESTS = 3,
    ASSENT_POLICY_SECTION_BROWSER = 4,
    ASSENT_POLICY_SECTION_SENSITIVE = 5,
    ASSENT_POLICY_SECTION_SHARING = 6,
    ASSENT_POLICY_SECTION_MARKETING = 7,
    ASSENT_POLICY_SECTION_KINDS = 8
};

struct assent_policy_section {
    uint8_t kind; /* enum assent_policy_section_kind */
    struct assent_span text;
};

int assent_policy_section(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_section *out);

/* A revision that came before this one. */
struct assent_policy_revision {
    uint64_t effective_s;
    uint32_t revision;         /* lower than that of the policy */
    struct assent_span digest; /* assent_policy_digest of that revision's image */
    struct assent_span text;   /* what changed with the revision after it */
    bool asked;                /* that change asked visitors again */
};

/* Newest first. */
int assent_policy_revision(const struct assent_policy *policy, unsigned index, unsigned language,
                           struct assent_policy_revision *out);

/* The document that the policy was made from, one for each language it was published in. */
struct assent_policy_document {
    struct assent_span file;   /* name without a directory */
    struct assent_span tag;    /* language */
    struct assent_span digest; /* SHA-256 of the text, 32 bytes */
    uint16_t content_at;       /* where the text is kept, see assent_policy_content */
    uint16_t content_bytes;    /* 0: this image does not keep it */
};

int assent_policy_document(const struct assent_policy *policy, unsigned index,
                           struct assent_policy_document *out);

/* The text of a document, compressed (RFC 1952: gzip); empty if it is not kept. */
struct assent_span assent_policy_content(const struct assent_policy *policy,
                                         const struct assent_policy_document *document);

#endif
