/* SPDX-License-Identifier: MIT */
#include "http/unclassified.h"

#include <string.h>

static struct assent_unclassified_cookie *find(struct assent_unclassified *table, uint8_t site,
                                               struct assent_span name, bool cut)
{
    for (unsigned i = 0; i < table->count; i++) {
        struct assent_unclassified_cookie *cookie = &table->cookie[i];

        if (cookie->site == site && cookie->cut == cut &&
            assent_span_equal(assent_span(cookie->name, cookie->name_len), name)) {
            return cookie;
        }
    }
    return NULL;
}

/* Whether a makes room before b. */
static bool is_before(const struct assent_unclassified *table,
                      const struct assent_unclassified_cookie *a,
                      const struct assent_unclassified_cookie *b)
{
    return a->set != b->set ? b->set : table->turn - a->turn > table->turn - b->turn;
}

/* A place for one more; NULL: everything there is worth more. */
static struct assent_unclassified_cookie *make_room(struct assent_unclassified *table, bool set)
{
    struct assent_unclassified_cookie *place = &table->cookie[0];

    if (table->count < ASSENT_UNCLASSIFIED) {
        return &table->cookie[table->count++];
    }
    for (unsigned i = 1; i < table->count; i++) {
        if (is_before(table, &table->cookie[i], place)) {
            place = &table->cookie[i];
        }
    }
    table->dropped_count += table->dropped_count < UINT32_MAX ? 1 : 0;
    return place->set && !set ? NULL : place;
}

void assent_unclassified_note(struct assent_unclassified *table, uint8_t site,
                              struct assent_span name, bool set, struct assent_time now)
{
    uint64_t now_s = now.trust != ASSENT_CLOCK_NONE ? now.unix_s : 0;
    bool cut = name.len > ASSENT_UNCLASSIFIED_NAME_BYTES;
    struct assent_unclassified_cookie *cookie;

    name = assent_span_slice(name, 0, ASSENT_UNCLASSIFIED_NAME_BYTES);
    cookie = find(table, site, name, cut);
    table->turn++;
    if (cookie == NULL) {
        cookie = make_room(table, set);
        if (cookie == NULL) {
            return;
        }
        memset(cookie, 0, sizeof(*cookie));
        if (name.len > 0) {
            memcpy(cookie->name, name.ptr, name.len);
        }
        cookie->name_len = (uint8_t)name.len;
        cookie->site = site;
        cookie->cut = cut;
        cookie->first_s = now_s;
    }
    cookie->set = cookie->set || set;
    cookie->last_s = now_s;
    cookie->turn = table->turn;
    cookie->count += cookie->count < UINT32_MAX ? 1 : 0;
}

void assent_unclassified_forget(struct assent_unclassified *table, uint8_t site)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < table->count; i++) {
        if (table->cookie[i].site != site) {
            table->cookie[kept++] = table->cookie[i];
        }
    }
    table->count = (uint8_t)kept;
}
