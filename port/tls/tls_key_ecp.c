/* SPDX-License-Identifier: MIT */
#include <mbedtls/ecp.h>

#include "port/tls/tls_key.h"
#include "port/tls/tls_platform.h"

int assent_tls_key_make(mbedtls_pk_context *key)
{
    int error = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));

    return error != 0 ? error
                      : mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                                            assent_tls_platform_random, NULL);
}
