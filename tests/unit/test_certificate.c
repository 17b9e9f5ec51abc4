/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "http/certificate.h"
#include "tests/unit/device.h"

static struct device d;
static struct assent_certificate got;

static struct assent_blob blob(void)
{
    return assent_certificate_blob(&d.kv, &d.view[ASSENT_REGION_BLOBS].flash);
}

static int write(const char *chain, const char *key)
{
    struct assent_blob b = blob();

    return assent_certificate_write(&d.keys, &b, assent_span(chain, strlen(chain)),
                                    assent_span(key, strlen(key)));
}

static int read(void)
{
    struct assent_blob b = blob();

    return assent_certificate_read(&d.keys, &b, &got);
}

static bool is(const char *chain, const char *key)
{
    return assent_span_equal(assent_span(got.chain, got.chain_len),
                             assent_span(chain, strlen(chain))) &&
           assent_span_equal(assent_span(got.key, got.key_len), assent_span(key, strlen(key)));
}

TEST(pair_is_kept_and_replaced)
{
    device_open(&d, 4096, 64, 0);
    CHECK_INT(read(), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(write("", "key"), ASSENT_ERR_RANGE);
    CHECK_INT(write("chain", ""), ASSENT_ERR_RANGE);
    CHECK_INT(write("chain", "key"), ASSENT_OK);
    CHECK_INT(device_start(&d), ASSENT_OK);
    CHECK_INT(read(), ASSENT_OK);
    CHECK(is("chain", "key"));
    CHECK_INT(write("another chain", "another key"), ASSENT_OK);
    CHECK_INT(read(), ASSENT_OK);
    CHECK(is("another chain", "another key"));
    device_close(&d);
}

/* At each operation: the old pair, the new one, or none, but never a key of another certificate. */
TEST(power_cut_never_leaves_a_key_with_another_certificate)
{
    unsigned old = 0;
    unsigned none = 0;
    unsigned cut = 0;
    bool done = false;

    while (!done && ++cut < 200) {
        device_open(&d, 4096, 64, 0);
        CHECK_INT(write("chain", "key"), ASSENT_OK);
        flash_sim_cut(&d.sim, cut, FLASH_SIM_CUT_RANDOM);
        done = write("another chain", "another key") == ASSENT_OK && !d.sim.dead;
        flash_sim_power_on(&d.sim);
        CHECK_INT(device_start(&d), ASSENT_OK);
        switch (read()) {
        case ASSENT_OK:
            old += is("chain", "key") ? 1 : 0;
            CHECK(is("chain", "key") || is("another chain", "another key"));
            break;
        case ASSENT_ERR_NOT_FOUND:
            none++;
            break;
        default:
            CHECK(false);
        }
        device_close(&d);
    }
    CHECK(done && cut > 5 && old > 0 && none > 0);
}

TEST_MAIN(CASE(pair_is_kept_and_replaced),
          CASE(power_cut_never_leaves_a_key_with_another_certificate))
