/* SPDX-License-Identifier: MIT */
/* What the device says about itself, as JSON: health, counters, unclassified cookies, policy images. */
#include "http/admin_part.h"

#include "core/consent_json.h"

static const char json[] = "application/json";

static void number(struct assent_writer *w, const char *name, uint64_t value)
{
    assent_consent_json_name(w, name);
    assent_writer_decimal(w, value);
}

static void word(struct assent_writer *w, const char *name, const char *value)
{
    assent_consent_json_name(w, name);
    assent_consent_json_word(w, value);
}

static void truth(struct assent_writer *w, const char *name, bool value)
{
    assent_consent_json_name(w, name);
    assent_writer_text(w, value ? "true" : "false");
}

/* A time, or null where there was no clock. */
static void date(struct assent_writer *w, const char *name, uint64_t unix_s)
{
    assent_consent_json_name(w, name);
    if (unix_s == 0) {
        assent_writer_text(w, "null");
    } else {
        assent_consent_json_date(w, unix_s);
    }
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
    word(w, "status", assent_admin_json_degraded(admin) ? "degraded" : "ok");
    number(w, "uptime_s", admin->uptime_ms / 1000);
    assent_consent_json_name(w, "clock");
    assent_consent_json_open(w, '{');
    date(w, "time", now.trust != ASSENT_CLOCK_NONE ? now.unix_s : 0);
    word(w, "trust", assent_consent_clock_name(now.trust));
    assent_writer_text(w, "}");
    assent_consent_json_name(w, "admin");
    assent_consent_json_open(w, '{');
    number(w, "logins", admin->login_count);
    number(w, "wrong_tokens", admin->failure_count);
    number(w, "uploads", admin->upload_count);
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
    number(w, "record_capacity", room.capacity);
    number(w, "records_free", room.free);
    number(w, "capacity_bytes", stats.capacity_bytes);
    number(w, "live_bytes", stats.live_bytes);
    number(w, "blank_sectors", stats.blank_sectors);
    number(w, "retired_sectors", stats.retired_sectors);
    number(w, "unerased_records", stats.unerased_records);
    number(w, "corrupt_records", stats.corrupt_records);
    number(w, "erases", stats.erase_count);
    number(w, "highest_wear", stats.highest_wear);
    truth(w, "read_only", stats.read_only);
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
    word(w, "finding", assent_admin_json_finding(stats.finding));
    word(w, "anchor", assent_admin_json_anchor(stats.anchor));
    number(w, "first", stats.first);
    number(w, "count", stats.count);
    number(w, "capacity", stats.capacity);
    number(w, "epoch", stats.epoch);
    number(w, "full_count", stats.full_count);
    number(w, "highest_wear", stats.highest_wear);
    date(w, "newest", stats.newest_s);
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
    number(w, name, value);
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
    number(w, "granted", value[0]);
    number(w, "refused", value[1]);
    number(w, "withdrawn", value[2]);
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
        number(w, assent_record_method_name((enum assent_record_method)m),
               value[ASSENT_COUNTER_METHOD + m]);
    }
    assent_writer_text(w, "}");
}

