/* SPDX-License-Identifier: MIT */
/* lwIP's own httpd with a page of 1 KiB, in a process of the same shape as the simulator: the same
 * network, the same wait, the same pools. Built at bench time by tests/bench/bench-http.sh. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/apps/fs.h>
#include <lwip/apps/httpd.h>
#include <lwip/timeouts.h>

#include "board/sim/options.h"
#include "port/host/clock.h"
#include "port/host/entropy.h"
#include "port/host/loop.h"
#include "port/host/slirp_netif.h"
#include "port/host/tap_netif.h"
#include "port/lwip/port.h"

enum { BODY_BYTES = 1024 };

static struct sim_options options;
static struct assent_clock_host host_clock;
static struct loop loop;
static struct slirp_netif slirp;
static struct tap_netif tap;
static char page[256 + BODY_BYTES];
static int page_len;

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    fprintf(stderr, "lwIP: %s (%s:%d)\n", message, file, line);
    abort();
}

int fs_open_custom(struct fs_file *file, const char *name)
{
    (void)name;
    memset(file, 0, sizeof(*file));
    file->data = page;
    file->len = page_len;
    file->index = page_len;
    file->flags = FS_FILE_FLAGS_HEADER_INCLUDED | FS_FILE_FLAGS_HEADER_PERSISTENT |
                  FS_FILE_FLAGS_HEADER_HTTPVER_1_1;
    return 1;
}

void fs_close_custom(struct fs_file *file)
{
    (void)file;
}

static void make_page(void)
{
    page_len = snprintf(page, sizeof(page),
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                        "Content-Length: %d\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n\r\n",
                        BODY_BYTES);
    memset(page + page_len, ' ', BODY_BYTES);
    page_len += BODY_BYTES;
}

static bool open_network(const struct assent_clock *clock)
{
    struct tap_options device = {options.tap, options.address, options.mask, options.gateway};
    struct slirp_forward forward = {options.http, 80};

    if (options.tap != NULL) {
        return tap_netif_open(&tap, &device);
    }
    return slirp_netif_open(&slirp, clock, 0) &&
           slirp_netif_forward(&slirp, options.bind, &forward);
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGTERM};
    static struct assent_clock clock;
    static struct assent_entropy entropy;
    int code = sim_options_parse(&options, argc, argv);

    if (code >= 0) {
        return code;
    }
    clock = assent_clock_host(&host_clock);
    entropy = assent_entropy_host();
    make_page();
    assent_lwip_init(&clock, &entropy);
    if (!loop_init(&loop, signals, 1) || !open_network(&clock)) {
        fprintf(stderr, "peer_lwip_httpd: %s\n", strerror(errno));
        return 1;
    }
    httpd_init();
    printf("ready\n");
    fflush(stdout);
    while (!loop_signal(SIGTERM)) {
        uint32_t ms = sys_timeouts_sleeptime();
        bool ok;

        ms = ms < 60000 ? ms : 60000;
        loop_begin(&loop);
        if (options.tap != NULL) {
            tap_netif_fill(&tap, &loop, &ms);
        } else {
            slirp_netif_fill(&slirp, &loop, &ms);
        }
        ok = loop_wait(&loop, ms);
        if (options.tap != NULL) {
            tap_netif_work(&tap, &loop);
        } else {
            slirp_netif_work(&slirp, &loop, !ok);
        }
        sys_check_timeouts();
    }
    return 0;
}
