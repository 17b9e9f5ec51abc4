/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_TOOL_H
#define ASSENT_TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* What the subcommands of the host command share. A command lives in tools/cmd_NAME.c, defines
 * tool_NAME and is listed once here and once in the table of tools/assent.c. */

/* Exit codes of every command. */
enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

struct tool_command {
    const char *name;      /* one word; NULL ends a list */
    const char *arguments; /* for the usage line: "[--now TIME] FILE..."; "" if it takes none */
    const char *summary;   /* one line, without a full stop */
    const char *help;      /* what --help says after the usage line, with line ends; or NULL */
    const struct tool_command *commands; /* subcommands, or NULL: then run is set */
    /* argv holds the arguments after the command's own words; --help never arrives here.
     *   return  an exit code */
    int (*run)(int argc, char **argv);
};

extern const struct tool_command tool_audit;
extern const struct tool_command tool_cookie;
extern const struct tool_command tool_gate;
extern const struct tool_command tool_page;
extern const struct tool_command tool_policy;
extern const struct tool_command tool_provision;
extern const struct tool_command tool_store;
extern const struct tool_command tool_token;

/* An option of a command: a flag if set is given, else it takes a value ("--name VALUE" or
 * "--name=VALUE"; the last one counts). */
struct tool_option {
    const char *name; /* with its dashes: "--policy", "-o" */
    const char **value;
    bool *set;
};

/* Read the options out of the arguments; "--" ends them, "-" is no option.
 *   argv    the other arguments are moved to its front, in order
 *   return  how many others there are; -1 if an option is wrong, which has then been reported */
int tool_options(int argc, char **argv, const struct tool_option *options, size_t count);

/* Report a wrong use of the running command, one line on stderr.
 *   return  TOOL_USAGE */
int tool_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Report a failure, one line on stderr: "assent COMMAND: PLACE: REASON".
 *   place   the offending file, line or value; or NULL
 *   return  TOOL_FAILED */
int tool_fail(const char *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Read a file as a whole, "-" for standard input. One byte beyond its end is a NUL.
 *   out     the caller's to free(); set on success
 *   return  TOOL_OK, or TOOL_FAILED after reporting why */
int tool_read(const char *path, uint8_t **out, size_t *len);

/* Write a file as a whole or not at all: beside its place first, so that what was there stays if anything
 * fails. What is no regular file is written to as it is.
 *   path    NULL: standard output
 *   return  TOOL_OK, or TOOL_FAILED after reporting why */
int tool_write(const char *path, const struct assent_span *parts, size_t count);

/* Compress a file by gzip(1): the same bytes for the same content.
 *   out     the caller's to free(); set on success, else NULL
 *   return  TOOL_OK, or TOOL_FAILED after reporting why: no gzip, or 64 KiB and more */
int tool_gzip(const char *path, uint8_t **out, size_t *len);

#endif
