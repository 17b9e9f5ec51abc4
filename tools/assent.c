/* SPDX-License-Identifier: MIT */
/* assent, the host command: finds the subcommand, prints help, and reports errors in one form. */
#include "tools/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In the order of "assent --help". */
static const struct tool_command *const commands[] = {
    &tool_audit,  &tool_cookie,    &tool_gate,  &tool_page,
    &tool_policy, &tool_provision, &tool_store, &tool_token,
};

/* The words that led to the running command: "assent cookie parse". */
static char running[80] = "assent";

__attribute__((format(printf, 2, 0))) static void say(const char *place, const char *format,
                                                      va_list args)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", running);
    if (place != NULL) {
        fprintf(stderr, "%s: ", place);
    }
    vfprintf(stderr, format, args);
}

int tool_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(NULL, format, args);
    va_end(args);
    fprintf(stderr, "; see %s --help\n", running);
    return TOOL_USAGE;
}

int tool_fail(const char *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(place, format, args);
    va_end(args);
    fputc('\n', stderr);
    return TOOL_FAILED;
}

static const struct tool_option *find_option(const char *word, size_t len,
                                             const struct tool_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) == len && memcmp(options[i].name, word, len) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

int tool_options(int argc, char **argv, const struct tool_option *options, size_t count)
{
    int others = 0;
    bool ended = false;

    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        size_t len = strcspn(word, "=");
        const struct tool_option *option;

        if (ended || word[0] != '-' || word[1] == '\0') {
            argv[others++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            ended = true;
            continue;
        }
        option = find_option(word, len, options, count);
        if (option == NULL) {
            tool_usage("unknown option '%s'", word);
            return -1;
        }
        if (option->set != NULL) {
            if (word[len] == '=') {
                tool_usage("option '%s' takes no value", option->name);
                return -1;
            }
            *option->set = true;
        } else if (word[len] == '=') {
            *option->value = word + len + 1;
        } else if (i + 1 < argc) {
            *option->value = argv[++i];
        } else {
            tool_usage("option '%s' needs a value", option->name);
            return -1;
        }
    }
    return others;
}

int tool_read(const char *path, uint8_t **out, size_t *len)
{
    bool standard = strcmp(path, "-") == 0;
    const char *place = standard ? "standard input" : path;
    FILE *file = standard ? stdin : fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;
    size_t used = 0;

    if (file == NULL) {
        return tool_fail(place, "%s", strerror(errno));
    }
    do {
        size_t bigger = size == 0 ? 65536 : size * 2;
        uint8_t *moved = realloc(data, bigger);

        if (moved == NULL) {
            break;
        }
        data = moved;
        size = bigger;
        used += fread(data + used, 1, size - 1 - used, file);
    } while (used == size - 1);
    if (data == NULL || used == size - 1 || ferror(file)) {
        int reason = ferror(file) ? errno : ENOMEM;

        free(data);
        if (!standard) {
            fclose(file);
        }
        return tool_fail(place, "%s", strerror(reason));
    }
    if (!standard) {
        fclose(file);
    }
    data[used] = '\0';
    *out = data;
    *len = used;
    return TOOL_OK;
}

/* return  0, or errno */
static int write_parts(FILE *file, const struct assent_span *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0 && fwrite(parts[i].ptr, 1, parts[i].len, file) != parts[i].len) {
            return errno;
        }
    }
    return fflush(file) == 0 ? 0 : errno;
}

int tool_write(const char *path, const struct assent_span *parts, size_t count)
{
    char building[4096];
    struct stat there;
    const char *to = building;
    FILE *file;
    int error;

    if (path == NULL) {
        error = write_parts(stdout, parts, count);
        return error == 0 ? TOOL_OK : tool_fail("standard output", "%s", strerror(error));
    }
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        to = path;
    } else if ((size_t)snprintf(building, sizeof(building), "%s.new", path) >= sizeof(building)) {
        return tool_fail(path, "%s", strerror(ENAMETOOLONG));
    }
    file = fopen(to, "wb");
    if (file == NULL) {
        return tool_fail(to, "%s", strerror(errno));
    }
    error = write_parts(file, parts, count);
    if (fclose(file) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && to != path && rename(to, path) != 0) {
        error = errno;
    }
    if (error != 0 && to != path) {
        (void)remove(to);
    }
    return error == 0 ? TOOL_OK : tool_fail(path, "%s", strerror(error));
}

static void print_row(const struct tool_command *command)
{
    printf("  %-12s %s\n", command->name, command->summary);
}

static int print_top_help(void)
{
    printf("usage: assent COMMAND ...\n\n"
           "Cookie consent kept where the page is served: its parts, to be tried one by one.\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        print_row(commands[i]);
    }
    printf("\nassent COMMAND --help says more. Exit code: 0 done, 1 failed, 2 wrong use.\n");
    return TOOL_OK;
}

static int print_help(const struct tool_command *command)
{
    if (command->commands == NULL) {
        printf("usage: %s %s\n\n%s.\n", running, command->arguments, command->summary);
    } else {
        printf("usage: %s COMMAND ...\n\n%s.\n\n", running, command->summary);
        for (const struct tool_command *sub = command->commands; sub->name != NULL; sub++) {
            print_row(sub);
        }
    }
    if (command->help != NULL) {
        printf("\n%s", command->help);
    }
    return TOOL_OK;
}

static bool wants_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static void enter(const struct tool_command *command)
{
    size_t used = strlen(running);

    snprintf(running + used, sizeof(running) - used, " %s", command->name);
}

static int run(const struct tool_command *command, int argc, char **argv)
{
    enter(command);
    while (command->commands != NULL) {
        const struct tool_command *sub = command->commands;

        if (argc == 0) {
            return tool_usage("a command is missing");
        }
        if (wants_help(argv[0])) {
            return print_help(command);
        }
        while (sub->name != NULL && strcmp(sub->name, argv[0]) != 0) {
            sub++;
        }
        if (sub->name == NULL) {
            return tool_usage("unknown command '%s'", argv[0]);
        }
        command = sub;
        enter(command);
        argc--;
        argv++;
    }
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (wants_help(argv[i])) {
            return print_help(command);
        }
    }
    return command->run(argc, argv);
}

static int find_and_run(int argc, char **argv)
{
    if (argc < 2) {
        return tool_usage("a command is missing");
    }
    if (wants_help(argv[1])) {
        return print_top_help();
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i]->name, argv[1]) == 0) {
            return run(commands[i], argc - 2, argv + 2);
        }
    }
    return tool_usage("unknown command '%s'", argv[1]);
}

int main(int argc, char **argv)
{
    int code = find_and_run(argc, argv);

    if ((fflush(stdout) != 0 || ferror(stdout)) && code == TOOL_OK) {
        return tool_fail("standard output", "%s", strerror(errno));
    }
    return code;
}
