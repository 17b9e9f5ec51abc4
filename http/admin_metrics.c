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

/* ---- by site ---- */

/* One line a piece, behind the head of the family.
 *   count  lines of each site
 *   item   set to the line of its site
 *   return NULL: that was the last one */
static const uint32_t *line_at(const struct assent_admin_exchange *x, unsigned index,
                               unsigned count, unsigned *place, unsigned *item)
{
    *place = (index - 1) / count;
    *item = (index - 1) % count;
    return *place < x->admin->app->site_count ? values_at(x, *place) : NULL;
}

static bool choices(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    static const char *const states[] = {"granted", "refused", "withdrawn"};
    const uint32_t *value;
    unsigned place;
    unsigned i;

    if (index == 0) {
        family(w, "assent_choices_total", "counter", "Choices by site, tier and what was chosen.");
        return true;
    }
    value = line_at(x, index, 6, &place, &i);
    if (value == NULL) {
        return false;
    }
    open_line(w, "assent_choices_total", site_at(x, place));
    label(w, ",tier=\"", i < 3 ? "analytics" : "advertising");
    label(w, ",state=\"", states[i % 3]);
    assent_writer_byte(w, '}');
    value_line(w, value[ASSENT_COUNTER_ANALYTICS_GRANTED + i]);
    return true;
}

static bool changes(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const uint32_t *value;
    unsigned place;
    unsigned i;

    if (index == 0) {
        family(w, "assent_changes_total", "counter", "Changes of a choice by site and method.");
        return true;
    }
    value = line_at(x, index, ASSENT_METHODS - ASSENT_METHOD_ACCEPT, &place, &i);
    if (value == NULL) {
        return false;
    }
    i += ASSENT_METHOD_ACCEPT;
    open_line(w, "assent_changes_total", site_at(x, place));
    label(w, ",method=\"", assent_record_method_name((enum assent_record_method)i));
    assent_writer_byte(w, '}');
    value_line(w, value[ASSENT_COUNTER_METHOD + i]);
    return true;
}

static bool events(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const uint32_t *value;
    unsigned place;
    unsigned i;

    if (index == 0) {
        family(w, "assent_events_total", "counter", "Rights used and shortages met, by site.");
        return true;
    }
    value = line_at(x, index, ASSENT_COUNTERS - ASSENT_COUNTER_RESTRICTED, &place, &i);
    if (value == NULL) {
        return false;
    }
    i += ASSENT_COUNTER_RESTRICTED;
    open_line(w, "assent_events_total", site_at(x, place));
    label(w, ",event=\"", assent_admin_json_event(i));
    assent_writer_byte(w, '}');
    value_line(w, value[i]);
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
          (uint64_t)assent_admin_now(admin).trust);
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

    if (index > 1) {
        return false;
    }
    assent_kv_stats(consents->kv, &stats);
    assent_consents_room(consents, &room);
    if (index == 0) {
        gauge(w, "assent_store_capacity_bytes", "Most that live records may take.",
              stats.capacity_bytes);
        gauge(w, "assent_store_live_bytes", "What live records take.", stats.live_bytes);
        gauge(w, "assent_store_records_free", "Grants that still fit.", room.free);
        return true;
    }
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
        gauge(w, "assent_audit_refused_entries", "Refused for lack of room, since the start.",
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
