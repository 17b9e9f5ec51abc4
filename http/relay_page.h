/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RELAY_PAGE_H
#define ASSENT_HTTP_RELAY_PAGE_H

#include "http/relay.h"

/* Pages of applications with notice and link in them. What is put in is ASCII, everything else by
 * reference, so that it reads the same in each charset that http/insert.h allows. */

/* Begin: before the head of the answer is written.
 *   known   it is a page for sure, see assent_insert_init
 *   return  false: the page cannot be changed */
bool assent_relay_page_begin(struct assent_relay *relay, bool known);

/* Write content, as much as there is room for.
 *   in  what is used is taken off its front */
void assent_relay_page_write(struct assent_relay *relay, struct assent_span *in);

/* The content has come to its end.
 *   return  true: all has been written; false: to be called again when there is room */
bool assent_relay_page_end(struct assent_relay *relay);

#endif
