/* SPDX-License-Identifier: MIT */
/* assent gate: raw message heads in, filtered heads out, as the device does it on the wire. */
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gate.h"
#include "core/head.h"
#include "port/host/error_text.h"
#include "port/host/ledger_table.h"
#include "tools/gate_unreadable.h"
#include "tools/policy_model.h"
#include "tools/values.h"

enum { LEDGER_BYTES = 1 << 16, EXTRA_BYTES = 1 << 14 };

struct options {
    const char *policy;
    const char *state;
    const char *now;
    const char *given;
    const char *ledger;
    const char *request;
    bool gpc;
    bool https;
    bool minor;
    bool restricted;
    bool objected;
    bool withdrawn;
    bool notice;
    bool no_csp;
    bool explain;
};

/* Everything one call needs. */
struct gate_run {
    bool response; /* the head to filter is that of a response */
    struct options options;
    struct assent_policy policy;
    uint8_t *image;
    struct assent_consent consent;
    bool has_consent;
    struct assent_ledger_table table;
    struct assent_ledger ledger;
    struct assent_gate gate;
    struct assent_gate_input input;
    struct assent_gate_exchange exchange;
};

/* Those of a response stand at the end. */
enum { RESPONSE_OPTIONS = 5 };

static int read_options(int argc, char **argv, bool response, struct options *o)
{
    const struct tool_option list[] = {
        {"--policy", &o->policy, NULL},
        {"--state", &o->state, NULL},
        {"--given", &o->given, NULL},
        {"--now", &o->now, NULL},
        {"--restricted", NULL, &o->restricted},
        {"--objected", NULL, &o->objected},
        {"--gpc", NULL, &o->gpc},
        {"--https", NULL, &o->https},
        {"--minor", NULL, &o->minor},
        {"--explain", NULL, &o->explain},
        {"--ledger", &o->ledger, NULL},
        {"--request", &o->request, NULL},
        {"--withdrawn", NULL, &o->withdrawn},
        {"--notice", NULL, &o->notice},
        {"--no-csp", NULL, &o->no_csp},
    };
    size_t count = sizeof(list) / sizeof(list[0]);
    int others = tool_options(argc, argv, list, response ? count : count - RESPONSE_OPTIONS);

    if (others < 0) {
        return TOOL_USAGE;
    }
    if (others > 0) {
        return tool_usage("unexpected argument '%s'; the head comes from standard input", argv[0]);
    }
    if (o->policy == NULL) {
        return tool_usage("--policy is missing");
    }
    if (o->given != NULL && o->state == NULL && !o->restricted && !o->objected) {
        return tool_usage("--given: no choice was made then; --state, --restricted or --objected "
                          "says one");
    }
    return TOOL_OK;
}

static int read_ledger(struct gate_run *run)
{
    uint8_t *bytes;
    FILE *probe;
    int result;

    run->table.ptr = calloc(1, LEDGER_BYTES);
    run->table.cap = LEDGER_BYTES;
    if (run->table.ptr == NULL) {
        return tool_fail(NULL, "%s", strerror(errno));
    }
    run->ledger = assent_ledger_table_open(&run->table);
    run->gate.ledger = &run->ledger;
    probe = fopen(run->options.ledger, "rb");
    if (probe == NULL && errno == ENOENT) {
        return TOOL_OK; /* a new one */
    }
    if (probe != NULL) {
        fclose(probe);
    }
    result = tool_read(run->options.ledger, &bytes, &run->table.len);
    if (result != TOOL_OK) {
        return result;
    }
    if (run->table.len > LEDGER_BYTES) {
        free(bytes);
        return tool_fail(run->options.ledger, "larger than %d bytes", LEDGER_BYTES);
    }
    memcpy(run->table.ptr, bytes, run->table.len);
    free(bytes);
    for (size_t at = 0; at < run->table.len;) {
        struct assent_ledger_tuple tuple;
        int len =
            assent_ledger_decode(assent_span(run->table.ptr + at, run->table.len - at), &tuple);

        if (len < 0) {
            return tool_fail(run->options.ledger, "byte %zu: not a ledger", at);
        }
        at += (size_t)len;
    }
    return TOOL_OK;
}

