/* SPDX-License-Identifier: MIT */
#include "tools/device_image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/crypto/mbedtls.h"
#include "tools/tool.h"
#include "tools/values.h"

static void wire(struct device_image *image)
{
    struct assent_flash *flash[ASSENT_REGION_COUNT];

    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        assent_layout_view(&image->view[i], &image->file.sim.flash, &image->layout,
                           (enum assent_region)i);
        flash[i] = &image->view[i].flash;
    }
    image->crypto = assent_mbedtls_crypto();
    image->config.flash = flash[ASSENT_REGION_KV];
    image->config.heads = image->heads;
    image->config.heads_bytes = assent_layout_heads_bytes(&image->layout);
    image->config.buffer = image->buffer;
    image->config.buffer_bytes = sizeof(image->buffer);
    image->config.twice = assent_layout_twice;
    memcpy(image->config.secret, image->layout.secret, sizeof(image->config.secret));
    image->log.kv = &image->kv;
    image->log.flash = flash[ASSENT_REGION_AUDIT];
    image->log.crypto = &image->crypto;
    image->consents.kv = &image->kv;
    image->consents.audit = &image->log;
    image->consents.crypto = &image->crypto;
    image->policies.kv = &image->kv;
    image->policies.flash = flash[ASSENT_REGION_POLICIES];
    image->policies.slot_sectors = image->layout.slot_sectors;
}

/* The identity tells the size of a sector; its second copy lies behind the first sector, whatever
 * that size is. */
static int find_identity(struct device_image *image)
{
    FILE *file = fopen(image->path, "rb");
    int result = ASSENT_ERR_NOT_FOUND;

    if (file == NULL) {
        return tool_fail(image->path, "%s", strerror(errno));
    }
    for (long at = 0; at <= 65536 && result != ASSENT_OK; at = at == 0 ? 4096 : at * 2) {
        uint8_t bytes[ASSENT_LAYOUT_BYTES];

        if (fseek(file, at, SEEK_SET) == 0 && fread(bytes, sizeof(bytes), 1, file) == 1) {
            int error = assent_layout_decode(bytes, &image->layout);

            result = error == ASSENT_ERR_NOT_FOUND ? result : error;
        }
    }
    fclose(file);
    switch (result) {
    case ASSENT_OK:
        return TOOL_OK;
    case ASSENT_ERR_NOT_FOUND:
        return tool_fail(image->path, "not the image of a device: neither identity is there");
    case ASSENT_ERR_VERSION:
        return tool_fail(image->path, "made by a newer version");
    default:
        return tool_fail(image->path, "the table of regions makes no sense");
    }
}

static int open_file(struct device_image *image, bool writable)
{
    int error = flash_file_open(&image->file, image->path, image->layout.sector_bytes,
                                image->layout.sector_count, writable);

    if (error == ASSENT_ERR_RANGE) {
        return tool_fail(image->path, "not %u sectors of %u bytes, as its identity says",
                         image->layout.sector_count, image->layout.sector_bytes);
    }
    if (error != ASSENT_OK) {
        return tool_fail(image->path, "%s", strerror(errno));
    }
    return TOOL_OK;
}

int device_image_open(struct device_image *image, const char *path, const char *store_key,
                      bool writable)
{
    int code;

    memset(image, 0, sizeof(*image));
    image->file.fd = -1;
    image->path = path;
    code = find_identity(image);
    if (code == TOOL_OK) {
        code = open_file(image, writable);
    }
    if (code == TOOL_OK && store_key != NULL) {
        code = tool_hex("--store-key", store_key, image->seal_key, sizeof(image->seal_key));
    }
    if (code != TOOL_OK) {
        return code;
    }
    if ((image->layout.options & ASSENT_LAYOUT_ENCRYPTED) != 0 && store_key == NULL) {
        return tool_usage("the store is encrypted: --store-key is needed");
    }
    wire(image);
    image->config.options = writable ? 0 : ASSENT_KV_READ_ONLY;
    if ((image->layout.options & ASSENT_LAYOUT_ENCRYPTED) != 0) {
        image->config.crypto = &image->crypto;
        image->config.key = image->seal_key;
    }
    image->kv_error = assent_kv_mount(&image->kv, &image->config);
    image->log_error =
        image->kv_error != ASSENT_OK ? ASSENT_ERR_STATE : assent_audit_log_mount(&image->log);
    return TOOL_OK;
}

int device_image_create(struct device_image *image, const char *path,
                        const struct assent_layout *layout)
{
    int code;

    memset(image, 0, sizeof(*image));
    image->file.fd = -1;
    image->path = path;
    image->layout = *layout;
    code = open_file(image, true);
    if (code == TOOL_OK) {
        wire(image);
    }
    return code;
}

void device_image_close(struct device_image *image)
{
    flash_file_close(&image->file);
}
