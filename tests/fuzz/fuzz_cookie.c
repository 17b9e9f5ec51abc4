/* SPDX-License-Identifier: MIT */
/* The Cookie field: reading and filtering agree with the naive model, and filtering is idempotent. */
#include "core/cookie.h"

#include <stdlib.h>

#include "tests/unit/cookie_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Keep by a hash of the name that the input chooses. */
static bool keep(void *ctx, const struct assent_cookie *cookie)
{
    unsigned mask = *(const uint8_t *)ctx;
    unsigned hash = 0;

    for (size_t i = 0; i < cookie->name.len; i++) {
        hash = hash * 31 + cookie->name.ptr[i];
    }
    return ((mask >> (hash % 8)) & 1) != 0;
}

static bool same(struct assent_span a, struct assent_span b)
{
    return a.ptr == b.ptr && a.len == b.len;
}

static void check_reading(struct assent_span field)
{
    struct assent_span rest = field;
    struct assent_span model_rest = field;
    struct assent_cookie cookie;
    struct assent_cookie model;
    bool control;
    bool any_control = false;

    while (cookie_model_next(&model_rest, &model, &control)) {
        must(assent_cookie_next(&rest, &cookie));
        must(same(cookie.raw, model.raw) && same(cookie.name, model.name));
        must(assent_span_equal(cookie.value, model.value));
        any_control |= control;
    }
    must(!assent_cookie_next(&rest, &cookie));
    must(!any_control || assent_cookie_has_control(field));
}

static void check_filtering(struct assent_span field, uint8_t mask)
{
    /* Exactly as large as it has to be, so that the sanitizer sees a byte too many. */
    uint8_t *copy = malloc(field.len > 0 ? field.len : 1);
    uint8_t *expected = malloc(field.len > 0 ? field.len : 1);
    size_t expected_len = cookie_model_filter(field, expected, keep, &mask);
    size_t len;

    must(copy != NULL && expected != NULL);
    memcpy(copy, field.ptr, field.len);
    len = assent_cookie_filter(copy, field.len, keep, &mask);
    must(len == expected_len && memcmp(copy, expected, len) == 0);
    must(!assent_cookie_has_control(assent_span(copy, len)));
    len = assent_cookie_filter(copy, len, keep, &mask);
    must(len == expected_len && memcmp(copy, expected, len) == 0);
    free(copy);
    free(expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        struct assent_span field = assent_span(data + 1, size - 1);

        check_reading(field);
        check_filtering(field, data[0]);
        (void)assent_cookie_prefix(field);
    }
    return 0;
}
