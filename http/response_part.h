/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RESPONSE_PART_H
#define ASSENT_HTTP_RESPONSE_PART_H

/* What the head and the content of a response share; for http/response.c and http/response_content.c. */

#include "http/response.h"

/* Latch an error, unless there is one: a head under way is dropped. */
void assent_response_fail(struct assent_response *response, int error);

/* Whether the response is in this state and no field is open; else ASSENT_ERR_STATE is latched. */
bool assent_response_is_in(struct assent_response *response, enum assent_response_state state);

/* Put bytes behind what is in the buffer; latches ASSENT_ERR_SPACE if there is no room. */
void assent_response_put(struct assent_response *response, struct assent_span bytes);
void assent_response_put_text(struct assent_response *response, const char *text);

/* Whether a name is a token, a value free of control characters but tab, a name among those of a list
 * that ends with NULL (without regard to case). */
bool assent_response_is_token(struct assent_span name);
bool assent_response_is_value(struct assent_span value);
bool assent_response_names(const char *const *names, struct assent_span name);

#endif
