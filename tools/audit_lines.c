/* SPDX-License-Identifier: MIT */
#include "tools/audit_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/record.h"
#include "port/crypto/mbedtls.h"
#include "port/host/rfc3339.h"

const char *audit_lines_member(const char *line, const char *name)
{
    char quoted[32];
    const char *found;

    snprintf(quoted, sizeof(quoted), "\"%s\":", name);
    found = strstr(line, quoted);
    return found != NULL ? found + strlen(quoted) : NULL;
}

bool audit_lines_number(const char *line, const char *name, uint32_t *value)
{
    const char *text = audit_lines_member(line, name);
    char *end;
    unsigned long long n;

    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    n = strtoull(text, &end, 10);
    *value = (uint32_t)n;
    return n <= UINT32_MAX;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool audit_lines_bytes(const char *line, const char *name, uint8_t *out, size_t len)
{
    const char *text = audit_lines_member(line, name);

    if (text == NULL || *text++ != '"') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = digit(text[2 * i]);
        int low = high < 0 ? -1 : digit(text[2 * i + 1]);

        if (low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * len] == '"';
}

/* Which of count names a text member has; count if none. */
static unsigned word_of(const char *line, const char *name, unsigned count,
                        const char *(*name_of)(unsigned value))
{
    const char *text = audit_lines_member(line, name);

    for (unsigned i = 0; i < count && text != NULL && text[0] == '"'; i++) {
        size_t len = strlen(name_of(i));

        if (strncmp(text + 1, name_of(i), len) == 0 && text[1 + len] == '"') {
            return i;
        }
    }
    return count;
}

static const char *type_name(unsigned value)
{
    return assent_audit_type_name((enum assent_audit_type)value);
}

static const char *method_name(unsigned value)
{
    return assent_record_method_name((enum assent_record_method)value);
}

static const char *choice_name(unsigned value)
{
    return assent_consent_choice_name((enum assent_choice)value);
}

static const char *clock_name(unsigned value)
{
    static const char *const names[] = {"none", "floor", "set", "synced"};

    return names[value];
}

static uint8_t flags_of(const char *line)
{
    static const char *const names[] = {"\"age_confirmed\"", "\"gpc_present\"", "\"restricted\"",
                                        "\"objected\"", "\"kiosk\""};
    uint8_t flags = 0;

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strstr(line, names[i]) != NULL) {
            flags = (uint8_t)(flags | 1U << i);
        }
    }
    return flags;
}

bool audit_lines_entry(const char *line, uint8_t out[ASSENT_AUDIT_ENTRY_BYTES])
{
    static const struct assent_audit_chain nothing;
    struct assent_audit_chain chain = nothing;
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_audit_entry entry = {0};
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES];
    uint8_t again[2048];
    struct assent_writer w = assent_writer(again, sizeof(again));
    const char *time = audit_lines_member(line, "time");
    uint32_t site = 0;

    entry.type = (uint8_t)word_of(line, "type", ASSENT_AUDIT_TYPES, type_name);
    entry.method = (uint8_t)word_of(line, "method", ASSENT_METHODS, method_name);
    entry.choice[ASSENT_TIER_ANALYTICS] = (uint8_t)word_of(line, "analytics", 4, choice_name);
    entry.choice[ASSENT_TIER_ADVERTISING] = (uint8_t)word_of(line, "advertising", 4, choice_name);
    entry.time.trust = (enum assent_clock_trust)word_of(line, "clock", 4, clock_name);
    entry.flags = flags_of(line);
    entry.has_reference =
        audit_lines_bytes(line, "reference", entry.reference, sizeof(entry.reference));
    if (!audit_lines_number(line, "sequence", &chain.sequence) ||
        !audit_lines_number(line, "epoch", &chain.epoch) ||
        !audit_lines_number(line, "site", &site) || site > 255 || time == NULL ||
        strlen(time) < 22 || !assent_rfc3339_parse(assent_span(time + 1, 20), &entry.time.unix_s) ||
        !audit_lines_bytes(line, "detail", entry.detail, sizeof(entry.detail)) ||
        !audit_lines_bytes(line, "mac", mac, sizeof(mac))) {
        return false;
    }
    entry.site = (uint8_t)site;
    if (assent_audit_append(&chain, &crypto, &entry, out) != ASSENT_OK) {
        return false;
    }
    memcpy(out + ASSENT_AUDIT_BODY_BYTES, mac, sizeof(mac));
    assent_audit_write_json(&w, out);
    return w.error == ASSENT_OK && w.len == strlen(line) && memcmp(again, line, w.len) == 0;
}
