/* SPDX-License-Identifier: MIT */
/* Applications behind the gateway: which there are, and a change of one. */
#include "http/admin_part.h"

#include "core/consent_json.h"
#include "http/field.h"
#include "http/gateway.h"
#include "http/target.h"

static const char *origin_of(const struct assent_gateway *gateway, uint8_t site)
{
    return assent_words_at("none\0"
                           "stored\0"
                           "given\0"
                           "unreadable\0",
                           gateway->origin[site]);
}

static const char *trust_of(const struct assent_upstream_setting *setting)
{
    return assent_words_at(assent_upstream_setting_trust_words, setting->trust);
}

/* ---- the list ---- */

static void text_member(struct assent_writer *w, const char *name,
                        const struct assent_upstream_text *text)
{
    assent_consent_json_name(w, name);
    assent_writer_json(w, assent_upstream_text(text));
}

static bool list_one(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_gateway *gateway = x->admin->gateway;
    const struct assent_upstream_setting *setting;
    uint8_t site;

    if (index >= app->site_count) {
        return false;
    }
    site = app->sites[index].number;
    setting = &gateway->settings[site];
    assent_writer_text(w, index == 0 ? "{\"upstreams\":[{" : ",{");
    assent_consent_json_name(w, "site");
    assent_writer_json(w, assent_admin_json_site(x->admin, site));
    assent_admin_json_word(w, "origin", origin_of(gateway, site));
    if (setting->port != 0 && gateway->origin[site] != ASSENT_GATEWAY_NONE) {
        text_member(w, "name", &setting->name);
        assent_admin_json_number(w, "port", setting->port);
        text_member(w, "host", &setting->host);
        text_member(w, "field", &setting->field);
        assent_admin_json_truth(w, "insert", setting->insert);
        assent_admin_json_word(w, "tls", trust_of(setting));
        if (setting->trust == ASSENT_UPSTREAM_CA || setting->trust == ASSENT_UPSTREAM_PIN) {
            assent_consent_json_name(w, "sha256");
            assent_consent_json_hex(w, setting->digest, sizeof(setting->digest));
        }
    }
    assent_writer_text(w, "}");
    return true;
}

static bool list_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    (void)x;
    if (index == 0) {
        assent_writer_text(w, "]}\n");
    }
    return index == 0;
}

void assent_admin_upstream_list(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {list_one, list_end, NULL};

    if (x->admin->gateway == NULL) {
        assent_admin_refuse(x, engine, 501, "This device leads nowhere.");
        return;
    }
    assent_admin_start(x, engine, 200, "application/json", NULL, parts);
}

/* ---- a change ---- */

/* A text of the form.
 *   return  false: too long, or not one */
static bool take_text(const struct assent_admin_exchange *x, const char *name,
                      struct assent_upstream_text *out)
{
    uint8_t bytes[ASSENT_UPSTREAM_NAME_BYTES];
    int len = assent_target_form_decode(assent_admin_value(x, name), bytes, sizeof(bytes));

    return len >= 0 && assent_upstream_setting_put(out, assent_span(bytes, (size_t)len));
}

/* A SHA-256 as 64 digits. */
static bool take_pin(struct assent_span text, uint8_t out[ASSENT_SHA256_BYTES])
{
    for (size_t i = 0; i < text.len && text.len == 2 * ASSENT_SHA256_BYTES; i++) {
        uint8_t c = assent_span_lower(text.ptr[i]);
        unsigned digit = (uint8_t)(c - '0') < 10 ? c - (unsigned)'0' : c - (unsigned)'a' + 10;

        if (digit > 15) {
            return false;
        }
        out[i / 2] = (uint8_t)((unsigned)out[i / 2] << 4 | digit);
    }
    return text.len == 2 * ASSENT_SHA256_BYTES;
}

/* What the form says.
 *   kept    the setting so far: a digest that is not given anew stays
 *   return  NULL, or a sentence about what is wrong */
static const char *take_setting(const struct assent_admin_exchange *x,
                                const struct assent_upstream_setting *kept,
                                struct assent_upstream_setting *out)
{
    struct assent_span pin = assent_admin_value(x, "pin");
    uint64_t port;

    *out = (struct assent_upstream_setting){
        .trust = (uint8_t)assent_words_find(assent_upstream_setting_trust_words,
                                            assent_admin_value(x, "tls")),
        .insert = assent_span_equal(assent_admin_value(x, "insert"), ASSENT_SPAN("yes"))};
    if (!take_text(x, "name", &out->name) || !take_text(x, "host", &out->host) ||
        !take_text(x, "field", &out->field)) {
        return "name, host and field have at most 64 letters.";
    }
    if (assent_field_number(assent_admin_value(x, "port"), &port) != ASSENT_OK ||
        port > UINT16_MAX) {
        return "port is a number from 1 to 65535.";
    }
    out->port = (uint16_t)port;
    if (out->trust == kept->trust &&
        (out->trust == ASSENT_UPSTREAM_CA || (out->trust == ASSENT_UPSTREAM_PIN && pin.len == 0))) {
        memcpy(out->digest, kept->digest, sizeof(out->digest));
    } else if (out->trust == ASSENT_UPSTREAM_PIN && !take_pin(pin, out->digest)) {
        return "pin is the SHA-256 of the certificate, 64 digits.";
    } else if (out->trust == ASSENT_UPSTREAM_CA && x->admin->certificate == NULL) {
        return "This device cannot be given the certificate of a CA.";
    }
    return assent_upstream_setting_check(out) != NULL
               ? "name, port, host, field or tls is not one that can be used."
               : NULL;
}

