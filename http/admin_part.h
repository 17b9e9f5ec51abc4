/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ADMIN_PART_H
#define ASSENT_HTTP_ADMIN_PART_H

/* What the files admin*.c share. Nobody else includes this. */

#include "http/admin.h"
#include "http/upstream_setting.h"

#define ASSENT_ADMIN_PREFIX "/admin/"

enum {
    ASSENT_ADMIN_FORM_BYTES = 22 /* a form token as text */
};

/* How content of a request is taken. */
enum assent_admin_content {
    ASSENT_ADMIN_NO_CONTENT, /* GET and HEAD */
    ASSENT_ADMIN_FORM,       /* POST of a form of up to ASSENT_ADMIN_BODY_BYTES */
    ASSENT_ADMIN_UPLOAD,     /* GET, and POST of an image */
    ASSENT_ADMIN_CERTIFICATE /* POST of a file with one */
};

struct assent_admin_route {
    const char *name; /* behind the prefix */
    uint8_t content;  /* enum assent_admin_content */
    bool open;        /* needs no token */
    void (*answer)(struct assent_admin_exchange *x, struct assent_engine *engine);
};

/* ---- admin.c ---- */

/* Begin an answer in parts. type is its Content-Type; name: to be saved under it, or NULL. */
void assent_admin_start(struct assent_admin_exchange *x, struct assent_engine *engine,
                        unsigned status, const char *type, const char *name,
                        assent_admin_part *const *parts);

/* The same in two steps, for fields of its own in between. */
void assent_admin_begin(struct assent_admin_exchange *x, struct assent_engine *engine,
                        unsigned status, assent_admin_part *const *parts);
void assent_admin_end_head(struct assent_engine *engine, const char *type);

/* Refuse: problem details, or a page for a browser that has logged in.
 *   detail  see assent_response_problem */
void assent_admin_refuse(struct assent_admin_exchange *x, struct assent_engine *engine,
                         unsigned status, const char *detail);

/* Something was done: 303 to the page with a word about it, or a JSON object with it. */
void assent_admin_done(struct assent_admin_exchange *x, struct assent_engine *engine,
                       const char *word);

/* A value of the form or of the query that stands there once; empty if it does not. */
struct assent_span assent_admin_value(const struct assent_admin_exchange *x, const char *name);
struct assent_span assent_admin_query(const struct assent_engine *engine, const char *name);

/* The number in the query, or other if there is none.
 *   return  false: it is there and no number below 2^32 */
bool assent_admin_number(const struct assent_engine *engine, const char *name, uint32_t other,
                         uint32_t *value);

/* The site of a policy id, or NULL. */
struct assent_app_site *assent_admin_site(const struct assent_admin *admin, struct assent_span id);

struct assent_time assent_admin_now(const struct assent_admin *admin);

/* Take the one place for large work.
 *   return  NULL: it is taken, and 503 was answered */
struct assent_admin_work *assent_admin_take_work(struct assent_admin_exchange *x,
                                                 struct assent_engine *engine);

/* ---- admin_auth.c ---- */

/* Find out who asks; if nobody who may, the answer has been given. */
bool assent_admin_auth(struct assent_admin_exchange *x, struct assent_engine *engine);

/* Whether a request that changes something may (ADM-4); if not, the answer has been given.
 *   form  form token that came along, for a login */
bool assent_admin_auth_change(struct assent_admin_exchange *x, struct assent_engine *engine,
                              struct assent_span form);

/* The form token of a login; zeros if it cannot be made. */
void assent_admin_auth_form(const struct assent_admin_exchange *x,
                            uint8_t text[ASSENT_ADMIN_FORM_BYTES]);

