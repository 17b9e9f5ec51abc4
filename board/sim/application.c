/* SPDX-License-Identifier: MIT */
#include "board/sim/application.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "http/demo_site.h"
#include "http/lwip_server.h"
#include "port/crypto/mbedtls.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"

/* Numbers of the sites on the device are their places here. */
static const char *const site_names[SIM_SITES] = {"proclientchat", "procomm-voices", "prointerview",
                                                  "prokoders", "selfmento"};

static bool complain(const char *what, int error)
{
    fprintf(stderr, "assent-sim: %s: %s\n", what,
            error == ASSENT_ERR_IO && errno != 0 ? strerror(errno) : assent_error_text(error));
    return false;
}

/* ---- flash ---- */

static void wire(struct sim_application *a)
{
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        assent_layout_view(&a->view[i], &a->flash.sim.flash, &a->layout, (enum assent_region)i);
    }
    a->config = (struct assent_kv_config){.flash = &a->view[ASSENT_REGION_KV].flash,
                                          .heads = a->heads,
                                          .heads_bytes = assent_layout_heads_bytes(&a->layout),
                                          .buffer = a->buffer,
                                          .buffer_bytes = sizeof(a->buffer),
                                          .twice = assent_layout_twice};
    memcpy(a->config.secret, a->layout.secret, sizeof(a->config.secret));
    a->log.kv = &a->kv;
    a->log.flash = &a->view[ASSENT_REGION_AUDIT].flash;
    a->log.crypto = &a->crypto;
    a->counters.kv = &a->kv;
    a->consents = (struct assent_consents){.kv = &a->kv,
                                           .audit = &a->log,
                                           .crypto = &a->crypto,
                                           .entropy = &a->entropy,
                                           .counters = &a->counters};
    a->keys = (struct assent_keys){&a->kv, &a->log, &a->crypto, &a->entropy};
    a->policies = (struct assent_policies){.kv = &a->kv,
                                           .audit = &a->log,
                                           .flash = &a->view[ASSENT_REGION_POLICIES].flash,
                                           .slot_sectors = a->layout.slot_sectors};
    a->archive = (struct assent_archive){&a->policies, a, sim_application_map};
}

/* Set up a flash that is new. The master key of the audit log is shown once and kept nowhere. */
static int set_up(struct sim_application *a)
{
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    int error = assent_layout_plan(SIM_SECTOR_BYTES, SIM_SECTOR_COUNT, &a->layout);

    if (error == ASSENT_OK) {
        error = a->entropy.random(a->entropy.ctx, a->layout.secret, sizeof(a->layout.secret));
    }
    if (error == ASSENT_OK) {
        error = a->entropy.random(a->entropy.ctx, a->master, sizeof(a->master));
    }
    wire(a);
    if (error == ASSENT_OK) {
        error = assent_kv_format(&a->config);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_mount(&a->kv, &a->config);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_derive(&a->crypto, a->master, chain, seal);
        a->is_new = true;
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_format(&a->log, chain, seal);
    }
    return error != ASSENT_OK ? error : assent_layout_write(&a->flash.sim.flash, &a->layout);
}

static bool open_flash(struct sim_application *a, const char *path)
{
    int error = ASSENT_OK;

    errno = 0;
    if (path != NULL) {
        error = flash_file_open(&a->flash, path, SIM_SECTOR_BYTES, SIM_SECTOR_COUNT, true);
    } else if (!flash_sim_open(&a->flash.sim, SIM_SECTOR_BYTES, SIM_SECTOR_COUNT, NULL)) {
        error = ASSENT_ERR_IO;
    }
    if (error == ASSENT_OK) {
        sim_power_arm(&a->power, &a->flash.sim, a->fault);
        error = assent_layout_read(&a->flash.sim.flash, &a->layout);
        error = error == ASSENT_ERR_NOT_FOUND ? set_up(a) : error;
    }
    if (error == ASSENT_OK) {
        wire(a);
        error = assent_kv_mount(&a->kv, &a->config);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_mount(&a->log);
    }
    if (error == ASSENT_OK) {
        error = assent_counters_load(&a->counters);
    }
    return error == ASSENT_OK || complain(path != NULL ? path : "flash", error);
}

