/* SPDX-License-Identifier: MIT */
/* What each byte does (WHATWG HTML s. 13.2.5). */
#include "http/insert_state.h"

#include "core/words.h"

enum { LONGEST_NAME = 24 }; /* no name of ours with its "</" is longer */

enum step assent_insert_let_go(struct assent_insert *insert, enum state state)
{
    insert->state = (uint8_t)state;
    set(insert, RELEASE, true);
    return AGAIN;
}

/* A byte order mark of UTF-8 is no text; that of UTF-16, and NUL, tell of a charset that is not ours. */
static bool is_mark(struct assent_insert *insert, uint8_t c)
{
    static const uint8_t mark[3] = {0xEF, 0xBB, 0xBF};

    if (!has(insert, FIRST_SEEN) && insert->matched < 3 && c == mark[insert->matched]) {
        insert->matched++;
        return true;
    }
    if ((!has(insert, FIRST_SEEN) && c >= 0xFE) || (c == 0 && insert->mode == HEAD)) {
        insert->state = PASS;
        return true;
    }
    set(insert, FIRST_SEEN, true);
    return false;
}

static enum step step_text(struct assent_insert *insert, uint8_t c)
{
    if (is_mark(insert, c)) {
        return SEND;
    }
    if (c == '<') {
        insert->state = OPEN;
        set(insert, CLOSING, false);
        return HOLD;
    }
    if (opens_body(insert, c) && assent_insert_open_body(insert)) {
        insert->event = ASSENT_INSERT_START;
        return AGAIN;
    }
    return SEND;
}

static bool is_letter(uint8_t c)
{
    return (uint8_t)(assent_span_lower(c) - 'a') < 26;
}

static enum step step_open(struct assent_insert *insert, uint8_t c)
{
    bool closing = has(insert, CLOSING);

    if (is_letter(c)) {
        insert->state = NAME;
        return HOLD;
    }
    if (!closing && c == '/') {
        set(insert, CLOSING, true);
        return HOLD;
    }
    if (!closing && c == '!') {
        insert->state = DECLARATION;
        return HOLD;
    }
    if (closing || c == '?') {
        return assent_insert_let_go(insert, BOGUS);
    }
    if (opens_body(insert, '<') && assent_insert_open_body(insert)) {
        insert->event = ASSENT_INSERT_START;
    }
    return assent_insert_let_go(insert, TEXT);
}

static enum step step_name(struct assent_insert *insert, uint8_t c)
{
    bool ends = is_space(c) || c == '/' || c == '>';

    if (!ends && insert->hold_len < LONGEST_NAME) {
        return HOLD;
    }
    assent_insert_judge_tag(insert);
    if (has(insert, SCRIPT)) {
        insert->state = TAG;
        return AGAIN;
    }
    return assent_insert_let_go(insert, ends ? TAG : NAME_REST);
}

/* Attributes (s. 13.2.5.32 to 13.2.5.40). */
static enum state next_in_tag(enum state state, uint8_t c)
{
    if (state == TAG_DOUBLE || state == TAG_SINGLE) {
        return c == (state == TAG_DOUBLE ? '"' : '\'') ? TAG : state;
    }
    if (state == TAG_EQUALS) {
        return is_space(c) ? state : c == '"' ? TAG_DOUBLE : c == '\'' ? TAG_SINGLE : TAG_PLAIN;
    }
    if (is_space(c)) {
        return state == TAG_NAME || state == TAG_AFTER ? TAG_AFTER : TAG;
    }
    if (state == TAG_PLAIN) {
        return state;
    }
    if (c == '/') {
        return TAG;
    }
    return c == '=' && state != TAG ? TAG_EQUALS : TAG_NAME;
}

