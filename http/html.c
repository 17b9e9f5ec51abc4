/* SPDX-License-Identifier: MIT */
/* Markup and text through a window, and the words of a policy in them. */
#include "http/html.h"

#include "core/date.h"
#include "core/writer.h"
#include "http/policy_text.h"

enum { NUMBER_BYTES = 20, DATE_BYTES = 10 };

void assent_html_raw(struct assent_html *h, struct assent_span bytes)
{
    size_t skipped = bytes.len < h->skip ? bytes.len : h->skip;
    size_t room = h->cap - h->len;
    size_t len = bytes.len - skipped;

    h->total += bytes.len;
    h->skip -= skipped;
    len = len < room ? len : room;
    if (len > 0) {
        memcpy(h->ptr + h->len, bytes.ptr + skipped, len);
        h->len += len;
    }
}

void assent_html_put(struct assent_html *h, const char *markup)
{
    assent_html_raw(h, assent_span(markup, strlen(markup)));
}

static const char *reference(uint8_t byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void assent_html_text(struct assent_html *h, struct assent_span text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *escaped = reference(text.ptr[i]);

        if (escaped != NULL) {
            assent_html_raw(h, assent_span_slice(text, from, i));
            assent_html_put(h, escaped);
            from = i + 1;
        }
    }
    assent_html_raw(h, assent_span_slice(text, from, text.len));
}

void assent_html_decimal(struct assent_html *h, uint64_t value)
{
    uint8_t digits[NUMBER_BYTES];
    struct assent_writer w = assent_writer(digits, sizeof(digits));

    assent_writer_decimal(&w, value);
    assent_html_raw(h, assent_writer_span(&w));
}

void assent_html_colour(struct assent_html *h, uint32_t colour)
{
    static const char hex[] = "0123456789abcdef";
    char text[7] = {'#'};

    for (unsigned i = 0; i < 6; i++) {
        text[1 + i] = hex[(colour >> (20 - 4 * i)) & 15U];
    }
    assent_html_raw(h, assent_span(text, sizeof(text)));
}

static struct assent_span write_day(uint64_t unix_s, uint8_t out[NUMBER_BYTES])
{
    struct assent_writer w = assent_writer(out, NUMBER_BYTES);

    assent_date_write_rfc3339(&w, unix_s);
    return assent_span(out, DATE_BYTES);
}

/* What stands for a placeholder. */
static struct assent_span value_of(const struct assent_wording *wording, struct assent_span name,
                                   struct assent_span value, uint8_t number[NUMBER_BYTES])
{
    struct assent_policy_controller controller;
    struct assent_writer w = assent_writer(number, NUMBER_BYTES);

    if (assent_span_equal(name, ASSENT_SPAN("age"))) {
        assent_writer_decimal(&w, wording->policy->minimum_age);
        return assent_writer_span(&w);
    }
    if (assent_span_equal(name, ASSENT_SPAN("site"))) {
        return wording->host;
    }
    assent_policy_controller(wording->policy, &controller);
    if (assent_span_equal(name, ASSENT_SPAN("controller"))) {
        return controller.name;
    }
    return assent_span_equal(name, ASSENT_SPAN("contact")) ? controller.mail : value;
}

/* As assent_html_word; the value stands between open and close. */
static void fill(struct assent_html *h, const struct assent_wording *wording,
                 enum assent_text_key key, struct assent_span value, bool time)
{
    struct assent_text_words words = assent_policy_words(wording->policy, wording->language, key);
    uint8_t piece[ASSENT_TEXT_PIECE_BYTES];
    struct assent_span text;

    while ((text = assent_text_words_look(&words, piece)).len > 0) {
        uint8_t number[NUMBER_BYTES];
        struct assent_span rest = text;
        struct assent_span before = assent_span_take(&rest, '{');

        assent_html_text(h, before);
        if (before.len > 0) {
            assent_text_words_skip(&words, before.len);
            continue; /* a placeholder begins a piece, so that all of it is there */
        }
        before = value_of(wording, assent_span_take(&rest, '}'), value, number);
        assent_html_wrap(h, time ? "<time>" : "", before, time ? "</time>" : "");
        assent_text_words_skip(&words, text.len - rest.len);
    }
}

void assent_html_word(struct assent_html *h, const struct assent_wording *wording,
                      enum assent_text_key key, struct assent_span value)
{
    fill(h, wording, key, value, false);
}

void assent_html_word_number(struct assent_html *h, const struct assent_wording *wording,
                             enum assent_text_key key, uint64_t value)
{
    uint8_t digits[NUMBER_BYTES];
    struct assent_writer w = assent_writer(digits, sizeof(digits));

    assent_writer_decimal(&w, value);
    fill(h, wording, key, assent_writer_span(&w), false);
}

void assent_html_word_date(struct assent_html *h, const struct assent_wording *wording,
                           enum assent_text_key key, uint64_t unix_s)
{
    uint8_t day[NUMBER_BYTES];

    fill(h, wording, key, write_day(unix_s, day), true);
}

void assent_html_wrap(struct assent_html *h, const char *open, struct assent_span text,
                      const char *close)
{
    if (text.len > 0) {
        assent_html_put(h, open);
        assent_html_text(h, text);
        assent_html_put(h, close);
    }
}
