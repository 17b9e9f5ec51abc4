/* SPDX-License-Identifier: MIT */
/* assent cookie: field values in, one a line; JSON out, one a line. */
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cookie.h"
#include "core/date.h"
#include "core/scan.h"
#include "core/set_cookie.h"
#include "core/writer.h"

/* Room for the text around the parts of one pair or one field; and how much a part can grow: "\u0000"
 * for a byte and its share of base64url. */
enum { CHUNK_BYTES = 1 << 18, FRAME_BYTES = 400, GROWTH = 8 };

/* Standard input as it arrives, cut into lines, and what is to go to standard output. Where memory or
 * output fail there is nothing left to do: the command ends there. */
struct stream {
    uint8_t *in;
    size_t in_cap;
    size_t in_len;
    uint8_t *out;
    size_t out_cap;
    size_t out_len;
    void (*write_line)(struct stream *stream, struct assent_span line);
};

static void flush(struct stream *stream)
{
    size_t done = 0;

    while (done < stream->out_len) {
        ssize_t written = write(STDOUT_FILENO, stream->out + done, stream->out_len - done);

        if (written < 0 && errno != EINTR) {
            exit(tool_fail("standard output", "%s", strerror(errno)));
        }
        done += written < 0 ? 0 : (size_t)written;
    }
    stream->out_len = 0;
}

static void grow(uint8_t **room, size_t *cap, size_t wanted)
{
    uint8_t *moved = realloc(*room, wanted);

    if (moved == NULL) {
        exit(tool_fail("a line", "%s", strerror(ENOMEM)));
    }
    *room = moved;
    *cap = wanted;
}

/* Make room for parts of len bytes in all and what stands around them. */
static void make_room(struct stream *stream, size_t len)
{
    size_t wanted = len * GROWTH + FRAME_BYTES;

    if (stream->out_cap - stream->out_len < wanted) {
        flush(stream);
    }
    if (stream->out_cap < wanted) {
        grow(&stream->out, &stream->out_cap, wanted);
    }
}

/* From here on to write_set_cookie(): there is room. */
static inline void put(struct stream *stream, const char *text, size_t len)
{
    memcpy(stream->out + stream->out_len, text, len);
    stream->out_len += len;
}

#define PUT(stream, literal) put((stream), "" literal, sizeof(literal) - 1)

/* Put bytes that stand for themselves in JSON, a word at a time, up to the first that may not. */
static size_t put_plain(struct stream *stream, struct assent_span text)
{
    uint8_t *to = stream->out + stream->out_len;
    size_t at = 0;

    while (text.len - at >= sizeof(size_t)) {
        size_t word = assent_scan_load(text.ptr + at);
        size_t marks =
            (assent_scan_equal(word, '"') | assent_scan_equal(word, '\\') | assent_scan_odd(word)) &
            ASSENT_SCAN_MARKS;

        memcpy(to + at, text.ptr + at, sizeof(size_t)); /* what is too much is overwritten */
        if (marks != 0) {
            at += assent_scan_first(marks);
            break;
        }
        at += sizeof(size_t);
    }
    while (at < text.len && text.ptr[at] < 0x80 && text.ptr[at] != '"' && text.ptr[at] != '\\' &&
           !assent_scan_is_control(text.ptr[at])) {
        to[at] = text.ptr[at];
        at++;
    }
    stream->out_len += at;
    return at;
}

/* Put one character that is not plain ASCII, or U+FFFD for a byte that belongs to none.
 *   return  its length in text; 0 if it belongs to none */
static size_t put_special(struct stream *stream, struct assent_span text)
{
    uint8_t byte = text.ptr[0];
    size_t len = assent_writer_utf8_length(text);

    if (len == 0) {
        PUT(stream, "\xEF\xBF\xBD");
    } else if (byte == '"' || byte == '\\') {
        PUT(stream, "\\");
        put(stream, (const char *)&byte, 1);
    } else if (byte < 0x80) {
        PUT(stream, "\\u00");
        put(stream, &"0123456789abcdef"[byte >> 4], 1);
        put(stream, &"0123456789abcdef"[byte & 15], 1);
    } else {
        put(stream, (const char *)text.ptr, len);
    }
    return len;
}

