/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_EVIDENCE_CHECK_H
#define ASSENT_TOOLS_EVIDENCE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "core/seam.h"

/* Check a bundle of proof (http/admin_evidence.h) without its device. Prints what it proves, or on
 * stderr a line for each part that does not fit.
 *   text    all of the file; one NUL behind it
 *   master  of the audit log
 *   witness sealed head that somebody kept, ASSENT_AUDIT_HEAD_BYTES, as on the visitor's receipt: the run
 *           has to agree with it; NULL: none
 *   return  TOOL_OK, or TOOL_FAILED */
int evidence_check(const char *path, const char *text, size_t len,
                   const uint8_t master[ASSENT_SHA256_BYTES], const uint8_t *witness);

#endif