static int write_ledger(const struct gate_run *run)
{
    FILE *file = fopen(run->options.ledger, "wb");
    bool ok = file != NULL && fwrite(run->table.ptr, 1, run->table.len, file) == run->table.len;

    if (file != NULL) {
        ok = fclose(file) == 0 && ok;
    }
    return ok ? TOOL_OK : tool_fail(run->options.ledger, "%s", strerror(errno));
}

static void print_unclassified(void *ctx, const struct assent_gate_report *report)
{
    (void)ctx;
    fprintf(stderr, "unclassified: \"%.*s\" in %s\n", (int)report->name.len,
            report->name.len > 0 ? (const char *)report->name.ptr : "",
            report->set != NULL ? "Set-Cookie" : "Cookie");
}

/* The choice as the options say it, made under the policy as it is now. */
static void fill_consent(struct gate_run *run)
{
    const struct options *o = &run->options;
    struct assent_consent *consent = &run->consent;

    run->has_consent = o->state != NULL || o->restricted || o->objected;
    consent->trust = ASSENT_CLOCK_SYNCED;
    consent->revision = run->policy.revision;
    consent->rights = run->policy.rights;
    consent->valid_days = run->policy.grant_days;
    consent->sequence = 1;
    memcpy(consent->fingerprint, run->policy.fingerprint, sizeof(consent->fingerprint));
    consent->flags = (uint8_t)((o->minor ? 0 : ASSENT_CONSENT_AGE_CONFIRMED) |
                               (o->gpc ? ASSENT_CONSENT_GPC_PRESENT : 0) |
                               (o->restricted ? ASSENT_CONSENT_RESTRICTED : 0) |
                               (o->objected ? ASSENT_CONSENT_OBJECTED : 0));
}

static int prepare(int argc, char **argv, bool response, struct gate_run *run)
{
    int result;

    memset(run, 0, sizeof(*run));
    run->response = response;
    result = read_options(argc, argv, response, &run->options);
    if (result == TOOL_OK && run->options.state != NULL) {
        result = tool_state("--state", run->options.state, run->consent.choice);
    }
    if (result == TOOL_OK) {
        result = tool_time("--now", run->options.now, &run->input.now.unix_s);
        run->input.now.trust = ASSENT_CLOCK_SYNCED;
        run->consent.changed_s = run->input.now.unix_s;
    }
    if (result == TOOL_OK && run->options.given != NULL) {
        result = tool_time("--given", run->options.given, &run->consent.changed_s);
    }
    if (result == TOOL_OK) {
        result = policy_load(run->options.policy, &run->image, &run->policy);
    }
    if (result == TOOL_OK && run->options.ledger != NULL) {
        result = read_ledger(run);
    }
    if (result != TOOL_OK) {
        return result;
    }
    fill_consent(run);
    run->gate.policy = &run->policy;
    run->gate.decision_field = ASSENT_SPAN("Assent-Consent");
    run->gate.csp = !run->options.no_csp;
    run->gate.report = run->options.explain ? print_unclassified : NULL;
    run->input.https = run->options.https;
    run->input.preset = true;
    run->input.consent = run->has_consent ? &run->consent : NULL;
    run->input.gpc = run->options.gpc;
    return TOOL_OK;
}

static void release(struct gate_run *run)
{
    free(run->image);
    free(run->table.ptr);
}

static void explain(const struct gate_run *run)
{
    const struct assent_decision *d = &run->exchange.decision;

    if (!run->options.explain) {
        return;
    }
    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        fprintf(stderr, "%s: %s, %s\n", assent_consent_tier_name((enum assent_tier)t),
                (d->allowed & ASSENT_TIER_BIT(t)) != 0 ? "allowed" : "not allowed",
                assent_decision_reason_name((enum assent_reason)d->reason[t]));
    }
    fprintf(stderr, "notice: %s\n", d->ask ? "to be shown" : "not to be shown");
    if (!run->response) {
        fprintf(stderr, "cookies: %u passed, %u dropped, %u unclassified\n",
                run->exchange.passed_count, run->exchange.dropped_count,
                run->exchange.unclassified_count);
    }
}

