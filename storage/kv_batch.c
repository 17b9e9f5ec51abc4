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
    uint16_t size;
    uint8_t index; /* of the item */
    bool copy;
};

/* Changes in hand. */
struct plan {
    const struct assent_store_item *items;
    struct step steps[STEPS_MAX];
    uint32_t count;
};

static bool kept_twice(const struct assent_kv *kv, uint8_t space)
{
    const uint8_t *twice = kv->config->twice;

    return twice != NULL && (twice[space / 8] >> (space % 8) & 1) != 0;
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
        if (!item->remove && (item->value.len > ASSENT_KV_VALUE_BYTES ||
                              (kv->trailer > 0 && assent_kv_record_size(kv, (uint32_t)item->key.len,
                                                                        (uint32_t)item->value.len) >
                                                      kv->config->buffer_bytes))) {
            return ASSENT_ERR_LIMIT;
        }
    }
    return ASSENT_OK;
}

/* The record that a step writes. */
static struct assent_kv_record draft_of(const struct plan *plan, const struct step *step)
{
    const struct assent_store_item *item = &plan->items[step->index];
    struct assent_kv_record draft = {.key = item->key.ptr,
                                     .value = item->key.ptr, /* if there is none: not NULL */
                                     .hash = step->hash,
                                     .key_bytes = (uint8_t)item->key.len,
                                     .space = item->space,
                                     .copy = step->copy,
                                     .batch = plan->count > 1,
                                     .removed = item->remove};

    if (!item->remove && item->value.len > 0) {
        draft.value = item->value.ptr;
        draft.value_bytes = (uint16_t)item->value.len;
    }
    return draft;
}

/* Look the present version up; *old has addr 0 if there is none. */
static int look_up(struct assent_kv *kv, const struct assent_kv_record *draft,
                   struct assent_kv_record *old)
{
    int found = assent_kv_index_find(kv, draft, false, old);

    if (found == ASSENT_ERR_NOT_FOUND || (found == ASSENT_ERR_CORRUPT && !draft->removed)) {
        old->addr = 0;
    }
    return kv->error;
}

/* List the records to write. Removing what is not there takes none. */
static int make_plan(struct assent_kv *kv, size_t count, struct plan *plan, uint32_t *live)
{
    uint32_t added = 0;
    uint32_t freed = 0;

    plan->count = 0;
    for (size_t i = 0; i < 2 * count; i++) {
        const struct assent_store_item *item = &plan->items[i / 2];
        struct step *step = &plan->steps[plan->count];
        struct assent_kv_record draft;
        struct assent_kv_record old;
        int error;

        /* A second copy left over from another setting goes with a removal, too. */
        if (i % 2 == 1 && !item->remove && !kept_twice(kv, item->space)) {
            continue;
        }
        *step = (struct step){.index = (uint8_t)(i / 2), .copy = i % 2 == 1};
        step->hash = (uint16_t)(assent_kv_index_hash(kv, item->space, item->key) >> 52);
        draft = draft_of(plan, step);
        error = look_up(kv, &draft, &old);
        if (error != ASSENT_OK) {
            return error;
        }
        step->size = (uint16_t)assent_kv_record_size(kv, draft.key_bytes, draft.value_bytes);
        freed += old.addr != 0 ? assent_kv_clean_charge(kv, old.size) : 0;
        added += item->remove ? 0 : assent_kv_clean_charge(kv, step->size);
        plan->count += !item->remove || old.addr != 0;
    }
    *live = kv->live_bytes + added;
    *live -= assent_kv_log_least(freed, *live);
    return added > freed && *live > assent_kv_clean_capacity(kv) ? ASSENT_ERR_FULL : ASSENT_OK;
}

static int make_room(struct assent_kv *kv, const struct plan *plan)
{
    uint16_t sizes[STEPS_MAX + 1];
    uint32_t count = plan->count;

    for (uint32_t i = 0; i < count; i++) {
        sizes[i] = plan->steps[i].size;
    }
    sizes[count] = (uint16_t)assent_kv_record_size(kv, 0, 4);
    return assent_kv_clean_room(kv, sizes, count > 1 ? count + 1 : count);
}

