/* SPDX-License-Identifier: MIT */
/* What the audit log keeps in the key-value store: its keys, and what is on its way to a slot. */
#include <string.h>

#include "core/bytes.h"
#include "storage/audit_ring.h"
#include "storage/layout.h"

int assent_audit_keep_load(struct assent_audit_log *log)
{
    uint8_t kept[ASSENT_AUDIT_KEEP_BYTES];
    struct assent_audit_head head;
    int got = assent_kv_get(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("s"), log->seal_key,
                            sizeof(log->seal_key));
    int error = got;

    got = assent_kv_get(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), kept, sizeof(kept));
    if (error == ASSENT_ERR_NOT_FOUND && got == ASSENT_ERR_NOT_FOUND) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (error == ASSENT_ERR_IO || error == ASSENT_ERR_STATE || error == ASSENT_ERR_VERSION) {
        return error;
    }
    if (error != (int)sizeof(log->seal_key) || got != (int)sizeof(kept)) {
        return got == ASSENT_ERR_IO ? got : ASSENT_ERR_AUTH;
    }
    error = assent_audit_open_head(kept + ASSENT_SHA256_BYTES, log->crypto, log->seal_key, &head);
    if (error == ASSENT_OK) {
        memcpy(log->chain.key, kept, ASSENT_SHA256_BYTES);
        memcpy(log->chain.mac, head.mac, sizeof(head.mac));
        log->chain.sequence = head.count;
        log->chain.epoch = head.epoch;
    }
    assent_bytes_wipe(kept, sizeof(kept));
    return error == ASSENT_OK || error == ASSENT_ERR_CRYPTO ? error : ASSENT_ERR_AUTH;
}

int assent_audit_keep_store(struct assent_audit_log *log, const struct assent_audit_chain *chain,
                            struct assent_time now)
{
    uint8_t kept[ASSENT_AUDIT_KEEP_BYTES];
    int error =
        assent_audit_seal(chain, now, log->crypto, log->seal_key, kept + ASSENT_SHA256_BYTES);

    memcpy(kept, chain->key, ASSENT_SHA256_BYTES);
    if (error == ASSENT_OK) {
        error = assent_kv_put(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"),
                              assent_span(kept, sizeof(kept)));
    }
    assent_bytes_wipe(kept, sizeof(kept));
    return error;
}

struct assent_store_item assent_audit_keep_entry(const uint8_t *bytes)
{
    return (struct assent_store_item){ASSENT_SPACE_SYSTEM, ASSENT_SPAN("a"),
                                      assent_span(bytes, bytes ? ASSENT_AUDIT_ENTRY_BYTES : 0),
                                      bytes == NULL};
}

struct assent_store_item assent_audit_keep_checkpoint(const uint8_t *bytes)
{
    return (struct assent_store_item){ASSENT_SPACE_SYSTEM, ASSENT_SPAN("b"),
                                      assent_span(bytes, bytes ? ASSENT_AUDIT_DETAIL_BYTES : 0),
                                      bytes == NULL};
}
