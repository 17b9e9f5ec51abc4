/* SPDX-License-Identifier: MIT */
/* Markup through a window: nothing is lost or doubled, whatever the size of the window. */
#include "tests/unit/test.h"

#include "http/html.h"

static void write(struct assent_html *h)
{
    assent_html_put(h, "<p title=\"");
    assent_html_text(h, ASSENT_SPAN("a<b>&\"c'"));
    assent_html_put(h, "\">");
    assent_html_decimal(h, 1234567890);
    assent_html_colour(h, 0x00ff7f);
    assent_html_date(h, 1800000000);
    assent_html_wrap(h, "<i>", assent_span(NULL, 0), "</i>");
    assent_html_wrap(h, "<b>", ASSENT_SPAN("x"), "</b>");
}

static const char whole[] = "<p title=\"a&lt;b&gt;&amp;&quot;c&#39;\">1234567890#00ff7f"
                            "<time>2027-01-15</time><b>x</b>";

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

TEST_MAIN(CASE(text_is_escaped_and_markup_is_not), CASE(windows_of_every_size_give_the_whole))
