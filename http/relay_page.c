/* SPDX-License-Identifier: MIT */
#include "http/relay_page.h"

#include "http/guard.h"
#include "http/notice.h"
#include "http/page.h"

/* Source bytes of a part at a time; a character of two bytes takes seven as a reference. */
enum { WINDOW_BYTES = 256, GROWTH = 4, ROOM_MIN = 64 };

/* Whether a policy names a host: itself, or "*." and what it ends with; a port does not matter. */
static bool is_named(const struct assent_policy *policy, struct assent_span host)
{
    struct assent_policy_host row;

    for (unsigned i = 0; assent_policy_host(policy, i, &row) == ASSENT_OK; i++) {
        struct assent_span rest = row.host;
        struct assent_span name = assent_span_take(&rest, ':');
        size_t skip = 0;

        if (assent_span_starts(name, ASSENT_SPAN("*.")) && host.len >= name.len) {
            skip = host.len - name.len + 1; /* "*.a.b" is what ends with ".a.b" */
            name = assent_span_slice(name, 1, name.len);
        }
        if (assent_span_equal_nocase(assent_span_slice(host, skip, host.len), name)) {
            return true;
        }
    }
    return false;
}

static void note_host(void *ctx, struct assent_span host)
{
    const struct assent_visit *visit = ctx;

    if (!assent_span_equal_nocase(host, visit->request.host) &&
        !is_named(&visit->site->policy, host)) {
        assent_unclassified_note(visit->app->hosts, visit->site->number, host, true,
                                 visit->gate.now);
    }
}

bool assent_relay_page_begin(struct assent_relay *relay, bool known)
{
    struct assent_visit *visit = relay->visit;

    if (assent_guard_form(visit, visit->form) != ASSENT_OK) {
        return false;
    }
    visit->gate.notice = visit->gate.decision.ask;
    visit->parts = NULL;
    assent_insert_init(&relay->insert, visit->gate.decision.allowed, known);
    relay->insert.host.found = visit->app->hosts != NULL ? note_host : NULL;
    relay->insert.host.ctx = visit;
    return true;
}

/* ---- parts ---- */

/* Text of a page as ASCII.
 *   return  bytes of text that were used: not a piece of a character at its end */
static size_t encode(struct assent_span text, struct assent_writer *w)
{
    size_t at = 0;

    while (at < text.len) {
        struct assent_span rest = assent_span_slice(text, at, text.len);
        size_t len = assent_writer_utf8_length(rest);
        uint32_t code = rest.ptr[0];

        if (len == 0) {
            break;
        }
        if (len == 1) {
            assent_writer_byte(w, rest.ptr[0]);
        } else {
            code &= 0x7FU >> len;
            for (size_t i = 1; i < len; i++) {
                code = code << 6 | (rest.ptr[i] & 0x3FU);
            }
            assent_writer_text(w, "&#");
            assent_writer_decimal(w, code);
            assent_writer_byte(w, ';');
        }
        at += len;
    }
    return at;
}

/* One piece of the parts under way.
 *   return  false: they are complete */
static bool write_piece(struct assent_visit *visit, struct assent_response *response, size_t room)
{
    uint8_t window[WINDOW_BYTES];
    uint8_t ascii[WINDOW_BYTES * GROWTH];
    struct assent_writer w = assent_writer(ascii, sizeof(ascii));
    size_t cap = room / GROWTH < sizeof(window) ? room / GROWTH : sizeof(window);
    struct assent_html h = assent_html(window, cap, visit->offset);
    size_t used;

    if (!assent_page_write_part(&h, visit)) {
        return false;
    }
    used = encode(assent_span(window, h.len), &w);
    (void)assent_response_write(response, assent_writer_span(&w));
    if ((used < h.len || assent_html_is_cut(&h, visit->offset)) && used > 0) {
        visit->offset += (uint32_t)used;
    } else {
        visit->index++;
        visit->offset = 0;
    }
    return true;
}

static void start_parts(struct assent_visit *visit, enum assent_insert_event event)
{
    static assent_page_part *const notice[] = {assent_notice_part, NULL};
    static assent_page_part *const link[] = {assent_notice_link, NULL};

    visit->parts = event == ASSENT_INSERT_START ? notice : link;
    visit->part = 0;
    visit->index = 0;
    visit->offset = 0;
}

/* Parts that are under way.
 *   return  false: there is no room for all of them now */
static bool write_parts(struct assent_visit *visit, struct assent_response *response)
{
    while (visit->parts != NULL) {
        size_t room = assent_response_room(response);

        if (room < ROOM_MIN) {
            return false;
        }
        if (!write_piece(visit, response, room)) {
            visit->parts = NULL;
        }
    }
    return true;
}

/* ---- the page ---- */

/* Go on as far as input and room reach.
 *   return  true: all input is used and written */
static bool pass(struct assent_relay *relay, struct assent_span *in)
{
    struct assent_response *response = &relay->engine->response;

    while (write_parts(relay->visit, response)) {
        size_t room = assent_response_room(response);
        struct assent_span out;
        enum assent_insert_event event;

        if (room < ROOM_MIN) {
            return false;
        }
        event = assent_insert_next(&relay->insert, in, room, &out);
        if (event == ASSENT_INSERT_MORE) {
            return true;
        }
        if (event == ASSENT_INSERT_BYTES) {
            (void)assent_response_write(response, out);
        } else {
            start_parts(relay->visit, event);
        }
    }
    return false;
}

void assent_relay_page_write(struct assent_relay *relay, struct assent_span *in)
{
    (void)pass(relay, in);
}

bool assent_relay_page_end(struct assent_relay *relay)
{
    struct assent_span none = assent_span(NULL, 0);

    assent_insert_end(&relay->insert);
    return pass(relay, &none);
}
