/* SPDX-License-Identifier: MIT */
/* Answers of time servers: whatever comes, the question is answered at most once, and no time is told that an
 * NTP timestamp cannot hold, nor one that moves the clock back. The input: nonce, answer. */
#include "port/device/sntp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_sntp sntp = {0};
    uint8_t question[ASSENT_SNTP_BYTES];
    struct assent_span answer;
    struct assent_time now = {1800000000, ASSENT_CLOCK_FLOOR};
    uint64_t told_s = 0;

    if (size < ASSENT_SNTP_NONCE_BYTES) {
        return 0;
    }
    answer = assent_span(data + ASSENT_SNTP_NONCE_BYTES, size - ASSENT_SNTP_NONCE_BYTES);
    must(assent_sntp_read(&sntp, answer, &told_s) != ASSENT_OK);
    assent_sntp_ask(&sntp, data, question);
    if (assent_sntp_read(&sntp, answer, &told_s) == ASSENT_OK) {
        struct assent_time then;

        must(told_s < UINT64_C(4294967296));
        must(assent_sntp_read(&sntp, answer, &told_s) != ASSENT_OK);
        must(assent_sntp_judge(now, told_s, &then) != ASSENT_OK || then.unix_s >= now.unix_s);
    }
    return 0;
}