static void write_events(struct assent_writer *w, const uint32_t *value)
{
    assent_writer_text(w, ",\"events\":{");
    for (unsigned c = ASSENT_COUNTER_RESTRICTED; c < ASSENT_COUNTERS; c++) {
        number(w, assent_counters_name(c), value[c]);
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

/* ---- unclassified cookies ---- */

static struct assent_span site_id(const struct assent_admin *admin, uint8_t number_of_site)
{
    struct assent_policy_controller controller = {.id = assent_span(NULL, 0)};
    const struct assent_app_site *site = assent_app_site_of(admin->app, number_of_site);

    if (site != NULL) {
        assent_policy_controller(&site->policy, &controller);
    }
    return controller.id;
}

/* What no policy names, one a piece between the brackets. The table may change meanwhile.
 *   list, item  names of the members */
static bool write_seen(const struct assent_admin_exchange *x, struct assent_writer *w,
                       const struct assent_unclassified *table, unsigned index, const char *list,
                       const char *item)
{
    const struct assent_unclassified_cookie *seen;

    if (index == 0) {
        assent_writer_text(w, "{");
        assent_consent_json_name(w, list);
        assent_writer_text(w, "[");
        return true;
    }
    if (table == NULL || index > table->count) {
        return false;
    }
    seen = &table->cookie[index - 1];
    assent_writer_text(w, index > 1 ? ",{" : "{");
    number(w, "index", index - 1);
    assent_consent_json_name(w, "site");
    assent_writer_json(w, site_id(x->admin, seen->site));
    assent_consent_json_name(w, item);
    assent_writer_json(w, assent_span(seen->name, seen->name_len));
    truth(w, "cut", seen->cut);
    word(w, "seen_in", seen->set ? "response" : "request");
    number(w, "count", seen->count);
    date(w, "first_seen", seen->first_s);
    date(w, "last_seen", seen->last_s);
    assent_writer_text(w, "}");
    return true;
}

static bool write_seen_end(struct assent_writer *w, const struct assent_unclassified *table,
                           unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_writer_text(w, "]");
    number(w, "dropped", table != NULL ? table->dropped_count : 0);
    assent_writer_text(w, "}\n");
    return true;
}

static bool unclassified_one(struct assent_admin_exchange *x, struct assent_writer *w,
                             unsigned index)
{
    return write_seen(x, w, x->admin->app->unclassified, index, "cookies", "name");
}

static bool unclassified_end(struct assent_admin_exchange *x, struct assent_writer *w,
                             unsigned index)
{
    return write_seen_end(w, x->admin->app->unclassified, index);
}

/* Hosts that pages load from and no policy names. */
static bool host_one(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    return write_seen(x, w, x->admin->app->hosts, index, "hosts", "host");
}

static bool host_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    return write_seen_end(w, x->admin->app->hosts, index);
}

void assent_admin_json_hosts(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {host_one, host_end, NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}

void assent_admin_json_unclassified(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {unclassified_one, unclassified_end, NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}

/* ---- classification: what to paste ---- */

/* The first purpose of a tier; empty if the policy does not offer it. */
static struct assent_span purpose_of(const struct assent_policy *policy, uint32_t tier)
{
    struct assent_policy_purpose purpose;

    for (unsigned i = 0; assent_policy_purpose(policy, i, 0, &purpose) == ASSENT_OK; i++) {
        if (purpose.tier == tier) {
            return purpose.id;
        }
    }
    return assent_span(NULL, 0);
}

static bool classify_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_unclassified *table = x->admin->app->unclassified;
    const struct assent_unclassified_cookie *cookie = &table->cookie[x->next];
    const struct assent_app_site *site;

    if (index > 0 || x->next >= table->count) {
        return false;
    }
    site = assent_app_site_of(x->admin->app, cookie->site);
    assent_writer_text(w, "// ");
    assent_writer_put(w, site_id(x->admin, cookie->site));
    assent_writer_text(w, ".json: add to \"cookies\", set the lifetime, raise \"revision\" to ");
    assent_writer_decimal(w, site->policy.revision + UINT64_C(1));
    assent_writer_text(w,
                       ",\n// compile with `assent policy compile --sign`, upload\n{ \"name\": ");
    assent_writer_json(w, assent_span(cookie->name, cookie->name_len));
    if (cookie->cut) {
        w->len--;
        assent_writer_text(w, "*\"");
    }
    assent_writer_text(w, ", \"purpose\": ");
    assent_writer_json(w, purpose_of(&site->policy, x->last));
    assent_writer_text(w, ", \"lifetime\": \"session\"");
    assent_writer_text(w, cookie->set ? "" : ", \"script\": true");
    assent_writer_text(w, " }\n");
    return true;
}

void assent_admin_json_classify(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {classify_lines, NULL};
    const struct assent_unclassified *table = x->admin->app->unclassified;
    struct assent_span tier = assent_admin_query(engine, "tier");
    const struct assent_app_site *site;

    x->last = 0;
    while (x->last < ASSENT_TIER_COUNT &&
           !assent_span_equal(
               tier, assent_span(assent_consent_tier_name((enum assent_tier)x->last),
                                 strlen(assent_consent_tier_name((enum assent_tier)x->last))))) {
        x->last++;
    }
    if (!assent_admin_number(engine, "cookie", UINT32_MAX, &x->next) ||
        x->last == ASSENT_TIER_COUNT) {
        assent_admin_refuse(x, engine, 400, "cookie is a number, tier the name of one.");
        return;
    }
    if (table == NULL || x->next >= table->count) {
        assent_admin_refuse(x, engine, 404, NULL);
        return;
    }
    if (table->cookie[x->next].name_len == 0) {
        assent_admin_refuse(x, engine, 422, "A cookie without a name cannot be in a policy.");
        return;
    }
    site = assent_app_site_of(x->admin->app, table->cookie[x->next].site);
    if (site == NULL || purpose_of(&site->policy, x->last).len == 0) {
        assent_admin_refuse(x, engine, 422, "The policy has no purpose in this tier.");
        return;
    }
    assent_admin_start(x, engine, 200, "text/plain; charset=utf-8", NULL, parts);
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
    assent_writer_json(w, site_id(x->admin, app->sites[index].number));
    number(w, "revision", policy->revision);
    date(w, "effective", policy->effective_s);
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
    assent_writer_json(w, site_id(x->admin, image.site));
    number(w, "revision", image.revision);
    number(w, "bytes", image.length);
    date(w, "effective", image.effective_s);
    date(w, "superseded", image.superseded_s);
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
