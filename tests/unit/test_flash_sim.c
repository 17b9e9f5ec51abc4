/* SPDX-License-Identifier: MIT */
#include "port/host/flash_sim.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/host/flash_file.h"
#include "tests/unit/test.h"

static struct flash_sim sim;

static int program(uint32_t offset, const void *data, uint32_t len)
{
    return sim.flash.program(sim.flash.ctx, offset, data, len);
}

static uint8_t byte(uint32_t offset)
{
    uint8_t b = 0;

    (void)sim.flash.read(sim.flash.ctx, offset, &b, 1);
    return b;
}

TEST(program_clears_bits_and_erase_sets_them)
{
    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    CHECK_INT(byte(5), 0xFF);
    CHECK_INT(program(5, "\x0F", 1), ASSENT_OK);
    CHECK_INT(program(5, "\xF3", 1), ASSENT_OK);
    CHECK_INT(byte(5), 0x03);
    CHECK_INT(sim.flash.erase(sim.flash.ctx, 0), ASSENT_OK);
    CHECK_INT(byte(5), 0xFF);
    CHECK_INT(sim.wear[0], 1);
    CHECK_INT(flash_sim_wear_spread(&sim), 1);
    flash_sim_close(&sim);
}

TEST(misuse_is_recorded)
{
    static const uint8_t data[300] = {0};

    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    CHECK_INT(program(250, data, 10), ASSENT_ERR_IO); /* over a page boundary */
    CHECK_INT(program(0, data, 257), ASSENT_ERR_IO);
    CHECK_INT(program(4 * 4096, data, 1), ASSENT_ERR_IO);
    CHECK_INT(sim.flash.erase(sim.flash.ctx, 4), ASSENT_ERR_IO);
    CHECK_INT(sim.misuse_count, 4);
    CHECK(strstr(sim.misuse, "program of 10 bytes at 250") != NULL);
    flash_sim_close(&sim);
}

TEST(second_program_is_misuse_on_flash_programmed_once)
{
    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    sim.flash.flags = ASSENT_FLASH_ONCE;
    CHECK_INT(program(8, "\x0F", 1), ASSENT_OK);
    CHECK_INT(sim.misuse_count, 0);
    (void)program(8, "\x0E", 1);
    CHECK_INT(sim.misuse_count, 1);
    flash_sim_close(&sim);
}

TEST(time_follows_the_model)
{
    uint8_t data[256] = {0};

    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    (void)program(0, data, 256);
    CHECK_INT(flash_sim_time_us(&sim), 702);
    sim.count.time_ns = 0;
    (void)sim.flash.read(sim.flash.ctx, 0, data, 100);
    CHECK_INT(sim.count.time_ns, 2100);
    sim.count.time_ns = 0;
    (void)sim.flash.erase(sim.flash.ctx, 0);
    CHECK_INT(flash_sim_time_us(&sim), 45000);
    flash_sim_close(&sim);
    CHECK(flash_sim_open(&sim, 65536, 4, NULL));
    (void)sim.flash.erase(sim.flash.ctx, 0);
    CHECK_INT(flash_sim_time_us(&sim), 150000);
    sim.slow_percent = 200;
    (void)sim.flash.erase(sim.flash.ctx, 0);
    CHECK_INT(flash_sim_time_us(&sim), 450000);
    flash_sim_close(&sim);
}

TEST(cuts_do_what_their_names_say)
{
    uint8_t data[64] = {0};

    for (int mode = 1; mode < FLASH_SIM_CUT_COUNT; mode++) {
        uint32_t done = 0;
        uint32_t bits = 0;

        CHECK(flash_sim_open(&sim, 4096, 4, NULL));
        flash_sim_cut(&sim, 2, (enum flash_sim_cut)mode);
        CHECK_INT(program(0, data, 64), ASSENT_OK);
        CHECK_INT(program(256, data, 64), ASSENT_ERR_IO);
        CHECK(sim.dead);
        CHECK_INT(sim.flash.read(sim.flash.ctx, 0, data, 1), ASSENT_ERR_IO);
        flash_sim_power_on(&sim);
        for (uint32_t i = 0; i < 64; i++) {
            done += sim.bytes[256 + i] == 0;
            bits += sim.bytes[256 + i] != 0 && sim.bytes[256 + i] != 0xFF;
        }
        CHECK_INT(done == 0,
                  mode == FLASH_SIM_CUT_BEFORE || (mode != FLASH_SIM_CUT_AFTER && done == 0));
        CHECK(mode != FLASH_SIM_CUT_AFTER || done == 64);
        CHECK(mode != FLASH_SIM_CUT_PREFIX || bits == 0);
        CHECK(mode < FLASH_SIM_CUT_RANDOM || bits > 20);
        flash_sim_close(&sim);
    }
}

