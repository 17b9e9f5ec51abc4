/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_POLICY_FILE_H
#define ASSENT_TESTS_UNIT_POLICY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "http/policy_text.h"

/* Images that the build has compiled, for tests of what reads them. */

enum { POLICY_FILE_BYTES = 65536 };

/* Read build/policies/NAME.img; prints why and returns 0 if it cannot.
 *   out     room for POLICY_FILE_BYTES
 *   return  its length */
size_t policy_file_read(const char *name, uint8_t *out);

/* Read the document of a policy as it stands in the tree, core/policies/documents/NAME.txt, and put a NUL
 * behind it.
 *   cap     room, bytes
 *   return  its length, 0 if it cannot be read */
size_t policy_file_document(const char *name, char *out, size_t cap);

/* Read and open a policy, with its SHA-256; prints why and returns false if it cannot. */
bool policy_file_open(const char *name, uint8_t *out, struct assent_policy *policy);

/* Make the checksums of a changed image right again: length from the argument, SHA-256, CRC. */
void policy_file_seal(uint8_t *image, size_t len);

/* Call every function that reads from a policy with every index and then one more, and read every
 * byte that it hands out.
 *   return  the sum of these bytes */
unsigned policy_file_walk(const struct assent_policy *policy);

/* The same for a text image. */
unsigned policy_file_walk_text(const struct assent_text *text);

#endif
