/* SPDX-License-Identifier: MIT */
/* The simulator: the device behind libslirp or TAP, one thread, one wait. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwip/altcp.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>

#include "board/sim/device.h"
#include "port/host/clock.h"
#include "port/host/fake_clock.h"
#include "port/host/loop.h"
#include "port/host/slirp_netif.h"
#include "port/host/tap_netif.h"

enum { WAIT_MAX_MS = 60000, STEP_MAX_MS = 500, LINE_BYTES = 64, STATS_BYTES = 4096 };

struct simulator {
    struct sim_options options;
    struct assent_clock_host host_clock;
    struct fake_clock clock;
    struct assent_clock seam;
    struct loop loop;
    struct slirp_netif slirp;
    struct tap_netif tap;
    struct sim_device device;
    char line[LINE_BYTES]; /* command under way */
    size_t line_len;
    bool control_open;
    bool stop;
};

static struct simulator sim;

/* ---- network --------------------------------------------------------------------------------- */

static bool forward(uint16_t host_port, uint16_t device_port)
{
    struct slirp_forward pair = {host_port, device_port};

    if (host_port == 0 || slirp_netif_forward(&sim.slirp, sim.options.bind, &pair)) {
        return true;
    }
    fprintf(stderr, "assent-sim: cannot listen at %s port %u: %s\n", sim.options.bind,
            (unsigned)host_port,
            errno == EINVAL ? "not an IPv4 address of this machine" : strerror(errno));
    return false;
}

static bool open_network(void)
{
    const struct sim_options *options = &sim.options;
    struct tap_options tap = {options->tap, options->address, options->mask, options->gateway};

    if (options->tap != NULL) {
        if (tap_netif_open(&sim.tap, &tap)) {
            return true;
        }
        fprintf(stderr, "assent-sim: TAP device %s: %s\n", options->tap, strerror(errno));
        return false;
    }
    if (!slirp_netif_open(&sim.slirp, &sim.seam, (int)options->send_buffer)) {
        fprintf(stderr, "assent-sim: libslirp: %s\n", strerror(errno));
        return false;
    }
    sim.slirp.outside = options->outside;
    return forward(options->http, SIM_PORT_HTTP) && forward(options->https, SIM_PORT_HTTPS) &&
           forward(options->admin, SIM_PORT_ADMIN);
}

static void close_network(void)
{
    if (sim.options.tap != NULL) {
        tap_netif_close(&sim.tap);
    } else {
        slirp_netif_close(&sim.slirp);
    }
}

/* One round: wait at most ms of this machine's time, or as long as lwIP's timers allow.
 *   return  whether there are commands to read */
static bool round_once(uint32_t max_ms)
{
    uint32_t upkeep_ms = sim_device_upkeep(&sim.device);
    uint32_t ms = sys_timeouts_sleeptime();
    int input = -1;
    uint32_t wait_ms;
    bool ok;

    ms = ms < upkeep_ms ? ms : upkeep_ms;
    ms = ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
    loop_begin(&sim.loop);
    if (sim.control_open) {
        input = loop_add(&sim.loop, STDIN_FILENO, POLLIN);
    }
    if (sim.options.tap != NULL) {
        tap_netif_fill(&sim.tap, &sim.loop, &ms);
    } else {
        slirp_netif_fill(&sim.slirp, &sim.loop, &ms);
    }
    wait_ms = fake_clock_wait_ms(&sim.clock, ms);
    ok = loop_wait(&sim.loop, wait_ms < max_ms ? wait_ms : max_ms);
    if (sim.options.tap != NULL) {
        tap_netif_work(&sim.tap, &sim.loop);
    } else {
        slirp_netif_work(&sim.slirp, &sim.loop, !ok);
    }
    sys_check_timeouts();
    netif_poll_all();
    return (loop_events(&sim.loop, input) & (POLLIN | POLLHUP | POLLERR)) != 0;
}

/* ---- commands -------------------------------------------------------------------------------- */

static void print_stats(void)
{
    char text[STATS_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text));

    sim_device_stats(&sim.device, &w);
    fwrite(text, 1, w.len, stdout);
    fflush(stdout);
}

/* Let time pass in steps that miss no timer. */
static void advance(uint32_t ms)
{
    while (ms > 0) {
        uint32_t step;

        sys_check_timeouts();
        step = sys_timeouts_sleeptime();
        step = step < STEP_MAX_MS ? step : STEP_MAX_MS;
        step = step < ms ? step : ms;
        step = step > 0 ? step : 1;
        fake_clock_advance(&sim.clock, step);
        ms -= step;
        sys_check_timeouts();
        (void)round_once(0);
    }
}

