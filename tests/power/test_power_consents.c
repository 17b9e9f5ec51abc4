/* SPDX-License-Identifier: MIT */
/* The power fails in every flash operation of a script of visitors who grant, come back, change their
 * minds, withdraw and ask to be forgotten. What must hold: CON-1 and CON-2 of storage/consents.h. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/unit/device.h"

enum { VISITORS = 12, OPS = 260, RUNS = 16, CUTS_IN_A_ROW = 200 };

#define DAY_S UINT64_C(86400)

enum kind { GRANT, CONFIRM, CHANGE, WITHDRAW, RESTRICT, ERASE, REQUEST, SWEEP, KINDS };

struct op {
    enum kind kind;
    unsigned visitor;
    unsigned number; /* of the visitor's subjects, for a grant */
};

/* What is known of a visitor. */
struct visitor {
    bool stored;
    bool provisional;
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint32_t sequence;
    uint8_t analytics; /* enum assent_choice */
    char history[64];  /* types of entries, a letter each */
};

struct world {
    struct device device;
    struct visitor visitor[VISITORS];
};

static struct world base;
static struct world work;
static struct assent_policy policy = {.revision = 1,
                                      .grant_days = 180,
                                      .refusal_days = 180,
                                      .retention_days = 30,
                                      .offered = ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL};
static const uint8_t hash[ASSENT_HASH_BYTES] = {1};
static uint64_t cuts;
static uint64_t random_state = 88172645463325252U;

static uint32_t pick(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 33) % limit);
}

static void world_copy(struct world *to, const struct world *from)
{
    device_clone(&to->device, &from->device);
    memcpy(to->visitor, from->visitor, sizeof(to->visitor));
}

static void subject_of(unsigned visitor, unsigned number, uint8_t out[ASSENT_SUBJECT_BYTES])
{
    for (unsigned i = 0; i < ASSENT_SUBJECT_BYTES; i++) {
        out[i] = (uint8_t)(0xA0 + i * 7 + visitor * 13 + number * 29 + (number >> 3 << i % 5));
    }
    out[0] = (uint8_t)visitor;
    out[1] = (uint8_t)number;
    out[2] = (uint8_t)(number >> 8);
}

static struct op choose(const struct world *w, unsigned number)
{
    struct op op = {.visitor = pick(VISITORS), .number = number};
    const struct visitor *v = &w->visitor[op.visitor];

    op.kind = !v->stored                      ? GRANT
              : v->provisional && pick(3) > 0 ? CONFIRM
                                              : (enum kind)(CONFIRM + pick(KINDS - CONFIRM));
    if (pick(12) == 0) {
        op.kind = SWEEP;
    }
    return op;
}

/* Work out what op makes of a visitor. */
static int decide(struct world *w, const struct op *op, struct assent_lifecycle_outcome *outcome)
{
    static uint8_t fresh[ASSENT_SUBJECT_BYTES];
    struct assent_lifecycle_context context = {.policy = &policy,
                                               .now = w->device.now,
                                               .site = 1,
                                               .method = ASSENT_METHOD_PREFERENCES,
                                               .language = ASSENT_SPAN("en"),
                                               .notice = hash,
                                               .document = hash,
                                               .fresh_subject = fresh};
    struct assent_record record;
    int error;

    subject_of(op->visitor, op->number, fresh);
    if (op->kind == GRANT) {
        return assent_lifecycle_choose(NULL, ASSENT_TIERS_OPTIONAL, 0, &context, outcome);
    }
    error = assent_consents_find(&w->device.consents, w->visitor[op->visitor].subject, &record);
    if (error != ASSENT_OK) {
        return error;
    }
    switch (op->kind) {
    case CHANGE:
        return assent_lifecycle_choose(&record, ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
                                       ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING), &context, outcome);
    case WITHDRAW:
        return assent_lifecycle_withdraw(&record, &context, outcome);
    case RESTRICT:
        return assent_lifecycle_flag(&record, ASSENT_CONSENT_RESTRICTED,
                                     (record.consent.flags & ASSENT_CONSENT_RESTRICTED) == 0,
                                     &context, outcome);
    case GRANT:
    case CONFIRM:
    case ERASE:
    case REQUEST:
    case SWEEP:
    case KINDS:
    default:
        return assent_lifecycle_erase(&record, &context, outcome);
    }
}

static const struct assent_policy *policy_of(void *ctx, uint8_t site)
{
    (void)ctx;
    (void)site;
    return &policy;
}

