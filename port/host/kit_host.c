/* SPDX-License-Identifier: MIT */
#include "port/host/kit_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/kit_format.h"

static bool complain(const char *what, int error)
{
    fprintf(stderr, "assent: %s: %s\n", what,
            error == ASSENT_ERR_IO && errno != 0 ? strerror(errno) : assent_error_text(error));
    return false;
}

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
    int error = flash_file_open(&host->flash, host->path, KIT_HOST_SECTOR_BYTES,
                                KIT_HOST_SECTOR_COUNT, true);

    if (error != ASSENT_OK) {
        return error;
    }
    error = assent_kit_format(&host->kit, &host->setup);
    if (error == ASSENT_OK || error == ASSENT_ERR_STATE) { /* it was new, or is not */
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

bool kit_host_open_with(struct kit_host *host, size_t sizes, struct assent_crypto crypto,
                        const char *flash, const char *texts, const char *policy)
{
    if (sizes != ASSENT_KIT_SIZES) {
        fprintf(stderr, "assent: library and program were compiled with other limits\n");
        return false;
    }
    host->path = flash;
    host->crypto = crypto;
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
