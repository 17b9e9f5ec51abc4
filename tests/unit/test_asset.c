/* SPDX-License-Identifier: MIT */
#include "http/asset.h"

#include "http/field.h"
#include "tests/unit/test.h"

#define SPAN(literal)                                                                              \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* Ten bytes plain, seven in gzip, four in br. */
static const struct assent_asset assets[] = {
    {SPAN("/a.css"),
     "text/css",
     "max-age=60",
     "t1",
     {SPAN("BBBB"), SPAN("GZIPPED"), SPAN("0123456789")}},
    {SPAN("/a.css.map"), "text/plain", NULL, "t2", {{NULL, 0}, {NULL, 0}, SPAN("map")}},
    {SPAN("/b"), "text/plain", NULL, "t3", {{NULL, 0}, {NULL, 0}, SPAN("")}},
    {SPAN("/c.js"), "text/javascript", NULL, "t4", {{NULL, 0}, SPAN("GZIPPED"), {NULL, 0}}},
};
enum { ASSETS = sizeof(assets) / sizeof(assets[0]) };

static uint8_t buffer[1024];

static struct assent_span ask(const struct assent_asset *asset, const char *method,
                              const char *fields)
{
    static char text[1024];
    static struct assent_request request;
    static struct assent_response response;
    size_t len;
    bool fixed;
    const uint8_t *out;

    snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);
    assent_request_init(&request);
    CHECK_INT(assent_request_parse(&request, assent_span(text, strlen(text))), ASSENT_OK);
    assent_response_init(&response, buffer, sizeof(buffer));
    assent_response_reset(&response, &request);
    CHECK_INT_ROW(fields, assent_asset_answer(asset, &request, &response, NULL, NULL), ASSENT_OK);
    CHECK_INT(response.state, ASSENT_RESPONSE_DONE);
    out = assent_response_pending(&response, &len, &fixed);
    return assent_span(out, len);
}

