/* SPDX-License-Identifier: MIT */
/* Driver of the LAN9118 (SMSC/Microchip data sheet DS00002266; LAN9220 on the board is alike). */
#include "board/mps2-an385/lan9118.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <lwip/stats.h>

#include "board/mps2-an385/registers.h"
#include "port/cortex_m/clock.h"
#include "port/cortex_m/startup.h"
#include "port/lwip/ethernet.h"

/* Registers (s. 5.3). */
enum {
    RX_DATA = 0x00,
    TX_DATA = 0x20,
    RX_STATUS = 0x40,
    TX_STATUS = 0x48,
    IRQ_CFG = 0x54,
    INT_STS = 0x58,
    INT_EN = 0x5C,
    BYTE_TEST = 0x64,
    FIFO_INT = 0x68,
    RX_CFG = 0x6C,
    TX_CFG = 0x70,
    HW_CFG = 0x74,
    RX_FIFO_INF = 0x7C,
    TX_FIFO_INF = 0x80,
    MAC_CMD = 0xA4,
    MAC_DATA = 0xA8,
    AFC_CFG = 0xAC,
    E2P_CMD = 0xB0
};

/* Registers of the MAC (s. 5.4), reached by way of MAC_CMD; and of the PHY (s. 5.5), by way of those. */
enum {
    MAC_CR = 1,
    MAC_ADDRH = 2,
    MAC_ADDRL = 3,
    MAC_MII_ACCESS = 6,
    MAC_MII_DATA = 7,
    PHY_CONTROL = 0,
    PHY_STATUS = 1,
    PHY_OWN = 4,     /* what we can */
    PHY_PARTNER = 5, /* what the other end can */
    PHY_NEGOTIATE = 0x1200,
    PHY_LINK = 1 << 2,
    PHY_ADDRESS = 1
};

enum {
    RESET = 1,                /* HW_CFG */
    HW_SETTING = 0x00150000,  /* store and forward; 5 KiB for sending, the rest for receiving */
    AFC_SETTING = 0x006E3740, /* as the data sheet proposes */
    IRQ_SETTING = 0x22000111, /* active high, driven, at most every 340 us */
    INT_RECEIVED = 1 << 3,
    TX_ON = 2,
    TX_FIRST_AND_LAST = 3 << 12, /* command A: the frame is one piece */
    RX_ERROR = 1 << 15,          /* a status */
    CR_ON = 0x0C,                /* send and receive */
    CR_FULL_DUPLEX = 1 << 20,
    MAC_READ = 1 << 30,
    MII_WRITE = 2,
    MII_BUSY = 1,
    CRC_BYTES = 4,
    COMMAND_BYTES = 8,
    FRAMES_AT_ONCE = 8,
    WAIT_MS = 100
};

static const uint32_t byte_order = 0x87654321;
static const uint32_t busy = 0x80000000;
static const uint32_t fifo_levels =
    0xFF000000; /* an interrupt for one frame that came, none for room */

static uint8_t station[LAN9118_ADDRESS_BYTES];
static uint32_t frame[(LAN9118_FRAME_BYTES + 3) / 4]; /* to be sent */
static struct lan9118_counters counters;
static bool full_duplex;

static void write(uint32_t offset, uint32_t value)
{
    register_write(MPS2_LAN9118 + offset, value);
}

static uint32_t read(uint32_t offset)
{
    return register_read(MPS2_LAN9118 + offset);
}

/* Wait until the bits of a register are clear.
 *   return  false: they are not, after WAIT_MS */
static bool clears(uint32_t offset, uint32_t bits)
{
    uint32_t start_ms = clock_uptime_ms();

    while ((read(offset) & bits) != 0) {
        if (clock_uptime_ms() - start_ms > WAIT_MS) {
            return false;
        }
    }
    return true;
}

static void mac_write(uint32_t number, uint32_t value)
{
    (void)clears(MAC_CMD, busy);
    write(MAC_DATA, value);
    write(MAC_CMD, busy | number);
    (void)clears(MAC_CMD, busy);
}

static uint32_t mac_read(uint32_t number)
{
    (void)clears(MAC_CMD, busy);
    write(MAC_CMD, busy | MAC_READ | number);
    return clears(MAC_CMD, busy) ? read(MAC_DATA) : 0;
}

static bool phy_access(uint32_t number, uint32_t direction)
{
    uint32_t start_ms = clock_uptime_ms();

    mac_write(MAC_MII_ACCESS, PHY_ADDRESS << 11 | number << 6 | direction | MII_BUSY);
    while ((mac_read(MAC_MII_ACCESS) & MII_BUSY) != 0) {
        if (clock_uptime_ms() - start_ms > WAIT_MS) {
            return false;
        }
    }
    return true;
}

static uint32_t phy_read(uint32_t number)
{
    return phy_access(number, 0) ? mac_read(MAC_MII_DATA) : 0;
}

static void phy_write(uint32_t number, uint32_t value)
{
    mac_write(MAC_MII_DATA, value);
    (void)phy_access(number, MII_WRITE);
}

void lan9118_read_counters(struct lan9118_counters *out)
{
    *out = counters;
}

static void set_address(const uint8_t address[LAN9118_ADDRESS_BYTES])
{
    memcpy(station, address, sizeof(station));
}

