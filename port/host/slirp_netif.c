/* SPDX-License-Identifier: MIT */
/* Frames between lwIP and libslirp. */
#include "port/host/slirp_netif.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <slirp/libslirp.h>

#include <lwip/etharp.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/stats.h>
#include <netif/ethernet.h>

#include "port/lwip/ethernet.h"

/* libslirp listens with room for one connection; 64 at once would wait a second for the others. */
enum { BACKLOG = 128 };

/* ---- libslirp's callbacks -------------------------------------------------------------------- */

static ssize_t send_packet(const void *bytes, size_t len, void *opaque)
{
    struct slirp_netif *net = opaque;
    struct slirp_frame *frame = &net->ring[(net->head + net->count) % SLIRP_RING_FRAMES];

    if (net->count == SLIRP_RING_FRAMES || len > SLIRP_FRAME_BYTES) {
        net->lost_frames++;
        return (ssize_t)len;
    }
    memcpy(frame->bytes, bytes, len);
    frame->len = (uint16_t)len;
    net->count++;
    return (ssize_t)len;
}

static void guest_error(const char *message, void *opaque)
{
    struct slirp_netif *net = opaque;

    (void)message;
    net->misuse = "frame";
}

static int64_t clock_get_ns(void *opaque)
{
    struct slirp_netif *net = opaque;
    uint32_t now_ms = net->clock->uptime_ms(net->clock->ctx);

    net->clock_ms += (uint32_t)(now_ms - net->last_ms);
    net->last_ms = now_ms;
    return (int64_t)(net->clock_ms * 1000000U);
}

/* Timers are only asked for with IPv6, which is off; the functions have to be there. */
static void *timer_new(SlirpTimerCb call, void *call_opaque, void *opaque)
{
    (void)call;
    (void)call_opaque;
    return opaque;
}

static void timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    (void)timer;
    (void)expire_ms;
    (void)opaque;
}

/* Told of every socket, accepted ones included. */
static void register_poll_fd(int fd, void *opaque)
{
    struct slirp_netif *net = opaque;

    if (net->send_buffer_bytes > 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &net->send_buffer_bytes,
                         sizeof(net->send_buffer_bytes));
    }
}

static void unregister_poll_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = register_poll_fd,
    .unregister_poll_fd = unregister_poll_fd,
    .notify = notify,
};

/* ---- lwIP's side ----------------------------------------------------------------------------- */

/* Whether a frame may leave. libslirp would connect to any address that this machine can reach; the
 * device is to reach its own network alone: 10.0.2.0/24, broadcasts within it and ARP. */
static bool may_leave(const uint8_t *frame, size_t len)
{
    enum { TYPE_AT = 12, ADDRESS_AT = 14 + 16, HEAD_BYTES = 14 + 20 };
    const uint8_t *to = frame + ADDRESS_AT;

    if (len < HEAD_BYTES || frame[TYPE_AT] != 0x08 || frame[TYPE_AT + 1] != 0x00) {
        return len >= ADDRESS_AT && frame[TYPE_AT] == 0x08 && frame[TYPE_AT + 1] == 0x06;
    }
    return to[0] == 10 && to[1] == 0 && to[2] == 2;
}

static err_t link_output(struct netif *netif, struct pbuf *p)
{
    struct slirp_netif *net = netif->state;

    if (p->tot_len > SLIRP_FRAME_BYTES) {
        LINK_STATS_INC(link.lenerr);
        return ERR_BUF;
    }
    pbuf_copy_partial(p, net->out, p->tot_len, 0);
    if (!net->outside && !may_leave(net->out, p->tot_len)) {
        net->refused_frames++;
        return ERR_RTE;
    }
    LINK_STATS_INC(link.xmit);
    slirp_input(net->slirp, net->out, p->tot_len);
    return ERR_OK;
}

