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
#include "core/set_cookie.h"
#include "core/writer.h"

enum { CHUNK_BYTES = 1 << 18 };

static void put_key(struct assent_writer *w, const char *before, const char *name)
{
    assent_writer_text(w, before);
    assent_writer_byte(w, '"');
    assent_writer_text(w, name);
}

static bool is_utf8(struct assent_span s)
{
    while (s.len > 0) {
        size_t len = assent_writer_utf8_length(s);

        if (len == 0) {
            return false;
        }
        s = assent_span(s.ptr + len, s.len - len);
    }
    return true;
}

static bool has_high_byte(struct assent_span s)
{
    uint8_t all = 0;

    for (size_t i = 0; i < s.len; i++) {
        all |= s.ptr[i];
    }
    return all >= 0x80;
}

/* "name":"text", and the bytes themselves where JSON cannot hold them: "name_base64url":"…". */
static void put_bytes(struct assent_writer *w, const char *before, const char *name,
                      struct assent_span text)
{
    put_key(w, before, name);
    assent_writer_text(w, "\":");
    assent_writer_json(w, text);
    if (has_high_byte(text) && !is_utf8(text)) {
        put_key(w, ",", name);
        assent_writer_text(w, "_base64url\":\"");
        assent_writer_base64url(w, text);
        assent_writer_byte(w, '"');
    }
}

