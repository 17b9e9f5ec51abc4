/* SPDX-License-Identifier: MIT */
/* What a browser makes of the fields that the core reads and writes. Given a file, it runs that suite
 * of cases instead (tests/unit/test-http-state.sh makes one of the public http-state suite). */
#include "tests/unit/http_state.h"

#include <stdlib.h>

#include "core/date.h"
#include "core/set_cookie_build.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* 2012-01-01, when the dates of the suite lay on their intended sides. */
enum { NOW_S = 1325376000 };

static struct http_state state;

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

static void start(void)
{
    memset(&state, 0, sizeof(state));
    state.now_s = NOW_S;
}

static struct assent_span sent_to(const char *url)
{
    static uint8_t room[16384];
    struct assent_writer w = assent_writer(room, sizeof(room));

    http_state_send(&state, url, &w);
    return assent_writer_span(&w);
}

TEST(cookies_come_back_where_they_belong)
{
    static const struct {
        const char *received[3];
        const char *url; /* of the request; the response came from https://a.example.org/x/y */
        const char *sent;
    } rows[] = {
        {{"k=v"}, "https://a.example.org/x/y", "k=v"},
        {{"k=v"}, "https://a.example.org/x", "k=v"},
        {{"k=v"}, "https://a.example.org/", ""},
        {{"k=v"}, "https://a.example.org/xyz", ""},
        {{"k=v"}, "https://b.a.example.org/x/y", ""},
        {{"k=v; Domain=a.example.org"}, "https://b.a.example.org/x/y", "k=v"},
        {{"k=v; Domain=.Example.ORG"}, "https://b.example.org/x/y", "k=v"},
        {{"k=v; Domain=b.example.org"}, "https://b.example.org/x/y", ""},
        {{"k=v; Domain=xa.example.org"}, "https://a.example.org/x/y", ""},
        {{"k=v; Domain=org"}, "https://a.example.org/x/y", ""},
        {{"k=v; Domain=example.org:8888"}, "https://a.example.org/x/y", ""},
        {{"k=v; Path=/x/y"}, "https://a.example.org/x", ""},
        {{"k=v; Path=/"}, "https://a.example.org/q", "k=v"},
        {{"k=v; Secure"}, "http://a.example.org/x/y", ""},
        {{"k=v", "k=w"}, "https://a.example.org/x", "k=w"},
        {{"k=v", "K=w"}, "https://a.example.org/x", "k=v; K=w"},
        {{"k=v; Path=/", "k=w"}, "https://a.example.org/x", "k=w; k=v"},
        {{"k=v", "k=; Max-Age=0"}, "https://a.example.org/x", ""},
        {{"k=v", "k=; Max-Age=0; Path=/"}, "https://a.example.org/x", "k=v"},
        {{"k=v", "k=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "https://a.example.org/x", ""},
        {{"k=v; Expires=Sat, 31 Dec 2011 23:59:59 GMT"}, "https://a.example.org/x", ""},
        {{"k=v; Expires=Sun, 01 Jan 2012 00:00:01 GMT"}, "https://a.example.org/x", "k=v"},
        {{"v", "=w"}, "https://a.example.org/x", "w"},
        {{"a=1", "v", "b=2"}, "https://a.example.org/x", "a=1; v; b=2"},
        {{"k=v; Secure; Partitioned", "k=w; Secure"}, "https://a.example.org/x", "k=v; k=w"},
        {{"k=\"a;b\""}, "https://a.example.org/x", "k=\"a"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        start();
        for (size_t j = 0; j < 3 && rows[i].received[j] != NULL; j++) {
            http_state_receive(&state, text(rows[i].received[j]), "https://a.example.org/x/y");
        }
        CHECK_SPAN_ROW(rows[i].received[0], sent_to(rows[i].url), rows[i].sent);
    }
}

/* Each of these is stored; its expiry then removes it and leaves its neighbours alone. */
TEST(an_expiry_removes_exactly_its_cookie)
{
    static const char *const rows[] = {
        "k=v",
        "k=v; Path=/",
        "k=v; Path=/x/y",
        "k=v; Domain=a.example.org",
        "k=v; Domain=.eXample.org; Path=/x",
        "s=v; Secure",
        "s=v; Secure; Partitioned",
        "h=v; HttpOnly; SameSite=Strict; Max-Age=1000",
        "v",
        "=v=w; Path=/",
        "k[0]={\"a\": 1}",
        "\xC3\xA4 \"\t,\\=\xFF",
        "__Secure-k=v; Secure; Domain=example.org",
        "__Host-k=v; Secure; Path=/",
        "__HTTP-k=v; Secure; HttpOnly",
        "__host-http-k=v; Secure; HttpOnly; Path=/; SameSite=None",
    };
    const char *url = "https://a.example.org/x/y";

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assent_set_cookie sc;
        uint8_t room[400];
        struct assent_writer w = assent_writer(room, sizeof(room));
        size_t others;

        start();
        for (size_t j = 0; j < COUNT(rows) - 1; j++) {
            http_state_receive(&state, text(rows[j]), url);
        }
        http_state_receive(&state, text(rows[COUNT(rows) - 1]), url);
        others = state.count;
        CHECK_INT(others, COUNT(rows));
        CHECK_INT_ROW(rows[i], assent_set_cookie_parse(text(rows[i]), &sc), ASSENT_OK);
        if (sc.path.len == 0) {
            sc.path = assent_set_cookie_default_path(ASSENT_SPAN("/x/y"));
        }
        CHECK_INT_ROW(rows[i], assent_set_cookie_build_expiry(&w, &sc), ASSENT_OK);
        http_state_receive(&state, assent_writer_span(&w), "https://a.example.org/elsewhere/");
        CHECK_INT_ROW(rows[i], state.count, others - 1);
        http_state_receive(&state, text(rows[i]), url);
        CHECK_INT_ROW(rows[i], state.count, others);
    }
}

/* Cases of the public suite whose outcome RFC 6265bis has changed since, with what it says now. */
static const struct exception {
    const char *name;
    const char *sent;
} exceptions[] = {
    /* cookies without a name are kept now */
    {"0004", "foo"},
    {"0021", "a=b; x; c=d"},
    {"0023", "foo"},
    {"0024", "foo"},
    {"0025", "foo"},
    {"0026", "foo"},
    {"0027", "bar"},
    {"0028", "foo"},
    {"CHROMIUM0009", "BLAHHH"},
    {"CHROMIUM0010", "\"BLA\\\"HHH\""},
    {"CHROMIUM0012", "ABC"},
    {"MOZILLA0012", "test=\"fubar! = foo; five"},
    {"MOZILLA0014", "six"},
    {"MOZILLA0015", "seven"},
    {"MOZILLA0016", "eight"},
    {"MOZILLA0017", "eight; test=six"},
    {"NAME0017", "a=bar"},
    {"NAME0023", "foo"},
    {"NAME0025", "==a=bar"},
    {"NAME0028", "a"},
    {"NAME0031", "\"foo"},
    {"NAME0032", "\"foo\\\"bar"},
    {"NAME0033", "aaa"},
    /* a control character voids the field instead of ending it */
    {"DISABLED_CHROMIUM0022", ""},
    {"DISABLED_CHROMIUM0023", ""},
    /* paths are compared as they stand, not decoded */
    {"DISABLED_PATH0029", ""},
    /* an empty Domain that comes last makes the cookie host-only */
    {"OPTIONAL_DOMAIN0042", "foo=bar"},
};

static const struct exception *find_exception(const char *name)
{
    for (size_t i = 0; i < COUNT(exceptions); i++) {
        if (strcmp(exceptions[i].name, name) == 0) {
            return &exceptions[i];
        }
    }
    return NULL;
}

static const char *decode_hex(char *word)
{
    size_t len = strlen(word) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {word[2 * i], word[2 * i + 1], '\0'};

        word[i] = (char)strtoul(digits, NULL, 16);
    }
    word[len] = '\0';
    return word;
}

/* A date and what it means as IMF-fixdate, empty if nothing, both in hexadecimal.
 *   return  1 as the suite says, -1 not so */
static int run_date(void)
{
    uint8_t room[40];
    struct assent_writer w = assent_writer(room, sizeof(room));
    const char *date = decode_hex(strtok(NULL, " "));
    const char *expected = decode_hex(strtok(NULL, " "));
    uint64_t unix_s;

    if (assent_date_parse_cookie(text(date), &unix_s)) {
        assent_date_write_imf(&w, unix_s);
    }
    if (assent_span_equal(assent_writer_span(&w), text(expected))) {
        return 1;
    }
    printf("\"%s\" means \"%.*s\", expected \"%s\"\n", date, (int)w.len, (const char *)room,
           expected);
    return -1;
}

/* One case: its name, then in hexadecimal the URL of the request, the Cookie field that the suite
 * expects, and the Set-Cookie fields, which may hold NUL.
 *   return  1 as the suite says, 0 as the exception says, -1 neither */
static int run_case(char *line)
{
    const char *name = strtok(line, " ");
    const struct exception *exception = find_exception(name);
    struct assent_span sent;
    const char *expected;
    const char *url;
    char *word;

    if (strcmp(name, "DATE") == 0) {
        return run_date();
    }
    url = decode_hex(strtok(NULL, " "));
    expected = decode_hex(strtok(NULL, " "));
    start();
    while ((word = strtok(NULL, " ")) != NULL) {
        size_t len = strlen(word) / 2;

        http_state_receive(&state, assent_span(decode_hex(word), len),
                           "http://home.example.org:8888/cookie-parser");
    }
    sent = sent_to(url);
    if (exception == NULL && assent_span_equal(sent, text(expected))) {
        return 1;
    }
    if (exception != NULL && assent_span_equal(sent, text(exception->sent))) {
        return 0;
    }
    printf("%s: sent \"%.*s\", expected \"%s\"\n", name, (int)sent.len,
           sent.ptr != NULL ? (const char *)sent.ptr : "",
           exception != NULL ? exception->sent : expected);
    return -1;
}

static int run_suite(const char *path)
{
    static char line[65536];
    FILE *file = fopen(path, "r");
    unsigned same = 0;
    unsigned differ = 0;
    unsigned failed = 0;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        int outcome;

        line[strcspn(line, "\n")] = '\0';
        outcome = run_case(line);
        same += outcome > 0 ? 1 : 0;
        differ += outcome == 0 ? 1 : 0;
        failed += outcome < 0 ? 1 : 0;
    }
    fclose(file);
    failed += differ == COUNT(exceptions) || failed > 0 ? 0 : 1;
    printf("%u as the suite says, %u as RFC 6265bis says instead\n", same, differ);
    printf("%u passed, %u failed\n", same + differ, failed);
    return failed == 0 && same > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(cookies_come_back_where_they_belong),
        CASE(an_expiry_removes_exactly_its_cookie),
    };

    if (argc == 3 && strcmp(argv[1], "--suite") == 0) {
        return run_suite(argv[2]);
    }
    return test_run(cases, COUNT(cases), argc, argv);
}
