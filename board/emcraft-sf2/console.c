/* SPDX-License-Identifier: MIT */
#include "board/emcraft-sf2/console.h"

#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/emac.h"
#include "board/emcraft-sf2/profile.h"
#include "port/device/uart.h"
#include "core/bytes.h"
#include "core/date.h"
#include "core/writer.h"
#include "port/cortex_m/startup.h"
#include "port/host/rfc3339.h"
#include "port/lwip/counters.h"

enum { TEXT_BYTES = 640 };

struct entry {
    const char *name;
    const char *help;
    void (*run)(struct console *console, struct assent_span argument);
};

static void show_health(struct console *console, struct assent_span argument)
{
    const struct device *device = console->device;

    (void)argument;
    uart_pair("uptime_ms", clock_uptime_ms());
    uart_pair("awake_us", clock_awake_us());
    uart_text("last_run ");
    uart_text(assent_fault_name(console->last->kind));
    uart_text("\n");
    uart_pair("faults", console->last->count);
    uart_pair("stack_bytes", assent_startup_stack_size());
    uart_pair("stack_used", assent_startup_stack_used());
    uart_pair("sites", device->app.site_count);
    uart_pair("seeded", device->random.seeded ? 1 : 0);
    uart_pair("noise_bytes", device->noise.taken);
    profile_health(device);
    uart_pair("audit_finding", device->stores.log.finding);
}

/* address: in network order. */
static void show_address(const char *name, uint32_t address)
{
    uart_text(name);
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        uart_decimal((lwip_ntohl(address) >> (shift - 8)) & 0xFF);
        uart_text(shift > 8 ? "." : "");
    }
}

static void show_net(struct console *console, struct assent_span argument)
{
    const struct device *device = console->device;
    uint8_t text[TEXT_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text));
    struct emac_counters emac;
    unsigned busy;

    (void)argument;
    show_address("address ", ip4_addr_get_u32(netif_ip4_addr(&device->net.netif)));
    uart_text(device->net.fixed ? " fixed\n" : " by dhcp\n");
    emac_read_counters(&emac);
    uart_pair("received", emac.received);
    uart_pair("sent", emac.sent);
    uart_pair("dropped", emac.dropped);
    uart_pair("overflows", emac.overflows);
    uart_pair("connections", assent_lwip_server_count(&device->server, &busy));
    uart_pair("accepted", device->server.accepted_count);
    uart_pair("evicted", device->server.evicted_count);
    uart_pair("refused", device->server.refused_count);
    uart_pair("timeouts", device->server.timeout_count);
    assent_writer_text(&w, "{");
    profile_net(device, &w);
    assent_lwip_counters(&w);
    assent_writer_text(&w, "}\n");
    uart_bytes(assent_writer_span(&w));
}

static void show_store(struct console *console, struct assent_span argument)
{
    struct device *device = console->device;
    struct assent_kv_stats store;
    struct assent_audit_stats audit;

    (void)argument;
    if (!device->has_stores) {
        uart_text("the flash is not set up\n");
        return;
    }
    assent_kv_stats(&device->stores.kv, &store);
    uart_pair("live_bytes", store.live_bytes);
    uart_pair("capacity_bytes", store.capacity_bytes);
    uart_pair("blank_sectors", store.blank_sectors);
    uart_pair("retired_sectors", store.retired_sectors);
    uart_pair("corrupt_records", store.corrupt_records);
    uart_pair("highest_wear", store.highest_wear);
    uart_pair("read_only", store.read_only ? 1 : 0);
    if (assent_audit_log_stats(&device->stores.log, &audit) == ASSENT_OK) {
        uart_pair("audit_entries", audit.count);
        uart_pair("audit_capacity", audit.capacity);
    }
}

/* return  whether it was set; why not was said */
static bool set_time(struct device *device, struct assent_span argument)
{
    struct assent_time before = device->stores.clock.now(device->stores.clock.ctx);
    uint64_t unix_s;
    int error;

    if (!assent_rfc3339_parse(argument, &unix_s)) {
        uart_text("not understood: time 2026-01-31T12:00:00Z\n");
        return false;
    }
    error = device_set_clock(device, unix_s);
    if (error != ASSENT_OK) {
        uart_text(error == ASSENT_ERR_STATE ? "not set: the time server sets the clock\n"
                                            : "not set: the clock never runs back\n");
        return false;
    }
    (void)device_works(device, "time_not_kept", device_clock_changed(device, before));
    return true;
}

