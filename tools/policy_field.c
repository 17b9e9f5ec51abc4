/* SPDX-License-Identifier: MIT */
/* The members of a policy source, one kind of value each. */
#include <stdio.h>
#include <string.h>

#include "core/writer.h"
#include "tools/policy_model.h"

static const char *const type_names[] = {
    [SOURCE_NULL] = "null",   [SOURCE_BOOL] = "true or false", [SOURCE_NUMBER] = "a number",
    [SOURCE_TEXT] = "a text", [SOURCE_ARRAY] = "a list",       [SOURCE_OBJECT] = "an object",
};

/* "a, b, c" of a list of names. */
static const char *list(const char *const *names, char *out, size_t cap)
{
    size_t at = 0;

    out[0] = '\0';
    for (; *names != NULL && at < cap; names++) {
        at += (size_t)snprintf(out + at, cap - at, "%s%s", at > 0 ? ", " : "", *names);
    }
    return out;
}

static int index_of(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

void field_only(struct source *source, int object, const char *const *names)
{
    char all[600];

    if (source->nodes[object].type != SOURCE_OBJECT) {
        source_fault(source, object, "%s, expected an object", source_quote(source, object));
        return;
    }
    for (int c = object + 1; c < source->nodes[object].end; c = source->nodes[c].end) {
        if (index_of(names, source->nodes[c].key) < 0) {
            source_fault_key(source, c, "unknown name \"%s\", expected one of %s",
                             source->nodes[c].key, list(names, all, sizeof(all)));
        }
    }
}

int field_member(struct source *source, int object, const char *key, enum source_type type,
                 bool required)
{
    int node = source_find(source, object, key);

    if (node < 0) {
        if (required && source->nodes[object].type == SOURCE_OBJECT) {
            source_fault(source, object, "no \"%s\", expected %s", key, type_names[type]);
        }
        return -1;
    }
    if (source->nodes[node].type != type) {
        source_fault(source, node, "%s, expected %s", source_quote(source, node), type_names[type]);
        return -1;
    }
    return node;
}

int field_first(struct source *source, int object, const char *key, bool required, int max)
{
    int node = field_member(source, object, key, SOURCE_ARRAY, required);
    int count = 0;

    for (int c = node + 1; node >= 0 && c < source->nodes[node].end; c = source->nodes[c].end) {
        if (++count > max) {
            source_fault(source, c, "more than %d elements, expected fewer", max);
            return -1;
        }
    }
    return count > 0 ? node + 1 : -1;
}

int field_next(const struct source *source, int node)
{
    int end = source->nodes[source->nodes[node].parent].end;

    return source->nodes[node].end < end ? source->nodes[node].end : -1;
}

/* ---- texts ---- */

static const struct {
    const char *alphabet; /* NULL: any text without control characters */
    const char *expected;
} forms[] = {
    [FIELD_TEXT] = {NULL, "a text of one line without control characters"},
    [FIELD_SLUG] = {"abcdefghijklmnopqrstuvwxyz0123456789-", "letters a-z, digits and '-'"},
    [FIELD_TAG] = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
                   "a language tag such as \"en\" or \"de-AT\""},
    [FIELD_FILE] = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
                    "a file name without a directory"},
    [FIELD_HOST] = {"abcdefghijklmnopqrstuvwxyz0123456789-.*:",
                    "a host name in lower case, with \"*.\" in front or \":port\" behind at most"},
    [FIELD_SITE] = {"abcdefghijklmnopqrstuvwxyz0123456789-.*",
                    "a host name in lower case, with \"*.\" in front at most"},
    [FIELD_MAIL] = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+@",
                    "a mail address"},
    [FIELD_LINK] = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    ":/?#[]@!$&()*+,;=-._~%",
                    "a URL that begins with \"https://\" or \"http://\""},
    [FIELD_COOKIE] = {"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                      "!#$%&'*+-.^_`|~",
                      "a cookie name (token), with '*' at its end for all that begin with it"},
};

static bool has_shape(const char *text, enum field_form form)
{
    size_t len = strlen(text);
    const char *star = strchr(text, '*');
    const char *at = strchr(text, '@');
    const char *host = strncmp(text, "*.", 2) == 0 ? text + 2 : text;

    switch (form) {
    case FIELD_SLUG:
        return text[0] != '-' && text[len - 1] != '-';
    case FIELD_FILE:
        return text[0] != '.';
    case FIELD_HOST:
    case FIELD_SITE: {
        size_t name = strcspn(host, ":");

        return name > 0 && strchr(host, '*') == NULL && host[0] != '.' && host[name - 1] != '.' &&
               strstr(host, "..") == NULL &&
               (host[name] == '\0' ||
                (strspn(host + name + 1, "0123456789") == strlen(host + name + 1) &&
                 host[name + 1] != '\0'));
    }
    case FIELD_MAIL:
        return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL;
    case FIELD_LINK:
        return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
    case FIELD_COOKIE:
        return star == NULL || (star == text + len - 1 && len > 1);
    case FIELD_TEXT:
    case FIELD_TAG:
        break;
    }
    return true;
}

