/* SPDX-License-Identifier: MIT */
/* Writes the response field Set-Cookie, and refuses whatever must not be in one. */
#include "core/set_cookie_build.h"

#include "core/cookie.h"
#include "core/date.h"
#include "core/head.h"
#include "core/words.h"

static bool is_letter_or_digit(uint8_t byte)
{
    return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10;
}

static bool is_one_of(uint8_t byte, const char *set, size_t len)
{
    return memchr(set, byte, len) != NULL;
}

/* cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E */
static bool is_cookie_octet(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7F && !is_one_of(byte, "\",;\\", 4);
}

/* av-octet = %x20-3A / %x3C-7E */
static bool is_attribute_octet(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != ';';
}

/* What a browser stores: no ';', no control character but tab. */
static bool is_stored_octet(uint8_t byte)
{
    return (byte >= 0x20 && byte != 0x7F && byte != ';') || byte == '\t';
}

static bool all(struct assent_span s, bool (*allowed)(uint8_t byte))
{
    for (size_t i = 0; i < s.len; i++) {
        if (!allowed(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* No space at the ends, which a browser would cut off, so that it would store something else. */
static bool is_trimmed(struct assent_span s)
{
    return assent_span_trim(s).len == s.len;
}

/* cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE ) */
static bool is_cookie_value(struct assent_span value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = assent_span_slice(value, 1, value.len - 1);
    }
    return all(value, is_cookie_octet);
}

/* subdomain (RFC 1034 s. 3.5 with RFC 1123 s. 2.1): labels of letters, digits and inner hyphens */
static bool is_host_name(struct assent_span domain)
{
    uint8_t before = '.';

    for (size_t i = 0; i < domain.len; i++) {
        uint8_t byte = domain.ptr[i];

        if (!is_letter_or_digit(byte) && (before == '.' || (byte != '-' && byte != '.'))) {
            return false;
        }
        if (byte == '.' && before == '-') {
            return false;
        }
        before = byte;
    }
    return domain.len == 0 || is_letter_or_digit(before);
}

/* The octets of a cookie of our own (s. 4.1.1). */
static bool is_strict(const struct assent_set_cookie *sc)
{
    return sc->name.len > 0 && all(sc->name, assent_head_is_token) && is_cookie_value(sc->value) &&
           is_host_name(sc->domain) && all(sc->path, is_attribute_octet);
}

/* A part that a browser stores as it stands (s. 5.6). */
static bool is_stored_part(struct assent_span s)
{
    return all(s, is_stored_octet) && is_trimmed(s);
}

static bool is_stored(const struct assent_set_cookie *sc)
{
    return sc->name.len + sc->value.len > 0 && is_stored_part(sc->name) &&
           !(sc->name.len > 0 && memchr(sc->name.ptr, '=', sc->name.len) != NULL) &&
           is_stored_part(sc->value) && is_stored_part(sc->domain) && is_stored_part(sc->path) &&
           !assent_span_starts(sc->domain, ASSENT_SPAN("."));
}

/* What holds for every cookie. */
static int check(const struct assent_set_cookie *sc)
{
    if (sc->name.len + sc->value.len > ASSENT_COOKIE_PAIR_BYTES ||
        sc->domain.len > ASSENT_COOKIE_ATTRIBUTE_BYTES ||
        sc->path.len > ASSENT_COOKIE_ATTRIBUTE_BYTES) {
        return ASSENT_ERR_LIMIT;
    }
    if (!is_trimmed(sc->path)) {
        return ASSENT_ERR_SYNTAX;
    }
    if (sc->path.len > 0 && sc->path.ptr[0] != '/') {
        return ASSENT_ERR_FORBIDDEN;
    }
    return assent_set_cookie_acceptable(sc, true);
}

static void write_attribute(struct assent_writer *w, const char *name, struct assent_span value)
{
    if (value.len > 0) {
        assent_writer_text(w, name);
        assent_writer_put(w, value);
    }
}

static int write(struct assent_writer *w, const struct assent_set_cookie *sc)
{
    assent_writer_put(w, sc->name);
    assent_writer_byte(w, '=');
    assent_writer_put(w, sc->value);
    write_attribute(w, "; Domain=", sc->domain);
    write_attribute(w, "; Path=", sc->path);
    if (sc->has_expires) {
        assent_writer_text(w, "; Expires=");
        assent_date_write_imf(w, sc->expires_s);
    }
    if (sc->has_max_age) {
        assent_writer_text(w, "; Max-Age=");
        assent_writer_decimal(w, sc->max_age_s > 0 ? (uint64_t)sc->max_age_s : 0);
    }
    assent_writer_text(w, sc->secure ? "; Secure" : "");
    assent_writer_text(w, sc->http_only ? "; HttpOnly" : "");
    if (sc->same_site != ASSENT_SAME_SITE_UNSET) {
        assent_writer_text(w, "; SameSite=");
        assent_writer_text(w, assent_words_at(assent_set_cookie_same_site_words,
                                              sc->same_site - ASSENT_SAME_SITE_STRICT));
    }
    assent_writer_text(w, sc->partitioned ? "; Partitioned" : "");
    return w->error;
}

int assent_set_cookie_build(struct assent_writer *w, const struct assent_set_cookie *sc)
{
    int error = is_strict(sc) ? check(sc) : ASSENT_ERR_SYNTAX;

    if (error == ASSENT_OK && sc->has_max_age && sc->max_age_s < 1) {
        error = ASSENT_ERR_FORBIDDEN;
    }
    return error == ASSENT_OK ? write(w, sc) : error;
}

int assent_set_cookie_build_relay(struct assent_writer *w, const struct assent_set_cookie *sc)
{
    int error = is_stored(sc) ? check(sc) : ASSENT_ERR_SYNTAX;

    return error == ASSENT_OK ? write(w, sc) : error;
}

int assent_set_cookie_build_expiry(struct assent_writer *w, const struct assent_set_cookie *sc)
{
    struct assent_set_cookie whole = *sc;
    enum assent_cookie_prefix prefix = assent_cookie_prefix(sc->name);

    whole.value = sc->name.len > 0 ? ASSENT_SPAN("") : ASSENT_SPAN("x");
    whole.has_expires = true;
    whole.expires_s = 0;
    whole.has_max_age = true;
    whole.max_age_s = 0;
    whole.http_only = sc->http_only || prefix == ASSENT_COOKIE_PREFIX_HTTP ||
                      prefix == ASSENT_COOKIE_PREFIX_HOST_HTTP;
    return assent_set_cookie_build_relay(w, &whole);
}
