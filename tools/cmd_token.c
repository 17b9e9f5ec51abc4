/* SPDX-License-Identifier: MIT */
/* assent token: make and check consent tokens outside the device. */
#include <stdio.h>
#include <string.h>

#include "core/consent_json.h"
#include "core/error.h"
#include "core/token.h"
#include "core/writer.h"
#include "port/crypto/mbedtls.h"
#include "port/host/error_text.h"
#include "tools/tool.h"
#include "tools/values.h"

#define DAY_S UINT64_C(86400)

enum { JSON_BYTES = 1024 };

/* What options say about the keys; both commands take them. */
struct key_options {
    const char *key;
    const char *key_id;
    const char *former_key;
    const char *former_key_id;
    const char *site;
    const char *generation;
};

static int read_keys(const struct key_options *o, struct assent_token_keys *keys)
{
    uint64_t id[ASSENT_TOKEN_KEYS] = {1, 0};
    uint64_t generation = 0;

    *keys = (struct assent_token_keys){.count = o->former_key != NULL ? 2 : 1};
    if (o->key == NULL || o->site == NULL) {
        return tool_usage("%s is missing", o->key == NULL ? "--key" : "--site");
    }
    if (o->site[0] == '\0' || strlen(o->site) > UINT8_MAX) {
        return tool_usage("--site: expected 1 to 255 bytes, got %zu", strlen(o->site));
    }
    keys->site = assent_span(o->site, strlen(o->site));
    if (tool_hex("--key", o->key, keys->key[0], ASSENT_SHA256_BYTES) != TOOL_OK ||
        (o->former_key != NULL &&
         tool_hex("--former-key", o->former_key, keys->key[1], ASSENT_SHA256_BYTES) != TOOL_OK) ||
        tool_number("--key-id", o->key_id, 0, UINT8_MAX, &id[0]) != TOOL_OK ||
        tool_number("--former-key-id", o->former_key_id, 0, UINT8_MAX, &id[1]) != TOOL_OK ||
        tool_number("--generation", o->generation, 0, UINT16_MAX, &generation) != TOOL_OK) {
        return TOOL_USAGE;
    }
    keys->id[0] = (uint8_t)id[0];
    keys->id[1] = (uint8_t)id[1];
    keys->generation = (uint16_t)generation;
    return TOOL_OK;
}

#define KEY_OPTIONS(o)                                                                             \
    {"--key", &(o).key, NULL}, {"--key-id", &(o).key_id, NULL},                                    \
        {"--former-key", &(o).former_key, NULL}, {"--former-key-id", &(o).former_key_id, NULL},    \
        {"--site", &(o).site, NULL},                                                               \
    {                                                                                              \
        "--generation", &(o).generation, NULL                                                      \
    }

/* ---- mint ---- */

struct mint_options {
    struct key_options keys;
    const char *state;
    const char *subject;
    const char *now;
    const char *clock;
    const char *valid_days;
    const char *sequence;
    const char *revision;
    const char *rights;
    const char *flags;
    const char *analytics;
    const char *advertising;
};

