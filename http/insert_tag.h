/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_INSERT_TAG_H
#define ASSENT_HTTP_INSERT_TAG_H

#include <stddef.h>
#include <stdint.h>

/* Make a start tag of a script live, if it waits for tiers that are allowed: its type is text/plain, and
 * data-assent names tiers, with spaces between. The type becomes text/javascript; nothing else
 * changes.
 *   tag      len bytes, "<script … >"; room for 8 more
 *   allowed  set of tiers
 *   return   the new length */
size_t assent_insert_tag_release(uint8_t *tag, size_t len, uint8_t allowed);

#endif
