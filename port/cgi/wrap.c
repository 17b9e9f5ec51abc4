/* SPDX-License-Identifier: MIT */
/* Consent for programs on plain CGI (RFC 3875), whatever server runs them: a program that is given the
 * program to run. It answers the paths of the consent application itself; in front of every other request
 * it takes out of the variables what the visitor has not allowed, runs the program, and passes the head of
 * its answer through the gate. Pages get notice and link. The program is not changed.
 *
 *     wrap PROGRAM          with the variables ASSENT_FLASH, ASSENT_TEXTS, ASSENT_POLICY
 *
 * It lives for one request. Requests wait for each other only while one is in the store, not while a
 * program runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/insert.h"
#include "http/relay_head.h"
#include "http/reply.h"
#include "port/host/cgi_head.h"
#include "port/host/kit_host.h"

enum { HEAD_BYTES = 16384, PART_BYTES = 16384, BLOCK_BYTES = 16384 };

static struct kit_host host;
static struct assent_kit_exchange exchange;
static uint8_t request_head[HEAD_BYTES];
extern char **environ;

/* What the program has written and is not dealt with yet. */
static uint8_t block[BLOCK_BYTES];
static size_t block_len;

static bool put(struct assent_span bytes)
{
    return bytes.len == 0 || fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len;
}

static int refuse(unsigned status)
{
    printf("Status: %u %s\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n\r\n%s\n",
           status, assent_response_phrase(status), assent_response_phrase(status));
    return 0;
}

/* ---- answers of the consent application ---- */

static int answer(void)
{
    uint8_t body[ASSENT_APP_BODY_BYTES];
    uint8_t head[HEAD_BYTES];
    struct assent_writer w = assent_writer(head, sizeof(head));
    const char *announced = getenv("CONTENT_LENGTH");
    unsigned long long length = announced != NULL ? strtoull(announced, NULL, 10) : 0;
    size_t kept = fread(body, 1, length < sizeof(body) ? (size_t)length : sizeof(body), stdin);
    int len;

    if (!assent_kit_answer(&exchange, assent_span(body, kept), length) ||
        cgi_head_answer(&w, exchange.head, true) != ASSENT_OK || !put(assent_writer_span(&w))) {
        return 1;
    }
    while ((len = assent_kit_read(&exchange, block, sizeof(block))) > 0) {
        (void)put(assent_span(block, (size_t)len));
    }
    assent_kit_idle(&host.kit);
    return len < 0 ? 1 : 0;
}

/* ---- the program ---- */

/* Variables as the gate has left the fields that they stand for. */
static void filter_variables(bool page)
{
    static const char *const exact[] = {"HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH",
                                        "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE"};
    char tiers[64];
    struct assent_writer w = assent_writer(tiers, sizeof(tiers) - 1);

    for (char **variable = environ; *variable != NULL;) {
        struct assent_span text = assent_span(*variable, strlen(*variable));
        struct assent_span name = assent_span_take(&text, '=');
        struct assent_span value;
        char name_text[256];
        char value_text[HEAD_BYTES];

        variable++;
        if (!cgi_head_filtered(&exchange, name, &value) || assent_span_equal(value, text)) {
            continue;
        }
        (void)snprintf(name_text, sizeof(name_text), "%.*s", (int)name.len, (const char *)name.ptr);
        if (value.ptr == NULL) {
            (void)unsetenv(name_text);
            variable = environ;
        } else {
            (void)snprintf(value_text, sizeof(value_text), "%.*s", (int)value.len,
                           (const char *)value.ptr);
            (void)setenv(name_text, value_text, 1);
        }
    }
    for (unsigned i = 0; page && i < sizeof(exact) / sizeof(exact[0]); i++) {
        (void)unsetenv(exact[i]);
    }
    assent_kit_tiers(&exchange, &w);
    tiers[w.len] = '\0';
    (void)setenv("HTTP_ASSENT_CONSENT", tiers, 1);
}

/* Start the program.
 *   return  what it writes, or -1 */
