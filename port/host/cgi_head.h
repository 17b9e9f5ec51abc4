/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_CGI_HEAD_H
#define ASSENT_PORT_HOST_CGI_HEAD_H

#include "http/kit.h"

/* Heads as CGI has them (RFC 3875), also by way of SCGI: variables in, a head with Status out. */

/* A variable among "NAME=value", the last NULL; NULL: not there. */
const char *cgi_head_variable(char *const *variables, const char *name);

/* Put the request head together: REQUEST_METHOD, REQUEST_URI, HTTP_*, CONTENT_*.
 *   return  w->error; ASSENT_ERR_SYNTAX: REQUEST_METHOD or REQUEST_URI is not there */
int cgi_head_write(struct assent_writer *w, char *const *variables);

/* REMOTE_ADDR and HTTPS. */
struct assent_kit_client cgi_head_client(char *const *variables);

/* What the gate has left of the field that a variable HTTP_* or CONTENT_* stands for.
 *   name    of the variable, up to '='
 *   value   set to it; ptr is NULL if the field is gone
 *   return  false: the variable stands for no field */
bool cgi_head_filtered(const struct assent_kit_exchange *exchange, struct assent_span name,
                       struct assent_span *value);

/* Turn the head of an HTTP answer into one of CGI: Status instead of the status line. Connection,
 * Transfer-Encoding and, if asked for, Content-Length are left out.
 *   return  w->error, or ASSENT_ERR_SYNTAX */
int cgi_head_answer(struct assent_writer *w, struct assent_span head, bool with_length);

/* The other way: the head that a CGI program has written, lines ended by LF or CRLF, up to its empty line.
 *   out     receives a head of HTTP
 *   return  bytes of the head in input
 *           ASSENT_ERR_MORE    it has no end yet
 *           ASSENT_ERR_SYNTAX  no head */
int cgi_head_read(struct assent_span input, struct assent_writer *out);

#endif
