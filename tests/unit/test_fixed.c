/* SPDX-License-Identifier: MIT */
/* Values of one length: what is shorter or longer is not taken for one. */
#include "tests/unit/test.h"

#include "storage/fixed.h"
#include "storage/layout.h"
#include "tests/unit/device.h"

static struct device device;

TEST(a_value_is_read_only_at_its_length)
{
    static const struct {
        size_t kept;
        int error;
    } rows[] = {
        {0, ASSENT_ERR_CORRUPT},
        {7, ASSENT_ERR_CORRUPT},
        {8, ASSENT_OK},
        {9, ASSENT_ERR_VERSION},
    };
    uint8_t value[8];

    device_open(&device, 4096, 32, 0);
    CHECK_INT(
        assent_fixed_get(&device.kv, ASSENT_SPACE_BOARD, ASSENT_SPAN("x"), value, sizeof(value)),
        ASSENT_ERR_NOT_FOUND);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(assent_kv_put(&device.kv, ASSENT_SPACE_BOARD, ASSENT_SPAN("x"),
                                assent_span("123456789", rows[i].kept)),
                  ASSENT_OK);
        CHECK_INT(assent_fixed_get(&device.kv, ASSENT_SPACE_BOARD, ASSENT_SPAN("x"), value,
                                   sizeof(value)),
                  rows[i].error);
    }
    CHECK_INT(assent_fixed_get(&device.kv, ASSENT_SPACE_BOARD, assent_span(NULL, 0), value, 8),
              ASSENT_ERR_RANGE);
    device_close(&device);
}

TEST_MAIN(CASE(a_value_is_read_only_at_its_length))
