/* SPDX-License-Identifier: MIT */
#include "http/certificate.h"

#include "core/bytes.h"
#include "storage/layout.h"

enum { CRC_BYTES = 4 };

struct assent_blob assent_certificate_blob(struct assent_kv *kv, const struct assent_flash *flash)
{
    return (struct assent_blob){.kv = kv,
                                .flash = flash,
                                .extent_sectors = flash->sector_count / 2,
                                .space = ASSENT_SPACE_BLOB,
                                .key = ASSENT_SPAN("certificate")};
}

static int read_key(struct assent_keys *keys, uint32_t crc, struct assent_certificate *out)
{
    uint8_t value[CRC_BYTES + ASSENT_CERTIFICATE_KEY_BYTES];
    int len = assent_keys_get(keys, ASSENT_SPAN(ASSENT_CERTIFICATE_KEY_NAME), value, sizeof(value));
    int error = len < 0 ? len : ASSENT_ERR_NOT_FOUND;

    if (len > CRC_BYTES && assent_bytes_load32(value) == crc) {
        out->key_len = (size_t)len - CRC_BYTES;
        memcpy(out->key, value + CRC_BYTES, out->key_len);
        error = ASSENT_OK;
    }
    assent_bytes_wipe(value, sizeof(value));
    return error;
}

int assent_certificate_read(struct assent_keys *keys, struct assent_blob *blob,
                            struct assent_certificate *out)
{
    int len = assent_blob_open(blob, true);

    if (len > (int)sizeof(out->chain)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (len > 0) {
        len = assent_blob_read(blob, 0, out->chain, (uint32_t)len);
    }
    if (len <= 0) {
        return len < 0 ? len : ASSENT_ERR_NOT_FOUND;
    }
    out->chain_len = (size_t)len;
    return read_key(keys, assent_bytes_crc32(0, out->chain, out->chain_len), out);
}

int assent_certificate_write(struct assent_keys *keys, struct assent_blob *blob,
                             struct assent_span chain, struct assent_span key)
{
    uint8_t value[CRC_BYTES + ASSENT_CERTIFICATE_KEY_BYTES];
    int error = chain.len == 0 || chain.len > ASSENT_CERTIFICATE_BYTES || key.len == 0 ||
                        key.len > ASSENT_CERTIFICATE_KEY_BYTES
                    ? ASSENT_ERR_RANGE
                    : assent_blob_begin(blob);

    if (error == ASSENT_OK) {
        error = assent_blob_write(blob, chain);
    }
    if (error == ASSENT_OK) {
        assent_bytes_store32(value, assent_bytes_crc32(0, chain.ptr, chain.len));
        memcpy(value + CRC_BYTES, key.ptr, key.len);
        error = assent_keys_put(keys, ASSENT_SPAN(ASSENT_CERTIFICATE_KEY_NAME),
                                assent_span(value, CRC_BYTES + key.len));
        assent_bytes_wipe(value, sizeof(value));
    }
    return error != ASSENT_OK ? error : assent_blob_commit(blob);
}