static int read_consent(const struct mint_options *o, struct assent_consent *c)
{
    uint64_t clock = ASSENT_CLOCK_SYNCED;
    uint64_t days = 180;
    uint64_t sequence = o->subject != NULL ? 1 : 0;
    uint64_t revision = 1;
    uint64_t rights = 0;
    uint64_t flags = 0;
    uint64_t fingerprint[ASSENT_TIER_COUNT] = {0};

    *c = (struct assent_consent){.has_subject = o->subject != NULL};
    if (o->state == NULL) {
        return tool_usage("--state is missing");
    }
    if (tool_state("--state", o->state, c->choice) != TOOL_OK ||
        (c->has_subject &&
         tool_hex("--subject", o->subject, c->subject, ASSENT_SUBJECT_BYTES) != TOOL_OK) ||
        tool_time("--now", o->now, &c->changed_s) != TOOL_OK ||
        tool_number("--clock", o->clock, ASSENT_CLOCK_NONE, ASSENT_CLOCK_SYNCED, &clock) !=
            TOOL_OK ||
        tool_number("--valid-days", o->valid_days, 1, 395, &days) != TOOL_OK ||
        tool_number("--sequence", o->sequence, 0, UINT32_MAX, &sequence) != TOOL_OK ||
        tool_number("--revision", o->revision, 0, UINT32_MAX, &revision) != TOOL_OK ||
        tool_number("--rights", o->rights, 0, UINT16_MAX, &rights) != TOOL_OK ||
        tool_number("--flags", o->flags, 0, ASSENT_CONSENT_FLAGS, &flags) != TOOL_OK ||
        tool_number("--analytics-fingerprint", o->analytics, 0, UINT32_MAX, &fingerprint[1]) !=
            TOOL_OK ||
        tool_number("--advertising-fingerprint", o->advertising, 0, UINT32_MAX, &fingerprint[2]) !=
            TOOL_OK) {
        return TOOL_USAGE;
    }
    c->trust = (uint8_t)clock;
    c->valid_days = (uint16_t)days;
    c->sequence = (uint32_t)sequence;
    c->revision = (uint32_t)revision;
    c->rights = (uint32_t)rights;
    c->flags = (uint8_t)flags;
    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        c->fingerprint[t] = (uint32_t)fingerprint[t];
        if (!c->has_subject &&
            (c->choice[t] == ASSENT_CHOICE_GRANTED || c->choice[t] == ASSENT_CHOICE_WITHDRAWN)) {
            return tool_usage("--state: what is granted or withdrawn needs a --subject");
        }
    }
    return TOOL_OK;
}

static int run_mint(int argc, char **argv)
{
    struct mint_options o = {0};
    const struct tool_option list[] = {
        KEY_OPTIONS(o.keys),
        {"--state", &o.state, NULL},
        {"--subject", &o.subject, NULL},
        {"--now", &o.now, NULL},
        {"--clock", &o.clock, NULL},
        {"--valid-days", &o.valid_days, NULL},
        {"--sequence", &o.sequence, NULL},
        {"--revision", &o.revision, NULL},
        {"--rights", &o.rights, NULL},
        {"--flags", &o.flags, NULL},
        {"--analytics-fingerprint", &o.analytics, NULL},
        {"--advertising-fingerprint", &o.advertising, NULL},
    };
    int others = tool_options(argc, argv, list, sizeof(list) / sizeof(list[0]));
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_token_keys keys;
    struct assent_consent consent;
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    int len;

    if (others != 0) {
        return others < 0 ? TOOL_USAGE : tool_usage("unexpected argument '%s'", argv[0]);
    }
    if (read_keys(&o.keys, &keys) != TOOL_OK || read_consent(&o, &consent) != TOOL_OK) {
        return TOOL_USAGE;
    }
    len = assent_token_mint(&keys, &crypto, &consent, text);
    if (len < 0) {
        return tool_fail(NULL, "%s", assent_error_text(len));
    }
    printf("%.*s\n", len, (const char *)text);
    return TOOL_OK;
}

/* ---- verify ---- */

static void write_consent(struct assent_writer *w, const struct assent_consent *c, uint64_t now_s)
{
    uint64_t end_s = c->changed_s + c->valid_days * DAY_S;

    assent_writer_text(w, "{\"choices\":");
    assent_consent_json_choices(w, c->choice);
    assent_writer_text(w, ",\"subject\":");
    if (c->has_subject) {
        assent_consent_json_hex(w, c->subject, ASSENT_SUBJECT_BYTES);
    } else {
        assent_writer_text(w, "null");
    }
    assent_writer_text(w, ",\"time\":");
    assent_consent_json_time(w, c->changed_s, c->trust);
    assent_writer_text(w, ",\"valid_days\":");
    assent_writer_decimal(w, c->valid_days);
    assent_writer_text(w, ",\"valid_until\":");
    assent_consent_json_date(w, end_s);
    assent_writer_text(w, now_s >= end_s ? ",\"expired\":true" : ",\"expired\":false");
    assent_writer_text(w, ",\"sequence\":");
    assent_writer_decimal(w, c->sequence);
    assent_writer_text(w, ",\"revision\":");
    assent_writer_decimal(w, c->revision);
    assent_writer_text(w, ",\"rights\":");
    assent_writer_decimal(w, c->rights);
    assent_writer_text(w, ",\"flags\":");
    assent_consent_json_flags(w, c->flags);
    assent_writer_text(w, ",\"fingerprints\":{\"analytics\":");
    assent_writer_decimal(w, c->fingerprint[ASSENT_TIER_ANALYTICS]);
    assent_writer_text(w, ",\"advertising\":");
    assent_writer_decimal(w, c->fingerprint[ASSENT_TIER_ADVERTISING]);
    assent_writer_text(w, "}}\n");
}

