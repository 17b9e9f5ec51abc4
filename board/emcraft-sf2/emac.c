/* SPDX-License-Identifier: MIT */
/* Driver of the MSS Ethernet MAC (UG0331 s. 14). */
#include "board/emcraft-sf2/emac.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/stats.h>

#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/registers.h"
#include "port/cortex_m/startup.h"
#include "port/lwip/ethernet.h"

enum {
    CFG1 = 0x00,
    CFG2 = 0x04,
    MAX_FRAME = 0x10,
    MII_CONFIG = 0x20,
    MII_COMMAND = 0x24,
    MII_ADDRESS = 0x28,
    MII_STATUS = 0x30,
    MII_BUSY = 0x34,
    STATION1 = 0x40,
    STATION2 = 0x44,
    FIFO_CFG0 = 0x48,
    TX_CONTROL = 0x180,
    TX_DESCRIPTOR = 0x184,
    TX_STATUS = 0x188,
    RX_CONTROL = 0x18C,
    RX_DESCRIPTOR = 0x190,
    RX_STATUS = 0x194,
    IRQ_MASK = 0x198,
    SOFT_RESET = 0x48, /* of the system registers */
    MAC_CR = 0x8C      /* the same */
};

enum {
    MAC_RESET = 1 << 4, /* in SOFT_RESET */
    MAC_CR_LINE = 0x1F, /* kind and speed of the line to the PHY: */
    MAC_CR_MII_100 = 0x0D,
    CFG1_ON = 0x05,   /* receive and transmit */
    CFG2_ON = 0x7116, /* CRC, padding, nibbles: MII, 10 and 100 Mbit/s */
    CFG2_FULL_DUPLEX = 1,
    FIFO_ON = 0x1F00,
    STATUS_ONE = 0x01, /* a frame; written, it is taken off the count */
    RX_OVERFLOW = 0x04,
    IRQ_RECEIVE = 0x50, /* a frame has come, or the ring was full */
    IRQ_NUMBER = 12,
    PHY_ADDRESS = 1,
    PHY_STATUS = 1,
    PHY_OWN = 4,     /* what we can */
    PHY_PARTNER = 5, /* what the other end can */
    PHY_LINK = 1 << 2,
    MII_CLOCK = 7,     /* APB1 / 28: 2.5 MHz */
    MII_BUSY_BITS = 5, /* at it, or what was read is not there yet */
    MII_TRIES = 10000,
    LENGTH_BITS = 0xFFF, /* of a descriptor */
    CRC_BYTES = 4, /* which the MAC may leave behind a frame; a length of its own counts them */
    BUFFER_BYTES = EMAC_FRAME_BYTES + CRC_BYTES,
    FRAME_MIN = 60
};

static const uint32_t cfg1_reset = 0x80000000;
static const uint32_t empty = 0x80000000; /* of a descriptor: the MAC may write to its buffer */

struct descriptor {
    volatile uint32_t address;
    volatile uint32_t size;
    volatile uint32_t next;
};

static struct descriptor ring[EMAC_RING];
static struct pbuf *buffer[EMAC_RING]; /* whose memory each descriptor has */
static struct descriptor send_descriptor;
static uint8_t send_frame[EMAC_SEND_BYTES];
static unsigned next; /* descriptor that is filled next */
static uint8_t station[EMAC_ADDRESS_BYTES];
static struct emac_counters counters;
static bool full_duplex;

_Static_assert(PBUF_POOL_BUFSIZE >= BUFFER_BYTES, "a frame fits one buffer");

static void write(uint32_t offset, uint32_t value)
{
    sf2_write(SF2_EMAC + offset, value);
}

static uint32_t read(uint32_t offset)
{
    return sf2_read(SF2_EMAC + offset);
}

static void set_address(const uint8_t address[EMAC_ADDRESS_BYTES])
{
    memcpy(station, address, sizeof(station));
}

void emac_read_counters(struct emac_counters *out)
{
    *out = counters;
}

/* The command falls at once, or the next one would not be taken for another.
 *   return  0: no answer */
static uint32_t phy_read(uint32_t number)
{
    unsigned tries = MII_TRIES;

    write(MII_ADDRESS, PHY_ADDRESS << 8 | number);
    write(MII_COMMAND, 1);
    write(MII_COMMAND, 0);
    while ((read(MII_BUSY) & MII_BUSY_BITS) != 0) {
        if (--tries == 0) {
            return 0;
        }
    }
    return read(MII_STATUS);
}