/* Whether the certificate of the CA is still to come. */
static bool is_due(const struct assent_upstream_setting *setting)
{
    static const uint8_t none[ASSENT_SHA256_BYTES];

    return setting->trust == ASSENT_UPSTREAM_CA && memcmp(setting->digest, none, sizeof(none)) == 0;
}

void assent_admin_upstream_put(struct assent_admin_exchange *x, struct assent_engine *engine,
                               uint8_t site, struct assent_upstream_setting *setting,
                               struct assent_span der)
{
    struct assent_app *app = x->admin->app;
    struct assent_gateway *gateway = x->admin->gateway;
    int error;

    if (assent_upstream_setting_write(app->consents->kv, app->consents->audit, app->crypto, site,
                                      setting, der, assent_admin_now(x->admin)) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The setting cannot be stored now.");
        return;
    }
    error = assent_gateway_set(gateway, app, site, setting, der, ASSENT_GATEWAY_STORED);
    if (setting != NULL && is_due(setting)) {
        assent_admin_done(x, engine, "upstream-due");
    } else if (error != ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "It is stored, and cannot be used now: 502.");
    } else {
        assent_admin_done(x, engine, setting != NULL ? "upstream" : "no-upstream");
    }
}

/* Another setting, with the certificate that is kept. */
static void put(struct assent_admin_exchange *x, struct assent_engine *engine, uint8_t site,
                struct assent_upstream_setting *setting)
{
    const struct assent_app *app = x->admin->app;
    bool due = is_due(setting);
    uint8_t ca[ASSENT_UPSTREAM_CA_BYTES];
    struct assent_upstream_setting kept;
    size_t ca_len = 0;
    int error;

    if (setting->trust == ASSENT_UPSTREAM_CA && !due &&
        assent_upstream_setting_read(app->consents->kv, app->crypto, site, &kept, ca, &ca_len) !=
            ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The certificate kept cannot be read.");
        return;
    }
    error =
        due ? ASSENT_OK : assent_gateway_check(x->admin->gateway, setting, assent_span(ca, ca_len));
    if (error == ASSENT_ERR_NOT_FOUND) {
        assent_admin_refuse(x, engine, 422, "This device asks nobody for names: give an address.");
    } else if (error != ASSENT_OK) {
        assent_admin_refuse(x, engine, 422, "This device cannot speak TLS as it says.");
    } else {
        assent_admin_upstream_put(x, engine, site, setting, assent_span(ca, ca_len));
    }
}

void assent_admin_upstream_set(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_gateway *gateway = x->admin->gateway;
    const struct assent_app_site *site = assent_admin_site(x->admin, assent_admin_value(x, "site"));
    struct assent_upstream_setting setting;
    const char *wrong;

    if (gateway == NULL) {
        assent_admin_refuse(x, engine, 501, "This device leads nowhere.");
    } else if (site == NULL || site->number >= ASSENT_SITES) {
        assent_admin_refuse(x, engine, 422, "site is the id of one of the sites.");
    } else if (gateway->origin[site->number] == ASSENT_GATEWAY_GIVEN) {
        assent_admin_refuse(x, engine, 409, "Whoever started the device has set it.");
    } else if (assent_admin_value(x, "name").len == 0) {
        assent_admin_upstream_put(x, engine, site->number, NULL, assent_span(NULL, 0));
    } else {
        wrong = take_setting(x, &gateway->settings[site->number], &setting);
        if (wrong != NULL) {
            assent_admin_refuse(x, engine, 422, wrong);
        } else {
            put(x, engine, site->number, &setting);
        }
    }
}

/* ---- the page: two forms for each site, in pieces ---- */

static void input(struct assent_writer *w, const char *label, const char *name,
                  const struct assent_upstream_text *value)
{
    assent_writer_text(w, "<label>");
    assent_writer_text(w, label);
    assent_writer_text(w, "<input name=\"");
    assent_writer_text(w, name);
    assent_writer_text(w, "\" maxlength=\"64\" autocomplete=\"off\" value=\"");
    assent_admin_page_text(w, assent_upstream_text(value));
    assent_writer_text(w, "\"></label>");
}