const char *field_value(struct source *source, int node, enum field_form form, size_t max)
{
    const char *text = source->nodes[node].text;
    bool fits;

    if (source->nodes[node].type != SOURCE_TEXT) {
        source_fault(source, node, "%s, expected a text", source_quote(source, node));
        return "";
    }
    if (text[0] == '\0' || strlen(text) > max) {
        source_fault(source, node, "%s with %zu bytes, expected 1 to %zu bytes",
                     source_quote(source, node), strlen(text), max);
        return "";
    }
    if (forms[form].alphabet != NULL) {
        fits = strspn(text, forms[form].alphabet) == strlen(text);
    } else {
        fits = strpbrk(text, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30"
                             "\31\32\33\34\35\36\37\177") == NULL;
    }
    if (!fits || !has_shape(text, form)) {
        source_fault(source, node, "%s, expected %s", source_quote(source, node),
                     forms[form].expected);
        return "";
    }
    return text;
}

const char *field_text(struct source *source, int object, const char *key, bool required,
                       enum field_form form, size_t max)
{
    int node = field_member(source, object, key, SOURCE_TEXT, required);

    return node < 0 ? "" : field_value(source, node, form, max);
}

/* ---- numbers, switches, names ---- */

uint32_t field_number(struct source *source, int object, const char *key, bool required,
                      uint32_t low, uint32_t high, uint32_t otherwise)
{
    int node = field_member(source, object, key, SOURCE_NUMBER, required);
    double number;

    if (node < 0) {
        return otherwise;
    }
    number = source->nodes[node].number;
    if (!(number >= low && number <= high) || (double)(uint32_t)number != number) {
        source_fault(source, node, "%s, expected a whole number from %u to %u",
                     source_quote(source, node), low, high);
        return otherwise;
    }
    return (uint32_t)number;
}

bool field_bool(struct source *source, int object, const char *key, bool otherwise)
{
    int node = field_member(source, object, key, SOURCE_BOOL, false);

    return node < 0 ? otherwise : source->nodes[node].truth;
}

static int choose(struct source *source, int node, const char *const *names)
{
    char all[600];
    int found = -1;

    if (source->nodes[node].type == SOURCE_TEXT) {
        found = index_of(names, source->nodes[node].text);
    }
    if (found < 0) {
        source_fault(source, node, "%s, expected one of %s", source_quote(source, node),
                     list(names, all, sizeof(all)));
    }
    return found;
}

int field_choice(struct source *source, int object, const char *key, bool required,
                 const char *const *names, int otherwise)
{
    int node = source_find(source, object, key);
    char all[600];
    int found;

    if (node < 0) {
        if (required) {
            source_fault(source, object, "no \"%s\", expected one of %s", key,
                         list(names, all, sizeof(all)));
        }
        return otherwise;
    }
    found = choose(source, node, names);
    return found < 0 ? otherwise : found;
}

uint32_t field_set(struct source *source, int object, const char *key, const char *const *names)
{
    int node = field_member(source, object, key, SOURCE_ARRAY, false);
    uint32_t set = 0;

    for (int c = node + 1; node >= 0 && c < source->nodes[node].end; c = source->nodes[c].end) {
        int bit = choose(source, c, names);

        if (bit >= 0 && (set & (1U << bit)) != 0) {
            source_fault(source, c, "%s for the second time, expected each once",
                         source_quote(source, c));
        }
        set |= bit >= 0 ? 1U << bit : 0;
    }
    return set;
}

