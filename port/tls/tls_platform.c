/* SPDX-License-Identifier: MIT */
/* Memory, time and randomness for mbedTLS out of the seams. */
#include "port/tls/tls_platform.h"

#include <mbedtls/entropy.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <psa/crypto.h>

static const struct assent_clock *the_clock;
static const struct assent_entropy *the_entropy;
static uint64_t passed_ms; /* uptime without its wrap */
static uint32_t last_ms;

/* mbedTLS asks for time to see how old a ticket is. Uptime serves that better than a wall clock,
 * which may be set at any moment. */
mbedtls_ms_time_t mbedtls_ms_time(void)
{
    uint32_t now_ms = the_clock->uptime_ms(the_clock->ctx);

    passed_ms += (uint32_t)(now_ms - last_ms);
    last_ms = now_ms;
    return (mbedtls_ms_time_t)passed_ms;
}

static mbedtls_time_t seconds(mbedtls_time_t *out)
{
    mbedtls_time_t now = (mbedtls_time_t)(mbedtls_ms_time() / 1000);

    if (out != NULL) {
        *out = now;
    }
    return now;
}

int assent_tls_platform_random(void *context, unsigned char *out, size_t len)
{
    (void)context;
    return the_entropy->random(the_entropy->ctx, out, len) == ASSENT_OK
               ? 0
               : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    (void)context;
    *output_length = 0;
    if (the_entropy->random(the_entropy->ctx, output, output_size) != ASSENT_OK) {
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *output_length = output_size;
    return PSA_SUCCESS;
}

int assent_tls_platform_init(uint8_t *pool, size_t bytes, const struct assent_clock *clock,
                             const struct assent_entropy *entropy)
{
    the_clock = clock;
    the_entropy = entropy;
    last_ms = clock->uptime_ms(clock->ctx);
    passed_ms = 1000; /* 0 reads as "no time" */
    assent_tls_pool_init(pool, bytes);
    if (mbedtls_platform_set_time(seconds) != 0 || psa_crypto_init() != PSA_SUCCESS) {
        return ASSENT_ERR_CRYPTO;
    }
    return ASSENT_OK;
}
