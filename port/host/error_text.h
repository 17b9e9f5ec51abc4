/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_ERROR_TEXT_H
#define ASSENT_PORT_HOST_ERROR_TEXT_H

/* What an error of core/error.h is called where a person reads it, such as "malformed input". A device
 * reports numbers.
 *   error   any value
 *   return  static NUL-terminated text, never NULL */
const char *assent_error_text(int error);

#endif
