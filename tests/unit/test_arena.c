/* SPDX-License-Identifier: MIT */
#include "port/json/arena.h"

#include "tests/unit/test.h"

static uint8_t memory[8192];

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

/* Parse s in all of memory; nodes stay valid until the next call. */
static const struct cJSON *parse(const char *s)
{
    static struct assent_arena arena = {memory, sizeof(memory), 0, false};
    const struct cJSON *root;

    CHECK_INT_ROW(s, assent_arena_parse(&arena, text(s), &root), ASSENT_OK);
    return root;
}

TEST(documents_are_accepted_or_refused)
{
    static const struct {
        const char *in;
        int expected;
    } rows[] = {
        {"{}", ASSENT_OK},
        {" \t\r\n[1, 2]\n\t\r ", ASSENT_OK},
        {"\"\\\\u0000\"", ASSENT_OK}, /* an escaped backslash, then letters */
        {"", ASSENT_ERR_SYNTAX},
        {" ", ASSENT_ERR_SYNTAX},
        {"{", ASSENT_ERR_SYNTAX},
        {"{\"a\":1", ASSENT_ERR_SYNTAX},
        {"{\"a\" 1}", ASSENT_ERR_SYNTAX},
        {"\"open", ASSENT_ERR_SYNTAX},
        {"{} x", ASSENT_ERR_SYNTAX},
        {"{}{}", ASSENT_ERR_SYNTAX},
        {"{}\v", ASSENT_ERR_SYNTAX},
        {"{\"a\":\"b\\u0000c\"}", ASSENT_ERR_SYNTAX},
        {"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", ASSENT_OK},           /* 16 deep */
        {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", ASSENT_ERR_SYNTAX}, /* 17 */
    };
    struct assent_arena arena = {memory, sizeof(memory), 0, false};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct cJSON *root;

        CHECK_INT_ROW(rows[i].in, assent_arena_parse(&arena, text(rows[i].in), &root),
                      rows[i].expected);
        CHECK_ROW(rows[i].in, (root != NULL) == (rows[i].expected == ASSENT_OK));
    }
}

TEST(nul_bytes_are_refused)
{
    struct assent_arena arena = {memory, sizeof(memory), 0, false};
    const struct cJSON *root;

    CHECK_INT(assent_arena_parse(&arena, ASSENT_SPAN("\"a\0b\""), &root), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_parse(&arena, ASSENT_SPAN("{}\0"), &root), ASSENT_ERR_SYNTAX);
}

TEST(text_needs_no_terminator)
{
    /* Exactly as long as the text: a read beyond it is a sanitizer's finding. */
    static const char whole[] = "{\"a\":[1,true,null,\"x\\n\"],\"b\":-12.5e3}";
    struct assent_arena arena = {memory, sizeof(memory), 0, false};

    for (size_t len = 0; len < sizeof(whole); len++) {
        char exact[sizeof(whole)];
        struct assent_span in = assent_span(exact + sizeof(exact) - len, len);
        const struct cJSON *root;

        memcpy(exact + sizeof(exact) - len, whole, len);
        CHECK_INT(assent_arena_parse(&arena, in, &root),
                  len == sizeof(whole) - 1 ? ASSENT_OK : ASSENT_ERR_SYNTAX);
    }
}

TEST(members_are_found_by_exact_name_and_type)
{
    static const char in[] = "{\"text\":\"\xC3\xA4\",\"empty\":\"\",\"yes\":true,\"no\":false,"
                             "\"n\":-42,\"null\":null,\"twice\":1,\"twice\":2,\"o\":{\"x\":1}}";
    const struct cJSON *root = parse(in);
    const struct cJSON *inner;
    struct assent_span span;
    int64_t number;
    bool flag;

    CHECK_INT(assent_arena_text(root, "text", &span), ASSENT_OK);
    CHECK_SPAN(span, "\xC3\xA4");
    CHECK_INT(assent_arena_text(root, "empty", &span), ASSENT_OK);
    CHECK_INT(span.len, 0);
    CHECK_INT(assent_arena_bool(root, "yes", &flag), ASSENT_OK);
    CHECK(flag);
    CHECK_INT(assent_arena_bool(root, "no", &flag), ASSENT_OK);
    CHECK(!flag);
    CHECK_INT(assent_arena_integer(root, "n", &number), ASSENT_OK);
    CHECK_INT(number, -42);
    CHECK_INT(assent_arena_member(root, "o", &inner), ASSENT_OK);
    CHECK_INT(assent_arena_integer(inner, "x", &number), ASSENT_OK);
    CHECK_INT(number, 1);

    CHECK_INT(assent_arena_text(root, "Text", &span), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_arena_text(root, "x", &span), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_arena_text(root, "n", &span), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_text(root, "null", &span), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_bool(root, "n", &flag), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_integer(root, "yes", &number), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_integer(root, "twice", &number), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_member(parse("[1]"), "a", &inner), ASSENT_ERR_SYNTAX);
    CHECK(inner == NULL);
}

