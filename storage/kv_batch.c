/* SPDX-License-Identifier: MIT */
/* Changing the key-value store: put, delete, and batches of both that commit as one. */
#include "storage/kv_log.h"

enum { STEPS_MAX = 2 * ASSENT_KV_BATCH_COUNT };

/* One record to be written: a version of a value, or the KILL of one. */
struct step {
    const struct assent_store_item *item;
    uint32_t addr; /* of what was written; 0 nothing yet */
    uint32_t old;  /* version that is replaced or killed; 0 none */
    uint32_t head; /* of the chain before */
    uint16_t hash;
    bool copy;
};

/* Changes in hand. */
struct plan {
    struct step steps[STEPS_MAX];
    uint32_t count;
    bool batch;
};

static struct assent_kv_ident ident_of(const struct step *step)
{
    struct assent_kv_ident ident = {step->item->key.ptr, step->hash, (uint8_t)step->item->key.len,
                                    step->item->space, step->copy};

    return ident;
}

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
        if (items[i].space == 0 || items[i].key.len < 1 || items[i].key.len > ASSENT_KV_KEY_BYTES) {
            return ASSENT_ERR_RANGE;
        }
        for (size_t j = 0; j < i; j++) {
            if (items[j].space == items[i].space && assent_span_equal(items[j].key, items[i].key)) {
                return ASSENT_ERR_RANGE;
            }
        }
        if (!items[i].remove &&
            (items[i].value.len > ASSENT_KV_VALUE_BYTES ||
             (kv->trailer > 0 &&
              assent_kv_log_size(kv, (uint32_t)items[i].key.len, (uint32_t)items[i].value.len) >
                  kv->config->buffer_bytes))) {
            return ASSENT_ERR_LIMIT;
        }
    }
    return ASSENT_OK;
}

static uint32_t step_bytes(const struct assent_kv *kv, const struct step *step)
{
    const struct assent_store_item *item = step->item;

    return item->remove
               ? assent_kv_log_size(kv, 0, 4)
               : assent_kv_log_size(kv, (uint32_t)item->key.len, (uint32_t)item->value.len);
}

/* Look the present version up. old_charge: what it counts. */
static int look_up(struct assent_kv *kv, struct step *step, uint32_t *old_charge)
{
    struct assent_kv_ident ident = ident_of(step);
    struct assent_kv_record record;
    int found = assent_kv_index_find(kv, &ident, false, &record);
    bool there = found == ASSENT_OK ||
                 (found == ASSENT_ERR_CORRUPT && step->item->remove && record.addr != 0);

    step->old = there ? record.addr : 0;
    *old_charge = there ? assent_kv_clean_charge(kv, record.size) : 0;
    return found == ASSENT_OK || found == ASSENT_ERR_NOT_FOUND || found == ASSENT_ERR_CORRUPT
               ? ASSENT_OK
               : found;
}

/* List the records to write. Removing what is not there takes none. */
static int make_plan(struct assent_kv *kv, const struct assent_store_item *items, size_t count,
                     struct plan *plan, uint32_t *live)
{
    uint32_t added = 0;
    uint32_t freed = 0;

    plan->count = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t hash = (uint16_t)(assent_kv_index_hash(kv, items[i].space, items[i].key) >> 52);
        bool twice = kept_twice(kv, items[i].space);

        /* A second copy left over from another setting goes with a removal, too. */
        for (uint32_t copy = 0; copy < (twice || items[i].remove ? 2u : 1u); copy++) {
            struct step *step = &plan->steps[plan->count];
            uint32_t old = 0;
            int error;

            *step = (struct step){.item = &items[i], .hash = hash, .copy = copy == 1};
            error = look_up(kv, step, &old);
            if (error != ASSENT_OK) {
                return error;
            }
            if (!items[i].remove || step->old != 0) {
                plan->count++;
                freed += old;
                added += items[i].remove ? 0 : assent_kv_clean_charge(kv, step_bytes(kv, step));
            }
        }
    }
    plan->batch = plan->count > 1;
    *live = kv->live_bytes + added - (freed <= kv->live_bytes + added ? freed : 0);
    return added > freed && *live > assent_kv_clean_capacity(kv) ? ASSENT_ERR_FULL : ASSENT_OK;
}

static int make_room(struct assent_kv *kv, const struct plan *plan)
{
    uint16_t sizes[STEPS_MAX + 1];
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->count; i++) {
        sizes[count++] = (uint16_t)step_bytes(kv, &plan->steps[i]);
    }
    if (plan->batch) {
        sizes[count++] = (uint16_t)assent_kv_log_size(kv, 0, 4);
    }
    return assent_kv_clean_room(kv, sizes, count);
}

