/* SPDX-License-Identifier: MIT */
#include "tools/values.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/host/rfc3339.h"
#include "tools/tool.h"

/* One "tier=choice".
 *   return  the tier; ASSENT_TIER_COUNT: it is none */
static unsigned read_item(const char *item, size_t len, uint8_t choice[ASSENT_TIER_COUNT])
{
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        const char *tier = assent_consent_tier_name((enum assent_tier)t);
        size_t tier_len = strlen(tier);

        if (len <= tier_len || memcmp(item, tier, tier_len) != 0 || item[tier_len] != '=') {
            continue;
        }
        for (unsigned c = ASSENT_CHOICE_UNDECIDED; c <= ASSENT_CHOICE_WITHDRAWN; c++) {
            const char *name = assent_consent_choice_name((enum assent_choice)c);

            if (strlen(name) == len - tier_len - 1 &&
                memcmp(item + tier_len + 1, name, strlen(name)) == 0) {
                choice[t] = (uint8_t)c;
                return t;
            }
        }
    }
    return ASSENT_TIER_COUNT;
}

int tool_state(const char *option, const char *text, uint8_t choice[ASSENT_TIER_COUNT])
{
    bool said[ASSENT_TIER_COUNT] = {false};

    for (;;) {
        size_t len = strcspn(text, ",");
        unsigned tier = read_item(text, len, choice);

        if (tier == ASSENT_TIER_COUNT) {
            return tool_usage("%s: '%.*s': expected analytics or advertising, '=', and granted, "
                              "refused, withdrawn or undecided",
                              option, (int)len, text);
        }
        if (said[tier]) {
            return tool_usage("%s: '%.*s': %s for the second time", option, (int)len, text,
                              assent_consent_tier_name((enum assent_tier)tier));
        }
        said[tier] = true;
        if (text[len] == '\0') {
            return TOOL_OK;
        }
        text += len + 1;
    }
}

/* Decimal or 0x digits and nothing else. */
static bool read_number(const char *text, uint64_t *value)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    size_t len = strlen(digits);

    if (len == 0 || len > (hex ? 16U : 19U) ||
        strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != len) {
        return false;
    }
    *value = strtoull(digits, NULL, hex ? 16 : 10);
    return true;
}

int tool_time(const char *option, const char *text, uint64_t *unix_s)
{
    if (text == NULL) {
        *unix_s = (uint64_t)time(NULL);
        return TOOL_OK;
    }
    if (assent_rfc3339_parse(assent_span(text, strlen(text)), unix_s) ||
        (read_number(text, unix_s) && *unix_s >> 40 == 0)) {
        return TOOL_OK;
    }
    return tool_usage("%s: '%s': expected 2026-01-31T12:00:00Z, 2026-01-31 or seconds since 1970",
                      option, text);
}

int tool_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    uint64_t number;

    if (text == NULL) {
        return TOOL_OK;
    }
    if (!read_number(text, &number) || number < low || number > high) {
        return tool_usage("%s: '%s': expected a number, %llu to %llu", option, text,
                          (unsigned long long)low, (unsigned long long)high);
    }
    *value = number;
    return TOOL_OK;
}

int tool_power_of_two(const char *option, const char *text, uint64_t low, uint64_t high,
                      uint64_t *value)
{
    int code = tool_number(option, text, low, high, value);

    if (code == TOOL_OK && text != NULL && (*value & (*value - 1)) != 0) {
        return tool_usage("%s: '%s': expected a power of two, %llu to %llu", option, text,
                          (unsigned long long)low, (unsigned long long)high);
    }
    return code;
}

int tool_address(const char *option, const char *text, uint8_t out[4])
{
    /* Neither 0.0.0.0/8, this network, nor anything from 224.0.0.0 on (RFC 6890 s. 2.2.2). */
    return inet_pton(AF_INET, text, out) == 1 && out[0] != 0 && out[0] < 224
               ? TOOL_OK
               : tool_usage("%s: '%s': expected an address such as 192.168.1.1", option, text);
}

int tool_hex(const char *option, const char *text, uint8_t *out, size_t len)
{
    size_t good = strspn(text, "0123456789abcdefABCDEF");

    if (strlen(text) != 2 * len) {
        return tool_usage("%s: expected %zu hexadecimal digits, got %zu bytes", option, 2 * len,
                          strlen(text));
    }
    if (good != 2 * len) {
        /* No more of it than its place and one letter: it may be a secret. */
        return tool_usage("%s: digit %zu is '%c', expected 0-9, a-f or A-F", option, good + 1,
                          text[good] > ' ' && text[good] <= '~' ? text[good] : '?');
    }
    for (size_t i = 0; i < len; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return TOOL_OK;
}
