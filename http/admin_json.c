/* SPDX-License-Identifier: MIT */
/* What the device says about itself, as JSON: health, counters, unclassified cookies, policy images. */
#include "http/admin_part.h"

#include "core/consent_json.h"

static const char json[] = "application/json";

const char *assent_admin_json_event(unsigned counter)
{
    /* In the order of enum assent_counter. */
    static const char events[] = "restricted\0"
                                 "objected\0"
                                 "erased\0"
                                 "expired\0"
                                 "confirmed\0"
                                 "evicted\0"
                                 "refused_full\0"
                                 "audit_missed\0"
                                 "requests\0"
                                 "declined\0"
                                 "ledger_full\0";

    return assent_words_at(events, counter - ASSENT_COUNTER_RESTRICTED);
}

void assent_admin_json_number(struct assent_writer *w, const char *name, uint64_t value)
{
    assent_consent_json_name(w, name);
    assent_writer_decimal(w, value);
}

void assent_admin_json_word(struct assent_writer *w, const char *name, const char *value)
{
    assent_consent_json_name(w, name);
    assent_consent_json_word(w, value);
}

void assent_admin_json_truth(struct assent_writer *w, const char *name, bool value)
{
    assent_consent_json_name(w, name);
    assent_writer_text(w, value ? "true" : "false");
}

void assent_admin_json_date(struct assent_writer *w, const char *name, uint64_t unix_s)
{
    assent_consent_json_name(w, name);
    if (unix_s == 0) {
        assent_writer_text(w, "null");
    } else {
        assent_consent_json_date(w, unix_s);
    }
}

struct assent_span assent_admin_json_site(const struct assent_admin *admin, uint8_t number)
{
    struct assent_policy_controller controller = {.id = assent_span(NULL, 0)};
    const struct assent_app_site *site = assent_app_site_of(admin->app, number);

    if (site != NULL) {
        assent_policy_controller(&site->policy, &controller);
    }
    return controller.id;
}

/* ---- health ---- */

const char *assent_admin_json_finding(enum assent_audit_finding finding)
{
    static const char *const names[] = {"sound", "rolled_back", "cut", "old", "no_key"};

    return (unsigned)finding < 5 ? names[finding] : "unknown";
}

const char *assent_admin_json_anchor(enum assent_audit_anchor anchor)
{
    static const char *const names[] = {"none", "witness", "counter"};

    return (unsigned)anchor < 3 ? names[anchor] : "unknown";
}

bool assent_admin_json_degraded(const struct assent_admin *admin)
{
    const struct assent_consents *consents = admin->app->consents;

    return consents->audit->finding != ASSENT_AUDIT_SOUND || consents->audit->full_count > 0 ||
           consents->kv->read_only || consents->kv->corrupt_records > 0 ||
           assent_admin_now(admin).trust == ASSENT_CLOCK_NONE;
}

static bool health_start(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_admin *admin = x->admin;
    struct assent_time now = assent_admin_now(admin);

    if (index > 0) {
        return false;
    }
    assent_writer_text(w, "{");
    assent_admin_json_word(w, "status", assent_admin_json_degraded(admin) ? "degraded" : "ok");
    assent_admin_json_number(w, "uptime_s", admin->uptime_ms / 1000);
    assent_consent_json_name(w, "clock");
    assent_consent_json_open(w, '{');
    assent_admin_json_date(w, "time", now.trust != ASSENT_CLOCK_NONE ? now.unix_s : 0);
    assent_admin_json_word(w, "trust", assent_consent_clock_name(now.trust));
    assent_writer_text(w, "}");
    assent_consent_json_name(w, "admin");
    assent_consent_json_open(w, '{');
    assent_admin_json_number(w, "logins", admin->login_count);
    assent_admin_json_number(w, "wrong_tokens", admin->failure_count);
    assent_admin_json_number(w, "uploads", admin->upload_count);
    assent_writer_text(w, "}");
    return true;
}

