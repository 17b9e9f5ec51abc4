/* SPDX-License-Identifier: MIT */
/* Answers of applications: heads to the engine's answer, then content. */
#include "http/relay_state.h"

#include "http/relay_head.h"
#include "http/relay_page.h"

enum { FINAL_ROOM = 1024, END_ROOM = 8 };

/* ---- heads of answers ---- */

static struct assent_span held(const struct assent_relay *relay)
{
    return assent_span(relay->recv + relay->recv_start, assent_relay_held(relay));
}

static void use(struct assent_relay *relay, size_t len)
{
    relay->recv_start = (uint16_t)(relay->recv_start + len);
    if (relay->recv_start == relay->recv_end) {
        relay->recv_start = relay->recv_end = 0;
    }
    wake(relay);
}

/* Whether a head and what the gate makes of it will find room in the engine's buffer. */
static bool has_room(const struct assent_relay *relay, const struct assent_reply *reply)
{
    const struct assent_response *response = &relay->engine->response;

    return (size_t)(response->cap - response->end) >= 2 * reply->head_bytes + FINAL_ROOM;
}

/* A 1xx answer. One that finds no room is left out: it is only a hint. */
static void pass_interim(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;

    if (reply->status == 100) {
        clear(relay, HOLDING); /* the engine tells the visitor, if it waits */
    } else if (has_room(relay, reply)) {
        assent_response_start(response, reply->status);
        assent_relay_copy_fields(response, reply, false);
        (void)assent_response_interim(response);
    }
}

static void pass_upgrade(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;

    assent_response_start(response, 101);
    assent_relay_copy_fields(response, reply, false);
    (void)assent_response_until_close(response);
    assent_body_init(&relay->body, ASSENT_BODY_CLOSE, 0);
    relay->state = ASSENT_RELAY_TUNNEL;
}

static void pass_final(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;
    bool changed = has(relay, PAGE) && assent_relay_is_html(reply) &&
                   assent_relay_page_begin(relay, has(relay, KNOWN));

    assent_response_start(response, reply->status);
    assent_relay_copy_fields(response, reply, changed);
    assent_body_init(&relay->body, (enum assent_body_kind)reply->body, reply->content_length);
    if (reply->keep_alive) {
        set(relay, REUSABLE);
    }
    clear(relay, HOLDING);
    set(relay, changed && reply->body != ASSENT_BODY_NONE ? INSERTING : 0);
    relay->state = ASSENT_RELAY_BODY;
    if (reply->has_length && !changed) {
        (void)assent_response_length(response, reply->content_length);
    } else {
        (void)assent_response_chunked(response);
    }
}

/* The head of an answer is complete.
 *   return  false: it waits, or has been refused */
static bool pass_head(struct assent_relay *relay, const struct assent_reply *reply)
{
    bool interim = reply->status < 200 && reply->status != 101;

    if ((interim && ++relay->interim_count > ASSENT_RELAY_INTERIM) ||
        (reply->status == 101 && !has(relay, UPGRADE))) {
        assent_relay_give_up(relay, 502);
        return false;
    }
    if (interim) {
        pass_interim(relay, reply);
    } else if (!has_room(relay, reply) && relay->engine->response.end > 0) {
        return false; /* an interim answer has to leave first: see assent_relay_tick */
    } else if (reply->status == 101) {
        pass_upgrade(relay, reply);
    } else {
        pass_final(relay, reply);
    }
    use(relay, reply->head_bytes);
    return true;
}

void assent_relay_read_heads(struct assent_relay *relay)
{
    struct assent_reply reply;
    int result;

    while (relay->state == ASSENT_RELAY_HEAD &&
           (assent_relay_held(relay) > 0 || has(relay, APP_ENDED))) {
        bool head_only = relay->engine->request.method == ASSENT_METHOD_HEAD;

        result = assent_reply_parse(&reply, held(relay), head_only);
        if (result == ASSENT_ERR_MORE && assent_relay_held(relay) < ASSENT_RELAY_HEAD_BYTES &&
            !has(relay, APP_ENDED)) {
            return;
        }
        if (result != ASSENT_OK) {
            assent_relay_give_up(relay, 502);
            return;
        }
        if (!pass_head(relay, &reply)) {
            return;
        }
    }
}

/* ---- content of answers ---- */

/* All content has come: the end, when there is room for it. */
static void end_answer(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;

    set(relay, ENDING);
    if ((!has(relay, INSERTING) || assent_relay_page_end(relay)) &&
        assent_response_end(response) != ASSENT_ERR_SPACE) {
        relay->state = ASSENT_RELAY_DONE;
    }
}

/* Trailers; those that find no room are left out, and those of a page that was changed. */
static void pass_trailers(struct assent_relay *relay, struct assent_span trailers)
{
    struct assent_response *response = &relay->engine->response;
    struct assent_head fields;
    struct assent_head_field field;

    if (trailers.len == 0 || has(relay, INSERTING) ||
        assent_head_start(&fields, trailers, NULL) != ASSENT_OK) {
        return;
    }
    while (assent_head_next(&fields, &field) == 1) {
        (void)assent_response_trailer(response, field.name, field.value);
    }
}

/* One piece of content.
 *   return  whether there may be more to do now */
static bool pass_piece(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;
    struct assent_span in = held(relay);
    size_t before = in.len;
    struct assent_span out;
    size_t taken = 0;
    int result = assent_body_next(&relay->body, &in, &out);

    if (result == 1) {
        taken = out.len;
        if (has(relay, INSERTING)) {
            assent_relay_page_write(relay, &out);
            taken -= out.len;
        } else {
            taken = assent_response_write(response, out);
        }
        assent_body_take(&relay->body, &in, taken);
    } else if (result == 0) {
        pass_trailers(relay, out);
    }
    use(relay, before - in.len);
    if (result == 0) {
        end_answer(relay);
    } else if (result != 1 && result != ASSENT_ERR_MORE) {
        assent_relay_give_up(relay, 502);
    } else if (result == ASSENT_ERR_MORE && has(relay, APP_ENDED)) {
        if (assent_body_end(&relay->body) == ASSENT_OK) {
            end_answer(relay);
        } else {
            assent_relay_give_up(relay, 502);
        }
    }
    return taken > 0;
}

/* Whether something can be written, be it the end alone. */
static bool has_output(const struct assent_response *response)
{
    size_t room = assent_response_room(response);

    return response->kind == ASSENT_BODY_LENGTH ? room > 0 || response->left == 0
                                                : room >= END_ROOM;
}

void assent_relay_produce(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;

    while ((relay->state == ASSENT_RELAY_BODY || relay->state == ASSENT_RELAY_TUNNEL) &&
           response->state == ASSENT_RESPONSE_BODY) {
        if (has(relay, ENDING)) {
            end_answer(relay);
            return;
        }
        if (!has_output(response) || !pass_piece(relay)) {
            return;
        }
    }
}
