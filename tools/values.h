/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_VALUES_H
#define ASSENT_TOOLS_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "core/consent.h"

/* Values of options that several commands take. Each function reports a value it cannot read, by the
 * option's name, the value and what was expected.
 *   return  TOOL_OK or TOOL_USAGE */

/* "analytics=granted,advertising=refused", in any order, no tier twice; tiers not named keep what
 * choice says. */
int tool_state(const char *option, const char *text, uint8_t choice[ASSENT_TIER_COUNT]);

/* "2026-01-31T12:00:00Z", "2026-01-31" or seconds since 1970, below 2^40; NULL: the present time. */
int tool_time(const char *option, const char *text, uint64_t *unix_s);

/* A number in decimal or, with 0x, hexadecimal, low..high. NULL leaves *value as it is. */
int tool_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value);

/* The same, of the powers of two. */
int tool_power_of_two(const char *option, const char *text, uint64_t low, uint64_t high,
                      uint64_t *value);

/* An IPv4 address of one host, "192.168.1.1", in network order. */
int tool_address(const char *option, const char *text, uint8_t out[4]);

/* Exactly len bytes as 2 * len hexadecimal digits of either case. */
int tool_hex(const char *option, const char *text, uint8_t *out, size_t len);

#endif
