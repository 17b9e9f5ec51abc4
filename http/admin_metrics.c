/* SPDX-License-Identifier: MIT */
/* Counters and gauges for Prometheus: text exposition format 0.0.4. Labels are names of sites, tiers,
 * methods and events; nothing of a visitor can become one (ADM-6). */
#include "http/admin_part.h"

static struct assent_span site_at(const struct assent_admin_exchange *x, unsigned index)
{
    struct assent_policy_controller controller;

    assent_policy_controller(&x->admin->app->sites[index].policy, &controller);
    return controller.id;
}

/* The counters of a site, in order of the list; NULL: there are none. */
static const uint32_t *values_at(const struct assent_admin_exchange *x, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_counters *counters = app->consents->counters;
    uint8_t number = app->sites[index].number;

    return counters != NULL && number < ASSENT_SITES ? counters->value[number] : NULL;
}

static void family(struct assent_writer *w, const char *name, const char *type, const char *help)
{
    assent_writer_text(w, "# HELP ");
    assent_writer_text(w, name);
    assent_writer_byte(w, ' ');
    assent_writer_text(w, help);
    assent_writer_text(w, "\n# TYPE ");
    assent_writer_text(w, name);
    assent_writer_byte(w, ' ');
    assent_writer_text(w, type);
    assent_writer_byte(w, '\n');
}

static void value_line(struct assent_writer *w, uint64_t value)
{
    assent_writer_byte(w, ' ');
    assent_writer_decimal(w, value);
    assent_writer_byte(w, '\n');
}

static void gauge(struct assent_writer *w, const char *name, const char *help, uint64_t value)
{
    family(w, name, "gauge", help);
    assent_writer_text(w, name);
    value_line(w, value);
}

static void label(struct assent_writer *w, const char *open, const char *value)
{
    assent_writer_text(w, open);
    assent_writer_text(w, value);
    assent_writer_byte(w, '"');
}

static void open_line(struct assent_writer *w, const char *name, struct assent_span site)
{
    assent_writer_text(w, name);
    assent_writer_text(w, "{site=\"");
    assent_writer_put(w, site);
    assent_writer_byte(w, '"');
}

/* ---- by site: the head of a family, then a piece for each site ---- */

static bool choices(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    static const char *const states[] = {"granted", "refused", "withdrawn"};
    const uint32_t *value;

    if (index == 0) {
        family(w, "assent_choices_total", "counter", "Choices by site, tier and what was chosen.");
        return true;
    }
    if (index > x->admin->app->site_count) {
        return false;
    }
    value = values_at(x, index - 1);
    for (unsigned i = 0; i < 6 && value != NULL; i++) {
        open_line(w, "assent_choices_total", site_at(x, index - 1));
        label(w, ",tier=\"", i < 3 ? "analytics" : "advertising");
        label(w, ",state=\"", states[i % 3]);
        assent_writer_byte(w, '}');
        value_line(w, value[ASSENT_COUNTER_ANALYTICS_GRANTED + i]);
    }
    return true;
}

static bool changes(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const uint32_t *value;

    if (index == 0) {
        family(w, "assent_changes_total", "counter", "Changes of a choice by site and method.");
        return true;
    }
    if (index > x->admin->app->site_count) {
        return false;
    }
    value = values_at(x, index - 1);
    for (unsigned m = ASSENT_METHOD_ACCEPT; m < ASSENT_METHODS && value != NULL; m++) {
        open_line(w, "assent_changes_total", site_at(x, index - 1));
        label(w, ",method=\"", assent_record_method_name((enum assent_record_method)m));
        assent_writer_byte(w, '}');
        value_line(w, value[ASSENT_COUNTER_METHOD + m]);
    }
    return true;
}

/* Two pieces a site: there are many. */
static bool events(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    unsigned middle = (ASSENT_COUNTER_RESTRICTED + ASSENT_COUNTERS) / 2;
    unsigned from = index % 2 != 0 ? ASSENT_COUNTER_RESTRICTED : middle;
    unsigned to = index % 2 != 0 ? middle : ASSENT_COUNTERS;
    unsigned place = (index - 1) / 2;
    const uint32_t *value;

    if (index == 0) {
        family(w, "assent_events_total", "counter", "Rights used and shortages met, by site.");
        return true;
    }
    if (place >= x->admin->app->site_count) {
        return false;
    }
    value = values_at(x, place);
    for (unsigned c = from; c < to && value != NULL; c++) {
        open_line(w, "assent_events_total", site_at(x, place));
        label(w, ",event=\"", assent_counters_name(c));
        assent_writer_byte(w, '}');
        value_line(w, value[c]);
    }
    return true;
}

/* ---- the device ---- */

static bool device(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin *admin = x->admin;
    const struct assent_unclassified *table = admin->app->unclassified;

    if (index > 0) {
        return false;
    }
    gauge(w, "assent_uptime_seconds", "Time since the start.", admin->uptime_ms / 1000);
    gauge(w, "assent_clock_trust", "0 none, 1 floor, 2 set, 3 synced.",
          assent_admin_now(admin).trust);
    gauge(w, "assent_unclassified_cookies", "Cookies that no policy names.",
          table != NULL ? table->count : 0);
    family(w, "assent_admin_wrong_tokens_total", "counter", "Attempts with a wrong admin token.");
    assent_writer_text(w, "assent_admin_wrong_tokens_total");
    value_line(w, admin->failure_count);
    return true;
}

static bool store(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_consents *consents = x->admin->app->consents;
    struct assent_consents_room room;
    struct assent_kv_stats stats;

    if (index > 0) {
        return false;
    }
    assent_kv_stats(consents->kv, &stats);
    assent_consents_room(consents, &room);
    gauge(w, "assent_store_capacity_bytes", "Most that live records may take.",
          stats.capacity_bytes);
    gauge(w, "assent_store_live_bytes", "What live records take.", stats.live_bytes);
    gauge(w, "assent_store_records_free", "Grants that still fit.", room.free);
    gauge(w, "assent_store_corrupt_records", "Records met with a wrong checksum, since the start.",
          stats.corrupt_records);
    gauge(w, "assent_store_highest_wear", "Erases of the most worn sector.", stats.highest_wear);
    gauge(w, "assent_store_read_only", "1: the store takes no changes any more.", stats.read_only);
    return true;
}

static bool audit(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_audit_stats stats;

    if (index > 0) {
        return false;
    }
    if (assent_audit_log_stats(x->admin->app->consents->audit, &stats) == ASSENT_OK) {
        gauge(w, "assent_audit_entries", "Entries kept.", stats.count - stats.first);
        gauge(w, "assent_audit_capacity", "Entries that fit.", stats.capacity);
        gauge(w, "assent_audit_full_count", "Entries refused for lack of room, since the start.",
              stats.full_count);
        gauge(w, "assent_audit_finding", "0: sound; else entries or keys are missing.",
              (uint64_t)stats.finding);
    }
    return true;
}

static bool faults(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_board *board = x->admin->board;
    const char *name;
    uint64_t value;

    if (index == 0) {
        family(w, "assent_faults_total", "counter", "Faults and shortages of the device.");
        return true;
    }
    if (board->fault == NULL || !board->fault(board->ctx, index - 1, &name, &value)) {
        return false;
    }
    assent_writer_text(w, "assent_faults_total");
    label(w, "{fault=\"", name);
    assent_writer_byte(w, '}');
    value_line(w, value);
    return true;
}

void assent_admin_metrics(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {choices, changes, events, device,
                                               store,   audit,   faults, NULL};

    assent_admin_start(x, engine, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, parts);
}
