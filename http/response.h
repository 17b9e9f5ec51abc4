/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RESPONSE_H
#define ASSENT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/seam.h"
#include "core/span.h"
#include "core/writer.h"
#include "http/request.h"

/* Writes one response after the other into a send buffer. An exchange is
 *
 *     start (1xx), fields, interim                              none, one or more times
 *     start, fields, then one of: empty | length | chunked | until_close
 *     write or borrow until all is taken, after length, chunked and until_close
 *     trailers, after chunked
 *     end
 *
 * Framing and Connection are the writer's business: those fields are refused from callers. So is Date,
 * if there is a clock that was set and the caller, a gateway, has not written one.
 * HEAD, 204 and 304 carry no content whatever is written. What can be used to split a response is
 * refused. A head is whole in the buffer before a byte of it leaves, and passes the gate there: head
 * and what the gate makes of it have to fit into the buffer side by side.
 * Functions out of order do nothing and latch ASSENT_ERR_STATE. The first error is kept; an exchange
 * that has failed before its head was complete becomes a 500, later it ends the connection. */
enum assent_response_state {
    ASSENT_RESPONSE_READY, /* nothing written for this exchange but interim responses */
    ASSENT_RESPONSE_HEAD,  /* between start and the end of the head */
    ASSENT_RESPONSE_BODY,  /* content is to be written */
    ASSENT_RESPONSE_DONE,  /* complete in the buffer, perhaps not yet sent */
    ASSENT_RESPONSE_FAILED /* see error */
};

/* The value of Date as of a second, kept by a server so that its connections need not write it anew for
 * each answer. Zeros at first. */
struct assent_response_date {
    uint64_t unix_s;
    uint8_t text[29]; /* IMF-fixdate (RFC 9110 s. 5.6.7); text[0] is 0 if there is none yet */
};

struct assent_response {
    uint8_t *ptr;             /* send buffer, the caller's */
    struct assent_span fixed; /* borrowed content still to be sent, behind the buffer */
    uint64_t left;            /* content bytes still to be written, if the length is known */
    uint64_t content_bytes;   /* content bytes written so far; for logs */
    /* Called with a complete head: writes what is to be sent instead to out, which does not overlap
     * with it. Returns ASSENT_OK, or an error: the head is dropped. NULL: heads pass as they are. */
    int (*gate)(void *gate_context, struct assent_span head, struct assent_writer *out);
    void *gate_context;
    const struct assent_clock *clock;  /* for Date; NULL: none is sent (RFC 9110 s. 6.6.1) */
    struct assent_response_date *date; /* borrowed; NULL: written each time */
    struct assent_writer value;        /* of the field that is open */
    int error;                         /* ASSENT_OK, or the first error */
    uint16_t cap;                      /* of the send buffer, bytes */
    uint16_t start, end;               /* bytes to be sent: ptr[start..end) */
    uint16_t mark;                     /* where the head or the open chunk begins */
    uint16_t status;                   /* of the final response, 0 before; for logs */
    uint8_t state;                     /* enum assent_response_state */
    uint8_t kind;                      /* enum assent_body_kind of the content as framed */
    uint8_t minor;                     /* of the request: 0 for HTTP/1.0 */
    bool head_only;                    /* the request was HEAD */
    bool silent;                       /* no content is sent: HEAD, 204, 304 */
    bool keep_alive; /* the connection goes on after this exchange; may be cleared before
                                   the head is complete */
    bool chunk_open; /* content stands in a chunk whose size is not filled in yet */
    bool trailing;   /* the last chunk has been written, trailers may follow */
    bool dated;      /* the head has a field Date */
};

/* Set up once for a connection.
 *   buffer  room for cap (256..65535) bytes; a response head must fit into it, twice if there is a
 *           gate */
void assent_response_init(struct assent_response *response, uint8_t *buffer, size_t cap);

/* Begin an exchange; called by the engine. What was not sent yet stays in the buffer.
 *   request  NULL: the request could not be read; the connection will not go on */
void assent_response_reset(struct assent_response *response, const struct assent_request *request);

/* Write a status line; fields follow.
 *   status  100..599, with the phrase of RFC 9110. 1xx only if the request was HTTP/1.1; to HTTP/1.0
 *           all of it is left out silently (RFC 9110 s. 15.2) */
void assent_response_start(struct assent_response *response, unsigned status);

/* Write a field line.
 *   name   a token. Connection, Keep-Alive, Proxy-Connection, Content-Length and Transfer-Encoding are
 *          refused with ASSENT_ERR_FORBIDDEN; Upgrade too, but for 101 and 426
 *   value  no control characters but tab: ASSENT_ERR_FORBIDDEN (response splitting) */
