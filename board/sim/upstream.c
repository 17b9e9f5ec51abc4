/* SPDX-License-Identifier: MIT */
/* Applications of the sites: from the command line, else from the store. */
#include "board/sim/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/dns.h>

#include "port/host/dns_port.h"
#include "port/host/error_text.h"
#include "port/host/upstream_text.h"

bool sim_upstream_lead(struct assent_gateway *gateway, struct sim_application *application,
                       const char *text)
{
    struct assent_span rest = assent_span(text, strlen(text));
    int site = sim_application_site(assent_span_take(&rest, '='));
    uint8_t ca[ASSENT_UPSTREAM_CA_BYTES];
    struct assent_upstream_setting setting;
    size_t ca_len;
    const char *wrong = site < 0 ? "no such site" : upstream_text_read(rest, &setting, ca, &ca_len);

    if (wrong == NULL) {
        int error = assent_gateway_set(gateway, &application->app, (uint8_t)site, &setting,
                                       assent_span(ca, ca_len), ASSENT_GATEWAY_GIVEN);

        wrong = error != ASSENT_OK ? assent_error_text(error) : NULL;
    }
    if (wrong != NULL) {
        fprintf(stderr, "assent-sim: --upstream %s: not understood: %s\n", text, wrong);
    }
    return wrong == NULL;
}

bool sim_upstream_ask(const char *text, bool slirp)
{
    char address[32] = "10.0.2.3";
    unsigned long port = 53;
    ip_addr_t server;
    size_t len = text != NULL ? strcspn(text, ":") : 0;
    char *end = NULL;

    if (text != NULL && len < sizeof(address)) {
        memcpy(address, text, len);
        address[len] = '\0';
    }
    if (text != NULL && text[len] == ':') {
        port = strtoul(text + len + 1, &end, 10);
    }
    if (slirp && strcmp(address, "127.0.0.1") == 0) {
        memcpy(address, "10.0.2.2", sizeof("10.0.2.2"));
    }
    if (len >= sizeof(address) || port == 0 || port > UINT16_MAX || (end != NULL && *end != '\0') ||
        ipaddr_aton(address, &server) == 0) {
        fprintf(stderr, "assent-sim: --dns %s: not understood\n", text);
        return false;
    }
    dns_port_set((uint16_t)port);
    dns_setserver(0, &server);
    return true;
}

void sim_upstream_load(struct assent_gateway *gateway, struct sim_application *application)
{
    (void)assent_gateway_load(gateway, &application->app, &application->kv);
    for (unsigned i = 0; i < SIM_SITES; i++) {
        struct assent_policy_controller controller;

        if (gateway->origin[i] == ASSENT_GATEWAY_UNREADABLE) {
            assent_policy_controller(&application->sites[i].policy, &controller);
            fprintf(stderr,
                    "assent-sim: %.*s: its application's setting cannot be used: 502 until it "
                    "is set anew\n",
                    (int)controller.id.len, (const char *)controller.id.ptr);
        }
    }
}