static int run_verify(int argc, char **argv)
{
    struct key_options o = {0};
    const char *now = NULL;
    const struct tool_option list[] = {KEY_OPTIONS(o), {"--now", &now, NULL}};
    int others = tool_options(argc, argv, list, sizeof(list) / sizeof(list[0]));
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_token_keys keys;
    struct assent_consent consent;
    uint64_t now_s;
    uint8_t text[JSON_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text));
    int error;

    if (others != 1) {
        return others < 0 ? TOOL_USAGE : tool_usage("expected one TOKEN, got %d", others);
    }
    if (read_keys(&o, &keys) != TOOL_OK || tool_time("--now", now, &now_s) != TOOL_OK) {
        return TOOL_USAGE;
    }
    error = assent_token_verify(&keys, &crypto, assent_span(argv[0], strlen(argv[0])), &consent);
    if (error != ASSENT_OK) {
        return tool_fail(argv[0], "%s", assent_error_text(error));
    }
    write_consent(&w, &consent, now_s);
    fwrite(text, 1, w.len, stdout);
    return TOOL_OK;
}

#define KEY_HELP                                                                                   \
    "  --key HEX            the key in use, 64 digits\n"                                           \
    "  --site NAME          the site the token is bound to\n"                                      \
    "  --key-id N           id of the key (default 1)\n"                                           \
    "  --former-key HEX     the key before it, whose tokens are still accepted\n"                  \
    "  --former-key-id N    id of that key (default 0)\n"                                          \
    "  --generation N       of the site; raising it revokes all tokens (default 0)\n"

static const struct tool_command subcommands[] = {
    {"mint", "--key HEX --site NAME --state LIST [OPTION...]", "make a token and print it",
     KEY_HELP
     "  --state LIST         analytics=granted,advertising=refused\n"
     "  --subject HEX        32 digits; needed if something is granted or withdrawn\n"
     "  --now TIME           when the choice was made: 2026-01-31T12:00:00Z or seconds since "
     "1970;\n"
     "                       without it, now\n"
     "  --clock N            its trust: 0 none, 1 floor, 2 set, 3 synced (default 3)\n"
     "  --valid-days N       1 to 395 (default 180)\n"
     "  --sequence N         default 1, without subject 0\n"
     "  --revision N         of the policy shown (default 1)\n"
     "  --rights N           set of rights the policy granted (default 0)\n"
     "  --flags N            1 age confirmed, 2 GPC, 4 restricted, 8 objected, 16 kiosk\n"
     "  --analytics-fingerprint N, --advertising-fingerprint N   of the tiers (default 0)\n",
     NULL, run_mint},
    {"verify", "--key HEX --site NAME [OPTION...] TOKEN", "check a token and print what it says",
     "Prints a JSON object. Fails with \"malformed input\", \"an unknown format version\",\n"
     "\"authentication failed\" or \"revoked\". A token that has expired is still one: see "
     "\"expired\".\n\n" KEY_HELP
     "  --now TIME           judge by this time; without it, the present\n",
     NULL, run_verify},
    {.name = NULL},
};

const struct tool_command tool_token = {"token", "",          "make and check consent tokens",
                                        NULL,    subcommands, NULL};
