/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_STORE_CHECK_H
#define ASSENT_TOOLS_STORE_CHECK_H

#include "tools/device_image.h"

/* Check everything in an open image and print each finding as one line.
 *   master  audit master key, or NULL: the log is checked for gaps only
 *   return  number of findings */
unsigned store_check_run(struct device_image *image, const uint8_t *master);

/* Repair what can be repaired without guessing in an image open for writing; one line for each.
 *   return  number of repairs */
unsigned store_check_repair(struct device_image *image);

/* Verify the kept part of an audit log with the master key.
 *   head   an opened head to be met, or NULL
 *   count  entries that are good
 *   place  sequence at which the fault is, if there is one */
enum assent_audit_fault store_check_audit(struct device_image *image, const uint8_t *master,
                                          const struct assent_audit_head *head, uint32_t *count,
                                          uint32_t *place);

/* What mount found out about the log, in words. Never NULL. */
const char *store_check_finding_text(enum assent_audit_finding finding);

#endif
