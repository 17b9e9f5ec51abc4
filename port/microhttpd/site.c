/* SPDX-License-Identifier: MIT */
/* A site on libmicrohttpd that knows nothing of consent but three lines; see mhd_gate.h.
 *   site PORT FLASH TEXTS POLICY */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/host/kit_program.h"
#include "port/microhttpd/mhd_gate.h"

enum { PAGE_BYTES = 32768, PART_BYTES = 12288 };

static struct kit_host host;
static struct mhd_gate gate;

static void set_cookies(struct MHD_Response *response, const char *url)
{
    (void)MHD_add_response_header(response, "Set-Cookie", "pk_session=1; Path=/; HttpOnly");
    (void)MHD_add_response_header(response, "Set-Cookie", "pk_usage=1; Path=/; Max-Age=86400");
    (void)MHD_add_response_header(response, "Set-Cookie", "unknown=1; Path=/; HttpOnly");
    if (strcmp(url, "/shop/") == 0) {
        (void)MHD_add_response_header(response, "Set-Cookie",
                                      "pk_ux1=1; Path=/shop/; Max-Age=86400; HttpOnly");
    }
}

static enum MHD_Result list(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    char *page = ctx;
    size_t len = strlen(page);

    (void)kind;
    (void)snprintf(page + len, PAGE_BYTES - len, "<li>%s=%s</li>\n", name, value);
    return MHD_YES;
}

/* The site: a page that shows each cookie as the library has it. */
static enum MHD_Result serve(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data, size_t *len,
                             void **user)
{
    static char page[PAGE_BYTES];
    static char notice[PART_BYTES];
    static char link[PART_BYTES];
    struct mhd_gate_exchange *x = mhd_gate_exchange(user);
    const char *cookie = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Cookie");
    struct MHD_Response *response;
    enum MHD_Result result;
    int notice_len = assent_kit_notice(&x->kit, (uint8_t *)notice, sizeof(notice));
    int link_len = assent_kit_link(&x->kit, (uint8_t *)link, sizeof(link));

    (void)ctx;
    (void)method;
    (void)version;
    (void)data;
    *len = 0;
    if (notice_len < 0 || link_len < 0) {
        return MHD_NO;
    }
    (void)snprintf(page, sizeof(page),
                   "<!doctype html><title>Site</title>\n<body>%.*s<h1>Site</h1>\n"
                   "<p>field: %s</p>\n<ul>\n",
                   notice_len, notice, cookie != NULL ? cookie : "");
    (void)MHD_get_connection_values(connection, MHD_COOKIE_KIND, list, page);
    (void)snprintf(page + strlen(page), sizeof(page) - strlen(page), "</ul>\n%.*s", link_len, link);
    response = MHD_create_response_from_buffer(strlen(page), page, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    set_cookies(response, url);
    result = mhd_gate_queue(x, connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *daemon;

    if (!kit_program_open(&host, argc, argv)) {
        return 1;
    }
    address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    gate.kit = &host.kit;
    gate.handler = serve;
    daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, mhd_gate_handle,
                              &gate, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
                              mhd_gate_begin, &gate, MHD_OPTION_NOTIFY_COMPLETED, mhd_gate_complete,
                              &gate, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "site: cannot listen\n");
        return 1;
    }
    kit_program_wait();
    MHD_stop_daemon(daemon);
    kit_host_close(&host);
    return 0;
}
