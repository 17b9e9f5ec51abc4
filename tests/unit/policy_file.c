/* SPDX-License-Identifier: MIT */
#include "tests/unit/policy_file.h"

#include <stdio.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/image.h"
#include "port/crypto/mbedtls.h"
#include "port/host/error_text.h"

static size_t read_file(const char *path, void *out, size_t cap)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        printf("%s is not there; make policies builds images\n", path);
        return 0;
    }
    len = fread(out, 1, cap, file);
    fclose(file);
    return len;
}

size_t policy_file_read(const char *name, uint8_t *out)
{
    char path[200];

    snprintf(path, sizeof(path), "build/policies/%s.img", name);
    return read_file(path, out, POLICY_FILE_BYTES);
}

size_t policy_file_document(const char *name, char *out, size_t cap)
{
    char path[200];
    size_t len;

    snprintf(path, sizeof(path), "core/policies/documents/%s.txt", name);
    len = read_file(path, out, cap - 1);
    out[len] = '\0';
    return len;
}

bool policy_file_open(const char *name, uint8_t *out, struct assent_policy *policy)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    size_t len = policy_file_read(name, out);
    int error = assent_policy_open(policy, assent_span(out, len), &crypto);

    if (error != ASSENT_OK) {
        printf("%s: %s\n", name, assent_error_text(error));
    }
    return error == ASSENT_OK;
}

void policy_file_seal(uint8_t *image, size_t len)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_span parts[2];

    assent_bytes_store32(image + 8, (uint32_t)len);
    parts[0] = assent_span(image, ASSENT_IMAGE_HASHED);
    parts[1] = assent_span(image + ASSENT_IMAGE_BODY, len - ASSENT_IMAGE_BODY);
    crypto.sha256(crypto.ctx, parts, 2, image + ASSENT_IMAGE_DIGEST_AT);
    assent_bytes_store32(
        image + ASSENT_IMAGE_CRC_AT,
        assent_bytes_crc32(0, image + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
}

static unsigned sum(struct assent_span span)
{
    unsigned total = 0;

    for (size_t i = 0; i < span.len; i++) {
        total += span.ptr[i];
    }
    return total;
}

static unsigned walk_language(const struct assent_policy *policy, unsigned language)
{
    struct assent_policy_purpose purpose;
    struct assent_policy_recipient recipient;
    struct assent_policy_technology technology;
    struct assent_policy_right right;
    struct assent_policy_section section;
    struct assent_policy_revision revision;
    unsigned total = sum(assent_policy_tag(policy, language));

    for (unsigned i = 0; assent_policy_purpose(policy, i, language, &purpose) == ASSENT_OK; i++) {
        total += sum(purpose.id) + sum(purpose.title) + sum(purpose.text) + (unsigned)purpose.tier;
    }
    for (unsigned i = 0; assent_policy_recipient(policy, i, language, &recipient) == ASSENT_OK;
         i++) {
        total += sum(recipient.id) + sum(recipient.name) + sum(recipient.text);
        total += sum(recipient.url);
    }
    for (unsigned i = 0; assent_policy_technology(policy, i, language, &technology) == ASSENT_OK;
         i++) {
        total += sum(technology.text) + (unsigned)technology.kind;
    }
    for (unsigned i = 0; assent_policy_right(policy, i, language, &right) == ASSENT_OK; i++) {
        total += sum(right.text);
    }
    for (unsigned i = 0; assent_policy_section(policy, i, language, &section) == ASSENT_OK; i++) {
        total += sum(section.text) + (unsigned)section.kind;
    }
    for (unsigned i = 0; assent_policy_revision(policy, i, language, &revision) == ASSENT_OK; i++) {
        total += sum(revision.text) + sum(revision.digest);
    }
    for (unsigned key = 0; key <= ASSENT_TEXT_COUNT; key++) {
        total += sum(assent_policy_text(policy, language, (enum assent_text_key)key));
    }
    return total + assent_policy_rtl(policy, language);
}

unsigned policy_file_walk(const struct assent_policy *policy)
{
    struct assent_policy_controller who;
    struct assent_policy_colours colours;
    struct assent_policy_cookie cookie;
    struct assent_policy_cookie found;
    struct assent_policy_host host;
    struct assent_policy_document document;
    struct assent_span site;
    unsigned total = sum(assent_policy_digest(policy));

    assent_policy_controller(policy, &who);
    total += sum(who.id) + sum(who.name) + sum(who.address) + sum(who.mail);
    total += sum(who.web) + sum(who.dpo);
    assent_policy_theme(policy, false, &colours);
    assent_policy_theme(policy, true, &colours);
    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        total += sum(cookie.name) + sum(cookie.provider);
        /* What is in the inventory is found by its name. */
        if (assent_policy_find_cookie(policy, cookie.name, &found) != ASSENT_OK) {
            printf("cookie %u is not found by its name\n", i);
            return 0;
        }
    }
    for (unsigned i = 0; assent_policy_host(policy, i, &host) == ASSENT_OK; i++) {
        total += sum(host.host);
    }
    for (unsigned i = 0; assent_policy_document(policy, i, &document) == ASSENT_OK; i++) {
        total += sum(document.file) + sum(document.tag) + sum(document.digest) +
                 sum(assent_policy_content(policy, &document));
    }
    for (unsigned i = 0; (site = assent_policy_site(policy, i)).len > 0; i++) {
        total += sum(site) + assent_policy_serves(policy, site);
    }
    for (unsigned language = 0; language <= policy->languages; language++) {
        total += walk_language(policy, language);
    }
    return total + assent_policy_text_negotiate(policy, ASSENT_SPAN("de, en;q=0.5, *;q=0.1"));
}

unsigned policy_file_walk_text(const struct assent_text *text)
{
    unsigned total = 0;

    for (unsigned language = 0; language <= text->languages; language++) {
        struct assent_span tag = assent_text_tag(text, language);

        total += sum(tag) + assent_text_rtl(text, language);
        total += (unsigned)(assent_text_language(text, tag) >= 0);
        for (unsigned key = 0; key <= ASSENT_TEXT_COUNT; key++) {
            total += sum(assent_text_get(text, language, (enum assent_text_key)key));
        }
    }
    return total;
}
