/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_LEDGER_STORE_H
#define ASSENT_STORAGE_LEDGER_STORE_H

#include <stdint.h>

#include "core/ledger.h"
#include "core/seam.h"
#include "storage/kv.h"

/* The ledger of one site in the key-value store. A known tuple costs a lookup and, once in
 * ASSENT_LEDGER_DAYS, a write that says when it was last seen. At most ASSENT_LEDGER_TUPLES are kept:
 * when they are full, a new tuple takes the place of the one that was longest not seen, if that is
 * longer ago than ASSENT_LEDGER_DAYS; otherwise it is refused. So invented names cannot drive out
 * cookies that are in use.
 *
 * In ASSENT_SPACE_LEDGER: key is the site (1) and the start of SHA-256 of the encoded tuple (12);
 * value is the day last seen, days since 1970 (2, 0: unknown), and the encoded tuple. */
struct assent_ledger_store {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    const struct assent_crypto *crypto;
    const struct assent_clock *clock; /* NULL: nothing ages */
    uint8_t site;

    /* For ledger_store.c only; zeros to start. */
    uint64_t cursor;     /* of the walk in progress */
    uint32_t step;       /* and its number, as its caller sees it */
    uint16_t count;      /* tuples of the site */
    uint16_t full_day;   /* on this day nothing was old enough to go; 0: not known */
    bool counted;        /* count is known */
    uint32_t full_count; /* tuples refused, since start */
};

/* The operations of core/ledger.h over it. One walk at a time; the store is borrowed. */
struct assent_ledger assent_ledger_store(struct assent_ledger_store *store);

/* Forget a tuple, or with NULL every tuple of the site, up to 64 a call.
 *   return  1 more to do, 0 done, and those of assent_kv_delete */
int assent_ledger_store_forget(struct assent_ledger_store *store,
                               const struct assent_ledger_tuple *tuple);

#endif
