/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_INSERT_STATE_H
#define ASSENT_HTTP_INSERT_STATE_H

#include "http/insert.h"

/* Between the files that read pages: insert.c knows what tags mean, insert_token.c what bytes do. */

/* The tokenizer's states, as far as they tell bytes apart. */
enum state {
    TEXT,
    OPEN,          /* "<" is held */
    NAME,          /* "<name" or "</name" is held */
    NAME_REST,     /* in a name too long to be one of ours */
    TAG,           /* before an attribute's name */
    TAG_NAME,      /* in it */
    TAG_AFTER,     /* behind it */
    TAG_EQUALS,    /* before its value */
    TAG_DOUBLE,    /* in "…" */
    TAG_SINGLE,    /* in '…' */
    TAG_PLAIN,     /* in a value without quotes */
    DECLARATION,   /* "<!" is held, and what tells which */
    COMMENT_FIRST, /* behind "<!--": ">" ends it */
    COMMENT_DASH,  /* behind "<!---": likewise */
    COMMENT,
    BOGUS, /* until ">": bogus comments, doctypes, end tags without a name */
    CDATA,
    RAW, /* text of a script, style, title, …, until its end tag */
    PASS /* to the end of the input: nothing is looked for any more */
};

enum mode {
    HEAD, /* before the body is open */
    BODY  /* it is open */
};

enum flag {
    PAGE = 1,          /* is known to be one */
    AFTER_HEAD = 2,    /* </head> was there */
    STARTED = 4,       /* START was told */
    ENDED = 8,         /* END was told */
    CLOSING = 16,      /* the tag is an end tag */
    SCRIPT = 32,       /* the tag is a script's: held to its end */
    SELF = 64,         /* the tag's last byte was '/' */
    OPENS = 128,       /* the body opens behind this tag */
    FINISHED = 256,    /* the input has ended */
    RELEASE = 512,     /* the hold is to be sent */
    GREW = 4096,       /* the tag began a foreign element */
    FIRST_SEEN = 1024, /* past the first bytes, where a byte order mark may stand */
    NO_BODY = 2048,    /* there is none: frames, or no page */
    SELECT = 8192,     /* within a select, where little may stand */
    PLAIN = 16384      /* the tag is <plaintext> */
};

/* Elements whose text is no markup, in the order of this enum. */
extern const char assent_insert_raw[];
enum { RAW_SCRIPT, RAW_TITLE = 2, RAW_NOSCRIPT = 8, RAW_NONE = 9 };

/* What becomes of a byte. */
enum step {
    SEND,  /* it is sent on */
    HOLD,  /* it goes into the hold */
    AGAIN, /* it is looked at again, after an event or the hold */
    TAKEN  /* it has gone into the hold, or changed it, already */
};

static inline bool has(const struct assent_insert *insert, unsigned flag)
{
    return (insert->flags & flag) != 0;
}

static inline void set(struct assent_insert *insert, unsigned flag, bool on)
{
    insert->flags = (uint16_t)(on ? insert->flags | flag : insert->flags & ~flag);
}

static inline bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* Text before the body that opens it: anything but white space. */
static inline bool opens_body(const struct assent_insert *insert, uint8_t c)
{
    return insert->mode == HEAD && insert->templates == 0 && !is_space(c);
}

/* Foreign elements nest: odd depths are foreign, as svg, then foreignObject, then svg again. */
static inline bool is_foreign(const struct assent_insert *insert)
{
    return insert->foreign % 2 == 1;
}

/* The body opens here.
 *   return  whether the notice may stand here */
bool assent_insert_open_body(struct assent_insert *insert);

/* The name of the held tag is complete; its '>' has come, and is held if the tag is. */
void assent_insert_judge_tag(struct assent_insert *insert);
void assent_insert_finish_tag(struct assent_insert *insert);

/* One byte. */
enum step assent_insert_step(struct assent_insert *insert, uint8_t c);

/* The hold is to be sent, and the tokenizer goes on in a state. */
enum step assent_insert_let_go(struct assent_insert *insert, enum state state);

#endif
