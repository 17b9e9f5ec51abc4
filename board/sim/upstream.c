/* SPDX-License-Identifier: MIT */
/* Reads --upstream. */
#include "board/sim/upstream.h"

#include <string.h>

#include "http/field.h"

/* "ADDRESS:PORT" */
static bool read_place(struct assent_span text, bool slirp, struct assent_upstream *out)
{
    static const uint8_t host[4] = {10, 0, 2, 2};
    struct assent_span address = assent_span_take(&text, ':');
    uint64_t number;
    bool here = assent_span_equal(address, ASSENT_SPAN("localhost")) ||
                assent_span_equal(address, ASSENT_SPAN("127.0.0.1"));

    if (assent_field_number(text, &number) != ASSENT_OK || number == 0 || number > UINT16_MAX) {
        return false;
    }
    out->port = (uint16_t)number;
    if (slirp && here) {
        memcpy(out->address, host, sizeof(host));
        return true;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (assent_field_number(assent_span_take(&address, '.'), &number) != ASSENT_OK ||
            number > 255) {
            return false;
        }
        out->address[i] = (uint8_t)number;
    }
    return address.len == 0;
}

static bool read_option(struct assent_span option, struct assent_upstream *out)
{
    struct assent_span name = assent_span_take(&option, '=');

    if (assent_span_equal(name, ASSENT_SPAN("host"))) {
        out->host = option;
    } else if (assent_span_equal(name, ASSENT_SPAN("field"))) {
        out->decision_field = option;
    } else if (assent_span_equal(name, ASSENT_SPAN("insert"))) {
        out->insert = !assent_span_equal(option, ASSENT_SPAN("no"));
    } else {
        return false;
    }
    return option.len > 0;
}

bool sim_upstream_lead(struct assent_gateway *gateway, struct sim_application *application,
                       const char *text, bool slirp)
{
    struct assent_upstream upstream = {.decision_field = ASSENT_SPAN(ASSENT_GATEWAY_FIELD),
                                       .insert = true};
    struct assent_span rest = assent_span(text, strlen(text));
    struct assent_span name = assent_span_take(&rest, '=');
    int site = sim_application_site(name);
    bool ok = site >= 0 && read_place(assent_span_take(&rest, ','), slirp, &upstream);

    while (ok && rest.len > 0) {
        ok = read_option(assent_span_take(&rest, ','), &upstream);
    }
    return ok &&
           assent_gateway_lead(gateway, &application->app, (uint8_t)site, &upstream) == ASSENT_OK;
}
