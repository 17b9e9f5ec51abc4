/* SPDX-License-Identifier: MIT */
#include "core/set_cookie.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

/* A parsed cookie in one line: "name|value|attributes". */
static void describe(const struct assent_set_cookie *sc, char *out, size_t cap)
{
    static const char *const same_site[] = {"", " strict", " lax", " none"};
    int len = snprintf(out, cap, "%.*s|%.*s|", (int)sc->name.len, (const char *)sc->name.ptr,
                       (int)sc->value.len, (const char *)sc->value.ptr);
    char *at = out + len;

    cap -= (size_t)len;
    len = 0;
    if (sc->has_domain) {
        len += snprintf(at + len, cap - (size_t)len, " domain=%.*s", (int)sc->domain.len,
                        (const char *)sc->domain.ptr);
    }
    if (sc->has_path) {
        len += snprintf(at + len, cap - (size_t)len, " path=%.*s", (int)sc->path.len,
                        (const char *)sc->path.ptr);
    }
    if (sc->has_expires) {
        len += snprintf(at + len, cap - (size_t)len, " expires=%llu",
                        (unsigned long long)sc->expires_s);
    }
    if (sc->has_max_age) {
        len += snprintf(at + len, cap - (size_t)len, " age=%lld", (long long)sc->max_age_s);
    }
    snprintf(at + len, cap - (size_t)len, "%s%s%s%s", sc->secure ? " secure" : "",
             sc->http_only ? " httponly" : "", same_site[sc->same_site],
             sc->partitioned ? " partitioned" : "");
}

