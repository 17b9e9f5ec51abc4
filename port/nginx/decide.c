/* SPDX-License-Identifier: MIT */
/* Consent beside nginx, for its auth_request: a program behind a local socket that speaks SCGI. It answers
 * the paths of the consent application; for every other request nginx asks it first, and gets in the
 * fields of a short answer what is to be done: see port/nginx/site.conf.
 *
 *     decide SOCKET FLASH TEXTS POLICY
 *
 *   Assent-Cookie    the field Cookie for the application, or nothing
 *   Assent-Tiers     what is allowed: "essential, analytics"
 *   Assent-Notice, Assent-Link   markup for the start and the end of the body
 *   Assent-Policy, Assent-Cache, Assent-Vary   values of Content-Security-Policy, Cache-Control, Vary
 *   Assent-Expire-1, -2, …       values of Set-Cookie that delete what is not allowed */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/field.h"
#include "http/relay_head.h"
#include "port/host/cgi_head.h"
#include "port/host/kit_host.h"

enum {
    HEADER_BYTES = 32768, /* of a request, all variables */
    ANSWER_BYTES = 65536,
    PART_BYTES = 16384,
    VARIABLES = 256,
    EXPIRES = 32, /* as many as site.conf hands on */
    WAIT_S = 5,
    BACKLOG = 64
};

static struct kit_host host;
static struct assent_kit_exchange exchange;
static volatile sig_atomic_t ended;

/* One connection. */
static char header[HEADER_BYTES + 1];
static char *variables[VARIABLES + 1];
static uint8_t request_head[HEADER_BYTES];
static uint8_t body[ASSENT_APP_BODY_BYTES];
static uint8_t answer_bytes[ANSWER_BYTES];

/* ---- SCGI ---- */

static bool read_all(int fd, void *out, size_t len)
{
    uint8_t *at = out;

    while (len > 0) {
        ssize_t got = read(fd, at, len);

        if (got <= 0) {
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, struct assent_span bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.ptr, bytes.len);

        if (done <= 0) {
            return false;
        }
        bytes = assent_span_slice(bytes, (size_t)done, bytes.len);
    }
    return true;
}

/* The header: a netstring of NAME NUL VALUE NUL …, which becomes variables.
 *   return  false: malformed or too long */
static bool read_header(int fd)
{
    size_t len = 0;
    unsigned count = 0;
    char c;

    do {
        if (!read_all(fd, &c, 1) || (c != ':' && (c < '0' || c > '9'))) {
            return false;
        }
        len = c == ':' ? len : len * 10 + (size_t)(c - '0');
    } while (c != ':' && len <= HEADER_BYTES);
    if (len > HEADER_BYTES || !read_all(fd, header, len) || !read_all(fd, &c, 1) || c != ',') {
        return false;
    }
    header[len] = '\0';
    for (size_t at = 0; at < len && count < VARIABLES; count++) {
        size_t name = strlen(header + at);

        if (at + name >= len) {
            return false;
        }
        header[at + name] = '=';
        variables[count] = header + at;
        at += strlen(header + at) + 1;
    }
    variables[count] = NULL;
    return count > 0 && count < VARIABLES;
}

/* Content: its first bytes are kept, its length is what counts.
 *   return  bytes kept, or -1 */
static int read_body(int fd, uint64_t length)
{
    size_t kept = length < sizeof(body) ? (size_t)length : sizeof(body);
    uint8_t rest[4096];

    if (!read_all(fd, body, kept)) {
        return -1;
    }
    for (length -= kept; length > 0;) {
        size_t len = length < sizeof(rest) ? (size_t)length : sizeof(rest);

        if (!read_all(fd, rest, len)) {
            return -1;
        }
        length -= len;
    }
    return (int)kept;
}

/* ---- answers ---- */

