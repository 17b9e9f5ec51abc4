/* SPDX-License-Identifier: MIT */
/* assent page: what the gateway does to a page of an application. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/consent.h"
#include "http/insert.h"
#include "tools/tool.h"
#include "tools/values.h"

struct page_options {
    const char *notice;
    const char *link;
    const char *state;
    bool page;
    bool cuts;
    uint8_t allowed;
};

struct output {
    uint8_t *ptr;
    size_t len;
    size_t cap;
};

static void put(struct output *out, const void *bytes, size_t len)
{
    if (out->len + len > out->cap) {
        out->cap = 2 * (out->len + len);
        out->ptr = realloc(out->ptr, out->cap);
        if (out->ptr == NULL) {
            abort();
        }
    }
    if (len > 0) {
        memcpy(out->ptr + out->len, bytes, len);
    }
    out->len += len;
}

static void drain(struct assent_insert *insert, struct assent_span in, size_t room,
                  const struct page_options *o, struct output *out)
{
    struct assent_span piece;
    enum assent_insert_event event;

    while ((event = assent_insert_next(insert, &in, room, &piece)) != ASSENT_INSERT_MORE) {
        if (event == ASSENT_INSERT_START) {
            put(out, o->notice, strlen(o->notice));
        } else if (event == ASSENT_INSERT_END) {
            put(out, o->link, strlen(o->link));
        } else {
            put(out, piece.ptr, piece.len);
        }
    }
}

/* The page with its first part given in pieces of so many bytes, and the rest after that. */
static void run_cut(const struct page_options *o, const uint8_t *page, size_t len, size_t first,
                    size_t piece, struct output *out)
{
    struct assent_insert insert;
    size_t at = 0;

    out->len = 0;
    assent_insert_init(&insert, o->allowed, o->page);
    while (at < len) {
        size_t n = at == 0 && first > 0 ? first : piece;

        n = n < len - at ? n : len - at;
        drain(&insert, assent_span(page + at, n), piece, o, out);
        at += n;
    }
    assent_insert_end(&insert);
    drain(&insert, assent_span(NULL, 0), piece, o, out);
}

static bool same(const struct output *a, const struct output *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

static int run_insert(int argc, char **argv)
{
    struct page_options o = {.notice = "", .link = ""};
    const struct tool_option options[] = {{"--notice", &o.notice, NULL},
                                          {"--link", &o.link, NULL},
                                          {"--state", &o.state, NULL},
                                          {"--page", NULL, &o.page},
                                          {"--cuts", NULL, &o.cuts}};
    uint8_t choice[ASSENT_TIER_COUNT] = {0};
    struct output whole = {0};
    struct output other = {0};
    uint8_t *page;
    size_t len;
    int code = TOOL_OK;

    if (tool_options(argc, argv, options, sizeof(options) / sizeof(options[0])) != 0) {
        return tool_usage("no arguments expected");
    }
    if ((o.state != NULL && tool_state("--state", o.state, choice) != TOOL_OK)) {
        return TOOL_USAGE;
    }
    o.allowed = ASSENT_TIERS_ESSENTIAL;
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        if (choice[t] == ASSENT_CHOICE_GRANTED) {
            o.allowed = (uint8_t)(o.allowed | ASSENT_TIER_BIT(t));
        }
    }
    if (tool_read("-", &page, &len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    run_cut(&o, page, len, 0, len + 1, &whole);
    for (size_t cut = 0; o.cuts && cut <= len && code == TOOL_OK; cut++) {
        run_cut(&o, page, len, cut, cut == 0 ? 1 : len + 1, &other);
        code = same(&whole, &other) ? TOOL_OK : tool_fail(NULL, "cut at %zu differs", cut);
    }
    if (whole.len > 0) {
        fwrite(whole.ptr, 1, whole.len, stdout);
    }
    free(page);
    free(whole.ptr);
    free(other.ptr);
    return code;
}

static const struct tool_command subcommands[] = {
    {"insert", "[OPTION...]", "put a notice into a page as the gateway does",
     "Reads HTML from standard input.\n"
     "  --notice TEXT   what is put where the body begins\n"
     "  --link TEXT     what is put where it ends\n"
     "  --state LIST    analytics=granted: scripts that wait for it become live\n"
     "  --page          take it for a page even if it has neither doctype nor html\n"
     "  --cuts          check that the result is the same wherever the input is cut in two\n",
     NULL, run_insert},
    {.name = NULL},
};

const struct tool_command tool_page = {"page", "",          "what the gateway does to a page",
                                       NULL,   subcommands, NULL};
