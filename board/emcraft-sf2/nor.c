/* SPDX-License-Identifier: MIT */
/* SPI0 as master (UG0331 s. 13) and the commands of the S25FL128 family. */
#include "board/emcraft-sf2/nor.h"

#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/registers.h"
#include "board/emcraft-sf2/watchdog.h"
#include "core/span.h"

enum {
    CONTROL = 0x00,
    DFSIZE = 0x04,
    STATUS = 0x08,
    RX = 0x10,
    TX = 0x14,
    CLKGEN = 0x18,
    SELECT = 0x1C
};

/* Select stays low for as many frames as are counted only with SPS; a queue of 32 frames with BIGFIFO.
 * With CLKMODE the clock is that of APB0 divided by 2 * (CLKGEN + 1), without it by 2 to the power of
 * CLKGEN + 1. */
static const uint32_t control_master = 1U << 1 | 1U << 26 | 1U << 28 | 1U << 29;
static const uint32_t control_enable = 1;

enum {
    FRAMES_SHIFT = 8,
    FRAMES_MAX = 65535,
    STATUS_RX_EMPTY = 1 << 6,
    IN_FLIGHT = 32,
    CLOCK_DIVIDER = 7, /* APB0 / 16: 4.4 MHz, slow enough for any wiring */
    SPI0_RESET = 1 << 9,
    SOFT_RESET = 0x48
};

enum {
    READ = 0x03,
    WRITE_ENABLE = 0x06,
    WRITE_DISABLE = 0x04,
    READ_STATUS = 0x05,
    PAGE_PROGRAM = 0x02,
    SECTOR_ERASE = 0xD8,
    CLEAR_STATUS = 0x30,
    READ_ID = 0x9F,
    HEAD_BYTES = 4, /* a command and its address */
    STATUS_WIP = 0x01,
    STATUS_WEL = 0x02,
    STATUS_ERRORS = 0x60, /* of the last program or erase */
    PROGRAM_MS = 20,      /* 3 ms at most, says the part */
    ERASE_MS = 6000,      /* 2.6 s */
    DEVICE_BYTES = NOR_SECTOR_BYTES * NOR_SECTOR_COUNT
};

/* One transaction: the head, then bytes out, or bytes in, or none. All counted frames are clocked, or
 * the part would stay selected.
 *   out, in  at most one of them is not NULL */
static void transfer(const uint8_t *head, uint32_t head_bytes, const uint8_t *out, uint8_t *in,
                     uint32_t bytes)
{
    uint32_t total = head_bytes + bytes;
    uint32_t sent = 0;
    uint32_t received = 0;

    sf2_write(SF2_SPI0 + CONTROL, control_master | total << FRAMES_SHIFT);
    sf2_write(SF2_SPI0 + CONTROL, control_master | total << FRAMES_SHIFT | control_enable);
    while (received < total) {
        if (sent < total && sent - received < IN_FLIGHT) {
            uint8_t byte = sent < head_bytes ? head[sent]
                           : out != NULL     ? out[sent - head_bytes]
                                             : 0;

            sf2_write(SF2_SPI0 + TX, byte);
            sent++;
        }
        while ((sf2_read(SF2_SPI0 + STATUS) & STATUS_RX_EMPTY) == 0 && received < sent) {
            uint8_t byte = (uint8_t)sf2_read(SF2_SPI0 + RX);

            if (in != NULL && received >= head_bytes) {
                in[received - head_bytes] = byte;
            }
            received++;
        }
    }
    sf2_write(SF2_SPI0 + CONTROL, control_master);
}

static void command(uint8_t code)
{
    transfer(&code, 1, NULL, NULL, 0);
}

static uint8_t status(void)
{
    static const uint8_t code = READ_STATUS;
    uint8_t value;

    transfer(&code, 1, NULL, &value, 1);
    return value;
}

static void set_head(uint8_t head[HEAD_BYTES], uint8_t code, uint32_t offset)
{
    head[0] = code;
    head[1] = (uint8_t)(offset >> 16);
    head[2] = (uint8_t)(offset >> 8);
    head[3] = (uint8_t)offset;
}

