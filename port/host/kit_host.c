/* SPDX-License-Identifier: MIT */
#include "port/host/kit_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/bytes.h"
#include "port/crypto/mbedtls.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"

static bool complain(const char *what, int error)
{
    fprintf(stderr, "assent: %s: %s\n", what,
            error == ASSENT_ERR_IO && errno != 0 ? strerror(errno) : assent_error_text(error));
    return false;
}

/* ---- a flash that is new ---- */

/* The master key of the audit log is drawn and thrown away: whoever wants to verify the log provisions
 * the flash instead. */
static int format_log(struct kit_host *host, struct assent_stores *stores)
{
    uint8_t master[ASSENT_SHA256_BYTES];
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    int error = host->entropy.random(host->entropy.ctx, master, sizeof(master));

    if (error == ASSENT_OK) {
        error = assent_audit_log_derive(&host->crypto, master, chain, seal);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_format(&stores->log, chain, seal);
    }
    assent_bytes_wipe(master, sizeof(master));
    assent_bytes_wipe(chain, sizeof(chain));
    assent_bytes_wipe(seal, sizeof(seal));
    return error;
}

static int set_up(struct kit_host *host)
{
    struct assent_stores *stores = &host->kit.stores;
    int error;

    *stores = (struct assent_stores){.flash = &host->flash.sim.flash,
                                     .crypto = &host->crypto,
                                     .entropy = &host->entropy,
                                     .heads = host->heads,
                                     .heads_bytes = sizeof(host->heads),
                                     .buffer = host->buffer,
                                     .buffer_bytes = sizeof(host->buffer)};
    error = assent_layout_plan(KIT_HOST_SECTOR_BYTES, KIT_HOST_SECTOR_COUNT, &stores->layout);
    if (error == ASSENT_OK) {
        error = host->entropy.random(host->entropy.ctx, stores->layout.secret,
                                     sizeof(stores->layout.secret));
    }
    if (error == ASSENT_OK) {
        assent_stores_wire(stores);
        error = assent_kv_format(&stores->config);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_mount(&stores->kv, &stores->config);
    }
    if (error == ASSENT_OK) {
        error = format_log(host, stores);
    }
    return error != ASSENT_OK ? error
                              : assent_layout_write(&host->flash.sim.flash, &stores->layout);
}

/* ---- */

static bool read_image(const char *path, uint8_t *out, size_t cap, struct assent_span *image)
{
    FILE *file;
    size_t len;

    errno = 0;
    file = fopen(path, "rb");
    if (file == NULL) {
        return complain(path, ASSENT_ERR_IO);
    }
    len = fread(out, 1, cap, file);
    (void)fclose(file);
    *image = assent_span(out, len);
    return true;
}

/* Open the file once more to lock it, before anybody looks at its size.
 *   return  the descriptor, or -1 */
static int lock(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int result;

    do {
        result = fd < 0 ? -1 : flock(fd, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static int open_flash(struct kit_host *host)
{
    struct assent_layout layout;
    int error = flash_file_open(&host->flash, host->path, KIT_HOST_SECTOR_BYTES,
                                KIT_HOST_SECTOR_COUNT, true);

    if (error != ASSENT_OK) {
        return error;
    }
    error = assent_layout_read(&host->flash.sim.flash, &layout);
    error = error == ASSENT_ERR_NOT_FOUND ? set_up(host) : error;
    if (error == ASSENT_OK) {
        error = assent_kit_init(&host->kit, &host->setup);
    }
    if (error != ASSENT_OK) {
        flash_file_close(&host->flash);
    }
    return error;
}

bool kit_host_enter(struct kit_host *host)
{
    int error = ASSENT_ERR_IO;

    errno = 0;
    host->lock = lock(host->path);
    if (host->lock >= 0) {
        error = open_flash(host);
    }
    if (error != ASSENT_OK && host->lock >= 0) {
        (void)close(host->lock);
    }
    return error == ASSENT_OK || complain(host->path, error);
}

void kit_host_leave(struct kit_host *host)
{
    assent_kit_flush(&host->kit);
    flash_file_close(&host->flash);
    (void)close(host->lock);
}

/* What is wrong with an image is said here, by the name of its file. */
static bool check_images(struct kit_host *host, const char *texts, const char *policy)
{
    struct assent_policy opened;
    int error = assent_text_open(&host->kit.text, host->setup.texts, &host->crypto);

    if (error != ASSENT_OK) {
        return complain(texts, error);
    }
    error = assent_policy_open(&opened, host->policy, &host->crypto);
    return error == ASSENT_OK || complain(policy, error);
}

bool kit_host_open(struct kit_host *host, const char *flash, const char *texts, const char *policy)
{
    host->path = flash;
    host->crypto = assent_mbedtls_crypto();
    host->clock = assent_clock_host(&host->clock_state);
    host->entropy = assent_entropy_host();
    host->setup = (struct assent_kit_setup){.flash = &host->flash.sim.flash,
                                            .crypto = &host->crypto,
                                            .clock = &host->clock,
                                            .entropy = &host->entropy,
                                            .policies = &host->policy,
                                            .sites = host->sites,
                                            .scratch = host->scratch,
                                            .buffer = host->buffer,
                                            .heads = host->heads,
                                            .heads_bytes = sizeof(host->heads),
                                            .buffer_bytes = sizeof(host->buffer),
                                            .decision_field = ASSENT_SPAN("Assent-Consent"),
                                            .policy_count = 1};
    return read_image(texts, host->texts, sizeof(host->texts), &host->setup.texts) &&
           read_image(policy, host->image, sizeof(host->image), &host->policy) &&
           check_images(host, texts, policy) && kit_host_enter(host);
}

void kit_host_close(struct kit_host *host)
{
    kit_host_leave(host);
}
