/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

bool assent_signal_gpc(struct assent_span value)
{
    value = assent_span_trim(value);
    return value.len == 1 && value.ptr[0] == '1';
}