/* ---- times ---- */

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Exactly count digits at text; -1 if something else stands there. */
static int digits(const char *text, unsigned count)
{
    int value = 0;

    for (unsigned i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

uint64_t field_date(struct source *source, int object, const char *key)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int node = field_member(source, object, key, SOURCE_TEXT, true);
    const char *text = node < 0 ? "" : source->nodes[node].text;
    bool whole = strlen(text) == 10 && text[4] == '-' && text[7] == '-';
    int year = whole ? digits(text, 4) : -1;
    int month = whole ? digits(text + 5, 2) : -1;
    int day = whole ? digits(text + 8, 2) : -1;
    uint64_t days = 0;

    if (node < 0) {
        return FIELD_NO_DATE;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > lengths[month - 1] + (month == 2 && is_leap((unsigned)year))) {
        source_fault(source, node, "%s, expected a date such as \"2024-10-09\"",
                     source_quote(source, node));
        return FIELD_NO_DATE;
    }
    for (unsigned y = 1970; y < (unsigned)year; y++) {
        days += is_leap(y) ? 366 : 365;
    }
    for (int m = 1; m < month; m++) {
        days += lengths[m - 1] + (unsigned)(m == 2 && is_leap((unsigned)year));
    }
    return (days + (unsigned)day - 1) * 86400U;
}

uint32_t field_lifetime(struct source *source, int object, const char *key)
{
    static const struct {
        const char *unit;
        uint32_t seconds;
    } units[] = {{" minutes", 60}, {" hours", 3600}, {" days", 86400}};
    int node = field_member(source, object, key, SOURCE_TEXT, true);
    const char *text = node < 0 ? "session" : source->nodes[node].text;
    size_t len = strspn(text, "0123456789");

    if (strcmp(text, "session") == 0) {
        return 0;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (len > 0 && len <= 5 && text[0] != '0' && strcmp(text + len, units[i].unit) == 0) {
            return (uint32_t)digits(text, (unsigned)len) * units[i].seconds;
        }
    }
    source_fault(source, node,
                 "%s, expected \"session\", or a number with minutes, hours or days such as "
                 "\"30 days\"",
                 source_quote(source, node));
    return 0;
}

/* ---- hexadecimal ---- */

static bool read_hex(const char *text, uint8_t *out, size_t count)
{
    if (strlen(text) != count * 2 || strspn(text, "0123456789abcdef") != count * 2) {
        return false;
    }
    for (size_t i = 0; i < count * 2; i++) {
        unsigned digit = (unsigned)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);

        out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return true;
}

void field_colour(struct source *source, int object, const char *key, uint8_t out[3])
{
    int node = field_member(source, object, key, SOURCE_TEXT, true);

    if (node >= 0 &&
        (source->nodes[node].text[0] != '#' || !read_hex(source->nodes[node].text + 1, out, 3))) {
        source_fault(source, node, "%s, expected a colour such as \"#1a2b3c\"",
                     source_quote(source, node));
    }
}

void field_digest(struct source *source, int object, const char *key, uint8_t out[32])
{
    int node = field_member(source, object, key, SOURCE_TEXT, true);

    if (node >= 0 && !read_hex(source->nodes[node].text, out, 32)) {
        source_fault(source, node, "%s, expected a SHA-256 as 64 digits 0-9 a-f",
                     source_quote(source, node));
    }
}

/* ---- texts in every language ---- */

uint32_t field_placeholders(struct source *source, int node, const char *text)
{
    static const char *const names[] = {"controller", "site", "contact",  "age", "days",
                                        "n",          "date", "revision", "id",  NULL};
    uint32_t found = 0;

    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        size_t len = strcspn(open + 1, "}");
        char name[24];
        char all[200];
        int index;

        snprintf(name, sizeof(name), "%.*s", (int)(len < 23 ? len : 23), open + 1);
        index = index_of(names, name);
        if (open[1 + len] != '}' || index < 0) {
            source_fault(source, node, "unknown placeholder \"{%s}\", expected one of %s", name,
                         list(names, all, sizeof(all)));
        } else {
            found |= 1U << index;
        }
    }
    return found;
}

void field_phrase(struct source *source, const struct policy_model *model, int object,
                  const char *key, bool partial, struct model_phrase *out)
{
    const char *tags[MODEL_LANGUAGES + 1] = {NULL};
    int first = -1;
    uint32_t expected = 0;

    memset(out, 0, sizeof(*out));
    out->node = field_member(source, object, key, SOURCE_OBJECT, !partial);
    for (int i = 0; i < model->language_count; i++) {
        tags[i] = model->languages[i].tag;
    }
    if (out->node < 0) {
        return;
    }
    field_only(source, out->node, tags);
    for (int i = 0; i < model->language_count; i++) {
        int node = source_find(source, out->node, tags[i]);
        uint32_t set;

        if (node < 0 && !(partial && model->languages[i].shared)) {
            source_fault(source, out->node, "no text in \"%s\", expected one for each language",
                         tags[i]);
        }
        if (node < 0) {
            continue;
        }
        out->text[i] = field_value(source, node, FIELD_TEXT, 2000);
        set = field_placeholders(source, node, out->text[i]);
        if (first < 0) {
            first = i;
            expected = set;
        } else if (set != expected && out->text[i][0] != '\0') {
            source_fault(source, node,
                         "other placeholders than in \"%s\", expected the same in all languages",
                         tags[first]);
        }
    }
}