static void put_null(struct assent_writer *w, const char *name)
{
    put_key(w, ",", name);
    assent_writer_text(w, "\":null");
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

static void put_present(struct assent_writer *w, const char *name, struct assent_span text)
{
    if (text.len > 0) {
        put_bytes(w, ",", name, text);
    } else {
        put_null(w, name);
    }
}

static void put_flag(struct assent_writer *w, const char *name, bool set)
{
    put_key(w, ",", name);
    assent_writer_text(w, set ? "\":true" : "\":false");
}

static void write_cookies(struct assent_writer *w, struct assent_span line)
{
    const char *before = "{";
    struct assent_cookie cookie;

    assent_writer_byte(w, '[');
    while (assent_cookie_next(&line, &cookie)) {
        put_bytes(w, before, "name", cookie.name);
        put_bytes(w, ",", "value", cookie.value);
        assent_writer_byte(w, '}');
        before = ",{";
    }
    assent_writer_text(w, "]\n");
}

static void write_error(struct assent_writer *w, struct assent_span line, int error)
{
    assent_writer_text(w, "{\"error\":\"");
    if (error == ASSENT_ERR_LIMIT) {
        assent_writer_text(w, "name and value are longer than ");
        assent_writer_decimal(w, ASSENT_COOKIE_PAIR_BYTES);
        assent_writer_text(w, " bytes");
    } else {
        assent_writer_text(w, assent_cookie_has_control(line) ? "a control character"
                                                              : "neither a name nor a value");
    }
    assent_writer_text(w, "\"}\n");
}

static void write_set_cookie(struct assent_writer *w, struct assent_span line)
{
    static const char *const same_site[] = {"null", "\"Strict\"", "\"Lax\"", "\"None\""};
    uint8_t domain[ASSENT_COOKIE_ATTRIBUTE_BYTES];
    struct assent_set_cookie sc;
    int error = assent_set_cookie_parse(line, &sc);

    if (error != ASSENT_OK) {
        write_error(w, line, error);
        return;
    }
    put_bytes(w, "{", "name", sc.name);
    put_bytes(w, ",", "value", sc.value);
    put_present(w, "domain", lower(sc.domain, domain));
    put_present(w, "path", sc.path);
    if (sc.has_expires) {
        assent_writer_text(w, ",\"expires\":\"");
        assent_date_write_rfc3339(w, sc.expires_s);
        assent_writer_byte(w, '"');
    } else {
        put_null(w, "expires");
    }
    if (sc.has_max_age) {
        assent_writer_text(w, sc.max_age_s < 0 ? ",\"max_age\":-" : ",\"max_age\":");
        assent_writer_decimal(w, (uint64_t)(sc.max_age_s < 0 ? -sc.max_age_s : sc.max_age_s));
    } else {
        put_null(w, "max_age");
    }
    put_flag(w, "secure", sc.secure);
    put_flag(w, "http_only", sc.http_only);
    put_key(w, ",", "same_site\":");
    assent_writer_text(w, same_site[sc.same_site]);
    put_flag(w, "partitioned", sc.partitioned);
    assent_writer_text(w, "}\n");
}

/* Standard input as it arrives, cut into lines, and what is to go to standard output. */
struct stream {
    uint8_t *in;
    size_t in_cap;
    size_t in_len;
    struct assent_writer out;
    void (*write_line)(struct assent_writer *w, struct assent_span line);
};

static int flush(struct stream *stream)
{
    size_t done = 0;

    while (done < stream->out.len) {
        ssize_t written = write(STDOUT_FILENO, stream->out.ptr + done, stream->out.len - done);

        if (written < 0 && errno != EINTR) {
            return tool_fail("standard output", "%s", strerror(errno));
        }
        done += written < 0 ? 0 : (size_t)written;
    }
    stream->out.len = 0;
    return TOOL_OK;
}

static int double_room(uint8_t **room, size_t *cap)
{
    uint8_t *moved = *cap <= SIZE_MAX / 2 ? realloc(*room, *cap * 2) : NULL;

    if (moved == NULL) {
        return tool_fail("a line", "%s", strerror(ENOMEM));
    }
    *room = moved;
    *cap *= 2;
    return TOOL_OK;
}

/* One line, without its end. The output makes room first by going out, then by growing. */
static int do_line(struct stream *stream, struct assent_span line)
{
    struct assent_writer *w = &stream->out;
    size_t before = w->len;

    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    for (;;) {
        int code;

        stream->write_line(w, line);
        if (w->error == ASSENT_OK) {
            return TOOL_OK;
        }
        w->error = ASSENT_OK;
        w->len = before;
        code = before > 0 ? flush(stream) : double_room(&w->ptr, &w->cap);
        if (code != TOOL_OK) {
            return code;
        }
        before = 0;
    }
}

/* All whole lines that have arrived; the rest moves to the front. */
static int do_lines(struct stream *stream, size_t searched)
{
    size_t from = 0;

    for (;;) {
        size_t at = from > searched ? from : searched;
        const uint8_t *end = memchr(stream->in + at, '\n', stream->in_len - at);
        int code;

        if (end == NULL) {
            break;
        }
        code = do_line(stream, assent_span(stream->in + from, (size_t)(end - stream->in) - from));
        if (code != TOOL_OK) {
            return code;
        }
        from = (size_t)(end - stream->in) + 1;
    }
    stream->in_len -= from;
    memmove(stream->in, stream->in + from, stream->in_len);
    return flush(stream);
}

static int do_stream(struct stream *stream)
{
    for (;;) {
        ssize_t got =
            read(STDIN_FILENO, stream->in + stream->in_len, stream->in_cap - stream->in_len);
        size_t searched = stream->in_len;
        int code = TOOL_OK;

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tool_fail("standard input", "%s", strerror(errno));
        }
        if (got == 0) {
            break;
        }
        stream->in_len += (size_t)got;
        code = do_lines(stream, searched);
        if (code == TOOL_OK && stream->in_len == stream->in_cap) {
            code = double_room(&stream->in, &stream->in_cap);
        }
        if (code != TOOL_OK) {
            return code;
        }
    }
    if (stream->in_len > 0) {
        int code = do_line(stream, assent_span(stream->in, stream->in_len));

        return code != TOOL_OK ? code : flush(stream);
    }
    return TOOL_OK;
}

static int run(int argc, char **argv,
               void (*write_line)(struct assent_writer *w, struct assent_span line))
{
    struct stream stream = {malloc(CHUNK_BYTES), CHUNK_BYTES, 0,
                            assent_writer(malloc(CHUNK_BYTES), CHUNK_BYTES), write_line};
    int code = TOOL_FAILED;

    argc = tool_options(argc, argv, NULL, 0);
    if (argc != 0) {
        code = argc < 0 ? TOOL_USAGE : tool_usage("unexpected argument '%s'", argv[0]);
    } else if (stream.in == NULL || stream.out.ptr == NULL) {
        tool_fail(NULL, "%s", strerror(ENOMEM));
    } else {
        code = do_stream(&stream);
    }
    free(stream.in);
    free(stream.out.ptr);
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
     "ignored by a browser, is null or false. A field that a browser ignores as a whole becomes\n"
     "{\"error\": …}, and the command goes on: it fails only if it cannot read or write. Bytes "
     "that\n"
     "are not UTF-8: as in parse. Answers as input arrives.\n",
     NULL, run_parse_set},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct tool_command tool_cookie = {
    "cookie", "", "read cookies as they travel in HTTP fields", NULL, commands, NULL,
};
