/* SPDX-License-Identifier: MIT */
#include "port/host/flash_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fill a file that is new or too short with erased bytes. */
static int extend(int fd, off_t from, off_t to)
{
    uint8_t ones[4096];

    memset(ones, 0xFF, sizeof(ones));
    while (from < to) {
        size_t n = to - from < (off_t)sizeof(ones) ? (size_t)(to - from) : sizeof(ones);
        ssize_t done = pwrite(fd, ones, n, from);

        if (done <= 0) {
            return ASSENT_ERR_IO;
        }
        from += done;
    }
    return ASSENT_OK;
}

int flash_file_open(struct flash_file *file, const char *path, uint32_t sector_bytes,
                    uint32_t sector_count, bool writable)
{
    struct stat info;
    off_t size;
    uint8_t *bytes;
    int error = ASSENT_OK;

    memset(file, 0, sizeof(*file));
    /* There are keys in it. */
    file->fd = writable ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)
                        : open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0) {
        return ASSENT_ERR_IO;
    }
    if (fstat(file->fd, &info) != 0) {
        error = ASSENT_ERR_IO;
    }
    sector_count = sector_count == 0 ? (uint32_t)(info.st_size / sector_bytes) : sector_count;
    size = (off_t)sector_bytes * sector_count;
    if (error == ASSENT_OK && (size == 0 || info.st_size % sector_bytes != 0 ||
                               info.st_size > size || (info.st_size < size && !writable))) {
        error = ASSENT_ERR_RANGE;
    }
    if (error == ASSENT_OK) {
        error = extend(file->fd, info.st_size, size);
    }
    bytes = error != ASSENT_OK ? MAP_FAILED
                               : mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                                      writable ? MAP_SHARED : MAP_PRIVATE, file->fd, 0);
    if (error == ASSENT_OK &&
        (bytes == MAP_FAILED || !flash_sim_open(&file->sim, sector_bytes, sector_count, bytes))) {
        error = ASSENT_ERR_IO;
    }
    if (error != ASSENT_OK) {
        (void)close(file->fd);
        file->fd = -1;
        return error;
    }
    file->sim.worn_out = !writable;
    return ASSENT_OK;
}

void flash_file_close(struct flash_file *file)
{
    if (file->fd >= 0) {
        uint8_t *bytes = file->sim.bytes;
        size_t size = file->sim.size_bytes;

        flash_sim_close(&file->sim);
        (void)munmap(bytes, size);
        (void)close(file->fd);
        file->fd = -1;
    }
}