TEST(fields_are_read_as_browsers_read_them)
{
    static const struct {
        const char *field;
        const char *cookie; /* NULL: ASSENT_ERR_SYNTAX */
    } rows[] = {
        {"a=b", "a|b|"},
        {"a=", "a||"},
        {"=b", "|b|"},
        {"b", "|b|"},
        {" a = b ", "a|b|"},
        {"\ta\t=\tb\t", "a|b|"},
        {"a=b=c", "a|b=c|"},
        {"==b", "|=b|"},
        {"a=\"b c\"", "a|\"b c\"|"},
        {"a=\"b;c\"", "a|\"b|"},
        {"a=b,c=d", "a|b,c=d|"},
        {"a b=c d", "a b|c d|"},
        {"foo[bar]={\"x\":1}", "foo[bar]|{\"x\":1}|"},
        {"\xC3\xA4=\xFF", "\xC3\xA4|\xFF|"},
        {"a=b\tc", "a|b\tc|"},
        {"", NULL},
        {" ", NULL},
        {"=", NULL},
        {" = ", NULL},
        {";", NULL},
        {"; Secure", NULL},
        {"=; Secure", NULL},
        {"a=b\r", NULL},
        {"a=b\r\nSet-Cookie: c=d", NULL},
        {"a=\x01", NULL},
        {"a\x1F=b", NULL},
        {"a=b; Path=/\x7F", NULL},
        {"a=b; unknown\x08", NULL},
        {"a=b;", "a|b|"},
        {"a=b;;;", "a|b|"},
        {"a=b; ; =; =x", "a|b|"},
        {"a=b; Unknown; Foo=bar; \"Secure\"", "a|b|"},
        {"a=b; Secure", "a|b| secure"},
        {"a=b;secure", "a|b| secure"},
        {"a=b; SECURE=no", "a|b| secure"},
        {"a=b; Secure=", "a|b| secure"},
        {"a=b; Secure x", "a|b|"},
        {"a=b; secur; securee", "a|b|"},
        {"a=b; HttpOnly", "a|b| httponly"},
        {"a=b; hTTPoNLY = x", "a|b| httponly"},
        {"a=b; Partitioned", "a|b| partitioned"},
        {"a=b; partitioned=0", "a|b| partitioned"},
        {"a=b; Domain=example.com", "a|b| domain=example.com"},
        {"a=b; domain = .Example.COM ", "a|b| domain=Example.COM"},
        {"a=b; Domain=..example.com", "a|b| domain=.example.com"},
        {"a=b; Domain=", "a|b|"},
        {"a=b; Domain", "a|b|"},
        {"a=b; Domain=.", "a|b|"},
        {"a=b; Domain=x.com; Domain=y.com", "a|b| domain=y.com"},
        {"a=b; Domain=x.com; Domain=", "a|b|"},
        {"a=b; Path=/", "a|b| path=/"},
        {"a=b; Path= /x y ", "a|b| path=/x y"},
        {"a=b; Path=", "a|b| path="},
        {"a=b; Path=x", "a|b| path="},
        {"a=b; Path=\"/\"", "a|b| path="},
        {"a=b; Path=/x; Path=", "a|b| path="},
        {"a=b; Path=/x; Path=/y", "a|b| path=/y"},
        {"a=b; Path=/=?#,", "a|b| path=/=?#,"},
        {"a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT", "a|b| expires=784111777"},
        {"a=b; Expires=Sunday, 06-Nov-94 08:49:37", "a|b| expires=784111777"},
        {"a=b; Expires=never", "a|b|"},
        {"a=b; Expires=1 Jan 1970 0:0:1; Expires=x", "a|b| expires=1"},
        {"a=b; Expires=1 Jan 1970 0:0:1; Expires=1 Jan 1970 0:0:2", "a|b| expires=2"},
        {"a=b; Max-Age=10", "a|b| age=10"},
        {"a=b; Max-Age=010", "a|b| age=10"},
        {"a=b; Max-Age=0", "a|b| age=0"},
        {"a=b; Max-Age=-1", "a|b| age=-1"},
        {"a=b; Max-Age=", "a|b|"},
        {"a=b; Max-Age=-", "a|b|"},
        {"a=b; Max-Age=+1", "a|b|"},
        {"a=b; Max-Age=1.5", "a|b|"},
        {"a=b; Max-Age=1 0", "a|b|"},
        {"a=b; Max-Age=--1", "a|b|"},
        {"a=b; Max-Age=\"10\"", "a|b|"},
        {"a=b; Max-Age=1; Max-Age=x", "a|b| age=1"},
        {"a=b; Max-Age=1; Max-Age=2", "a|b| age=2"},
        {"a=b; Max-Age=9223372036854775807", "a|b| age=9223372036854775807"},
        {"a=b; Max-Age=99999999999999999999999", "a|b| age=9223372036854775807"},
        {"a=b; Max-Age=-99999999999999999999999", "a|b| age=-9223372036854775807"},
        {"a=b; SameSite=Strict", "a|b| strict"},
        {"a=b; samesite = lax", "a|b| lax"},
        {"a=b; SameSite=NONE", "a|b| none"},
        {"a=b; SameSite", "a|b|"},
        {"a=b; SameSite=Strict; SameSite=x", "a|b|"},
        {"a=b; SameSite=Strict; SameSite=Lax", "a|b| lax"},
        {"a=b;Secure;HttpOnly;Partitioned;SameSite=None;Max-Age=1;Path=/;Domain=x.y",
         "a|b| domain=x.y path=/ age=1 secure httponly none partitioned"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].field);
        struct assent_set_cookie sc;
        char line[200] = "";
        int error = assent_set_cookie_parse(assent_span(guard_copy(text(rows[i].field)), len), &sc);

        CHECK_INT_ROW(rows[i].field, error, rows[i].cookie != NULL ? ASSENT_OK : ASSENT_ERR_SYNTAX);
        if (error == ASSENT_OK && rows[i].cookie != NULL) {
            describe(&sc, line, sizeof(line));
            CHECK_SPAN_ROW(rows[i].field, text(line), rows[i].cookie);
        }
    }
}

TEST(a_nul_byte_voids_the_field)
{
    struct assent_set_cookie sc;

    CHECK_INT(assent_set_cookie_parse(ASSENT_SPAN("a=b\0c"), &sc), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_set_cookie_parse(ASSENT_SPAN("a=b; Path=/\0"), &sc), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_set_cookie_parse(assent_span(NULL, 0), &sc), ASSENT_ERR_SYNTAX);
}

/* A field of name_len, '=', value_len and "; Path=/" with path_len bytes in all. */
static struct assent_span long_field(size_t name_len, size_t value_len, size_t path_len)
{
    static uint8_t field[2 * ASSENT_COOKIE_PAIR_BYTES + 100];
    uint8_t *at = field;

    memset(at, 'n', name_len);
    at += name_len;
    *at++ = '=';
    memset(at, 'v', value_len);
    at += value_len;
    memcpy(at, "; Path=", 7);
    at += 7;
    memset(at, '/', path_len);
    at += path_len;
    return assent_span(field, (size_t)(at - field));
}

