/* SPDX-License-Identifier: MIT */
/* What the operator's pages have in common, and the small ones: log in, refusals, a new token, the audit
 * log. Words are in English: who runs the device reads its documentation too. */
#include "http/admin_part.h"

#include "core/date.h"
#include "http/html.h"

static const char style[] =
    ":root{color-scheme:light dark;--t:#1c1c28;--b:#fff;--a:#0b5394;--l:#767680;--w:#9c1c1c}"
    "@media(prefers-color-scheme:dark){:root{--t:#ececf2;--b:#15151c;--a:#8fc1f5;--l:#8c8c98;"
    "--w:#ff9d94}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--b);color:var(--t);font:1rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}"
    "main,header{max-width:60rem;margin:0 auto;padding:.5rem 1rem}"
    "header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;"
    "border-bottom:1px solid var(--l)}"
    "header h1{font-size:1.25rem;margin:0;flex:1}"
    "h2{font-size:1.125rem;margin:1.75rem 0 .5rem}"
    "h3{font-size:1rem;margin:1rem 0 .25rem}"
    "p{margin:.5rem 0}"
    "nav{display:flex;flex-wrap:wrap;gap:0 1rem}"
    "a{color:var(--a);display:inline-block;min-height:1.5rem}"
    "table{border-collapse:collapse;width:100%;font-size:.9375rem}"
    "th,td{border-bottom:1px solid var(--l);padding:.25rem .75rem .25rem 0;text-align:start;"
    "vertical-align:top}"
    "td.n,th.n{text-align:end;overflow-wrap:normal;padding-inline:.25rem 0}"
    "caption{text-align:start;font-weight:600;padding:.5rem 0}"
    "form{margin:.75rem 0;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end}"
    "label{font-weight:600;display:block;flex:1 1 14rem;min-width:0}"
    "label.sure{flex:0 1 auto;display:flex;gap:.5rem;align-items:center;min-height:2.5rem}"
    "label.sure input{width:1.5rem;min-height:1.5rem}"
    "input,select{font:inherit;font-weight:400;min-width:0;max-width:100%;color:inherit;background:"
    "var(--b);border:1px solid var(--l);"
    "border-radius:.25rem;padding:.375rem .5rem;width:100%;min-height:2.5rem;display:block}"
    "button{font:inherit;font-weight:600;color:var(--b);background:var(--a);border:0;"
    "border-radius:.25rem;padding:.5rem 1rem;min-height:2.5rem;cursor:pointer}"
    "button.bad{background:var(--b);color:var(--w);border:2px solid var(--w)}"
    ":focus-visible{outline:3px solid var(--t);outline-offset:2px}"
    "[role=status],[role=alert]{border:2px solid var(--a);padding:.5rem 1rem;font-weight:600}"
    "[role=alert],.bad{color:var(--w);border-color:var(--w)}"
    "code{font-size:.875rem}"
    "ol{padding:0;list-style:none;margin:.5rem 0}"
    "li{border-bottom:1px solid var(--l);padding:.375rem 0}"
    "li span{color:var(--t);display:inline-block;margin-inline-end:1rem}"
    "@media(max-width:30rem){.n{font-size:.75rem}th[scope=row]{font-size:.8125rem}table.w,table.w "
    "tbody,table.w tr,table.w td{display:block}"
    "table.w thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}"
    "table.w tr{border-bottom:1px solid var(--l);padding:.375rem 0}table.w td{border:0;padding:0}}";

static const char html[] = "text/html; charset=utf-8";

void assent_admin_page_text(struct assent_writer *w, struct assent_span text)
{
    struct assent_html h = assent_html(w->ptr + w->len, w->cap - w->len, 0);

    if (w->error != ASSENT_OK) {
        return;
    }
    assent_html_text(&h, text);
    if (assent_html_is_cut(&h, 0)) {
        assent_writer_fail(w, ASSENT_ERR_SPACE);
    } else {
        w->len += h.len;
    }
}

void assent_admin_page_time(struct assent_writer *w, uint64_t unix_s)
{
    if (unix_s == 0) {
        assent_writer_text(w, "no clock");
        return;
    }
    assent_writer_text(w, "<time>");
    assent_date_write_rfc3339(w, unix_s);
    if (w->error == ASSENT_OK) {
        w->ptr[w->len - 10] = ' '; /* for 'T': reads better, and a line may break there */
    }
    assent_writer_text(w, "</time>");
}

void assent_admin_page_head(struct assent_writer *w, const char *title)
{
    assent_writer_text(w, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                          "<title>");
    assent_writer_text(w, title);
    assent_writer_text(w, " – assent</title><link rel=\"stylesheet\" href=\"" ASSENT_ADMIN_PREFIX
                          "style.css\"></head>\n<body><header><h1>");
    assent_writer_text(w, title);
    assent_writer_text(w, "</h1>");
}

