/* SPDX-License-Identifier: MIT */
/* Puts the parts together. */
#include "board/emcraft-sf2/device.h"

#include "board/emcraft-sf2/emac.h"
#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/nor.h"
#include "board/emcraft-sf2/profile.h"
#include "port/device/uart.h"
#include "core/bytes.h"
#include "core/policies/builtin.h"
#include "http/demo_site.h"
#include "port/cortex_m/fault.h"
#include "port/crypto/mbedtls.h"
#include "port/lwip/port.h"

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    (void)message;
    (void)file;
    assent_fault_panic((uint32_t)(uintptr_t)__builtin_return_address(0), (uint32_t)line);
}

void device_log(const struct device *device, enum assent_log_level level, const char *event,
                uint32_t value)
{
    device->log.line(device->log.ctx, level, event, value);
}

bool device_works(const struct device *device, const char *event, int error)
{
    if (error != ASSENT_OK) {
        device_log(device, ASSENT_LOG_ERROR, event, (uint32_t)-error);
    }
    return error == ASSENT_OK;
}

/* ---- flash ----------------------------------------------------------------------------------- */

static bool open_stores(struct device *device)
{
    struct assent_audit_stats audit;

    if (!device_works(device, "flash_not_found", nor_init(&device->flash))) {
        return false;
    }
    device->stores.flash = &device->flash;
    device->stores.crypto = &device->crypto;
    device->stores.entropy = &device->entropy;
    device->stores.board_clock = &device->clock;
    device->stores.heads = device->heads;
    device->stores.heads_bytes = sizeof(device->heads);
    device->stores.buffer = device->buffer;
    device->stores.buffer_bytes = sizeof(device->buffer);
    if (!device_works(device, "flash_not_set_up", assent_stores_open(&device->stores))) {
        return false;
    }
    if (assent_audit_log_stats(&device->stores.log, &audit) == ASSENT_OK) {
        device_log(device, audit.finding == ASSENT_AUDIT_SOUND ? ASSENT_LOG_INFO : ASSENT_LOG_ERROR,
                   "audit_log_entries", audit.count);
        if (audit.newest_s > 0) {
            assent_clock_floor_raise(&device->stores.floor,
                                     (struct assent_time){audit.newest_s, ASSENT_CLOCK_FLOOR});
        }
    }
    return true;
}

/* Without a seed there is no randomness, and whoever asks for some is refused. */
static void start_random(struct device *device)
{
    uint8_t fresh[8 + NOISE_START_BYTES];
    uint8_t seed[ASSENT_SHA256_BYTES];
    size_t len = 8 + noise_start(device, fresh + 8);
    int error;

    assent_bytes_store32(fresh, clock_cycles());
    assent_bytes_store32(fresh + 4, clock_uptime_ms());
    error = assent_keys_seed(&device->stores.keys, assent_span(fresh, len), seed);
    if (error == ASSENT_OK) {
        error = assent_random_seed(&device->random, seed);
    }
    assent_bytes_wipe(seed, sizeof(seed));
    assent_bytes_wipe(fresh, sizeof(fresh));
    (void)device_works(device, "no_seed_no_tls_no_new_subjects", error);
}

/* ---- clock ----------------------------------------------------------------------------------- */

int device_set_clock(struct device *device, uint64_t unix_s)
{
    const struct assent_clock *clock = &device->stores.clock;
    struct assent_time now = clock->now(clock->ctx);

    if (now.trust > ASSENT_CLOCK_SET) {
        return ASSENT_ERR_STATE;
    }
    if (now.trust == ASSENT_CLOCK_SET && unix_s < now.unix_s) {
        return ASSENT_ERR_RANGE;
    }
    clock_set((struct assent_time){unix_s, ASSENT_CLOCK_SET});
    return clock->now(clock->ctx).trust == ASSENT_CLOCK_SET ? ASSENT_OK : ASSENT_ERR_RANGE;
}

int device_clock_changed(struct device *device, struct assent_time before)
{
    struct assent_audit_entry entry = {.type = ASSENT_AUDIT_CLOCK_SET};
    int error = assent_clock_floor_keep(&device->stores.floor, true);

    entry.time = device->stores.clock.now(device->stores.clock.ctx);
    assent_bytes_store40(entry.detail, before.unix_s);
    entry.detail[5] = (uint8_t)before.trust;
    return error == ASSENT_OK ? assent_audit_log_append(&device->stores.log, &entry) : error;
}

/* ---- sites ----------------------------------------------------------------------------------- */