TEST(integers_are_exact_or_refused)
{
    static const struct {
        const char *in;
        int error;
        int64_t value;
    } rows[] = {
        {"{\"n\":0}", ASSENT_OK, 0},
        {"{\"n\":1e3}", ASSENT_OK, 1000},
        {"{\"n\":9007199254740992}", ASSENT_OK, 9007199254740992},
        {"{\"n\":-9007199254740992}", ASSENT_OK, -9007199254740992},
        {"{\"n\":9007199254740994}", ASSENT_ERR_RANGE, 0},
        {"{\"n\":0.5}", ASSENT_ERR_RANGE, 0},
        {"{\"n\":1e300}", ASSENT_ERR_RANGE, 0},
        {"{\"n\":1e999}", ASSENT_ERR_RANGE, 0},
        {"{\"n\":-1e999}", ASSENT_ERR_RANGE, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 0;

        CHECK_INT_ROW(rows[i].in, assent_arena_integer(parse(rows[i].in), "n", &value),
                      rows[i].error);
        CHECK_INT_ROW(rows[i].in, value, rows[i].value);
    }
}

TEST(elements_are_counted_from_0)
{
    const struct cJSON *root = parse("[[10],[11,12]]");
    const struct cJSON *element;

    CHECK_INT(assent_arena_element(root, 1, &element), ASSENT_OK);
    CHECK_INT(assent_arena_element(element, 1, &element), ASSENT_OK);
    CHECK_INT(assent_arena_element(root, 2, &element), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_arena_element(parse("[]"), 0, &element), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_arena_element(parse("{}"), 0, &element), ASSENT_ERR_SYNTAX);
}

TEST(print_writes_compact_json_or_reports_space)
{
    static const char compact[] = "{\"a\":[1,true,\"x\\n\"],\"b\":{}}";
    const struct cJSON *root = parse("{ \"a\" : [ 1, true, \"x\\n\" ], \"b\" : { } }");
    char out[64];

    CHECK_INT(assent_arena_print(root, out, sizeof(out)), sizeof(compact) - 1);
    CHECK(strcmp(out, compact) == 0);
    for (size_t cap = 0; cap < sizeof(compact) - 1; cap++) {
        CHECK_INT(assent_arena_print(root, out, cap), ASSENT_ERR_SPACE);
    }
}

TEST(a_small_arena_is_reported_and_never_exceeded)
{
    static const char in[] = "{\"a\":[1,true,\"text\"],\"b\":{\"c\":null}}";
    static uint8_t small[1024];
    bool fitted = false;

    for (size_t cap = 0; cap <= sizeof(small) - 1; cap++) {
        /* From 1, so that the memory is not aligned. */
        struct assent_arena arena = {small + 1, cap, 0, false};
        const struct cJSON *root;
        int error = assent_arena_parse(&arena, text(in), &root);

        CHECK(error == ASSENT_OK || error == ASSENT_ERR_SPACE);
        CHECK_INT(arena.full, error == ASSENT_ERR_SPACE);
        CHECK(arena.used <= cap);
        CHECK(!fitted || error == ASSENT_OK);
        fitted = error == ASSENT_OK;
    }
    CHECK(fitted);
}

TEST(the_arena_is_used_anew_by_each_parse)
{
    struct assent_arena arena = {memory, sizeof(memory), 0, false};
    const struct cJSON *root;
    size_t used;

    CHECK_INT(assent_arena_parse(&arena, text("[1,2,3]"), &root), ASSENT_OK);
    used = arena.used;
    CHECK_INT(assent_arena_parse(&arena, text("[1,2,"), &root), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_arena_parse(&arena, text("[1,2,3]"), &root), ASSENT_OK);
    CHECK_INT(arena.used, used);
}

TEST_MAIN(CASE(documents_are_accepted_or_refused), CASE(nul_bytes_are_refused),
          CASE(text_needs_no_terminator), CASE(members_are_found_by_exact_name_and_type),
          CASE(integers_are_exact_or_refused), CASE(elements_are_counted_from_0),
          CASE(print_writes_compact_json_or_reports_space),
          CASE(a_small_arena_is_reported_and_never_exceeded),
          CASE(the_arena_is_used_anew_by_each_parse))
