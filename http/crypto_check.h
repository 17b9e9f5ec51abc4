/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_CRYPTO_CHECK_H
#define ASSENT_HTTP_CRYPTO_CHECK_H

#include <stdbool.h>

#include "core/seam.h"

/* Whether a crypto seam computes what it is to compute. One that is wrong in the same way each time, an HMAC
 * that leaves its key out for example, would otherwise work, with tokens that anybody can make. */

/* Compare with known answers: SHA-256 of "abc" (FIPS 180-4) and an HMAC-SHA-256 of it, both in parts, one of
 * them empty. If sealed, also that what was sealed can be opened, and not with another tag. Takes some 10
 * blocks of SHA-256.
 *   sealed  the store is encrypted
 *   return  ASSENT_OK
 *           ASSENT_ERR_CRYPTO  an answer is wrong, or seal or open is not there though sealed */
int assent_crypto_check(const struct assent_crypto *crypto, bool sealed);

#endif