/* The MAC has to be told what the PHYs agreed on. */
static void follow_duplex(void)
{
    bool full = net_full_duplex(phy_read(PHY_OWN), phy_read(PHY_PARTNER));

    if (full != full_duplex) {
        full_duplex = full;
        mac_write(MAC_CR, CR_ON | (full ? CR_FULL_DUPLEX : 0));
    }
}

static bool link(void)
{
    bool up = (phy_read(PHY_STATUS) & PHY_LINK) != 0;

    if (up) {
        follow_duplex();
    }
    return up;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static uint32_t waiting(void)
{
    return read(RX_FIFO_INF) >> 16 & 0xFF;
}

/* Take the next frame out, into a buffer or, without one, to nowhere: what is left there would be taken for
 * the start of the next. A buffer holds whole words. */
static void take(struct pbuf *to, uint32_t words)
{
    uint8_t *at = to != NULL ? to->payload : NULL;

    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = read(RX_DATA);

        if (at != NULL) {
            memcpy(at + 4 * i, &word, sizeof(word));
        }
    }
}

_Static_assert(PBUF_POOL_BUFSIZE >= LAN9118_FRAME_BYTES + CRC_BYTES + 3, "a frame fits one buffer");

static void receive(struct netif *netif)
{
    uint32_t status = read(RX_STATUS);
    uint32_t len = status >> 16 & 0x3FFF; /* with the CRC */
    bool good = (status & RX_ERROR) == 0 && len > CRC_BYTES + SIZEOF_ETH_HDR &&
                len <= LAN9118_FRAME_BYTES + CRC_BYTES;
    struct pbuf *p = good ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL) : NULL;

    assent_random_note(netif->state, clock_cycles());
    take(p, (len + 3) / 4);
    counters.received++;
    if (p == NULL) {
        counters.damaged += !good;
        counters.dropped += good;
        LINK_STATS_INC(link.drop);
        return;
    }
    pbuf_realloc(p, (u16_t)(len - CRC_BYTES));
    if (netif->input(p, netif) != ERR_OK) {
        (void)pbuf_free(p);
    }
}

/* Only so many frames, so that a flood of them leaves time for the rest. */
static void poll(struct netif *netif)
{
    for (unsigned i = 0; i < FRAMES_AT_ONCE && waiting() > 0; i++) {
        receive(netif);
    }
}

void assent_startup_ethernet(void)
{
    write(INT_EN, 0);
}

void lan9118_sleep(void)
{
    __asm__ volatile("cpsid i");
    write(INT_STS, INT_RECEIVED);
    if (waiting() == 0) {
        write(INT_EN, INT_RECEIVED);
        clock_sleep();
    }
    __asm__ volatile("cpsie i");
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Whether there is room for a frame; what was sent before is taken off the list first. */
static bool room(uint32_t len)
{
    uint32_t start_ms = clock_uptime_ms();

    for (;;) {
        uint32_t state = read(TX_FIFO_INF);

        for (uint32_t sent = state >> 16 & 0xFF; sent > 0; sent--) {
            (void)read(TX_STATUS);
        }
        if ((state & 0xFFFF) >= len + COMMAND_BYTES + 4) {
            return true;
        }
        if (clock_uptime_ms() - start_ms > WAIT_MS) {
            counters.stuck++;
            return false;
        }
    }
}

/* The controller pads short frames and adds the CRC. */
static err_t send(struct netif *netif, struct pbuf *p)
{
    uint32_t len = p->tot_len;

    (void)netif;
    if (len > LAN9118_FRAME_BYTES) {
        return ERR_BUF;
    }
    if (!room(len)) {
        return ERR_IF;
    }
    (void)pbuf_copy_partial(p, frame, (u16_t)len, 0);
    write(TX_DATA, TX_FIRST_AND_LAST | len);
    write(TX_DATA, len);
    for (uint32_t i = 0; i < (len + 3) / 4; i++) {
        write(TX_DATA, frame[i]);
    }
    counters.sent++;
    return ERR_OK;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* return  false: there is no such controller, or it does not come out of its reset */
static bool reset(void)
{
    if (read(BYTE_TEST) != byte_order) {
        return false;
    }
    write(HW_CFG, RESET);
    return clears(HW_CFG, RESET) && clears(E2P_CMD, busy);
}

static err_t init(struct netif *netif)
{
    const uint8_t *m = station;

    assent_ethernet_describe(netif, "e0", station, LAN9118_FRAME_BYTES, send);
    if (!reset()) {
        return ERR_IF;
    }
    write(HW_CFG, HW_SETTING);
    write(AFC_CFG, AFC_SETTING);
    write(INT_EN, 0);
    write(INT_STS, ~(uint32_t)0);
    write(FIFO_INT, fifo_levels);
    write(IRQ_CFG, IRQ_SETTING);
    write(RX_CFG, 0);
    write(TX_CFG, TX_ON);
    mac_write(MAC_ADDRH, (uint32_t)m[5] << 8 | m[4]);
    mac_write(MAC_ADDRL, (uint32_t)m[3] << 24 | (uint32_t)m[2] << 16 | (uint32_t)m[1] << 8 | m[0]);
    phy_write(PHY_CONTROL, PHY_NEGOTIATE);
    full_duplex = false;
    mac_write(MAC_CR, CR_ON);
    register_write(NVIC_ISER, 1U << ASSENT_STARTUP_ETHERNET_IRQ);
    return ERR_OK;
}

const struct net_driver lan9118_driver = {set_address, init, poll, link};
