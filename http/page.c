/* SPDX-License-Identifier: MIT */
/* Pages and documents piece by piece, and what all pages begin and end with. */
#include "http/page.h"

#include "http/guard.h"
#include "http/notice.h"

enum { WINDOW_BYTES = 768 };

/* Fields that every answer of the application has. Nobody is to keep what is one visitor's; of pages the
 * gate says so. */
static void write_fields(const struct assent_visit *visit, struct assent_response *response,
                         const char *type)
{
    assent_response_text(response, "Content-Type", type);
    if (!visit->gate.notice) {
        assent_response_text(response, "Cache-Control", "no-store");
    }
    assent_response_text(response, "X-Content-Type-Options", "nosniff");
    assent_response_text(response, "Referrer-Policy", "same-origin");
    if (visit->site != NULL) {
        assent_response_field(response, ASSENT_SPAN("Content-Language"),
                              assent_policy_tag(visit->policy, visit->language));
        assent_response_text(response, "Vary", "Accept-Language, Accept-Encoding");
    }
}

static void write_csp(const struct assent_visit *visit, struct assent_response *response,
                      const char *extra)
{
    struct assent_writer *w = assent_response_open(response, "Content-Security-Policy");

    assent_writer_text(w, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
                          "form-action 'self'");
    if (visit->site != NULL) {
        uint8_t source[ASSENT_STYLE_SOURCE_BYTES];

        if (visit->archived) {
            (void)assent_style_source(visit->policy, visit->app->crypto, source);
        } else {
            memcpy(source, visit->site->style_source, sizeof(source));
        }
        assent_writer_text(w, "; style-src ");
        assent_writer_put(w, assent_span(source, sizeof(source)));
    }
    if (extra != NULL) {
        assent_writer_text(w, "; script-src ");
        assent_writer_text(w, extra);
        assent_writer_text(w, "; connect-src ");
        assent_writer_text(w, extra);
        assent_writer_text(w, "; img-src ");
        assent_writer_text(w, extra);
    }
    assent_response_close(response);
}

bool assent_page_open(struct assent_visit *visit, struct assent_response *response, unsigned status,
                      assent_page_part *const *parts, const char *extra)
{
    visit->parts = parts;
    visit->part = 0;
    visit->index = 0;
    visit->offset = 0;
    if (visit->site != NULL) {
        visit->gate.notice = true;
        if (assent_guard_form(visit, visit->form) != ASSENT_OK) {
            (void)assent_response_problem(response, 500, NULL);
            return false;
        }
    }
    assent_response_start(response, status);
    write_fields(visit, response, "text/html; charset=utf-8");
    write_csp(visit, response, extra);
    return true;
}

void assent_page_start(struct assent_visit *visit, struct assent_response *response,
                       unsigned status, assent_page_part *const *parts, const char *extra)
{
    if (assent_page_open(visit, response, status, parts, extra)) {
        (void)assent_response_chunked(response);
    }
}

void assent_page_document_fields(const struct assent_visit *visit, struct assent_response *response,
                                 const char *type, const char *name)
{
    assent_response_start(response, 200);
    write_fields(visit, response, type);
    if (name != NULL) {
        assent_response_attachment(response, name);
    }
}

void assent_page_document(struct assent_visit *visit, struct assent_response *response,
                          const char *type,
                          int (*document)(const struct assent_visit *, struct assent_writer *),
                          const char *name)
{
    struct assent_writer w = assent_writer(visit->app->scratch, ASSENT_APP_SCRATCH_BYTES);

    if (document(visit, &w) != ASSENT_OK || w.error != ASSENT_OK) {
        (void)assent_response_problem(response, 500, NULL);
        return;
    }
    visit->document = document;
    visit->offset = 0;
    visit->length = (uint32_t)w.len;
    assent_page_document_fields(visit, response, type, name);
    (void)assent_response_length(response, w.len);
}

void assent_page_stream(struct assent_visit *visit, struct assent_response *response,
                        const char *type, assent_page_piece *stream, const char *name)
{
    visit->stream = stream;
    visit->index = 0;
    visit->offset = 0;
    assent_page_document_fields(visit, response, type, name);
    (void)assent_response_chunked(response);
}

/* Pieces are made anew until the last byte of them has been taken. One that fails ends the connection:
 * nobody is to take half of it for all. */
static void produce_stream(struct assent_visit *visit, struct assent_response *response)
{
    while (!response->silent && assent_response_room(response) > 0) {
        struct assent_writer w = assent_writer(visit->app->scratch, ASSENT_APP_SCRATCH_BYTES);
        uint32_t next = visit->index;

        if (!visit->stream(visit, &w, &next)) {
            (void)assent_response_end(response);
            return;
        }
        if (w.error != ASSENT_OK) {
            response->error = w.error;
            return;
        }
        visit->offset += (uint32_t)assent_response_write(
            response, assent_span_slice(assent_writer_span(&w), visit->offset, w.len));
        if (visit->offset < w.len) {
            return;
        }
        visit->index = next;
        visit->offset = 0;
    }
    if (response->silent || (response->kind == ASSENT_BODY_LENGTH && response->left == 0)) {
        (void)assent_response_end(response);
    }
}

