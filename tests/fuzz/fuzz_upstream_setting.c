/* SPDX-License-Identifier: MIT */
/* Stored settings of applications: what is read is in range, has one spelling, and is read again as the
 * same; what is not is refused whole. */
#include "http/upstream_setting.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Nothing that could end a field or a name early, and the NUL that names are handed over with. */
static void check_text(const struct assent_upstream_text *text)
{
    must(text->len <= ASSENT_UPSTREAM_NAME_BYTES && text->bytes[text->len] == 0);
    for (unsigned i = 0; i < text->len; i++) {
        must(text->bytes[i] > ' ' && text->bytes[i] < 0x7F && text->bytes[i] != ',');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_upstream_setting setting;
    struct assent_upstream_setting again;
    uint8_t record[ASSENT_UPSTREAM_RECORD_BYTES];
    uint8_t *copy = malloc(size + 1); /* in memory of exactly this length */
    int error;

    must(copy != NULL);
    memcpy(copy + 1, data, size);
    memset(&setting, 0xA5, sizeof(setting));
    memset(&again, 0x5A, sizeof(again));
    error = assent_upstream_setting_decode(assent_span(copy + 1, size), &setting);
    free(copy);
    if (error != ASSENT_OK) {
        must(error == ASSENT_ERR_CORRUPT || error == ASSENT_ERR_VERSION);
        return 0;
    }
    must(size == sizeof(record) && setting.port != 0 && setting.trust < ASSENT_UPSTREAM_TRUSTS);
    must(assent_upstream_setting_check(&setting) == NULL && setting.name.len > 0);
    check_text(&setting.name);
    check_text(&setting.host);
    check_text(&setting.field);
    assent_upstream_setting_encode(&setting, record);
    must(memcmp(record, data, sizeof(record)) == 0);
    must(assent_upstream_setting_decode(assent_span(record, sizeof(record)), &again) == ASSENT_OK);
    must(memcmp(again.name.bytes, setting.name.bytes, sizeof(again.name.bytes)) == 0 &&
         memcmp(again.digest, setting.digest, sizeof(again.digest)) == 0 &&
         again.port == setting.port && again.trust == setting.trust &&
         again.insert == setting.insert);
    return 0;
}