TEST(name_and_value_have_a_limit_together)
{
    static const struct {
        size_t name_len;
        size_t value_len;
        int error;
    } rows[] = {
        {1, ASSENT_COOKIE_PAIR_BYTES - 1, ASSENT_OK},
        {1, ASSENT_COOKIE_PAIR_BYTES, ASSENT_ERR_LIMIT},
        {ASSENT_COOKIE_PAIR_BYTES, 0, ASSENT_OK},
        {ASSENT_COOKIE_PAIR_BYTES + 1, 0, ASSENT_ERR_LIMIT},
        {0, ASSENT_COOKIE_PAIR_BYTES, ASSENT_OK},
        {0, ASSENT_COOKIE_PAIR_BYTES + 1, ASSENT_ERR_LIMIT},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assent_set_cookie sc;

        CHECK_INT(assent_set_cookie_parse(long_field(rows[i].name_len, rows[i].value_len, 1), &sc),
                  rows[i].error);
    }
}

TEST(too_long_attribute_values_are_skipped)
{
    struct assent_set_cookie sc;

    CHECK_INT(assent_set_cookie_parse(long_field(1, 1, ASSENT_COOKIE_ATTRIBUTE_BYTES), &sc), 0);
    CHECK_INT(sc.path.len, ASSENT_COOKIE_ATTRIBUTE_BYTES);
    CHECK_INT(assent_set_cookie_parse(long_field(1, 1, ASSENT_COOKIE_ATTRIBUTE_BYTES + 1), &sc), 0);
    CHECK(!sc.has_path);
}

TEST(a_skipped_attribute_leaves_the_one_before)
{
    static char field[ASSENT_COOKIE_ATTRIBUTE_BYTES + 50] = "a=b; Secure; Domain=x.y; Domain=";
    struct assent_set_cookie sc;

    memset(field + strlen(field), 'z', ASSENT_COOKIE_ATTRIBUTE_BYTES + 1);
    CHECK_INT(assent_set_cookie_parse(text(field), &sc), ASSENT_OK);
    CHECK_SPAN(sc.domain, "x.y");
}

/* What ends early is read as what it is, and nothing beyond is touched. */
TEST(every_prefix_is_read_within_its_bounds)
{
    static const char field[] = "sid=abc; Domain=.example.com; Path=/a; Max-Age=3600; "
                                "Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; "
                                "SameSite=None; Partitioned";

    for (size_t len = 0; len < sizeof(field); len++) {
        const uint8_t *copy = guard_copy(assent_span(field, len));
        struct assent_set_cookie sc;
        int error = assent_set_cookie_parse(assent_span(copy, len), &sc);

        CHECK_INT(error, len == 0 ? ASSENT_ERR_SYNTAX : ASSENT_OK);
        if (error != ASSENT_OK) {
            continue;
        }
        CHECK_SPAN(sc.value, len < 4    ? (len == 1   ? "s"
                                           : len == 2 ? "si"
                                                      : "sid")
                             : len == 4 ? ""
                             : len == 5 ? "a"
                             : len == 6 ? "ab"
                                        : "abc");
        CHECK_INT(sc.has_domain, len > strlen("sid=abc; Domain=."));
        CHECK_INT(sc.has_path, len >= strlen("sid=abc; Domain=.example.com; Path"));
        CHECK_INT(sc.has_max_age, len > strlen("sid=abc; Domain=.example.com; Path=/a; Max-Age="));
        CHECK_INT(sc.partitioned, len == sizeof(field) - 1);
    }
}