static void refuse(struct assent_writer *w, unsigned status)
{
    w->len = 0;
    w->error = ASSENT_OK;
    assent_writer_text(w, "Status: ");
    assent_writer_decimal(w, status);
    assent_writer_text(w, " ");
    assent_writer_text(w, assent_response_phrase(status));
    assent_writer_text(w, "\r\nContent-Type: text/plain\r\n\r\n");
}

static void answer_own(int fd, struct assent_writer *w)
{
    const char *text = cgi_head_variable(variables, "CONTENT_LENGTH");
    uint64_t length = 0;
    bool sent;
    int kept;
    int len;

    if (text != NULL && *text != '\0' &&
        assent_field_number(assent_span(text, strlen(text)), &length) != ASSENT_OK) {
        refuse(w, 400);
        return;
    }
    kept = read_body(fd, length);
    if (kept < 0 || !assent_kit_answer(&exchange, assent_span(body, (size_t)kept), length) ||
        cgi_head_answer(w, exchange.head, true) != ASSENT_OK) {
        refuse(w, 500);
        return;
    }
    do {
        sent = write_all(fd, assent_writer_span(w));
        len = assent_kit_read(&exchange, w->ptr, w->cap);
        w->len = len > 0 ? (size_t)len : 0;
    } while (sent && len > 0);
}

/* A value in one line: markup has line ends that mean no more than a space. */
static void put_line(struct assent_writer *w, struct assent_span name, uint8_t *value, int len)
{
    for (int i = 0; i < len; i++) {
        value[i] = value[i] < ' ' ? ' ' : value[i];
    }
    if (len > 0) {
        assent_kit_field(w, name, assent_span(value, (size_t)len));
    }
}

static void put_expire(struct assent_writer *w, struct assent_span value, unsigned number)
{
    uint8_t name[32];
    struct assent_writer n = assent_writer(name, sizeof(name));

    assent_writer_text(&n, "Assent-Expire-");
    assent_writer_decimal(&n, number);
    assent_kit_field(w, assent_writer_span(&n), value);
}

/* The head of a page as nginx makes one: with it the gate learns which cookies can be at the visitor, and
 * from where, so that a withdrawal deletes them with its own answer. */
static int write_page_head(struct assent_writer *w)
{
    const struct assent_policy *policy = &exchange.visit.site->policy;
    struct assent_policy_cookie cookie;

    assent_kit_start_answer(w, 200);
    assent_kit_field(w, ASSENT_SPAN("Content-Type"), ASSENT_SPAN("text/html"));
    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        if (!cookie.prefix && assent_kit_allows(&exchange, (enum assent_tier)cookie.tier)) {
            assent_writer_text(w, "Set-Cookie: ");
            assent_writer_put(w, cookie.name);
            assent_writer_text(w, "=1; Path=/\r\n");
        }
    }
    assent_kit_end(w);
    return w->error;
}

/* Whether a Set-Cookie deletes: those of write_page_head do not. */
static bool is_expiry(struct assent_span value)
{
    struct assent_span pair = assent_span_take(&value, ';');

    (void)assent_span_take(&pair, '=');
    return pair.len == 0;
}

static void put_fields(struct assent_writer *w, struct assent_head *head)
{
    static const struct {
        const char *field;
        const char *name;
    } kept[] = {{"content-security-policy", "Assent-Policy"},
                {"cache-control", "Assent-Cache"},
                {"vary", "Assent-Vary"}};
    struct assent_head_field field;
    unsigned count = 0;

    while (assent_head_next(head, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("set-cookie")) &&
            is_expiry(field.value) && count < EXPIRES) {
            put_expire(w, field.value, ++count);
        }
        for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
            if (assent_span_equal_nocase(field.name,
                                         assent_span(kept[i].field, strlen(kept[i].field)))) {
                assent_kit_field(w, assent_span(kept[i].name, strlen(kept[i].name)), field.value);
            }
        }
    }
}

