/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_TEXTS_H
#define ASSENT_TOOLS_POLICY_TEXTS_H

#include <stddef.h>
#include <stdint.h>

/* Compile the shared texts, one file a language, into a text image (http/text.c). Faults are
 * reported.
 *   out     room for ASSENT_IMAGE_BYTES; NULL: check only
 *   len     receives the length
 *   return  TOOL_OK or TOOL_FAILED */
int policy_texts(char **paths, int count, uint8_t *out, size_t *len);

#endif
