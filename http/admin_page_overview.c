/* SPDX-License-Identifier: MIT */
/* The operator's overview: how the device is, what visitors chose, what is to be classified, and the forms
 * by which something is changed. */
#include "http/admin_part.h"

#include "core/date.h"

static const struct {
    const char *word;
    const char *text;
} done[] = {
    {"rotated", "There is a new token key; the former one is still believed until the next."},
    {"revoked", "All tokens of the site are void: its visitors are asked again."},
    {"clock", "The clock is set."},
    {"upstream", "The site is led to its application."},
    {"upstream-due", "Now give the certificate of its CA. Until then the site answers 502."},
    {"no-upstream", "The site is the device's own."},
    {"policy", "The policy is in force. Nobody is asked again."},
    {"policy-asks", "The policy is in force. Visitors are asked again about what has changed."},
};

static void row(struct assent_writer *w, const char *name)
{
    assent_writer_text(w, "<tr><th scope=\"row\">");
    assent_writer_text(w, name);
    assent_writer_text(w, "</th><td>");
}

static void row_number(struct assent_writer *w, const char *name, uint64_t value,
                       const char *behind)
{
    row(w, name);
    assent_writer_decimal(w, value);
    assent_writer_text(w, behind);
    assent_writer_text(w, "</td></tr>\n");
}

static bool head(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 1) {
        return false;
    }
    if (index == 0) {
        assent_admin_page_head(w, "Administration");
        assent_admin_page_form(x, w, "logout");
        assent_writer_text(w, "<button>Log out</button></form></header><main>\n");
        return true;
    }
    if (x->next > 0) {
        assent_writer_text(w, "<p role=\"status\">");
        assent_writer_text(w, done[x->next - 1].text);
        assent_writer_text(w, "</p>\n");
    }
    assent_writer_text(w, "<nav aria-label=\"On this page\"><a href=\"#sites\">Choices</a>"
                          "<a href=\"#cookies\">Cookies</a><a href=\"#policies\">Policies</a>"
                          "<a href=\"#upstreams\">Applications</a>"
                          "<a href=\"#proof\">Proof</a><a href=\"#keys\">Keys and clock</a>"
                          "<a href=\"" ASSENT_ADMIN_PREFIX "log\">Audit log</a></nav>\n");
    return true;
}

/* ---- health ---- */

static bool health(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_admin *admin = x->admin;
    struct assent_time now = assent_admin_now(admin);
    bool bad = assent_admin_json_degraded(admin);

    if (index > 0) {
        return false;
    }
    assent_writer_text(w, "<h2>Health</h2>\n<table><tbody>");
    row(w, "Status");
    assent_writer_text(w, bad ? "<b class=\"bad\">needs attention</b></td></tr>\n"
                              : "good</td></tr>\n");
    row_number(w, "Running for", admin->uptime_ms / 60000, " minutes");
    row(w, "Clock");
    assent_admin_page_time(w, now.trust != ASSENT_CLOCK_NONE ? now.unix_s : 0);
    assent_writer_text(w, ", trust: ");
    assent_writer_text(w, assent_consent_clock_name(now.trust));
    assent_writer_text(w, "</td></tr>\n");
    return true;
}

static bool stores(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_consents *consents = x->admin->app->consents;
    struct assent_consents_room room;
    struct assent_kv_stats kv;
    struct assent_audit_stats audit;

    if (index > 0) {
        return false;
    }
    assent_kv_stats(consents->kv, &kv);
    assent_consents_room(consents, &room);
    row_number(w, "Room for", room.free, " more grants");
    row_number(w, "Damaged records met", kv.corrupt_records,
               kv.read_only ? "; the store takes no changes any more" : "");
    row_number(w, "Most worn sector", kv.highest_wear, " erases");
    if (assent_audit_log_stats(consents->audit, &audit) == ASSENT_OK) {
        row(w, "Audit log");
        assent_writer_text(w, assent_admin_json_finding(audit.finding));
        assent_writer_text(w, ", anchor: ");
        assent_writer_text(w, assent_admin_json_anchor(audit.anchor));
        assent_writer_text(w, ", ");
        assent_writer_decimal(w, audit.count - audit.first);
        assent_writer_text(w, " of ");
        assent_writer_decimal(w, audit.capacity);
        assent_writer_text(w, " entries</td></tr>\n");
    }
    return true;
}