/* "name":"text", and the bytes themselves where JSON cannot hold them: ,"name_base64url":"…". */
static void put_bytes(struct stream *stream, const char *name, struct assent_span text)
{
    bool lossy = false;
    size_t at = 0;

    PUT(stream, "\"");
    put(stream, name, strlen(name));
    PUT(stream, "\":\"");
    while (at < text.len) {
        size_t len;

        at += put_plain(stream, assent_span(text.ptr + at, text.len - at));
        if (at == text.len) {
            break;
        }
        len = put_special(stream, assent_span(text.ptr + at, text.len - at));
        lossy |= len == 0;
        at += len > 0 ? len : 1;
    }
    PUT(stream, "\"");
    if (lossy) {
        struct assent_writer w;

        PUT(stream, ",\"");
        put(stream, name, strlen(name));
        PUT(stream, "_base64url\":\"");
        w = assent_writer(stream->out + stream->out_len, stream->out_cap - stream->out_len);
        assent_writer_base64url(&w, text);
        stream->out_len += w.len;
        PUT(stream, "\"");
    }
}

static void put_present(struct stream *stream, const char *name, struct assent_span text)
{
    PUT(stream, ",");
    if (text.len > 0) {
        put_bytes(stream, name, text);
        return;
    }
    PUT(stream, "\"");
    put(stream, name, strlen(name));
    PUT(stream, "\":null");
}

static void put_flag(struct stream *stream, const char *name, bool set)
{
    PUT(stream, ",\"");
    put(stream, name, strlen(name));
    put(stream, set ? "\":true" : "\":false", set ? 6 : 7);
}

/* Put the times, which the core writes. */
static void put_times(struct stream *stream, const struct assent_set_cookie *sc)
{
    struct assent_writer w =
        assent_writer(stream->out + stream->out_len, stream->out_cap - stream->out_len);

    if (sc->has_expires) {
        assent_writer_text(&w, ",\"expires\":\"");
        assent_date_write_rfc3339(&w, sc->expires_s);
        assent_writer_byte(&w, '"');
    } else {
        assent_writer_text(&w, ",\"expires\":null");
    }
    if (sc->has_max_age) {
        assent_writer_text(&w, sc->max_age_s < 0 ? ",\"max_age\":-" : ",\"max_age\":");
        assent_writer_decimal(&w, (uint64_t)(sc->max_age_s < 0 ? -sc->max_age_s : sc->max_age_s));
    } else {
        assent_writer_text(&w, ",\"max_age\":null");
    }
    stream->out_len += w.len;
}

static void write_cookies(struct stream *stream, struct assent_span line)
{
    struct assent_cookie cookie;
    bool first = true;

    make_room(stream, 0);
    PUT(stream, "[");
    while (assent_cookie_next(&line, &cookie)) {
        make_room(stream, cookie.raw.len);
        if (!first) {
            PUT(stream, ",");
        }
        first = false;
        PUT(stream, "{");
        put_bytes(stream, "name", cookie.name);
        PUT(stream, ",");
        put_bytes(stream, "value", cookie.value);
        PUT(stream, "}");
    }
    PUT(stream, "]\n");
}

static void put_error(struct stream *stream, struct assent_span line, int error)
{
    _Static_assert(ASSENT_COOKIE_PAIR_BYTES == 4096, "the text below says so");

    if (error == ASSENT_ERR_LIMIT) {
        PUT(stream, "{\"error\":\"name and value are longer than 4096 bytes\"}\n");
    } else if (assent_cookie_has_control(line)) {
        PUT(stream, "{\"error\":\"a control character\"}\n");
    } else {
        PUT(stream, "{\"error\":\"neither a name nor a value\"}\n");
    }
}

/* A domain is stored in lower case (RFC 6265bis s. 5.6.3). */
static struct assent_span lower(struct assent_span text,
                                uint8_t room[ASSENT_COOKIE_ATTRIBUTE_BYTES])
{
    for (size_t i = 0; i < text.len; i++) {
        room[i] = assent_span_lower(text.ptr[i]);
    }
    return assent_span(room, text.len);
}

static void write_set_cookie(struct stream *stream, struct assent_span line)
{
    static const char *const same_site[] = {"null", "\"Strict\"", "\"Lax\"", "\"None\""};
    uint8_t domain[ASSENT_COOKIE_ATTRIBUTE_BYTES];
    struct assent_set_cookie sc;
    int error = assent_set_cookie_parse(line, &sc);

    make_room(stream, error == ASSENT_OK ? line.len : 0);
    if (error != ASSENT_OK) {
        put_error(stream, line, error);
        return;
    }
    PUT(stream, "{");
    put_bytes(stream, "name", sc.name);
    PUT(stream, ",");
    put_bytes(stream, "value", sc.value);
    put_present(stream, "domain", lower(sc.domain, domain));
    put_present(stream, "path", sc.path);
    put_times(stream, &sc);
    put_flag(stream, "secure", sc.secure);
    put_flag(stream, "http_only", sc.http_only);
    PUT(stream, ",\"same_site\":");
    put(stream, same_site[sc.same_site], strlen(same_site[sc.same_site]));
    put_flag(stream, "partitioned", sc.partitioned);
    PUT(stream, "}\n");
}

