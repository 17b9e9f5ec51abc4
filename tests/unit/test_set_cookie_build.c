/* SPDX-License-Identifier: MIT */
#include "core/set_cookie_build.h"

#include "tests/unit/test.h"

#define COUNT(rows)     (sizeof(rows) / sizeof((rows)[0]))
#define NAME(literal)   .name = {(const uint8_t *)(literal), sizeof(literal) - 1}
#define VALUE(literal)  .value = {(const uint8_t *)(literal), sizeof(literal) - 1}
#define DOMAIN(literal) .domain = {(const uint8_t *)(literal), sizeof(literal) - 1}
#define PATH(literal)   .path = {(const uint8_t *)(literal), sizeof(literal) - 1}
#define AGE(seconds)    .has_max_age = true, .max_age_s = (seconds)

enum { SYNTAX = ASSENT_ERR_SYNTAX, FORBIDDEN = ASSENT_ERR_FORBIDDEN };

struct row {
    struct assent_set_cookie sc;
    const char *field; /* NULL: refused */
    int error;
};

static void check_rows(int (*build)(struct assent_writer *w, const struct assent_set_cookie *sc),
                       const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t room[300];
        struct assent_writer w = assent_writer(room, sizeof(room));
        char name[60];

        snprintf(name, sizeof(name), "row %u: %.*s", (unsigned)i, (int)rows[i].sc.name.len,
                 (const char *)rows[i].sc.name.ptr);
        CHECK_INT_ROW(name, build(&w, &rows[i].sc), rows[i].error);
        CHECK_SPAN_ROW(name, assent_writer_span(&w), rows[i].field != NULL ? rows[i].field : "");
    }
}

