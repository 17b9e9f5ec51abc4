/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#include "core/head.h"
#include "http/field.h"

/* chunked-body = *chunk last-chunk trailer-section CRLF, RFC 9112 s. 7.1
 *
 *   SIZE -> (extensions: NAME_START .. QUOTED_END) -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *                                                        `-> TRAILERS (size 0) -> COMPLETE
 *
 * No white space, no bare CR or LF, no sign, no prefix: each of them has been used to make two
 * readers disagree. BWS around extensions (s. 7.1.1) is refused too, as llhttp does. */
enum state {
    SIZE,
    NAME_START,
    NAME,
    VALUE_START,
    VALUE,
    QUOTED,
    ESCAPED,
    QUOTED_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS,
    COMPLETE,
    FAILED
};

/* 16 digits fill 64 bits. */
#define DIGITS_MAX 16

void assent_body_init(struct assent_body *body, enum assent_body_kind kind, uint64_t length)
{
    *body = (struct assent_body){.kind = (uint8_t)kind, .state = DATA};
    if (kind == ASSENT_BODY_CHUNKED) {
        body->state = SIZE;
    } else if (kind == ASSENT_BODY_CLOSE) {
        body->left = UINT64_MAX;
    } else if (kind == ASSENT_BODY_LENGTH && length > 0) {
        body->left = length;
    } else {
        body->state = COMPLETE;
    }
}

static int read_size(struct assent_body *body, uint8_t c)
{
    int value = assent_field_hex(c);

    if (value >= 0) {
        if (body->digits == DIGITS_MAX) {
            return ASSENT_ERR_SYNTAX;
        }
        body->digits++;
        body->left = body->left << 4 | (unsigned)value;
        return ASSENT_OK;
    }
    if (body->digits == 0 || (c != '\r' && c != ';')) {
        return ASSENT_ERR_SYNTAX;
    }
    body->state = c == ';' ? NAME_START : SIZE_LF;
    return ASSENT_OK;
}

/* State after one byte of the extensions, which are read only to find their end:
 * *( ";" token [ "=" ( token / quoted-string ) ] ) CR */
static enum state extension_state(enum state state, uint8_t c)
{
    bool token = assent_head_is_token(c);

    if (state == QUOTED || state == ESCAPED) {
        if (c < ' ' ? c != '\t' : c == 0x7F) {
            return FAILED;
        }
        return state == ESCAPED ? QUOTED : c == '\\' ? ESCAPED : c == '"' ? QUOTED_END : QUOTED;
    }
    if (token && state != QUOTED_END) {
        return state == NAME_START || state == NAME ? NAME : VALUE;
    }
    if (c == '"' && state == VALUE_START) {
        return QUOTED;
    }
    if (state == NAME_START || state == VALUE_START) {
        return FAILED;
    }
    return c == ';'                    ? NAME_START
           : c == '\r'                 ? SIZE_LF
           : c == '=' && state == NAME ? VALUE_START
                                       : FAILED;
}

static int read_extension(struct assent_body *body, uint8_t c)
{
    if (++body->extension_bytes > ASSENT_BODY_EXTENSION_BYTES) {
        return ASSENT_ERR_LIMIT;
    }
    body->state = (uint8_t)extension_state((enum state)body->state, c);
    return body->state != FAILED ? ASSENT_OK : ASSENT_ERR_SYNTAX;
}

/* One byte of framing that must be this one. */
static int expect(struct assent_body *body, uint8_t c, uint8_t wanted, enum state next)
{
    body->state = (uint8_t)next;
    return c == wanted ? ASSENT_OK : ASSENT_ERR_SYNTAX;
}

static int read_framing(struct assent_body *body, uint8_t c)
{
    switch ((enum state)body->state) {
    case SIZE:
        return read_size(body, c);
    case NAME_START:
    case NAME:
    case VALUE_START:
    case VALUE:
    case QUOTED:
    case ESCAPED:
    case QUOTED_END:
        return read_extension(body, c);
    case SIZE_LF:
        return expect(body, c, '\n', body->left > 0 ? DATA : TRAILERS);
    case DATA_CR:
        return expect(body, c, '\r', DATA_LF);
    case DATA_LF:
        body->digits = 0;
        return expect(body, c, '\n', SIZE);
    case DATA:
    case TRAILERS:
    case COMPLETE:
    case FAILED:
        break;
    }
    return ASSENT_ERR_SYNTAX;
}

static int read_trailers(struct assent_body *body, struct assent_span *in, struct assent_span *out)
{
    struct assent_head head;
    struct assent_head_field field;
    int result;

    (void)assent_head_start(&head, *in, NULL);
    while ((result = assent_head_next(&head, &field)) == 1) {
    }
    if (result != 0) {
        body->state = result == ASSENT_ERR_MORE ? TRAILERS : FAILED;
        return result;
    }
    *out = assent_span(in->ptr, (size_t)(head.at - in->ptr));
    *in = assent_span(head.at, in->len - out->len);
    body->state = COMPLETE;
    return 0;
}

int assent_body_next(struct assent_body *body, struct assent_span *in, struct assent_span *out)
{
    *out = assent_span(NULL, 0);
    for (;;) {
        int error;

        if (body->state == COMPLETE) {
            return 0;
        }
        if (in->len == 0 && body->state != FAILED) {
            return ASSENT_ERR_MORE;
        }
        if (body->state == DATA) {
            *out = assent_span(in->ptr, body->left < in->len ? (size_t)body->left : in->len);
            return 1;
        }
        if (body->state == TRAILERS) {
            return read_trailers(body, in, out);
        }
        error = body->state == FAILED ? ASSENT_ERR_SYNTAX : read_framing(body, in->ptr[0]);
        if (error != ASSENT_OK) {
            body->state = FAILED;
            return error;
        }
        *in = assent_span(in->ptr + 1, in->len - 1);
    }
}

void assent_body_take(struct assent_body *body, struct assent_span *in, size_t len)
{
    *in = assent_span(in->ptr + len, in->len - len);
    if (body->kind == ASSENT_BODY_CLOSE) {
        return;
    }
    body->left -= len;
    if (body->left == 0) {
        body->state = body->kind == ASSENT_BODY_CHUNKED ? DATA_CR : COMPLETE;
    }
}

int assent_body_end(const struct assent_body *body)
{
    return body->state == COMPLETE || body->kind == ASSENT_BODY_CLOSE ? ASSENT_OK : ASSENT_ERR_MORE;
}
