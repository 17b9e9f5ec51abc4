/* SPDX-License-Identifier: MIT */
/* The driver of emcraft-sf2's NOR flash on a model of SPI0 (Microchip UG0331 s. 13) and of the
 * S25FL128S (Cypress 001-98283) that is as slow and as strict as they say. QEMU's part is never busy
 * and never fails, and its SPI has no clock. */
#ifndef ASSENT_CORE_HZ
#define ASSENT_CORE_HZ 142000000U
#endif

/* The registers are the model's. */
#define ASSENT_PORT_CORTEX_M_REGISTERS_H
#include <stdint.h>

static void register_write(uintptr_t address, uint32_t value);
static uint32_t register_read(uintptr_t address);

#include "board/emcraft-sf2/nor.c" /* NOLINT(bugprone-suspicious-include) */
#include "tests/unit/test.h"

enum {
    WEL = 0x02,
    WIP = 0x01,
    E_ERR = 0x20,
    P_ERR = 0x40,
    CELLS = 2 * NOR_SECTOR_BYTES,
    QUEUE = 32,
    FOR_EVER = 1000000
};

static struct {
    /* SPI0 */
    uint32_t control, clkgen, reset;
    uint8_t queue[QUEUE];
    unsigned queued;
    uint32_t frames; /* of this transaction */
    bool selected;
    unsigned sins; /* what a real controller or part would not have done */

    /* The part; busy_ms is how long it still is, which passes as its status is read. */
    uint8_t cells[CELLS];
    uint8_t status;
    uint8_t id[3];
    uint32_t busy_ms;
    uint8_t fails; /* the next program or erase, with these bits */
    uint8_t got[4 + NOR_PAGE_BYTES];
    uint8_t answering; /* the command that what goes out belongs to; 0: none */
    uint32_t now_ms;
    unsigned fed;
} model;

uint32_t clock_uptime_ms(void)
{
    return model.now_ms;
}

void watchdog_feed(void)
{
    model.fed++;
}

/* ---- the part -------------------------------------------------------------------------------- */

static uint32_t address_of(void)
{
    return ((uint32_t)model.got[1] << 16 | (uint32_t)model.got[2] << 8 | model.got[3]) % CELLS;
}

static void pass(void)
{
    model.now_ms++;
    if (model.busy_ms > 0 && model.busy_ms != FOR_EVER && --model.busy_ms == 0) {
        model.status = (uint8_t)(model.status & ~(WIP | WEL));
    }
}

/* One byte in each direction; at: its place in the transaction. */
static uint8_t exchange(uint32_t at, uint8_t in)
{
    if (at < sizeof(model.got)) {
        model.got[at] = in;
    }
    if (at == 0) {
        bool deaf = (model.status & WIP) != 0 && in != READ_STATUS && in != CLEAR_STATUS;

        model.answering = deaf ? 0 : in;
        return 0xFF;
    }
    switch (model.answering) {
    case READ_STATUS:
        pass();
        return model.status;
    case READ_ID:
        return at <= sizeof(model.id) ? model.id[at - 1] : 0;
    case READ:
        return at >= 4 ? model.cells[(address_of() + at - 4) % CELLS] : 0xFF;
    default:
        return 0xFF;
    }
}

static void begin(uint32_t ms)
{
    model.status |= WIP;
    model.busy_ms = ms;
    if (model.fails != 0) {
        model.status |= model.fails; /* and busy until that is cleared */
        model.busy_ms = FOR_EVER;
        model.fails = 0;
    }
}

static void program_page(uint32_t bytes)
{
    uint32_t page = address_of() / NOR_PAGE_BYTES * NOR_PAGE_BYTES;

    for (uint32_t i = 0; i < bytes && model.fails == 0; i++) {
        model.cells[page + (address_of() + i) % NOR_PAGE_BYTES] &= model.got[4 + i];
    }
    begin(2);
}

/* Select rises: what was said is done. */
static void deselect(void)
{
    bool enabled = (model.status & WEL) != 0;

    if (model.answering == WRITE_ENABLE) {
        model.status |= WEL;
    } else if (model.answering == WRITE_DISABLE) {
        model.status = (uint8_t)(model.status & ~WEL);
    } else if (model.answering == CLEAR_STATUS && (model.status & (E_ERR | P_ERR)) != 0) {
        model.status = (uint8_t)(model.status & ~(E_ERR | P_ERR | WIP));
        model.busy_ms = 0;
    } else if (model.answering == PAGE_PROGRAM && enabled) {
        program_page(model.frames - 4);
    } else if (model.answering == SECTOR_ERASE && enabled) {
        if (model.fails == 0) {
            memset(model.cells + address_of() / NOR_SECTOR_BYTES * NOR_SECTOR_BYTES, 0xFF,
                   NOR_SECTOR_BYTES);
        }
        begin(700);
    }
    model.selected = false;
}

