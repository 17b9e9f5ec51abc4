/* SPDX-License-Identifier: MIT */
/* Changing the key-value store: put, delete, and batches of both that commit as one. A put is a batch of
 * one change, a delete puts a removal. */
#include "storage/kv_log.h"

enum { STEPS_MAX = 2 * ASSENT_KV_BATCH_COUNT };

/* One record to be written. */
struct step {
    uint32_t addr; /* of what was written; 0 nothing yet */
    uint32_t head; /* of the chain before */
    uint16_t hash;
    uint8_t index; /* of the item */
    bool copy;
};

/* Changes in hand. */
struct plan {
    const struct assent_store_item *items;
    uint32_t count;
    uint32_t added; /* bytes that are live when it has been carried out */
    uint32_t freed; /* and those that are not any more */
    struct step steps[STEPS_MAX];
};

static bool kept_twice(const struct assent_kv *kv, uint8_t space)
{
    const uint8_t *twice = kv->config->twice;

    return twice != NULL && (twice[space / 8] >> (space % 8) & 1) != 0;
}

/* What the record of an item takes. */
static uint32_t record_bytes(const struct assent_kv *kv, const struct assent_store_item *item)
{
    return assent_kv_record_size(kv, (uint32_t)item->key.len,
                                 item->remove ? 0 : (uint32_t)item->value.len);
}

static int check_items(const struct assent_kv *kv, const struct assent_store_item *items,
                       size_t count)
{
    if (count < 1 || count > ASSENT_KV_BATCH_COUNT) {
        return ASSENT_ERR_RANGE;
    }
    for (size_t i = 0; i < count; i++) {
        const struct assent_store_item *item = &items[i];

        if (item->space == 0 || item->key.len - 1 >= ASSENT_KV_KEY_BYTES) {
            return ASSENT_ERR_RANGE;
        }
        for (size_t j = 0; j < i; j++) {
            if (items[j].space == item->space && assent_span_equal(items[j].key, item->key)) {
                return ASSENT_ERR_RANGE;
            }
        }
        if (!item->remove &&
            (item->value.len > ASSENT_KV_VALUE_BYTES ||
             (kv->trailer > 0 && record_bytes(kv, item) > kv->config->buffer_bytes))) {
            return ASSENT_ERR_LIMIT;
        }
    }
    return ASSENT_OK;
}

/* The record that a step writes. */
static void make_draft(const struct plan *plan, const struct step *step,
                       struct assent_kv_record *draft)
{
    const struct assent_store_item *item = &plan->items[step->index];

    draft->key = item->key.ptr;
    draft->key_bytes = (uint8_t)item->key.len;
    draft->value = item->key.ptr; /* if there is none: not NULL */
    draft->value_bytes = 0;
    draft->hash = step->hash;
    draft->space = item->space;
    draft->copy = step->copy;
    draft->batch = plan->count > 1;
    draft->removed = item->remove;
    if (!item->remove && item->value.len > 0) {
        draft->value = item->value.ptr;
        draft->value_bytes = (uint16_t)item->value.len;
    }
}

/* List the records to write. Removing what is not there takes none. */
static int make_plan(struct assent_kv *kv, size_t count, struct plan *plan)
{
    plan->count = 0;
    plan->added = 0;
    plan->freed = 0;
    for (size_t i = 0; i < 2 * count; i++) {
        const struct assent_store_item *item = &plan->items[i / 2];
        struct step *step = &plan->steps[plan->count];
        struct assent_kv_record draft;
        struct assent_kv_record old;
        int found;

        /* A second copy left over from another setting goes with a removal, too. */
        if (i % 2 == 1 && !item->remove && !kept_twice(kv, item->space)) {
            continue;
        }
        step->index = (uint8_t)(i / 2);
        step->addr = 0;
        step->copy = i % 2 == 1;
        step->hash = (uint16_t)(assent_kv_index_hash(kv, item->space, item->key) >> 52);
        make_draft(plan, step, &draft);
        found = assent_kv_index_find(kv, &draft, false, &old);
        if (kv->error != ASSENT_OK) {
            return kv->error;
        }
        /* A rotten version is nothing to be replaced, but something to be removed. */
        if (found == ASSENT_OK || (found == ASSENT_ERR_CORRUPT && item->remove)) {
            plan->freed += assent_kv_clean_charge(kv, old.size);
        } else if (item->remove) {
            continue;
        }
        if (!item->remove) {
            plan->added += assent_kv_clean_charge(kv, record_bytes(kv, item));
        }
        plan->count++;
    }
    return plan->added > plan->freed &&
                   kv->live_bytes + plan->added > assent_kv_clean_capacity(kv) + plan->freed
               ? ASSENT_ERR_FULL
               : ASSENT_OK;
}