static bool has(struct assent_span in, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= in.len; i++) {
        if (memcmp(in.ptr + i, text, len) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned status_of(struct assent_span out)
{
    return (unsigned)(out.ptr[9] - '0') * 100 + (unsigned)(out.ptr[10] - '0') * 10 +
           (unsigned)(out.ptr[11] - '0');
}

static struct assent_span content_of(struct assent_span out)
{
    size_t i = 0;

    while (memcmp(out.ptr + i, "\r\n\r\n", 4) != 0) {
        i++;
    }
    return assent_span_slice(out, i + 4, out.len);
}

TEST(assets_are_found_by_their_whole_path)
{
    for (size_t i = 0; i < ASSETS; i++) {
        CHECK(assent_asset_find(assets, ASSETS, assets[i].path) == &assets[i]);
    }
    CHECK(assent_asset_find(assets, ASSETS, ASSENT_SPAN("/a")) == NULL);
    CHECK(assent_asset_find(assets, ASSETS, ASSENT_SPAN("/a.css.")) == NULL);
    CHECK(assent_asset_find(assets, ASSETS, ASSENT_SPAN("/z")) == NULL);
    CHECK(assent_asset_find(assets, ASSETS, ASSENT_SPAN("")) == NULL);
    CHECK(assent_asset_find(assets, 0, ASSENT_SPAN("/b")) == NULL);
}

TEST(a_plain_answer_has_all_its_fields)
{
    CHECK_SPAN(
        ask(&assets[0], "GET", ""),
        "HTTP/1.1 200 OK\r\nVary: Accept-Encoding\r\nETag: \"t1\"\r\nCache-Control: max-age=60\r\n"
        "Content-Type: text/css\r\nAccept-Ranges: bytes\r\nContent-Length: 10\r\n\r\n0123456789");
    CHECK_SPAN(
        ask(&assets[1], "GET", "Accept-Encoding: gzip\r\n"),
        "HTTP/1.1 200 OK\r\nETag: \"t2\"\r\nContent-Type: text/plain\r\nAccept-Ranges: bytes\r\n"
        "Content-Length: 3\r\n\r\nmap");
    CHECK_SPAN(
        ask(&assets[2], "GET", ""),
        "HTTP/1.1 200 OK\r\nETag: \"t3\"\r\nContent-Type: text/plain\r\nAccept-Ranges: bytes\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST(the_coding_is_the_one_the_client_weighs_most)
{
    static const struct {
        const char *fields;
        const char *content; /* NULL: 406 */
    } rows[] = {
        {"", "0123456789"},
        {"Accept-Encoding:\r\n", "0123456789"},
        {"Accept-Encoding: gzip\r\n", "GZIPPED"},
        {"Accept-Encoding: GZIP\r\n", "GZIPPED"},
        {"Accept-Encoding: x-gzip\r\n", "GZIPPED"},
        {"Accept-Encoding: br\r\n", "BBBB"},
        {"Accept-Encoding: gzip, deflate, br\r\n", "BBBB"},
        {"Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n", "BBBB"},
        {"Accept-Encoding: gzip;q=1.0, br;q=0.9\r\n", "GZIPPED"},
        {"Accept-Encoding: gzip ; q=0.5 , br;q=0.501\r\n", "BBBB"},
        {"Accept-Encoding: gzip;q=0\r\n", "0123456789"},
        {"Accept-Encoding: gzip;q=0.000, br;q=0\r\n", "0123456789"},
        {"Accept-Encoding: gzip;q=0.001\r\n", "GZIPPED"},
        {"Accept-Encoding: gzip;q=2\r\n", "0123456789"},
        {"Accept-Encoding: gzip;q=\r\n", "0123456789"},
        {"Accept-Encoding: gzip;q=.5\r\n", "0123456789"},
        {"Accept-Encoding: gzip;q=0.5555\r\n", "0123456789"},
        {"Accept-Encoding: identity, gzip;q=0.5\r\n", "0123456789"},
        {"Accept-Encoding: *\r\n", "BBBB"},
        {"Accept-Encoding: *;q=0\r\n", NULL},
        {"Accept-Encoding: *;q=0, gzip\r\n", "GZIPPED"},
        {"Accept-Encoding: identity;q=0\r\n", NULL},
        {"Accept-Encoding: identity;q=0, br;q=0.1\r\n", "BBBB"},
        {"Accept-Encoding: xgzip, gzipx\r\n", "0123456789"},
        {"Accept-Encoding: deflate, zstd\r\n", "0123456789"},
        {"X-Accept-Encoding: gzip\r\n", "0123456789"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span out = ask(&assets[0], "GET", rows[i].fields);

        CHECK_INT_ROW(rows[i].fields, status_of(out), rows[i].content != NULL ? 200 : 406);
        CHECK_SPAN_ROW(rows[i].fields, content_of(out),
                       rows[i].content != NULL ? rows[i].content : "");
        CHECK_ROW(rows[i].fields, has(out, "\r\nVary: Accept-Encoding\r\n"));
        CHECK_INT_ROW(rows[i].fields, has(out, "\r\nContent-Encoding: gzip\r\n"),
                      rows[i].content != NULL && rows[i].content[0] == 'G');
        CHECK_INT_ROW(rows[i].fields, has(out, "\r\nContent-Encoding: br\r\n"),
                      rows[i].content != NULL && rows[i].content[0] == 'B');
    }
    CHECK_INT(status_of(ask(&assets[3], "GET", "")), 406); /* kept in gzip alone */
    CHECK_INT(status_of(ask(&assets[3], "GET", "Accept-Encoding: gzip\r\n")), 200);
}

TEST(conditions_are_evaluated_for_the_chosen_coding)
{
    static const struct {
        const char *fields;
        unsigned status;
    } rows[] = {
        {"If-None-Match: \"t1\"\r\n", 304},
        {"If-None-Match: W/\"t1\"\r\n", 304},
        {"If-None-Match: \"x\", \"t1\"\r\n", 304},
        {"If-None-Match: \"x,y\" ,W/\"t1\"\r\n", 304},
        {"If-None-Match: \"x\"\r\nIf-None-Match: \"t1\"\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"If-None-Match: \"x\"\r\n", 200},
        {"If-None-Match: t1\r\n", 200},
        {"If-None-Match: \"t1\r\n", 200},
        {"If-None-Match: \"a,\"t1\"\r\n", 200},
        {"If-None-Match: \"t1-gzip\"\r\n", 200},
        {"If-None-Match: \"t1\"\r\nAccept-Encoding: gzip\r\n", 200},
        {"If-None-Match: \"t1-gzip\"\r\nAccept-Encoding: gzip\r\n", 304},
        {"If-None-Match:\r\n", 200},
        {"If-Match: \"t1\"\r\n", 200},
        {"If-Match: *\r\n", 200},
        {"If-Match: W/\"t1\"\r\n", 412},
        {"If-Match: \"x\"\r\n", 412},
        {"If-Match: \"t1\"\r\nIf-None-Match: \"t1\"\r\n", 304},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span out = ask(&assets[0], "GET", rows[i].fields);

        CHECK_INT_ROW(rows[i].fields, status_of(out), rows[i].status);
        CHECK_INT_ROW(rows[i].fields, content_of(out).len > 0, rows[i].status == 200);
    }
    CHECK_SPAN(ask(&assets[0], "GET", "If-None-Match: *\r\n"),
               "HTTP/1.1 304 Not Modified\r\nVary: Accept-Encoding\r\nETag: \"t1\"\r\n"
               "Cache-Control: max-age=60\r\n\r\n");
}

TEST(one_range_is_sent_and_bad_ones_are_ignored)
{
    static const struct {
        const char *fields;
        unsigned status;
        const char *content;
        const char *range;
    } rows[] = {
        {"Range: bytes=0-3\r\n", 206, "0123", "bytes 0-3/10"},
        {"Range: bytes=9-9\r\n", 206, "9", "bytes 9-9/10"},
        {"Range: bytes=4-\r\n", 206, "456789", "bytes 4-9/10"},
        {"Range: bytes=4-99\r\n", 206, "456789", "bytes 4-9/10"},
        {"Range: bytes=-3\r\n", 206, "789", "bytes 7-9/10"},
        {"Range: bytes=-99\r\n", 206, "0123456789", "bytes 0-9/10"},
        {"Range: BYTES=0-0\r\n", 206, "0", "bytes 0-0/10"},
        {"Range: bytes=0-18446744073709551615\r\n", 206, "0123456789", "bytes 0-9/10"},
        {"Range: bytes=10-\r\n", 416, "", "bytes */10"},
        {"Range: bytes=18446744073709551615-\r\n", 416, "", "bytes */10"},
        {"Range: bytes=-0\r\n", 416, "", "bytes */10"},
        {"Range: bytes=18446744073709551616-\r\n", 200, "0123456789", NULL},
        {"Range: bytes=3-2\r\n", 200, "0123456789", NULL},
        {"Range: bytes=-\r\n", 200, "0123456789", NULL},
        {"Range: bytes=\r\n", 200, "0123456789", NULL},
        {"Range: bytes=a-b\r\n", 200, "0123456789", NULL},
        {"Range: bytes=1\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-1,3-4\r\n", 200, "0123456789", NULL},
        {"Range: bytes=-1-2\r\n", 200, "0123456789", NULL},
        {"Range: items=0-3\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-1\r\nRange: bytes=2-3\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-3\r\nIf-Range: \"t1\"\r\n", 206, "0123", "bytes 0-3/10"},
        {"Range: bytes=0-3\r\nIf-Range: W/\"t1\"\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-3\r\nIf-Range: \"t1\"\r\nIf-Range: \"t1\"\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-3\r\nIf-Range: \"x\"\r\n", 200, "0123456789", NULL},
        {"Range: bytes=0-3\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 200, "0123456789",
         NULL},
        {"Range: bytes=0-3\r\nAccept-Encoding: gzip\r\n", 206, "GZIP", "bytes 0-3/7"},
        {"Range: bytes=0-3\r\nIf-None-Match: \"t1\"\r\n", 304, "", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span out = ask(&assets[0], "GET", rows[i].fields);
        char range[64];

        CHECK_INT_ROW(rows[i].fields, status_of(out), rows[i].status);
        CHECK_SPAN_ROW(rows[i].fields, content_of(out), rows[i].content);
        CHECK_INT_ROW(rows[i].fields, has(out, "Content-Range"), rows[i].range != NULL);
        snprintf(range, sizeof(range), "\r\nContent-Range: %s\r\n",
                 rows[i].range != NULL ? rows[i].range : "");
        CHECK_INT_ROW(rows[i].fields, has(out, range), rows[i].range != NULL);
    }
    CHECK_INT(status_of(ask(&assets[2], "GET", "Range: bytes=0-0\r\n")), 416);
    CHECK_INT(status_of(ask(&assets[2], "GET", "Range: bytes=-1\r\n")), 416);
}

TEST(other_methods_are_answered_as_they_must_be)
{
    struct assent_span out = ask(&assets[0], "HEAD", "Range: bytes=0-3\r\n");

    CHECK_INT(status_of(out), 200); /* Range is for GET */
    CHECK(has(out, "Content-Length: 10\r\n"));
    CHECK_INT(content_of(out).len, 0);
    out = ask(&assets[0], "OPTIONS", "");
    CHECK_SPAN(out, "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n\r\n");
    out = ask(&assets[0], "POST", "");
    CHECK_INT(status_of(out), 405);
    CHECK(has(out, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
}

static void add_policy(void *context, struct assent_response *response)
{
    assent_response_text(response, "Content-Security-Policy", context);
}

TEST(extra_fields_go_with_every_answer)
{
    static char policy[] = "default-src 'none'";
    struct assent_request request;
    struct assent_response response;
    size_t len;
    bool fixed;

    assent_request_init(&request);
    CHECK_INT(assent_request_parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
              ASSENT_OK);
    assent_response_init(&response, buffer, sizeof(buffer));
    assent_response_reset(&response, &request);
    CHECK_INT(assent_asset_answer(&assets[1], &request, &response, add_policy, policy), ASSENT_OK);
    CHECK(assent_response_pending(&response, &len, &fixed) != NULL);
    CHECK(has(assent_span(buffer, len), "\r\nContent-Security-Policy: default-src 'none'\r\n"));
}

TEST(lists_and_weights_are_read_by_the_letter)
{
    struct assent_span list = ASSENT_SPAN(" ,a, \"b,\\\",c\" ;q=1,,d ,");
    struct assent_span element;
    uint64_t number;

    CHECK(assent_field_next(&list, &element));
    CHECK_SPAN(element, "a");
    CHECK(assent_field_next(&list, &element));
    CHECK_SPAN(element, "\"b,\\\",c\" ;q=1");
    CHECK(assent_field_next(&list, &element));
    CHECK_SPAN(element, "d");
    CHECK(!assent_field_next(&list, &element));
    CHECK(assent_field_has(ASSENT_SPAN("a, Close"), ASSENT_SPAN("close")));
    CHECK(!assent_field_has(ASSENT_SPAN("a, closed"), ASSENT_SPAN("close")));
    CHECK_INT(assent_field_weight(ASSENT_SPAN("")), 1000);
    CHECK_INT(assent_field_weight(ASSENT_SPAN("x=y; Q=0.25")), 250);
    CHECK_INT(assent_field_weight(ASSENT_SPAN("q=1.000")), 1000);
    CHECK_INT(assent_field_weight(ASSENT_SPAN("q=1.001")), 0);
    CHECK_INT(assent_field_weight(ASSENT_SPAN("q=-1")), 0);
    CHECK_INT(assent_field_weight(ASSENT_SPAN("q=\"; q=1")), 0);
    CHECK_INT(assent_field_number(ASSENT_SPAN("18446744073709551615"), &number), ASSENT_OK);
    CHECK(number == UINT64_MAX);
    CHECK_INT(assent_field_number(ASSENT_SPAN("18446744073709551616"), &number), ASSENT_ERR_LIMIT);
    CHECK_INT(assent_field_number(ASSENT_SPAN("99999999999999999999x"), &number),
              ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_field_number(ASSENT_SPAN(""), &number), ASSENT_ERR_SYNTAX);
}

TEST_MAIN(CASE(assets_are_found_by_their_whole_path), CASE(a_plain_answer_has_all_its_fields),
          CASE(the_coding_is_the_one_the_client_weighs_most),
          CASE(conditions_are_evaluated_for_the_chosen_coding),
          CASE(one_range_is_sent_and_bad_ones_are_ignored),
          CASE(other_methods_are_answered_as_they_must_be), CASE(extra_fields_go_with_every_answer),
          CASE(lists_and_weights_are_read_by_the_letter))