TEST(marginal_bits_change_until_programmed_again)
{
    uint8_t data[64] = {0};
    uint8_t first[64];
    uint8_t again[64];

    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    flash_sim_cut(&sim, 1, FLASH_SIM_CUT_MARGINAL);
    (void)program(0, data, 64);
    flash_sim_power_on(&sim);
    (void)sim.flash.read(sim.flash.ctx, 0, first, 64);
    (void)sim.flash.read(sim.flash.ctx, 0, again, 64);
    CHECK(memcmp(first, again, 64) != 0);
    CHECK_INT(program(0, data, 64), ASSENT_OK);
    (void)sim.flash.read(sim.flash.ctx, 0, again, 64);
    CHECK(memcmp(data, again, 64) == 0);
    flash_sim_close(&sim);
}

TEST(faults_can_be_chosen)
{
    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    flash_sim_rot(&sim, 8 * 10 + 3);
    CHECK_INT(byte(10), 0xF7);
    flash_sim_stick(&sim, 8 * 11);
    CHECK_INT(byte(11), 0xFE);
    sim.fail_at = sim.calls + 2;
    CHECK_INT(program(20, "\0", 1), ASSENT_OK);
    CHECK_INT(program(21, "\0", 1), ASSENT_ERR_IO);
    CHECK_INT(program(22, "\0", 1), ASSENT_OK);
    sim.worn_out = true;
    CHECK_INT(sim.flash.erase(sim.flash.ctx, 0), ASSENT_ERR_IO);
    CHECK(flash_sim_contains(&sim, "\xF7\xFF", 2));
    CHECK(!flash_sim_contains(&sim, "\xF7\xFD", 2));
    flash_sim_close(&sim);
}

TEST(device_that_reorders_loses_only_what_was_not_synced)
{
    uint32_t lost = 0;

    CHECK(flash_sim_open(&sim, 4096, 4, NULL));
    flash_sim_reorder(&sim);
    CHECK_INT(program(0, "\0", 1), ASSENT_OK);
    CHECK_INT(sim.flash.sync(sim.flash.ctx), ASSENT_OK);
    for (uint32_t i = 1; i < 50; i++) {
        CHECK_INT(program(i, "\0", 1), ASSENT_OK);
    }
    flash_sim_cut(&sim, 1, FLASH_SIM_CUT_BEFORE);
    (void)program(60, "\0", 1);
    flash_sim_power_on(&sim);
    CHECK_INT(byte(0), 0);
    for (uint32_t i = 1; i < 50; i++) {
        lost += byte(i) == 0xFF;
    }
    CHECK(lost > 5 && lost < 40);
    flash_sim_close(&sim);
}

TEST(file_keeps_what_was_programmed_when_the_process_is_killed)
{
    char path[] = "/tmp/assent-flash-XXXXXX";
    struct flash_file file;
    int status;
    int fd = mkstemp(path);
    pid_t child;

    CHECK(fd >= 0);
    (void)close(fd);
    child = fork();
    if (child == 0) {
        if (flash_file_open(&file, path, 4096, 4, true) != ASSENT_OK ||
            file.sim.flash.program(file.sim.flash.ctx, 100, "hello", 5) != ASSENT_OK) {
            _exit(1);
        }
        (void)kill(getpid(), SIGKILL);
    }
    (void)waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(flash_file_open(&file, path, 4096, 0, false), ASSENT_OK);
    CHECK_INT(file.sim.flash.sector_count, 4);
    CHECK(memcmp(file.sim.bytes + 100, "hello", 5) == 0);
    CHECK_INT(file.sim.flash.program(file.sim.flash.ctx, 200, "x", 1), ASSENT_ERR_IO);
    flash_file_close(&file);
    CHECK_INT(flash_file_open(&file, path, 3000, 0, false), ASSENT_ERR_RANGE);
    (void)unlink(path);
    CHECK_INT(flash_file_open(&file, path, 4096, 0, false), ASSENT_ERR_IO);
}

TEST_MAIN(CASE(program_clears_bits_and_erase_sets_them), CASE(misuse_is_recorded),
          CASE(second_program_is_misuse_on_flash_programmed_once), CASE(time_follows_the_model),
          CASE(cuts_do_what_their_names_say), CASE(marginal_bits_change_until_programmed_again),
          CASE(faults_can_be_chosen), CASE(device_that_reorders_loses_only_what_was_not_synced),
          CASE(file_keeps_what_was_programmed_when_the_process_is_killed))
