/* SPDX-License-Identifier: MIT */
#include "core/writer.h"

#include "core/error.h"

void assent_writer_fail(struct assent_writer *w, int error)
{
    if (w->error == ASSENT_OK) {
        w->error = error;
    }
}

void assent_writer_put(struct assent_writer *w, struct assent_span bytes)
{
    if (w->error != ASSENT_OK) {
        return;
    }
    if (bytes.len > w->cap - w->len) {
        w->error = ASSENT_ERR_SPACE;
        return;
    }
    if (bytes.len > 0) {
        memcpy(w->ptr + w->len, bytes.ptr, bytes.len);
        w->len += bytes.len;
    }
}

void assent_writer_byte(struct assent_writer *w, uint8_t byte)
{
    assent_writer_put(w, assent_span(&byte, 1));
}

void assent_writer_text(struct assent_writer *w, const char *text)
{
    size_t len = 0;

    while (text[len] != '\0') {
        len++;
    }
    assent_writer_put(w, assent_span(text, len));
}

void assent_writer_padded(struct assent_writer *w, uint64_t value, unsigned digits)
{
    uint8_t text[20];
    size_t at = sizeof(text);

    if (digits > sizeof(text)) {
        digits = sizeof(text);
    }
    while (value > 0 || sizeof(text) - at < digits) {
        /* A 64-bit division costs a Cortex-M3 hundreds of cycles, and is seldom needed. */
        uint64_t tenth = value >> 32 == 0 ? (uint32_t)value / 10 : value / 10;

        text[--at] = (uint8_t)('0' + (value - tenth * 10));
        value = tenth;
    }
    assent_writer_put(w, assent_span(text + at, sizeof(text) - at));
}

void assent_writer_decimal(struct assent_writer *w, uint64_t value)
{
    assent_writer_padded(w, value, 1);
}

void assent_writer_hex(struct assent_writer *w, struct assent_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        assent_writer_byte(w, (uint8_t) "0123456789abcdef"[bytes.ptr[i] >> 4]);
        assent_writer_byte(w, (uint8_t) "0123456789abcdef"[bytes.ptr[i] & 15]);
    }
}

static uint8_t base64url_digit(uint32_t value)
{
    return (uint8_t) "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[value & 63];
}

void assent_writer_base64url(struct assent_writer *w, struct assent_span bytes)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        bits = (bits << 8) | bytes.ptr[i];
        for (count += 8; count >= 6; count -= 6) {
            assent_writer_byte(w, base64url_digit(bits >> (count - 6)));
        }
    }
    if (count > 0) {
        assent_writer_byte(w, base64url_digit(bits << (6 - count)));
    }
}

/* Value of a base64url digit, or -1. */
static int base64url_value(uint8_t c)
{
    if ((uint8_t)(c - 'A') < 26) {
        return c - 'A';
    }
    if ((uint8_t)(c - 'a') < 26) {
        return c - 'a' + 26;
    }
    if ((uint8_t)(c - '0') < 10) {
        return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int assent_writer_decode_base64url(struct assent_span text, uint8_t *out, size_t cap)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t len = 0;

    if (text.len % 4 == 1) {
        return ASSENT_ERR_SYNTAX;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = base64url_value(text.ptr[i]);

        if (value < 0) {
            return ASSENT_ERR_SYNTAX;
        }
        bits = (bits << 6) | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            if (len == cap) {
                return ASSENT_ERR_SPACE;
            }
            out[len++] = (uint8_t)(bits >> count);
        }
    }
    if ((bits & ((1U << count) - 1)) != 0) {
        return ASSENT_ERR_SYNTAX;
    }
    return (int)len;
}

size_t assent_writer_utf8_length(struct assent_span s)
{
    uint8_t lead = s.ptr[0];
    uint8_t low;
    uint8_t high;
    size_t len;

    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (s.len < len) {
        return 0;
    }
    /* The second byte excludes overlong forms, surrogates and values above U+10FFFF. */
    low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i < len; i++) {
        if (s.ptr[i] < low || s.ptr[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return len;
}

static void json_control(struct assent_writer *w, uint8_t c)
{
    uint8_t letter = c >= '\b' && c <= '\r' ? (uint8_t) "btn\0fr"[c - '\b'] : 0;

    if (letter != 0) {
        assent_writer_byte(w, '\\');
        assent_writer_byte(w, letter);
    } else {
        assent_writer_text(w, "\\u00");
        assent_writer_hex(w, assent_span(&c, 1));
    }
}

/* How many bytes from at on stand for themselves: ASCII that JSON does not escape. */
static size_t plain_length(struct assent_span text, size_t at)
{
    size_t end = at;

    while (end < text.len && text.ptr[end] >= 0x20 && text.ptr[end] < 0x7F &&
           text.ptr[end] != '"' && text.ptr[end] != '\\') {
        end++;
    }
    return end - at;
}

void assent_writer_json(struct assent_writer *w, struct assent_span text)
{
    size_t at = 0;

    assent_writer_byte(w, '"');
    while (at < text.len && w->error == ASSENT_OK) {
        uint8_t c = text.ptr[at];
        size_t len = plain_length(text, at);

        if (len == 0) {
            len = assent_writer_utf8_length(assent_span(text.ptr + at, text.len - at));
        }
        if (len == 0) {
            assent_writer_text(w, "\xEF\xBF\xBD");
            len = 1;
        } else if (c < 0x20 || c == 0x7F) {
            json_control(w, c);
        } else {
            if (c == '"' || c == '\\') {
                assent_writer_byte(w, '\\');
            }
            assent_writer_put(w, assent_span(text.ptr + at, len));
        }
        at += len;
    }
    assent_writer_byte(w, '"');
}
