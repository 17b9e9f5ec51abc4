/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_OPTIONS_H
#define ASSENT_BOARD_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Sites that may have an application behind them. */
enum { SIM_UPSTREAMS = 8 };

/* The command line of the simulator. Texts point into argv. */
struct sim_options {
    const char *bind;   /* address of this machine to listen at */
    const char *flash;  /* file that stands for the flash; NULL: nothing is kept */
    const char *policy; /* compiled policy for the gate; NULL: none */
    const char *sites;  /* folder with compiled policies: serve their sites; NULL: demo.h */
    const char *clock;  /* see fake_clock_init; "" as this machine's */
    const char *tap;    /* TAP device; NULL: libslirp */
    const char *upstreams[SIM_UPSTREAMS]; /* SITE=HOST:PORT,… as given; NULL behind the last */
    const char *admin_token;              /* NULL: the one kept in flash, or a new one */
    const char *dns; /* ADDRESS[:PORT] of a server of names; NULL: this machine's */
    const char *address;
    const char *mask;
    const char *gateway;
    uint64_t fault;       /* the power fails in this flash operation; 0: never */
    uint32_t send_buffer; /* of host sockets, bytes; 0: as usual */
    uint32_t tls_memory;  /* for mbedTLS, bytes; 0: all there is */
    uint16_t http;        /* ports of this machine; 0: not open */
    uint16_t https;
    uint16_t admin;
    uint32_t kiosk; /* idle seconds that end a session; 0: no kiosk */
    bool outside;   /* applications may be on other machines */
    bool admin_tls; /* administration speaks HTTPS */
    bool control;   /* commands come on standard input */
    bool memory;    /* only say how much is used */
};

/* Read the command line.
 *   return  -1: go on; else the exit code, after help or a complaint was printed */
int sim_options_parse(struct sim_options *options, int argc, char **argv);

#endif
