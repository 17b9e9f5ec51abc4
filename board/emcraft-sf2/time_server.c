/* SPDX-License-Identifier: MIT */
/* Asks a time server. */
#include "board/emcraft-sf2/time_server.h"

#include <lwip/dhcp.h>
#include <lwip/udp.h>

#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"

#define KEY ASSENT_SPAN(ASSENT_SNTP_SERVER_NAME)

static uint32_t offered; /* by DHCP, network order */

/* lwIP's side (LWIP_DHCP_GET_NTP_SRV); with each lease. */
void dhcp_set_ntp_servers(u8_t num_ntp_servers, const ip4_addr_t *ntp_server_addrs)
{
    offered = num_ntp_servers > 0 ? ip4_addr_get_u32(ntp_server_addrs) : 0;
}

static void use(struct time_server *server, uint32_t address, bool kept)
{
    server->kept = kept;
    server->sntp.waiting = false;
    server->wait_ms = 0;
    server->address = address;
}

void time_server_start(struct device *device)
{
    uint8_t kept[4];

    if (assent_kv_get(&device->stores.kv, ASSENT_SPACE_BOARD, KEY, kept, sizeof(kept)) ==
        sizeof(kept)) {
        use(&device->time_server, assent_bytes_load32(kept), true);
    }
}

int time_server_keep(struct device *device, struct assent_span text)
{
    struct time_server *server = &device->time_server;
    char name[16];
    ip4_addr_t address;
    uint8_t kept[4];
    int error;

    if (assent_span_equal(text, ASSENT_SPAN("dhcp"))) {
        use(server, offered, false);
        error = assent_kv_delete(&device->stores.kv, ASSENT_SPACE_BOARD, KEY);
        return error == ASSENT_ERR_NOT_FOUND ? ASSENT_OK : error;
    }
    if (text.len >= sizeof(name)) {
        return ASSENT_ERR_SYNTAX;
    }
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    if (ip4addr_aton(name, &address) == 0 || ip4_addr_isany_val(address)) {
        return ASSENT_ERR_SYNTAX;
    }
    use(server, ip4_addr_get_u32(&address), true);
    assent_bytes_store32(kept, ip4_addr_get_u32(&address));
    return assent_kv_put(&device->stores.kv, ASSENT_SPACE_BOARD, KEY,
                         assent_span(kept, sizeof(kept)));
}

/* The clock is synchronised for the first time since the start. */
static void note(struct device *device, struct assent_time before)
{
    struct assent_time now = device->stores.clock.now(device->stores.clock.ctx);

    (void)device_works(device, "time_not_kept", device_clock_changed(device, before));
    device_log(device, ASSENT_LOG_INFO, "time_synchronised",
               (uint32_t)(now.unix_s - before.unix_s));
}

/* lwIP has compared address and port. */
static void on_answer(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *address,
                      u16_t port)
{
    struct device *device = arg;
    struct time_server *server = &device->time_server;
    struct assent_time now = device->stores.clock.now(device->stores.clock.ctx);
    struct assent_time then;
    uint8_t message[ASSENT_SNTP_BYTES];
    u16_t len = pbuf_copy_partial(p, message, sizeof(message), 0);
    uint64_t told_s;
    int error = assent_sntp_read(&server->sntp, assent_span(message, len), &told_s);

    (void)pcb;
    (void)address;
    (void)port;
    (void)pbuf_free(p);
    if (server->sntp.waiting) {
        return; /* not what was asked for */
    }
    if (error == ASSENT_OK) {
        error = assent_sntp_judge(now, told_s, &then);
    }
    if (error != ASSENT_OK) {
        device_log(device, ASSENT_LOG_WARNING, "time_server_not_believed", (uint32_t)-error);
        return;
    }
    clock_set(then);
    server->wait_ms = TIME_SERVER_HOUR_MS;
    if (now.trust != ASSENT_CLOCK_SYNCED) {
        note(device, now);
    }
}

static void ask(struct device *device)
{
    struct time_server *server = &device->time_server;
    uint8_t nonce[ASSENT_SNTP_NONCE_BYTES];
    ip_addr_t to = IPADDR4_INIT(server->address);
    struct pbuf *p;

    server->asked_ms = clock_uptime_ms();
    server->wait_ms = server->wait_ms == 0                        ? TIME_SERVER_FIRST_MS
                      : server->wait_ms < TIME_SERVER_HOUR_MS / 2 ? server->wait_ms * 2
                                                                  : TIME_SERVER_HOUR_MS;
    if (device->entropy.random(device->entropy.ctx, nonce, sizeof(nonce)) != ASSENT_OK) {
        return;
    }
    if (server->pcb != NULL) {
        udp_remove(server->pcb); /* another port each time */
    }
    server->pcb = udp_new();
    p = pbuf_alloc(PBUF_TRANSPORT, ASSENT_SNTP_BYTES, PBUF_RAM);
    if (server->pcb != NULL && p != NULL &&
        udp_connect(server->pcb, &to, ASSENT_SNTP_PORT) == ERR_OK) {
        udp_recv(server->pcb, on_answer, device);
        assent_sntp_ask(&server->sntp, nonce, p->payload);
        (void)udp_send(server->pcb, p);
    }
    if (p != NULL) {
        (void)pbuf_free(p);
    }
}

void time_server_poll(struct device *device)
{
    struct time_server *server = &device->time_server;

    if (!server->kept && server->address != offered) {
        use(server, offered, false);
    }
    if (server->address != 0 && device->net.address != 0 && device->has_stores &&
        clock_uptime_ms() - server->asked_ms >= server->wait_ms) {
        ask(device);
    }
}