/* ---- SPI0 ------------------------------------------------------------------------------------ */

static void set_control(uint32_t value)
{
    if (model.selected) {
        model.sins++; /* the count was not clocked to its end */
    }
    if ((value & control_enable) != 0) {
        model.sins += (value & 1U << 1) == 0 || (value & 1U << 26) == 0;
        model.selected = true;
        model.frames = 0;
        model.queued = 0;
    }
    model.control = value;
}

static void send(uint8_t byte)
{
    uint32_t counted = model.control >> FRAMES_SHIFT & 0xFFFF;

    if (!model.selected || model.queued >= ((model.control & 1U << 29) != 0 ? QUEUE : 4U)) {
        model.sins++;
        return;
    }
    model.queue[model.queued++] = exchange(model.frames, byte);
    if (++model.frames == counted) {
        deselect();
    }
}

static void register_write(uintptr_t address, uint32_t value)
{
    if (address == SF2_SYSREG + SOFT_RESET) {
        model.reset = value;
        return;
    }
    model.sins += (model.reset & SPI0_RESET) != 0;
    switch (address - SF2_SPI0) {
    case CONTROL:
        set_control(value);
        break;
    case DFSIZE:
        model.sins += value != 8 || (model.control & control_enable) != 0;
        break;
    case CLKGEN:
        model.clkgen = value;
        break;
    case TX:
        send((uint8_t)value);
        break;
    default:
        break;
    }
}

static uint32_t register_read(uintptr_t address)
{
    uint32_t first = model.queue[0];

    if (address == SF2_SYSREG + SOFT_RESET) {
        return model.reset;
    }
    if (address == SF2_SPI0 + STATUS) {
        return model.queued == 0 ? STATUS_RX_EMPTY : 0;
    }
    if (address == SF2_SPI0 + RX && model.queued > 0) {
        memmove(model.queue, model.queue + 1, --model.queued);
        return first;
    }
    return 0;
}

static void power_up(void)
{
    memset(&model, 0, sizeof(model));
    memset(model.cells, 0xFF, sizeof(model.cells));
    memcpy(model.id, "\x01\x20\x18", 3);
    model.reset = 0xFFFFFFFF;
}

static struct assent_flash start(void)
{
    struct assent_flash flash;

    power_up();
    CHECK_INT(nor_init(&flash), ASSENT_OK);
    return flash;
}

/* ---- tests ----------------------------------------------------------------------------------- */

TEST(what_is_programmed_is_read_and_an_erase_sets_every_bit)
{
    struct assent_flash flash = start();
    uint8_t in[300];

    CHECK_INT(flash.program(NULL, 250, "\x12\x34\x56", 3), ASSENT_OK);
    CHECK_INT(flash.program(NULL, 250, "\xF0", 1), ASSENT_OK);
    CHECK_INT(flash.read(NULL, 0, in, sizeof(in)), ASSENT_OK);
    CHECK_INT(in[249], 0xFF);
    CHECK_INT(in[250], 0x10);
    CHECK_INT(in[252], 0x56);
    CHECK_INT(flash.program(NULL, NOR_SECTOR_BYTES, "\x00", 1), ASSENT_OK);
    CHECK_INT(flash.erase(NULL, 0), ASSENT_OK);
    CHECK_INT(flash.read(NULL, 250, in, 3), ASSENT_OK);
    CHECK_INT(in[0] & in[1] & in[2], 0xFF);
    CHECK_INT(flash.read(NULL, NOR_SECTOR_BYTES, in, 1), ASSENT_OK);
    CHECK_INT(in[0], 0);
    CHECK(model.fed > 100); /* the erase took its time */
    CHECK_INT(model.sins, 0);
}

TEST(a_program_over_the_end_of_a_page_or_of_the_part_is_refused)
{
    struct assent_flash flash = start();
    uint8_t byte = 0;

    CHECK_INT(flash.program(NULL, 255, "\x00\x00", 2), ASSENT_ERR_IO);
    CHECK_INT(flash.program(NULL, DEVICE_BYTES, &byte, 1), ASSENT_ERR_IO);
    CHECK_INT(flash.read(NULL, DEVICE_BYTES - 1, &byte, 2), ASSENT_ERR_IO);
    CHECK_INT(flash.erase(NULL, NOR_SECTOR_COUNT), ASSENT_ERR_IO);
    CHECK_INT(model.cells[0], 0xFF);
    CHECK_INT(model.cells[255], 0xFF);
}

