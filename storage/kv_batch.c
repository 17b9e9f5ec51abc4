/* SPDX-License-Identifier: MIT */
/* Changing the key-value store: put, delete, and batches of both that commit as one. */
#include "storage/kv_log.h"

enum { STEPS_MAX = 2 * ASSENT_KV_BATCH_COUNT };

/* One record to be written: a version of a value, or the KILL of one. */
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
    struct step steps[STEPS_MAX];
    uint32_t count;
    bool batch;
};

static const struct assent_store_item *item_of(const struct plan *plan, const struct step *step)
{
    return &plan->items[step->index];
}

static struct assent_kv_ident ident_of(const struct plan *plan, const struct step *step)
{
    const struct assent_store_item *item = item_of(plan, step);
    struct assent_kv_ident ident = {item->key.ptr, step->hash, (uint8_t)item->key.len, item->space,
                                    step->copy};

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

static uint32_t item_bytes(const struct assent_kv *kv, const struct assent_store_item *item)
{
    return item->remove
               ? assent_kv_log_size(kv, 0, 4)
               : assent_kv_log_size(kv, (uint32_t)item->key.len, (uint32_t)item->value.len);
}

/* Look the present version up. *old is its offset, 0 if there is none; *charge what it counts. */
static int look_up(struct assent_kv *kv, const struct plan *plan, const struct step *step,
                   uint32_t *old, uint32_t *charge)
{
    struct assent_kv_ident ident = ident_of(plan, step);
    struct assent_kv_record record;
    int found = assent_kv_index_find(kv, &ident, false, &record);
    bool there = found == ASSENT_OK ||
                 (found == ASSENT_ERR_CORRUPT && item_of(plan, step)->remove && record.addr != 0);

    *old = there ? record.addr : 0;
    *charge = there ? assent_kv_clean_charge(kv, record.size) : 0;
    return found == ASSENT_ERR_NOT_FOUND || found == ASSENT_ERR_CORRUPT ? ASSENT_OK : found;
}

/* List the records to write. Removing what is not there takes none. */
static int make_plan(struct assent_kv *kv, size_t count, struct plan *plan, uint32_t *live)
{
    uint32_t added = 0;
    uint32_t freed = 0;

    plan->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct assent_store_item *item = &plan->items[i];
        uint16_t hash = (uint16_t)(assent_kv_index_hash(kv, item->space, item->key) >> 52);
        /* A second copy left over from another setting goes with a removal, too. */
        uint32_t copies = item->remove || kept_twice(kv, item->space) ? 2 : 1;

        for (uint32_t copy = 0; copy < copies; copy++) {
            struct step *step = &plan->steps[plan->count];
            uint32_t old;
            uint32_t charge;
            int error;

            *step = (struct step){.hash = hash, .index = (uint8_t)i, .copy = copy == 1};
            error = look_up(kv, plan, step, &old, &charge);
            if (error != ASSENT_OK) {
                return error;
            }
            if (!item->remove || old != 0) {
                plan->count++;
                freed += charge;
                added += item->remove ? 0 : assent_kv_clean_charge(kv, item_bytes(kv, item));
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
        sizes[count++] = (uint16_t)item_bytes(kv, item_of(plan, &plan->steps[i]));
    }
    if (plan->batch) {
        sizes[count++] = (uint16_t)assent_kv_log_size(kv, 0, 4);
    }
    return assent_kv_clean_room(kv, sizes, count);
}

/* Append the record of one step and make it the head of its chain. */
static int write_step(struct assent_kv *kv, const struct plan *plan, struct step *step)
{
    const struct assent_store_item *item = item_of(plan, step);
    uint8_t raw[4];
    struct assent_kv_draft draft = {.hash = step->hash, .batch = plan->batch};
    struct assent_kv_record made;
    uint32_t old;
    uint32_t charge;
    int error = look_up(kv, plan, step, &old, &charge); /* cleaning may have moved it */

    if (error != ASSENT_OK) {
        return error;
    }
    if (item->remove) {
        assent_bytes_store32(raw, old);
        draft.value = raw;
        draft.value_bytes = 4;
        draft.space = ASSENT_KV_KILL;
    } else {
        draft.key = item->key.ptr;
        draft.key_bytes = (uint8_t)item->key.len;
        draft.value = item->value.ptr;
        draft.value_bytes = (uint16_t)item->value.len;
        draft.space = item->space;
        draft.copy = step->copy;
    }
    step->head = assent_kv_index_head(kv, step->hash);
    /* A KILL needs what it kills behind it in the chain. */
    error = assent_kv_index_link(kv, step->hash, item->remove ? 0 : old, &draft.prev);
    if (error == ASSENT_OK) {
        error = assent_kv_record_append(kv, &draft, &made);
    }
    if (error == ASSENT_OK) {
        step->addr = made.addr;
        assent_kv_index_set_head(kv, step->hash, made.addr);
        if (item->remove && !kv->again) {
            assent_kv_clean_until(kv, assent_kv_log_seq(kv, old)); /* the only way to erase it */
        }
    }
    return error;
}

/* The record that a step has written, without asking the flash. */
static void written(const struct assent_kv *kv, const struct plan *plan, const struct step *step,
                    struct assent_kv_record *record)
{
    const struct assent_store_item *item = item_of(plan, step);

    record->addr = step->addr;
    record->seq = assent_kv_log_seq(kv, step->addr);
    record->key_bytes = item->remove ? 0 : (uint8_t)item->key.len;
    record->value_bytes = item->remove ? 4 : (uint16_t)item->value.len;
}

static int write_plan(struct assent_kv *kv, struct plan *plan)
{
    struct assent_kv_record record;
    int error = ASSENT_OK;

    for (uint32_t i = 0; i < plan->count && error == ASSENT_OK; i++) {
        error = write_step(kv, plan, &plan->steps[i]);
    }
    if (error == ASSENT_OK && plan->batch) {
        error = assent_kv_clean_control(kv, ASSENT_KV_COMMIT, plan->count);
    }
    if (error == ASSENT_OK) {
        kv->last_addr = plan->batch ? kv->last_addr : plan->steps[0].addr;
        return ASSENT_OK;
    }
    /* Undo what was written of a batch that cannot be completed. */
    for (uint32_t i = plan->count; i-- > 0;) {
        struct step *step = &plan->steps[i];

        if (step->addr != 0) {
            assent_kv_index_set_head(kv, step->hash, step->head);
            written(kv, plan, step, &record);
            if (kv->again) {
                (void)assent_kv_record_zero(kv, &record);
            }
        }
    }
    return error;
}

/* Zero what a step replaced or killed (KV-10). */
static void bury_step(struct assent_kv *kv, const struct plan *plan, const struct step *step)
{
    struct assent_kv_ident ident = ident_of(plan, step);
    struct assent_kv_record record;
    uint8_t raw[4] = {0};
    uint32_t spare;
    int error = ASSENT_OK;

    if (item_of(plan, step)->remove) {
        error = assent_kv_log_read(kv, step->addr + kv->header_bytes, raw, sizeof(raw));
    }
    spare = assent_bytes_load32(raw);
    written(kv, plan, step, &record);
    if (error == ASSENT_OK) {
        error = assent_kv_index_bury(kv, &ident, &record, step->head, spare, false);
    }
    if (error == ASSENT_OK && spare != 0) {
        error = assent_kv_record_load(kv, spare, assent_kv_log_seq(kv, spare), &record);
        error = error == KV_RECORD ? assent_kv_record_zero(kv, &record) : ASSENT_ERR_IO;
    }
    if (error != ASSENT_OK) {
        kv->unerased_records++;
        assent_kv_turn(kv);
    }
}

int assent_kv_batch_settle(struct assent_kv *kv)
{
    uint32_t seq = kv->head_seq;
    uint32_t last = kv->last_addr;
    uint16_t any = kv->header_bytes;
    bool disturbed = (kv->flash->flags & ASSENT_FLASH_DISTURB) != 0;
    int error = ASSENT_OK;

    if (kv->fresh && (disturbed || !kv->again)) {
        kv->sealed = true;
        error = assent_kv_clean_room(kv, &any, 1);
        if (error == ASSENT_OK && kv->keep_seq <= seq) {
            error = assent_kv_clean_forward(kv, seq, disturbed ? 0 : last);
        }
    }
    kv->fresh = kv->fresh && error != ASSENT_OK;
    return error;
}

int assent_kv_apply(struct assent_kv *kv, const struct assent_store_item *items, size_t count)
{
    struct plan plan = {.items = items};
    uint32_t live = 0;
    int error;

    if (!kv->open || kv->foreign) {
        return kv->open ? ASSENT_ERR_VERSION : ASSENT_ERR_STATE;
    }
    if (kv->read_only) {
        return ASSENT_ERR_READ_ONLY;
    }
    error = check_items(kv, items, count);
    if (error == ASSENT_OK) {
        error = assent_kv_batch_settle(kv);
    }
    for (unsigned tries = 0; tries < 2; tries++) {
        if (error == ASSENT_OK) {
            error = make_plan(kv, count, &plan, &live);
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
            bury_step(kv, &plan, &plan.steps[i]);
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