/* A page without its words must not be shown: whoever cannot read them starts again, and finds out then. */
static int read_words(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    const struct device *device = ctx;

    if (device->flash.read(device->flash.ctx, DEVICE_WORDS_AT + offset, out, len) != ASSENT_OK) {
        assent_fault_panic((uint32_t)(uintptr_t)read_words, __LINE__);
    }
    return ASSENT_OK;
}

static int read_documents(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    const struct device *device = ctx;

    return device->flash.read(device->flash.ctx, DEVICE_DOCUMENTS_AT + offset, out, len);
}

/* Without them sites are served all the same: pages name documents and do not lead to them. */
static void open_documents(struct device *device)
{
    device->papers = (struct assent_source){device, read_documents};
    if (device_works(device, "documents_not_readable",
                     assent_documents_open(&device->documents, &device->papers))) {
        device->app.documents = &device->documents;
    }
}

static void open_sites(struct device *device)
{
    struct assent_app *app = &device->app;

    *app = (struct assent_app){.consents = &device->stores.consents,
                               .keys = &device->stores.keys,
                               .crypto = &device->crypto,
                               .clock = &device->stores.clock,
                               .entropy = &device->entropy,
                               .log = &device->log,
                               .text = &device->text,
                               .scratch = device->work.scratch,
                               .sites = device->sites,
                               .site_max = DEVICE_SITES};
    device->words = (struct assent_source){device, read_words};
    if (!device_works(device, "texts_not_readable",
                      assent_text_open_source(&device->text, &device->words))) {
        return;
    }
    open_documents(device);
    assent_app_init(app);
    for (unsigned i = 0; i < assent_builtin_count && i < DEVICE_SITES; i++) {
        (void)device_works(device, "site_not_opened",
                           assent_app_open_site(app, assent_builtin_policies[i], (uint8_t)i));
    }
    device_log(device, ASSENT_LOG_INFO, "sites", app->site_count);
    device->http = (struct assent_app_server){.app = app,
                                              .exchanges = device->exchanges,
                                              .exchange_count = DEVICE_LANES,
                                              .answer = assent_demo_site_answer,
                                              .peer = assent_lwip_server_peer};
}

/* ---- network --------------------------------------------------------------------------------- */

static void listen(struct device *device)
{
    struct assent_lwip_memory memory = {
        .connections = device->connections,
        .lanes = device->lanes,
        .buffers = device->buffers,
        .recv_bytes = DEVICE_RECV_BYTES,
        .send_bytes = DEVICE_SEND_BYTES,
        .heap_bytes = DEVICE_HEAP_BYTES,
        .connection_count = DEVICE_CONNECTIONS,
        .lane_count = DEVICE_LANES,
        .recv_pbufs = DEVICE_RECV_PBUFS,
    };
    struct assent_engine_settings settings = {
        .handler = &assent_app_handler, .context = &device->http, .clock = &device->stores.clock};

    assent_lwip_server_init(&device->server, &memory, &device->clock);
    (void)device_works(device, "http_not_listening",
                       assent_lwip_server_listen(&device->server, &device->http_port, &settings,
                                                 NULL, DEVICE_PORT_HTTP));
    profile_listen(device, settings);
}

void device_start(struct device *device)
{
    static const uint8_t station[6] = {0x02, 'a', 's', 's', 'n', 't'}; /* locally administered */

    device->clock = clock_seam();
    device->log = uart_log(&device->clock);
    device->crypto = assent_mbedtls_hashes();
    device->random.crypto = &device->crypto;
    device->entropy = assent_random_entropy(&device->random);
    device->has_stores = open_stores(device);
    if (device->has_stores) {
        start_random(device);
        open_sites(device);
        time_server_start(device);
    }
    assent_lwip_init(&device->clock, &device->entropy);
    if (device_works(
            device, "network_not_started",
            net_init(&device->net, &emac_driver, station, &device->random, &device->log)) &&
        device->has_stores && device->app.site_count > 0) {
        listen(device);
    }
    device_log(device, ASSENT_LOG_INFO, "started", clock_uptime_ms());
}

/* ---- upkeep ---------------------------------------------------------------------------------- */

static const struct assent_policy *policy_of(void *ctx, uint8_t site)
{
    const struct device *device = ctx;

    return site < device->app.site_count ? &device->sites[site].policy : NULL;
}

bool device_idle(struct device *device)
{
    return device->has_stores && assent_stores_idle(&device->stores, policy_of, device);
}
