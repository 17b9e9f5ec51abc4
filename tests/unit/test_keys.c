/* SPDX-License-Identifier: MIT */
/* Secrets of the device: what replaces what, and that what was replaced is gone. */
#include "tests/unit/test.h"

#include "core/token.h"
#include "storage/keys.h"
#include "tests/unit/device.h"

static struct device device;

static void open_device(void)
{
    device_open(&device, 4096, 64, 0);
}

static struct assent_token_keys load(uint8_t site)
{
    struct assent_token_keys keys = {.site = ASSENT_SPAN("shop.example")};

    CHECK_INT(assent_keys_load(&device.keys, site, &keys), ASSENT_OK);
    return keys;
}

static int mint(const struct assent_token_keys *keys, uint8_t text[ASSENT_TOKEN_TEXT_BYTES])
{
    struct assent_consent consent = {.choice = {0, ASSENT_CHOICE_REFUSED, ASSENT_CHOICE_REFUSED},
                                     .changed_s = 1800000000,
                                     .valid_days = 180};

    return assent_token_mint(keys, &device.crypto, &consent, text);
}

static int verify(const struct assent_token_keys *keys, const uint8_t *text, int len)
{
    struct assent_consent consent;

    return assent_token_verify(keys, &device.crypto, assent_span(text, (size_t)len), &consent);
}

TEST(a_site_gets_a_key_once)
{
    struct assent_token_keys first;
    struct assent_token_keys second;
    struct assent_token_keys none = {.site = ASSENT_SPAN("x")};

    open_device();
    CHECK_INT(assent_keys_load(&device.keys, 2, &none), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    first = load(2);
    CHECK_INT(first.count, 1);
    CHECK_INT(first.generation, 1);
    CHECK_SPAN(first.site, "shop.example");
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    CHECK_INT(device_start(&device), ASSENT_OK);
    second = load(2);
    CHECK(memcmp(first.key, second.key, sizeof(first.key)) == 0);
    CHECK_INT(assent_keys_load(&device.keys, 3, &none), ASSENT_ERR_NOT_FOUND);
    device.no_entropy = true;
    CHECK_INT(assent_keys_create(&device.keys, 4), ASSENT_ERR_ENTROPY);
    device_close(&device);
}

TEST(rotation_keeps_the_key_before_and_no_older_one)
{
    struct assent_token_keys old;
    struct assent_token_keys keys;
    uint8_t text[3][ASSENT_TOKEN_TEXT_BYTES];
    int len[3];

    open_device();
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    old = load(2);
    keys = old;
    len[0] = mint(&keys, text[0]);
    CHECK_INT(assent_keys_rotate(&device.keys, 2, device.now, &keys), ASSENT_OK);
    CHECK_INT(keys.count, 2);
    CHECK_SPAN(keys.site, "shop.example");
    len[1] = mint(&keys, text[1]);
    CHECK_INT(verify(&keys, text[0], len[0]), ASSENT_OK);
    CHECK_INT(verify(&keys, text[1], len[1]), ASSENT_OK);
    CHECK(flash_sim_contains(&device.sim, old.key[0], ASSENT_SHA256_BYTES));
    CHECK_INT(assent_keys_rotate(&device.keys, 2, device.now, &keys), ASSENT_OK);
    CHECK_INT(verify(&keys, text[0], len[0]), ASSENT_ERR_AUTH);
    CHECK_INT(verify(&keys, text[1], len[1]), ASSENT_OK);
    CHECK(!flash_sim_contains(&device.sim, old.key[0], ASSENT_SHA256_BYTES));
    CHECK_INT(device.log.chain.sequence, 2); /* an entry for each */
    device_close(&device);
}

TEST(revoking_voids_every_token_at_once)
{
    struct assent_token_keys keys;
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    int len;

    open_device();
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    keys = load(2);
    len = mint(&keys, text);
    CHECK_INT(assent_keys_revoke(&device.keys, 2, device.now, &keys), ASSENT_OK);
    CHECK_INT(keys.generation, 2);
    CHECK_INT(verify(&keys, text, len), ASSENT_ERR_REVOKED);
    CHECK_INT(load(2).generation, 2);
    CHECK_INT(device.log.chain.sequence, 1);
    device_close(&device);
}

TEST(a_generation_that_comes_again_finds_other_keys)
{
    struct assent_token_keys keys;
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    uint8_t value[70];
    int len;

    open_device();
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    keys = load(2);
    len = mint(&keys, text); /* of generation 1 */
    {
        struct assent_span name = {(const uint8_t *)"t\x02", 2};
        int got = assent_kv_get(&device.kv, ASSENT_SPACE_KEYS, name, value, sizeof(value));

        CHECK(got > 4);
        value[2] = 0xFF;
        value[3] = 0xFF;
        CHECK_INT(
            assent_kv_put(&device.kv, ASSENT_SPACE_KEYS, name, assent_span(value, (size_t)got)),
            ASSENT_OK);
    }
    CHECK_INT(assent_keys_revoke(&device.keys, 2, device.now, &keys), ASSENT_OK);
    CHECK_INT(keys.generation, 1);
    CHECK_INT(keys.count, 1);
    CHECK_INT(verify(&keys, text, len), ASSENT_ERR_AUTH);
    device_close(&device);
}

TEST(damaged_keys_are_not_used)
{
    static const struct {
        const char *row;
        size_t len;
        uint8_t bytes[4];
        int error;
    } rows[] = {
        {"empty", 0, {0}, ASSENT_ERR_CORRUPT},
        {"another version", 70, {3, 1, 1, 0}, ASSENT_ERR_VERSION},
        {"no key", 70, {2, 0, 1, 0}, ASSENT_ERR_CORRUPT},
        {"three keys", 70, {2, 3, 1, 0}, ASSENT_ERR_CORRUPT},
        {"a byte short", 69, {2, 1, 1, 0}, ASSENT_ERR_CORRUPT},
        {"longer", 103, {2, 2, 1, 0}, ASSENT_ERR_VERSION},
        {"whole", 70, {2, 1, 1, 0}, ASSENT_OK},
    };
    struct assent_token_keys keys = {.site = ASSENT_SPAN("x")};
    uint8_t value[128] = {0};

    open_device();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span name = {(const uint8_t *)"t\x02", 2};

        memcpy(value, rows[i].bytes, sizeof(rows[i].bytes));
        CHECK_INT(
            assent_kv_put(&device.kv, ASSENT_SPACE_KEYS, name, assent_span(value, rows[i].len)),
            ASSENT_OK);
        CHECK_INT_ROW(rows[i].row, assent_keys_load(&device.keys, 2, &keys), rows[i].error);
    }
    device_close(&device);
}

