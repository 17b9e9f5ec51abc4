/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "http/upstream_setting.h"
#include "storage/layout.h"
#include "tests/unit/device.h"

static struct device d;
static struct assent_upstream_setting got;
static uint8_t ca[ASSENT_UPSTREAM_CA_BYTES];
static size_t ca_len;

static struct assent_upstream_setting make(const char *name, const char *host, const char *field,
                                           uint16_t port, uint8_t trust)
{
    struct assent_upstream_setting s = {.port = port, .trust = trust, .insert = true};

    (void)assent_upstream_setting_put(&s.name, assent_span(name, strlen(name)));
    (void)assent_upstream_setting_put(&s.host, assent_span(host, strlen(host)));
    (void)assent_upstream_setting_put(&s.field, assent_span(field, strlen(field)));
    memset(s.digest, trust == ASSENT_UPSTREAM_PIN ? 7 : 0, sizeof(s.digest));
    return s;
}

static int write(uint8_t site, struct assent_upstream_setting *s, const char *der)
{
    return assent_upstream_setting_write(&d.kv, &d.log, &d.crypto, site, s,
                                         assent_span(der, strlen(der)), d.now);
}

static int read(uint8_t site)
{
    return assent_upstream_setting_read(&d.kv, &d.crypto, site, &got, ca, &ca_len);
}

static bool is(const struct assent_upstream_setting *a)
{
    return memcmp(a, &got, sizeof(got)) == 0;
}

