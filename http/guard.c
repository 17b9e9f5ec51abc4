/* SPDX-License-Identifier: MIT */
#include "http/guard.h"

#include "core/bytes.h"
#include "core/writer.h"

enum { HOUR_S = 3600, HOURS = 12, MAC_BYTES = 16, ORIGIN_BYTES = 300 };

/* Lines of a field.
 *   value  of its first line */
static unsigned find(const struct assent_app_request *request, struct assent_span name,
                     struct assent_span *value)
{
    struct assent_head fields = request->fields;
    struct assent_head_field field;
    unsigned count = 0;

    while (assent_head_next(&fields, &field) == 1) {
        if (assent_span_equal_nocase(field.name, name)) {
            *value = count == 0 ? field.value : *value;
            count++;
        }
    }
    return count;
}

struct assent_span assent_guard_field(const struct assent_app_request *request,
                                      struct assent_span name)
{
    struct assent_span value = assent_span(NULL, 0);

    return find(request, name, &value) == 1 ? value : assent_span(NULL, 0);
}

/* Scheme, host and port as a browser writes its own origin (RFC 6454 s. 6.2). */
static bool is_own(const struct assent_app_request *request, struct assent_span origin)
{
    uint8_t text[ORIGIN_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text));
    unsigned usual = request->https ? 443 : 80;

    assent_writer_text(&w, request->https ? "https://" : "http://");
    assent_writer_put(&w, request->host);
    if (request->port != 0 && request->port != usual) {
        assent_writer_byte(&w, ':');
        assent_writer_decimal(&w, request->port);
    }
    return w.error == ASSENT_OK && assent_span_equal_nocase(assent_writer_span(&w), origin);
}

enum assent_origin assent_guard_origin(const struct assent_app_request *request)
{
    struct assent_span site = assent_span(NULL, 0);
    struct assent_span origin = assent_span(NULL, 0);
    unsigned sites = find(request, ASSENT_SPAN("sec-fetch-site"), &site);
    unsigned origins = find(request, ASSENT_SPAN("origin"), &origin);
    bool vouched = sites == 1 && assent_span_equal(site, ASSENT_SPAN("same-origin"));

    if (sites > 1 || origins > 1 || (sites == 1 && !vouched)) {
        return ASSENT_ORIGIN_OTHER;
    }
    /* A page that hides its address sends "null" (Fetch s. 3.2); Sec-Fetch-Site still tells. */
    if (origins == 1 && !is_own(request, origin) &&
        !(vouched && assent_span_equal(origin, ASSENT_SPAN("null")))) {
        return ASSENT_ORIGIN_OTHER;
    }
    return sites + origins > 0 ? ASSENT_ORIGIN_SAME : ASSENT_ORIGIN_UNKNOWN;
}

static int make(const struct assent_visit *visit, uint32_t hour, bool with_subject,
                uint8_t mac[ASSENT_SHA256_BYTES])
{
    const struct assent_crypto *crypto = visit->app->crypto;
    const struct assent_consent *consent = &visit->gate.consent;
    uint8_t bytes[4];
    struct assent_span parts[3] = {ASSENT_SPAN("assent form v1"), {bytes, sizeof(bytes)}};

    assent_bytes_store32(bytes, hour);
    if (with_subject && visit->gate.has_consent && consent->has_subject) {
        parts[2] = assent_span(consent->subject, sizeof(consent->subject));
    }
    return crypto->hmac(crypto->ctx, visit->site->form_key, parts, 3, mac);
}

int assent_guard_form(const struct assent_visit *visit, uint8_t text[ASSENT_APP_FORM_BYTES])
{
    uint8_t mac[ASSENT_SHA256_BYTES];
    struct assent_writer w = assent_writer(text, ASSENT_APP_FORM_BYTES);
    int error = make(visit, (uint32_t)(visit->gate.now.unix_s / HOUR_S), true, mac);

    if (error == ASSENT_OK) {
        assent_writer_base64url(&w, assent_span(mac, MAC_BYTES));
        error = w.error;
    }
    return error;
}

bool assent_guard_check(const struct assent_visit *visit, struct assent_span text,
                        enum assent_origin origin)
{
    uint32_t now = (uint32_t)(visit->gate.now.unix_s / HOUR_S);
    uint8_t given[MAC_BYTES];
    uint8_t mac[ASSENT_SHA256_BYTES];

    if (origin == ASSENT_ORIGIN_OTHER ||
        assent_writer_decode_base64url(text, given, sizeof(given)) != MAC_BYTES) {
        return false;
    }
    for (uint32_t back = 0; back < HOURS && back <= now; back++) {
        for (unsigned with = 0; with < 2; with++) {
            if ((with == 1 || origin == ASSENT_ORIGIN_SAME) &&
                make(visit, now - back, with == 1, mac) == ASSENT_OK &&
                assent_bytes_equal_secret(mac, given, MAC_BYTES)) {
                return true;
            }
        }
    }
    return false;
}
