/* SPDX-License-Identifier: MIT */
/* One byte after the other through the states of the tokenizer. A tag is held from its '<' until its name
 * is known, a script's until its '>'; everything else is sent at once. */
#include "http/insert.h"

#include "core/words.h"
#include "http/insert_state.h"
#include "http/insert_tag.h"

/* What a start tag's name means. */
const char assent_insert_raw[] = "script\0"
                                 "style\0"
                                 "title\0"
                                 "textarea\0"
                                 "xmp\0"
                                 "iframe\0"
                                 "noembed\0"
                                 "noframes\0"
                                 "noscript\0";

void assent_insert_init(struct assent_insert *insert, uint8_t allowed, bool page)
{
    insert->hold_len = insert->hold_sent = 0;
    insert->state = TEXT;
    insert->mode = HEAD;
    insert->allowed = allowed;
    insert->raw = RAW_NONE;
    insert->matched = 0;
    insert->templates = 0;
    insert->foreign = 0;
    insert->escape = 0;
    insert->dashes = 0;
    insert->event = ASSENT_INSERT_MORE;
    insert->host.found = NULL;
    insert->flags = page ? PAGE : 0;
}

void assent_insert_end(struct assent_insert *insert)
{
    set(insert, FINISHED, true);
}

/* The body opens here.
 *   return  whether the notice may stand here */
bool assent_insert_open_body(struct assent_insert *insert)
{
    insert->mode = BODY;
    if (has(insert, STARTED | NO_BODY)) {
        return false;
    }
    set(insert, has(insert, PAGE) ? STARTED : NO_BODY, true);
    return has(insert, STARTED);
}

/* The end of the page: whatever follows </body> still goes into the body (s. 13.2.6.4.19 to 22), so that the
 * link stands at the foot and ends no element too early.
 *   return  whether it may stand here */
static bool close_body(struct assent_insert *insert)
{
    if (!has(insert, STARTED) || has(insert, ENDED | NO_BODY | SELECT) || insert->templates > 0 ||
        insert->foreign > 0) {
        return false;
    }
    set(insert, ENDED, true);
    return true;
}

static struct assent_span name_of(const struct assent_insert *insert)
{
    size_t from = has(insert, CLOSING) ? 2 : 1;

    return assent_span(insert->hold + from, (size_t)(insert->hold_len - from));
}

/* ---- tags whose name is complete ---- */

enum {
    TAG_HTML,
    TAG_HEAD,
    TAG_BODY,
    TAG_FRAMESET,
    TAG_TEMPLATE,
    TAG_IN_HEAD = 10,
    TAG_SELECT = 10,
    TAG_PLAINTEXT,
    TAG_BR
};

static unsigned find_tag(struct assent_span name)
{
    static const char words[] = "html\0"
                                "head\0"
                                "body\0"
                                "frameset\0"
                                "template\0"
                                "meta\0"
                                "link\0"
                                "base\0"
                                "basefont\0"
                                "bgsound\0"
                                "select\0"
                                "plaintext\0"
                                "br\0";

    return assent_words_find(words, name);
}

/* Whether a start tag leaves the body closed ("in head", "after head": s. 13.2.6.4.4, 13.2.6.4.6). */
static bool stays_in_head(const struct assent_insert *insert, unsigned tag, unsigned raw)
{
    if (insert->templates > 0) {
        return true;
    }
    if (raw == RAW_NOSCRIPT) {
        return !has(insert, AFTER_HEAD);
    }
    return tag < TAG_IN_HEAD || raw <= RAW_TITLE || raw == RAW_NOSCRIPT - 1;
}

/* Foreign elements change what names mean; what stands in a foreignObject is HTML again. */
static void count_foreign(struct assent_insert *insert, struct assent_span name, bool closing)
{
    static const char words[] = "svg\0"
                                "math\0"
                                "foreignobject\0"
                                "annotation-xml\0";
    unsigned found = assent_words_find(words, name);

    if (found == 4) {
        return;
    }
    if (!closing && insert->foreign < UINT8_MAX) {
        insert->foreign++;
        set(insert, GREW, true);
    } else if (closing && insert->foreign > 0) {
        insert->foreign--;
    }
}

/* A start tag.
 *   return  whether START comes before it */
static bool start_tag(struct assent_insert *insert, struct assent_span name)
{
    unsigned tag = find_tag(name);
    unsigned raw = is_foreign(insert) ? RAW_NONE : assent_words_find(assent_insert_raw, name);
    bool start = false;

    if (insert->mode == HEAD && insert->templates == 0) {
        set(insert, PAGE, has(insert, PAGE) || tag <= TAG_FRAMESET);
        if (tag == TAG_FRAMESET) {
            set(insert, NO_BODY, true);
            insert->mode = BODY;
        } else if (tag == TAG_BODY) {
            set(insert, OPENS, true);
        } else if (!stays_in_head(insert, tag, raw)) {
            start = assent_insert_open_body(insert);
        }
    }
    if (tag == TAG_TEMPLATE && insert->templates < UINT8_MAX && !is_foreign(insert)) {
        insert->templates++;
    }
    set(insert, SELECT, has(insert, SELECT) != (tag == TAG_SELECT)); /* within one it ends it */
    set(insert, PLAIN, tag == TAG_PLAINTEXT && !is_foreign(insert));
    insert->raw = (uint8_t)raw;
    set(insert, SCRIPT, raw == RAW_SCRIPT && (insert->allowed & ~1U) != 0);
    return start;
}

