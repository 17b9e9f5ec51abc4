/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_REQUEST_H
#define ASSENT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/head.h"
#include "core/span.h"
#include "http/body.h"

/* One request head (RFC 9112 s. 2 to 6), read strictly: whatever two readers might understand in two
 * ways is refused. Nothing is copied, nothing is decoded: spans point into the head. */

enum assent_method {
    ASSENT_METHOD_OTHER, /* a token that is none of these; see method_name */
    ASSENT_METHOD_GET,
    ASSENT_METHOD_HEAD,
    ASSENT_METHOD_POST,
    ASSENT_METHOD_PUT,
    ASSENT_METHOD_DELETE,
    ASSENT_METHOD_OPTIONS,
    ASSENT_METHOD_PATCH,
    ASSENT_METHOD_TRACE,
    ASSENT_METHOD_CONNECT
};

/* Form of the request target (RFC 9112 s. 3.2). */
enum assent_form {
    ASSENT_FORM_ORIGIN,    /* /path?query */
    ASSENT_FORM_ABSOLUTE,  /* http://host:port/path?query; its host goes before the field Host */
    ASSENT_FORM_AUTHORITY, /* host:port, CONNECT only; path is empty */
    ASSENT_FORM_ASTERISK   /* *, OPTIONS only; path is "*" */
};

struct assent_request {
    struct assent_span head;        /* the whole head with its empty line */
    struct assent_span fields;      /* its field lines and the empty line */
    struct assent_span method_name; /* as sent; methods are case-sensitive */
    struct assent_span target;      /* as sent */
    struct assent_span
        host; /* letters, digits, "-._", or "[...]" for IPv6; without port. Empty only
                                 in HTTP/1.0 without Host */
    struct assent_span path;  /* begins with '/', or is "*", or empty; percent-encoded as sent */
    struct assent_span query; /* behind '?', as sent; ptr is NULL if there is no '?' */
    uint64_t content_length;  /* bytes; 0 unless body is ASSENT_BODY_LENGTH */
    uint16_t port;            /* of the authority; 0 if none is given */
    uint16_t field_count;
    uint16_t next;        /* parser: offset of the first line not read yet */
    uint8_t method;       /* enum assent_method */
    uint8_t form;         /* enum assent_form */
    uint8_t minor;        /* 0: HTTP/1.0, 1: HTTP/1.1 */
    uint8_t body;         /* enum assent_body_kind: NONE, LENGTH or CHUNKED */
    uint8_t seen;         /* parser: which framing fields were there */
    bool keep_alive;      /* the connection may go on after this exchange */
    bool expect_continue; /* the client waits for 100 before it sends content */
    bool upgrade;         /* Connection names upgrade: see the field Upgrade */
};

/* Begin to read a head. */
void assent_request_init(struct assent_request *request);

/* Read as much of a head as is there. To be called again with the same bytes at the same place and
 * more behind them; lines already read are not read again. An error is found as soon as the line it
 * is in is complete, or earlier.
 *   input   begins with the head. Borrowed as long as request is used. No more than 65535 bytes
 *           are looked at
 *   return  ASSENT_OK        complete: input is used up to the end of request->head, which begins at
 *                            the request line, behind an empty line that may precede it
 *           ASSENT_ERR_MORE  no error so far; all but parser members are void
 *           400..599         the HTTP status to refuse it with; the connection must not go on:
 *             400  malformed, two framings, Host missing, twice or invalid, …
 *             411  HTTP/1.0 POST, PUT or PATCH without Content-Length
 *             413  Content-Length above 2^64 - 1
 *             417  an expectation other than 100-continue
 *             431  more than ASSENT_REQUEST_FIELDS fields
 *             501  a transfer coding other than chunked
 *             505  an HTTP version other than 1.0 and 1.1 */
int assent_request_parse(struct assent_request *request, struct assent_span input);

/* Status to refuse a head with that does not fit into a buffer which is full.
 *   return  414 if not even the request line is complete, else 431 */
int assent_request_too_long(const struct assent_request *request);

/* The fields of a complete head, for assent_head_next. */
struct assent_head assent_request_fields(const struct assent_request *request);

/* Find a field that may stand only once.
 *   name    compared without regard to case
 *   value   set if it is there: of its first line, trimmed, may be empty
 *   return  number of lines with this name: 0, 1, …; a caller that needs one refuses 2 */
int assent_request_field(const struct assent_request *request, struct assent_span name,
                         struct assent_span *value);

#endif
