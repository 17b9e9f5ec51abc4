/* SPDX-License-Identifier: MIT */
/* PSA makes the key; as ECPrivateKey (RFC 5915 s. 3) it comes back into a context that can be written. */
#include <string.h>

#include <psa/crypto.h>

#include "core/bytes.h"
#include "port/tls/tls_key.h"
#include "port/tls/tls_platform.h"

enum { SECRET_BYTES = 32, SECRET_OFFSET = 7, DER_BYTES = 51 };

int assent_tls_key_make(mbedtls_pk_context *key)
{
    /* version 1, the secret, [0] prime256v1; the public part is worked out from it. */
    uint8_t der[DER_BYTES] = {0x30, DER_BYTES - 2, 0x02, 0x01, 0x01, 0x04, SECRET_BYTES};
    static const uint8_t curve[] = {0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    psa_key_attributes_t attributes = psa_key_attributes_init();
    psa_key_id_t id = 0;
    size_t len = 0;
    int error = MBEDTLS_ERR_PK_ALLOC_FAILED;

    memcpy(der + SECRET_OFFSET + SECRET_BYTES, curve, sizeof(curve));
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 8 * SECRET_BYTES);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    if (psa_generate_key(&attributes, &id) == PSA_SUCCESS &&
        psa_export_key(id, der + SECRET_OFFSET, SECRET_BYTES, &len) == PSA_SUCCESS &&
        len == SECRET_BYTES) {
        error =
            mbedtls_pk_parse_key(key, der, sizeof(der), NULL, 0, assent_tls_platform_random, NULL);
    }
    (void)psa_destroy_key(id);
    assent_bytes_wipe(der, sizeof(der));
    return error;
}
