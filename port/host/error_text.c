/* SPDX-License-Identifier: MIT */
#include "port/host/error_text.h"

const char *assent_error_text(int error)
{
    static const char *const texts[] = {
        "ok",
        "malformed input",
        "a limit is exceeded",
        "the output buffer is too small",
        "an argument is out of range",
        "forbidden by a rule",
        "not found",
        "the input ends too early",
        "an unknown format version",
        "damaged data",
        "authentication failed",
        "expired",
        "revoked",
        "the store is full",
        "the device failed",
        "read only",
        "not allowed in this state",
        "a cryptographic operation failed",
        "no randomness",
        "no trusted time",
    };
    const int count = (int)(sizeof(texts) / sizeof(texts[0]));

    if (error > 0 || error <= -count) {
        return "unknown error";
    }
    return texts[-error];
}