/* ---- sites ---- */

static bool read_image(const char *folder, const char *name, uint8_t *out, size_t cap, size_t *len)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s.img", folder, name);
    errno = 0;
    file = fopen(path, "rb");
    if (file == NULL) {
        return complain(path, ASSENT_ERR_IO);
    }
    *len = fread(out, 1, cap, file);
    (void)fclose(file);
    return true;
}

const uint8_t *sim_application_map(void *ctx, uint32_t offset)
{
    const struct sim_application *a = ctx;

    return a->flash.sim.bytes +
           a->layout.region[ASSENT_REGION_POLICIES].first * (size_t)SIM_SECTOR_BYTES + offset;
}

/* Put the image of the folder in force in flash, if it is newer than the one there.
 *   bytes   in: the image of the folder; out: the one that is in force
 *   return  ASSENT_OK; ASSENT_ERR_STATE: the folder has another image of the same revision; those of
 *           the store */
static int settle(struct sim_application *a, uint8_t number, struct assent_span *bytes)
{
    struct assent_policies_image image;
    struct assent_policy policy;
    int error = assent_policy_open(&policy, *bytes, &a->crypto);
    int found = assent_policies_active(&a->policies, number, &image);

    if (error != ASSENT_OK || (found != ASSENT_OK && found != ASSENT_ERR_NOT_FOUND)) {
        return error != ASSENT_OK ? error : found;
    }
    if (found == ASSENT_ERR_NOT_FOUND || image.revision < policy.revision) {
        struct assent_span digest = assent_policy_digest(&policy);

        image = (struct assent_policies_image){
            .site = number, .revision = policy.revision, .effective_s = policy.effective_s};
        memcpy(image.digest, digest.ptr, sizeof(image.digest));
        error = assent_policies_begin(&a->policies);
        if (error == ASSENT_OK) {
            error = assent_policies_write(&a->policies, policy.image);
        }
        if (error == ASSENT_OK) {
            error = assent_policies_activate(&a->policies, &image, a->clock.now(a->clock.ctx));
        }
    } else if (image.revision == policy.revision &&
               memcmp(image.digest, assent_policy_digest(&policy).ptr, sizeof(image.digest)) != 0) {
        error = ASSENT_ERR_STATE;
    }
    if (error == ASSENT_OK || error == ASSENT_ERR_STATE) {
        *bytes = assent_span(sim_application_map(a, image.offset), image.length);
    }
    return error;
}

static bool open_site(struct sim_application *a, unsigned i, struct assent_span bytes)
{
    struct assent_span own = bytes;
    int error = settle(a, (uint8_t)i, &bytes);

    if (error == ASSENT_ERR_STATE) {
        fprintf(stderr,
                "assent-sim: %s: the flash holds another policy of this revision, which stays in "
                "force; raise the revision\n",
                site_names[i]);
        error = ASSENT_OK;
    }
    if (error == ASSENT_OK) {
        error = assent_app_open_site(&a->app, bytes, (uint8_t)i);
    }
    if (error == ASSENT_ERR_CORRUPT || error == ASSENT_ERR_VERSION || error == ASSENT_ERR_RANGE) {
        fprintf(stderr, "assent-sim: %s: the policy in the flash cannot be read: %s\n",
                site_names[i], assent_error_text(error));
        error = assent_app_open_site(&a->app, own, (uint8_t)i);
    }
    return error == ASSENT_OK || complain(site_names[i], error);
}

static bool open_sites(struct sim_application *a, const char *folder)
{
    size_t len;
    int error;

    if (!read_image(folder, "texts", a->texts, sizeof(a->texts), &len)) {
        return false;
    }
    error = assent_text_open(&a->text, assent_span(a->texts, len), &a->crypto);
    if (error != ASSENT_OK) {
        return complain("texts", error);
    }
    assent_app_init(&a->app);
    for (unsigned i = 0; i < SIM_SITES; i++) {
        if (!read_image(folder, site_names[i], a->images[i], sizeof(a->images[i]), &len)) {
            return false;
        }
        if (!open_site(a, i, assent_span(a->images[i], len))) {
            return false;
        }
    }
    return true;
}

