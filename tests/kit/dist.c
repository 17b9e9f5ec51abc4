/* SPDX-License-Identifier: MIT */
/* A program built against the integrator's archive (tests/kit/test-dist.sh).
 *   dist FLASH TEXTS POLICY     one request of a visitor who has not decided: its head as the gate leaves it,
 *                               the head of the answer, whether there is a notice */
#include <stdio.h>
#include <string.h>

#include "port/host/kit_host.h"

static struct kit_host host;
static struct assent_kit_exchange x;

int main(int argc, char **argv)
{
    static uint8_t head[] = "GET / HTTP/1.1\r\nHost: prokoders.localhost\r\n"
                            "Cookie: pk_session=1; pk_usage=2\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                 "Set-Cookie: pk_usage=3\r\nSet-Cookie: pk_session=4\r\n\r\n";
    static uint8_t out[4096];
    static uint8_t notice[16384];
    struct assent_writer w = assent_writer(out, sizeof(out));
    struct assent_kit_client client = {.https = false};
    int len;

    if (argc != 4 || !kit_host_open(&host, argv[1], argv[2], argv[3])) {
        return 2;
    }
    len = assent_kit_request(&host.kit, &x, &client, head, sizeof(head) - 1);
    if (len < 0 || assent_kit_answer(&x, assent_span(NULL, 0), 0)) {
        return 1;
    }
    printf("%.*s", len, (const char *)head);
    printf("notice: %s\n", assent_kit_notice(&x, notice, sizeof(notice)) > 0 ? "yes" : "no");
    if (assent_kit_response(&x, false, assent_span(answer, strlen(answer)), &w) != ASSENT_OK) {
        return 1;
    }
    printf("%.*s", (int)w.len, (const char *)out);
    kit_host_close(&host);
    return 0;
}
