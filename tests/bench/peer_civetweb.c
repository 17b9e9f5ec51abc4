/* SPDX-License-Identifier: MIT */
/* CivetWeb with the same page, on the kernel's sockets: threads instead of one wait, no TCP/IP stack of
 * its own. Built at bench time by tests/bench/bench-http.sh; the argument is the port. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <civetweb.h>

/* Head and body in one write: in two, each answer would wait for a delayed acknowledgement. */
static int answer(struct mg_connection *connection, void *ctx)
{
    char text[256 + 1024];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                       "Content-Length: 1024\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n\r\n");

    (void)ctx;
    memset(text + len, ' ', 1024);
    mg_write(connection, text, (size_t)len + 1024);
    return 200;
}

int main(int argc, char **argv)
{
    const char *options[] = {"listening_ports",
                             argc > 1 ? argv[1] : "0",
                             "num_threads",
                             "64",
                             "enable_keep_alive",
                             "yes",
                             NULL};
    struct mg_callbacks callbacks;
    struct mg_context *server;
    sigset_t ended;
    int number;

    memset(&callbacks, 0, sizeof(callbacks));
    sigemptyset(&ended);
    sigaddset(&ended, SIGTERM);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    server = mg_start(&callbacks, NULL, options);
    if (server == NULL) {
        return 1;
    }
    mg_set_request_handler(server, "/", answer, NULL);
    printf("ready\n");
    fflush(stdout);
    sigwait(&ended, &number);
    mg_stop(server);
    return 0;
}
