/* SPDX-License-Identifier: MIT */
/* assent provision: the flash of a new device, with everything that it is to hold before its first start. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "http/admin.h"
#include "http/certificate.h"
#include "port/device/sntp.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"
#include "port/host/upstream_text.h"
#include "tools/pem.h"
#include "tools/provision_sites.h"
#include "tools/tool.h"
#include "tools/values.h"

#define TOKEN_RULE "an admin token has 16 to 64 visible letters"

struct order {
    const char *output, *token, *certificate, *key, *policy_key, *audit_key, *size, *sector,
        *chains, *time, *time_server;
    char **sites;
    int site_count;
    const char *upstreams[ASSENT_SITES];
    int upstream_count;
    bool force;
    uint64_t now_s;
    uint8_t time_server_address[4];
};

/* What nobody gave and the device needs: shown once, when everything else has succeeded. */
struct secrets {
    uint8_t audit_key[ASSENT_SHA256_BYTES];
    uint8_t policy_key[ASSENT_SHA256_BYTES];
    uint8_t token[ASSENT_ADMIN_TOKEN_MAX];
    size_t token_len;
};

static struct device_image image;
static const char *path; /* for complaints */

static int explain(const char *step, int error)
{
    return error == ASSENT_OK ? TOOL_OK : tool_fail(path, "%s: %s", step, assent_error_text(error));
}

/* ---- what is given, read and checked before there is an image ---- */

/* A given secret of 32 bytes, or a new one. */
static int settle_secret(const char *option, const char *given, uint8_t out[ASSENT_SHA256_BYTES])
{
    struct assent_entropy entropy = assent_entropy_host();

    if (given != NULL) {
        return tool_hex(option, given, out, ASSENT_SHA256_BYTES);
    }
    return entropy.random(entropy.ctx, out, ASSENT_SHA256_BYTES) == ASSENT_OK
               ? TOOL_OK
               : tool_fail(path, "no randomness");
}

static int settle_secrets(const struct order *order, struct secrets *secrets)
{
    int code = settle_secret("--audit-key", order->audit_key, secrets->audit_key);

    if (code == TOOL_OK) {
        code = settle_secret("--policy-key", order->policy_key, secrets->policy_key);
    }
    if (code == TOOL_OK && order->token != NULL && order->token[0] == '\0') {
        code = tool_usage(TOKEN_RULE);
    }
    return code;
}

static int plan(const struct order *order, struct assent_layout *layout)
{
    struct assent_entropy entropy = assent_entropy_host();
    uint64_t size = 2 << 20;
    uint64_t sector = 4096;
    uint64_t chains = 2048;

    if (tool_number("--size", order->size, 131072, 16 << 20, &size) != TOOL_OK ||
        tool_number("--sector", order->sector, 4096, 65536, &sector) != TOOL_OK ||
        tool_power_of_two("--chains", order->chains, 16, 4096, &chains) != TOOL_OK) {
        return TOOL_USAGE;
    }
    if (size % sector != 0 ||
        assent_layout_plan((uint32_t)sector, (uint32_t)(size / sector), layout) != ASSENT_OK) {
        return tool_usage("no device has %" PRIu64 " bytes in sectors of %" PRIu64, size, sector);
    }
    assent_layout_set_chains(layout, (uint32_t)chains);
    return entropy.random(entropy.ctx, layout->secret, sizeof(layout->secret)) == ASSENT_OK
               ? TOOL_OK
               : tool_fail(path, "no randomness");
}

static int read_certificate(const struct order *order, struct pem *chain, struct pem *key)
{
    int code;

    if (order->certificate == NULL) {
        return TOOL_OK; /* the device makes one of its own */
    }
    code = pem_read(order->certificate, "CERTIFICATE", chain);
    return code == TOOL_OK ? pem_read(order->key, "PRIVATE KEY", key) : code;
}

/* ---- the parts ---- */

static int format(const char *building, const struct assent_layout *layout,
                  const uint8_t master[ASSENT_SHA256_BYTES], uint64_t now_s)
{
    const char *step = "";
    int error;
    int code = device_image_create(&image, building, layout);

    if (code != TOOL_OK) {
        return code;
    }
    error = device_image_format(&image, master, now_s, true, &step);
    device_image_close(&image);
    return error != ASSENT_OK ? explain(step, error)
                              : device_image_open(&image, building, NULL, true);
}

/* Token keys of each site, the device secret, what the operator proves itself by. */
static int put_secrets(const struct order *order, struct assent_keys *keys, struct secrets *secrets)
{
    uint8_t form[ASSENT_SHA256_BYTES];
    struct assent_span token = order->token != NULL
                                   ? assent_span(order->token, strlen(order->token))
                                   : assent_span(NULL, 0);
    int error = ASSENT_OK;

    for (int i = 0; i < order->site_count && error == ASSENT_OK; i++) {
        error = assent_keys_create(keys, (uint8_t)i);
    }
    if (error == ASSENT_OK) {
        error = assent_keys_secret(keys, ASSENT_SPAN("form"), 0, form);
        assent_bytes_wipe(form, sizeof(form));
    }
    if (error != ASSENT_OK) {
        return explain("keys", error);
    }
    error = assent_keys_put(keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                            assent_span(secrets->policy_key, sizeof(secrets->policy_key)));
    if (error != ASSENT_OK) {
        return explain("policy key", error);
    }
    error = assent_admin_set_token(keys, token, secrets->token, &secrets->token_len);
    return error == ASSENT_ERR_RANGE ? tool_usage(TOKEN_RULE) : explain("admin token", error);
}

