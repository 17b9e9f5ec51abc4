/* SPDX-License-Identifier: MIT */
/* Deflate read bit by bit with canonical Huffman codes: small, not fast. */
#include "http/inflate.h"

#include <stdbool.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"

enum {
    CODE_BITS = 15, /* longest code (RFC 1951 s. 3.2.1) */
    LITERALS = 288, /* literals, the end and lengths */
    DISTANCES = 30,
    LENGTH_CODES = 19, /* code lengths of code lengths */
    END_OF_BLOCK = 256,
    HEAD_BYTES = 10, /* of a member without optional fields */
    TAIL_BYTES = 8
};

struct inflate {
    struct assent_span in;
    size_t at; /* next byte of in */
    uint32_t bits;
    unsigned bit_count;
    uint8_t *out;
    size_t len, cap;
    int error; /* the first */
};

/* Codes of one alphabet: how many there are of each length, and the symbols in order of their codes. */
struct codes {
    uint16_t count[CODE_BITS + 1];
    uint16_t *symbol;
};

static unsigned fail(struct inflate *s, int error)
{
    s->error = s->error != ASSENT_OK ? s->error : error;
    return 0;
}

/* The next count (0..16) bits, the first one lowest. */
static unsigned take(struct inflate *s, unsigned count)
{
    unsigned value;

    while (s->bit_count < count) {
        if (s->at >= s->in.len) {
            return fail(s, ASSENT_ERR_CORRUPT);
        }
        s->bits |= (uint32_t)s->in.ptr[s->at++] << s->bit_count;
        s->bit_count += 8;
    }
    value = s->bits & ((UINT32_C(1) << count) - 1);
    s->bits >>= count;
    s->bit_count -= count;
    return value;
}

static void put(struct inflate *s, uint8_t byte)
{
    if (s->len < s->cap) {
        s->out[s->len++] = byte;
    } else {
        (void)fail(s, ASSENT_ERR_SPACE);
    }
}

/* Make the codes of an alphabet from their lengths (RFC 1951 s. 3.2.2).
 *   return  false: lengths that no set of codes has. A set may be incomplete: a code that is missing is
 *           an error when it comes */