void assent_admin_auth_login(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_auth_logout(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_auth_renew(struct assent_admin_exchange *x, struct assent_engine *engine);

/* ---- admin_page.c, admin_page_overview.c ---- */

/* What all pages begin and end with. */
void assent_admin_page_head(struct assent_writer *w, const char *title);
void assent_admin_page_foot(struct assent_writer *w);

/* Text between markup or in an attribute, escaped. */
void assent_admin_page_text(struct assent_writer *w, struct assent_span text);

/* The opening of a form that changes something, with its form token. */
void assent_admin_page_form(const struct assent_admin_exchange *x, struct assent_writer *w,
                            const char *name);

/* A day and a time, "2026-11-21 12:00:00"; "no clock" for 0. */
void assent_admin_page_time(struct assent_writer *w, uint64_t unix_s);

/* The login form under a status, with a word on why. */
void assent_admin_page_login(struct assent_admin_exchange *x, struct assent_engine *engine,
                             unsigned status, uint32_t retry_s);
void assent_admin_page_refusal(struct assent_admin_exchange *x, struct assent_engine *engine,
                               unsigned status, const char *detail);
void assent_admin_page_overview(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_page_log(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_page_token(struct assent_admin_exchange *x, struct assent_engine *engine,
                             struct assent_span token);
void assent_admin_page_style(struct assent_admin_exchange *x, struct assent_engine *engine);

/* ---- admin_json.c, admin_seen.c, admin_metrics.c, admin_audit.c ---- */

/* "restricted", "refused_full" … for the counters from ASSENT_COUNTER_RESTRICTED on. */
const char *assent_admin_json_event(unsigned counter);

/* Members of an object; a time of 0 is null. */
void assent_admin_json_number(struct assent_writer *w, const char *name, uint64_t value);
void assent_admin_json_word(struct assent_writer *w, const char *name, const char *value);
void assent_admin_json_truth(struct assent_writer *w, const char *name, bool value);
void assent_admin_json_date(struct assent_writer *w, const char *name, uint64_t unix_s);

/* Id of the policy of a site by its number; empty if there is none. */
struct assent_span assent_admin_json_site(const struct assent_admin *admin, uint8_t number);

void assent_admin_json_health(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_json_counters(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_json_policies(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_seen_cookies(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_seen_hosts(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_seen_classify(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_metrics(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_audit_list(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_audit_export(struct assent_admin_exchange *x, struct assent_engine *engine);

/* ---- admin_upstream.c ---- */

void assent_admin_upstream_list(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_upstream_set(struct assent_admin_exchange *x, struct assent_engine *engine);

/* Keep a setting and its certificate, then lead the site there; answers.
 *   setting  NULL: to none */
void assent_admin_upstream_put(struct assent_admin_exchange *x, struct assent_engine *engine,
                               uint8_t site, struct assent_upstream_setting *setting,
                               struct assent_span der);
bool assent_admin_upstream_forms(struct assent_admin_exchange *x, struct assent_writer *w,
                                 unsigned index);

/* ---- admin_certificate.c ---- */

void assent_admin_certificate_begin(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_certificate_take(struct assent_admin_exchange *x, struct assent_span bytes);
void assent_admin_certificate_end(struct assent_admin_exchange *x, struct assent_engine *engine);

/* "sound", "cut" … and "none", "witness", "counter". */
const char *assent_admin_json_finding(enum assent_audit_finding finding);
const char *assent_admin_json_anchor(enum assent_audit_anchor anchor);

/* Whether something needs the operator's eye. */
bool assent_admin_json_degraded(const struct assent_admin *admin);

/* ---- admin_act.c, admin_upload.c ---- */

void assent_admin_act_rotate(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_act_revoke(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_act_clock(struct assent_admin_exchange *x, struct assent_engine *engine);

/* Policies: the list, or the end of an upload. */
void assent_admin_upload_begin(struct assent_admin_exchange *x, struct assent_engine *engine);
void assent_admin_upload_take(struct assent_admin_exchange *x, struct assent_span bytes);
void assent_admin_upload_end(struct assent_admin_exchange *x, struct assent_engine *engine);

#endif