TEST(our_own_cookies_are_written_exactly_or_refused)
{
    static const struct row rows[] = {
        {{NAME("a"), VALUE("b")}, "a=b", 0},
        {{NAME("a"), VALUE("")}, "a=", 0},
        {{NAME("a"), VALUE("\"b\"")}, "a=\"b\"", 0},
        {{NAME("a"), VALUE("\"\"")}, "a=\"\"", 0},
        {{NAME("!#$%&'*+-.^_`|~09AZaz"), VALUE("!#$%&'()*+-./:<=>?@[]^_`{|}~")},
         "!#$%&'*+-.^_`|~09AZaz=!#$%&'()*+-./:<=>?@[]^_`{|}~",
         0},
        {{NAME("a"), VALUE("b"), DOMAIN("x.example.com"), PATH("/p q"), AGE(10), .secure = true,
          .http_only = true, .same_site = ASSENT_SAME_SITE_STRICT, .has_expires = true,
          .expires_s = 784111777, .partitioned = true},
         "a=b; Domain=x.example.com; Path=/p q; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=10; "
         "Secure; HttpOnly; SameSite=Strict; Partitioned",
         0},
        {{NAME("a"), VALUE("b"), .same_site = ASSENT_SAME_SITE_LAX}, "a=b; SameSite=Lax", 0},
        {{NAME("a"), VALUE("b"), .same_site = ASSENT_SAME_SITE_NONE, .secure = true},
         "a=b; Secure; SameSite=None",
         0},
        {{NAME("a"), VALUE("b"), DOMAIN("127.0.0.1")}, "a=b; Domain=127.0.0.1", 0},
        {{NAME("a"), VALUE("b"), DOMAIN("a-b.c--d.e")}, "a=b; Domain=a-b.c--d.e", 0},
        /* names */
        {{NAME(""), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a b"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a=b"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a;b"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a[0]"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a\r\n"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a\0"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("\xC3\xA4"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a\t"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a\x7F"), VALUE("b")}, NULL, SYNTAX},
        {{NAME("a\""), VALUE("b")}, NULL, SYNTAX},
        /* values */
        {{NAME("a"), VALUE("b c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b,c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b;c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\\c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\"c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("\"")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("\"b")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("\"b;\"")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\r\nSet-Cookie: c=d")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\0")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\t")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b\x7F")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("\xC3\xA4")}, NULL, SYNTAX},
        /* domains */
        {{NAME("a"), VALUE("b"), DOMAIN(".x.com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x..com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com.")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("-x.com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x-.com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com-")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x_y.com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com; Secure")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com\r\n")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com:80")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("[::1]")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("\xC3\xA4.com")}, NULL, SYNTAX},
        /* paths */
        {{NAME("a"), VALUE("b"), PATH("/x;y")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/\r\nX: y")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/\t/")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/\x7F")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/\x1F")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/\xC3\xA4")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/x ")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH(" /x")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("x")}, NULL, FORBIDDEN},
        /* promises */
        {{NAME("a"), VALUE("b"), AGE(0)}, NULL, FORBIDDEN},
        {{NAME("a"), VALUE("b"), AGE(-1)}, NULL, FORBIDDEN},
        {{NAME("a"), VALUE("b"), .same_site = ASSENT_SAME_SITE_NONE}, NULL, FORBIDDEN},
        {{NAME("a"), VALUE("b"), .partitioned = true}, NULL, FORBIDDEN},
        {{NAME("__Secure-a"), VALUE("b")}, NULL, FORBIDDEN},
        {{NAME("__sEcUrE-a"), VALUE("b")}, NULL, FORBIDDEN},
        {{NAME("__Secure-a"), VALUE("b"), .secure = true}, "__Secure-a=b; Secure", 0},
        {{NAME("__Host-a"), VALUE("b"), .secure = true}, NULL, FORBIDDEN},
        {{NAME("__Host-a"), VALUE("b"), .secure = true, .has_path = true}, NULL, FORBIDDEN},
        {{NAME("__Host-a"), VALUE("b"), PATH("/")}, NULL, FORBIDDEN},
        {{NAME("__Host-a"), VALUE("b"), PATH("/x"), .secure = true}, NULL, FORBIDDEN},
        {{NAME("__host-a"), VALUE("b"), PATH("/"), DOMAIN("x.y"), .secure = true}, NULL, FORBIDDEN},
        {{NAME("__Host-a"), VALUE("b"), PATH("/"), .secure = true},
         "__Host-a=b; Path=/; Secure",
         0},
        {{NAME("__Http-a"), VALUE("b"), .secure = true}, NULL, FORBIDDEN},
        {{NAME("__Http-a"), VALUE("b"), .secure = true, .http_only = true},
         "__Http-a=b; Secure; HttpOnly",
         0},
        {{NAME("__Host-Http-a"), VALUE("b"), PATH("/"), .secure = true}, NULL, FORBIDDEN},
        {{NAME("__Host-Http-a"), VALUE("b"), PATH("/"), .secure = true, .http_only = true},
         "__Host-Http-a=b; Path=/; Secure; HttpOnly",
         0},
    };

    check_rows(assent_set_cookie_build, rows, COUNT(rows));
}

