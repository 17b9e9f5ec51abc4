/* SPDX-License-Identifier: MIT */
/* Compression by gzip(1), which every Debian system has: the best it can, without a name or a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/tool.h"

/* In the child. */
static _Noreturn void compress(const char *path, int to)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);

    if (from >= 0 && dup2(from, STDIN_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0) {
        execlp("gzip", "gzip", "-9", "-n", "-c", (char *)NULL);
    }
    _exit(127);
}

static size_t read_all(int from, uint8_t *out, size_t cap)
{
    size_t len = 0;
    ssize_t got;

    while (len < cap &&
           ((got = read(from, out + len, cap - len)) > 0 || (got < 0 && errno == EINTR))) {
        len += got > 0 ? (size_t)got : 0;
    }
    return len;
}

int tool_gzip(const char *path, uint8_t **out, size_t *len)
{
    enum { CAP = 1 << 16 };
    int ends[2];
    int status = -1;
    pid_t child;

    *out = malloc(CAP);
    if (*out == NULL || pipe(ends) != 0) {
        free(*out);
        *out = NULL;
        return tool_fail(path, "%s", strerror(errno));
    }
    child = fork();
    if (child == 0) {
        compress(path, ends[1]);
    }
    close(ends[1]);
    *len = child > 0 ? read_all(ends[0], *out, CAP) : 0;
    close(ends[0]); /* what is longer than that ends by SIGPIPE */
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0 || *len == CAP) {
        free(*out);
        *out = NULL;
        return tool_fail(path, "gzip does not compress it to less than %d bytes", CAP);
    }
    return TOOL_OK;
}
