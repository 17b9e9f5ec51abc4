/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_HTML_H
#define ASSENT_HTTP_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"
#include "core/span.h"

/* Output of a page through a window: the first skip bytes are thrown away, the next cap bytes are
 * kept, of the rest only the number counts. A part of a page that did not fit is written again with
 * more to skip, so that a page of any length passes a buffer of any size, and nothing has to be kept
 * but how far it has come. Whoever writes must write the same each time. */
struct assent_html {
    uint8_t *ptr;
    size_t cap;
    size_t len;   /* bytes kept */
    size_t skip;  /* bytes still to be thrown away */
    size_t total; /* bytes written, wherever they went */
};

static inline struct assent_html assent_html(void *ptr, size_t cap, size_t skip)
{
    struct assent_html h = {(uint8_t *)ptr, cap, 0, skip, 0};
    return h;
}

/* Whether something did not fit into the window. */
static inline bool assent_html_is_cut(const struct assent_html *h, size_t skip)
{
    return h->total > skip + h->len;
}

/* Markup as it is: bytes, a NUL-terminated text. */
void assent_html_raw(struct assent_html *h, struct assent_span bytes);
void assent_html_put(struct assent_html *h, const char *markup);

/* Text of a page or of an attribute in double quotes: & < > " ' become references. */
void assent_html_text(struct assent_html *h, struct assent_span text);

void assent_html_decimal(struct assent_html *h, uint64_t value);

/* "#rrggbb" */
void assent_html_colour(struct assent_html *h, uint32_t colour);

/* Words of a policy in a language. */
struct assent_wording {
    const struct assent_policy *policy;
    struct assent_span host; /* of the site as the visitor calls it, for {site} */
    uint8_t language;
};

/* One text of the pages, escaped, its placeholders replaced: {controller} {site} {contact} {age} from
 * the policy, any other by value.
 *   value  text; may be empty */
void assent_html_word(struct assent_html *h, const struct assent_wording *wording,
                      enum assent_text_key key, struct assent_span value);

/* The same for a number, and for a date in <time>. */
void assent_html_word_number(struct assent_html *h, const struct assent_wording *wording,
                             enum assent_text_key key, uint64_t value);
void assent_html_word_date(struct assent_html *h, const struct assent_wording *wording,
                           enum assent_text_key key, uint64_t unix_s);

/* A text between an opening and a closing piece of markup; nothing at all if the text is empty. */
void assent_html_wrap(struct assent_html *h, const char *open, struct assent_span text,
                      const char *close);

#endif
