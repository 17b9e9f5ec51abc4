/* SPDX-License-Identifier: MIT */
/* Reads the request field Cookie pair by pair and rewrites it in place. */
#include "core/cookie.h"

#include "core/scan.h"

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static const uint8_t *skip_space(const uint8_t *from, const uint8_t *end)
{
    while (from < end && is_space(*from)) {
        from++;
    }
    return from;
}

static const uint8_t *drop_space(const uint8_t *from, const uint8_t *end)
{
    while (end > from && is_space(end[-1])) {
        end--;
    }
    return end;
}

/* Split the pair from..end, whose first '=' is at equal (end if there is none). */
static struct assent_cookie split(const uint8_t *from, const uint8_t *equal, const uint8_t *end)
{
    const uint8_t *last = drop_space(from, end);
    struct assent_cookie cookie;
    const uint8_t *value = from;
    const uint8_t *name_end = from;

    if (equal < last) {
        name_end = drop_space(from, equal);
        value = skip_space(equal + 1, last);
    }
    cookie.raw = assent_span(from, (size_t)(last - from));
    cookie.name = assent_span(from, (size_t)(name_end - from));
    cookie.value = assent_span(value, (size_t)(last - value));
    return cookie;
}

/* assent_cookie_next(), and whether the pair holds a control character other than tab. */
static bool take(struct assent_span *rest, struct assent_cookie *out, bool *control)
{
    const uint8_t *from = rest->ptr;
    const uint8_t *const field_end = from + rest->len;

    while (from < field_end) {
        const uint8_t *equal;
        const uint8_t *end;

        *control = false;
        from = skip_space(from, field_end);
        equal = assent_scan_until(from, field_end, '=', control);
        end = equal;
        if (equal < field_end && *equal == '=') {
            end = assent_scan_until(equal + 1, field_end, ';', control);
        }
        *out = split(from, equal, end);
        from = end < field_end ? end + 1 : end;
        if (out->name.len + out->value.len > 0) {
            *rest = assent_span(from, (size_t)(field_end - from));
            return true;
        }
    }
    rest->len = 0;
    return false;
}

bool assent_cookie_next(struct assent_span *rest, struct assent_cookie *out)
{
    bool control;

    return rest->len > 0 && take(rest, out, &control);
}

bool assent_cookie_find(struct assent_span field, struct assent_span name,
                        struct assent_span *value)
{
    struct assent_cookie cookie;

    while (assent_cookie_next(&field, &cookie)) {
        if (assent_span_equal(cookie.name, name)) {
            *value = cookie.value;
            return true;
        }
    }
    return false;
}

/* A stretch of the field that stays as it is, and how much of the result is in place before it. */
struct run {
    uint8_t *field;
    size_t done; /* bytes of the result, the run not counted */
    size_t from; /* where the run stands */
    size_t len;  /* 0: no run is open */
};

/* Close the space inside "name = value", so that what passes is what was judged. */
static void canonicalise(uint8_t *pair, struct assent_cookie *cookie)
{
    size_t value_at = (size_t)(cookie->value.ptr - cookie->raw.ptr);
    size_t wanted_at = cookie->name.len + 1;

    if (value_at > wanted_at) {
        pair[cookie->name.len] = '=';
        memmove(pair + wanted_at, pair + value_at, cookie->value.len);
        cookie->raw.len = wanted_at + cookie->value.len;
    }
}

/* Move the open run to the end of the result. Its separator may lack the space if the field lacked it
 * and nothing before has been dropped. */
static void close_run(struct run *run)
{
    if (run->len == 0) {
        return;
    }
    if (run->done > 0) {
        run->field[run->done++] = ';';
        if (run->done < run->from) {
            run->field[run->done++] = ' ';
        }
    }
    if (run->done != run->from) {
        memmove(run->field + run->done, run->field + run->from, run->len);
    }
    run->done += run->len;
    run->len = 0;
}

static void add_pair(struct run *run, size_t at, size_t len)
{
    size_t end = run->from + run->len;

    if (run->len > 0 && at == end + 2 && run->field[end] == ';' && run->field[end + 1] == ' ') {
        run->len += 2 + len;
        return;
    }
    close_run(run);
    run->from = at;
    run->len = len;
}

size_t assent_cookie_filter(uint8_t *field, size_t len,
                            bool (*keep)(void *ctx, const struct assent_cookie *cookie), void *ctx)
{
    struct assent_span rest = assent_span(field, len);
    struct run run = {field, 0, 0, 0};
    struct assent_cookie cookie;
    bool control;

    while (rest.len > 0 && take(&rest, &cookie, &control)) {
        size_t at = (size_t)(cookie.raw.ptr - field);

        if (control || cookie.name.len + cookie.value.len > ASSENT_COOKIE_PAIR_BYTES ||
            !keep(ctx, &cookie)) {
            continue;
        }
        canonicalise(field + at, &cookie);
        add_pair(&run, at, cookie.raw.len);
    }
    close_run(&run);
    return run.done;
}

enum assent_cookie_prefix assent_cookie_prefix(struct assent_span name)
{
    if (name.len < 7 || name.ptr[0] != '_' || name.ptr[1] != '_') {
        return ASSENT_COOKIE_PREFIX_NONE;
    }
    if (assent_span_starts_nocase(name, ASSENT_SPAN("__Host-Http-"))) {
        return ASSENT_COOKIE_PREFIX_HOST_HTTP;
    }
    if (assent_span_starts_nocase(name, ASSENT_SPAN("__Host-"))) {
        return ASSENT_COOKIE_PREFIX_HOST;
    }
    if (assent_span_starts_nocase(name, ASSENT_SPAN("__Secure-"))) {
        return ASSENT_COOKIE_PREFIX_SECURE;
    }
    if (assent_span_starts_nocase(name, ASSENT_SPAN("__Http-"))) {
        return ASSENT_COOKIE_PREFIX_HTTP;
    }
    return ASSENT_COOKIE_PREFIX_NONE;
}

bool assent_cookie_has_control(struct assent_span text)
{
    bool control = false;

    while (text.len > 0 && !control) {
        const uint8_t *end = text.ptr + text.len;
        const uint8_t *stop = assent_scan_until(text.ptr, end, ';', &control);

        text = assent_span_slice(text, (size_t)(stop - text.ptr) + 1, text.len);
    }
    return control;
}
