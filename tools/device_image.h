/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_DEVICE_IMAGE_H
#define ASSENT_TOOLS_DEVICE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/host/flash_file.h"
#include "storage/audit_log.h"
#include "storage/consents.h"
#include "storage/layout.h"
#include "storage/policies.h"

/* An image of a device's flash in a file, with everything in it opened: what assent store and assent
 * audit work on. Large: keep it static. */
struct device_image {
    const char *path;
    struct flash_file file;
    struct assent_layout layout;
    struct assent_layout_view view[ASSENT_REGION_COUNT];
    uint32_t heads[4096];
    uint8_t buffer[8192];
    uint8_t seal_key[ASSENT_AEAD_KEY_BYTES];
    struct assent_crypto crypto;
    struct assent_kv_config config;
    struct assent_kv kv;
    struct assent_audit_log log;
    struct assent_consents consents;
    struct assent_policies policies;
    int kv_error;  /* of mounting the store */
    int log_error; /* of mounting the audit log */
};

/* Open an image and mount what is in it. Errors of mounting are left in kv_error and log_error.
 *   store_key  64 hexadecimal digits for an encrypted store, or NULL
 *   writable   false: the file is not changed, nothing a power cut left is finished
 *   return     TOOL_OK, TOOL_USAGE or TOOL_FAILED after reporting why */
int device_image_open(struct device_image *image, const char *path, const char *store_key,
                      bool writable);

/* Create an image with blank flash and wire up everything; nothing is formatted yet. */
int device_image_create(struct device_image *image, const char *path,
                        const struct assent_layout *layout);

/* Set up everything in a created image: store, audit log, seed of the random generator, and the identity at
 * last.
 *   master   of the audit log's keys, which the image does not keep
 *   floor_s  the time that a device takes it to be until it has heard better; 0: none
 *   seeded   false: without a seed, for boards with a source of randomness
 *   step     what was under way, for a complaint
 *   return   ASSENT_OK, or the first error */
int device_image_format(struct device_image *image, const uint8_t master[ASSENT_SHA256_BYTES],
                        uint64_t floor_s, bool seeded, const char **step);

void device_image_close(struct device_image *image);

#endif