static bool faults(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_board *board = x->admin->board;
    const char *name;
    uint64_t value;

    if (board->fault == NULL || !board->fault(board->ctx, index, &name, &value)) {
        return false;
    }
    assent_writer_text(w, "<tr><th scope=\"row\">");
    for (unsigned i = 0; name[i] != '\0'; i++) {
        assent_writer_byte(w, name[i] == '_' ? ' ' : (uint8_t)name[i]);
    }
    assent_writer_text(w, "</th><td>");
    assent_writer_decimal(w, value);
    assent_writer_text(w, "</td></tr>\n");
    return true;
}

/* ---- choices ---- */

static void write_counts(struct assent_writer *w, struct assent_span site, const char *tier,
                         const uint32_t *value)
{
    assent_writer_text(w, "<tr><th scope=\"row\">");
    assent_admin_page_text(w, site);
    assent_writer_text(w, ", ");
    assent_writer_text(w, tier);
    assent_writer_text(w, "</th>");
    for (unsigned i = 0; i < 3; i++) {
        assent_writer_text(w, "<td class=\"n\">");
        assent_writer_decimal(w, value[i]);
        assent_writer_text(w, "</td>");
    }
    assent_writer_text(w, "</tr>\n");
}

/* A piece a site: the tiers that it offers. */
static bool sites(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_counters *counters = app->consents->counters;
    struct assent_policy_controller controller;
    const struct assent_policy *policy;
    const uint32_t *value;

    if (index == 0) {
        assent_writer_text(w,
                           "</tbody></table>\n<h2 id=\"sites\">Choices</h2>\n<p>Counted since "
                           "the device was set up; nothing here belongs to a visitor.</p>\n"
                           "<table><thead><tr><th scope=\"col\">Site, tier</th><th scope=\"col\" "
                           "class=\"n\">granted</th><th scope=\"col\" class=\"n\">refused</th>"
                           "<th scope=\"col\" class=\"n\">withdrawn</th></tr></thead><tbody>\n");
        return true;
    }
    if (index > app->site_count || app->sites[index - 1].number >= ASSENT_SITES ||
        counters == NULL) {
        return false;
    }
    policy = &app->sites[index - 1].policy;
    assent_policy_controller(policy, &controller);
    value = counters->value[app->sites[index - 1].number];
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        if ((policy->offered & ASSENT_TIER_BIT(t)) != 0) {
            write_counts(w, controller.id, assent_consent_tier_name((enum assent_tier)t),
                         value + ASSENT_COUNTER_ANALYTICS_GRANTED + 3 * (t - 1));
        }
    }
    return true;
}

/* ---- cookies ---- */

static void classify_links(struct assent_writer *w, unsigned index, const char *kind)
{
    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        const char *tier = assent_consent_tier_name((enum assent_tier)t);

        assent_writer_text(w, "<a href=\"" ASSENT_ADMIN_PREFIX "classify?");
        assent_writer_text(w, kind);
        assent_writer_byte(w, '=');
        assent_writer_decimal(w, index);
        assent_writer_text(w, "&amp;tier=");
        assent_writer_text(w, tier);
        assent_writer_text(w, "\">");
        assent_writer_text(w, tier);
        assent_writer_text(w, "</a> ");
    }
}

static void cookies_head(struct assent_writer *w, unsigned count)
{
    assent_writer_text(w,
                       "</tbody></table>\n<h2 id=\"cookies\">Cookies that no policy names</h2>\n");
    assent_writer_text(w, count == 0 ? "<p>None was met since the start.</p>\n"
                                     : "<p>They are held back. A tier gives the lines for the "
                                       "policy.</p><table class=\"w\"><thead><tr><th "
                                       "scope=\"col\">Cookie</th><th scope=\"col\">Site</th>"
                                       "<th scope=\"col\">Met</th><th scope=\"col\">Classify as"
                                       "</th></tr></thead><tbody>\n");
}