static void show_time(struct console *console, struct assent_span argument)
{
    static const char *const trusts[] = {"none", "floor", "set", "synced"};
    struct device *device = console->device;
    struct assent_time now;
    uint8_t text[24];
    struct assent_writer w = assent_writer(text, sizeof(text));

    if (!device->has_stores) {
        uart_text("the flash is not set up\n");
        return;
    }
    if (argument.len > 0 && !set_time(device, argument)) {
        return;
    }
    now = device->stores.clock.now(device->stores.clock.ctx);
    assent_date_write_rfc3339(&w, now.unix_s);
    uart_text("time ");
    uart_bytes(assent_writer_span(&w));
    uart_text(" ");
    uart_text(trusts[now.trust]);
    uart_text("\n");
}

static void show_time_server(struct console *console, struct assent_span argument)
{
    struct device *device = console->device;

    if (!device->has_stores) {
        uart_text("the flash is not set up\n");
        return;
    }
    if (argument.len > 0) {
        int error = time_server_keep(device, argument);

        if (error == ASSENT_ERR_SYNTAX) {
            uart_text("not understood: time-server 192.168.1.1, or dhcp\n");
            return;
        }
        if (!device_works(device, "time_server_not_kept", error)) {
            return;
        }
    }
    show_address("time_server ", device->time_server.address);
    uart_text(device->time_server.kept ? " kept\n" : " by dhcp\n");
}

static void show_noise(struct console *console, struct assent_span argument)
{
    struct device *device = console->device;
    bool on = assent_span_equal(argument, ASSENT_SPAN("on"));

    if (device->has_stores && (on || assent_span_equal(argument, ASSENT_SPAN("off")))) {
        if (device_works(device, "noise_not_kept", noise_keep(device, on))) {
            uart_text(on ? "noise on from the next start\n" : "noise off from the next start\n");
        }
        return;
    }
    uart_text(device->noise.failed ? "noise failed\n"
              : device->noise.on   ? "noise on\n"
                                   : "noise off\n");
}

static void reset_all(struct console *console, struct assent_span argument)
{
    if (!assent_span_equal(argument, ASSENT_SPAN("yes"))) {
        uart_text("erases every consent, key and setting: factory-reset yes\n");
        return;
    }
    if (device_works(console->device, "factory_reset_failed",
                     device_factory_reset(console->device))) {
        uart_text("done; starting again\n");
        assent_fault_restart();
    }
}

static void restart(struct console *console, struct assent_span argument)
{
    (void)argument;
    if (console->device->has_stores) {
        (void)assent_clock_floor_keep(&console->device->stores.floor, true);
    }
    assent_fault_restart();
}

/* What the fault record and the watchdog are tried out with. */
static void break_down(struct console *console, struct assent_span argument)
{
    (void)console;
    if (assent_span_equal(argument, ASSENT_SPAN("hang"))) {
        for (;;) {
            __asm__ volatile("nop");
        }
    }
    if (assent_span_equal(argument, ASSENT_SPAN("bus"))) {
        (void)*(volatile uint32_t *)0x40006000U; /* nothing is there */
    }
    if (assent_span_equal(argument, ASSENT_SPAN("stack"))) {
        __asm__ volatile("movw r0, #:lower16:assent_link_stack_low\n"
                         "movt r0, #:upper16:assent_link_stack_low\n mov sp, r0\n push {r0-r3}\n" ::
                             : "r0", "memory");
    }
    uart_text("break hang | bus | stack\n");
}

static void help(struct console *console, struct assent_span argument);

static const struct entry entries[] = {
    {"help", "this list", help},
    {"health", "uptime, last fault, stack", show_health},
    {"net", "address, counters", show_net},
    {"store", "how full, how worn", show_store},
    {"time", "show; time 2026-01-31T12:00:00Z sets it", show_time},
    {"time-server", "show; time-server 192.168.1.1 | dhcp sets it", show_time_server},
    {"noise", "show; noise on | off: a random generator at the second serial line", show_noise},
    {"restart", "start again", restart},
    {"break", "hang | bus | stack: try the watchdog and the fault record", break_down},
    {"factory-reset", "erase everything; asks", reset_all},
};

static void help(struct console *console, struct assent_span argument)
{
    (void)console;
    (void)argument;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        uart_text(entries[i].name);
        uart_text("  ");
        uart_text(entries[i].help);
        uart_text("\n");
    }
}

static void run(struct console *console)
{
    struct assent_span rest = assent_span(console->line, console->len);
    struct assent_span name = assent_span_take(&rest, ' ');

    if (name.len == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (assent_span_equal(name, assent_span(entries[i].name, strlen(entries[i].name)))) {
            entries[i].run(console, rest);
            return;
        }
    }
    uart_text("no such command; help lists them\n");
}

void console_poll(struct console *console)
{
    int typed;

    while ((typed = uart_get()) >= 0) {
        assent_random_note(&console->device->random, clock_cycles());
        if (typed == '\r' || typed == '\n') {
            run(console);
            console->len = 0;
        } else if (typed >= ' ' && typed < 0x7F && console->len < sizeof(console->line)) {
            console->line[console->len++] = (uint8_t)typed;
        }
    }
}
