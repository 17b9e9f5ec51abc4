/* SPDX-License-Identifier: MIT */
/* The certificate of the CA that vouches for an application, as a file from the operator: the setting of its
 * site asks for TLS by this CA from then on. */
#include "http/admin_part.h"

#include "http/field.h"
#include "http/gateway.h"

enum { HEAD, FILE_BYTES }; /* states */

/* Words around the block take most of it. */
enum { CONTENT_BYTES = 32768, HEAD_BYTES = 1024 };

/* The site of the query, whose application can be given a certificate; if there is none, the answer has
 * been given. */
static const struct assent_app_site *site_of(struct assent_admin_exchange *x,
                                             struct assent_engine *engine)
{
    const struct assent_gateway *gateway = x->admin->gateway;
    const struct assent_app_site *site =
        assent_admin_site(x->admin, assent_admin_query(engine, "site"));

    if (gateway == NULL || x->admin->certificate == NULL) {
        assent_admin_refuse(x, engine, 501, "This device speaks no TLS to applications.");
    } else if (site == NULL || site->number >= ASSENT_SITES) {
        assent_admin_refuse(x, engine, 422, "site is the id of one of the sites.");
    } else if (gateway->origin[site->number] == ASSENT_GATEWAY_GIVEN) {
        assent_admin_refuse(x, engine, 409, "Whoever started the device has set it.");
    } else if (gateway->settings[site->number].port == 0) {
        assent_admin_refuse(x, engine, 409,
                            "The site has no application yet. Set its address first, with TLS by "
                            "a CA.");
    } else {
        return site;
    }
    return NULL;
}

void assent_admin_certificate_begin(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_span value = assent_span(NULL, 0);
    struct assent_span params;
    const struct assent_app_site *site;
    struct assent_admin_work *work;
    bool form;

    if (!assent_admin_auth_change(x, engine, assent_admin_query(engine, "form"))) {
        return;
    }
    site = site_of(x, engine);
    if (site == NULL) {
        return;
    }
    (void)assent_request_field(&engine->request, ASSENT_SPAN("content-type"), &value);
    value = assent_field_main(value, &params);
    form = assent_span_equal_nocase(value, ASSENT_SPAN("multipart/form-data"));
    if (!form && !assent_span_equal_nocase(value, ASSENT_SPAN("application/octet-stream")) &&
        !assent_span_equal_nocase(value, ASSENT_SPAN("application/x-pem-file"))) {
        assent_admin_refuse(x, engine, 415, "A certificate is expected, as a file.");
        return;
    }
    work = assent_admin_take_work(x, engine);
    if (work != NULL) {
        x->site = site->number;
        work->state = form ? HEAD : FILE_BYTES;
        assent_pem_init(&work->pem, x->admin->certificate, ASSENT_UPSTREAM_CA_BYTES);
        assent_engine_limit_content(engine, CONTENT_BYTES);
    }
}

void assent_admin_certificate_take(struct assent_admin_exchange *x, struct assent_span bytes)
{
    static const char separator[] = "\r\n\r\n";
    struct assent_admin_work *work = &x->admin->work;
    size_t i = 0;

    if (work->owner != x) {
        return;
    }
    for (; i < bytes.len && work->state == HEAD && work->around < HEAD_BYTES; i++) {
        uint8_t c = bytes.ptr[i];

        work->around++;
        work->match = c == (uint8_t)separator[work->match] ? (uint8_t)(work->match + 1)
                      : c == '\r'                          ? 1
                                                           : 0;
        if (work->match == sizeof(separator) - 1) {
            work->state = FILE_BYTES;
        }
    }
    if (work->state == FILE_BYTES) {
        assent_pem_take(&work->pem, assent_span_slice(bytes, i, bytes.len));
    }
}

static const char *complaint(int error)
{
    switch (error) {
    case ASSENT_ERR_NOT_FOUND:
        return "There is no certificate in the file. It has a line -----BEGIN CERTIFICATE-----, or "
               "is DER.";
    case ASSENT_ERR_LIMIT:
        return "There is more than one certificate in the file. Give that of the CA alone.";
    case ASSENT_ERR_SPACE:
        return "The certificate is longer than this device can keep.";
    default:
        return "The certificate in the file is damaged or cut short.";
    }
}

void assent_admin_certificate_end(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_gateway *gateway = x->admin->gateway;
    struct assent_upstream_setting setting;
    struct assent_span der;
    int got;

    if (x->admin->work.owner != x) {
        return;
    }
    got = assent_pem_end(&x->admin->work.pem);
    if (got < 0) {
        assent_admin_refuse(x, engine, 422, complaint(got));
        return;
    }
    der = assent_span(x->admin->certificate, (size_t)got);
    setting = gateway->settings[x->site];
    setting.trust = ASSENT_UPSTREAM_CA;
    if (assent_gateway_check(gateway, &setting, der) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 422,
                            "This is no certificate that can be used here: X.509 with a key of RSA "
                            "or of P-256 or P-384.");
        return;
    }
    assent_admin_upstream_put(x, engine, x->site, &setting, der);
}
