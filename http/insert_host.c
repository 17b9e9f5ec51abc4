/* SPDX-License-Identifier: MIT */
#include "http/insert_host.h"

#include "core/words.h"

void assent_insert_host_tag(struct assent_insert_host *host, struct assent_span name)
{
    static const char loads[] = "script\0"
                                "img\0"
                                "iframe\0"
                                "link\0"
                                "source\0"
                                "video\0"
                                "audio\0"
                                "embed\0"
                                "track\0";

    host->watching = host->found != NULL && assent_words_find(loads, name) < 9;
    host->wanted = false;
    host->name_len = 0;
    host->len = 0;
}

void assent_insert_host_name(struct assent_insert_host *host, uint8_t c, bool first)
{
    host->name_len = first ? 0 : host->name_len;
    if (host->watching && host->name_len < sizeof(host->name)) {
        host->name[host->name_len++] = c;
    }
}

void assent_insert_host_value(struct assent_insert_host *host, uint8_t c)
{
    struct assent_span name = assent_span(host->name, host->name_len);

    if (host->watching && host->len == 0) {
        host->wanted = assent_words_find("src\0href\0", name) < 2;
    }
    if (host->watching && host->wanted && host->len < sizeof(host->value)) {
        host->value[host->len++] = assent_span_lower(c);
    }
}

static bool is_host(uint8_t c)
{
    return (uint8_t)(c - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-' || c == '.';
}

void assent_insert_host_end(struct assent_insert_host *host)
{
    struct assent_span rest = assent_span_trim(assent_span(host->value, host->len));
    size_t scheme = assent_span_starts(rest, ASSENT_SPAN("https:"))  ? 6
                    : assent_span_starts(rest, ASSENT_SPAN("http:")) ? 5
                                                                     : 0;
    size_t len = 0;
    bool dot = false;

    if (!host->wanted || host->len == 0) {
        return;
    }
    host->wanted = false;
    rest = assent_span_slice(rest, scheme, rest.len);
    if (assent_span_starts(rest, ASSENT_SPAN("//"))) {
        rest = assent_span_slice(rest, 2, rest.len);
        while (len < rest.len && is_host(rest.ptr[len])) {
            dot = dot || rest.ptr[len] == '.';
            len++;
        }
        /* One that fills the buffer may go on. */
        if (dot && (len < rest.len || host->len < sizeof(host->value))) {
            host->found(host->ctx, assent_span_slice(rest, 0, len));
        }
    }
    host->len = 0;
}