static int put_certificate(const struct order *order, struct assent_keys *keys,
                           const struct pem *chain, const struct pem *key)
{
    struct assent_blob blob =
        assent_certificate_blob(&image.kv, &image.view[ASSENT_REGION_BLOBS].flash);
    int error;

    if (order->certificate == NULL) {
        return TOOL_OK;
    }
    error = assent_certificate_write(keys, &blob, assent_span(chain->bytes, chain->len),
                                     assent_span(key->bytes, key->len));
    return error == ASSENT_ERR_RANGE
               ? tool_fail(order->certificate, "chain over %d bytes, or key over %d",
                           ASSENT_CERTIFICATE_BYTES, ASSENT_CERTIFICATE_KEY_BYTES)
               : explain("certificate", error);
}

static int put_time_server(const struct order *order)
{
    return order->time_server == NULL
               ? TOOL_OK
               : explain("time server",
                         assent_kv_put(&image.kv, ASSENT_SPACE_BOARD,
                                       ASSENT_SPAN(ASSENT_SNTP_SERVER_NAME),
                                       assent_span(order->time_server_address,
                                                   sizeof(order->time_server_address))));
}

static int fill(const struct order *order, struct secrets *secrets, struct provision_sites *sites,
                const struct pem *chain, const struct pem *key)
{
    struct assent_entropy entropy = assent_entropy_host();
    struct assent_keys keys = {&image.kv, NULL, &image.crypto, &entropy};
    struct assent_time now = {order->now_s, ASSENT_CLOCK_SET};
    const char *step = "store";
    int error = image.kv_error;
    int code;

    if (error == ASSENT_OK) {
        step = "audit log";
        error = image.log_error;
    }
    if (error == ASSENT_OK) {
        error = provision_sites_put_policies(sites, &image, now, &step);
    }
    code = explain(step, error);
    if (code == TOOL_OK) {
        code = put_secrets(order, &keys, secrets);
    }
    if (code == TOOL_OK) {
        code = put_certificate(order, &keys, chain, key);
    }
    if (code == TOOL_OK) {
        error = provision_sites_put_upstreams(sites, &image, now);
        code = explain("application", error);
    }
    if (code == TOOL_OK) {
        code = put_time_server(order);
    }
    return code;
}

/* ---- in order: read everything, build aside, show the secrets, give the image its name ---- */

static int build(const struct order *order, const char *building, struct secrets *secrets,
                 struct provision_sites *sites)
{
    struct assent_layout layout;
    struct pem chain = {NULL, 0};
    struct pem key = {NULL, 0};
    int code = plan(order, &layout);

    if (code == TOOL_OK) {
        code = read_certificate(order, &chain, &key);
    }
    if (code == TOOL_OK) {
        code = format(building, &layout, secrets->audit_key, order->now_s);
    }
    if (code == TOOL_OK) {
        code = fill(order, secrets, sites, &chain, &key);
        device_image_close(&image);
    }
    pem_free(&chain);
    pem_free(&key);
    return code;
}