static err_t start(struct netif *netif)
{
    static const uint8_t mac[ETH_HWADDR_LEN] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    assent_ethernet_describe(netif, "sl", mac, 1500 + SIZEOF_ETH_HDR, link_output);
    netif->flags |= NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* Hand the queued frames to lwIP. A buffer is taken only now, so that lwIP runs out of buffers as it
 * would behind a real wire. */
static void drain(struct slirp_netif *net)
{
    bool any = net->count > 0;

    while (net->count > 0) {
        const struct slirp_frame *frame = &net->ring[net->head];
        struct pbuf *p = pbuf_alloc(PBUF_RAW, frame->len, PBUF_POOL);

        LINK_STATS_INC(link.recv);
        if (p != NULL) {
            pbuf_take(p, frame->bytes, frame->len);
        } else {
            LINK_STATS_INC(link.drop);
        }
        net->head = (net->head + 1) % SLIRP_RING_FRAMES;
        net->count--;
        if (p != NULL && net->netif.input(p, &net->netif) != ERR_OK) {
            pbuf_free(p);
        }
    }
    /* libslirp starts with a congestion window of one segment. Were acknowledgements delayed as
     * usual, each request of two segments would take 250 ms. */
    if (any) {
        tcp_fasttmr();
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int add_poll(int fd, int events, void *opaque)
{
    struct slirp_netif *net = opaque;
    short wanted = (short)(((events & SLIRP_POLL_IN) != 0 ? POLLIN : 0) |
                           ((events & SLIRP_POLL_OUT) != 0 ? POLLOUT : 0) |
                           ((events & SLIRP_POLL_PRI) != 0 ? POLLPRI : 0));

    return loop_add(net->loop, fd, wanted);
}

static int get_revents(int index, void *opaque)
{
    struct slirp_netif *net = opaque;
    short seen = loop_events(net->loop, index);

    return ((seen & POLLIN) != 0 ? SLIRP_POLL_IN : 0) |
           ((seen & POLLOUT) != 0 ? SLIRP_POLL_OUT : 0) |
           ((seen & POLLPRI) != 0 ? SLIRP_POLL_PRI : 0) |
           ((seen & POLLERR) != 0 ? SLIRP_POLL_ERR : 0) |
           ((seen & POLLHUP) != 0 ? SLIRP_POLL_HUP : 0);
}

void slirp_netif_fill(struct slirp_netif *net, struct loop *loop, uint32_t *ms)
{
    net->loop = loop;
    slirp_pollfds_fill(net->slirp, ms, add_poll, net);
    if (net->count > 0) {
        *ms = 0;
    }
}

void slirp_netif_work(struct slirp_netif *net, struct loop *loop, bool failed)
{
    net->loop = loop;
    slirp_pollfds_poll(net->slirp, failed ? 1 : 0, get_revents, net);
    drain(net);
}

/* Give each listening socket of libslirp a longer queue. */
static int lengthen(int fd, int events, void *opaque)
{
    int listening = 0;
    socklen_t len = sizeof(listening);

    (void)events;
    (void)opaque;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening != 0) {
        (void)listen(fd, BACKLOG);
    }
    return -1;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

bool slirp_netif_open(struct slirp_netif *net, const struct assent_clock *clock, int send_buffer)
{
    SlirpConfig config;
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway;

    net->clock = clock;
    net->last_ms = clock->uptime_ms(clock->ctx);
    net->clock_ms = 0;
    net->lost_frames = net->refused_frames = 0;
    net->misuse = NULL;
    net->head = net->count = 0;
    net->send_buffer_bytes = send_buffer;
    net->outside = false;

    memset(&config, 0, sizeof(config));
    config.version = 4;
    config.in_enabled = true;
    config.disable_dhcp = true;
    config.vnetwork.s_addr = htonl(0x0A000200);    /* 10.0.2.0 */
    config.vnetmask.s_addr = htonl(0xFFFFFF00);    /* /24 */
    config.vhost.s_addr = htonl(0x0A000202);       /* 10.0.2.2 */
    config.vnameserver.s_addr = htonl(0x0A000203); /* 10.0.2.3: this machine's */
    config.vdhcp_start.s_addr = htonl(0x0A00020F);
    net->slirp = slirp_new(&config, &callbacks, net);
    if (net->slirp == NULL) {
        errno = ENOMEM;
        return false;
    }

    IP4_ADDR(&address, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    if (netif_add(&net->netif, &address, &mask, &gateway, net, start, ethernet_input) == NULL) {
        slirp_cleanup(net->slirp);
        errno = ENOMEM;
        return false;
    }
    netif_set_default(&net->netif);
    netif_set_up(&net->netif);
    return true;
}

bool slirp_netif_forward(struct slirp_netif *net, const char *address,
                         const struct slirp_forward *forward)
{
    struct in_addr here;
    struct in_addr device;
    uint32_t ms = 0;

    if (inet_pton(AF_INET, address, &here) != 1) {
        errno = EINVAL;
        return false;
    }
    device.s_addr = htonl(0x0A00020F); /* 10.0.2.15 */
    if (slirp_add_hostfwd(net->slirp, 0, here, forward->host_port, device, forward->device_port) !=
        0) {
        return false;
    }
    slirp_pollfds_fill(net->slirp, &ms, lengthen, NULL);
    return true;
}

void slirp_netif_close(struct slirp_netif *net)
{
    netif_remove(&net->netif);
    slirp_cleanup(net->slirp);
    net->slirp = NULL;
}