static bool has_link(void)
{
    bool up = (phy_read(PHY_STATUS) & PHY_LINK) != 0;
    bool full = up && net_full_duplex(phy_read(PHY_OWN), phy_read(PHY_PARTNER));

    if (up && full != full_duplex) {
        full_duplex = full;
        write(CFG2, CFG2_ON | (full ? CFG2_FULL_DUPLEX : 0));
    }
    return up;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void offer(unsigned i)
{
    ring[i].address = (uint32_t)(uintptr_t)buffer[i]->payload;
    ring[i].size = empty;
}

/* Take a frame out of the ring and put a fresh buffer in. Without one, the frame is dropped: the ring
 * never gets shorter.
 *   return  NULL: dropped */
static struct pbuf *take(unsigned i)
{
    struct pbuf *frame = buffer[i];
    uint32_t len = ring[i].size & LENGTH_BITS;
    struct pbuf *fresh = pbuf_alloc(PBUF_RAW, BUFFER_BYTES, PBUF_POOL);

    if (fresh == NULL || len == 0 || len > BUFFER_BYTES) {
        if (fresh != NULL) {
            (void)pbuf_free(fresh);
        } else {
            counters.dropped++;
        }
        offer(i);
        return NULL;
    }
    buffer[i] = fresh;
    offer(i);
    pbuf_realloc(frame, (u16_t)len);
    return frame;
}

/* A full ring stops the MAC. It may be started again only when the ring is empty, or its place and
 * ours fall apart. */
static void restart(void)
{
    counters.overflows++;
    write(RX_STATUS, RX_OVERFLOW);
    write(RX_DESCRIPTOR, (uint32_t)(uintptr_t)&ring[next]);
    write(RX_CONTROL, 1);
}

/* At most a ring of frames, so that a flood of them leaves time for the rest. */
static void poll(struct netif *netif)
{
    for (unsigned i = 0; i < EMAC_RING && (ring[next].size & empty) == 0; i++) {
        struct pbuf *frame = take(next);

        assent_random_note(netif->state, clock_cycles());
        counters.received++;
        next = (next + 1) % EMAC_RING;
        write(RX_STATUS, STATUS_ONE);
        if (frame == NULL) {
            LINK_STATS_INC(link.drop);
        } else if (netif->input(frame, netif) != ERR_OK) {
            (void)pbuf_free(frame);
        }
    }
    if ((ring[next].size & empty) != 0 && (read(RX_STATUS) & RX_OVERFLOW) != 0) {
        restart();
    }
}

void assent_startup_ethernet(void)
{
    write(IRQ_MASK, 0);
}

void emac_sleep(void)
{
    register_interrupts(false);
    if ((ring[next].size & empty) != 0) {
        write(IRQ_MASK, IRQ_RECEIVE);
        clock_sleep();
    }
    register_interrupts(true);
}

/* ---- sending --------------------------------------------------------------------------------- */

/* The MAC starts at the register each time, so one descriptor and one frame of our own are enough. */
static err_t send(struct netif *netif, struct pbuf *p)
{
    uint32_t len = p->tot_len;
    uint32_t tries = SF2_CLOCK_HZ / 1000;

    (void)netif;
    if (len > EMAC_SEND_BYTES) {
        return ERR_BUF;
    }
    (void)pbuf_copy_partial(p, send_frame, (u16_t)len, 0);
    if (len < FRAME_MIN) {
        memset(send_frame + len, 0, FRAME_MIN - len);
        len = FRAME_MIN;
    }
    send_descriptor.address = (uint32_t)(uintptr_t)send_frame;
    send_descriptor.size = len;
    send_descriptor.next = (uint32_t)(uintptr_t)&send_descriptor;
    register_barrier();
    write(TX_DESCRIPTOR, (uint32_t)(uintptr_t)&send_descriptor);
    write(TX_CONTROL, 1);
    while ((send_descriptor.size & empty) == 0 && tries > 0) {
        tries--;
    }
    write(TX_STATUS, 3);
    if (tries == 0) {
        write(TX_CONTROL, 0); /* or it would send what comes next in the place of this */
        return ERR_IF;
    }
    counters.sent++;
    return ERR_OK;
}

/* ---- start ----------------------------------------------------------------------------------- */

static bool start_ring(void)
{
    for (unsigned i = 0; i < EMAC_RING; i++) {
        buffer[i] = pbuf_alloc(PBUF_RAW, BUFFER_BYTES, PBUF_POOL);
        if (buffer[i] == NULL) {
            return false;
        }
        ring[i].next = (uint32_t)(uintptr_t)&ring[(i + 1) % EMAC_RING];
        offer(i);
    }
    return true;
}

static err_t init(struct netif *netif)
{
    const uint8_t *m = station;

    assent_ethernet_describe(netif, "e0", station, EMAC_FRAME_BYTES, send);
    sf2_write(SF2_SYSREG + SOFT_RESET, sf2_read(SF2_SYSREG + SOFT_RESET) & ~(uint32_t)MAC_RESET);
    sf2_write(SF2_SYSREG + MAC_CR,
              (sf2_read(SF2_SYSREG + MAC_CR) & ~(uint32_t)MAC_CR_LINE) | MAC_CR_MII_100);
    write(CFG1, cfg1_reset);
    write(CFG1, 0);
    write(FIFO_CFG0, FIFO_ON);
    full_duplex = true;
    write(CFG2, CFG2_ON | CFG2_FULL_DUPLEX);
    write(MII_CONFIG, MII_CLOCK);
    write(MAX_FRAME, BUFFER_BYTES);
    write(STATION1, (uint32_t)m[0] << 24 | (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3]);
    write(STATION2, (uint32_t)m[4] << 24 | (uint32_t)m[5] << 16);
    if (!start_ring()) {
        return ERR_MEM;
    }
    next = 0;
    write(RX_DESCRIPTOR, (uint32_t)(uintptr_t)&ring[0]);
    write(CFG1, CFG1_ON);
    write(RX_CONTROL, 1);
    sf2_write(NVIC_ISER, 1U << IRQ_NUMBER);
    return ERR_OK;
}

const struct net_driver emac_driver = {set_address, init, poll, has_link};