static int check_start(const char *place, struct assent_span start, bool response)
{
    if (assent_span_starts(start, ASSENT_SPAN("HTTP/")) != response) {
        return tool_fail(place, response ? "line 1: not a status line: is it the head of a request?"
                                         : "line 1: a status line, expected a request line");
    }
    (void)assent_span_take(&start, ' ');
    if (!response && assent_span_take(&start, ' ').len == 0) {
        return tool_fail(place, "line 1: no target");
    }
    return TOOL_OK;
}

/* Length of the head at the start of the input, or a report of where it is no head.
 *   name  name on standard error what cannot be read */
static int head_length(const char *place, struct assent_span input, bool response, bool name,
                       size_t *len)
{
    struct assent_head head;
    struct assent_head_field field;
    struct assent_span start;
    unsigned line = 1;
    int result = assent_head_start(&head, input, &start);

    if (result == ASSENT_OK && check_start(place, start, response) != TOOL_OK) {
        return TOOL_FAILED;
    }
    while (result == ASSENT_OK || result == 1) {
        line++;
        result = assent_head_next(&head, &field);
        if (result == ASSENT_OK) {
            *len = (size_t)(head.at - input.ptr);
            return TOOL_OK;
        }
        if (result == 1 && name) {
            gate_unreadable_name(&field, line, response);
        }
    }
    if (result == ASSENT_ERR_MORE) {
        return tool_fail(place, "line %u: ends before the empty line that ends a head", line);
    }
    return tool_fail(
        place, "line %u: not a line of a message head (RFC 9112: name, colon, value, CR LF)", line);
}

/* Filter a request head; the rest of the input is left alone. */
static int filter_request(struct gate_run *run, const char *place, uint8_t *bytes, size_t *head_len,
                          size_t *new_len)
{
    size_t len = *head_len;
    int result = head_length(place, assent_span(bytes, len), false,
                             run->options.explain && !run->response, head_len);

    if (result != TOOL_OK) {
        return result;
    }
    result = assent_gate_request(&run->gate, &run->input, bytes, *head_len, &run->exchange);
    if (result == ASSENT_ERR_LIMIT) {
        return tool_fail(place, "more than %d Cookie fields (Cookie2 and Assent-Consent count too)",
                         ASSENT_GATE_FIELDS);
    }
    if (result < 0) {
        return tool_fail(place, "%s", assent_error_text(result));
    }
    *new_len = (size_t)result;
    return TOOL_OK;
}

static int run_request(int argc, char **argv)
{
    struct gate_run run;
    uint8_t *bytes = NULL;
    size_t len = 0;
    size_t head_len;
    size_t new_len = 0;
    int result = prepare(argc, argv, false, &run);

    if (result == TOOL_OK) {
        result = tool_read("-", &bytes, &len);
    }
    head_len = len;
    if (result == TOOL_OK) {
        result = filter_request(&run, "standard input", bytes, &head_len, &new_len);
    }
    if (result == TOOL_OK) {
        fwrite(bytes, 1, new_len, stdout);
        fwrite(bytes + head_len, 1, len - head_len, stdout);
        explain(&run);
    }
    free(bytes);
    release(&run);
    return result;
}

/* The request that the response answers: given, or one that asks for "/" without cookies. */
static int answered_request(struct gate_run *run)
{
    static const char plain[] = "GET / HTTP/1.1\r\n\r\n";
    uint8_t *bytes = NULL;
    size_t len = sizeof(plain) - 1;
    size_t new_len;
    int result = TOOL_OK;

    if (run->options.request != NULL) {
        result = tool_read(run->options.request, &bytes, &len);
    } else {
        bytes = malloc(len);
        if (bytes == NULL) {
            return tool_fail(NULL, "%s", strerror(errno));
        }
        memcpy(bytes, plain, len);
    }
    if (result == TOOL_OK) {
        result = filter_request(run, run->options.request != NULL ? run->options.request : "",
                                bytes, &len, &new_len);
    }
    free(bytes);
    run->exchange.expire_all = run->options.withdrawn;
    run->exchange.notice = run->options.notice;
    return result;
}

