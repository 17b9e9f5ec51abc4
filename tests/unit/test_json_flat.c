/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "http/json_flat.h"

/* Members as "name=kind text;", or "error" behind those that were read. */
static struct assent_span read_all(struct assent_span text)
{
    static char out[256];
    struct assent_json_flat json = {.rest = text};
    struct assent_json_flat_member m;
    size_t len = 0;
    int result;

    while ((result = assent_json_flat_next(&json, &m)) == 1) {
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%.*s=%c%.*s;", (int)m.name.len,
                                (const char *)m.name.ptr, "stfn"[m.kind], (int)m.text.len,
                                m.text.len > 0 ? (const char *)m.text.ptr : "");
    }
    if (result != 0) {
        len = (size_t)snprintf(out, sizeof(out), "error");
    }
    return assent_span(out, len);
}

TEST(objects_are_read_member_by_member)
{
    static const struct {
        const char *text, *members;
    } rows[] = {
        {"{}", ""},
        {" { } ", ""},
        {"{\"a\":true}", "a=t;"},
        {"{\"a\":false,\"b\":null,\"c\":\"de\"}", "a=f;b=n;c=sde;"},
        {"\r\n{\t\"a\" :\n\"\" }\n", "a=s;"},
        {"", "error"},
        {"{", "error"},
        {"}", "error"},
        {"{\"a\"}", "error"},
        {"{\"a\":}", "error"},
        {"{\"a\":true,}", "error"},
        {"{,\"a\":true}", "error"},
        {"{\"a\":true\"b\":true}", "error"},
        {"{\"a\":truefalse}", "error"},
        {"{\"a\":True}", "error"},
        {"{\"a\":1}", "error"},
        {"{\"a\":{}}", "error"},
        {"{\"a\":[]}", "error"},
        {"{\"a\":\"\\u0041\"}", "error"},
        {"{\"a\":\"\n\"}", "error"},
        {"{\"a\":\"\303\244\"}", "error"},
        {"{'a':true}", "error"},
        {"{}{}", "error"},
        {"[]", "error"},
        {"true", "error"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_SPAN_ROW(rows[i].text, read_all(assent_span(rows[i].text, strlen(rows[i].text))),
                       rows[i].members);
    }
}

TEST(every_prefix_of_an_object_is_an_error)
{
    static const char text[] = "{\"a\":true,\"b\":\"c\"}";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        CHECK_SPAN(read_all(assent_span(text, len)), "error");
    }
}

TEST_MAIN(CASE(objects_are_read_member_by_member), CASE(every_prefix_of_an_object_is_an_error))
