/* SPDX-License-Identifier: MIT */
/* Keeps the simulator's certificate in a file. */
#include "board/sim/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"

enum {
    MAGIC_BYTES = 18,
    HEAD_BYTES = MAGIC_BYTES + 4,
    FILE_BYTES = HEAD_BYTES + ASSENT_SELFSIGN_CERTIFICATE_BYTES + ASSENT_SELFSIGN_KEY_BYTES + 4,
    PATH_BYTES = 1024
};

/* The sites of the demonstration by name. */
static const char *const names[] = {
    "localhost",
    "*.localhost",
    "prointerview.localhost",
    "proclientchat.localhost",
    "prokoders.localhost",
    "procomm-voices.localhost",
    "selfmento.localhost",
};

static const char magic[MAGIC_BYTES + 1] = "assent identity 1\n";

static bool decode(struct assent_selfsign *identity, const uint8_t *bytes, size_t len)
{
    size_t certificate_len;
    size_t key_len;

    if (len < HEAD_BYTES + 4 || memcmp(bytes, magic, MAGIC_BYTES) != 0 ||
        assent_bytes_load32(bytes + len - 4) != assent_bytes_crc32(0, bytes, len - 4)) {
        return false;
    }
    certificate_len = assent_bytes_load16(bytes + MAGIC_BYTES);
    key_len = assent_bytes_load16(bytes + MAGIC_BYTES + 2);
    if (HEAD_BYTES + certificate_len + key_len + 4 != len ||
        certificate_len > sizeof(identity->certificate) || key_len > sizeof(identity->key)) {
        return false;
    }
    memcpy(identity->certificate, bytes + HEAD_BYTES, certificate_len);
    memcpy(identity->key, bytes + HEAD_BYTES + certificate_len, key_len);
    identity->certificate_len = (uint16_t)certificate_len;
    identity->key_len = (uint16_t)key_len;
    return true;
}

static size_t encode(const struct assent_selfsign *identity, uint8_t *out)
{
    size_t len = HEAD_BYTES;

    memcpy(out, magic, MAGIC_BYTES);
    assent_bytes_store16(out + MAGIC_BYTES, identity->certificate_len);
    assent_bytes_store16(out + MAGIC_BYTES + 2, identity->key_len);
    memcpy(out + len, identity->certificate, identity->certificate_len);
    len += identity->certificate_len;
    memcpy(out + len, identity->key, identity->key_len);
    len += identity->key_len;
    assent_bytes_store32(out + len, assent_bytes_crc32(0, out, len));
    return len + 4;
}

static bool read_file(const char *path, struct assent_selfsign *identity)
{
    uint8_t bytes[FILE_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
    bool ok = len > 0 && decode(identity, bytes, (size_t)len);

    if (fd >= 0) {
        (void)close(fd);
    }
    assent_bytes_wipe(bytes, sizeof(bytes));
    return ok;
}

/* Under another name first: a cut in between leaves the old file or none. */
static bool write_file(const char *path, const struct assent_selfsign *identity)
{
    uint8_t bytes[FILE_BYTES];
    char other[PATH_BYTES + 8];
    size_t len = encode(identity, bytes);
    bool ok;
    int fd;

    (void)snprintf(other, sizeof(other), "%s.new", path);
    fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return false;
    }
    ok = write(fd, bytes, len) == (ssize_t)len && fsync(fd) == 0;
    ok = close(fd) == 0 && ok && rename(other, path) == 0;
    assent_bytes_wipe(bytes, sizeof(bytes));
    return ok;
}

int sim_identity_load(struct assent_selfsign *identity, const char *flash, struct assent_time now)
{
    char path[PATH_BYTES];
    int error;

    if (flash != NULL) {
        int len = snprintf(path, sizeof(path), "%s.tls", flash);

        if (len < 0 || (size_t)len >= sizeof(path)) {
            errno = ENAMETOOLONG;
            return ASSENT_ERR_IO;
        }
        if (read_file(path, identity)) {
            return ASSENT_OK;
        }
    }
    error = assent_selfsign_make(identity, names, sizeof(names) / sizeof(names[0]), now);
    if (error == ASSENT_OK && flash != NULL && !write_file(path, identity)) {
        error = ASSENT_ERR_IO;
    }
    return error;
}