TEST(browsers_store_only_what_keeps_its_promises)
{
    static const struct {
        const char *field;
        bool https; /* acceptable there */
        bool http;
    } rows[] = {
        {"a=b", true, true},
        {"a=b; Secure", true, false},
        {"a=b; SameSite=None", false, false},
        {"a=b; SameSite=None; Secure", true, false},
        {"a=b; Partitioned", false, false},
        {"a=b; Partitioned; Secure", true, false},
        {"a=b; SameSite=Lax", true, true},
        {"a=b; Domain=\xC3\xA4.com", false, false},
        {"a=b; Domain=x.com", true, true},
        {"b", true, true},
        {"__Secure-a=b", false, false},
        {"__Secure-a=b; Secure", true, false},
        {"__secure-a=b", false, false},
        {"__Secure-a=b; Secure; Domain=x.com", true, false},
        {"__Host-a=b; Secure; Path=/", true, false},
        {"__Host-a=b; Path=/", false, false},
        {"__Host-a=b; Secure", false, false},
        {"__Host-a=b; Secure; Path=/x", false, false},
        {"__Host-a=b; Secure; Path=", false, false},
        {"__Host-a=b; Secure; Path=/; Domain=x.com", false, false},
        {"__Host-a=b; Secure; Path=/; Domain=", true, false},
        {"__HOST-a=b; Secure; Path=/; Domain=x.com", false, false},
        {"__Http-a=b; Secure; HttpOnly", true, false},
        {"__Http-a=b; Secure", false, false},
        {"__Http-a=b; HttpOnly", false, false},
        {"__Host-Http-a=b; Secure; HttpOnly; Path=/", true, false},
        {"__Host-Http-a=b; Secure; Path=/", false, false},
        {"__Host-Http-a=b; Secure; HttpOnly; Path=/x", false, false},
        {"=__Secure-a=b; Secure", false, false},
        {"=__Host-a; Secure; Path=/", false, false},
        {"__host-a; Secure; Path=/", false, false},
        {"=__Http-a", false, false},
        {"a=__Host-b", true, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assent_set_cookie sc;

        CHECK_INT_ROW(rows[i].field, assent_set_cookie_parse(text(rows[i].field), &sc), ASSENT_OK);
        CHECK_INT_ROW(rows[i].field, assent_set_cookie_acceptable(&sc, true),
                      rows[i].https ? ASSENT_OK : ASSENT_ERR_FORBIDDEN);
        CHECK_INT_ROW(rows[i].field, assent_set_cookie_acceptable(&sc, false),
                      rows[i].http ? ASSENT_OK : ASSENT_ERR_FORBIDDEN);
    }
}

TEST(lifetime_follows_max_age_then_expires_up_to_the_cap)
{
    enum { NOW = 784111777, CAP = ASSENT_COOKIE_LIFETIME_DAYS * 86400 };
    static const struct {
        const char *field;
        uint64_t left_s;
        bool session;
    } rows[] = {
        {"a=b", 0, true},
        {"a=b; Expires=x; Max-Age=x", 0, true},
        {"a=b; Max-Age=1", 1, false},
        {"a=b; Max-Age=0", 0, false},
        {"a=b; Max-Age=-9999999999999999999999", 0, false},
        {"a=b; Max-Age=34560000", CAP, false},
        {"a=b; Max-Age=34560001", CAP, false},
        {"a=b; Max-Age=9999999999999999999999", CAP, false},
        {"a=b; Expires=Sun, 06 Nov 1994 08:49:38 GMT", 1, false},
        {"a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT", 0, false},
        {"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, false},
        {"a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT", CAP, false},
        {"a=b; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 5, false},
        {"a=b; Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT", 0, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assent_set_cookie sc;
        bool session;

        CHECK_INT_ROW(rows[i].field, assent_set_cookie_parse(text(rows[i].field), &sc), ASSENT_OK);
        CHECK_INT_ROW(rows[i].field, assent_set_cookie_lifetime(&sc, NOW, &session),
                      rows[i].left_s);
        CHECK_INT_ROW(rows[i].field, session, rows[i].session);
    }
}

TEST(the_default_path_is_the_directory_of_the_request)
{
    static const struct {
        const char *target;
        const char *path;
    } rows[] = {
        {"", "/"},        {"/", "/"},        {"/a", "/"},
        {"/a/", "/a"},    {"/a/b", "/a"},    {"/a/b/c.html?x=/y/z", "/a/b"},
        {"/a?/b/c", "/"}, {"/a/b#/c", "/a"}, {"//", "/"},
        {"//a/b", "//a"}, {"a/b", "/"},      {"?x", "/"},
        {"*", "/"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_SPAN_ROW(rows[i].target, assent_set_cookie_default_path(text(rows[i].target)),
                       rows[i].path);
    }
}

TEST_MAIN(CASE(fields_are_read_as_browsers_read_them), CASE(a_nul_byte_voids_the_field),
          CASE(name_and_value_have_a_limit_together), CASE(too_long_attribute_values_are_skipped),
          CASE(a_skipped_attribute_leaves_the_one_before),
          CASE(every_prefix_is_read_within_its_bounds),
          CASE(browsers_store_only_what_keeps_its_promises),
          CASE(lifetime_follows_max_age_then_expires_up_to_the_cap),
          CASE(the_default_path_is_the_directory_of_the_request))