static bool health_store(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_consents *consents = x->admin->app->consents;
    struct assent_consents_room room;
    struct assent_kv_stats stats;

    if (index > 0) {
        return false;
    }
    assent_kv_stats(consents->kv, &stats);
    assent_consents_room(consents, &room);
    assent_writer_text(w, ",\"store\":{");
    assent_admin_json_number(w, "record_capacity", room.capacity);
    assent_admin_json_number(w, "records_free", room.free);
    assent_admin_json_number(w, "capacity_bytes", stats.capacity_bytes);
    assent_admin_json_number(w, "live_bytes", stats.live_bytes);
    assent_admin_json_number(w, "blank_sectors", stats.blank_sectors);
    assent_admin_json_number(w, "retired_sectors", stats.retired_sectors);
    assent_admin_json_number(w, "unerased_records", stats.unerased_records);
    assent_admin_json_number(w, "corrupt_records", stats.corrupt_records);
    assent_admin_json_number(w, "erases", stats.erase_count);
    assent_admin_json_number(w, "highest_wear", stats.highest_wear);
    assent_admin_json_truth(w, "read_only", stats.read_only);
    assent_writer_text(w, "}");
    return true;
}

static bool health_audit(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_audit_stats stats;

    if (index > 0) {
        return false;
    }
    if (assent_audit_log_stats(x->admin->app->consents->audit, &stats) != ASSENT_OK) {
        assent_writer_text(w, ",\"audit\":null");
        return true;
    }
    assent_writer_text(w, ",\"audit\":{");
    assent_admin_json_word(w, "finding", assent_admin_json_finding(stats.finding));
    assent_admin_json_word(w, "anchor", assent_admin_json_anchor(stats.anchor));
    assent_admin_json_number(w, "first", stats.first);
    assent_admin_json_number(w, "count", stats.count);
    assent_admin_json_number(w, "capacity", stats.capacity);
    assent_admin_json_number(w, "epoch", stats.epoch);
    assent_admin_json_number(w, "full_count", stats.full_count);
    assent_admin_json_number(w, "highest_wear", stats.highest_wear);
    assent_admin_json_date(w, "newest", stats.newest_s);
    assent_writer_text(w, "}");
    return true;
}

static bool health_faults(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_board *board = x->admin->board;
    const char *name;
    uint64_t value;

    if (board->fault == NULL || !board->fault(board->ctx, index, &name, &value)) {
        return false;
    }
    assent_writer_text(w, index == 0 ? ",\"faults\":{" : ",");
    assent_admin_json_number(w, name, value);
    return true;
}

static bool health_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_unclassified *table = x->admin->app->unclassified;

    if (index > 0) {
        return false;
    }
    assent_writer_text(w, x->admin->board->fault != NULL ? "}" : "");
    assent_writer_text(w, ",\"unclassified\":");
    assent_writer_decimal(w, table != NULL ? table->count : 0);
    assent_writer_text(w, "}\n");
    return true;
}

