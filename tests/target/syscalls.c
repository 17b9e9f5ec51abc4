/* SPDX-License-Identifier: MIT */
/* What newlib asks of a system: files by semihosting, memory from the board's slower RAM. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "port/cortex_m/semihost.h"

enum { CONSOLE = 3, FILES = 16 }; /* file numbers below CONSOLE are the debugger's console */

extern char assent_link_psram_used[];
extern char assent_link_psram_end[];

int _open(const char *name, int flags, int mode);
int _close(int file);
int _read(int file, char *out, int len);
int _write(int file, const char *bytes, int len);
int _lseek(int file, int offset, int whence);
int _fstat(int file, struct stat *out);
int _isatty(int file);
void *_sbrk(ptrdiff_t bytes);
int _kill(int process, int signal);
int _getpid(void);
_Noreturn void _exit(int code);

static struct {
    int handle;
    int at;
} files[FILES];

/* Files are read here, and nothing else. */
int _open(const char *name, int flags, int mode)
{
    (void)mode;
    if ((flags & O_ACCMODE) != O_RDONLY) {
        errno = EROFS;
        return -1;
    }
    for (int i = CONSOLE; i < FILES; i++) {
        if (files[i].handle == 0) {
            int handle = assent_semihost_open(name, ASSENT_SEMIHOST_READ);

            if (handle <= 0) {
                break;
            }
            files[i].handle = handle;
            files[i].at = 0;
            return i;
        }
    }
    errno = ENOENT;
    return -1;
}

int _close(int file)
{
    if (file >= CONSOLE) {
        assent_semihost_close(files[file].handle);
        files[file].handle = 0;
    }
    return 0;
}

int _read(int file, char *out, int len)
{
    int got;

    if (file < CONSOLE) {
        return 0;
    }
    got = len - (int)assent_semihost_read(files[file].handle, out, (uint32_t)len);
    files[file].at += got;
    return got;
}

int _write(int file, const char *bytes, int len)
{
    static int console;

    if (file >= CONSOLE) {
        errno = EROFS;
        return -1;
    }
    if (console == 0) {
        console = assent_semihost_open(":tt", ASSENT_SEMIHOST_WRITE);
    }
    return len - (int)assent_semihost_write(console, bytes, (uint32_t)len);
}

int _lseek(int file, int offset, int whence)
{
    if (file < CONSOLE) {
        errno = ESPIPE;
        return -1;
    }
    if (whence == SEEK_CUR) {
        offset += files[file].at;
    } else if (whence == SEEK_END) {
        offset += (int)assent_semihost_length(files[file].handle);
    }
    if (offset < 0 || !assent_semihost_seek(files[file].handle, (uint32_t)offset)) {
        errno = EINVAL;
        return -1;
    }
    files[file].at = offset;
    return offset;
}

int _fstat(int file, struct stat *out)
{
    *out = (struct stat){.st_mode = file < CONSOLE ? S_IFCHR : S_IFREG};
    return 0;
}

int _isatty(int file)
{
    return file < CONSOLE;
}

void *_sbrk(ptrdiff_t bytes)
{
    static char *end = assent_link_psram_used;
    char *before = end;

    if (bytes > assent_link_psram_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += bytes;
    return before;
}

/* abort() comes here. */
int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    assent_semihost_exit(1);
}

int _getpid(void)
{
    return 1;
}

_Noreturn void _exit(int code)
{
    assent_semihost_exit((uint32_t)code);
}