TEST(after_a_failure_the_part_is_told_to_listen_again)
{
    struct assent_flash flash = start();
    uint8_t byte = 0;

    model.fails = P_ERR;
    CHECK_INT(flash.program(NULL, 16, "\x00", 1), ASSENT_ERR_IO);
    CHECK_INT(model.status, 0);
    CHECK_INT(flash.program(NULL, 17, "\x42", 1), ASSENT_OK);
    model.fails = E_ERR;
    CHECK_INT(flash.erase(NULL, 0), ASSENT_ERR_IO);
    CHECK_INT(model.status, 0);
    CHECK_INT(flash.read(NULL, 17, &byte, 1), ASSENT_OK);
    CHECK_INT(byte, 0x42);
    CHECK_INT(flash.erase(NULL, 0), ASSENT_OK);
    CHECK_INT(model.sins, 0);
}

TEST(a_part_that_is_still_erasing_at_the_start_is_waited_for)
{
    struct assent_flash flash;

    power_up();
    model.status = WIP | WEL;
    model.busy_ms = 2500;
    CHECK_INT(nor_init(&flash), ASSENT_OK);
    CHECK_INT(flash.program(NULL, 0, "\x00", 1), ASSENT_OK);
}

TEST(a_failure_from_before_the_start_does_not_keep_the_device_down)
{
    struct assent_flash flash;

    power_up();
    model.status = WIP | WEL | P_ERR;
    model.busy_ms = FOR_EVER;
    CHECK_INT(nor_init(&flash), ASSENT_OK);
    CHECK_INT(flash.program(NULL, 0, "\x00", 1), ASSENT_OK);
}

TEST(another_part_none_and_one_that_stays_busy_are_refused)
{
    static const struct {
        const char *what;
        uint8_t id[3];
        uint8_t status;
    } rows[] = {
        {"another size", {0x01, 0x20, 0x19}, 0},
        {"another maker", {0xEF, 0x40, 0x18}, 0},
        {"all lines low", {0, 0, 0}, 0},
        {"all lines high", {0xFF, 0xFF, 0xFF}, 0xFF},
        {"busy for ever", {0x01, 0x20, 0x18}, WIP},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_flash flash;

        power_up();
        memcpy(model.id, rows[i].id, 3);
        model.status = rows[i].status;
        model.busy_ms = FOR_EVER;
        CHECK_INT_ROW(rows[i].what, nor_init(&flash), ASSENT_ERR_IO);
        CHECK_ROW(rows[i].what, model.now_ms < 2 * ERASE_MS);
    }
}

TEST(a_write_that_does_not_end_is_an_error_and_the_watchdog_is_fed_meanwhile)
{
    struct assent_flash flash = start();

    model.status = WIP | WEL;
    model.busy_ms = FOR_EVER;
    CHECK_INT(flash.erase(NULL, 0), ASSENT_ERR_IO);
    CHECK(model.fed > 0);
}

/* As slow as one would like on wires, as fast as the part reads with this command: 50 MHz. */
TEST(the_clock_is_between_two_and_fifty_megahertz)
{
    uint32_t apb0_hz = ASSENT_CORE_HZ / 2;
    uint32_t hz;

    (void)start();
    hz = (model.control & 1U << 28) != 0 ? apb0_hz / (2 * (model.clkgen + 1))
                                         : apb0_hz >> (model.clkgen + 1);
    CHECK(hz >= 2000000);
    CHECK(hz <= 50000000);
}

TEST_MAIN(CASE(what_is_programmed_is_read_and_an_erase_sets_every_bit),
          CASE(a_program_over_the_end_of_a_page_or_of_the_part_is_refused),
          CASE(after_a_failure_the_part_is_told_to_listen_again),
          CASE(a_part_that_is_still_erasing_at_the_start_is_waited_for),
          CASE(a_failure_from_before_the_start_does_not_keep_the_device_down),
          CASE(another_part_none_and_one_that_stays_busy_are_refused),
          CASE(a_write_that_does_not_end_is_an_error_and_the_watchdog_is_fed_meanwhile),
          CASE(the_clock_is_between_two_and_fifty_megahertz))
