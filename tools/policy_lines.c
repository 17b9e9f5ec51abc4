/* SPDX-License-Identifier: MIT */
#include "tools/policy_lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/policy_format.h"
#include "http/policy_text.h"
#include "port/crypto/mbedtls.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

/* A span as an argument of "%.*s". */
#define S(span) (int)(span).len, (const char *)(span).ptr

__attribute__((format(printf, 2, 3))) static void add(struct lines *lines, const char *format, ...)
{
    char **grown = realloc(lines->line, ((size_t)lines->count + 1) * sizeof(*grown));
    va_list args;

    if (grown == NULL) {
        fputs("assent: out of memory\n", stderr);
        exit(TOOL_FAILED);
    }
    va_start(args, format);
    lines->line = grown;
    lines->line[lines->count++] = source_format(format, args);
    va_end(args);
}

void lines_free(struct lines *lines)
{
    for (int i = 0; i < lines->count; i++) {
        free(lines->line[i]);
    }
    free(lines->line);
    lines->line = NULL;
    lines->count = 0;
}

const char *policy_date(uint64_t unix_s)
{
    static char dates[2][16];
    static unsigned next;
    char *out = dates[next++ % 2];
    time_t seconds = (time_t)unix_s;
    struct tm day;

    gmtime_r(&seconds, &day);
    strftime(out, sizeof(dates[0]), "%Y-%m-%d", &day);
    return out;
}

static const char *hex(struct assent_span bytes)
{
    static char text[2 * 32 + 1];

    for (size_t i = 0; i < bytes.len && i < 32; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes.ptr[i]);
    }
    return text;
}

/* "a, b" of the names whose bits are set. Static memory. */
static const char *set_text(unsigned set, const char *const *names)
{
    static char text[200];
    size_t at = 0;

    text[0] = '\0';
    for (unsigned i = 0; names[i] != NULL; i++) {
        if ((set >> i & 1) != 0) {
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at > 0 ? ", " : "",
                                   names[i]);
        }
    }
    return text;
}

static const char *lifetime_text(uint32_t seconds)
{
    static char text[32];

    if (seconds == 0) {
        return "session";
    }
    if (seconds % 86400 == 0 && seconds > 86400) {
        snprintf(text, sizeof(text), "%u days", (unsigned)(seconds / 86400));
    } else if (seconds % 3600 == 0) {
        snprintf(text, sizeof(text), "%u hours", (unsigned)(seconds / 3600));
    } else if (seconds % 60 == 0) {
        snprintf(text, sizeof(text), "%u minutes", (unsigned)(seconds / 60));
    } else {
        snprintf(text, sizeof(text), "%u seconds", (unsigned)seconds);
    }
    return text;
}

/* ---- all of it ---- */

static void add_head(const struct assent_policy *policy, struct lines *out)
{
    struct assent_policy_controller who;

    assent_policy_controller(policy, &who);
    add(out, "id = %.*s", S(who.id));
    add(out, "controller.name = %.*s", S(who.name));
    add(out, "controller.address = %.*s", S(who.address));
    add(out, "controller.mail = %.*s", S(who.mail));
    add(out, "controller.web = %.*s", S(who.web));
    if (who.has_dpo) {
        add(out, "controller.data_protection_officer = %.*s",
            S(who.dpo.len > 0 ? who.dpo : ASSENT_SPAN("true")));
    }
    for (unsigned i = 0; assent_policy_site(policy, i).len > 0; i++) {
        add(out, "sites[%u] = %.*s", i, S(assent_policy_site(policy, i)));
    }
    add(out, "revision = %u", (unsigned)policy->revision);
    add(out, "effective = %s", policy_date(policy->effective_s));
    add(out, "digest = %s", hex(assent_policy_digest(policy)));
    add(out, "bytes = %zu", policy->image.len);
    add(out, "regime = %s", model_regimes[policy->regime]);
    add(out, "gpc = %s", model_gpc[policy->gpc]);
    add(out, "minimum_age = %u", (unsigned)policy->minimum_age);
    add(out, "days.grant = %u", (unsigned)policy->grant_days);
    add(out, "days.refusal = %u", (unsigned)policy->refusal_days);
    add(out, "days.cookie = %u", (unsigned)policy->cookie_days);
    add(out, "days.record = %u", (unsigned)policy->retention_days);
    for (unsigned i = 0; model_rules[i] != NULL; i++) {
        if ((policy->flags >> i & 1) != 0) {
            add(out, "rules.%s = true", model_rules[i]);
        }
    }
    for (unsigned dark = 0; dark < 2; dark++) {
        struct assent_policy_colours colours;
        const char *mode = dark != 0 ? "dark" : "light";

        assent_policy_theme(policy, dark != 0, &colours);
        add(out, "theme.%s.text = #%06x", mode, (unsigned)colours.text);
        add(out, "theme.%s.background = #%06x", mode, (unsigned)colours.background);
        add(out, "theme.%s.accent = #%06x", mode, (unsigned)colours.accent);
    }
}

