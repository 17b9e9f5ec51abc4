/* SPDX-License-Identifier: MIT */
#include "board/sim/admin.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "port/host/error_text.h"
#include "port/host/fake_clock.h"

/* What the device counts of its faults: those of its server and of its flash. */
static bool fault(void *ctx, unsigned index, const char **name, uint64_t *value)
{
    const struct sim_admin *a = ctx;
    const struct {
        const char *name;
        uint64_t value;
    } faults[] = {
        {"connections_evicted", a->server->evicted_count},
        {"connections_refused", a->server->refused_count},
        {"connections_timed_out", a->server->timeout_count},
        {"tls_failures", a->tls->failure_count},
        {"tls_refused", a->tls->refused_count},
        {"flash_misuse", a->application->flash.sim.misuse_count},
    };

    if (index >= sizeof(faults) / sizeof(faults[0])) {
        return false;
    }
    *name = faults[index].name;
    *value = faults[index].value;
    return true;
}

/* The clock below the floor is the simulator's own. */
static int set_clock(void *ctx, uint64_t unix_s)
{
    struct sim_admin *a = ctx;

    fake_clock_set(a->application->floor.clock->ctx, unix_s);
    return ASSENT_OK;
}

/* ---- secrets ---- */

static void print_hex(const char *name, const uint8_t *bytes, size_t len)
{
    printf("%s", name);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\n");
}

/* The token of the command line, or a new one if there is none yet. */
static int open_token(struct assent_keys *keys, const char *given)
{
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len = 0;
    int error = assent_admin_has_token(keys);

    if (given != NULL) {
        error = assent_admin_set_token(keys, assent_span(given, strlen(given)), text, &len);
    } else if (error == ASSENT_ERR_NOT_FOUND) {
        error = assent_admin_set_token(keys, assent_span(NULL, 0), text, &len);
        if (error == ASSENT_OK) {
            printf("admin token  %.*s\n", (int)len, (const char *)text);
        }
    }
    assent_bytes_wipe(text, sizeof(text));
    return error;
}

static int open_policy_key(struct assent_keys *keys)
{
    uint8_t key[ASSENT_SHA256_BYTES];
    int error = assent_keys_get(keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME), key, sizeof(key));

    if (error == ASSENT_ERR_NOT_FOUND) {
        error = keys->entropy->random(keys->entropy->ctx, key, sizeof(key));
        if (error == ASSENT_OK) {
            error = assent_keys_put(keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                                    assent_span(key, sizeof(key)));
        }
        if (error == ASSENT_OK) {
            print_hex("policy key   ", key, sizeof(key));
        }
    }
    assent_bytes_wipe(key, sizeof(key));
    return error < 0 ? error : ASSENT_OK;
}

bool sim_admin_open(struct sim_admin *a, struct sim_application *application,
                    const struct assent_lwip_server *server, const struct assent_tls_server *tls,
                    const char *token)
{
    int error = open_token(&application->keys, token);

    if (error == ASSENT_OK) {
        error = open_policy_key(&application->keys);
    }
    if (error != ASSENT_OK) {
        fprintf(stderr, "assent-sim: admin token: %s\n",
                error == ASSENT_ERR_RANGE ? "16 to 64 visible letters" : assent_error_text(error));
        return false;
    }
    if (application->is_new) {
        print_hex("audit key    ", application->master, sizeof(application->master));
        printf("These are shown once: keep them where the device is not.\n");
        assent_bytes_wipe(application->master, sizeof(application->master));
    }
    a->application = application;
    a->server = server;
    a->tls = tls;
    a->board = (struct assent_admin_board){
        .ctx = a, .peer = assent_lwip_server_peer, .set_clock = set_clock, .fault = fault};
    a->admin = (struct assent_admin){.app = &application->app,
                                     .floor = &application->floor,
                                     .board = &a->board,
                                     .certificate = a->certificate,
                                     .exchanges = a->exchanges,
                                     .exchange_count = SIM_EXCHANGES};
    assent_admin_init(&a->admin);
    return true;
}
