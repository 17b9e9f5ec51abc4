/* SPDX-License-Identifier: MIT */
/* assent provision: the flash of a new device, with everything that it is to hold before its first start. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "http/admin.h"
#include "http/certificate.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"
#include "tools/device_image.h"
#include "tools/pem.h"
#include "tools/policy_model.h"
#include "tools/tool.h"
#include "tools/values.h"

struct order {
    const char *output, *token, *certificate, *key, *policy_key, *audit_key, *size, *sector,
        *chains, *time;
    char **sites;
    int site_count;
    bool force;
    uint64_t now_s;
};

static struct device_image image;
static const char *path; /* for complaints */

static int explain(const char *step, int error)
{
    return error == ASSENT_OK ? TOOL_OK : tool_fail(path, "%s: %s", step, assent_error_text(error));
}

static void print_secret(const char *label, const uint8_t *bytes, size_t len)
{
    printf("%s", label);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

/* A given secret of 32 bytes, or a new one, which is printed. */
static int settle_secret(const char *option, const char *given, const char *label,
                         uint8_t out[ASSENT_SHA256_BYTES])
{
    struct assent_entropy entropy = assent_entropy_host();

    if (given != NULL) {
        return tool_hex(option, given, out, ASSENT_SHA256_BYTES);
    }
    if (entropy.random(entropy.ctx, out, ASSENT_SHA256_BYTES) != ASSENT_OK) {
        return tool_fail(path, "no randomness");
    }
    print_secret(label, out, ASSENT_SHA256_BYTES);
    return TOOL_OK;
}

/* ---- the parts ---- */

static int format(const struct order *order)
{
    struct assent_entropy entropy = assent_entropy_host();
    struct assent_layout layout;
    uint64_t size = 2 << 20;
    uint64_t sector = 4096;
    uint64_t chains = 2048;
    uint8_t master[ASSENT_SHA256_BYTES];
    const char *step = "";
    int code;

    if (tool_number("--size", order->size, 131072, 16 << 20, &size) != TOOL_OK ||
        tool_number("--sector", order->sector, 4096, 65536, &sector) != TOOL_OK ||
        tool_number("--chains", order->chains, 16, 4096, &chains) != TOOL_OK) {
        return TOOL_USAGE;
    }
    if (size % sector != 0 ||
        assent_layout_plan((uint32_t)sector, (uint32_t)(size / sector), &layout) != ASSENT_OK) {
        return tool_usage("no device has %" PRIu64 " bytes in sectors of %" PRIu64, size, sector);
    }
    assent_layout_set_chains(&layout, (uint32_t)chains);
    if (access(path, F_OK) == 0 && (!order->force || truncate(path, 0) != 0)) {
        return tool_fail(path,
                         order->force ? "cannot be written" : "exists; --force writes over it");
    }
    code = settle_secret("--audit-key", order->audit_key, "audit key    ", master);
    if (code == TOOL_OK &&
        entropy.random(entropy.ctx, layout.secret, sizeof(layout.secret)) != ASSENT_OK) {
        code = tool_fail(path, "no randomness");
    }
    if (code == TOOL_OK) {
        code = device_image_create(&image, path, &layout);
    }
    if (code == TOOL_OK) {
        int error = device_image_format(&image, master, order->now_s, true, &step);

        device_image_close(&image);
        code = explain(step, error);
    }
    assent_bytes_wipe(master, sizeof(master));
    return code == TOOL_OK ? device_image_open(&image, path, NULL, true) : code;
}

static int put_policy(const char *source, uint8_t number, struct assent_time now)
{
    struct assent_policies_image entry = {.site = number};
    struct assent_policy policy;
    uint8_t *bytes = NULL;
    int code = policy_load(source, &bytes, &policy);
    int error;

    if (code == TOOL_OK) {
        entry.revision = policy.revision;
        entry.effective_s = policy.effective_s;
        memcpy(entry.digest, assent_policy_digest(&policy).ptr, sizeof(entry.digest));
        error = assent_policies_begin(&image.policies);
        if (error == ASSENT_OK) {
            error = assent_policies_write(&image.policies, policy.image);
        }
        if (error == ASSENT_OK) {
            error = assent_policies_activate(&image.policies, &entry, now);
        }
        code = explain(source, error);
    }
    free(bytes);
    return code;
}

static int put_policies(const struct order *order)
{
    struct assent_time now = {order->now_s, ASSENT_CLOCK_SET};
    int code = TOOL_OK;

    image.policies.audit = &image.log;
    for (int i = 0; i < order->site_count && code == TOOL_OK; i++) {
        code = put_policy(order->sites[i], (uint8_t)i, now);
    }
    return code;
}

/* Token keys of each site, the device secret, what the operator proves itself by. */
static int put_secrets(const struct order *order, struct assent_keys *keys)
{
    uint8_t secret[ASSENT_SHA256_BYTES];
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    struct assent_span token = order->token != NULL
                                   ? assent_span(order->token, strlen(order->token))
                                   : assent_span(NULL, 0);
    size_t len;
    int error = ASSENT_OK;
    int code;

    for (int i = 0; i < order->site_count && error == ASSENT_OK; i++) {
        error = assent_keys_create(keys, (uint8_t)i);
    }
    if (error == ASSENT_OK) {
        error = assent_keys_secret(keys, ASSENT_SPAN("form"), 0, secret);
    }
    code = explain("keys", error);
    if (code == TOOL_OK) {
        code = settle_secret("--policy-key", order->policy_key, "policy key   ", secret);
    }
    if (code == TOOL_OK) {
        code =
            explain("policy key", assent_keys_put(keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                                                  assent_span(secret, sizeof(secret))));
    }
    assent_bytes_wipe(secret, sizeof(secret));
    if (code != TOOL_OK) {
        return code;
    }
    error = assent_admin_set_token(keys, token, text, &len);
    if (error == ASSENT_ERR_RANGE) {
        return tool_usage("an admin token has 16 to 64 visible letters");
    }
    if (error == ASSENT_OK && order->token == NULL) {
        printf("admin token  %.*s\n", (int)len, (const char *)text);
    }
    assent_bytes_wipe(text, sizeof(text));
    return explain("admin token", error);
}

static int put_certificate(const struct order *order, struct assent_keys *keys)
{
    struct assent_blob blob =
        assent_certificate_blob(&image.kv, &image.view[ASSENT_REGION_BLOBS].flash);
    struct pem chain;
    struct pem key;
    int code;

    if (order->certificate == NULL) {
        return TOOL_OK; /* the device makes one of its own */
    }
    code = pem_read(order->certificate, "CERTIFICATE", &chain);
    if (code != TOOL_OK) {
        return code;
    }
    code = pem_read(order->key, "PRIVATE KEY", &key);
    if (code == TOOL_OK) {
        int error = assent_certificate_write(keys, &blob, assent_span(chain.bytes, chain.len),
                                             assent_span(key.bytes, key.len));

        code = error == ASSENT_ERR_RANGE
                   ? tool_fail(order->certificate, "chain over %d bytes, or key over %d",
                               ASSENT_CERTIFICATE_BYTES, ASSENT_CERTIFICATE_KEY_BYTES)
                   : explain("certificate", error);
        pem_free(&key);
    }
    pem_free(&chain);
    return code;
}

static int provision(const struct order *order)
{
    struct assent_entropy entropy = assent_entropy_host();
    struct assent_keys keys = {&image.kv, NULL, &image.crypto, &entropy};
    int code = format(order);

    if (code != TOOL_OK) {
        return code;
    }
    code = image.kv_error != ASSENT_OK    ? explain("store", image.kv_error)
           : image.log_error != ASSENT_OK ? explain("audit log", image.log_error)
                                          : put_policies(order);
    if (code == TOOL_OK) {
        code = put_secrets(order, &keys);
    }
    if (code == TOOL_OK) {
        code = put_certificate(order, &keys);
    }
    device_image_close(&image);
    return code;
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
        {"--force", NULL, &order.force},
    };
    int code;

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
    if (tool_time("--time", order.time, &order.now_s) != TOOL_OK) {
        return TOOL_USAGE;
    }
    path = order.output;
    code = provision(&order);
    if (code == TOOL_OK) {
        puts("What is printed above is kept nowhere else: keep it where the device is not.");
    }
    return code;
}

const struct tool_command tool_provision = {
    "provision",
    "-o IMAGE --site POLICY... [--cert FILE --key FILE] [OPTION]...",
    "make the flash of a new device",
    "Sets up the store and puts everything there: policies (sources or images, numbered from 0 in\n"
    "their order), token keys, the seed of the random generator, certificate, admin token. "
    "Secrets\n"
    "that are not given are drawn and printed.\n"
    "  --cert FILE          certificate or chain, PEM or DER; without it the device makes one "
    "itself\n"
    "  --key FILE           its key (P-256), PEM or DER, not encrypted\n"
    "  --admin-token TEXT   16 to 64 visible letters\n"
    "  --policy-key HEX     key of signed policies, as assent policy compile --sign takes it\n"
    "  --audit-key HEX      master key of the audit log, which stays out of the image\n"
    "  --time TIME          what the device takes the time to be at first; now\n"
    "  --size BYTES         of the flash; 2 MiB\n"
    "  --sector BYTES       of its sectors; 4096\n"
    "  --chains COUNT       of the store's index, a power of two that the device has RAM for; "
    "2048\n"
    "  --force              write over an image that is there\n",
    NULL,
    run,
};
