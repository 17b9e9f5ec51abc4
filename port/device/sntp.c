/* SPDX-License-Identifier: MIT */
/* Questions and answers of SNTP: RFC 4330 s. 4 and 5.
 *
 *   offset  bytes  field
 *        0      1  leap indicator (2 bits), version (3), mode (3)
 *        1      1  stratum
 *       24      8  originate timestamp: that of the question
 *       40      8  transmit timestamp: seconds (4) and their parts, big-endian */
#include "port/device/sntp.h"

#include <string.h>

#include "core/bytes.h"

enum {
    FIRST = 0,
    STRATUM = 1,
    ORIGINATE = 24,
    TRANSMIT = 40,

    MODE_MASK = 0x07,
    MODE_SERVER = 4,
    VERSION_SHIFT = 3,
    VERSION_MASK = 0x07,
    VERSION_MIN = 3,
    VERSION_MAX = 4,
    LEAP_SHIFT = 6,
    LEAP_UNKNOWN = 3,
    STRATUM_MAX = 15,
    QUESTION = VERSION_MAX << VERSION_SHIFT | 3 /* mode client */
};

/* Seconds from 1900 to 1970, and from 1970 to 2036, where the count of 32 bits begins anew: RFC 4330 s. 3
 * takes a time with the highest bit for one before. */
static const uint32_t era0_s = 2208988800U;
static const uint32_t era1_s = 2085978496U;

void assent_sntp_ask(struct assent_sntp *sntp, const uint8_t nonce[ASSENT_SNTP_NONCE_BYTES],
                     uint8_t out[ASSENT_SNTP_BYTES])
{
    memcpy(sntp->nonce, nonce, sizeof(sntp->nonce));
    sntp->waiting = true;
    memset(out, 0, ASSENT_SNTP_BYTES);
    out[FIRST] = QUESTION;
    memcpy(out + TRANSMIT, nonce, ASSENT_SNTP_NONCE_BYTES);
}

static uint32_t load_big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int assent_sntp_read(struct assent_sntp *sntp, struct assent_span message, uint64_t *unix_s)
{
    const uint8_t *p = message.ptr;
    unsigned version = message.len > 0 ? p[FIRST] >> VERSION_SHIFT & VERSION_MASK : 0;
    uint32_t sent_s;

    if (message.len < ASSENT_SNTP_BYTES || (p[FIRST] & MODE_MASK) != MODE_SERVER ||
        version < VERSION_MIN || version > VERSION_MAX) {
        return ASSENT_ERR_SYNTAX;
    }
    if (!sntp->waiting || memcmp(p + ORIGINATE, sntp->nonce, sizeof(sntp->nonce)) != 0) {
        return ASSENT_ERR_AUTH;
    }
    sntp->waiting = false;
    sent_s = load_big32(p + TRANSMIT);
    if (p[FIRST] >> LEAP_SHIFT == LEAP_UNKNOWN || p[STRATUM] == 0 || p[STRATUM] > STRATUM_MAX ||
        sent_s == 0) {
        return ASSENT_ERR_CLOCK;
    }
    *unix_s = sent_s >= 0x80000000U ? (uint64_t)sent_s - era0_s : (uint64_t)sent_s + era1_s;
    return (int64_t)*unix_s >= 0 ? ASSENT_OK : ASSENT_ERR_CLOCK;
}

int assent_sntp_judge(struct assent_time now, uint64_t told_s, struct assent_time *out)
{
    bool known = now.trust != ASSENT_CLOCK_NONE;
    bool ahead = !known || told_s >= now.unix_s;
    uint64_t step_s = !known ? 0 : ahead ? told_s - now.unix_s : now.unix_s - told_s;

    if (step_s > ASSENT_SNTP_STEP_S && (!ahead || now.trust > ASSENT_CLOCK_FLOOR)) {
        return ASSENT_ERR_RANGE;
    }
    *out = (struct assent_time){ahead ? told_s : now.unix_s, ASSENT_CLOCK_SYNCED};
    return ASSENT_OK;
}