/* One line, without its end. */
static void do_line(struct stream *stream, struct assent_span line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    stream->write_line(stream, line);
}

/* All whole lines that have arrived; the rest, in which no line ends, moves to the front. */
static void do_lines(struct stream *stream, size_t searched)
{
    size_t from = 0;

    for (;;) {
        size_t at = from > searched ? from : searched;
        const uint8_t *end = memchr(stream->in + at, '\n', stream->in_len - at);

        if (end == NULL) {
            break;
        }
        do_line(stream, assent_span(stream->in + from, (size_t)(end - stream->in) - from));
        from = (size_t)(end - stream->in) + 1;
    }
    stream->in_len -= from;
    memmove(stream->in, stream->in + from, stream->in_len);
    flush(stream);
}

static int do_stream(struct stream *stream)
{
    for (;;) {
        size_t searched = stream->in_len;
        ssize_t got =
            read(STDIN_FILENO, stream->in + stream->in_len, stream->in_cap - stream->in_len);

        if (got < 0 && errno != EINTR) {
            return tool_fail("standard input", "%s", strerror(errno));
        }
        if (got == 0) {
            break;
        }
        stream->in_len += got > 0 ? (size_t)got : 0;
        do_lines(stream, searched);
        if (stream->in_len == stream->in_cap) {
            grow(&stream->in, &stream->in_cap, stream->in_cap * 2);
        }
    }
    if (stream->in_len > 0) {
        do_line(stream, assent_span(stream->in, stream->in_len));
        flush(stream);
    }
    return TOOL_OK;
}

static int run(int argc, char **argv,
               void (*write_line)(struct stream *stream, struct assent_span line))
{
    struct stream stream = {.write_line = write_line};
    int others = tool_options(argc, argv, NULL, 0);
    int code;

    if (others != 0) {
        return others < 0 ? TOOL_USAGE : tool_usage("unexpected argument '%s'", argv[0]);
    }
    grow(&stream.in, &stream.in_cap, CHUNK_BYTES);
    grow(&stream.out, &stream.out_cap, CHUNK_BYTES);
    code = do_stream(&stream);
    free(stream.in);
    free(stream.out);
    return code;
}

static int run_parse(int argc, char **argv)
{
    return run(argc, argv, write_cookies);
}

static int run_parse_set(int argc, char **argv)
{
    return run(argc, argv, write_set_cookie);
}

static const struct tool_command commands[] = {
    {"parse", "< LINES", "read Cookie field values, one a line",
     "Each line becomes a JSON array of {\"name\", \"value\"}, in order, as a server has to read "
     "it\n"
     "(RFC 6265bis s. 4.2 and 5.8.3). A pair without '=' is nameless. A line may end in CRLF and "
     "may\n"
     "hold any other byte; where a text is not UTF-8, U+FFFD stands in for the foreign bytes and\n"
     "\"name_base64url\" or \"value_base64url\" holds the exact ones. Answers as input arrives.\n",
     NULL, run_parse},
    {"parse-set", "< LINES", "read Set-Cookie field values, one a line",
     "Each line becomes a JSON object, read as a browser does (RFC 6265bis s. 5.6): \"name\",\n"
     "\"value\", \"domain\", \"path\", \"expires\" (RFC 3339), \"max_age\" (seconds), \"secure\",\n"
     "\"http_only\", \"same_site\" (\"Strict\", \"Lax\", \"None\"), \"partitioned\". What is "
     "absent, or\n"
     "ignored by a browser, is null or false. A field that s. 5.6 ignores as a whole (a control\n"
     "character, neither a name nor a value, too long) becomes {\"error\": …}, and the command "
     "goes\n"
     "on: it fails only if it cannot read or write. What a browser judges later, on storing\n"
     "(s. 5.7: the prefixes __Host- and __Secure-, Secure without encryption, a foreign Domain), "
     "is\n"
     "not judged here. Bytes that are not UTF-8: as in parse. Answers as input arrives.\n",
     NULL, run_parse_set},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct tool_command tool_cookie = {
    "cookie", "", "read cookies as they travel in HTTP fields", NULL, commands, NULL,
};