static void hosts_head(struct assent_writer *w, unsigned count)
{
    assent_writer_text(w, "<h2 id=\"hosts\">Hosts that no policy names</h2>\n");
    assent_writer_text(w, count == 0
                              ? "<p>No page was seen to load from another host.</p>\n"
                              : "<p>Pages load from them, and browsers are told not to. A tier "
                                "gives the lines for the policy.</p><table class=\"w\"><thead>"
                                "<tr><th scope=\"col\">Host</th><th scope=\"col\">Site</th>"
                                "<th scope=\"col\">Met</th><th scope=\"col\">Classify as"
                                "</th></tr></thead><tbody>\n");
}

/* Two pieces for each entry of a table. */
static bool seen(const struct assent_admin_exchange *x, struct assent_writer *w, unsigned index,
                 const struct assent_unclassified *table, const char *kind)
{
    unsigned count = table != NULL ? table->count : 0;
    unsigned place = (index - 1) / 2;
    const struct assent_unclassified_cookie *one;

    if (place >= count) {
        return false;
    }
    if (index % 2 == 0) {
        classify_links(w, place, kind);
        assent_writer_text(w, place + 1 == count ? "</td></tr></tbody></table>\n" : "</td></tr>\n");
        return true;
    }
    one = &table->cookie[place];
    assent_writer_text(w, "<tr><td><code>");
    assent_admin_page_text(w, assent_span(one->name, one->name_len));
    assent_writer_text(w, one->cut ? "…</code></td><td>" : "</code></td><td>");
    assent_admin_page_text(w, assent_admin_json_site(x->admin, one->site));
    assent_writer_text(w, "</td><td>");
    assent_writer_decimal(w, one->count);
    assent_writer_text(w, one->set ? " times, in answers, since " : " times, in requests, since ");
    assent_admin_page_time(w, one->first_s);
    assent_writer_text(w, "</td><td>");
    return true;
}

static bool cookies(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_unclassified *table = x->admin->app->unclassified;

    if (index == 0) {
        cookies_head(w, table != NULL ? table->count : 0);
        return true;
    }
    return seen(x, w, index, table, "cookie");
}

static bool hosts(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_unclassified *table = x->admin->app->hosts;

    if (index == 0) {
        hosts_head(w, table != NULL ? table->count : 0);
        return true;
    }
    return seen(x, w, index, table, "host");
}

/* ---- policies ---- */

static bool policies(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    struct assent_policy_controller controller;
    const struct assent_policy *policy;

    if (index == 0) {
        assent_writer_text(w,
                           "<h2 id=\"policies\">Policies in force</h2>\n<table class=\"w\">"
                           "<thead><tr><th scope=\"col\">Site</th><th scope=\"col\">Revision</th>"
                           "<th scope=\"col\">SHA-256</th></tr></thead><tbody>\n");
        return true;
    }
    if (index > app->site_count) {
        return false;
    }
    policy = &app->sites[index - 1].policy;
    assent_policy_controller(policy, &controller);
    assent_writer_text(w, "<tr><td>");
    assent_admin_page_text(w, controller.id);
    assent_writer_text(w, "</td><td>");
    assent_writer_decimal(w, policy->revision);
    assent_writer_text(w, ", of ");
    assent_date_write_day(w, policy->effective_s);
    assent_writer_text(w, "</td><td><code>");
    assent_writer_hex(w, assent_policy_digest(policy));
    assent_writer_text(w, "</code></td></tr>\n");
    return true;
}

