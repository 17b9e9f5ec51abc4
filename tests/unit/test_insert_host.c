/* SPDX-License-Identifier: MIT */
/* Hosts that pages load from. */
#include "http/insert_host.h"

#include "http/insert.h"
#include "tests/unit/test.h"

static char hosts[256];

static void found(void *ctx, struct assent_span host)
{
    size_t len = strlen(hosts);

    (void)ctx;
    CHECK(len + host.len + 2 < sizeof(hosts));
    memcpy(hosts + len, host.ptr, host.len);
    memcpy(hosts + len + host.len, " ", 2);
}

static const struct {
    const char *page;
    const char *expected;
} rows[] = {
    {"<script src='https://a.example/x'>", "a.example "},
    {"<img SRC = HTTP://A.Example:80>", "a.example "},
    {"<img src=//a.example><img src=\"//b.example?c\">", "a.example b.example "},
    {"<link rel=x href=\" https://a.example#b\">", "a.example "},
    {"<iframe src=https://a.example></iframe><video src=//b.example></video>",
     "a.example b.example "},
    {"<a href=https://a.example>", ""},
    {"<img srcset=//a.example/ data-src=//b.example/ src=/c.example/>", ""},
    {"<img src=data://a.example><img src=ftp://a.example><img src=a.example>", ""},
    {"<img src=//localhost/>", ""},
    {"<img src=''><img alt=//a.example>", ""},
    {"<!-- <img src=//a.example> --><title><img src=//a.example></title>", ""},
    {"</img src=//a.example>", ""},
    {"<img "
     "src=//aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example/"
     ">",
     ""},
};

TEST(hosts_are_found_in_what_loads_and_nowhere_else)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].page);

        for (size_t cut = 0; cut <= len; cut++) {
            struct assent_span pieces[2] = {assent_span(rows[i].page, cut),
                                            assent_span(rows[i].page + cut, len - cut)};
            struct assent_insert insert;
            struct assent_span out;

            hosts[0] = '\0';
            assent_insert_init(&insert, 1, true);
            insert.host.found = found;
            for (unsigned p = 0; p < 2; p++) {
                while (assent_insert_next(&insert, &pieces[p], 100, &out) != ASSENT_INSERT_MORE) {
                }
            }
            CHECK_SPAN_ROW(rows[i].page, assent_span(hosts, strlen(hosts)), rows[i].expected);
        }
    }
}

TEST_MAIN(CASE(hosts_are_found_in_what_loads_and_nowhere_else))
