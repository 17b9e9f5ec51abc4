/* SPDX-License-Identifier: MIT */
/* For a project that cannot leave lwIP's httpd: httpd stays as it is, at a port that only its own stack
 * reaches, and the gateway stands at port 80 in front of it. Everything that is said of the gateway holds:
 * cookies are judged in both directions, pages get the notice, trackers wait. httpd notices nothing.
 *
 *     visitors --- port 80 --- gate, relay --- loop interface, 127.0.0.1:8080 --- httpd, its pages and hooks
 *
 * On Linux, where the wire ends in libslirp:
 *   site PORT FLASH TEXTS POLICY [AROUND]
 *     PORT    of this machine, leads to port 80 of the stack
 *     AROUND  of this machine, leads to httpd's own: to see that nobody gets there */
#include "port/lwip_httpd/options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/apps/fs.h>
#include <lwip/apps/httpd.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>

#include "http/app_handler.h"
#include "http/lwip_server.h"
#include "http/lwip_upstream.h"
#include "port/host/kit_host.h"
#include "port/host/loop.h"
#include "port/host/slirp_netif.h"
#include "port/lwip/port.h"

/* ---- the project as it was: pages with their heads, and a handler for POST ---- */

static char echo[1024];

static const char *page_of(const char *uri)
{
    static const char head[] =
        "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Set-Cookie: pk_session=1; Path=/; HttpOnly\r\nSet-Cookie: pk_usage=1; Path=/; "
        "Max-Age=86400\r\n"
        "Set-Cookie: unknown=1; Path=/; HttpOnly\r\n\r\n"
        "<!doctype html><html lang=\"en\"><head><title>Device</title></head><body><h1>Device</h1>\n"
        "<script type=\"text/plain\" data-assent=\"analytics\">measure();</script></body></html>\n";

    return strcmp(uri, "/") == 0 || strcmp(uri, "/index.html") == 0 ? head
           : strcmp(uri, "/echo") == 0                              ? echo
                                                                    : NULL;
}

int fs_open_custom(struct fs_file *file, const char *name)
{
    const char *text = page_of(name);

    if (text == NULL) {
        return 0;
    }
    memset(file, 0, sizeof(*file));
    file->data = text;
    file->len = (int)strlen(text);
    file->index = file->len;
    file->flags = FS_FILE_FLAGS_HEADER_INCLUDED;
    return 1;
}

void fs_close_custom(struct fs_file *file)
{
    (void)file;
}

/* The only hook of httpd that is shown a head. This one keeps it, to be looked at. */
err_t httpd_post_begin(void *connection, const char *uri, const char *http_request,
                       u16_t http_request_len, int content_len, char *response_uri,
                       u16_t response_uri_len, u8_t *post_auto_wnd)
{
    (void)connection;
    (void)content_len;
    (void)response_uri;
    (void)response_uri_len;
    (void)post_auto_wnd;
    if (strcmp(uri, "/echo") != 0) {
        return ERR_VAL;
    }
    (void)snprintf(echo, sizeof(echo), "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%.*s",
                   (int)http_request_len, http_request);
    return ERR_OK;
}

err_t httpd_post_receive_data(void *connection, struct pbuf *p)
{
    (void)connection;
    pbuf_free(p);
    return ERR_OK;
}

void httpd_post_finished(void *connection, char *response_uri, u16_t response_uri_len)
{
    (void)connection;
    (void)snprintf(response_uri, response_uri_len, "/echo");
}

/* ---- what is put in front of it ---- */

enum { LANES = 8, CONNECTIONS = 16, RECV_BYTES = 5632, HEAP_BYTES = 32768, RECV_PBUFS = 48 };
enum { SEND_BYTES = 2 * ASSENT_RELAY_RECV_BYTES + 1024 };

static struct kit_host host;
static struct assent_gateway gateway;
static struct assent_relay relays[LANES];
static struct assent_lwip_upstream connections_in[LANES];
static struct assent_lwip_upstreams upstreams;
static struct assent_app_exchange exchanges[LANES];
static struct assent_app_server sites;
static struct assent_lwip_connection connections[CONNECTIONS];
static struct assent_lwip_lane lanes[LANES];
static uint8_t buffers[LANES * (RECV_BYTES + SEND_BYTES)];
static struct assent_lwip_server server;
static struct assent_lwip_listener listener;

