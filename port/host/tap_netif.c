/* SPDX-License-Identifier: MIT */
/* Frames between lwIP and /dev/net/tun. */
#include "port/host/tap_netif.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#include <lwip/etharp.h>
#include <lwip/stats.h>
#include <netif/ethernet.h>

#include "port/lwip/ethernet.h"

static err_t link_output(struct netif *netif, struct pbuf *p)
{
    struct tap_netif *net = netif->state;
    uint8_t frame[TAP_FRAME_BYTES];

    if (p->tot_len > sizeof(frame)) {
        LINK_STATS_INC(link.lenerr);
        return ERR_BUF;
    }
    pbuf_copy_partial(p, frame, p->tot_len, 0);
    /* A full queue loses the frame, as a wire does; TCP sends it again. */
    if (write(net->fd, frame, p->tot_len) != (ssize_t)p->tot_len) {
        LINK_STATS_INC(link.err);
        return ERR_OK;
    }
    LINK_STATS_INC(link.xmit);
    return ERR_OK;
}

static err_t start(struct netif *netif)
{
    static const uint8_t mac[ETH_HWADDR_LEN] = {0x02, 0x12, 0x34, 0x56, 0x78, 0xAB};

    assent_ethernet_describe(netif, "tp", mac, 1500 + SIZEOF_ETH_HDR, link_output);
    netif->flags |= NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static bool open_device(struct tap_netif *net, const char *device)
{
    struct ifreq request;
    int kept;

    if (strlen(device) >= sizeof(request.ifr_name)) {
        errno = EINVAL;
        return false;
    }
    net->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (net->fd < 0) {
        return false;
    }
    memset(&request, 0, sizeof(request));
    memcpy(request.ifr_name, device, strlen(device));
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(net->fd, TUNSETIFF, &request) == 0) {
        return true;
    }
    kept = errno;
    (void)close(net->fd);
    errno = kept;
    return false;
}

bool tap_netif_open(struct tap_netif *net, const struct tap_options *options)
{
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway;

    if (!ip4addr_aton(options->address, &address) || !ip4addr_aton(options->mask, &mask) ||
        !ip4addr_aton(options->gateway, &gateway)) {
        errno = EINVAL;
        return false;
    }
    if (!open_device(net, options->device)) {
        return false;
    }
    if (netif_add(&net->netif, &address, &mask, &gateway, net, start, ethernet_input) == NULL) {
        (void)close(net->fd);
        errno = ENOMEM;
        return false;
    }
    netif_set_default(&net->netif);
    netif_set_up(&net->netif);
    return true;
}

void tap_netif_fill(struct tap_netif *net, struct loop *loop, uint32_t *ms)
{
    (void)ms;
    net->index = loop_add(loop, net->fd, POLLIN);
}

void tap_netif_work(struct tap_netif *net, struct loop *loop)
{
    if ((loop_events(loop, net->index) & (POLLIN | POLLERR)) == 0) {
        return;
    }
    for (unsigned i = 0; i < TAP_BURST_FRAMES; i++) {
        ssize_t len = read(net->fd, net->frame, sizeof(net->frame));
        struct pbuf *p;

        if (len <= 0) {
            return;
        }
        LINK_STATS_INC(link.recv);
        p = pbuf_alloc(PBUF_RAW, (uint16_t)len, PBUF_POOL);
        if (p == NULL) {
            LINK_STATS_INC(link.drop);
            continue;
        }
        pbuf_take(p, net->frame, (uint16_t)len);
        if (net->netif.input(p, &net->netif) != ERR_OK) {
            pbuf_free(p);
        }
    }
}

void tap_netif_close(struct tap_netif *net)
{
    netif_remove(&net->netif);
    (void)close(net->fd);
}