void assent_admin_page_foot(struct assent_writer *w)
{
    assent_writer_text(w, "</main></body></html>\n");
}

void assent_admin_page_form(const struct assent_admin_exchange *x, struct assent_writer *w,
                            const char *name)
{
    uint8_t form[ASSENT_ADMIN_FORM_BYTES];

    assent_admin_auth_form(x, form);
    assent_writer_text(w, "<form method=\"post\" action=\"" ASSENT_ADMIN_PREFIX);
    assent_writer_text(w, name);
    assent_writer_text(w, "\"><input type=\"hidden\" name=\"form\" value=\"");
    assent_writer_put(w, assent_span(form, sizeof(form)));
    assent_writer_text(w, "\">");
}

void assent_admin_page_style(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_response *response = &engine->response;
    struct assent_span bytes = assent_span(style, sizeof(style) - 1);

    (void)x;
    assent_response_start(response, 200);
    assent_response_text(response, "Content-Type", "text/css; charset=utf-8");
    assent_response_text(response, "Cache-Control", "max-age=300");
    assent_response_text(response, "X-Content-Type-Options", "nosniff");
    if (assent_response_length(response, bytes.len) == ASSENT_OK) {
        assent_response_borrow(response, bytes);
        (void)assent_response_end(response);
    }
}

/* ---- log in ---- */

static bool login_part(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 1) {
        return false;
    }
    if (index == 0) {
        assent_admin_page_head(w, "Administration");
        assent_writer_text(w, "</header><main>\n");
        return true;
    }
    if (x->detail != NULL) {
        assent_writer_text(w, "<p role=\"alert\">");
        assent_writer_text(w, x->detail);
        assent_writer_text(w, "</p>");
    }
    assent_writer_text(
        w, "<form method=\"post\" action=\"" ASSENT_ADMIN_PREFIX "login\"><label>Admin token"
           "<input type=\"password\" name=\"token\" required autocomplete=\"current-password\">"
           "</label><button>Log in</button></form>\n<p>The token was shown when the device was set "
           "up. Programs send it as <code>Authorization: Bearer</code>.</p>");
    assent_admin_page_foot(w);
    return true;
}

void assent_admin_page_login(struct assent_admin_exchange *x, struct assent_engine *engine,
                             unsigned status, uint32_t retry_s)
{
    static assent_admin_part *const parts[] = {login_part, NULL};
    bool tried = x->route != NULL && x->route->open;

    x->detail = status == 429 ? "Too many wrong tokens. Wait a little."
                : tried       ? "This is not the token."
                              : NULL;
    assent_admin_begin(x, engine, status, parts);
    if (status == 401) {
        assent_response_text(&engine->response, "WWW-Authenticate", "Bearer realm=\"assent\"");
    }
    if (retry_s > 0) {
        assent_writer_decimal(assent_response_open(&engine->response, "Retry-After"), retry_s);
        assent_response_close(&engine->response);
    }
    assent_admin_end_head(engine, html);
}

/* ---- refusals ---- */

static bool refusal_part(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_admin_page_head(w, "Not done");
    assent_writer_text(w, "</header><main><p role=\"alert\">");
    assent_writer_text(w, assent_response_phrase(x->next));
    assent_writer_text(w, x->detail != NULL ? ". " : "");
    assent_writer_text(w, x->detail != NULL ? x->detail : "");
    assent_writer_text(w,
                       "</p><p><a href=\"" ASSENT_ADMIN_PREFIX "\">Back to the overview</a></p>");
    assent_admin_page_foot(w);
    return true;
}

void assent_admin_page_refusal(struct assent_admin_exchange *x, struct assent_engine *engine,
                               unsigned status, const char *detail)
{
    static assent_admin_part *const parts[] = {refusal_part, NULL};

    x->next = status;
    x->detail = detail;
    assent_admin_start(x, engine, status, html, NULL, parts);
}

/* ---- a new token, shown once ---- */

static bool token_part(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 0) {
        return false;
    }
    if (x->session == 0) {
        assent_writer_text(w, "{\"token\":\"");
        assent_writer_put(w, assent_span(x->body, x->body_len));
        assent_writer_text(w, "\"}\n");
        return true;
    }
    assent_admin_page_head(w, "New admin token");
    assent_writer_text(w, "</header><main><p role=\"status\"><code>");
    assent_writer_put(w, assent_span(x->body, x->body_len));
    assent_writer_text(w, "</code></p><p>Keep it: the device only has its digest and shows it this "
                          "once. The former token is void.</p><p><a href=\"" ASSENT_ADMIN_PREFIX
                          "\">Back to the overview</a></p>");
    assent_admin_page_foot(w);
    return true;
}

