/* SPDX-License-Identifier: MIT */
/* What the audit log keeps in the key-value store: its keys, and an entry on its way to a slot. */
#include <string.h>

#include "core/bytes.h"
#include "storage/audit_ring.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum { HEAD_OFFSET = ASSENT_SHA256_BYTES, KEEP_BYTES = HEAD_OFFSET + ASSENT_AUDIT_HEAD_BYTES };

int assent_audit_keep_load(struct assent_audit_log *log, struct assent_audit_chain *chain)
{
    uint8_t kept[KEEP_BYTES];
    struct assent_audit_head head;
    int error = assent_fixed_get(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), kept, sizeof(kept));

    if (error == ASSENT_OK) {
        error = assent_fixed_get(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("s"), log->seal_key,
                                 sizeof(log->seal_key));
    }
    if (error == ASSENT_OK) {
        error = assent_audit_open_head(kept + HEAD_OFFSET, log->crypto, log->seal_key, &head);
    }
    if (error == ASSENT_OK) {
        memcpy(chain->key, kept, sizeof(chain->key));
        memcpy(chain->mac, head.mac, sizeof(chain->mac));
        chain->sequence = head.count;
        chain->epoch = head.epoch;
    }
    assent_bytes_wipe(kept, sizeof(kept));
    return error == ASSENT_ERR_CORRUPT ? ASSENT_ERR_AUTH : error;
}

int assent_audit_keep_store(struct assent_audit_log *log, const struct assent_audit_chain *chain)
{
    uint8_t kept[KEEP_BYTES];
    int error = assent_audit_seal(chain, log->now, log->crypto, log->seal_key, kept + HEAD_OFFSET);

    memcpy(kept, chain->key, ASSENT_SHA256_BYTES);
    if (error == ASSENT_OK) {
        error = assent_kv_put(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"),
                              assent_span(kept, sizeof(kept)));
    }
    assent_bytes_wipe(kept, sizeof(kept));
    return error;
}

int assent_audit_keep_entry(const struct assent_audit_log *log, struct assent_audit_entry *entry,
                            uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES])
{
    int error = assent_fixed_get(log->kv, ASSENT_SPACE_SYSTEM, ASSENT_SPAN("a"), bytes,
                                 ASSENT_AUDIT_ENTRY_BYTES);

    return error != ASSENT_OK ? error : assent_audit_decode(bytes, entry);
}
