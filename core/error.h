/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_ERROR_H
#define ASSENT_CORE_ERROR_H

/* Every failure that a function of assent can report. The enum is closed: codes of other libraries
 * are translated where they enter. ASSENT_OK is 0, errors are negative; a positive result of a
 * function is a count or a length. */
enum assent_error {
    ASSENT_OK = 0,
    ASSENT_ERR_SYNTAX = -1,     /* input is malformed */
    ASSENT_ERR_LIMIT = -2,      /* input exceeds a named limit of core/config.h */
    ASSENT_ERR_SPACE = -3,      /* the caller's output buffer is too small; its content is void */
    ASSENT_ERR_RANGE = -4,      /* an argument lies outside its documented range */
    ASSENT_ERR_FORBIDDEN = -5,  /* a rule of the cited specification or of the policy forbids it */
    ASSENT_ERR_NOT_FOUND = -6,  /* no such key, cookie, entry or text */
    ASSENT_ERR_MORE = -7,       /* the input ends before the element does */
    ASSENT_ERR_VERSION = -8,    /* a format version that this build does not know */
    ASSENT_ERR_CORRUPT = -9,    /* a checksum or a structural check failed */
    ASSENT_ERR_AUTH = -10,      /* a MAC, signature or secret did not match */
    ASSENT_ERR_EXPIRED = -11,   /* was valid once, is too old now */
    ASSENT_ERR_REVOKED = -12,   /* was valid once, has been called back */
    ASSENT_ERR_FULL = -13,      /* no room in the store; what is there is untouched */
    ASSENT_ERR_IO = -14,        /* a device operation failed */
    ASSENT_ERR_READ_ONLY = -15, /* the medium or its state allows no writes */
    ASSENT_ERR_STATE = -16,     /* the call is not allowed in the present state */
    ASSENT_ERR_CRYPTO = -17,    /* a cryptographic primitive failed */
    ASSENT_ERR_ENTROPY = -18,   /* no randomness is to be had */
    ASSENT_ERR_CLOCK = -19      /* no time that can be trusted */
};

#endif
