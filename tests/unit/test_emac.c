/* SPDX-License-Identifier: MIT */
/* The driver of emcraft-sf2's Ethernet MAC on a model of its registers (Microchip UG0331 s. 14), for
 * what QEMU's model does not look at: the line to the PHY, a MAC that does not send, a flood. Frames go
 * into packet buffers of lwIP. */
#ifndef ASSENT_CORE_HZ
#define ASSENT_CORE_HZ 142000000U
#endif

/* The registers are the model's. */
#define ASSENT_PORT_CORTEX_M_REGISTERS_H
#define NVIC_ISER 0xE000E100U
#include <stdbool.h>
#include <stdint.h>

static void register_write(uintptr_t address, uint32_t value);
static uint32_t register_read(uintptr_t address);
static void register_barrier(void);
static void register_interrupts(bool on);

/* The driver has names of its own for what the system of the host has too. */
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/stats.h>
#include <unistd.h>
#define write emac_write
#define read  emac_read
#define send  emac_send
#define poll  emac_poll
#undef PBUF_POOL_BUFSIZE
#define PBUF_POOL_BUFSIZE 596 /* the board's; here a frame lies in several, and nobody writes it */
#include "board/emcraft-sf2/emac.c" /* NOLINT(bugprone-suspicious-include) */
#include "port/lwip/port.h"
#include "tests/unit/test.h"

#include <stdlib.h>

enum { BYTES = 0x200, AUTO = 1 << 8 | 1 << 7 | 1 << 6 | 1 << 5 };

static struct {
    uint32_t reg[BYTES / 4];
    uint32_t system[BYTES / 4];
    uint16_t phy[32];
    unsigned busy; /* reads until what was asked of the PHY is there */
    bool sends;
    unsigned restarts; /* of receiving, and how often with frames in the ring */
    unsigned early;
    uint32_t now_ms;
} model;

static struct assent_random noise;
static struct netif interface = {.state = &noise};
static unsigned taken;
static bool flood;

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    printf("%s:%d: %s\n", file, line, message);
    abort();
}

static void register_barrier(void)
{
}

static void register_interrupts(bool on)
{
    (void)on;
}

uint32_t clock_cycles(void)
{
    return model.now_ms;
}

void clock_sleep(void)
{
}

void assent_random_note(struct assent_random *random, uint32_t moment)
{
    (void)random;
    (void)moment;
}

bool net_full_duplex(uint32_t own, uint32_t partner)
{
    return (own & partner & 1U << 8) != 0;
}

static uint32_t *place(uintptr_t address)
{
    static uint32_t elsewhere;

    return address >= SF2_EMAC && address < SF2_EMAC + BYTES ? &model.reg[(address - SF2_EMAC) / 4]
           : address >= SF2_SYSREG && address < SF2_SYSREG + BYTES
               ? &model.system[(address - SF2_SYSREG) / 4]
               : &elsewhere;
}

static bool ring_is_empty(void)
{
    bool all = true;

    for (unsigned i = 0; i < EMAC_RING; i++) {
        all = all && (ring[i].size & empty) != 0;
    }
    return all;
}

static void register_write(uintptr_t address, uint32_t value)
{
    uint32_t before = *place(address);

    /* Of the status of receiving, what is written is taken away. */
    *place(address) = address == SF2_EMAC + RX_STATUS ? before & ~value : value;
    /* The PHY is asked as the command rises. */
    if (address == SF2_EMAC + MII_COMMAND && value == 1 && before == 0) {
        uint32_t asked = model.reg[MII_ADDRESS / 4];

        model.busy = 20;
        model.reg[MII_STATUS / 4] = asked >> 8 == 1 ? model.phy[asked & 31] : 0xFFFF;
    }
    if (address == SF2_EMAC + TX_CONTROL && value == 1 && model.sends) {
        send_descriptor.size |= empty;
        *place(address) = 0;
    }
    if (address == SF2_EMAC + RX_CONTROL && value == 1) {
        model.restarts++;
        model.early += !ring_is_empty();
    }
}

static uint32_t register_read(uintptr_t address)
{
    if (address == SF2_EMAC + MII_BUSY) {
        model.busy -= model.busy > 0;
        return 1U << 3 | (model.busy > 0 ? model.busy % 2 != 0 ? 1 : 4 : 0); /* bit 3: no link */
    }
    if (address == SF2_EMAC + MII_STATUS && model.busy > 0) {
        return 0xFFFF;
    }
    return *place(address);
}

static void arrive(unsigned i)
{
    ring[i].size = 60;
}

/* Whoever floods has another frame for each that is taken. */
static err_t input(struct pbuf *p, struct netif *netif)
{
    (void)netif;
    (void)pbuf_free(p);
    taken++;
    if (flood && taken < 1000) {
        arrive((next + EMAC_RING - 1) % EMAC_RING);
    }
    return ERR_OK;
}

static uint32_t uptime(void *ctx)
{
    (void)ctx;
    return model.now_ms;
}

static int fill(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    memset(out, 7, len);
    return ASSENT_OK;
}

static const struct assent_clock still = {.uptime_ms = uptime};
static const struct assent_entropy constant = {NULL, fill};