static bool upload(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    uint8_t form[ASSENT_ADMIN_FORM_BYTES];

    if (index > 0) {
        return false;
    }
    assent_admin_auth_form(x, form);
    assent_writer_text(w, "</tbody></table>\n<form method=\"post\" enctype=\"multipart/form-data\" "
                          "action=\"" ASSENT_ADMIN_PREFIX "policies?form=");
    assent_writer_put(w, assent_span(form, sizeof(form)));
    assent_writer_text(w,
                       "\"><label>Signed image<input type=\"file\" name=\"image\" required>"
                       "</label><button>Put in force</button></form>\n"
                       "<p><a href=\"" ASSENT_ADMIN_PREFIX "policies\">All images kept</a></p>\n");
    return true;
}

/* ---- proof, keys, clock ---- */

static void site_choice(const struct assent_admin_exchange *x, struct assent_writer *w)
{
    const struct assent_app *app = x->admin->app;
    struct assent_policy_controller controller;

    assent_writer_text(w, "<label>Site<select name=\"site\">");
    for (unsigned i = 0; i < app->site_count; i++) {
        assent_policy_controller(&app->sites[i].policy, &controller);
        assent_writer_text(w, "<option>");
        assent_admin_page_text(w, controller.id);
        assent_writer_text(w, "</option>");
    }
    assent_writer_text(w, "</select></label>");
}

static bool forms(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    switch (index) {
    case 0:
        assent_writer_text(
            w,
            "<h2 id=\"proof\">Proof of a consent</h2>\n<form action=\"" ASSENT_ADMIN_PREFIX
            "evidence\"><label>Receipt<input name=\"receipt\" required minlength=\"32\" "
            "maxlength=\"32\" pattern=\"[0-9a-fA-F]{32}\" autocomplete=\"off\"></label><button>"
            "Make a bundle</button></form>\n<p>The file names a visitor: keep it as such.</p>\n");
        return true;
    case 1:
        assent_writer_text(w, "<h2 id=\"keys\">Keys and clock</h2>\n");
        assent_admin_page_form(x, w, "rotate");
        site_choice(x, w);
        assent_writer_text(w, "<button>New token key</button></form>\n");
        return true;
    case 2:
        assent_admin_page_form(x, w, "revoke");
        site_choice(x, w);
        assent_writer_text(w,
                           "<label class=\"sure\"><input type=\"checkbox\" required>Yes, ask all "
                           "of its visitors again</label><button class=\"bad\">Void all tokens"
                           "</button></form>\n");
        return true;
    case 3:
        assent_admin_page_form(x, w, "clock");
        assent_writer_text(
            w, "<label>Time in UTC<input type=\"datetime-local\" step=\"1\" "
               "name=\"time\" required></label><label class=\"sure\"><input type=\"checkbox\" "
               "required>Yes, it never runs back, and what ends before then ends now</label>"
               "<button class=\"bad\">Set the clock</button></form>\n");
        return true;
    case 4:
        assent_admin_page_form(x, w, "token");
        assent_writer_text(w, "<button>New admin token</button></form>\n<p>For programs: ");
        assent_writer_text(w, "<a href=\"" ASSENT_ADMIN_PREFIX "health\">health</a> "
                              "<a href=\"" ASSENT_ADMIN_PREFIX "counters\">counters</a> "
                              "<a href=\"" ASSENT_ADMIN_PREFIX "metrics\">metrics</a> "
                              "<a href=\"" ASSENT_ADMIN_PREFIX
                              "unclassified\">cookies</a> <a href=\"" ASSENT_ADMIN_PREFIX
                              "hosts\">hosts</a></p>");
        assent_admin_page_foot(w);
        return true;
    default:
        return false;
    }
}

void assent_admin_page_overview(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {
        head,    health, stores,   faults, sites,
        cookies, hosts,  policies, upload, assent_admin_upstream_forms,
        forms,   NULL};
    struct assent_span word = assent_admin_query(engine, "done");

    x->next = 0;
    for (uint32_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
        if (assent_span_equal(word, assent_span(done[i].word, strlen(done[i].word)))) {
            x->next = i + 1;
        }
    }
    assent_admin_start(x, engine, 200, "text/html; charset=utf-8", NULL, parts);
}