static void add_languages(const struct assent_policy *policy, struct lines *out)
{
    for (unsigned l = 0; l < policy->languages; l++) {
        const uint8_t *row =
            assent_policy_format_row(policy->image.ptr, ASSENT_POLICY_FORMAT_LANGUAGE, l);

        add(out, "languages[%.*s] = %s, %s", S(assent_policy_tag(policy, l)),
            assent_policy_rtl(policy, l) ? "rtl" : "ltr",
            row[5] != 0 ? "shared words" : "own words");
    }
    for (unsigned tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        uint8_t bit = ASSENT_TIER_BIT((enum assent_tier)tier);

        if ((policy->offered & bit) != 0) {
            add(out, "tiers.%s.ask_again = %u", model_tiers[tier],
                (unsigned)policy->image.ptr[ASSENT_POLICY_FORMAT_ASK_AGAIN_AT + tier]);
            add(out, "tiers.%s.objectable = %s", model_tiers[tier],
                (policy->objectable & bit) != 0 ? "true" : "false");
            add(out, "tiers.%s.fingerprint = %08x", model_tiers[tier],
                (unsigned)policy->fingerprint[tier]);
        }
    }
}

/* What the policy says in one language. */
static void add_texts(const struct assent_policy *policy, unsigned l, struct lines *out)
{
    struct assent_span tag = assent_policy_tag(policy, l);
    struct assent_policy_purpose purpose;
    struct assent_policy_recipient recipient;
    struct assent_policy_technology technology;
    struct assent_policy_right right;
    struct assent_policy_section section;
    struct assent_policy_revision revision;

    for (unsigned i = 0; assent_policy_purpose(policy, i, l, &purpose) == ASSENT_OK; i++) {
        add(out, "purposes[%.*s].title.%.*s = %.*s", S(purpose.id), S(tag), S(purpose.title));
        add(out, "purposes[%.*s].text.%.*s = %.*s", S(purpose.id), S(tag), S(purpose.text));
    }
    for (unsigned i = 0; assent_policy_recipient(policy, i, l, &recipient) == ASSENT_OK; i++) {
        add(out, "recipients[%.*s].name.%.*s = %.*s", S(recipient.id), S(tag), S(recipient.name));
        add(out, "recipients[%.*s].text.%.*s = %.*s", S(recipient.id), S(tag), S(recipient.text));
    }
    for (unsigned i = 0; assent_policy_technology(policy, i, l, &technology) == ASSENT_OK; i++) {
        add(out, "technologies[%s].text.%.*s = %.*s", model_technologies[technology.kind], S(tag),
            S(technology.text));
    }
    for (unsigned i = 0; assent_policy_right(policy, i, l, &right) == ASSENT_OK; i++) {
        add(out, "rights.%s.%.*s = %.*s", set_text(right.right, model_rights), S(tag),
            S(right.text));
    }
    for (unsigned i = 0; assent_policy_section(policy, i, l, &section) == ASSENT_OK; i++) {
        add(out, "sections[%s].%.*s = %.*s", model_sections[section.kind], S(tag), S(section.text));
    }
    for (unsigned i = 0; assent_policy_revision(policy, i, l, &revision) == ASSENT_OK; i++) {
        add(out, "archive[%u].text.%.*s = %.*s", (unsigned)revision.revision, S(tag),
            S(revision.text));
    }
    for (unsigned key = 0; key < ASSENT_TEXT_COUNT; key++) {
        struct assent_span text = assent_policy_text(policy, l, (enum assent_text_key)key);

        if (text.len > 0) {
            add(out, "words.%s.%.*s = %.*s", model_words[key], S(tag), S(text));
        }
    }
}