void assent_admin_page_token(struct assent_admin_exchange *x, struct assent_engine *engine,
                             struct assent_span token)
{
    static assent_admin_part *const parts[] = {token_part, NULL};

    memcpy(x->body, token.ptr, token.len);
    x->body_len = (uint16_t)token.len;
    assent_admin_start(x, engine, 200, x->session != 0 ? html : "application/json", NULL, parts);
}

/* ---- the audit log ---- */

enum { LOG_ENTRIES = 50 };

static void write_entry(const struct assent_admin_exchange *x, struct assent_writer *w,
                        const struct assent_audit_entry *entry)
{
    const struct assent_app_site *site = assent_app_site_of(x->admin->app, entry->site);
    struct assent_policy_controller controller;

    assent_writer_text(w, "<li><span>");
    assent_writer_decimal(w, entry->sequence);
    assent_writer_text(w, "</span><span>");
    assent_admin_page_time(w, entry->time.trust != ASSENT_CLOCK_NONE ? entry->time.unix_s : 0);
    assent_writer_text(w, "</span><span><b>");
    assent_writer_text(w, assent_audit_type_name((enum assent_audit_type)entry->type));
    assent_writer_text(w, "</b></span>");
    if (site != NULL) {
        assent_policy_controller(&site->policy, &controller);
        assent_writer_text(w, "<span>");
        assent_admin_page_text(w, controller.id);
        assent_writer_text(w, "</span>");
    }
    if (entry->method != ASSENT_METHOD_NONE) {
        assent_writer_text(w, "<span>");
        assent_writer_text(w, assent_record_method_name((enum assent_record_method)entry->method));
        assent_writer_text(w, "</span>");
    }
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT && entry->has_reference; t++) {
        assent_writer_text(w, "<span>");
        assent_writer_text(w, assent_consent_tier_name((enum assent_tier)t));
        assent_writer_byte(w, ' ');
        assent_writer_text(w, assent_consent_choice_name((enum assent_choice)entry->choice[t]));
        assent_writer_text(w, "</span>");
    }
    assent_writer_text(w, "</li>\n");
}

static bool log_head(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    (void)x;
    if (index > 0) {
        return false;
    }
    assent_admin_page_head(w, "Audit log");
    assent_writer_text(w, "<nav><a href=\"" ASSENT_ADMIN_PREFIX
                          "\">Overview</a><a href=\"" ASSENT_ADMIN_PREFIX
                          "audit/export\">Export</a></nav></header><main>"
                          "<p>Visitors are pseudonyms here, which nobody can resolve once their "
                          "record is erased.</p><ol>\n");
    return true;
}

static bool log_entry(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;

    (void)index;
    if (x->next >= x->last ||
        assent_audit_log_next(x->admin->app->consents->audit, &x->next, bytes) != ASSENT_OK ||
        assent_audit_decode(bytes, &entry) != ASSENT_OK) {
        return false;
    }
    write_entry(x, w, &entry);
    return true;
}

static bool log_foot(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    uint32_t count = x->admin->app->consents->audit->chain.sequence;
    uint32_t first = x->last - LOG_ENTRIES;

    if (index > 0) {
        return false;
    }
    assent_writer_text(w, "</ol><nav aria-label=\"Pages\">");
    if (first > 0) {
        assent_writer_text(w, "<a href=\"" ASSENT_ADMIN_PREFIX "log?from=");
        assent_writer_decimal(w, first > LOG_ENTRIES ? first - LOG_ENTRIES : 0);
        assent_writer_text(w, "\">Earlier</a>");
    }
    if (x->last < count) {
        assent_writer_text(w, "<a href=\"" ASSENT_ADMIN_PREFIX "log?from=");
        assent_writer_decimal(w, x->last);
        assent_writer_text(w, "\">Later</a>");
    }
    assent_writer_text(w, "</nav>");
    assent_admin_page_foot(w);
    return true;
}

void assent_admin_page_log(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {log_head, log_entry, log_foot, NULL};
    uint32_t count = x->admin->app->consents->audit->chain.sequence;

    if (!assent_admin_number(engine, "from", count > LOG_ENTRIES ? count - LOG_ENTRIES : 0,
                             &x->next) ||
        x->next > UINT32_MAX - LOG_ENTRIES) {
        assent_admin_refuse(x, engine, 400, "from is a number.");
        return;
    }
    x->last = x->next + LOG_ENTRIES;
    assent_admin_start(x, engine, 200, html, NULL, parts);
}