/* Tell who watches addresses what a byte of an attribute is. */
static void watch(struct assent_insert *insert, enum state before, enum state after, uint8_t c)
{
    bool value = before == TAG_DOUBLE || before == TAG_SINGLE || before == TAG_PLAIN;

    if (after == TAG_NAME) {
        assent_insert_host_name(&insert->host, c, before != TAG_NAME);
    } else if (after == TAG_PLAIN || (value && after == before)) {
        assent_insert_host_value(&insert->host, c);
    } else if (value) {
        assent_insert_host_end(&insert->host);
    }
}

static enum step step_tag(struct assent_insert *insert, uint8_t c)
{
    enum state state = (enum state)insert->state;
    bool quoted = state == TAG_DOUBLE || state == TAG_SINGLE;
    bool held = has(insert, SCRIPT);

    if (held && insert->hold_len >= ASSENT_INSERT_TAG_BYTES) {
        set(insert, SCRIPT, false); /* too long to be changed */
        return assent_insert_let_go(insert, state);
    }
    if (!quoted && c == '>') {
        if (held) {
            insert->hold[insert->hold_len++] = c;
        }
        assent_insert_host_end(&insert->host);
        assent_insert_finish_tag(insert);
        return held ? TAKEN : SEND;
    }
    insert->state = (uint8_t)next_in_tag(state, c);
    watch(insert, state, (enum state)insert->state, c);
    set(insert, SELF, c == '/' && !quoted && state != TAG_PLAIN && state != TAG_EQUALS);
    return held ? HOLD : SEND;
}

static enum step step_declaration(struct assent_insert *insert, uint8_t c)
{
    static const char *const kinds[3] = {"<!--", "<!doctype", "<![cdata["};
    static const enum state states[3] = {COMMENT_FIRST, BOGUS, CDATA};
    unsigned at = insert->hold_len;

    for (unsigned k = 0; k < 3; k++) {
        size_t len = strlen(kinds[k]);

        if (at >= len || (k == 2 && !is_foreign(insert)) ||
            !assent_span_starts_nocase(assent_span(kinds[k], len), assent_span(insert->hold, at)) ||
            (uint8_t)kinds[k][at] != assent_span_lower(c)) {
            continue;
        }
        if (at + 1 == len) {
            insert->hold[insert->hold_len++] = c;
            insert->matched = 0;
            set(insert, PAGE, has(insert, PAGE) || (k == 1 && insert->mode == HEAD));
            (void)assent_insert_let_go(insert, states[k]);
            return TAKEN;
        }
        return HOLD;
    }
    return assent_insert_let_go(insert, BOGUS);
}

static enum step step_comment(struct assent_insert *insert, uint8_t c)
{
    enum { NONE, ONE, TWO, BANG };

    if (insert->state != COMMENT) {
        bool first = insert->state == COMMENT_FIRST;

        insert->matched = c == '-' && !first ? TWO : NONE;
        insert->state = (uint8_t)(c == '>' ? TEXT : c == '-' && first ? COMMENT_DASH : COMMENT);
        return SEND;
    }
    if (c == '>' && insert->matched >= TWO) {
        insert->state = TEXT;
    } else if (c == '-') {
        insert->matched = insert->matched == NONE || insert->matched == BANG ? ONE : TWO;
    } else {
        insert->matched = c == '!' && insert->matched == TWO ? BANG : NONE;
    }
    return SEND;
}

static enum step step_cdata(struct assent_insert *insert, uint8_t c)
{
    if (c == '>' && insert->matched >= 2) {
        insert->state = TEXT;
    }
    insert->matched = (uint8_t)(c != ']' ? 0 : insert->matched < 2 ? insert->matched + 1 : 2);
    return SEND;
}

/* ---- text of scripts and the like (s. 13.2.5.9 to 13.2.5.31) ---- */

/* insert.matched: what stands at the end of the text so far. */
enum { RAW_OPEN = 1, RAW_BANG = 2, RAW_BANG_DASH = 3, RAW_BEGIN = 32, RAW_CLOSE = 64 };