TEST(a_setting_is_kept_for_its_site_and_replaced_and_removed)
{
    struct assent_upstream_setting one = make("app.internal", "app", "X-Granted", 8443, 1);
    struct assent_upstream_setting two = make("10.0.2.2", "", "", 1, 0);

    device_open(&d, 4096, 64, 0);
    CHECK_INT(read(3), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(write(3, &one, "a certificate"), ASSENT_OK);
    CHECK_INT(device_start(&d), ASSENT_OK);
    CHECK_INT(read(3), ASSENT_OK);
    CHECK(is(&one));
    CHECK(assent_span_equal(assent_span(ca, ca_len), ASSENT_SPAN("a certificate")));
    CHECK_INT(read(4), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(write(3, &two, "unused"), ASSENT_OK);
    CHECK_INT(read(3), ASSENT_OK);
    CHECK(is(&two));
    CHECK_INT(ca_len, 0);
    CHECK_INT(
        assent_kv_get(&d.kv, ASSENT_SPACE_BOARD, ASSENT_SPAN("upstream-ca\3"), ca, sizeof(ca)),
        ASSENT_ERR_NOT_FOUND);
    CHECK_INT(write(3, NULL, ""), ASSENT_OK);
    CHECK_INT(read(3), ASSENT_ERR_NOT_FOUND);
    device_close(&d);
}

TEST(each_change_has_its_audit_entry)
{
    static const uint8_t zeros[ASSENT_AUDIT_DETAIL_BYTES];
    struct assent_upstream_setting s = make("10.0.2.2", "", "", 80, 0);
    uint8_t record[ASSENT_UPSTREAM_RECORD_BYTES];
    uint8_t digest[ASSENT_SHA256_BYTES];
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_span part = assent_span(record, sizeof(record));
    struct assent_audit_entry entry;
    enum assent_audit_fault fault;
    uint32_t sequence = 0;

    device_open(&d, 4096, 64, 0);
    CHECK_INT(write(2, &s, ""), ASSENT_OK);
    CHECK_INT(write(2, NULL, ""), ASSENT_OK);
    assent_upstream_setting_encode(&s, record);
    CHECK_INT(d.crypto.sha256(d.crypto.ctx, &part, 1, digest), ASSENT_OK);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_INT(assent_audit_log_next(&d.log, &sequence, bytes), ASSENT_OK);
        CHECK_INT(assent_audit_decode(bytes, &entry), ASSENT_OK);
        CHECK_INT(entry.type, ASSENT_AUDIT_UPSTREAM_SET);
        CHECK_INT(entry.site, 2);
        CHECK(memcmp(entry.detail, i == 0 ? digest : zeros, sizeof(entry.detail)) == 0);
    }
    CHECK(strcmp(assent_audit_type_name((enum assent_audit_type)entry.type), "upstream_set") == 0);
    CHECK_INT(device_verify(&d, &fault), 2);
    CHECK_INT(fault, ASSENT_AUDIT_FAULT_NONE);
    device_close(&d);
}

TEST(values_out_of_range_are_named_and_not_kept)
{
    static const char long_name[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *name, *host, *field;
        uint16_t port;
        uint8_t trust;
        const char *wrong;
    } rows[] = {
        {"app", "", "", 1, 0, NULL},
        {"app", "[::1]:80", "X-A", 65535, 3, NULL},
        {"app", "", "", 1, 2, NULL},
        {"", "", "", 1, 0, "name"},
        {"a b", "", "", 1, 0, "name"},
        {".a", "", "", 1, 0, "name"},
        {"-a", "", "", 1, 0, "name"},
        {"a\r\nb", "", "", 1, 0, "name"},
        {"app", "", "", 0, 0, "port"},
        {"app", "a\r\nX: b", "", 1, 0, "host"},
        {"app", "a b", "", 1, 0, "host"},
        {"app", "", "X_A", 1, 0, "field"},
        {"app", "", "X: a", 1, 0, "field"},
        {"app", "", "Cookie", 1, 0, "field"},
        {"app", "", "transfer-encoding", 1, 0, "field"},
        {"app", "", "Sec-GPC", 1, 0, "field"},
        {"app", "", "", 1, 4, "tls"},
    };

    device_open(&d, 4096, 64, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_upstream_setting s =
            make(rows[i].name, rows[i].host, rows[i].field, rows[i].port, rows[i].trust);
        const char *wrong = assent_upstream_setting_check(&s);

        CHECK_ROW(rows[i].name, (wrong == NULL) == (rows[i].wrong == NULL));
        if (rows[i].wrong != NULL && wrong != NULL) {
            CHECK(strcmp(wrong, rows[i].wrong) == 0);
        }
        CHECK_INT_ROW(rows[i].name, write(1, &s, ""),
                      rows[i].wrong == NULL ? ASSENT_OK : ASSENT_ERR_RANGE);
    }
    CHECK(!assent_upstream_setting_put(&got.name, assent_span(long_name, sizeof(long_name) - 1)));
    device_close(&d);
}

/* A pin of nothing is none, and a digest without a use is a mistake. */
TEST(a_digest_is_there_where_it_is_compared_with)
{
    struct assent_upstream_setting s = make("app", "", "", 1, ASSENT_UPSTREAM_PIN);

    memset(s.digest, 0, sizeof(s.digest));
    CHECK(strcmp(assent_upstream_setting_check(&s), "tls") == 0);
    s = make("app", "", "", 1, ASSENT_UPSTREAM_PLAIN);
    s.digest[31] = 1;
    CHECK(strcmp(assent_upstream_setting_check(&s), "tls") == 0);
    s.trust = ASSENT_UPSTREAM_INSECURE;
    CHECK(strcmp(assent_upstream_setting_check(&s), "tls") == 0);
}

/* Whatever bit is wrong: the record is refused, or reads as another setting that is in range. */
TEST(every_record_has_one_reading)
{
    struct assent_upstream_setting s = make("app.internal", "app:80", "X-Granted", 8080, 2);
    uint8_t record[ASSENT_UPSTREAM_RECORD_BYTES];
    uint8_t again[ASSENT_UPSTREAM_RECORD_BYTES];

    assent_upstream_setting_encode(&s, record);
    CHECK_INT(assent_upstream_setting_decode(assent_span(record, sizeof(record)), &got), ASSENT_OK);
    CHECK(is(&s));
    for (size_t len = 0; len < sizeof(record); len++) {
        CHECK_INT(assent_upstream_setting_decode(assent_span(record, len), &got),
                  ASSENT_ERR_CORRUPT);
    }
    for (size_t bit = 0; bit < 8 * sizeof(record); bit++) {
        int error;

        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        error = assent_upstream_setting_decode(assent_span(record, sizeof(record)), &got);
        if (error == ASSENT_OK) {
            assent_upstream_setting_encode(&got, again);
            CHECK(memcmp(record, again, sizeof(record)) == 0);
        } else {
            CHECK_INT(error, bit < 8 ? ASSENT_ERR_VERSION : ASSENT_ERR_CORRUPT);
        }
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

TEST(a_certificate_may_come_later)
{
    struct assent_upstream_setting s = make("app", "", "", 443, ASSENT_UPSTREAM_CA);

    device_open(&d, 4096, 64, 0);
    CHECK_INT(write(0, &s, "a certificate"), ASSENT_OK);
    CHECK_INT(write(0, &s, ""), ASSENT_OK);
    CHECK_INT(read(0), ASSENT_OK);
    CHECK(is(&s) && ca_len == 0 && got.digest[0] == 0);
    device_close(&d);
}

TEST(a_certificate_that_is_not_the_named_one_makes_the_setting_unreadable)
{
    struct assent_upstream_setting s = make("app", "", "", 443, ASSENT_UPSTREAM_CA);

    device_open(&d, 4096, 64, 0);
    CHECK_INT(write(0, &s, "a certificate"), ASSENT_OK);
    CHECK_INT(assent_kv_put(&d.kv, ASSENT_SPACE_BOARD, assent_span("upstream-ca\0", 12),
                            ASSENT_SPAN("another")),
              ASSENT_OK);
    CHECK_INT(read(0), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_kv_delete(&d.kv, ASSENT_SPACE_BOARD, assent_span("upstream-ca\0", 12)),
              ASSENT_OK);
    CHECK_INT(read(0), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_kv_put(&d.kv, ASSENT_SPACE_BOARD, assent_span("upstream\0", 9),
                            ASSENT_SPAN("\2of a newer build")),
              ASSENT_OK);
    CHECK_INT(read(0), ASSENT_ERR_VERSION);
    device_close(&d);
}

/* At each operation of the flash: the former setting with its certificate, or the new one. */
TEST(a_power_cut_leaves_one_setting_whole)
{
    unsigned old = 0;
    unsigned cut = 0;
    bool done = false;

    while (!done && ++cut < 200) {
        struct assent_upstream_setting a = make("old", "", "", 1, ASSENT_UPSTREAM_CA);
        struct assent_upstream_setting b = make("new", "", "", 2, ASSENT_UPSTREAM_CA);

        device_open(&d, 4096, 64, 0);
        CHECK_INT(write(0, &a, "old certificate"), ASSENT_OK);
        flash_sim_cut(&d.sim, cut, FLASH_SIM_CUT_RANDOM);
        done = write(0, &b, "new certificate") == ASSENT_OK && !d.sim.dead;
        flash_sim_power_on(&d.sim);
        CHECK_INT(device_start(&d), ASSENT_OK);
        CHECK_INT(read(0), ASSENT_OK);
        CHECK(is(&a) || is(&b));
        CHECK(!done || is(&b));
        old += is(&a);
        device_close(&d);
    }
    CHECK(done && old > 0 && cut > 5);
}

TEST_MAIN(CASE(a_setting_is_kept_for_its_site_and_replaced_and_removed),
          CASE(each_change_has_its_audit_entry), CASE(values_out_of_range_are_named_and_not_kept),
          CASE(a_digest_is_there_where_it_is_compared_with), CASE(every_record_has_one_reading),
          CASE(a_certificate_may_come_later),
          CASE(a_certificate_that_is_not_the_named_one_makes_the_setting_unreadable),
          CASE(a_power_cut_leaves_one_setting_whole))