static int filter_response(struct gate_run *run, struct assent_span head, struct assent_span rest)
{
    size_t cap = head.len * 2 + EXTRA_BYTES;
    uint8_t *room = malloc(cap);
    struct assent_writer out = assent_writer(room, room != NULL ? cap : 0);
    enum assent_gate_response_kind kind = ASSENT_GATE_FINAL;
    int result;

    if (head.len > 9 && head.ptr[9] == '1') { /* "HTTP/1.1 103": the first digit of the status */
        kind = ASSENT_GATE_INTERIM;
    }
    result = assent_gate_response(&run->gate, &run->exchange, kind, head, &out);
    if (result == ASSENT_OK) {
        fwrite(out.ptr, 1, out.len, stdout);
        fwrite(rest.ptr, 1, rest.len, stdout);
        explain(run);
    }
    free(room);
    return result == ASSENT_OK ? TOOL_OK
                               : tool_fail("standard input", "%s", assent_error_text(result));
}

static int run_response(int argc, char **argv)
{
    struct gate_run run;
    uint8_t *bytes = NULL;
    size_t len = 0;
    size_t head_len = 0;
    int result = prepare(argc, argv, true, &run);

    if (result == TOOL_OK) {
        result = answered_request(&run);
    }
    if (result == TOOL_OK) {
        result = tool_read("-", &bytes, &len);
    }
    if (result == TOOL_OK) {
        result = head_length("standard input", assent_span(bytes, len), true, run.options.explain,
                             &head_len);
    }
    if (result == TOOL_OK) {
        result = filter_response(&run, assent_span(bytes, head_len),
                                 assent_span(bytes + head_len, len - head_len));
    }
    if (result == TOOL_OK && run.options.ledger != NULL) {
        result = write_ledger(&run);
    }
    free(bytes);
    release(&run);
    return result;
}

#define COMMON_HELP                                                                                \
    "  --policy FILE   the policy: an image or its JSON source\n"                                  \
    "  --state LIST    the choice: analytics=granted,advertising=refused; without it, none\n"      \
    "  --given TIME    when the choice was made, as --now; without it, now\n"                      \
    "  --restricted    the visitor asked to restrict processing\n"                                 \
    "  --objected      the visitor objected to processing\n"                                       \
    "  --gpc           as if the request carried Sec-GPC: 1\n"                                     \
    "  --now TIME      2026-01-31T12:00:00Z or seconds since 1970; without it, the clock\n"        \
    "  --https         the visitor's connection is encrypted\n"                                    \
    "  --minor         the visitor did not confirm the policy's minimum age\n"                     \
    "  --explain       say on standard error what was decided, and which cookies are unknown or\n" \
    "                  cannot be read\n"

static const struct tool_command subcommands[] = {
    {"request", "--policy FILE [--state LIST] [OPTION...]",
     "filter a request head from standard input",
     "Cookies of tiers that are not allowed are taken out of the Cookie field. What follows the\n"
     "head is copied.\n\n" COMMON_HELP,
     NULL, run_request},
    {"response", "--policy FILE [--state LIST] [OPTION...]",
     "filter a response head from standard input",
     "Set-Cookie fields are kept, hardened, shortened or dropped, and Content-Security-Policy and\n"
     "caching fields are added. What follows the head is copied.\n\n" COMMON_HELP
     "  --request FILE  the request head that is answered: its dropped cookies are expired\n"
     "  --ledger FILE   remember the places of cookies there, and expire by it\n"
     "  --withdrawn     expire every cookie of the ledger that is not allowed\n"
     "  --notice        the response contains the notice\n"
     "  --no-csp        add no Content-Security-Policy\n",
     NULL, run_response},
    {.name = NULL},
};

const struct tool_command tool_gate = {
    "gate", "",          "filter request and response heads by a policy and a choice",
    NULL,   subcommands, NULL};