static void add_cookies(const struct assent_policy *policy, struct lines *out)
{
    struct assent_policy_cookie cookie;
    struct assent_policy_purpose purpose;

    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        const char *star = cookie.prefix ? "*" : "";

        assent_policy_purpose(policy, cookie.purpose, 0, &purpose);
        add(out, "cookies[%.*s%s].tier = %s", S(cookie.name), star, model_tiers[cookie.tier]);
        add(out, "cookies[%.*s%s].purpose = %.*s", S(cookie.name), star, S(purpose.id));
        add(out, "cookies[%.*s%s].lifetime = %s", S(cookie.name), star,
            lifetime_text(cookie.max_age_s));
        if (cookie.provider.len > 0) {
            add(out, "cookies[%.*s%s].provider = %.*s", S(cookie.name), star, S(cookie.provider));
        }
        if (cookie.flags != 0) {
            add(out, "cookies[%.*s%s].flags = %s", S(cookie.name), star,
                set_text(cookie.flags, model_cookie_flags));
        }
    }
}

static void add_parties(const struct assent_policy *policy, struct lines *out)
{
    struct assent_policy_host host;
    struct assent_policy_recipient recipient;
    struct assent_policy_purpose purpose;
    struct assent_policy_technology technology;

    for (unsigned i = 0; assent_policy_purpose(policy, i, 0, &purpose) == ASSENT_OK; i++) {
        add(out, "purposes[%.*s].tier = %s", S(purpose.id), model_tiers[purpose.tier]);
        add(out, "purposes[%.*s].material = %u", S(purpose.id), (unsigned)purpose.material);
    }
    for (unsigned i = 0; assent_policy_recipient(policy, i, 0, &recipient) == ASSENT_OK; i++) {
        add(out, "recipients[%.*s].tiers = %s", S(recipient.id),
            set_text(recipient.tiers, model_tiers));
        if (recipient.url.len > 0) {
            add(out, "recipients[%.*s].url = %.*s", S(recipient.id), S(recipient.url));
        }
    }
    for (unsigned i = 0; assent_policy_host(policy, i, &host) == ASSENT_OK; i++) {
        assent_policy_recipient(policy, host.recipient, 0, &recipient);
        add(out, "hosts[%.*s].tier = %s", S(host.host), model_tiers[host.tier]);
        add(out, "hosts[%.*s].uses = %s", S(host.host), set_text(host.uses, model_uses));
        add(out, "hosts[%.*s].recipient = %.*s", S(host.host), S(recipient.id));
    }
    for (unsigned i = 0; assent_policy_technology(policy, i, 0, &technology) == ASSENT_OK; i++) {
        add(out, "technologies[%s].tier = %s", model_technologies[technology.kind],
            model_tiers[technology.tier]);
    }
}

void policy_lines(const struct assent_policy *policy, struct lines *out)
{
    struct assent_policy_revision revision;
    struct assent_policy_document document;

    out->line = NULL;
    out->count = 0;
    add_head(policy, out);
    add_languages(policy, out);
    add_cookies(policy, out);
    add_parties(policy, out);
    for (unsigned i = 0; assent_policy_document(policy, i, &document) == ASSENT_OK; i++) {
        add(out, "documents[%.*s].language = %.*s", S(document.file), S(document.tag));
        add(out, "documents[%.*s].digest = %s", S(document.file), hex(document.digest));
        add(out, "documents[%.*s].kept = %s", S(document.file),
            document.content_bytes > 0 ? "yes" : "no");
    }
    for (unsigned i = 0; assent_policy_revision(policy, i, 0, &revision) == ASSENT_OK; i++) {
        add(out, "archive[%u].effective = %s", (unsigned)revision.revision,
            policy_date(revision.effective_s));
        add(out, "archive[%u].digest = %s", (unsigned)revision.revision, hex(revision.digest));
        add(out, "archive[%u].asked = %s", (unsigned)revision.revision,
            revision.asked ? "true" : "false");
    }
    for (unsigned l = 0; l < policy->languages; l++) {
        add_texts(policy, l, out);
    }
}