static int make_room(struct assent_kv *kv, const struct plan *plan)
{
    uint16_t sizes[STEPS_MAX + 1];
    uint32_t count = plan->count;

    for (uint32_t i = 0; i < count; i++) {
        const struct assent_store_item *item = &plan->items[plan->steps[i].index];

        sizes[i] = (uint16_t)record_bytes(kv, item);
    }
    sizes[count] = (uint16_t)assent_kv_record_size(kv, 0, 4);
    return assent_kv_clean_room(kv, sizes, count > 1 ? count + 1 : count);
}

static int write_plan(struct assent_kv *kv, struct plan *plan)
{
    struct assent_kv_record record;
    struct step *step = plan->steps;
    struct step *end = step + plan->count;
    int error = ASSENT_OK;

    for (; step < end && error == ASSENT_OK; step++) {
        make_draft(plan, step, &record);
        step->head = assent_kv_index_head(kv, step->hash);
        error = assent_kv_index_append(kv, &record);
        if (error == ASSENT_OK) {
            step->addr = record.addr;
        }
    }
    if (error == ASSENT_OK && plan->count > 1) {
        error = assent_kv_record_control(kv, ASSENT_KV_COMMIT, plan->count);
    }
    /* Undo what was written of a batch that cannot be completed. */
    while (error != ASSENT_OK && step-- > plan->steps) {
        if (step->addr != 0) {
            assent_kv_index_set_head(kv, step->hash, step->head);
            make_draft(plan, step, &record);
            record.addr = step->addr;
            record.seq = assent_kv_log_seq(kv, step->addr);
            kv->error = ASSENT_OK;
            (void)(kv->again && assent_kv_record_zero(kv, &record));
        }
    }
    return error;
}

/* Zero what the plan replaced (KV-10). */
static void bury_plan(struct assent_kv *kv, const struct plan *plan)
{
    bool thorough = true;

    for (uint32_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        /* Where nothing can be zeroed, the turn of the ring is the only way to erase what was removed. */
        bool buried = kv->again || !plan->items[step->index].remove;

        if (kv->zero) {
            buried = assent_kv_index_bury(kv, step->addr, step->head);
        }
        thorough = thorough && buried;
    }
    if (!thorough) {
        kv->unerased_records += kv->error != ASSENT_OK;
        assent_kv_turn(kv);
    }
}

/* One attempt.
 *   return  records written, or an error */
static int attempt(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    struct plan plan;
    int error;

    plan.items = items;
    error = make_plan(kv, count, &plan);
    if (error != ASSENT_OK || plan.count == 0) {
        return error;
    }
    error = make_room(kv, &plan);
    error = error == ASSENT_OK ? write_plan(kv, &plan) : error;
    if (error != ASSENT_OK) {
        return error;
    }
    kv->live_bytes += plan.added;
    kv->live_bytes -= assent_kv_log_least(plan.freed, kv->live_bytes);
    bury_plan(kv, &plan);
    return (int)plan.count;
}

static int change(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    int error = assent_kv_log_begin(kv, true);

    error = error == ASSENT_OK ? check_items(kv, items, count) : error;
    error = error == ASSENT_OK ? assent_kv_clean_settle(kv) : error;
    if (error != ASSENT_OK) {
        return error;
    }
    error = attempt(kv, items, count);
    if (error == ASSENT_ERR_IO && !kv->read_only) {
        kv->error = ASSENT_OK;
        error = attempt(kv, items, count);
    }
    return error == ASSENT_ERR_IO && kv->read_only ? ASSENT_ERR_READ_ONLY : error;
}

int assent_kv_apply(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    int written = change(kv, items, count);

    return written < 0 ? written : ASSENT_OK;
}

int assent_kv_put(struct assent_kv *kv, uint8_t space, struct assent_span key,
                  struct assent_span value)
{
    struct assent_store_item item = {space, key, value, false};
    int written = change(kv, &item, 1);

    return written < 0 ? written : ASSENT_OK;
}

int assent_kv_delete(struct assent_kv *kv, uint8_t space, struct assent_span key)
{
    struct assent_store_item item = {space, key, assent_span(NULL, 0), true};
    int written = change(kv, &item, 1);

    return written == 0 ? ASSENT_ERR_NOT_FOUND : written < 0 ? written : ASSENT_OK;
}
