/* SPDX-License-Identifier: MIT */
/* Heads of CGI: variables to a head, and a program's answer to one of HTTP. */
#include "tests/unit/test.h"

#include <string.h>

#include "port/host/cgi_head.h"

enum { OUT_BYTES = 1024 };

static uint8_t out[OUT_BYTES];

TEST(variables_become_a_head)
{
    static char method[] = "REQUEST_METHOD=POST";
    static char target[] = "REQUEST_URI=/a%20b?c";
    static char host[] = "HTTP_HOST=x";
    static char language[] = "HTTP_ACCEPT_LANGUAGE=de";
    static char length[] = "CONTENT_LENGTH=3";
    static char type[] = "CONTENT_TYPE=";
    static char again[] = "HTTP_CONTENT_LENGTH=3";
    static char path[] = "PATH=/bin";
    static char *const variables[] = {method, target, host, language, length,
                                      type,   again,  path, NULL};
    struct assent_writer w = assent_writer(out, sizeof(out));

    CHECK_INT(cgi_head_write(&w, variables), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w),
               "POST /a%20b?c HTTP/1.1\r\nhost: x\r\naccept-language: de\r\n"
               "content-length: 3\r\n\r\n");
}

TEST(without_method_or_target_there_is_no_head)
{
    static char method[] = "REQUEST_METHOD=GET";
    static char target[] = "REQUEST_URI=/";
    static char *const rows[][2] = {{method, NULL}, {target, NULL}, {NULL, NULL}};

    for (unsigned i = 0; i < 3; i++) {
        struct assent_writer w = assent_writer(out, sizeof(out));

        CHECK_INT(cgi_head_write(&w, rows[i]), ASSENT_ERR_SYNTAX);
    }
}

TEST(variables_cannot_split_a_head)
{
    static char method[] = "REQUEST_METHOD=GET";
    static char target[] = "REQUEST_URI=/";
    static char evil[] = "HTTP_X=a\r\nCookie: b";
    static char name[] = "HTTP_A: B=c";
    static char *const rows[][4] = {{method, target, evil, NULL}, {method, target, name, NULL}};

    for (unsigned i = 0; i < 2; i++) {
        struct assent_writer w = assent_writer(out, sizeof(out));

        CHECK_INT(cgi_head_write(&w, rows[i]), ASSENT_ERR_FORBIDDEN);
    }
}

TEST(a_variable_is_found_by_its_whole_name)
{
    static char first[] = "HTTPS_X=1";
    static char second[] = "HTTPS=on";
    static char address[] = "REMOTE_ADDR=10.0.0.7";
    static char *const variables[] = {first, second, address, NULL};
    struct assent_kit_client client = cgi_head_client(variables);

    CHECK(strcmp(cgi_head_variable(variables, "HTTPS"), "on") == 0);
    CHECK(cgi_head_variable(variables, "HTTP") == NULL);
    CHECK(client.https);
    CHECK(client.peer[0] == 10 && client.peer[3] == 7 && client.peer[4] == 0);
}

TEST(what_a_program_answers_becomes_a_head_of_http)
{
    static const struct {
        const char *in;
        const char *out;
        int result; /* bytes, or an error */
    } rows[] = {
        {"A: b\r\n\r\nc", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 8},
        {"A: b\n\nc", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 6},
        {"Status: 404 Gone fishing\nA:b\n\n", "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n", 30},
        {"Location: /x\n\n", "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", 14},
        {"status: 303\nlocation: /x\n\n", "HTTP/1.1 303 See Other\r\nlocation: /x\r\n\r\n", 26},
        {"Status: x\n\n", "", ASSENT_ERR_SYNTAX},
        {"Status: 100\n\n", "", ASSENT_ERR_SYNTAX},
        {"no head\n\n", "", ASSENT_ERR_SYNTAX},
        {"A: b\rc: d\n\n", "", ASSENT_ERR_SYNTAX},
        {"A: b\n", "", ASSENT_ERR_MORE},
        {"", "", ASSENT_ERR_MORE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span in = assent_span(rows[i].in, strlen(rows[i].in));
        struct assent_writer w = assent_writer(out, sizeof(out));

        CHECK_INT_ROW(rows[i].in, cgi_head_read(in, &w), rows[i].result);
        if (rows[i].result > 0) {
            CHECK_SPAN_ROW(rows[i].in, assent_writer_span(&w), rows[i].out);
            for (size_t len = 0; len < (size_t)rows[i].result; len++) {
                w = assent_writer(out, sizeof(out));
                CHECK_INT_ROW(rows[i].in, cgi_head_read(assent_span_slice(in, 0, len), &w),
                              ASSENT_ERR_MORE);
            }
        }
    }
}

TEST(an_answer_of_http_becomes_one_of_cgi)
{
    struct assent_span head = ASSENT_SPAN("HTTP/1.1 303 See Other\r\nConnection: close\r\n"
                                          "Location: /\r\nContent-Length: 0\r\n\r\n");
    struct assent_writer w = assent_writer(out, sizeof(out));

    CHECK_INT(cgi_head_answer(&w, head, true), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w),
               "Status: 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
    w = assent_writer(out, sizeof(out));
    CHECK_INT(cgi_head_answer(&w, head, false), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w), "Status: 303 See Other\r\nLocation: /\r\n\r\n");
    w = assent_writer(out, sizeof(out));
    CHECK_INT(cgi_head_answer(&w, assent_span_slice(head, 0, head.len - 2), true),
              ASSENT_ERR_SYNTAX);
}

TEST_MAIN(CASE(variables_become_a_head), CASE(without_method_or_target_there_is_no_head),
          CASE(variables_cannot_split_a_head), CASE(a_variable_is_found_by_its_whole_name),
          CASE(what_a_program_answers_becomes_a_head_of_http),
          CASE(an_answer_of_http_becomes_one_of_cgi))
