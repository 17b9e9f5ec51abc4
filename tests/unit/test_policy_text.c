/* SPDX-License-Identifier: MIT */
#include "http/policy_text.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

static uint8_t bytes[POLICY_FILE_BYTES];
static uint8_t text_bytes[POLICY_FILE_BYTES];

TEST(the_best_accepted_language_is_chosen)
{
    static const struct {
        const char *accept;
        unsigned language;
    } rows[] = {
        {"", 0},
        {"de", 1},
        {"de-AT, de;q=0.9, en;q=0.8", 1},
        {"fr, de;q=0.5", 1},
        {"fr, nl", 0},
        {"en;q=0.5, de;q=0.6", 1},
        {"en;q=0.6, de;q=0.5", 0},
        {"de;q=0.5, en;q=0.5", 1}, /* the first of equals */
        {"en;q=0.5, de;q=0.5", 0},
        {"de;q=0, ar;q=0.1", 2},
        {"de;q=0", 0},
        {"*", 0},
        {"*, ar;q=0.1", 2}, /* a range that lookup finds beats the wildcard it passes over */
        {"ar;q=0.001", 2},
        {"ar;q=1.000,de", 2},
        {"ar;q=1.001,de;q=0.1", 1}, /* no weight at all: passed over */
        {"ar;q=2,de;q=0.1", 1},
        {"ar;q=0.1234,de;q=0.1", 1},
        {"ar;q=,de;q=0.1", 1},
        {"ar;q=a,de;q=0.1", 1},
        {"ar;v=1,de;q=0.1", 1},
        {"ar;,de;q=0.1", 1},
        {"ar;Q=0.2,de;q=0.1", 2},
        {"ar;q=0.,de;q=0.1", 1},
        {" \tar ; q=0.2 , de;q=0.1", 2},
        {",,, ,de", 1},
        {"ar de, de;q=0.1", 1},
        {"\xff\xfe, de", 1},
        {"de;q=0.9;q=1, ar;q=0.1", 2},
    };
    struct assent_policy policy;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span accept = assent_span(rows[i].accept, strlen(rows[i].accept));

        CHECK_INT_ROW(rows[i].accept, assent_policy_text_negotiate(&policy, accept),
                      rows[i].language);
    }
}

TEST(words_are_the_policys_own_or_the_shared_ones)
{
    struct assent_policy policy;
    struct assent_text text;
    size_t len = policy_file_read("texts", text_bytes);

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_HEADING), "Cookies at Sample");
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_SAVE), "");
    CHECK_INT(assent_text_open(&text, assent_span(text_bytes, len), NULL), ASSENT_OK);
    CHECK_INT(assent_policy_text_share(&policy, &text), ASSENT_OK);
    CHECK_SPAN(assent_policy_text(&policy, 1, ASSENT_TEXT_HEADING), "Cookies bei Sample");
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_REJECT_ALL), "Reject all");
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_ACCEPT_ALL), "Accept all");
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_MANAGE), "Manage preferences");
    CHECK_SPAN(assent_policy_text(&policy, 1, ASSENT_TEXT_REJECT_ALL), "Alle ablehnen");
    CHECK_SPAN(assent_policy_text(&policy, 1, ASSENT_TEXT_ACCEPT_ALL), "Alle akzeptieren");
    /* The sample words the heading in two languages; the third takes the shared one. */
    CHECK(assent_policy_text(&policy, 2, ASSENT_TEXT_HEADING).len > 0);
    CHECK(assent_policy_rtl(&policy, 2) && !assent_policy_rtl(&policy, 1));
    CHECK_SPAN(assent_policy_tag(&policy, 2), "ar");
    CHECK_SPAN(assent_policy_tag(&policy, 3), "en");
    CHECK_SPAN(assent_policy_text(&policy, 99, ASSENT_TEXT_SAVE), "Save selection");
    CHECK_SPAN(assent_policy_text(&policy, 0, ASSENT_TEXT_COUNT), "");
}

TEST(shared_texts_that_lack_a_language_are_refused)
{
    struct assent_policy policy;
    struct assent_text text;
    size_t len = policy_file_read("texts", text_bytes);
    uint8_t *tag;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    CHECK_INT(assent_text_open(&text, assent_span(text_bytes, len), NULL), ASSENT_OK);
    CHECK_INT(assent_policy_text_share(&policy, &text), ASSENT_OK);
    tag = text_bytes + (assent_text_tag(&text, 2).ptr - text_bytes);
    tag[0] = 'x';
    CHECK_INT(assent_policy_text_share(&policy, &text), ASSENT_ERR_NOT_FOUND);
    CHECK(policy.shared == &text);
    CHECK_INT(assent_policy_text_share(&policy, NULL), ASSENT_OK);
}

TEST_MAIN(CASE(the_best_accepted_language_is_chosen),
          CASE(words_are_the_policys_own_or_the_shared_ones),
          CASE(shared_texts_that_lack_a_language_are_refused))
