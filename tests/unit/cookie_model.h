/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_COOKIE_MODEL_H
#define ASSENT_TESTS_UNIT_COOKIE_MODEL_H

#include "core/cookie.h"

/* core/cookie.h once more, byte by byte and with no thought of speed: what unit tests and fuzz targets
 * compare with. And the lookups that other servers get wrong. */

/* As assent_cookie_next(), and whether the pair holds a control character other than tab. */
bool cookie_model_next(struct assent_span *rest, struct assent_cookie *out, bool *control);

/* As assent_cookie_filter(), into out, which has room for field.len bytes. */
size_t cookie_model_filter(struct assent_span field, uint8_t *out,
                           bool (*keep)(void *ctx, const struct assent_cookie *cookie), void *ctx);

/* A lookup: in field, the cookie name has this value; NULL: it is not there. */
struct cookie_model_row {
    const char *field;
    const char *name;
    const char *value;
};

enum { COOKIE_MODEL_ROWS = 22 };
extern const struct cookie_model_row cookie_model_rows[COOKIE_MODEL_ROWS];

#endif
