/* SPDX-License-Identifier: MIT */
/* Images that the operator hands in, split in every way. */
#include "tests/unit/admin_case.h"

#include "core/image.h"
#include "http/image_signature.h"
#include "tests/unit/policy_file.h"

/* A signed image of selfmento as it is in force: it is refused for its revision, and for nothing else,
 * if it was read rightly. */
static size_t signed_image(uint8_t *image)
{
    static const uint8_t key[ASSENT_SHA256_BYTES] = "a key that the operator shares..";
    size_t len = policy_file_read("selfmento", image);

    CHECK_INT(assent_keys_put(&v->device.keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                              assent_span(key, sizeof(key))),
              ASSENT_OK);
    CHECK_INT(
        assent_image_signature_make(assent_span(image, len), key, &v->device.crypto, image + len),
        ASSENT_OK);
    return len + ASSENT_IMAGE_SIGNATURE_BYTES;
}

static const char raw_type[] = "Content-Type: application/octet-stream\r\n";

TEST(an_upload_is_read_alike_however_it_is_split)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 0), 409);
    for (size_t split = 1; split < len; split += split < 64 || split > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", raw_type, (char *)image, len, split), 409);
        CHECK(strstr(out, "not higher") != NULL);
    }
    visitor_close(v);
}

TEST(an_upload_that_ends_early_is_refused_at_every_place)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    for (size_t end = 1; end < len; end += end < 64 || end > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", raw_type, (char *)image, end, end), 422);
    }
    visitor_close(v);
}

TEST(a_form_around_an_image_is_read_alike_however_it_is_split)
{
    static char body[POLICY_FILE_BYTES + 512];
    static const char type[] = "Content-Type: multipart/form-data; boundary=x\r\n";
    static const char before[] = "--x\r\nContent-Disposition: form-data; name=\"image\"\r\n"
                                 "Content-Type: application/octet-stream\r\n\r\r\n\r\n";
    static const char behind[] = "\r\n--x--\r\n";
    uint8_t image[POLICY_FILE_BYTES + 64];
    size_t at = sizeof(before) - 1;
    size_t len;

    open_admin(true);
    len = signed_image(image);
    memcpy(body, before, at);
    memcpy(body + at, image, len);
    memcpy(body + at + len, behind, sizeof(behind) - 1);
    len += at + sizeof(behind) - 1;
    CHECK_INT(post("policies", type, body, len, 0), 409);
    for (size_t split = 1; split < len; split += split < at + 32 || split > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", type, body, len, split), 409);
        CHECK(strstr(out, "not higher") != NULL);
    }
    body[len - sizeof(behind) + 2] = 'x'; /* no line end behind the image */
    CHECK_INT(post("policies", type, body, len, 7), 422);
    memset(body, 'x', sizeof(body));
    CHECK_INT(post("policies", type, body, 3000, 7), 422); /* a part without an end of its head */
    visitor_close(v);
}

/* An unsigned byte behind, another kind of content, no key: nothing is put in force. */
TEST(an_image_without_a_key_to_check_it_is_refused)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    CHECK_INT(assent_keys_put(&v->device.keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                              assent_span(NULL, 0)),
              ASSENT_OK);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 409);
    CHECK(strstr(out, "no key") != NULL);
    v->app.archive = NULL;
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 501);
    visitor_close(v);
}

TEST(one_upload_at_a_time_and_an_abandoned_one_makes_room)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    char text[512];
    size_t len;
    size_t head;

    open_admin(true);
    len = signed_image(image);
    head = write_head(text, sizeof(text), "POST", "policies",
                      "Authorization: Bearer operator-token-of-a-test\r\n"
                      "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n");
    connect_to(1);
    CHECK_INT(give(1, text, head, head), head);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 503);
    assent_engine_abort(&engines[1]);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 409);
    visitor_close(v);
}

TEST_MAIN(CASE(an_upload_is_read_alike_however_it_is_split),
          CASE(an_upload_that_ends_early_is_refused_at_every_place),
          CASE(a_form_around_an_image_is_read_alike_however_it_is_split),
          CASE(an_image_without_a_key_to_check_it_is_refused),
          CASE(one_upload_at_a_time_and_an_abandoned_one_makes_room))