/* Append the record of one step and make it the head of its chain. */
static int write_step(struct assent_kv *kv, struct step *step, bool batch)
{
    const struct assent_store_item *item = step->item;
    uint8_t raw[4];
    struct assent_kv_draft draft = {.hash = step->hash, .copy = step->copy, .batch = batch};
    struct assent_kv_record made;
    uint32_t old;
    int error = look_up(kv, step, &old); /* cleaning may have moved it */

    if (error != ASSENT_OK) {
        return error;
    }
    if (item->remove) {
        assent_bytes_store32(raw, step->old);
        draft.value = raw;
        draft.value_bytes = 4;
        draft.space = ASSENT_KV_KILL;
        draft.copy = false;
    } else {
        draft.key = item->key.ptr;
        draft.key_bytes = (uint8_t)item->key.len;
        draft.value = item->value.ptr;
        draft.value_bytes = (uint16_t)item->value.len;
        draft.space = item->space;
    }
    step->head = assent_kv_index_head(kv, step->hash);
    /* A KILL needs what it kills behind it in the chain. */
    error = assent_kv_index_link(kv, step->hash, item->remove ? 0 : step->old, &draft.prev);
    if (error == ASSENT_OK) {
        error = assent_kv_record_append(kv, &draft, &made);
    }
    if (error == ASSENT_OK) {
        step->addr = made.addr;
        assent_kv_index_set_head(kv, step->hash, made.addr);
    }
    return error;
}

/* The record that a step has written, without asking the flash. */
static struct assent_kv_record written(const struct assent_kv *kv, const struct step *step)
{
    struct assent_kv_record record = {
        .addr = step->addr, .seq = assent_kv_log_seq(kv, step->addr), .value_bytes = 4};

    if (!step->item->remove) {
        record.key_bytes = (uint8_t)step->item->key.len;
        record.value_bytes = (uint16_t)step->item->value.len;
    }
    return record;
}

/* Undo what was written of a batch that cannot be completed. */
static void take_back(struct assent_kv *kv, struct plan *plan)
{
    for (uint32_t i = plan->count; i-- > 0;) {
        struct step *step = &plan->steps[i];

        if (step->addr != 0) {
            struct assent_kv_record record = written(kv, step);

            assent_kv_index_set_head(kv, step->hash, step->head);
            if (kv->again) {
                (void)assent_kv_record_zero(kv, &record);
            }
            step->addr = 0;
        }
    }
}

static int write_plan(struct assent_kv *kv, struct plan *plan)
{
    int error = ASSENT_OK;

    for (uint32_t i = 0; i < plan->count && error == ASSENT_OK; i++) {
        error = write_step(kv, &plan->steps[i], plan->batch);
    }
    if (error == ASSENT_OK && plan->batch) {
        error = assent_kv_clean_control(kv, ASSENT_KV_COMMIT, plan->count);
    }
    if (error == ASSENT_OK) {
        kv->last_addr = plan->batch ? kv->last_addr : plan->steps[0].addr;
    } else {
        take_back(kv, plan);
    }
    return error;
}

/* Zero what a step replaced or killed (KV-10). */
static void bury_step(struct assent_kv *kv, const struct step *step)
{
    struct assent_kv_ident ident = ident_of(step);
    struct assent_kv_record record = written(kv, step);
    uint32_t spare = step->item->remove ? step->old : 0;
    bool done = assent_kv_index_bury(kv, &ident, &record, step->head, spare, false) == ASSENT_OK;

    if (spare != 0) {
        int kind = assent_kv_record_load(kv, spare, assent_kv_log_seq(kv, spare), &record);

        done = done && kind == KV_RECORD;
        if (kind == KV_RECORD) {
            (void)assent_kv_record_zero(kv, &record);
        }
    }
    if (!done) {
        kv->unerased_records++;
        assent_kv_turn(kv);
    }
}

int assent_kv_apply(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    struct plan plan;
    uint32_t live;
    int error;

    if (!kv->open || kv->foreign) {
        return kv->open ? ASSENT_ERR_VERSION : ASSENT_ERR_STATE;
    }
    if (kv->read_only) {
        return ASSENT_ERR_READ_ONLY;
    }
    error = check_items(kv, items, count);
    if (error == ASSENT_OK) {
        error = assent_kv_clean_settle(kv);
    }
    for (unsigned tries = 0; tries < 2; tries++) {
        if (error == ASSENT_OK) {
            error = make_plan(kv, items, count, &plan, &live);
        }
        if (error != ASSENT_OK || plan.count == 0) {
            return error;
        }
        error = make_room(kv, &plan);
        if (error == ASSENT_OK) {
            error = write_plan(kv, &plan);
        }
        if (error != ASSENT_ERR_IO || !plan.batch || kv->read_only) {
            break;
        }
        error = tries == 0 ? ASSENT_OK : error;
    }
    if (error != ASSENT_OK) {
        return error == ASSENT_ERR_IO && kv->read_only ? ASSENT_ERR_READ_ONLY : error;
    }
    kv->live_bytes = live;
    if (kv->zero) {
        for (uint32_t i = 0; i < plan.count; i++) {
            bury_step(kv, &plan.steps[i]);
        }
    }
    return ASSENT_OK;
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
