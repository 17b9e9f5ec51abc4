/* SPDX-License-Identifier: MIT */
/* The command line of the simulator. */
#include "board/sim/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "assent-sim: the device on this machine, behind a TCP/IP stack of its own\n"
    "\n"
    "  --http PORT       port of this machine for HTTP, 0 for none        8080\n"
    "  --https PORT      for HTTPS                                        8443\n"
    "  --admin PORT      for administration, with --sites                 8081\n"
    "  --admin-tls       administration speaks HTTPS, and nothing else\n"
    "  --admin-token T   16 to 64 letters, instead of one made at the first start\n"
    "  --bind ADDRESS    address of this machine to listen at             127.0.0.1\n"
    "  --flash FILE      keep the flash in a file; created if missing\n"
    "  --fault N         fail the power in the Nth flash operation\n"
    "  --policy FILE     compiled policy for the gate\n"
    "  --clock SETTING   offset=S, start=UNIX, uptime=MS, scale=N, frozen, none; with commas\n"
    "  --net slirp|tap   how the network reaches it                       slirp\n"
    "  --tap NAME        TAP device                                       tap0\n"
    "  --address A --mask M --gateway G   of the device behind TAP        10.0.3.15 /24 10.0.3.2\n"
    "  --send-buffer N   bytes that a client may leave unread in this machine, for tests\n"
    "  --tls-memory N    bytes for mbedTLS, for tests\n"
    "  --memory          print what 64 connections take, and end\n"
    "  --sites FOLDER    serve the sites of the policies compiled there, such as build/policies\n"
    "  --kiosk SECONDS   be a terminal that visitors share: so long without a click ends a "
    "session\n"
    "  --upstream SITE=NAME:PORT[,host=NAME][,field=NAME][,insert=no]\n"
    "                    lead a site to an application, whatever the flash says: 127.0.0.1 is "
    "this\n"
    "                    machine. Its name for Host, the field that tells what is allowed, pages\n"
    "                    left as they are\n"
    "  --dns ADDRESS[:PORT]  who is asked for names of applications    this machine's\n"
    "  --outside         let the device reach other machines than this one\n"
    "  --control         read commands from standard input, end with it:\n"
    "                    stats | advance MILLISECONDS | quit\n";

enum kind { FLAG, TEXT, TEXTS, PORT, NUMBER, BIG };

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define OPTION(name, kind, member)                                                                 \
    {                                                                                              \
        name, kind, offsetof(struct sim_options, member)                                           \
    }

static const struct option table[] = {
    OPTION("--http", PORT, http),
    OPTION("--https", PORT, https),
    OPTION("--admin", PORT, admin),
    OPTION("--admin-tls", FLAG, admin_tls),
    OPTION("--admin-token", TEXT, admin_token),
    OPTION("--bind", TEXT, bind),
    OPTION("--flash", TEXT, flash),
    OPTION("--fault", BIG, fault),
    OPTION("--policy", TEXT, policy),
    OPTION("--clock", TEXT, clock),
    OPTION("--tap", TEXT, tap),
    OPTION("--address", TEXT, address),
    OPTION("--mask", TEXT, mask),
    OPTION("--gateway", TEXT, gateway),
    OPTION("--sites", TEXT, sites),
    OPTION("--upstream", TEXTS, upstreams),
    OPTION("--dns", TEXT, dns),
    OPTION("--outside", FLAG, outside),
    OPTION("--control", FLAG, control),
    OPTION("--memory", FLAG, memory),
    OPTION("--kiosk", NUMBER, kiosk),
    OPTION("--send-buffer", NUMBER, send_buffer),
    OPTION("--tls-memory", NUMBER, tls_memory),
};

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static bool number(const char *text, unsigned long long max, unsigned long long *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out <= max;
}

static bool store(struct sim_options *options, const struct option *option, const char *value)
{
    uint8_t *at = (uint8_t *)options + option->offset;
    unsigned long long n = 0;
    bool yes = true;
    uint16_t port;
    uint32_t count;
    uint64_t big;

    switch (option->kind) {
    case FLAG:
        memcpy(at, &yes, sizeof(yes));
        return true;
    case TEXT:
        memcpy(at, &value, sizeof(value));
        return true;
    case TEXTS:
        while (n < SIM_UPSTREAMS && options->upstreams[n] != NULL) {
            n++;
        }
        if (n < SIM_UPSTREAMS) {
            options->upstreams[n] = value;
        }
        return n < SIM_UPSTREAMS;
    case PORT:
        yes = number(value, UINT16_MAX, &n);
        port = (uint16_t)n;
        memcpy(at, &port, sizeof(port));
        return yes;
    case NUMBER:
        yes = number(value, INT32_MAX, &n);
        count = (uint32_t)n;
        memcpy(at, &count, sizeof(count));
        return yes;
    case BIG:
        yes = number(value, UINT64_MAX, &n);
        big = n;
        memcpy(at, &big, sizeof(big));
        return yes;
    }
    return false;
}

static int complain(const char *what, const char *which)
{
    fprintf(stderr, "assent-sim: %s %s; --help lists the options\n", what, which);
    return 2;
}

int sim_options_parse(struct sim_options *options, int argc, char **argv)
{
    const char *net = "slirp";

    *options = (struct sim_options){
        .bind = "127.0.0.1",
        .clock = "",
        .tap = "tap0",
        .address = "10.0.3.15",
        .mask = "255.255.255.0",
        .gateway = "10.0.3.2",
        .http = 8080,
        .https = 8443,
        .admin = 8081,
    };
    for (int i = 1; i < argc; i++) {
        const struct option *option = find(argv[i]);
        bool is_net = strcmp(argv[i], "--net") == 0;

        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
        if (option == NULL && !is_net) {
            return complain("unknown option", argv[i]);
        }
        if ((is_net || option->kind != FLAG) && i + 1 == argc) {
            return complain("no value for", argv[i]);
        }
        if (is_net) {
            net = argv[++i];
        } else if (option->kind == FLAG) {
            (void)store(options, option, "");
        } else if (!store(options, option, argv[++i])) {
            return complain("not a number in range:", argv[i]);
        }
    }
    if (strcmp(net, "slirp") == 0) {
        options->tap = NULL;
    } else if (strcmp(net, "tap") != 0) {
        return complain("unknown network", net);
    }
    return -1;
}
