/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_AUDIT_LINES_H
#define ASSENT_TOOLS_AUDIT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/audit.h"

/* Reads the lines of JSON in which audit entries leave a device, as they were written. */

/* The text behind "name": in a line, or NULL. */
const char *audit_lines_member(const char *line, const char *name);

/* A number below 2^32, and exactly len bytes in lower-case hexadecimal, of a member.
 *   return  false: there is none */
bool audit_lines_number(const char *line, const char *name, uint32_t *value);
bool audit_lines_bytes(const char *line, const char *name, uint8_t *out, size_t len);

/* Make the bytes of an entry again.
 *   return  false: they do not give exactly the line that was read */
bool audit_lines_entry(const char *line, uint8_t out[ASSENT_AUDIT_ENTRY_BYTES]);

#endif