static bool make_codes(struct codes *codes, const uint8_t *lengths, unsigned count)
{
    uint16_t first[CODE_BITS + 1];
    int left = 1;

    memset(codes->count, 0, sizeof(codes->count));
    for (unsigned i = 0; i < count; i++) {
        codes->count[lengths[i]]++;
    }
    codes->count[0] = 0;
    first[1] = 0;
    for (unsigned bits = 1; bits <= CODE_BITS; bits++) {
        left = 2 * left - codes->count[bits];
        if (left < 0) {
            return false;
        }
        if (bits < CODE_BITS) {
            first[bits + 1] = (uint16_t)(first[bits] + codes->count[bits]);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (lengths[i] != 0) {
            codes->symbol[first[lengths[i]]++] = (uint16_t)i;
        }
    }
    return true;
}

/* The symbol of the next code. */
static unsigned decode(struct inflate *s, const struct codes *codes)
{
    int code = 0;
    int first = 0;
    int index = 0;

    for (unsigned bits = 1; bits <= CODE_BITS; bits++) {
        int count = codes->count[bits];

        code |= (int)take(s, 1);
        if (code - count < first) {
            return codes->symbol[index + (code - first)];
        }
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return fail(s, ASSENT_ERR_CORRUPT);
}

/* Repeat len bytes from so far back. */
static void repeat(struct inflate *s, unsigned len, unsigned back)
{
    if (back > s->len) {
        (void)fail(s, ASSENT_ERR_CORRUPT);
    }
    for (unsigned i = 0; i < len && s->error == ASSENT_OK; i++) {
        put(s, s->out[s->len - back]);
    }
}

/* Symbols up to the end of the block (RFC 1951 s. 3.2.5). */
static void read_symbols(struct inflate *s, const struct codes *literals,
                         const struct codes *distances)
{
    static const uint8_t length_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t lengths[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                       67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint16_t backs[DISTANCES] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

    while (s->error == ASSENT_OK) {
        unsigned symbol = decode(s, literals);
        unsigned len;
        unsigned place;

        if (symbol == END_OF_BLOCK) {
            return;
        }
        if (symbol < END_OF_BLOCK) {
            put(s, (uint8_t)symbol);
            continue;
        }
        symbol -= END_OF_BLOCK + 1;
        if (symbol >= sizeof(length_bits)) {
            (void)fail(s, ASSENT_ERR_CORRUPT);
            return;
        }
        len = lengths[symbol] + take(s, length_bits[symbol]);
        place = decode(s, distances);
        if (s->error != ASSENT_OK || place >= DISTANCES) {
            (void)fail(s, ASSENT_ERR_CORRUPT);
            return;
        }
        repeat(s, len, backs[place] + take(s, place < 4 ? 0 : place / 2 - 1));
    }
}

static void read_stored(struct inflate *s)
{
    unsigned len;

    s->bits = 0; /* the rest of the byte is not used */
    s->bit_count = 0;
    len = take(s, 16);
    if ((take(s, 16) ^ len) != 0xFFFF) {
        (void)fail(s, ASSENT_ERR_CORRUPT);
    }
    for (unsigned i = 0; i < len && s->error == ASSENT_OK; i++) {
        put(s, (uint8_t)take(s, 8));
    }
}

/* The lengths of a block's own codes, themselves coded (RFC 1951 s. 3.2.7). */
static void read_lengths(struct inflate *s, uint8_t *lengths, unsigned count)
{
    static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint16_t symbols[LENGTH_CODES] = {0};
    struct codes codes = {.symbol = symbols};
    uint8_t own[LENGTH_CODES] = {0};
    unsigned own_count = take(s, 4) + 4;
    unsigned at = 0;

    for (unsigned i = 0; i < own_count; i++) {
        own[order[i]] = (uint8_t)take(s, 3);
    }
    if (!make_codes(&codes, own, LENGTH_CODES)) {
        (void)fail(s, ASSENT_ERR_CORRUPT);
    }
    while (at < count && s->error == ASSENT_OK) {
        unsigned symbol = decode(s, &codes);
        unsigned times = symbol < 16    ? 1
                         : symbol == 16 ? 3 + take(s, 2)
                         : symbol == 17 ? 3 + take(s, 3)
                                        : 11 + take(s, 7);
        uint8_t length = symbol < 16 ? (uint8_t)symbol : 0;

        if ((symbol == 16 && at == 0) || times > count - at) {
            (void)fail(s, ASSENT_ERR_CORRUPT);
            return;
        }
        if (symbol == 16) {
            length = lengths[at - 1];
        }
        memset(lengths + at, length, times);
        at += times;
    }
}

static void read_block(struct inflate *s, bool own_codes)
{
    uint16_t literal_symbols[LITERALS] = {0};
    uint16_t distance_symbols[DISTANCES + 2] = {0};
    uint8_t lengths[LITERALS + DISTANCES + 2];
    struct codes literals = {.symbol = literal_symbols};
    struct codes distances = {.symbol = distance_symbols};
    unsigned literal_count = LITERALS;
    unsigned distance_count = DISTANCES;

    if (own_codes) {
        literal_count = take(s, 5) + 257;
        distance_count = take(s, 5) + 1;
        read_lengths(s, lengths, literal_count + distance_count);
    } else { /* RFC 1951 s. 3.2.6 */
        memset(lengths, 8, 144);
        memset(lengths + 144, 9, 112);
        memset(lengths + 256, 7, 24);
        memset(lengths + 280, 8, 8);
        memset(lengths + LITERALS, 5, DISTANCES);
    }
    if (s->error == ASSENT_OK && make_codes(&literals, lengths, literal_count) &&
        make_codes(&distances, lengths + literal_count, distance_count)) {
        read_symbols(s, &literals, &distances);
    } else {
        (void)fail(s, ASSENT_ERR_CORRUPT);
    }
}

/* Behind the head and its optional fields (RFC 1952 s. 2.3); 0: no such head. */
static size_t skip_head(struct assent_span in)
{
    enum { HEAD_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, RESERVED = 0xE0 };
    uint8_t flags;
    size_t at = HEAD_BYTES;

    if (in.len < HEAD_BYTES + TAIL_BYTES || in.ptr[0] != 0x1F || in.ptr[1] != 0x8B ||
        in.ptr[2] != 8 || (in.ptr[3] & RESERVED) != 0) {
        return 0;
    }
    flags = in.ptr[3];
    if ((flags & EXTRA) != 0) {
        at += 2 + (size_t)assent_bytes_load16(in.ptr + at);
    }
    for (unsigned text = NAME; text <= COMMENT; text <<= 1) {
        if ((flags & text) != 0) {
            while (at < in.len && in.ptr[at] != 0) {
                at++;
            }
            at++;
        }
    }
    at += (flags & HEAD_CRC) != 0 ? 2 : 0;
    return at + TAIL_BYTES <= in.len ? at : 0;
}

int assent_inflate_stream(struct assent_span in, uint8_t *out, size_t cap)
{
    struct inflate s = {.in = in, .out = out, .cap = cap};
    bool last = false;

    while (!last && s.error == ASSENT_OK) {
        unsigned kind;

        last = take(&s, 1) == 1;
        kind = take(&s, 2);
        if (kind == 0) {
            read_stored(&s);
        } else if (kind < 3) {
            read_block(&s, kind == 2);
        } else {
            (void)fail(&s, ASSENT_ERR_CORRUPT);
        }
    }
    if (s.error != ASSENT_OK) {
        return s.error;
    }
    return s.at == in.len && s.len <= INT32_MAX ? (int)s.len : ASSENT_ERR_CORRUPT;
}

int assent_inflate(struct assent_span in, uint8_t *out, size_t cap)
{
    size_t head = skip_head(in);
    struct assent_span stream;
    const uint8_t *tail;
    int len;

    if (head == 0) {
        return ASSENT_ERR_CORRUPT;
    }
    stream = assent_span(in.ptr + head, in.len - head - TAIL_BYTES);
    tail = stream.ptr + stream.len;
    len = assent_inflate_stream(stream, out, cap);
    return len < 0 || (assent_bytes_load32(tail) == assent_bytes_crc32(0, out, (size_t)len) &&
                       assent_bytes_load32(tail + 4) == (uint32_t)len)
               ? len
               : ASSENT_ERR_CORRUPT;
}
