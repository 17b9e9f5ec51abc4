/* SPDX-License-Identifier: MIT */
#include "tools/gate_unreadable.h"

#include <stdio.h>

#include "core/cookie.h"
#include "core/set_cookie.h"

/* A head has no control characters but tab, so that length and emptiness are what is left. */
static const char too_long[] = "name and value are longer than 4096 bytes";
_Static_assert(ASSENT_COOKIE_PAIR_BYTES == 4096, "the text above says so");

enum { SHOWN_BYTES = 64 }; /* of a name, which may be what is too long */

static void print_unreadable(const char *field, unsigned line, struct assent_span pair,
                             const char *reason)
{
    struct assent_span name = assent_span_trim(assent_span_take(&pair, '='));
    bool cut = name.len > SHOWN_BYTES;

    fprintf(stderr, "not read: \"%.*s%s\" in %s, line %u: %s\n", cut ? SHOWN_BYTES : (int)name.len,
            name.len > 0 ? (const char *)name.ptr : "", cut ? "..." : "", field, line, reason);
}

static void name_set_cookie(const struct assent_head_field *field, unsigned line)
{
    struct assent_span rest = field->value;
    struct assent_set_cookie sc;
    int error = assent_set_cookie_parse(field->value, &sc);

    if (error != ASSENT_OK) {
        print_unreadable("Set-Cookie", line, assent_span_take(&rest, ';'),
                         error == ASSENT_ERR_LIMIT ? too_long : "neither a name nor a value");
    }
}

void gate_unreadable_name(const struct assent_head_field *field, unsigned line, bool response)
{
    struct assent_span rest = field->value;
    struct assent_cookie cookie;

    if (response && assent_span_equal_nocase(field->name, ASSENT_SPAN("set-cookie"))) {
        name_set_cookie(field, line);
    } else if (!response && assent_span_equal_nocase(field->name, ASSENT_SPAN("cookie"))) {
        while (assent_cookie_next(&rest, &cookie)) {
            if (cookie.name.len + cookie.value.len > ASSENT_COOKIE_PAIR_BYTES) {
                print_unreadable("Cookie", line, cookie.raw, too_long);
            }
        }
    }
}