/* insert.escape: within "<!--" of a script, and within "<script" there. */
enum { ESCAPED = 1, TWICE = 2 };

/* A name behind '<' or "</" goes on.
 *   return  whether it is complete with c behind it */
static bool match_name(struct assent_insert *insert, const char *name, unsigned base, uint8_t c)
{
    unsigned at = insert->matched - base;

    if (name[at] == '\0') {
        insert->matched = c == '<' ? RAW_OPEN : 0;
        return is_space(c) || c == '/' || c == '>';
    }
    insert->matched = (uint8_t)((uint8_t)name[at] == assent_span_lower(c) ? insert->matched + 1
                                : c == '<'                                ? RAW_OPEN
                                                                          : 0);
    return false;
}

static void step_escape(struct assent_insert *insert, uint8_t c)
{
    if (insert->escape != 0 && c == '>' && insert->dashes == 2) {
        insert->escape = 0;
    }
    insert->dashes = (uint8_t)(c != '-' ? 0 : insert->dashes < 2 ? insert->dashes + 1 : 2);
}

static enum step step_raw(struct assent_insert *insert, uint8_t c)
{
    const char *name = assent_words_at(assent_insert_raw, insert->raw);
    bool script = insert->raw == RAW_SCRIPT;

    if (insert->matched >= RAW_CLOSE) {
        if (match_name(insert, name, RAW_CLOSE, c)) {
            if (insert->escape != TWICE) {
                insert->raw = RAW_NONE;
                set(insert, CLOSING, true);
                set(insert, SCRIPT | SELF | GREW, false);
                insert->state = TAG;
                return AGAIN;
            }
            insert->escape = ESCAPED;
        }
    } else if (insert->matched >= RAW_BEGIN) {
        insert->escape = match_name(insert, "script", RAW_BEGIN, c) ? TWICE : insert->escape;
    } else if (insert->matched == RAW_OPEN && c == '/') {
        insert->matched = RAW_CLOSE;
    } else if (insert->matched == RAW_OPEN && script && insert->escape == 0 && c == '!') {
        insert->matched = RAW_BANG;
    } else if (insert->matched == RAW_OPEN && script && insert->escape == ESCAPED) {
        insert->matched = RAW_BEGIN;
        insert->escape = match_name(insert, "script", RAW_BEGIN, c) ? TWICE : insert->escape;
    } else if ((insert->matched == RAW_BANG || insert->matched == RAW_BANG_DASH) && c == '-') {
        insert->escape = insert->matched == RAW_BANG_DASH ? ESCAPED : 0;
        insert->matched = insert->matched == RAW_BANG ? RAW_BANG_DASH : 0;
    } else {
        insert->matched = c == '<' ? RAW_OPEN : 0;
    }
    if (script) {
        step_escape(insert, c);
    }
    return SEND;
}

enum step assent_insert_step(struct assent_insert *insert, uint8_t c)
{
    switch ((enum state)insert->state) {
    case TEXT:
        return step_text(insert, c);
    case OPEN:
        return step_open(insert, c);
    case NAME:
        return step_name(insert, c);
    case NAME_REST:
        if (is_space(c) || c == '/' || c == '>') {
            insert->state = TAG;
            return AGAIN;
        }
        return SEND;
    case TAG:
    case TAG_NAME:
    case TAG_AFTER:
    case TAG_EQUALS:
    case TAG_DOUBLE:
    case TAG_SINGLE:
    case TAG_PLAIN:
        return step_tag(insert, c);
    case DECLARATION:
        return step_declaration(insert, c);
    case COMMENT_FIRST:
    case COMMENT_DASH:
    case COMMENT:
        return step_comment(insert, c);
    case BOGUS:
        insert->state = (uint8_t)(c == '>' ? TEXT : BOGUS);
        return SEND;
    case CDATA:
        return step_cdata(insert, c);
    case RAW:
        return step_raw(insert, c);
    case PASS:
        break;
    }
    return SEND;
}
