/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_COUNTERS_H
#define ASSENT_STORAGE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/record.h"
#include "storage/kv.h"

/* Counts per site of what visitors chose and how, and of what the device had to refuse. Nothing in
 * them belongs to a visitor. Kept in RAM, written at a bounded rate: a power cut loses at most the
 * last ASSENT_COUNTERS_FLUSH_S. Counters stop at 2^32 - 1. */
enum assent_counter {
    ASSENT_COUNTER_ANALYTICS_GRANTED, /* choices that came in, per tier */
    ASSENT_COUNTER_ANALYTICS_REFUSED,
    ASSENT_COUNTER_ANALYTICS_WITHDRAWN,
    ASSENT_COUNTER_ADVERTISING_GRANTED,
    ASSENT_COUNTER_ADVERTISING_REFUSED,
    ASSENT_COUNTER_ADVERTISING_WITHDRAWN,
    ASSENT_COUNTER_METHOD, /* ASSENT_METHODS counters: changes by enum assent_record_method */
    ASSENT_COUNTER_RESTRICTED = ASSENT_COUNTER_METHOD + ASSENT_METHODS,
    ASSENT_COUNTER_OBJECTED,
    ASSENT_COUNTER_ERASED,
    ASSENT_COUNTER_EXPIRED,
    ASSENT_COUNTER_CONFIRMED,    /* provisional grants whose token came back */
    ASSENT_COUNTER_EVICTED,      /* provisional grants that made room */
    ASSENT_COUNTER_REFUSED_FULL, /* grants refused: the store or the audit log is full */
    ASSENT_COUNTER_AUDIT_MISSED, /* changes made without their audit entry: the log took none */
    ASSENT_COUNTER_REQUESTS,     /* rights requests */
    ASSENT_COUNTER_DECLINED,     /* of these, declined as repetitive */
    ASSENT_COUNTER_LEDGER_FULL,  /* cookies not learnt: the ledger is full */
    ASSENT_COUNTERS
};

struct assent_counters {
    struct assent_kv *kv; /* set by the caller */

    /* For counters.c only; zeros to start. */
    uint32_t dirty; /* set of sites */
    uint32_t flushed_ms;
    uint32_t value[ASSENT_SITES][ASSENT_COUNTERS];
};

/* Read what is kept; sites without any start from 0. An unreadable value starts from 0.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_counters_load(struct assent_counters *counters);

/* Count one; written later. Sites outside 0..ASSENT_SITES-1 are not counted. */
void assent_counters_add(struct assent_counters *counters, uint8_t site, unsigned counter);

/* Write the counters of one site if any is due.
 *   uptime_ms  of the clock seam
 *   now        true: without waiting, before a shutdown
 *   return     1 another site is due, 0 none, and those of assent_kv_put */
int assent_counters_flush(struct assent_counters *counters, uint32_t uptime_ms, bool now);

#endif