TEST(foreign_cookies_are_passed_on_as_browsers_know_them)
{
    static const struct row rows[] = {
        {{NAME("a"), VALUE("b")}, "a=b", 0},
        {{NAME("a[0]"), VALUE("{\"x\": 1, \"y\": 2}")}, "a[0]={\"x\": 1, \"y\": 2}", 0},
        {{NAME(""), VALUE("b")}, "=b", 0},
        {{NAME(""), VALUE("b=c")}, "=b=c", 0},
        {{NAME("a"), VALUE("")}, "a=", 0},
        {{NAME("a\tb"), VALUE("c\td")}, "a\tb=c\td", 0},
        {{NAME("\xC3\xA4"), VALUE("\xFF")}, "\xC3\xA4=\xFF", 0},
        {{NAME("a"), VALUE("b"), DOMAIN("x_y.com"), PATH("/\xC3\xA4")},
         "a=b; Domain=x_y.com; Path=/\xC3\xA4",
         0},
        {{NAME("a"), VALUE("b"), AGE(-5)}, "a=b; Max-Age=0", 0},
        {{NAME(""), VALUE("")}, NULL, SYNTAX},
        {{NAME("a=b"), VALUE("c")}, NULL, SYNTAX},
        {{NAME("a;b"), VALUE("c")}, NULL, SYNTAX},
        {{NAME(" a"), VALUE("c")}, NULL, SYNTAX},
        {{NAME("a\t"), VALUE("c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE(" c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("c;d")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("c\r\nX: y")}, NULL, SYNTAX},
        {{NAME("a\n"), VALUE("c")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("c\0")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN(".x.com")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com; Path=/")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("x.com ")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), DOMAIN("\xC3\xA4.com")}, NULL, FORBIDDEN},
        {{NAME("a"), VALUE("b"), PATH("/;x")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("/x ")}, NULL, SYNTAX},
        {{NAME("a"), VALUE("b"), PATH("x")}, NULL, FORBIDDEN},
        {{NAME("a"), VALUE("b"), .partitioned = true}, NULL, FORBIDDEN},
        {{NAME("__Host-a[]"), VALUE("b")}, NULL, FORBIDDEN},
        {{NAME(""), VALUE("__Host-a=b")}, NULL, FORBIDDEN},
    };

    check_rows(assent_set_cookie_build_relay, rows, COUNT(rows));
}

#define GONE "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"

TEST(expiry_names_the_tuple_and_nothing_of_the_rest)
{
    static const struct row rows[] = {
        {{NAME("a"), VALUE("b"), AGE(9), .has_expires = true, .expires_s = 9}, "a=" GONE, 0},
        {{NAME("a"), PATH("/x"), DOMAIN("x.com"), .secure = true, .partitioned = true},
         "a=; Domain=x.com; Path=/x" GONE "; Secure; Partitioned",
         0},
        {{NAME("a[b]"), PATH("/")}, "a[b]=; Path=/" GONE, 0},
        {{NAME(""), VALUE("b"), PATH("/")}, "=x; Path=/" GONE, 0},
        {{NAME(""), VALUE("__Host-b"), PATH("/")}, "=x; Path=/" GONE, 0},
        {{NAME("a"), VALUE("b\r\n;")}, "a=" GONE, 0},
        {{NAME("a"), .http_only = true, .same_site = ASSENT_SAME_SITE_NONE, .secure = true},
         "a=" GONE "; Secure; HttpOnly; SameSite=None",
         0},
        {{NAME("__Host-a"), PATH("/"), .secure = true}, "__Host-a=; Path=/" GONE "; Secure", 0},
        {{NAME("__Http-a"), .secure = true}, "__Http-a=" GONE "; Secure; HttpOnly", 0},
        {{NAME("__Host-Http-a"), PATH("/"), .secure = true},
         "__Host-Http-a=; Path=/" GONE "; Secure; HttpOnly",
         0},
        {{NAME("__Host-a"), PATH("/")}, NULL, FORBIDDEN},
        {{NAME("__Secure-a"), PATH("/")}, NULL, FORBIDDEN},
        {{NAME("a"), .partitioned = true}, NULL, FORBIDDEN},
        {{NAME("a\r"), PATH("/")}, NULL, SYNTAX},
        {{NAME("a;b"), PATH("/")}, NULL, SYNTAX},
        {{NAME("a=b"), PATH("/")}, NULL, SYNTAX},
        {{NAME("a"), PATH("/\n")}, NULL, SYNTAX},
        {{NAME("a"), DOMAIN("x;y")}, NULL, SYNTAX},
    };

    check_rows(assent_set_cookie_build_expiry, rows, COUNT(rows));
}

TEST(each_limit_holds_to_the_byte)
{
    static const struct {
        size_t name_len;
        size_t value_len;
        size_t domain_len;
        size_t path_len;
        int error;
    } rows[] = {
        {1, ASSENT_COOKIE_PAIR_BYTES - 1, 0, 0, ASSENT_OK},
        {1, ASSENT_COOKIE_PAIR_BYTES, 0, 0, ASSENT_ERR_LIMIT},
        {ASSENT_COOKIE_PAIR_BYTES + 1, 0, 0, 0, ASSENT_ERR_LIMIT},
        {1, 1, ASSENT_COOKIE_ATTRIBUTE_BYTES, 0, ASSENT_OK},
        {1, 1, ASSENT_COOKIE_ATTRIBUTE_BYTES + 1, 0, ASSENT_ERR_LIMIT},
        {1, 1, 0, ASSENT_COOKIE_ATTRIBUTE_BYTES, ASSENT_OK},
        {1, 1, 0, ASSENT_COOKIE_ATTRIBUTE_BYTES + 1, ASSENT_ERR_LIMIT},
    };
    static uint8_t letters[ASSENT_COOKIE_PAIR_BYTES + 1];
    static uint8_t slashes[ASSENT_COOKIE_ATTRIBUTE_BYTES + 1];

    memset(letters, 'x', sizeof(letters));
    memset(slashes, '/', sizeof(slashes));
    for (size_t i = 0; i < COUNT(rows); i++) {
        static uint8_t room[2 * ASSENT_COOKIE_PAIR_BYTES];
        struct assent_writer w = assent_writer(room, sizeof(room));
        struct assent_set_cookie sc = {
            .name = {letters, rows[i].name_len},
            .value = {letters, rows[i].value_len},
            .domain = {letters, rows[i].domain_len},
            .path = {slashes, rows[i].path_len},
        };

        CHECK_INT(assent_set_cookie_build(&w, &sc), rows[i].error);
        w = assent_writer(room, sizeof(room));
        CHECK_INT(assent_set_cookie_build_relay(&w, &sc), rows[i].error);
    }
}

TEST(a_writer_too_small_by_a_byte_is_reported)
{
    struct assent_set_cookie sc = {NAME("__Host-a"), VALUE("b"), PATH("/"), AGE(5), .secure = true};
    uint8_t room[100];
    struct assent_writer w = assent_writer(room, sizeof(room));
    size_t len;

    CHECK_INT(assent_set_cookie_build(&w, &sc), ASSENT_OK);
    len = w.len;
    for (size_t cap = 0; cap < len; cap++) {
        w = assent_writer(room, cap);
        CHECK_INT(assent_set_cookie_build(&w, &sc), ASSENT_ERR_SPACE);
    }
    w = assent_writer(room, len);
    CHECK_INT(assent_set_cookie_build(&w, &sc), ASSENT_OK);
}

TEST(the_lifetime_survives_writing_and_reading)
{
    struct assent_set_cookie sc = {NAME("a"), VALUE("b"), AGE(INT64_MAX), .has_expires = true,
                                   .expires_s = UINT64_MAX};
    struct assent_set_cookie back;
    uint8_t room[100];
    struct assent_writer w = assent_writer(room, sizeof(room));

    CHECK_INT(assent_set_cookie_build(&w, &sc), ASSENT_OK);
    CHECK_INT(assent_set_cookie_parse(assent_writer_span(&w), &back), ASSENT_OK);
    CHECK_INT(back.max_age_s, INT64_MAX);
    CHECK_INT(back.expires_s, 253402300799);
}

TEST_MAIN(CASE(our_own_cookies_are_written_exactly_or_refused),
          CASE(foreign_cookies_are_passed_on_as_browsers_know_them),
          CASE(expiry_names_the_tuple_and_nothing_of_the_rest), CASE(each_limit_holds_to_the_byte),
          CASE(a_writer_too_small_by_a_byte_is_reported),
          CASE(the_lifetime_survives_writing_and_reading))