static void command(const char *line)
{
    unsigned long ms;

    if (strcmp(line, "stats") == 0) {
        print_stats();
    } else if (strcmp(line, "quit") == 0) {
        sim.stop = true;
    } else if (strncmp(line, "advance ", 8) == 0 &&
               (ms = strtoul(line + 8, NULL, 10)) <= UINT32_MAX) {
        advance((uint32_t)ms);
        printf("advanced %lu\n", ms);
        fflush(stdout);
    } else {
        printf("error: commands are stats, advance MILLISECONDS, quit\n");
        fflush(stdout);
    }
}

/* Read what has come on standard input and do each whole line. Its end is the end of the program. */
static void read_commands(void)
{
    char bytes[LINE_BYTES];
    ssize_t len = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
        sim.control_open = false;
        sim.stop = true;
    }
    for (ssize_t i = 0; i < len && !sim.stop; i++) {
        if (bytes[i] == '\n') {
            sim.line[sim.line_len] = '\0';
            sim.line_len = 0;
            command(sim.line);
        } else if (sim.line_len < LINE_BYTES - 1) {
            sim.line[sim.line_len++] = bytes[i];
        }
    }
}

/* ---- main ------------------------------------------------------------------------------------ */

static bool start(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGUSR1};
    struct assent_clock host = assent_clock_host(&sim.host_clock);

    if (fake_clock_init(&sim.clock, host,
                        assent_span(sim.options.clock, strlen(sim.options.clock))) != ASSENT_OK) {
        fprintf(stderr, "assent-sim: --clock %s: not understood\n", sim.options.clock);
        return false;
    }
    sim.seam = fake_clock_seam(&sim.clock);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        !loop_init(&sim.loop, signals, sizeof(signals) / sizeof(signals[0]))) {
        fprintf(stderr, "assent-sim: signals: %s\n", strerror(errno));
        return false;
    }
    sim.control_open = sim.options.control;
    return sim_device_init(&sim.device, &sim.options, sim.seam) && open_network() &&
           sim_device_listen(&sim.device, &sim.options);
}

/* What serves plain HTTP, but for lwIP's pools. */
static void print_memory(void)
{
    printf("connections and lanes %zu\n",
           sizeof(sim.device.connections) + sizeof(sim.device.lanes) + sizeof(sim.device.server));
    printf("buffers of lanes %zu\n", sizeof(sim.device.buffers));
    printf("in lwIP's pools and heap for applications %zu\n",
           SIM_RELAYS * (sizeof(struct tcp_pcb) + sizeof(struct altcp_pcb)) +
               SIM_UPSTREAM_TLS * sizeof(struct altcp_pcb) +
               MEMP_NUM_UDP_PCB * sizeof(struct udp_pcb) + ASSENT_SIM_RELAY_HEAP);
}

/* The one line that says where it is to be found. */
static void announce(void)
{
    const char *host = sim.options.tap != NULL                      ? sim.options.address
                       : strcmp(sim.options.bind, "127.0.0.1") == 0 ? "localhost"
                                                                    : sim.options.bind;
    bool direct = sim.options.tap != NULL;

    if (sim.options.http != 0) {
        printf("http://%s:%u/ ", host, (unsigned)(direct ? SIM_PORT_HTTP : sim.options.http));
    }
    if (sim.options.https != 0) {
        printf("https://%s:%u/ ", host, (unsigned)(direct ? SIM_PORT_HTTPS : sim.options.https));
    }
    if (sim.options.admin != 0 && sim.options.sites != NULL) {
        printf("admin %s://%s:%u/", sim.options.admin_tls ? "https" : "http", host,
               (unsigned)(direct ? SIM_PORT_ADMIN : sim.options.admin));
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int code = sim_options_parse(&sim.options, argc, argv);

    if (code >= 0) {
        return code;
    }
    if (sim.options.memory) {
        print_memory();
        return 0;
    }
    if (!start()) {
        return 1;
    }
    announce();
    while (!sim.stop) {
        if (round_once(UINT32_MAX)) {
            read_commands();
        }
        if (loop_signal(SIGUSR1)) {
            print_stats();
        }
        sim.stop = sim.stop || loop_signal(SIGTERM) || loop_signal(SIGINT);
    }
    sim_device_stop(&sim.device);
    close_network();
    return 0;
}
