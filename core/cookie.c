/* SPDX-License-Identifier: MIT */
/* Reads the request field Cookie pair by pair and rewrites it in place. */
#include "core/cookie.h"

#include "core/scan.h"
#include "core/words.h"

static inline bool is_space(uint8_t byte)
{
    return byte <= ' ' && (byte == ' ' || byte == '\t');
}

/* The end of the pair is looked for first and without regard to '=', so that a processor can begin the
 * next pair while this one is split. */
bool assent_cookie_next(struct assent_span *rest, struct assent_cookie *out)
{
    const uint8_t *p = rest->ptr;
    size_t left = rest->len;

    while (left > 0) {
        size_t len;
        size_t equal;
        size_t name_len = 0;
        size_t value_at = 0;
        size_t next;

        if (is_space(*p)) {
            p++;
            left--;
            continue;
        }
        len = assent_scan_find(p, left, left, ';');
        next = len < left ? len + 1 : left;
        /* p[0] is no space: it stops each of the loops backwards. */
        while (len > 0 && is_space(p[len - 1])) {
            len--;
        }
        equal = assent_scan_find(p, len, left, '=');
        if (equal < len) {
            name_len = equal;
            while (name_len > 0 && is_space(p[name_len - 1])) {
                name_len--;
            }
            value_at = equal + 1;
            while (value_at < len && is_space(p[value_at])) {
                value_at++;
            }
        }
        left -= next;
        if (name_len > 0 || value_at < len) {
            *rest = assent_span(p + next, left);
            out->name = assent_span(p, name_len);
            out->value = assent_span(p + value_at, len - value_at);
            out->raw = assent_span(p, len);
            return true;
        }
        p += next;
    }
    rest->len = 0;
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

    /* Between two pairs is at least a ';': here it is "; ". */
    if (run->len > 0 && at == end + 2 && run->field[end + 1] == ' ') {
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
    const bool control = assent_cookie_has_control(rest);
    struct run run = {field, 0, 0, 0};
    struct assent_cookie cookie;

    while (assent_cookie_next(&rest, &cookie)) {
        size_t at = (size_t)(cookie.raw.ptr - field);

        if ((control && assent_cookie_has_control(cookie.raw)) ||
            cookie.name.len + cookie.value.len > ASSENT_COOKIE_PAIR_BYTES || !keep(ctx, &cookie)) {
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
    /* Most names have none. */
    if (name.len == 0 || name.ptr[0] != '_') {
        return ASSENT_COOKIE_PREFIX_NONE;
    }
    /* In the order of the enum: "__Host-" would find the other one too. */
    return (enum assent_cookie_prefix)assent_words_find_prefix("__Host-Http-\0"
                                                               "__Host-\0"
                                                               "__Secure-\0"
                                                               "__Http-\0",
                                                               name);
}

bool assent_cookie_has_control(struct assent_span text)
{
    const size_t step = sizeof(size_t);
    size_t marks = 0;
    size_t at = 0;

    /* Marks are gathered first. Only if there are any, which tab and non-ASCII set too, is each byte
     * looked at. */
    for (; text.len - at >= 2 * step; at += 2 * step) {
        marks |= assent_scan_odd(assent_scan_load(text.ptr + at)) |
                 assent_scan_odd(assent_scan_load(text.ptr + at + step));
    }
    at = (marks & ASSENT_SCAN_MARKS) != 0 ? 0 : at;
    return at < text.len &&
           assent_scan_control(text.ptr + at, text.ptr + text.len) != text.ptr + text.len;
}