static int write_step(struct assent_kv *kv, const struct plan *plan, struct step *step)
{
    struct assent_kv_record draft = draft_of(plan, step);
    struct assent_kv_record old;
    int error = look_up(kv, &draft, &old); /* cleaning may have moved it */

    step->head = assent_kv_index_head(kv, step->hash);
    error = error == ASSENT_OK ? assent_kv_index_append(kv, &draft, old.addr) : error;
    step->addr = error == ASSENT_OK ? draft.addr : 0;
    return error;
}

static int write_plan(struct assent_kv *kv, struct plan *plan)
{
    struct assent_kv_record record;
    int error = ASSENT_OK;

    for (uint32_t i = 0; i < plan->count && error == ASSENT_OK; i++) {
        error = write_step(kv, plan, &plan->steps[i]);
    }
    if (error == ASSENT_OK && plan->count > 1) {
        error = assent_kv_record_control(kv, ASSENT_KV_COMMIT, plan->count);
    }
    /* Undo what was written of a batch that cannot be completed. */
    for (uint32_t i = plan->count; error != ASSENT_OK && i-- > 0;) {
        const struct step *step = &plan->steps[i];

        if (step->addr != 0) {
            assent_kv_index_set_head(kv, step->hash, step->head);
            record = draft_of(plan, step);
            record.addr = step->addr;
            record.seq = assent_kv_log_seq(kv, step->addr);
            kv->error = ASSENT_OK;
            (void)(kv->again && assent_kv_record_zero(kv, &record));
        }
    }
    return error;
}

/* One attempt to write the plan; afterwards what it replaced is zeroed (KV-10). */
static int try_plan(struct assent_kv *kv, struct plan *plan, size_t count)
{
    uint32_t live;
    bool thorough = true;
    int error = make_plan(kv, count, plan, &live);

    if (error == ASSENT_OK && plan->count > 0) {
        error = make_room(kv, plan);
        error = error == ASSENT_OK ? write_plan(kv, plan) : error;
    }
    if (error != ASSENT_OK || plan->count == 0) {
        return error;
    }
    kv->live_bytes = live;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        /* Where nothing can be zeroed, the turn of the ring is the only way to erase what was removed. */
        thorough = (kv->zero ? assent_kv_index_bury(kv, step->addr, step->head)
                             : kv->again || !plan->items[step->index].remove) &&
                   thorough;
    }
    if (!thorough) {
        kv->unerased_records += kv->error != ASSENT_OK;
        assent_kv_turn(kv);
    }
    return ASSENT_OK;
}

int assent_kv_apply(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    struct plan plan = {.items = items};
    int error = assent_kv_log_begin(kv, true);

    error = error == ASSENT_OK ? check_items(kv, items, count) : error;
    error = error == ASSENT_OK ? assent_kv_clean_settle(kv) : error;
    if (error == ASSENT_OK) {
        error = try_plan(kv, &plan, count);
        if (error == ASSENT_ERR_IO && plan.count > 1 && !kv->read_only) {
            kv->error = ASSENT_OK;
            error = try_plan(kv, &plan, count);
        }
        error = error == ASSENT_ERR_IO && kv->read_only ? ASSENT_ERR_READ_ONLY : error;
    }
    return error;
}

int assent_kv_put(struct assent_kv *kv, uint8_t space, struct assent_span key,
                  struct assent_span value)
{
    struct assent_store_item item = {space, key, value, false};

    return assent_kv_apply(kv, &item, 1);
}

int assent_kv_delete(struct assent_kv *kv, uint8_t space, struct assent_span key)
{
    struct assent_store_item item = {space, key, assent_span(NULL, 0), true};
    int there = assent_kv_get(kv, space, key, NULL, 0);

    if (there == ASSENT_ERR_NOT_FOUND || there == ASSENT_ERR_RANGE || there == ASSENT_ERR_STATE ||
        there == ASSENT_ERR_VERSION) {
        return there;
    }
    return assent_kv_apply(kv, &item, 1);
}