static int run(struct world *w, const struct op *op)
{
    struct assent_lifecycle_outcome outcome;
    const uint8_t *subject = w->visitor[op->visitor].subject;
    int error;

    switch (op->kind) {
    case CONFIRM:
        error = assent_consents_confirm(&w->device.consents, subject, w->device.now);
        break;
    case REQUEST:
        error = assent_consents_request(&w->device.consents, subject, w->device.now);
        break;
    case SWEEP:
        error = assent_consents_sweep(&w->device.consents, policy_of, NULL, w->device.now);
        break;
    case GRANT:
    case CHANGE:
    case WITHDRAW:
    case RESTRICT:
    case ERASE:
    case KINDS:
    default:
        error = decide(w, op, &outcome);
        if (error == ASSENT_OK) {
            error = assent_consents_apply(&w->device.consents, 1, &outcome, w->device.now);
        }
        break;
    }
    return error > 0 ? ASSENT_OK : error;
}

/* ---- what is there ---- */

/* Read a visitor as the device knows it. */
static void look(struct world *w, const uint8_t subject[ASSENT_SUBJECT_BYTES], struct visitor *v)
{
    struct assent_record record;
    uint8_t since[16];
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    uint32_t sequence = 0;
    size_t len = 0;

    *v = (struct visitor){.stored = false};
    memcpy(v->subject, subject, sizeof(v->subject));
    if (assent_consents_find(&w->device.consents, subject, &record) != ASSENT_OK) {
        return;
    }
    v->stored = true;
    v->sequence = record.consent.sequence;
    v->analytics = record.consent.choice[ASSENT_TIER_ANALYTICS];
    v->provisional =
        assent_kv_get(&w->device.kv, ASSENT_SPACE_PROVISIONAL,
                      assent_span(subject, ASSENT_SUBJECT_BYTES), since, sizeof(since)) >= 0;
    while (len + 1 < sizeof(v->history) &&
           assent_consents_history(&w->device.consents, subject, &sequence, bytes) == ASSENT_OK) {
        if (assent_audit_decode(bytes, &entry) == ASSENT_OK) {
            v->history[len++] = (char)('@' + entry.type);
        }
    }
}

/* The log turns: the oldest entries of a subject may have been dropped. */
static bool tells(const char *history, const char *expected)
{
    size_t len = strlen(history);
    size_t most = strlen(expected);

    return len <= most && strcmp(expected + most - len, history) == 0;
}

static bool same(const struct visitor *was, const struct visitor *is)
{
    return was->stored == is->stored &&
           (!was->stored ||
            (was->sequence == is->sequence && was->analytics == is->analytics &&
             was->provisional == is->provisional && tells(is->history, was->history)));
}

static bool complain(const char *invariant, const char *what, const struct visitor *is,
                     const struct visitor *was)
{
    printf("%s: %s: stored %d sequence %u analytics %d provisional %d %s; was %d %u %d %d %s\n",
           invariant, what, is->stored, is->sequence, is->analytics, is->provisional, is->history,
           was->stored, was->sequence, was->analytics, was->provisional, was->history);
    test_failures++;
    return false;
}

/* A change of one step, or of two where the token came back with it, is told by its entries. */
static bool explained(const struct op *op, const struct visitor *was, const struct visitor *is)
{
    static const char letters[KINDS] = {
        [CHANGE] = '@' + ASSENT_AUDIT_CHANGED,
        [WITHDRAW] = '@' + ASSENT_AUDIT_WITHDRAWN,
        [RESTRICT] = '@' + ASSENT_AUDIT_RESTRICTED,
    };
    char expected[66];
    size_t len = strlen(was->history);

    if (!is->stored) {
        return op->kind == ERASE || op->kind == SWEEP || !was->stored;
    }
    if (op->kind == GRANT) {
        return is->sequence == 1 && is->provisional && is->history[0] == '\0';
    }
    memcpy(expected, was->history, len);
    if (was->provisional && !is->provisional) {
        expected[len++] = '@' + ASSENT_AUDIT_GIVEN;
    }
    if (is->sequence == was->sequence + 1 && !is->provisional) {
        if (op->kind == SWEEP) {
            expected[len++] = '@' + ASSENT_AUDIT_EXPIRED;
        } else if (op->kind == CHANGE || op->kind == WITHDRAW || op->kind == RESTRICT) {
            char last = is->history[0] != '\0' ? is->history[strlen(is->history) - 1] : '?';
            bool regrant = last == '@' + ASSENT_AUDIT_GIVEN || last == '@' + ASSENT_AUDIT_REFUSED;

            expected[len] = regrant ? last : letters[op->kind];
            len++;
        }
    } else if (is->sequence != was->sequence) {
        return op->kind == SWEEP && is->provisional && is->sequence == was->sequence + 1;
    }
    expected[len] = '\0';
    return tells(is->history, expected);
}