void assent_response_field(struct assent_response *response, struct assent_span name,
                           struct assent_span value);
void assent_response_text(struct assent_response *response, const char *name, const char *value);

/* The same with the value written piece by piece, in place: for Set-Cookie, Content-Security-Policy.
 *   return  a writer, valid until assent_response_close, which checks what was written */
struct assent_writer *assent_response_open(struct assent_response *response, const char *name);
void assent_response_close(struct assent_response *response);

/* The content is to be kept as a file of this name (RFC 6266 s. 4.1).
 *   name  without quotation marks and backslashes */
void assent_response_attachment(struct assent_response *response, const char *name);

/* End the head, in one of these ways.
 *   interim      of a 1xx response other than 101; the next start may follow
 *   empty        no content: Content-Length: 0, or no framing for 204, 304 and 101. Ends the response
 *   length       Content-Length: exactly so many bytes will be written
 *   chunked      length unknown; to HTTP/1.0 it becomes until_close
 *   until_close  the end of the connection ends the content; for tunnels, after 101
 *   return  ASSENT_OK, or the latched error: the head is not sent */
int assent_response_interim(struct assent_response *response);
int assent_response_empty(struct assent_response *response);
int assent_response_length(struct assent_response *response, uint64_t length);
int assent_response_chunked(struct assent_response *response);
int assent_response_until_close(struct assent_response *response);

/* Content bytes that assent_response_write would take now. */
size_t assent_response_room(const struct assent_response *response);

/* Write content.
 *   return  bytes taken, 0..bytes.len; the rest is to be offered again when there is room. All of it
 *           if no content is sent (HEAD, 204, 304) */
size_t assent_response_write(struct assent_response *response, struct assent_span bytes);

/* Send content that stays where it is, unchanged, as long as the program runs: assets in flash. Only
 * after length, at most once, and nothing is written after it.
 *   bytes   exactly what is left of the length */
void assent_response_borrow(struct assent_response *response, struct assent_span bytes);

/* Write a trailer field; only after chunked, and all content before it. Taken whole or not at all.
 *   return  ASSENT_OK
 *           ASSENT_ERR_SPACE      not enough room now; try again later. Not latched
 *           ASSENT_ERR_FORBIDDEN  a field about framing, routing, cookies or authentication
 *                                 (RFC 9110 s. 6.5.1), or control characters. Not latched
 *           ASSENT_ERR_STATE      HTTP/1.0 or not chunked. Not latched */
int assent_response_trailer(struct assent_response *response, struct assent_span name,
                            struct assent_span value);

/* All content has been written.
 *   return  ASSENT_OK
 *           ASSENT_ERR_SPACE  the end of a chunked body does not fit now; call again later. Not
 *                             latched. Cannot happen while assent_response_room() >= 5
 *           ASSENT_ERR_STATE  less was written than announced; latched, ends the connection */
int assent_response_end(struct assent_response *response);

/* A whole response from memory that stays (see assent_response_borrow), or from memory that does not
 * but fits into the buffer.
 *   type    Content-Type, or NULL if content is empty
 *   return  ASSENT_OK, or the latched error */
int assent_response_send_fixed(struct assent_response *response, unsigned status, const char *type,
                               struct assent_span content);
int assent_response_send(struct assent_response *response, unsigned status, const char *type,
                         struct assent_span content);

/* An error as problem details (RFC 9457), with Cache-Control: no-store.
 *   detail  one sentence for people in plain ASCII without '"' and '\'; NULL, or longer than
 *           ASSENT_RESPONSE_DETAIL bytes: left out */
#define ASSENT_RESPONSE_DETAIL 96
int assent_response_problem(struct assent_response *response, unsigned status, const char *detail);

/* 405 with Allow, and a redirect (303, 307, 308) to a path on this origin: anything that
 * assent_target_is_local() refuses becomes "/". */
int assent_response_not_allowed(struct assent_response *response, const char *allow);
int assent_response_redirect(struct assent_response *response, unsigned status,
                             struct assent_span path);

/* What is to be sent next, and that it was sent: the engine's side.
 *   len     set to its length
 *   fixed   set to true if it is memory that stays
 *   return  start of it; NULL if there is nothing */
const uint8_t *assent_response_pending(struct assent_response *response, size_t *len, bool *fixed);
void assent_response_sent(struct assent_response *response, size_t len);

/* Reason phrase of a status code, "Unknown" if there is none. */
const char *assent_response_phrase(unsigned status);

/* A complete 503 that closes the connection, for a server that has no context left to speak with. */
struct assent_span assent_response_overload(void);

#endif
