/* SPDX-License-Identifier: MIT */
/* Counters: what survives a restart, where a counter stops. */
#include "tests/unit/test.h"

#include "storage/counters.h"
#include "tests/unit/device.h"

static struct device device;

static uint32_t counted(unsigned counter)
{
    return device.counters.value[1][counter];
}

TEST(counters_survive_a_restart_once_written)
{
    device_open(&device, 4096, 64, 0);
    assent_counters_add(&device.counters, 1, ASSENT_COUNTER_ANALYTICS_GRANTED);
    CHECK_INT(assent_counters_flush(&device.counters, 1000, false), 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(counted(ASSENT_COUNTER_ANALYTICS_GRANTED), 0);
    assent_counters_add(&device.counters, 1, ASSENT_COUNTER_ANALYTICS_GRANTED);
    assent_counters_add(&device.counters, 0, ASSENT_COUNTER_DECLINED);
    CHECK_INT(assent_counters_flush(&device.counters, 301000, false), 1);
    CHECK_INT(assent_counters_flush(&device.counters, 301000, false), 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(counted(ASSENT_COUNTER_ANALYTICS_GRANTED), 1);
    CHECK_INT(device.counters.value[0][ASSENT_COUNTER_DECLINED], 1);
    device_close(&device);
}

TEST(counters_stop_at_the_end_of_their_range)
{
    device_open(&device, 4096, 64, 0);
    device.counters.value[1][0] = UINT32_MAX;
    assent_counters_add(&device.counters, 1, 0);
    CHECK_INT(device.counters.value[1][0], UINT32_MAX);
    assent_counters_add(&device.counters, ASSENT_SITES, 0);
    assent_counters_add(&device.counters, 1, ASSENT_COUNTERS);
    device_close(&device);
}

TEST(a_failed_write_is_reported)
{
    device_open(&device, 4096, 64, 0);
    assent_counters_add(&device.counters, 1, ASSENT_COUNTER_ERASED);
    device.sim.worn_out = true;
    CHECK(assent_counters_flush(&device.counters, 0, true) < 0);
    device.sim.worn_out = false;
    CHECK_INT(device_start(&device), ASSENT_OK);
    assent_counters_add(&device.counters, 1, ASSENT_COUNTER_ERASED);
    CHECK_INT(assent_counters_flush(&device.counters, 0, true), 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(counted(ASSENT_COUNTER_ERASED), 1);
    device_close(&device);
}

TEST_MAIN(CASE(counters_survive_a_restart_once_written),
          CASE(counters_stop_at_the_end_of_their_range), CASE(a_failed_write_is_reported))
