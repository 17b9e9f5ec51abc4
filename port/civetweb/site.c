/* SPDX-License-Identifier: MIT */
/* A site on CivetWeb with consent built in; see civet_gate.h.
 *   site PORT FLASH TEXTS POLICY */
#include <stdio.h>
#include <string.h>

#include "port/civetweb/civet_gate.h"
#include "port/host/kit_program.h"

enum { PAGE_BYTES = 32768, HEAD_BYTES = 1024, PART_BYTES = 12288 };

static struct kit_host host;
static struct civet_gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The site: a page that shows the cookies as the library has them, and sets its own. */
static int serve(struct mg_connection *connection, void *ctx)
{
    char page[PAGE_BYTES];
    char head[HEAD_BYTES];
    uint8_t notice[PART_BYTES];
    uint8_t link[PART_BYTES];
    int notice_len = civet_gate_notice(connection, notice, sizeof(notice));
    int link_len = civet_gate_link(connection, link, sizeof(link));
    const char *cookie = mg_get_header(connection, "Cookie");
    const char *claim = mg_get_header(connection, "Assent-Consent");
    const char *path = mg_get_request_info(connection)->local_uri;
    int len;

    (void)ctx;
    len = snprintf(page, sizeof(page),
                   "<!doctype html><title>Site</title>\n<body>%.*s<h1>Site</h1>\n"
                   "<p>cookies: %s %s</p>\n%.*s",
                   notice_len > 0 ? notice_len : 0, (const char *)notice,
                   cookie != NULL ? cookie : "", claim != NULL ? claim : "",
                   link_len > 0 ? link_len : 0, (const char *)link);
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                   "Content-Length: %d\r\n"
                   "Set-Cookie: pk_session=1; Path=/; HttpOnly\r\n"
                   "Set-Cookie: pk_usage=1; Path=/; Max-Age=86400\r\n"
                   "Set-Cookie: unknown=1; Path=/; HttpOnly\r\n%s\r\n",
                   len,
                   strcmp(path, "/shop/") == 0
                       ? "Set-Cookie: pk_ux1=1; Path=/shop/; Max-Age=86400; HttpOnly\r\n"
                       : "");
    if (civet_gate_head(connection, assent_span(head, strlen(head)))) {
        mg_write(connection, page, (size_t)len);
    }
    return 200;
}

int main(int argc, char **argv)
{
    struct mg_callbacks callbacks = {.begin_request = civet_gate_begin,
                                     .end_request = civet_gate_end};
    struct mg_context *server;
    char address[32];
    const char *options[] = {"listening_ports",   address, "num_threads", "8",
                             "enable_keep_alive", "yes",   NULL};

    if (!kit_program_open(&host, argc, argv)) {
        return 1;
    }
    (void)snprintf(address, sizeof(address), "127.0.0.1:%s", argv[1]);
    gate.kit = &host.kit;
    server = mg_start(&callbacks, &gate, options);
    if (server == NULL) {
        fprintf(stderr, "site: cannot listen\n");
        return 1;
    }
    mg_set_request_handler(server, "/", serve, NULL);
    kit_program_wait();
    mg_stop(server);
    kit_host_close(&host);
    return 0;
}