int sim_application_site(struct assent_span name)
{
    for (int i = 0; i < SIM_SITES; i++) {
        if (assent_span_equal(name, assent_span(site_names[i], strlen(site_names[i])))) {
            return i;
        }
    }
    return -1;
}

bool sim_application_open(struct sim_application *a, const char *folder, const char *flash,
                          const struct assent_clock *clock)
{
    a->crypto = assent_mbedtls_crypto();
    a->entropy = assent_entropy_host();
    if (!open_flash(a, flash)) {
        return false;
    }
    a->floor = (struct assent_clock_floor){.kv = &a->kv, .clock = clock};
    a->clock = assent_clock_floor_start(&a->floor);
    a->upkeep_ms = a->clock.uptime_ms(a->clock.ctx);
    a->app = (struct assent_app){.consents = &a->consents,
                                 .keys = &a->keys,
                                 .crypto = &a->crypto,
                                 .clock = &a->clock,
                                 .entropy = &a->entropy,
                                 .text = &a->text,
                                 .hosts = &a->hosts,
                                 .unclassified = &a->unclassified,
                                 .archive = &a->archive,
                                 .scratch = a->scratch,
                                 .sites = a->sites,
                                 .site_max = SIM_SITES};
    a->http = (struct assent_app_server){.app = &a->app,
                                         .exchanges = a->exchanges,
                                         .exchange_count = SIM_EXCHANGES,
                                         .answer = assent_demo_site_answer,
                                         .peer = assent_lwip_server_peer,
                                         .peer_ctx = a};
    a->https = a->http;
    a->https.https = true;
    return open_sites(a, folder);
}

void sim_application_close(struct sim_application *a)
{
    while (assent_counters_flush(&a->counters, 0, true) > 0) {
    }
    (void)assent_clock_floor_keep(&a->floor, true);
    if (a->flash.fd > 0) {
        flash_file_close(&a->flash);
    } else {
        flash_sim_close(&a->flash.sim);
    }
}

/* ---- upkeep, a bounded piece after each exchange, and rounds of it when there is none ---- */

enum { ROUND_MS = 60000 };

static const struct assent_policy *policy_of(void *ctx, uint8_t site)
{
    const struct sim_application *a = ctx;

    return site < a->app.site_count ? &a->sites[site].policy : NULL;
}

/* return  whether there is more to do at once */
static bool upkeep(struct sim_application *a)
{
    struct assent_time now = a->clock.now(a->clock.ctx);
    bool more = assent_consents_sweep(&a->consents, policy_of, a, now) > 0;

    more = assent_audit_log_idle(&a->log, now) > 0 || more;
    more = assent_counters_flush(&a->counters, a->clock.uptime_ms(a->clock.ctx), false) > 0 || more;
    (void)assent_clock_floor_keep(&a->floor, false);
    more = assent_kv_idle(&a->kv) > 0 || more;
    if (!more) {
        (void)assent_kv_scrub(&a->kv);
    }
    return more;
}

uint32_t sim_application_upkeep(struct sim_application *a)
{
    uint32_t now_ms = a->clock.uptime_ms(a->clock.ctx);

    if (now_ms - a->upkeep_ms >= UINT32_MAX / 2) { /* not due yet */
        return a->upkeep_ms - now_ms;
    }
    a->upkeep_ms = now_ms + (upkeep(a) ? 0 : ROUND_MS);
    return a->upkeep_ms - now_ms;
}

static void finish(void *context, struct assent_engine *engine, bool complete)
{
    struct assent_app_server *server = context;
    bool relayed = engine->user != NULL;

    assent_app_handler.finish(context, engine, complete);
    if (!relayed) { /* what is relayed writes nothing: the rounds of sim_application_upkeep will do */
        (void)upkeep(server->peer_ctx);
    }
}

const struct assent_handler *sim_application_handler(void)
{
    static struct assent_handler handler;

    handler = assent_app_handler;
    handler.finish = finish;
    return &handler;
}