/* The write enable latch falls after each program and erase; without it the part ignores the next. */
static int enable_write(void)
{
    command(WRITE_ENABLE);
    return (status() & STATUS_WEL) != 0 ? ASSENT_OK : ASSENT_ERR_IO;
}

/* A program or an erase that has failed leaves the part busy, and deaf to all else, until its errors are
 * cleared. */
static int wait_done(uint32_t limit_ms)
{
    uint32_t start_ms = clock_uptime_ms();
    uint8_t value = status();

    while ((value & STATUS_WIP) != 0 && (value & STATUS_ERRORS) == 0) {
        if (clock_uptime_ms() - start_ms > limit_ms) {
            return ASSENT_ERR_IO;
        }
        watchdog_feed();
        value = status();
    }
    if ((value & STATUS_ERRORS) != 0) {
        command(CLEAR_STATUS);
        command(WRITE_DISABLE);
        return ASSENT_ERR_IO;
    }
    return ASSENT_OK;
}

static int read_bytes(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    uint8_t *to = out;

    (void)ctx;
    if (offset > DEVICE_BYTES || len > DEVICE_BYTES - offset) {
        return ASSENT_ERR_IO;
    }
    while (len > 0) {
        uint32_t piece = len < FRAMES_MAX - HEAD_BYTES ? len : FRAMES_MAX - HEAD_BYTES;
        uint8_t head[HEAD_BYTES];

        set_head(head, READ, offset);
        transfer(head, sizeof(head), NULL, to, piece);
        to += piece;
        offset += piece;
        len -= piece;
    }
    return ASSENT_OK;
}

/* Beyond the end of a page the part would go on at its start. */
static int program(void *ctx, uint32_t offset, const void *data, uint32_t len)
{
    uint8_t head[HEAD_BYTES];

    (void)ctx;
    if (offset > DEVICE_BYTES || len > DEVICE_BYTES - offset ||
        offset % NOR_PAGE_BYTES + len > NOR_PAGE_BYTES || enable_write() != ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    set_head(head, PAGE_PROGRAM, offset);
    transfer(head, sizeof(head), data, NULL, len);
    return wait_done(PROGRAM_MS);
}

static int erase(void *ctx, uint32_t sector)
{
    uint8_t head[HEAD_BYTES];

    (void)ctx;
    if (sector >= NOR_SECTOR_COUNT || enable_write() != ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    set_head(head, SECTOR_ERASE, sector * NOR_SECTOR_BYTES);
    transfer(head, sizeof(head), NULL, NULL, 0);
    return wait_done(ERASE_MS);
}

int nor_init(struct assent_flash *flash)
{
    static const uint8_t code = READ_ID;
    uint8_t id[3];

    *flash = (struct assent_flash){
        .sector_bytes = NOR_SECTOR_BYTES,
        .sector_count = NOR_SECTOR_COUNT,
        .page_bytes = NOR_PAGE_BYTES,
        .program_bytes = 1,
        .read = read_bytes,
        .program = program,
        .erase = erase,
    };
    sf2_write(SF2_SYSREG + SOFT_RESET, sf2_read(SF2_SYSREG + SOFT_RESET) & ~(uint32_t)SPI0_RESET);
    sf2_write(SF2_SPI0 + CONTROL, 0); /* the frame size can be set only while it is off */
    sf2_write(SF2_SPI0 + DFSIZE, 8);
    sf2_write(SF2_SPI0 + CLKGEN, CLOCK_DIVIDER);
    sf2_write(SF2_SPI0 + SELECT, 1);
    /* While it is busy the part does not say what it is. A program or an erase that was under way when the
     * device was reset is left to end; if it has failed, the store finds out what is missing. */
    (void)wait_done(ERASE_MS);
    transfer(&code, 1, NULL, id, sizeof(id));
    /* Spansion, serial NOR, 128 Mbit; what follows differs between members of the family. */
    return id[0] == 0x01 && id[1] == 0x20 && id[2] == 0x18 ? ASSENT_OK : ASSENT_ERR_IO;
}
