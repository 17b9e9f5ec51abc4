/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_DOCUMENTS_H
#define ASSENT_TOOLS_POLICY_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

/* Collect the full texts of the documents of policies, images or sources, into one image
 * (http/documents.c). Faults are reported.
 *   out     room for ASSENT_IMAGE_BYTES
 *   len     receives the length
 *   return  TOOL_OK or TOOL_FAILED */
int policy_documents(char **paths, int count, uint8_t *out, size_t *len);

#endif