static void print_key(const char *label, const uint8_t bytes[ASSENT_SHA256_BYTES])
{
    printf("%s", label);
    for (size_t i = 0; i < ASSENT_SHA256_BYTES; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

/* A device whose secrets nobody has read is none. */
static int print_secrets(const struct order *order, const struct secrets *secrets)
{
    if (order->audit_key == NULL) {
        print_key("audit key    ", secrets->audit_key);
    }
    if (order->policy_key == NULL) {
        print_key("policy key   ", secrets->policy_key);
    }
    if (order->token == NULL) {
        printf("admin token  %.*s\n", (int)secrets->token_len, (const char *)secrets->token);
    }
    if (order->audit_key == NULL || order->policy_key == NULL || order->token == NULL) {
        puts("What is printed above is kept nowhere else: keep it where the device is not.");
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0
               ? TOOL_OK
               : tool_fail("standard output", "%s", strerror(errno));
}

/* The image is built beside its place and moved there at the very end: whatever fails leaves nothing
 * behind, and an image that --force was to write over as it was. */
static int provision(const struct order *order)
{
    static struct provision_sites sites;
    struct secrets secrets = {.token_len = 0};
    char building[4096];
    int code;

    if ((size_t)snprintf(building, sizeof(building), "%s.new", path) >= sizeof(building)) {
        return tool_fail(path, "%s", strerror(ENAMETOOLONG));
    }
    if (!order->force && access(path, F_OK) == 0) {
        return tool_fail(path, "exists; --force writes over it");
    }
    if (remove(building) != 0 && errno != ENOENT) { /* of a run that was killed */
        return tool_fail(building, "%s", strerror(errno));
    }
    code = settle_secrets(order, &secrets);
    if (code == TOOL_OK) {
        code = provision_sites_read(&sites, (const char *const *)order->sites, order->site_count);
    }
    if (code == TOOL_OK) {
        code = provision_sites_read_upstreams(&sites, order->upstreams, order->upstream_count);
    }
    if (code == TOOL_OK) {
        code = build(order, building, &secrets, &sites);
    }
    if (code == TOOL_OK) {
        code = print_secrets(order, &secrets);
    }
    if (code == TOOL_OK && rename(building, path) != 0) {
        code = tool_fail(path, "%s", strerror(errno));
    }
    if (code != TOOL_OK) {
        (void)remove(building);
    }
    provision_sites_free(&sites);
    assent_bytes_wipe(&secrets, sizeof(secrets));
    return code;
}

/* Take out the one option that may be there more than once.
 *   return  how many words are left; -1: it has no value, or there are too many */
static int take_upstreams(int argc, char **argv, struct order *order)
{
    static const char name[] = "--upstream";
    int left = 0;

    for (int i = 0; i < argc; i++) {
        bool here = strncmp(argv[i], name, sizeof(name) - 1) == 0;
        const char *value = here && argv[i][sizeof(name) - 1] == '=' ? argv[i] + sizeof(name)
                            : here && argv[i][sizeof(name) - 1] == '\0' && i + 1 < argc ? argv[++i]
                                                                                        : NULL;

        if (!here) {
            argv[left++] = argv[i];
        } else if (value == NULL || order->upstream_count == ASSENT_SITES) {
            return -1;
        } else {
            order->upstreams[order->upstream_count++] = value;
        }
    }
    return left;
}

static int run(int argc, char **argv)
{
    struct order order = {.sites = argv};
    bool site = false; /* a word before each policy, which is what else there is */
    const struct tool_option options[] = {
        {"-o", &order.output, NULL},
        {"--site", NULL, &site},
        {"--admin-token", &order.token, NULL},
        {"--cert", &order.certificate, NULL},
        {"--key", &order.key, NULL},
        {"--policy-key", &order.policy_key, NULL},
        {"--audit-key", &order.audit_key, NULL},
        {"--size", &order.size, NULL},
        {"--sector", &order.sector, NULL},
        {"--chains", &order.chains, NULL},
        {"--time", &order.time, NULL},
        {"--time-server", &order.time_server, NULL},
        {"--force", NULL, &order.force},
    };

    argc = take_upstreams(argc, argv, &order);
    if (argc < 0) {
        return tool_usage("--upstream SITE=" UPSTREAM_TEXT_FORM ", once for each site");
    }
    order.site_count = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    if (order.site_count < 0) {
        return TOOL_USAGE;
    }
    if (order.output == NULL || order.site_count == 0) {
        return tool_usage("-o IMAGE and --site POLICY are needed");
    }
    if (order.site_count > ASSENT_SITES) {
        return tool_usage("a device has no more than %d sites", ASSENT_SITES);
    }
    if ((order.certificate == NULL) != (order.key == NULL)) {
        return tool_usage("--cert and --key go together");
    }
    if (tool_time("--time", order.time, &order.now_s) != TOOL_OK ||
        (order.time_server != NULL &&
         tool_address("--time-server", order.time_server, order.time_server_address) != TOOL_OK)) {
        return TOOL_USAGE;
    }
    path = order.output;
    return provision(&order);
}

const struct tool_command tool_provision = {
    "provision",
    "-o IMAGE --site POLICY... [--cert FILE --key FILE] [OPTION]...",
    "make the flash of a new device",
    "Sets up the store and puts everything there: policies (sources or images, numbered from 0 in\n"
    "their order), token keys, the seed of the random generator, certificate, admin token. "
    "Secrets\n"
    "that are not given are drawn, and printed at last. If anything fails, there is no image.\n"
    "  --cert FILE          certificate or chain, PEM or DER; without it the device makes one "
    "itself\n"
    "  --key FILE           its key (P-256), PEM or DER, not encrypted\n"
    "  --upstream SITE=" UPSTREAM_TEXT_FORM "\n"
    "                       the application behind a site, once for each: SITE is the id in its\n"
    "                       policy, FILE the certificate of a CA, SHA256 that of the application's "
    "own\n"
    "  --admin-token TEXT   16 to 64 visible letters\n"
    "  --policy-key HEX     key of signed policies, as assent policy compile --sign takes it\n"
    "  --audit-key HEX      master key of the audit log, which stays out of the image\n"
    "  --time TIME          what the device takes the time to be at first; now\n"
    "  --time-server ADDRESS  whom a board asks for the time (IPv4); else the server that DHCP "
    "names\n"
    "  --size BYTES         of the flash; 2 MiB\n"
    "  --sector BYTES       of its sectors; 4096\n"
    "  --chains COUNT       of the store's index, a power of two that the device has RAM for; "
    "2048\n"
    "  --force              write over an image that is there\n",
    NULL,
    run,
};