static void start(void)
{
    static bool up;

    for (unsigned i = 0; i < EMAC_RING && up; i++) {
        (void)pbuf_free(buffer[i]);
    }
    if (!up) {
        assent_lwip_init(&still, &constant);
        up = true;
    }
    memset(&model, 0, sizeof(model));
    model.system[SOFT_RESET / 4] = 0xFFFFFFFF;
    model.system[MAC_CR / 4] = 0xFFFFFF00;
    model.phy[PHY_STATUS] = PHY_LINK;
    model.phy[PHY_OWN] = AUTO;
    model.phy[PHY_PARTNER] = AUTO;
    model.sends = true;
    memset(&counters, 0, sizeof(counters));
    flood = false;
    taken = 0;
    interface.input = input;
    CHECK_INT(emac_driver.init(&interface), ERR_OK);
    model.restarts = 0;
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* MII: nibbles, 100 Mbit/s; registers of the PHY at no more than the 10 MHz it takes. */
TEST(the_line_to_the_phy_is_set_up)
{
    static const unsigned divisors[] = {4, 4, 6, 8, 10, 14, 20, 28};
    uint32_t mac_cr;

    start();
    mac_cr = model.system[MAC_CR / 4];
    CHECK_INT(model.reg[CFG2 / 4] >> 8 & 3, 1);
    CHECK_INT(mac_cr & 0x1F, 3 << 2 | 1);
    CHECK_INT(mac_cr & 0xFFFFFF00, 0xFFFFFF00);
    CHECK(ASSENT_CORE_HZ / 2 / divisors[model.reg[MII_CONFIG / 4] & 7] <= 10000000);
    CHECK_INT(model.system[SOFT_RESET / 4], 0xFFFFFFFF & ~(uint32_t)MAC_RESET);
}

/* The longest frame that the other end may send with its CRC, which the length of a frame counts. */
TEST(the_longest_frame_fits_with_its_crc)
{
    start();
    CHECK_INT(model.reg[MAX_FRAME / 4], EMAC_FRAME_BYTES + 4);
    ring[0].size = EMAC_FRAME_BYTES + 4;
    emac_driver.poll(&interface);
    CHECK_INT(taken, 1);
    ring[1].size = EMAC_FRAME_BYTES + 5;
    emac_driver.poll(&interface);
    CHECK_INT(taken, 1);
    CHECK(ring_is_empty());
}

TEST(the_link_is_what_the_phy_says_and_the_mac_follows_its_duplex)
{
    start();
    CHECK(emac_driver.link());
    CHECK_INT(model.reg[CFG2 / 4] & CFG2_FULL_DUPLEX, 1);
    model.phy[PHY_PARTNER] = 1 << 7;
    CHECK(emac_driver.link());
    CHECK_INT(model.reg[CFG2 / 4] & CFG2_FULL_DUPLEX, 0);
    model.phy[PHY_STATUS] = 0;
    model.phy[PHY_PARTNER] = AUTO;
    CHECK(!emac_driver.link());
    model.phy[PHY_STATUS] = PHY_LINK;
    CHECK(emac_driver.link());
    CHECK_INT(model.reg[CFG2 / 4] & CFG2_FULL_DUPLEX, 1);
}

TEST(a_frame_that_does_not_go_is_an_error_and_the_mac_lets_go_of_it)
{
    struct pbuf *p;

    start();
    p = pbuf_alloc(PBUF_RAW, 100, PBUF_RAM);
    CHECK(p != NULL);
    CHECK(interface.linkoutput != NULL);
    if (interface.linkoutput == NULL) {
        return;
    }
    CHECK_INT(interface.linkoutput(&interface, p), ERR_OK);
    CHECK_INT(counters.sent, 1);
    model.sends = false;
    CHECK_INT(interface.linkoutput(&interface, p), ERR_IF);
    CHECK_INT(counters.sent, 1);
    CHECK_INT(model.reg[TX_CONTROL / 4], 0);
    (void)pbuf_free(p);
}

TEST(a_flood_of_frames_leaves_time_for_the_rest)
{
    start();
    for (unsigned i = 0; i < EMAC_RING; i++) {
        arrive(i);
    }
    flood = true;
    emac_driver.poll(&interface);
    CHECK(taken <= EMAC_RING);
    emac_driver.poll(&interface);
    CHECK(taken > EMAC_RING);
}

TEST(a_full_ring_is_emptied_before_the_mac_goes_on)
{
    start();
    for (unsigned i = 0; i < EMAC_RING; i++) {
        arrive(i);
    }
    model.reg[RX_STATUS / 4] = RX_OVERFLOW;
    flood = true;
    for (unsigned i = 0; i < 3; i++) {
        emac_driver.poll(&interface);
        model.reg[RX_STATUS / 4] = RX_OVERFLOW;
    }
    CHECK_INT(model.early, 0);
    flood = false;
    emac_driver.poll(&interface);
    CHECK_INT(model.restarts, 1);
    CHECK_INT(model.early, 0);
}

TEST_MAIN(CASE(the_line_to_the_phy_is_set_up), CASE(the_longest_frame_fits_with_its_crc),
          CASE(the_link_is_what_the_phy_says_and_the_mac_follows_its_duplex),
          CASE(a_frame_that_does_not_go_is_an_error_and_the_mac_lets_go_of_it),
          CASE(a_flood_of_frames_leaves_time_for_the_rest),
          CASE(a_full_ring_is_emptied_before_the_mac_goes_on))