/* httpd listens at every address: leave it the one of the loop interface. lwIP takes nothing from a wire
 * that is addressed to 127.0.0.1 (RFC 1122 s. 3.2.1.3). */
static bool keep_inside(void)
{
    for (struct tcp_pcb_listen *pcb = tcp_listen_pcbs.listen_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->local_port == HTTPD_SERVER_PORT) {
            IP_ADDR4(&pcb->local_ip, 127, 0, 0, 1);
            return true;
        }
    }
    return false;
}

static bool stand_in_front(void)
{
    struct assent_upstream httpd = {.address = {127, 0, 0, 1},
                                    .port = HTTPD_SERVER_PORT,
                                    .decision_field = ASSENT_SPAN(ASSENT_GATEWAY_FIELD),
                                    .insert = true};
    struct assent_lwip_memory memory = {.connections = connections,
                                        .lanes = lanes,
                                        .buffers = buffers,
                                        .recv_bytes = RECV_BYTES,
                                        .send_bytes = SEND_BYTES,
                                        .heap_bytes = HEAP_BYTES,
                                        .connection_count = CONNECTIONS,
                                        .lane_count = LANES,
                                        .recv_pbufs = RECV_PBUFS};
    struct assent_engine_settings settings = {&assent_app_handler, &sites, &host.clock};

    gateway.relays = relays;
    gateway.relay_count = LANES;
    assent_lwip_upstreams_init(&upstreams, &gateway, connections_in, LANES, &host.clock);
    sites = (struct assent_app_server){.app = &host.kit.app,
                                       .exchanges = exchanges,
                                       .exchange_count = LANES,
                                       .gateway = &gateway,
                                       .peer = assent_lwip_server_peer};
    assent_lwip_server_init(&server, &memory, &host.clock);
    return assent_gateway_lead(&gateway, &host.kit.app, 0, &httpd) == ASSENT_OK &&
           assent_lwip_server_listen(&server, &listener, &settings, NULL, 80) == ASSENT_OK;
}

/* ---- the program ---- */

static struct loop loop;
static struct slirp_netif net;

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    fprintf(stderr, "lwIP: %s (%s:%d)\n", message, file, line);
    abort();
}

static bool open_network(const char *const *ports, int count)
{
    static const uint16_t inside[] = {80, HTTPD_SERVER_PORT};

    if (!slirp_netif_open(&net, &host.clock, 0)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        struct slirp_forward forward = {(uint16_t)strtoul(ports[i], NULL, 10), inside[i]};

        if (!slirp_netif_forward(&net, "127.0.0.1", &forward)) {
            return false;
        }
    }
    return true;
}

static void round_once(void)
{
    uint32_t ms = sys_timeouts_sleeptime();

    assent_kit_idle(&host.kit);
    loop_begin(&loop);
    slirp_netif_fill(&net, &loop, &ms);
    slirp_netif_work(&net, &loop, !loop_wait(&loop, ms < 1000 ? ms : 1000));
    sys_check_timeouts();
    netif_poll_all(); /* what the stack has sent to itself */
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGTERM, SIGINT};
    const char *ports[2];

    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: site PORT FLASH TEXTS POLICY [AROUND]\n");
        return 2;
    }
    ports[0] = argv[1];
    ports[1] = argv[argc - 1];
    if (!kit_host_open(&host, argv[2], argv[3], argv[4])) {
        return 1;
    }
    assent_lwip_init(&host.clock, &host.entropy);
    httpd_init();
    errno = 0;
    if (!loop_init(&loop, signals, 2) || !keep_inside() || !stand_in_front() ||
        !open_network(ports, argc - 4)) {
        fprintf(stderr, "site: cannot start: %s\n", strerror(errno));
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    while (!loop_signal(SIGTERM) && !loop_signal(SIGINT)) {
        round_once();
    }
    kit_host_close(&host);
    return 0;
}