TEST(keys_outlive_one_rotten_copy)
{
    struct assent_token_keys keys;
    size_t at;

    open_device();
    CHECK_INT(assent_keys_create(&device.keys, 2), ASSENT_OK);
    keys = load(2);
    for (at = 0; memcmp(device.sim.bytes + at, keys.key[0], ASSENT_SHA256_BYTES) != 0; at++) {
    }
    flash_sim_rot(&device.sim, at * 8 + 3);
    CHECK(memcmp(load(2).key[0], keys.key[0], ASSENT_SHA256_BYTES) == 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK(memcmp(load(2).key[0], keys.key[0], ASSENT_SHA256_BYTES) == 0);
    device_close(&device);
}

TEST(derived_secrets_differ_by_purpose_and_site_and_last)
{
    uint8_t a[ASSENT_SHA256_BYTES];
    uint8_t b[ASSENT_SHA256_BYTES];
    uint8_t c[ASSENT_SHA256_BYTES];
    uint8_t again[ASSENT_SHA256_BYTES];

    open_device();
    CHECK_INT(assent_keys_secret(&device.keys, ASSENT_SPAN("receipt"), 1, a), ASSENT_OK);
    CHECK_INT(assent_keys_secret(&device.keys, ASSENT_SPAN("receipt"), 2, b), ASSENT_OK);
    CHECK_INT(assent_keys_secret(&device.keys, ASSENT_SPAN("form"), 1, c), ASSENT_OK);
    CHECK(memcmp(a, b, sizeof(a)) != 0 && memcmp(a, c, sizeof(a)) != 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(assent_keys_secret(&device.keys, ASSENT_SPAN("receipt"), 1, again), ASSENT_OK);
    CHECK(memcmp(a, again, sizeof(a)) == 0);
    device_close(&device);
}

TEST(no_seed_is_handed_out_twice_even_if_the_power_fails)
{
    static struct device torn;
    uint8_t first[ASSENT_SHA256_BYTES];
    uint8_t second[ASSENT_SHA256_BYTES];

    open_device();
    device_open(&torn, 4096, 64, 0);
    CHECK_INT(assent_keys_seed(&device.keys, ASSENT_SPAN(""), first), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_keys_seed_provision(&device.keys, device_master), ASSENT_OK);
    for (unsigned at = 1; at < 60; at++) {
        bool handed_out;

        device_clone(&torn, &device);
        flash_sim_cut(&torn.sim, 1 + at % 9, (enum flash_sim_cut)(1 + at % 5));
        handed_out = assent_keys_seed(&torn.keys, ASSENT_SPAN(""), first) == ASSENT_OK;
        CHECK_INT(device_start(&torn), ASSENT_OK);
        CHECK_INT(assent_keys_seed(&torn.keys, ASSENT_SPAN(""), second), ASSENT_OK);
        CHECK(!handed_out || memcmp(first, second, sizeof(first)) != 0);
        CHECK(!flash_sim_contains(&torn.sim, second, sizeof(second)));
    }
    device_close(&device);
    device_close(&torn);
}

TEST(named_secrets_are_kept_and_deleted)
{
    uint8_t value[64];

    open_device();
    CHECK_INT(assent_keys_get(&device.keys, ASSENT_SPAN("tls"), value, sizeof(value)),
              ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_keys_put(&device.keys, ASSENT_SPAN("tls"), ASSENT_SPAN("a private key here")),
              ASSENT_OK);
    CHECK_INT(assent_keys_get(&device.keys, ASSENT_SPAN("tls"), value, sizeof(value)), 18);
    CHECK(flash_sim_contains(&device.sim, "private key", 11));
    CHECK_INT(assent_keys_put(&device.keys, ASSENT_SPAN("tls"), ASSENT_SPAN("")), ASSENT_OK);
    CHECK(!flash_sim_contains(&device.sim, "private key", 11));
    CHECK_INT(assent_keys_put(&device.keys, ASSENT_SPAN(""), ASSENT_SPAN("x")), ASSENT_ERR_RANGE);
    device_close(&device);
}

TEST_MAIN(CASE(a_site_gets_a_key_once), CASE(rotation_keeps_the_key_before_and_no_older_one),
          CASE(revoking_voids_every_token_at_once),
          CASE(a_generation_that_comes_again_finds_other_keys), CASE(damaged_keys_are_not_used),
          CASE(keys_outlive_one_rotten_copy),
          CASE(derived_secrets_differ_by_purpose_and_site_and_last),
          CASE(no_seed_is_handed_out_twice_even_if_the_power_fails),
          CASE(named_secrets_are_kept_and_deleted))
