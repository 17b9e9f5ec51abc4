/* SPDX-License-Identifier: MIT */
/* Heads of CGI: whatever a program answers or a server hands over in variables, what comes out is a head of
 * HTTP with one field for each, or nothing. */
#include "port/host/cgi_head.h"

#include <stdlib.h>
#include <string.h>

enum { OUT_BYTES = 65536, VARIABLES = 32, VARIABLES_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Number of fields; the head is one, and ends where it ends. */
static unsigned count_fields(struct assent_span head)
{
    struct assent_span start;
    struct assent_head rest;
    struct assent_head_field field;
    unsigned count = 0;

    must(assent_head_start(&rest, head, &start) == ASSENT_OK);
    while (assent_head_next(&rest, &field) == 1) {
        count++;
    }
    must(rest.at == head.ptr + head.len);
    return count;
}

static void check_answer(struct assent_span input)
{
    static uint8_t http[OUT_BYTES];
    static uint8_t cgi[OUT_BYTES];
    struct assent_writer h = assent_writer(http, sizeof(http));
    struct assent_writer c = assent_writer(cgi, sizeof(cgi));
    int len = cgi_head_read(input, &h);
    unsigned lines = 0;

    must(len > 0 || len == ASSENT_ERR_MORE || len == ASSENT_ERR_SYNTAX);
    if (len <= 0) {
        return;
    }
    must((size_t)len <= input.len && input.ptr[len - 1] == '\n');
    for (int i = 0; i < len; i++) {
        lines += input.ptr[i] == '\n' ? 1 : 0;
    }
    must(count_fields(assent_writer_span(&h)) < lines);
    must(cgi_head_answer(&c, assent_writer_span(&h), true) == ASSENT_OK);
    must(assent_span_starts(assent_writer_span(&c), ASSENT_SPAN("Status: ")));
}

static void check_variables(const uint8_t *data, size_t size)
{
    static uint8_t out[OUT_BYTES];
    static char bytes[VARIABLES_BYTES + 1];
    static char method[] = "REQUEST_METHOD=GET";
    static char target[] = "REQUEST_URI=/";
    char *variables[VARIABLES + 3] = {NULL};
    unsigned count = 0;
    struct assent_writer w = assent_writer(out, sizeof(out));

    size = size < VARIABLES_BYTES ? size : VARIABLES_BYTES;
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    bytes[size] = '\0';
    for (size_t at = 0; at < size && count < VARIABLES; at += strlen(bytes + at) + 1) {
        variables[count++] = bytes + at;
    }
    variables[count++] = method;
    variables[count++] = target;
    (void)cgi_head_client(variables);
    if (cgi_head_write(&w, variables) == ASSENT_OK) {
        must(count_fields(assent_writer_span(&w)) <= count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_answer(assent_span(data, size));
    check_variables(data, size);
    return 0;
}