/* ---- what a visitor agrees to ---- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_tier_parties(const struct assent_policy *policy, unsigned tier, struct lines *out)
{
    struct assent_policy_recipient recipient;
    struct assent_policy_host host;
    struct assent_policy_technology technology;

    for (unsigned i = 0; assent_policy_recipient(policy, i, 0, &recipient) == ASSENT_OK; i++) {
        if ((recipient.tiers >> tier & 1) != 0) {
            add(out, "recipient %.*s", S(recipient.id));
        }
    }
    for (unsigned i = 0; assent_policy_host(policy, i, &host) == ASSENT_OK; i++) {
        if ((unsigned)host.tier == tier) {
            assent_policy_recipient(policy, host.recipient, 0, &recipient);
            add(out, "host %.*s of %.*s for %s", S(host.host), S(recipient.id),
                set_text(host.uses, model_uses));
        }
    }
    for (unsigned i = 0; assent_policy_technology(policy, i, 0, &technology) == ASSENT_OK; i++) {
        if ((unsigned)technology.tier == tier) {
            add(out, "technology %s", model_technologies[technology.kind]);
        }
    }
}

void policy_substance(const struct assent_policy *policy, unsigned tier, struct lines *out)
{
    struct assent_policy_controller who;
    struct assent_policy_purpose purpose;
    struct assent_policy_cookie cookie;

    out->line = NULL;
    out->count = 0;
    if ((policy->offered >> tier & 1) == 0) {
        return;
    }
    assent_policy_controller(policy, &who);
    add(out, "controller %.*s", S(who.id));
    add(out, "%s counter %u", (policy->objectable >> tier & 1) != 0 ? "objection" : "consent",
        (unsigned)policy->image.ptr[ASSENT_POLICY_FORMAT_ASK_AGAIN_AT + tier]);
    for (unsigned i = 0; assent_policy_purpose(policy, i, 0, &purpose) == ASSENT_OK; i++) {
        if ((unsigned)purpose.tier == tier) {
            add(out, "purpose %.*s version %u", S(purpose.id), (unsigned)purpose.material);
        }
    }
    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        if ((unsigned)cookie.tier == tier) {
            bool third = (cookie.flags & ASSENT_POLICY_COOKIE_THIRD_PARTY) != 0;

            assent_policy_purpose(policy, cookie.purpose, 0, &purpose);
            add(out, "cookie %.*s%s for %.*s, %s, %s%.*s", S(cookie.name), cookie.prefix ? "*" : "",
                S(purpose.id), lifetime_text(cookie.max_age_s), third ? "third party " : "by ",
                S(cookie.provider.len > 0 ? cookie.provider : ASSENT_SPAN("the controller")));
        }
    }
    add_tier_parties(policy, tier, out);
    qsort(out->line, (size_t)out->count, sizeof(*out->line), compare_lines);
}

uint32_t policy_fingerprint(const struct assent_policy *policy, unsigned tier)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t digest[ASSENT_SHA256_BYTES];
    struct lines lines;
    struct assent_span whole;
    char *text = NULL;
    size_t len = 0;
    FILE *stream;
    uint32_t value;

    policy_substance(policy, tier, &lines);
    if (lines.count == 0) {
        return 0;
    }
    stream = open_memstream(&text, &len);
    for (int i = 0; stream != NULL && i < lines.count; i++) {
        fprintf(stream, "%s\n", lines.line[i]);
    }
    lines_free(&lines);
    if (stream == NULL || fclose(stream) != 0) {
        fputs("assent: out of memory\n", stderr);
        exit(TOOL_FAILED);
    }
    whole = assent_span(text, len);
    crypto.sha256(crypto.ctx, &whole, 1, digest);
    free(text);
    value = assent_bytes_load32(digest);
    return value != 0 ? value : 1;
}