static void produce_document(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_writer w = assent_writer(visit->app->scratch, ASSENT_APP_SCRATCH_BYTES);

    if (response->silent || visit->offset == visit->length) {
        (void)assent_response_end(response);
        return;
    }
    if (assent_response_room(response) == 0) {
        return;
    }
    /* A document that has changed meanwhile cannot be gone on with: its length was announced. */
    if (visit->document(visit, &w) == ASSENT_OK && w.error == ASSENT_OK && w.len == visit->length) {
        visit->offset += (uint32_t)assent_response_write(
            response, assent_span_slice(assent_writer_span(&w), visit->offset, w.len));
        if (visit->offset < visit->length) {
            return;
        }
    }
    (void)assent_response_end(response);
}

bool assent_page_write_part(struct assent_html *h, struct assent_visit *visit)
{
    while (visit->parts[visit->part] != NULL &&
           !visit->parts[visit->part](h, visit, visit->index)) {
        visit->part++;
        visit->index = 0;
    }
    return visit->parts[visit->part] != NULL;
}

/* Write one piece, or what is left of it, as far as there is room.
 *   return  false: the page is complete */
static bool write_piece(struct assent_visit *visit, struct assent_response *response, size_t room)
{
    uint8_t window[WINDOW_BYTES];
    struct assent_html h =
        assent_html(window, room < sizeof(window) ? room : sizeof(window), visit->offset);

    if (!assent_page_write_part(&h, visit)) {
        return false;
    }
    (void)assent_response_write(response, assent_span(window, h.len));
    if (assent_html_is_cut(&h, visit->offset)) {
        visit->offset += (uint32_t)h.len;
    } else {
        visit->index++;
        visit->offset = 0;
    }
    return true;
}

static void produce(struct assent_visit *visit, struct assent_response *response)
{
    size_t room;

    if (visit->document != NULL) {
        produce_document(visit, response);
        return;
    }
    if (visit->stream != NULL) {
        produce_stream(visit, response);
        return;
    }
    while (visit->parts != NULL && !response->silent &&
           (room = assent_response_room(response)) > 0) {
        if (!write_piece(visit, response, room)) {
            (void)assent_response_end(response);
            return;
        }
    }
    if (response->silent || visit->parts == NULL) {
        (void)assent_response_end(response);
    }
}

void assent_app_produce(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_policies_image image;
    struct assent_policy policy;

    if (!visit->archived) {
        produce(visit, response);
        return;
    }
    if (assent_archive_open(visit->app->archive, visit->site->number, visit->number,
                            visit->app->text, &policy, &image) != ASSENT_OK) {
        (void)assent_response_end(response); /* removed meanwhile */
        return;
    }
    visit->policy = &policy;
    produce(visit, response);
    visit->policy = &visit->site->policy;
}

/* ---- what pages begin and end with ---- */

void assent_page_word(struct assent_html *h, const struct assent_visit *visit, const char *open,
                      enum assent_text_key key, const char *close)
{
    struct assent_wording wording = assent_notice_wording(visit);

    assent_html_put(h, open);
    assent_html_word(h, &wording, key, assent_span(NULL, 0));
    assent_html_put(h, close);
}

void assent_page_head(struct assent_html *h, const struct assent_visit *visit,
                      enum assent_text_key title)
{
    const struct assent_policy *policy = visit->policy;

    assent_html_put(h, "<!doctype html>\n<html lang=\"");
    assent_html_text(h, assent_policy_tag(policy, visit->language));
    assent_html_put(h, assent_policy_rtl(policy, visit->language) ? "\" dir=\"rtl\">\n"
                                                                  : "\" dir=\"ltr\">\n");
    assent_html_put(h, "<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width,initial-scale=1\">");
    assent_page_word(h, visit, "<title>", title, "</title><style>");
    assent_style_write(h, policy);
    assent_html_put(h, "</style></head>\n<body id=\"assent-page\"><main id=\"assent\">");
    assent_page_word(h, visit, "<h1>", title, "</h1>\n");
}

bool assent_page_foot(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    if (index > 0) {
        return false;
    }
    if (!assent_span_equal(visit->request.path, ASSENT_SPAN(ASSENT_APP_PREFIX "ended")) ||
        visit->kiosk == ASSENT_KIOSK_LIVE) {
        assent_notice_done(h, visit);
    }
    assent_page_word(h, visit, "<nav aria-label=\"", ASSENT_TEXT_POLICY_LINK, "\">");
    assent_page_word(h, visit, "<a href=\"/\">", ASSENT_TEXT_BACK, "</a>");
    assent_page_word(h, visit, "<a href=\"" ASSENT_APP_PREFIX "\">", ASSENT_TEXT_CHOICES_LINK,
                     "</a>");
    assent_page_word(h, visit, "<a href=\"" ASSENT_APP_PREFIX "policy\">", ASSENT_TEXT_POLICY_LINK,
                     "</a>");
    assent_page_word(h, visit, "<a href=\"" ASSENT_APP_PREFIX "policies\">",
                     ASSENT_TEXT_ARCHIVE_HEADING, "</a></nav></main></body></html>\n");
    return true;
}
