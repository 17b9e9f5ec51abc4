/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_PATCH_H
#define ASSENT_TOOLS_POLICY_PATCH_H

/* Put a classification that the device has exported (GET /admin/classify) into the source of its policy: the
 * entry in front of its list, the revision one higher.
 *   recipient  id for a host's; "" where the entry is a cookie
 *   output     file, whole or as it was; NULL: standard output
 *   return     TOOL_OK, or TOOL_FAILED after reporting why */
int policy_patch(const char *path, const char *lines, const char *recipient, const char *output);

#endif