/* An end tag.
 *   return  whether START comes before it */
static bool end_tag(struct assent_insert *insert, struct assent_span name)
{
    unsigned tag = find_tag(name);

    insert->raw = RAW_NONE;
    set(insert, SCRIPT, false);
    if (tag == TAG_TEMPLATE && insert->templates > 0) {
        insert->templates--;
    } else if (tag == TAG_HEAD && insert->mode == HEAD && insert->templates == 0) {
        set(insert, AFTER_HEAD | PAGE, true);
    } else if (tag == TAG_SELECT) {
        set(insert, SELECT, false);
    }
    return insert->mode == HEAD && insert->templates == 0 &&
           (tag == TAG_BODY || tag == TAG_HTML || tag == TAG_BR) && assent_insert_open_body(insert);
}

/* The name of the held tag is complete. */
void assent_insert_judge_tag(struct assent_insert *insert)
{
    struct assent_span name = name_of(insert);
    bool closing = has(insert, CLOSING);

    assent_insert_host_tag(&insert->host, closing ? assent_span(NULL, 0) : name);
    if (closing ? end_tag(insert, name) : start_tag(insert, name)) {
        insert->event = ASSENT_INSERT_START;
    }
    set(insert, SELF | GREW, false);
    count_foreign(insert, name, closing);
}

/* The tag's '>' has come, and is held if the tag is. */
void assent_insert_finish_tag(struct assent_insert *insert)
{
    bool raw = insert->raw != RAW_NONE && !has(insert, CLOSING);

    if (has(insert, SELF) && has(insert, GREW)) {
        insert->foreign--; /* <svg/> */
    }
    if (has(insert, SCRIPT)) {
        insert->hold_len =
            (uint16_t)assent_insert_tag_release(insert->hold, insert->hold_len, insert->allowed);
        set(insert, RELEASE, true);
    }
    if (has(insert, OPENS) && assent_insert_open_body(insert)) {
        insert->event = ASSENT_INSERT_START;
    }
    set(insert, SCRIPT | OPENS, false);
    insert->state = raw ? RAW : has(insert, PLAIN) && !has(insert, CLOSING) ? PASS : TEXT;
    insert->matched = 0;
    insert->escape = 0;
    insert->dashes = 0;
}

/* ---- the stream ---- */

/* What is left at the end of the input. */
static void finish(struct assent_insert *insert)
{
    if (insert->state == TEXT) {
        if (insert->mode == HEAD && insert->templates == 0 && assent_insert_open_body(insert)) {
            insert->event = ASSENT_INSERT_START;
        } else if (insert->mode == BODY && close_body(insert)) {
            insert->event = ASSENT_INSERT_END;
        }
    } else if (insert->hold_len > 0) {
        (void)assent_insert_let_go(insert, PASS);
    }
}

/* Bytes up to the next thing that is to be done first.
 *   return  bytes that are sent on; in is shortened by those that are held, too */
static size_t run(struct assent_insert *insert, struct assent_span *in, size_t room)
{
    size_t used = 0;
    enum step how = SEND;

    while (how == SEND && used < in->len && used < room && insert->event == ASSENT_INSERT_MORE) {
        how = assent_insert_step(insert, in->ptr[used]);
        used += how == SEND;
    }
    if (how == HOLD) {
        insert->hold[insert->hold_len++] = in->ptr[used];
    }
    *in = assent_span_slice(*in, used + (how == HOLD || how == TAKEN), in->len);
    return used;
}

static struct assent_span from_hold(struct assent_insert *insert, size_t room)
{
    size_t left = (size_t)(insert->hold_len - insert->hold_sent);
    struct assent_span out =
        assent_span(insert->hold + insert->hold_sent, left < room ? left : room);

    insert->hold_sent = (uint16_t)(insert->hold_sent + out.len);
    return out;
}

enum assent_insert_event assent_insert_next(struct assent_insert *insert, struct assent_span *in,
                                            size_t room, struct assent_span *out)
{
    for (;;) {
        enum assent_insert_event event = (enum assent_insert_event)insert->event;
        struct assent_span before = *in;

        *out = assent_span(NULL, 0);
        if (event != ASSENT_INSERT_MORE) {
            insert->event = ASSENT_INSERT_MORE;
            return event;
        }
        if (has(insert, RELEASE) && insert->hold_sent < insert->hold_len) {
            *out = from_hold(insert, room);
            return ASSENT_INSERT_BYTES;
        }
        if (has(insert, RELEASE)) {
            insert->hold_len = insert->hold_sent = 0;
            set(insert, RELEASE, false);
            continue;
        }
        if (in->len == 0) {
            if (has(insert, FINISHED)) {
                finish(insert);
            }
            if (insert->event == ASSENT_INSERT_MORE && !has(insert, RELEASE)) {
                return ASSENT_INSERT_MORE;
            }
            continue;
        }
        out->len = run(insert, in, room);
        if (out->len > 0) {
            out->ptr = before.ptr;
            return ASSENT_INSERT_BYTES;
        }
    }
}
