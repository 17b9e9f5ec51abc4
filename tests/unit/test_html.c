/* SPDX-License-Identifier: MIT */
/* Markup through a window: nothing is lost or doubled, whatever the size of the window. */
#include "tests/unit/test.h"

#include "http/html.h"
#include "http/policy_text.h"
#include "tests/unit/policy_file.h"

static void write(struct assent_html *h)
{
    assent_html_put(h, "<p title=\"");
    assent_html_text(h, ASSENT_SPAN("a<b>&\"c'"));
    assent_html_put(h, "\">");
    assent_html_decimal(h, 1234567890);
    assent_html_colour(h, 0x00ff7f);
    assent_html_wrap(h, "<i>", assent_span(NULL, 0), "</i>");
    assent_html_wrap(h, "<b>", ASSENT_SPAN("x"), "</b>");
}

static const char whole[] = "<p title=\"a&lt;b&gt;&amp;&quot;c&#39;\">1234567890#00ff7f<b>x</b>";

TEST(text_is_escaped_and_markup_is_not)
{
    char text[256];
    struct assent_html h = assent_html(text, sizeof(text), 0);

    write(&h);
    CHECK_SPAN(assent_span(text, h.len), whole);
    CHECK(!assent_html_is_cut(&h, 0));
}

TEST(windows_of_every_size_give_the_whole)
{
    for (size_t cap = 1; cap < sizeof(whole) + 2; cap++) {
        char all[256];
        size_t len = 0;
        bool cut = true;

        while (cut && len < sizeof(whole)) {
            char window[256];
            struct assent_html h = assent_html(window, cap, len);

            write(&h);
            cut = assent_html_is_cut(&h, len);
            memcpy(all + len, window, h.len);
            len += h.len;
        }
        CHECK_SPAN(assent_span(all, len), whole);
    }
}

static uint8_t policy_bytes[POLICY_FILE_BYTES];
static uint8_t text_bytes[POLICY_FILE_BYTES];

static int read_texts(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    (void)ctx;
    memcpy(out, text_bytes + offset, len);
    return ASSENT_OK;
}

/* Every text in every language of the sample.
 *   return  placeholders that are left */
static size_t write_words(const struct assent_policy *policy, uint8_t *out, size_t cap, size_t *len)
{
    struct assent_html h = assent_html(out, cap, 0);
    size_t left = 0;

    for (unsigned i = 0; i < 3U * ASSENT_TEXT_COUNT; i++) {
        struct assent_wording wording = {policy, ASSENT_SPAN("shop.example"), (uint8_t)(i % 3)};

        assent_html_word(&h, &wording, (enum assent_text_key)(i / 3), ASSENT_SPAN("<value>"));
        assent_html_word_date(&h, &wording, (enum assent_text_key)(i / 3), 1800000000);
    }
    for (size_t i = 0; i < h.len; i++) {
        left += out[i] == '{';
    }
    *len = h.len;
    return left;
}

TEST(words_are_the_same_from_memory_and_from_a_source_with_every_placeholder_filled)
{
    static uint8_t one[65536];
    static uint8_t other[65536];
    static const struct assent_source source = {NULL, read_texts};
    size_t texts_len = policy_file_read("texts", text_bytes);
    struct assent_policy policy;
    struct assent_text text;
    size_t one_len;
    size_t other_len;

    CHECK(policy_file_open("samples/sample", policy_bytes, &policy));
    CHECK_INT(assent_text_open(&text, assent_span(text_bytes, texts_len), NULL), ASSENT_OK);
    CHECK_INT(assent_policy_text_share(&policy, &text), ASSENT_OK);
    CHECK_INT(write_words(&policy, one, sizeof(one), &one_len), 0);
    CHECK(one_len > 10000 && one_len < sizeof(one));
    CHECK_INT(assent_text_open_source(&text, &source), ASSENT_OK);
    CHECK_INT(write_words(&policy, other, sizeof(other), &other_len), 0);
    CHECK(assent_span_equal(assent_span(one, one_len), assent_span(other, other_len)));
}

TEST_MAIN(CASE(text_is_escaped_and_markup_is_not), CASE(windows_of_every_size_give_the_whole),
          CASE(words_are_the_same_from_memory_and_from_a_source_with_every_placeholder_filled))
