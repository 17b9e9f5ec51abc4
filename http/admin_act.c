/* SPDX-License-Identifier: MIT */
/* What the operator changes: token keys of a site, the clock. */
#include "http/admin_part.h"

#include "core/bytes.h"
#include "core/date.h"
#include "http/field.h"
#include "http/target.h"

enum { ISO_BYTES = 19 }; /* 2026-11-21T12:00:00 */

/* The site that the form names; if there is none, the answer has been given. */
static struct assent_app_site *site_of(struct assent_admin_exchange *x,
                                       struct assent_engine *engine)
{
    struct assent_app_site *site = assent_admin_site(x->admin, assent_admin_value(x, "site"));

    if (site == NULL) {
        assent_admin_refuse(x, engine, 422, "site is the id of one of the sites.");
    }
    return site;
}

void assent_admin_act_rotate(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_app_site *site = site_of(x, engine);

    if (site == NULL) {
        return;
    }
    if (assent_keys_rotate(x->admin->app->keys, site->number, assent_admin_now(x->admin),
                           &site->keys) == ASSENT_OK) {
        assent_admin_done(x, engine, "rotated");
    } else {
        assent_admin_refuse(x, engine, 503, "The key cannot be stored now.");
    }
}

void assent_admin_act_revoke(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_app_site *site = site_of(x, engine);

    if (site == NULL) {
        return;
    }
    if (assent_keys_revoke(x->admin->app->keys, site->number, assent_admin_now(x->admin),
                           &site->keys) == ASSENT_OK) {
        assent_admin_done(x, engine, "revoked");
    } else {
        assent_admin_refuse(x, engine, 503, "The key cannot be stored now.");
    }
}

/* ---- clock ---- */

/* "2026-11-21T12:00" with or without seconds and Z, as a date that core can read. */
static bool read_iso(struct assent_span text, uint64_t *unix_s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint8_t room[32];
    struct assent_writer w = assent_writer(room, sizeof(room));
    uint64_t month;

    if (text.len > 0 && text.ptr[text.len - 1] == 'Z') {
        text.len--;
    }
    if ((text.len != ISO_BYTES && text.len != ISO_BYTES - 3) || text.ptr[4] != '-' ||
        text.ptr[7] != '-' || text.ptr[10] != 'T' || text.ptr[13] != ':' ||
        assent_field_number(assent_span_slice(text, 5, 7), &month) != ASSENT_OK || month < 1 ||
        month > 12) {
        return false;
    }
    assent_writer_put(&w, assent_span_slice(text, 8, 10));
    assent_writer_byte(&w, ' ');
    assent_writer_put(&w, assent_span(months + 3 * (month - 1), 3));
    assent_writer_byte(&w, ' ');
    assent_writer_put(&w, assent_span_slice(text, 0, 4));
    assent_writer_byte(&w, ' ');
    assent_writer_put(&w, assent_span_slice(text, 11, text.len));
    assent_writer_text(&w, text.len == ISO_BYTES ? "" : ":00");
    return assent_date_parse_cookie(assent_writer_span(&w), unix_s);
}

/* 2020 to 9999: an earlier time is no present one. */
static bool read_time(const struct assent_admin_exchange *x, uint64_t *unix_s)
{
    struct assent_span value = assent_admin_value(x, "time");
    uint8_t text[ISO_BYTES + 5];
    int len = assent_target_form_decode(value, text, sizeof(text));
    struct assent_span plain = assent_span(text, len > 0 ? (size_t)len : 0);

    return (assent_field_number(plain, unix_s) == ASSENT_OK || read_iso(plain, unix_s)) &&
           *unix_s >= UINT64_C(1577836800) && *unix_s <= ASSENT_DATE_LAST_S;
}

void assent_admin_act_clock(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    const struct assent_admin *admin = x->admin;
    struct assent_time before = assent_admin_now(admin);
    struct assent_audit_entry entry = {.type = ASSENT_AUDIT_CLOCK_SET};
    uint64_t unix_s;

    if (!read_time(x, &unix_s)) {
        assent_admin_refuse(x, engine, 422,
                            "time is 2026-11-21T12:00:00Z or seconds since 1970, not before 2020.");
        return;
    }
    if (admin->board->set_clock == NULL || admin->floor == NULL) {
        assent_admin_refuse(x, engine, 501, "The clock of this device cannot be set.");
        return;
    }
    if (before.trust >= ASSENT_CLOCK_SET && unix_s < before.unix_s) {
        assent_admin_refuse(x, engine, 409,
                            "Records have a later time: the clock never runs back.");
        return;
    }
    if (admin->board->set_clock(admin->board->ctx, unix_s) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The clock did not take the time.");
        return;
    }
    entry.time = assent_admin_now(admin);
    assent_bytes_store40(entry.detail, before.unix_s);
    entry.detail[5] = (uint8_t)before.trust;
    (void)assent_clock_floor_keep(admin->floor, true);
    if (assent_audit_log_append(admin->app->consents->audit, &entry) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The clock is set, but the audit log took no entry.");
        return;
    }
    assent_admin_done(x, engine, "clock");
}
