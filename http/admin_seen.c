/* SPDX-License-Identifier: MIT */
/* What was met and no policy names: cookies, hosts; and the lines that give a cookie its place. */
#include "http/admin_part.h"

#include "core/consent_json.h"

static const char json[] = "application/json";

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
    assent_admin_json_number(w, "index", index - 1);
    assent_consent_json_name(w, "site");
    assent_writer_json(w, assent_admin_json_site(x->admin, seen->site));
    assent_consent_json_name(w, item);
    assent_writer_json(w, assent_span(seen->name, seen->name_len));
    assent_admin_json_truth(w, "cut", seen->cut);
    assent_admin_json_word(w, "seen_in", seen->set ? "response" : "request");
    assent_admin_json_number(w, "count", seen->count);
    assent_admin_json_date(w, "first_seen", seen->first_s);
    assent_admin_json_date(w, "last_seen", seen->last_s);
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
    assent_admin_json_number(w, "dropped", table != NULL ? table->dropped_count : 0);
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

void assent_admin_seen_hosts(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {host_one, host_end, NULL};

    assent_admin_start(x, engine, 200, json, NULL, parts);
}

void assent_admin_seen_cookies(struct assent_admin_exchange *x, struct assent_engine *engine)
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
    assent_writer_put(w, assent_admin_json_site(x->admin, cookie->site));
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

/* What the host serves is not known here: the list is to be shortened. */
static bool host_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_unclassified *table = x->admin->app->hosts;
    const struct assent_unclassified_cookie *host = &table->cookie[x->next];
    const struct assent_app_site *site;

    if (index > 0 || x->next >= table->count) {
        return false;
    }
    site = assent_app_site_of(x->admin->app, host->site);
    assent_writer_text(w, "// ");
    assent_writer_put(w, assent_admin_json_site(x->admin, host->site));
    assent_writer_text(w,
                       ".json: add to \"hosts\", name who runs it, keep the uses there are, raise "
                       "\"revision\" to ");
    assent_writer_decimal(w, site->policy.revision + UINT64_C(1));
    assent_writer_text(w,
                       ",\n// compile with `assent policy compile --sign`, upload\n{ \"host\": ");
    assent_writer_json(w, assent_span(host->name, host->name_len));
    assent_writer_text(w, ", \"recipient\": \"\", \"tier\": \"");
    assent_writer_text(w, assent_consent_tier_name((enum assent_tier)x->last));
    assent_writer_text(w, "\", \"uses\": [\"script\", \"img\", \"connect\", \"frame\", \"style\", "
                          "\"font\", \"media\"] }\n");
    return true;
}

static void classify_host(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {host_lines, NULL};
    const struct assent_unclassified *table = x->admin->app->hosts;
    const struct assent_app_site *site;

    if (table == NULL || x->next >= table->count) {
        assent_admin_refuse(x, engine, 404, NULL);
        return;
    }
    site = assent_app_site_of(x->admin->app, table->cookie[x->next].site);
    if (site == NULL || table->cookie[x->next].cut ||
        (site->policy.offered & ASSENT_TIER_BIT(x->last)) == 0) {
        assent_admin_refuse(x, engine, 422, "The policy does not offer this tier.");
        return;
    }
    assent_admin_start(x, engine, 200, "text/plain; charset=utf-8", NULL, parts);
}

void assent_admin_seen_classify(struct assent_admin_exchange *x, struct assent_engine *engine)
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
    if (x->last < ASSENT_TIER_COUNT && assent_admin_number(engine, "host", UINT32_MAX, &x->next) &&
        x->next != UINT32_MAX) {
        classify_host(x, engine);
        return;
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