static int start(char **argv, pid_t *child)
{
    int ends[2];

    if (pipe(ends) != 0) {
        return -1;
    }
    *child = fork();
    if (*child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    (void)close(ends[1]);
    if (*child < 0) {
        (void)close(ends[0]);
        return -1;
    }
    return ends[0];
}

/* More of what the program writes, behind what is there.
 *   return  false: there is no more, or no room */
static bool more(int from)
{
    ssize_t len;

    do {
        len = read(from, block + block_len, sizeof(block) - block_len);
    } while (len < 0 && errno == EINTR);
    block_len += len > 0 ? (size_t)len : 0;
    return len > 0;
}

static void used(size_t len)
{
    block_len -= len;
    memmove(block, block + len, block_len);
}

/* Fields that describe the content byte by byte, out of the head of a page that is changed. */
static void copy_changed(struct assent_writer *out, struct assent_span head)
{
    static const char *const exact[] = {"content-length", "etag",        "last-modified",
                                        "accept-ranges",  "content-md5", "digest"};
    struct assent_span start;
    struct assent_head rest;
    struct assent_head_field field;

    if (assent_head_start(&rest, head, &start) != ASSENT_OK) {
        assent_writer_fail(out, ASSENT_ERR_SYNTAX);
        return;
    }
    assent_writer_put(out, start);
    assent_writer_text(out, "\r\n");
    while (assent_head_next(&rest, &field) == 1) {
        bool left = false;

        for (unsigned i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
            left = left ||
                   assent_span_equal_nocase(field.name, assent_span(exact[i], strlen(exact[i])));
        }
        if (!left) {
            assent_writer_put(out, field.line);
        }
    }
    assent_kit_end(out);
}

/* ---- pages ---- */

struct page {
    struct assent_insert insert;
    uint8_t notice[PART_BYTES];
    uint8_t link[PART_BYTES];
    int notice_len;
    int link_len;
    bool is_page;
};

static struct page page;

/* Whether the answer is a page that a visitor looks at; notice and link are made now, while the store is
 * open. */
static bool begin_page(struct assent_span head, enum assent_relay_page asked)
{
    struct assent_reply reply;
    bool head_only = exchange.request.method == ASSENT_METHOD_HEAD;

    if (asked == ASSENT_RELAY_NO_PAGE || head_only ||
        assent_reply_parse(&reply, head, head_only) != ASSENT_OK || !assent_relay_is_html(&reply)) {
        return false;
    }
    page.notice_len = assent_kit_notice(&exchange, page.notice, sizeof(page.notice));
    page.link_len = assent_kit_link(&exchange, page.link, sizeof(page.link));
    assent_insert_init(&page.insert, exchange.visit.gate.decision.allowed,
                       asked == ASSENT_RELAY_PAGE);
    return page.notice_len >= 0 && page.link_len >= 0;
}

static bool put_page(struct assent_span in)
{
    struct assent_span out;
    bool ok = true;

    for (;;) {
        switch (assent_insert_next(&page.insert, &in, BLOCK_BYTES, &out)) {
        case ASSENT_INSERT_BYTES:
            ok = put(out) && ok;
            break;
        case ASSENT_INSERT_START:
            ok = put(assent_span(page.notice, (size_t)page.notice_len)) && ok;
            break;
        case ASSENT_INSERT_END:
            ok = put(assent_span(page.link, (size_t)page.link_len)) && ok;
            break;
        case ASSENT_INSERT_MORE:
        default:
            return ok;
        }
    }
}

/* ---- the program's answer ---- */

/* Its head, as one of HTTP.
 *   return  ASSENT_OK, or why there is none */
static int read_head(int from, struct assent_writer *head)
{
    int len;

    do {
        *head = assent_writer(head->ptr, head->cap);
        len = cgi_head_read(assent_span(block, block_len), head);
    } while (len == ASSENT_ERR_MORE && more(from));
    if (len > 0) {
        used((size_t)len);
    }
    return len > 0 ? ASSENT_OK : len;
}

static int pass_head(struct assent_span head, enum assent_relay_page asked)
{
    static uint8_t changed[HEAD_BYTES];
    static uint8_t filtered[2 * HEAD_BYTES];
    static uint8_t answered[2 * HEAD_BYTES];
    struct assent_writer c = assent_writer(changed, sizeof(changed));
    struct assent_writer f = assent_writer(filtered, sizeof(filtered));
    struct assent_writer a = assent_writer(answered, sizeof(answered));
    int error;

    if (!kit_host_enter(&host)) {
        return ASSENT_ERR_IO;
    }
    page.is_page = begin_page(head, asked);
    if (page.is_page) {
        copy_changed(&c, head);
        head = assent_writer_span(&c);
    }
    error = c.error != ASSENT_OK ? c.error : assent_kit_response(&exchange, false, head, &f);
    assent_kit_idle(&host.kit);
    kit_host_leave(&host);
    if (error == ASSENT_OK) {
        error = cgi_head_answer(&a, assent_writer_span(&f), true);
    }
    return error == ASSENT_OK && !put(assent_writer_span(&a)) ? ASSENT_ERR_IO : error;
}

static void pass_content(int from)
{
    bool ok = true;

    do {
        struct assent_span bytes = assent_span(block, block_len);

        ok = page.is_page ? put_page(bytes) : put(bytes);
        used(block_len);
    } while (ok && more(from));
    if (ok && page.is_page) {
        assent_insert_end(&page.insert);
        (void)put_page(assent_span(NULL, 0));
    }
}

static int run(char **argv)
{
    static uint8_t bytes[HEAD_BYTES];
    struct assent_writer head = assent_writer(bytes, sizeof(bytes));
    enum assent_relay_page asked = assent_relay_is_page(&exchange.request);
    pid_t child;
    int from;

    filter_variables(asked != ASSENT_RELAY_NO_PAGE);
    kit_host_leave(&host);
    from = start(argv, &child);
    if (from < 0) {
        return refuse(500);
    }
    if (read_head(from, &head) != ASSENT_OK ||
        pass_head(assent_writer_span(&head), asked) != ASSENT_OK) {
        (void)refuse(502);
    } else {
        pass_content(from);
    }
    (void)close(from);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct assent_writer w = assent_writer(request_head, sizeof(request_head));
    struct assent_kit_client client = cgi_head_client(environ);
    const char *flash = getenv("ASSENT_FLASH");
    const char *texts = getenv("ASSENT_TEXTS");
    const char *policy = getenv("ASSENT_POLICY");
    int code;

    if (flash == NULL || texts == NULL || policy == NULL) {
        fprintf(stderr, "wrap: ASSENT_FLASH, ASSENT_TEXTS and ASSENT_POLICY are needed\n");
        return refuse(500);
    }
    if (cgi_head_write(&w, environ) != ASSENT_OK) {
        return refuse(w.error == ASSENT_ERR_SPACE ? 431 : 400);
    }
    if (!kit_host_open(&host, flash, texts, policy)) {
        return refuse(503);
    }
    if (assent_kit_request(&host.kit, &exchange, &client, request_head, w.len) < 0) {
        code = refuse(exchange.status);
    } else if (assent_kit_owns(&exchange)) {
        code = answer();
    } else if (argc > 1) {
        return run(argv); /* has closed the flash */
    } else {
        code = refuse(404);
    }
    kit_host_close(&host);
    return code;
}