/* What the gate adds to the head of a page. */
static int put_response(struct assent_writer *w)
{
    static uint8_t before[HEADER_BYTES];
    static uint8_t behind[HEADER_BYTES];
    struct assent_writer in = assent_writer(before, sizeof(before));
    struct assent_writer out = assent_writer(behind, sizeof(behind));
    struct assent_span start;
    struct assent_head head;
    int error = write_page_head(&in);

    if (error == ASSENT_OK) {
        error = assent_kit_response(&exchange, false, assent_writer_span(&in), &out);
    }
    if (error == ASSENT_OK) {
        error = assent_head_start(&head, assent_writer_span(&out), &start);
    }
    if (error == ASSENT_OK) {
        put_fields(w, &head);
    }
    return error;
}

static void decide(struct assent_writer *w)
{
    static uint8_t part[PART_BYTES];
    struct assent_span cookie = assent_kit_value(&exchange, ASSENT_SPAN("cookie"), 0);
    uint8_t tiers[64];
    struct assent_writer t = assent_writer(tiers, sizeof(tiers));

    if (exchange.visit.site == NULL) {
        refuse(w, 403);
        return;
    }
    assent_writer_text(w, "Status: 200 OK\r\nContent-Type: text/plain\r\n");
    if (cookie.len > 0) {
        assent_kit_field(w, ASSENT_SPAN("Assent-Cookie"), cookie);
    }
    assent_kit_tiers(&exchange, &t);
    assent_kit_field(w, ASSENT_SPAN("Assent-Tiers"), assent_writer_span(&t));
    if (assent_relay_is_page(&exchange.request) != ASSENT_RELAY_NO_PAGE) {
        put_line(w, ASSENT_SPAN("Assent-Notice"), part,
                 assent_kit_notice(&exchange, part, sizeof(part)));
        put_line(w, ASSENT_SPAN("Assent-Link"), part,
                 assent_kit_link(&exchange, part, sizeof(part)));
    }
    if (put_response(w) != ASSENT_OK || w->error != ASSENT_OK) {
        refuse(w, 500);
        return;
    }
    assent_writer_text(w, "\r\n");
}

static void serve(int fd)
{
    struct assent_writer head = assent_writer(request_head, sizeof(request_head));
    struct assent_writer w = assent_writer(answer_bytes, sizeof(answer_bytes));
    struct assent_kit_client client;

    if (!read_header(fd) || cgi_head_write(&head, variables) != ASSENT_OK) {
        refuse(&w, 400);
    } else {
        client = cgi_head_client(variables);
        if (assent_kit_request(&host.kit, &exchange, &client, request_head, head.len) < 0) {
            refuse(&w, exchange.status);
        } else if (cgi_head_variable(variables, "ASSENT_DECIDE") != NULL) {
            decide(&w);
        } else if (assent_kit_owns(&exchange)) {
            answer_own(fd, &w);
        } else {
            refuse(&w, 404);
        }
    }
    (void)write_all(fd, assent_writer_span(&w));
    assent_kit_idle(&host.kit);
}

/* ---- main ---- */

static void end(int number)
{
    (void)number;
    ended = 1;
}

/* The server has to be in the group of the socket. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    (void)unlink(path);
    if (bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) != 0 ||
        chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = end}; /* accept() is to be interrupted */
    struct timeval wait = {WAIT_S, 0};
    int listener;

    if (argc != 5) {
        fprintf(stderr, "usage: decide SOCKET FLASH TEXTS POLICY\n");
        return 2;
    }
    if (!kit_host_open(&host, argv[2], argv[3], argv[4])) {
        return 1;
    }
    listener = listen_at(argv[1]);
    if (listener < 0) {
        fprintf(stderr, "decide: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    /* A signal just before accept() is seen when this time is over. */
    (void)setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    while (ended == 0) {
        int fd = accept(listener, NULL, NULL);

        if (fd >= 0) {
            (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
            (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
            serve(fd);
            (void)close(fd);
        }
    }
    (void)close(listener);
    (void)unlink(argv[1]);
    kit_host_close(&host);
    return 0;
}