void assent_admin_json_health(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {health_start,  health_store, health_audit,
                                               health_faults, health_end,   NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}

/* ---- counters ---- */

static const uint32_t *values_of(const struct assent_admin *admin, unsigned site)
{
    const struct assent_counters *counters = admin->app->consents->counters;

    return counters != NULL && site < ASSENT_SITES ? counters->value[site] : NULL;
}

static void write_tier(struct assent_writer *w, const char *tier, const uint32_t *value)
{
    assent_consent_json_name(w, tier);
    assent_consent_json_open(w, '{');
    assent_admin_json_number(w, "granted", value[0]);
    assent_admin_json_number(w, "refused", value[1]);
    assent_admin_json_number(w, "withdrawn", value[2]);
    assent_writer_text(w, "}");
}

static void write_tiers(struct assent_writer *w, const uint32_t *value)
{
    assent_consent_json_name(w, "tiers");
    assent_consent_json_open(w, '{');
    write_tier(w, "analytics", value + ASSENT_COUNTER_ANALYTICS_GRANTED);
    write_tier(w, "advertising", value + ASSENT_COUNTER_ADVERTISING_GRANTED);
    assent_writer_text(w, "}");
}

static void write_methods(struct assent_writer *w, const uint32_t *value)
{
    assent_writer_text(w, ",\"methods\":{");
    for (unsigned m = ASSENT_METHOD_ACCEPT; m < ASSENT_METHODS; m++) {
        assent_admin_json_number(w, assent_record_method_name((enum assent_record_method)m),
                                 value[ASSENT_COUNTER_METHOD + m]);
    }
    assent_writer_text(w, "}");
}

static void write_events(struct assent_writer *w, const uint32_t *value)
{
    assent_writer_text(w, ",\"events\":{");
    for (unsigned c = ASSENT_COUNTER_RESTRICTED; c < ASSENT_COUNTERS; c++) {
        assent_admin_json_number(w, assent_admin_json_event(c), value[c]);
    }
    assent_writer_text(w, "}}");
}

/* Three pieces a site. */
static bool counters_site(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    static const uint32_t none[ASSENT_COUNTERS];
    const struct assent_app *app = x->admin->app;
    struct assent_policy_controller controller;
    unsigned place = index / 3;
    const uint32_t *value;

    if (place >= app->site_count) {
        return false;
    }
    value = values_of(x->admin, app->sites[place].number);
    value = value != NULL ? value : none;
    switch (index % 3) {
    case 0:
        assent_writer_text(w, index == 0 ? "{\"sites\":{" : ",");
        assent_policy_controller(&app->sites[place].policy, &controller);
        assent_writer_json(w, controller.id);
        assent_writer_text(w, ":{");
        write_tiers(w, value);
        break;
    case 1:
        write_methods(w, value);
        break;
    default:
        write_events(w, value);
        break;
    }
    return true;
}

static bool counters_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_writer_text(w, x->admin->app->site_count > 0 ? "}}\n" : "{\"sites\":{}}\n");
    return true;
}

void assent_admin_json_counters(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {counters_site, counters_end, NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}

/* ---- policy images ---- */

static bool policies_site(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_policy *policy;

    if (index >= app->site_count) {
        return false;
    }
    policy = &app->sites[index].policy;
    assent_writer_text(w, index == 0 ? "{\"sites\":[{" : ",{");
    assent_consent_json_name(w, "site");
    assent_writer_json(w, assent_admin_json_site(x->admin, app->sites[index].number));
    assent_admin_json_number(w, "revision", policy->revision);
    assent_admin_json_date(w, "effective", policy->effective_s);
    assent_consent_json_name(w, "sha256");
    assent_consent_json_hex(w, assent_policy_digest(policy).ptr, ASSENT_SHA256_BYTES);
    assent_writer_text(w, "}");
    return true;
}

/* One image of the flash a piece; x->site and x->next say where the walk stands. */
static bool policies_kept(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    struct assent_policies_image image;
    int error = ASSENT_ERR_NOT_FOUND;

    if (index == 0) {
        x->site = 0;
        x->next = 0;
    }
    while (error != ASSENT_OK && x->site < app->site_count && app->archive != NULL) {
        uint64_t cursor = 0;

        error = ASSENT_OK;
        for (uint32_t i = 0; i <= x->next && error == ASSENT_OK; i++) {
            error = assent_policies_next(app->archive->policies, app->sites[x->site].number,
                                         &cursor, &image);
        }
        x->site = (uint8_t)(x->site + (error != ASSENT_OK));
        x->next = error != ASSENT_OK ? 0 : x->next + 1;
    }
    if (error != ASSENT_OK) {
        return false;
    }
    assent_writer_text(w, index == 0 ? "],\"images\":[{" : ",{");
    assent_consent_json_name(w, "site");
    assent_writer_json(w, assent_admin_json_site(x->admin, image.site));
    assent_admin_json_number(w, "revision", image.revision);
    assent_admin_json_number(w, "bytes", image.length);
    assent_admin_json_date(w, "effective", image.effective_s);
    assent_admin_json_date(w, "superseded", image.superseded_s);
    assent_consent_json_name(w, "sha256");
    assent_consent_json_hex(w, image.digest, sizeof(image.digest));
    assent_writer_text(w, "}");
    x->last = 1;
    return true;
}

static bool policies_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_writer_text(w, x->last != 0 ? "]}\n" : "],\"images\":[]}\n");
    return true;
}

void assent_admin_json_policies(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {policies_site, policies_kept, policies_end, NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}
