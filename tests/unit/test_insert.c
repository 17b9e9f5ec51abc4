/* SPDX-License-Identifier: MIT */
/* Where the notice goes; many more pages, with a real parser, in tests/http/insert.js. */
#include "http/insert.h"

#include "core/consent.h"
#include "tests/unit/test.h"

enum { OUT_BYTES = 2048 };

static char out[OUT_BYTES];

static void drain(struct assent_insert *insert, struct assent_span in, size_t room, size_t *len)
{
    struct assent_span piece;
    enum assent_insert_event event;

    while ((event = assent_insert_next(insert, &in, room, &piece)) != ASSENT_INSERT_MORE) {
        piece = event == ASSENT_INSERT_START ? ASSENT_SPAN("{N}")
                : event == ASSENT_INSERT_END ? ASSENT_SPAN("{L}")
                                             : piece;
        CHECK(*len + piece.len < OUT_BYTES);
        memcpy(out + *len, piece.ptr, piece.len);
        *len += piece.len;
    }
}

/* A page in pieces of first bytes and the rest. */
static const char *run(const char *page, size_t first, size_t room, bool known, uint8_t allowed)
{
    struct assent_insert insert;
    size_t all = strlen(page);
    size_t len = 0;

    assent_insert_init(&insert, allowed, known);
    drain(&insert, assent_span(page, first), room, &len);
    drain(&insert, assent_span(page + first, all - first), room, &len);
    assent_insert_end(&insert);
    drain(&insert, assent_span(NULL, 0), room, &len);
    out[len] = '\0';
    return out;
}

static const struct {
    const char *page;
    const char *expected;
    bool known;
} rows[] = {
    {"<!doctype html><body><p>a</body>", "<!doctype html><body>{N}<p>a</body>{L}", false},
    {"<html><p>a", "<html>{N}<p>a{L}", false},
    {"<!doctype html> <title><p></title> x", "<!doctype html> <title><p></title> {N}x{L}", false},
    {"<!doctype html><!-- <p> --><body a='>' b=\">\">",
     "<!doctype html><!-- <p> --><body a='>' b=\">\">{N}{L}", false},
    {"<p>a", "<p>a", false},
    {"<p>a", "{N}<p>a{L}", true},
    {"a", "{N}a{L}", true},
    {"<!doctype html><frameset><frame>", "<!doctype html><frameset><frame>", true},
    {"<!doctype html><script>'<body>'", "<!doctype html><script>'<body>'", true},
    {"<!doctype html><body><p>a<!-- ", "<!doctype html><body>{N}<p>a<!-- ", true},
    {"<!doctype html><body><select><option>a", "<!doctype html><body>{N}<select><option>a", true},
    {"\xff\xfe<\x21", "\xff\xfe<\x21", true},
};

TEST(the_notice_stands_where_the_body_begins_however_the_page_comes)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t cut = 0; cut <= strlen(rows[i].page); cut++) {
            (void)run(rows[i].page, cut, cut + 1, rows[i].known, ASSENT_TIERS_ESSENTIAL);
            CHECK_SPAN_ROW(rows[i].page, assent_span(out, strlen(out)), rows[i].expected);
        }
    }
}

TEST(a_script_becomes_live_when_its_tier_is_allowed_and_not_before)
{
    const char *page = "<script type=text/plain data-assent=analytics>x</script>";
    const uint8_t granted = ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS);

    for (size_t cut = 0; cut <= strlen(page); cut++) {
        (void)run(page, cut, 5, false, ASSENT_TIERS_ESSENTIAL);
        CHECK_SPAN(assent_span(out, strlen(out)), page);
        (void)run(page, cut, 5, false, granted);
        CHECK_SPAN(assent_span(out, strlen(out)),
                   "<script type=text/javascript data-assent=analytics>x</script>");
    }
}

TEST(a_tag_too_long_to_be_held_passes_unchanged)
{
    char page[ASSENT_INSERT_TAG_BYTES + 200];
    int len = snprintf(page, sizeof(page),
                       "<script type=text/plain data-assent=analytics x=%0*d>x</script>",
                       ASSENT_INSERT_TAG_BYTES, 0);

    for (int cut = 0; cut <= len; cut++) {
        (void)run(page, (size_t)cut, 100, false, 7);
        CHECK_SPAN(assent_span(out, strlen(out)), page);
    }
}

TEST_MAIN(CASE(the_notice_stands_where_the_body_begins_however_the_page_comes),
          CASE(a_script_becomes_live_when_its_tier_is_allowed_and_not_before),
          CASE(a_tag_too_long_to_be_held_passes_unchanged))