/* The power is back. */
static bool check(struct world *w, const struct op *op)
{
    enum assent_audit_fault fault;

    if (device_start(&w->device) != ASSENT_OK || w->device.log.finding != ASSENT_AUDIT_SOUND) {
        return complain("CON-1", "cannot be mounted", &w->visitor[0], &w->visitor[0]);
    }
    for (int i = 0; i < 4 && assent_audit_log_idle(&w->device.log, w->device.now) > 0; i++) {
    }
    device_verify(&w->device, &fault);
    if (fault != ASSENT_AUDIT_FAULT_NONE) {
        return complain("CON-1", assent_audit_fault_name(fault), &w->visitor[0], &w->visitor[0]);
    }
    for (unsigned i = 0; i < VISITORS; i++) {
        struct visitor *was = &w->visitor[i];
        bool concerned = op != NULL && (op->visitor == i || op->kind == SWEEP);
        uint8_t subject[ASSENT_SUBJECT_BYTES];
        struct visitor is;

        memcpy(subject, was->subject, sizeof(subject));
        if (concerned && op->kind == GRANT) {
            subject_of(i, op->number, subject);
        }
        look(w, subject, &is);
        if (concerned ? !explained(op, was, &is) && !same(was, &is) : !same(was, &is)) {
            return complain("CON-1", "not what was acknowledged", &is, was);
        }
        if (!is.stored && flash_sim_contains(&w->device.sim, subject, sizeof(subject))) {
            return complain("CON-2", "something is left of a subject", &is, was);
        }
        *was = is;
    }
    return true;
}

static void accept(struct world *w, const struct op *op)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];

    for (unsigned i = 0; i < VISITORS; i++) {
        memcpy(subject, w->visitor[i].subject, sizeof(subject));
        if (op->kind == GRANT && op->visitor == i) {
            subject_of(i, op->number, subject);
        }
        look(w, subject, &w->visitor[i]);
    }
}

static void open_world(struct world *w)
{
    memset(w->visitor, 0, sizeof(w->visitor));
    for (unsigned i = 0; i < VISITORS; i++) {
        subject_of(i, 0, w->visitor[i].subject);
    }
    device_open(&w->device, 4096, 32, 0);
}

static void start_again(struct world *w)
{
    flash_sim_power_on(&w->device.sim);
    flash_sim_cut(&w->device.sim, 1 + pick(8), (enum flash_sim_cut)(1 + pick(5)));
    if (assent_kv_mount(&w->device.kv, &w->device.config) == ASSENT_OK &&
        assent_audit_log_mount(&w->device.log) == ASSENT_OK) {
        (void)assent_audit_log_idle(&w->device.log, w->device.now);
    }
    cuts += w->device.sim.dead;
}

TEST(every_cut_leaves_the_old_state_or_the_new_one_and_the_log_explains_it)
{
    cuts = 0;
    open_world(&base);
    open_world(&work);
    for (unsigned i = 1; i < OPS && test_failures == 0; i++) {
        struct op op = choose(&base, i);

        for (unsigned mode = FLASH_SIM_CUT_BEFORE; mode < FLASH_SIM_CUT_COUNT; mode++) {
            bool cut = true;

            for (uint64_t at = 1; cut; at++) {
                world_copy(&work, &base);
                flash_sim_cut(&work.device.sim, at, (enum flash_sim_cut)mode);
                (void)run(&work, &op);
                cut = work.device.sim.dead;
                cuts += cut;
                if (cut && (at + mode) % 3 == 0) {
                    start_again(&work);
                }
                if (cut && !check(&work, &op)) {
                    printf("op %u kind %d visitor %u, cut %u mode %u\n", i, op.kind, op.visitor,
                           (unsigned)at, mode);
                    cut = false;
                }
            }
        }
        CHECK_INT(run(&base, &op), ASSENT_OK);
        accept(&base, &op);
        base.device.now.unix_s += DAY_S;
    }
    device_close(&base.device);
    device_close(&work.device);
    printf("%llu cuts\n", (unsigned long long)cuts);
}

TEST(two_hundred_cuts_in_a_row_lose_and_leave_nothing)
{
    cuts = 0;
    for (uint32_t image = 0; image < RUNS && test_failures == 0; image++) {
        unsigned number = 1;

        open_world(&work);
        work.device.sim.seed ^= image * 7919;
        for (unsigned i = 0; i < CUTS_IN_A_ROW && test_failures == 0; i++) {
            struct op op = {SWEEP, 0, 0};

            flash_sim_cut(&work.device.sim, 1 + pick(40), (enum flash_sim_cut)(1 + pick(5)));
            while (!work.device.sim.dead) {
                op = choose(&work, number++);
                if (run(&work, &op) == ASSENT_OK && !work.device.sim.dead) {
                    accept(&work, &op);
                }
                work.device.now.unix_s += DAY_S / 4;
            }
            cuts++;
            if (pick(3) == 0) {
                start_again(&work);
            }
            if (!check(&work, &op)) {
                printf("image %u cut %u op %u kind %d\n", image, i, number, op.kind);
            }
        }
        device_close(&work.device);
    }
    printf("%llu cuts\n", (unsigned long long)cuts);
}

TEST_MAIN(CASE(every_cut_leaves_the_old_state_or_the_new_one_and_the_log_explains_it),
          CASE(two_hundred_cuts_in_a_row_lose_and_leave_nothing))