static void trust_choice(struct assent_writer *w, const struct assent_upstream_setting *setting)
{
    static const char *const names[ASSENT_UPSTREAM_TRUSTS] = {
        "none", "by the CA given below", "this certificate", "insecure: with anybody"};

    assent_writer_text(w, "<label>TLS<select name=\"tls\">");
    for (unsigned i = 0; i < ASSENT_UPSTREAM_TRUSTS; i++) {
        assent_writer_text(w, "<option value=\"");
        assent_writer_text(w, assent_words_at(assent_upstream_setting_trust_words, i));
        assent_writer_text(w, i == setting->trust ? "\" selected>" : "\">");
        assent_writer_text(w, names[i]);
        assent_writer_text(w, "</option>");
    }
    assent_writer_text(w, "</select></label>");
}

static void begin_form(const struct assent_admin_exchange *x, struct assent_writer *w, uint8_t site,
                       const struct assent_upstream_setting *setting)
{
    assent_writer_text(w, "<h3>");
    assent_admin_page_text(w, assent_admin_json_site(x->admin, site));
    assent_writer_text(w, ": ");
    assent_writer_text(w, origin_of(x->admin->gateway, site));
    assent_writer_text(w, setting->trust == ASSENT_UPSTREAM_INSECURE
                              ? ", <b class=\"bad\">insecure: anybody in between reads it</b></h3>"
                              : "</h3>");
    assent_admin_page_form(x, w, "upstream");
    assent_writer_text(w, "<input type=\"hidden\" name=\"site\" value=\"");
    assent_admin_page_text(w, assent_admin_json_site(x->admin, site));
    assent_writer_text(w, "\">");
    input(w, "Address or name", "name", &setting->name);
}

/* A file of its own kind, so in a form of its own. Its CA can be given once there is an application. */
static void ca_form(const struct assent_admin_exchange *x, struct assent_writer *w, uint8_t site)
{
    const struct assent_upstream_setting *setting = &x->admin->gateway->settings[site];
    uint8_t form[ASSENT_ADMIN_FORM_BYTES];

    if (x->admin->certificate == NULL || setting->port == 0 ||
        x->admin->gateway->origin[site] == ASSENT_GATEWAY_GIVEN) {
        assent_writer_text(w, "\n");
        return;
    }
    assent_admin_auth_form(x, form);
    assent_writer_text(w, "<form method=\"post\" enctype=\"multipart/form-data\" "
                          "action=\"" ASSENT_ADMIN_PREFIX "upstream-ca?form=");
    assent_writer_put(w, assent_span(form, sizeof(form)));
    assent_writer_text(w, "&amp;site=");
    assent_admin_page_text(w, assent_admin_json_site(x->admin, site));
    assent_writer_text(w, "\"><label>Certificate of its CA, PEM or DER");
    assent_writer_text(w, is_due(setting) ? " <b class=\"bad\">(to come: 502 until then)</b>" : "");
    assent_writer_text(w, "<input type=\"file\" name=\"file\" required "
                          "accept=\".pem,.crt,.cer,.der\"></label>"
                          "<button>Trust this CA</button></form>\n");
}

bool assent_admin_upstream_forms(struct assent_admin_exchange *x, struct assent_writer *w,
                                 unsigned index)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_gateway *gateway = x->admin->gateway;
    unsigned place = (index - 1) / 5;
    const struct assent_upstream_setting *setting;

    if (gateway == NULL || (index > 0 && place >= app->site_count)) {
        return false;
    }
    if (index == 0) {
        assent_writer_text(w,
                           "<h2 id=\"upstreams\">Applications</h2>\n<p>What a site is led to; "
                           "without an address it is the device's own. Its exchanges end when it "
                           "changes.</p>\n");
        return true;
    }
    setting = &gateway->settings[app->sites[place].number];
    switch ((index - 1) % 5) {
    case 0:
        begin_form(x, w, app->sites[place].number, setting);
        break;
    case 1:
        assent_writer_text(w, "<label>Port<input name=\"port\" inputmode=\"numeric\" value=\"");
        assent_writer_decimal(w, setting->port != 0 ? setting->port : 80U);
        assent_writer_text(w, "\"></label>");
        input(w, "Host, if another", "host", &setting->host);
        break;
    case 2:
        input(w, "Field with the decision", "field", &setting->field);
        trust_choice(w, setting);
        break;
    case 3:
        assent_writer_text(w, "<label>SHA-256 of its certificate<input name=\"pin\" "
                              "maxlength=\"64\" autocomplete=\"off\"></label><label class=\"sure\">"
                              "<input type=\"checkbox\" name=\"insert\" value=\"yes\"");
        assent_writer_text(w, setting->insert || setting->port == 0 ? " checked" : "");
        assent_writer_text(w, ">Notice in its pages</label><button>Set</button></form>\n");
        break;
    default:
        ca_form(x, w, app->sites[place].number);
        break;
    }
    return true;
}
