/* SPDX-License-Identifier: MIT */
/* Cookie and Set-Cookie: assent beside libmicrohttpd, CivetWeb and tough-cookie on the same fields, in
 * turns, medians of processor time. tests/bench/cookie-peers fetches and builds the others. */
#include <civetweb.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cookie.h"
#include "core/set_cookie.h"
#include "tests/bench/bench.h"
#include "tests/unit/cookie_model.h"

enum { CELL_BYTES = 1 << 20, FIELDS = 2048, NAME_BYTES = 40, ROUNDS = 7, CONTENDERS = 4 };

#define ROUND_NS   20e6
#define CORPUS     "build/bench/cookie-corpus.txt"
#define NPM_FOLDER "build/deps/npm"

/* A kind of field. There are so many different ones, about a megabyte, that no branch predictor knows
 * them by heart: with 64 fields of 1 KB a loop over single bytes looks five times as fast as it is. */
struct cell {
    const char *name;
    size_t bytes;
    unsigned cookies; /* 0: a Set-Cookie field */
    bool typical;     /* of a length and number that go together: held to GOAL_TIMES */
    unsigned count;
    char *fields[FIELDS]; /* NUL-terminated */
    size_t lens[FIELDS];
    char wanted[FIELDS][NAME_BYTES]; /* the name of a cookie in the middle */
    size_t wanted_lens[FIELDS];
};

static struct cell cookie_cells[] = {
    {.name = "0.1 KB, 1 cookie", .bytes = 100, .cookies = 1, .typical = true},
    {.name = "0.1 KB, 10 cookies", .bytes = 100, .cookies = 10},
    {.name = "1 KB, 1 cookie", .bytes = 1000, .cookies = 1},
    {.name = "1 KB, 10 cookies", .bytes = 1000, .cookies = 10, .typical = true},
    {.name = "1 KB, 60 cookies", .bytes = 1000, .cookies = 60},
    {.name = "4 KB, 1 cookie", .bytes = 4000, .cookies = 1},
    {.name = "4 KB, 10 cookies", .bytes = 4000, .cookies = 10},
    {.name = "4 KB, 60 cookies", .bytes = 4000, .cookies = 60, .typical = true},
};

static struct cell set_cookie_cells[] = {
    {.name = "0.1 KB, session", .bytes = 100, .typical = true},
    {.name = "0.2 KB, all attributes", .bytes = 240, .typical = true},
    {.name = "1 KB, long value", .bytes = 1000, .typical = true},
    {.name = "4 KB, long value", .bytes = 4000, .typical = true},
};

#define GOAL_TIMES 5.0

enum { COOKIE_CELLS = sizeof(cookie_cells) / sizeof(cookie_cells[0]) };
enum { LONG_VALUE = 5 }; /* in cookie_cells: 4 KB, 1 cookie */
enum { SET_COOKIE_CELLS = sizeof(set_cookie_cells) / sizeof(set_cookie_cells[0]) };

/* ---- the fields ---- */

static void put_value(char *field, size_t len)
{
    static const char octets[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.%";
    size_t at = strlen(field);

    for (size_t i = 0; i < len; i++) {
        field[at + i] = octets[bench_random(sizeof(octets) - 1)];
    }
    field[at + len] = '\0';
}

/* Names as they occur; in crowded fields cut to leave room for a value. */
static void make_name(char *name, size_t longest, unsigned number)
{
    static const char *const stems[] = {
        "_ga",     "sid",       "_gid",     "csrftoken",  "theme",   "session_id", "_fbp",
        "lang",    "__Host-id", "cart",     "_ga_X1Y2Z3", "consent", "pref",       "uid",
        "_gcl_au", "AMP_TOKEN", "timezone", "visits",     "ab_test", "last_seen"};

    snprintf(name, NAME_BYTES, "%s", stems[number % 20]);
    if (number >= 20) {
        snprintf(name, NAME_BYTES, "%s_%u", stems[number % 20], number / 20);
    }
    if (strlen(name) > longest) {
        snprintf(name, NAME_BYTES, "%c%u", (char)('a' + number % 26), number / 26);
    }
}

static void make_cookies(struct cell *cell, unsigned index)
{
    char *field = cell->fields[index];
    unsigned turn = bench_random(20);

    for (unsigned i = 0; i < cell->cookies; i++) {
        size_t share = cell->bytes * (i + 1) / cell->cookies; /* where this pair should end */
        char name[NAME_BYTES];

        make_name(name, cell->bytes / cell->cookies > 14 ? 31 : 2, i + turn);
        if (i == cell->cookies / 2) {
            memcpy(cell->wanted[index], name, NAME_BYTES);
            cell->wanted_lens[index] = strlen(name);
        }
        strcat(field, i > 0 ? "; " : "");
        strcat(strcat(field, name), "=");
        put_value(field, share > strlen(field) + 1 ? share - strlen(field) : 1);
    }
}

static void make_set_cookie(struct cell *cell, unsigned index)
{
    const char *tail =
        cell->bytes == 240
            ? "; Domain=.example.com; Path=/; Expires=Sun, 06 Nov 2033 08:49:37 GMT; "
              "Max-Age=31536000; Secure; HttpOnly; SameSite=None; Partitioned"
        : index % 2 == 0 ? "; Path=/; HttpOnly; SameSite=Lax"
                         : "; Path=/; Secure; HttpOnly";
    char *field = cell->fields[index];

    make_name(field, 31, bench_random(20));
    strcat(field, "=");
    put_value(field, cell->bytes - strlen(tail) - strlen(field));
    strcat(field, tail);
}

static void make_cell(struct cell *cell, FILE *file)
{
    static char memory[COOKIE_CELLS + SET_COOKIE_CELLS][CELL_BYTES + 8192];
    static unsigned cells;
    char *at = memory[cells++];

    cell->count = (unsigned)(CELL_BYTES / cell->bytes);
    cell->count = cell->count > FIELDS ? FIELDS : cell->count;
    for (unsigned f = 0; f < cell->count; f++) {
        cell->fields[f] = at;
        if (cell->cookies > 0) {
            make_cookies(cell, f);
        } else {
            make_set_cookie(cell, f);
        }
        cell->lens[f] = strlen(at);
        fprintf(file, "%s\t%s\n", cell->name, at);
        at += cell->lens[f] + 1;
    }
}

static bool make_corpus(void)
{
    FILE *file = fopen(CORPUS, "w");

    for (unsigned c = 0; file != NULL && c < COOKIE_CELLS; c++) {
        make_cell(&cookie_cells[c], file);
    }
    for (unsigned c = 0; file != NULL && c < SET_COOKIE_CELLS; c++) {
        make_cell(&set_cookie_cells[c], file);
    }
    return file != NULL && fclose(file) == 0;
}

/* ---- assent ---- */

static void assent_read(void *ctx)
{
    const struct cell *cell = ctx;

    for (unsigned f = 0; f < cell->count; f++) {
        struct assent_span rest = assent_span(cell->fields[f], cell->lens[f]);
        struct assent_cookie cookie;
        size_t sum = 0;

        while (assent_cookie_next(&rest, &cookie)) {
            sum += cookie.name.len + cookie.value.len;
        }
        bench_sink += sum;
    }
}

/* Two out of three stay. */
static bool keep(void *ctx, const struct assent_cookie *cookie)
{
    (void)cookie;
    return ++*(unsigned *)ctx % 3 != 0;
}

static void assent_rewrite(void *ctx)
{
    const struct cell *cell = ctx;
    static uint8_t copy[8192];

    for (unsigned f = 0; f < cell->count; f++) {
        size_t len = cell->lens[f];
        unsigned number = 0;

        memcpy(copy, cell->fields[f], len);
        bench_sink += assent_cookie_filter(copy, len, keep, &number);
    }
}

static void assent_find(void *ctx)
{
    const struct cell *cell = ctx;

    for (unsigned f = 0; f < cell->count; f++) {
        struct assent_span value;

        if (assent_cookie_find(assent_span(cell->fields[f], cell->lens[f]),
                               assent_span(cell->wanted[f], cell->wanted_lens[f]), &value)) {
            bench_sink += value.len;
        }
    }
}

static void assent_set(void *ctx)
{
    const struct cell *cell = ctx;

    for (unsigned f = 0; f < cell->count; f++) {
        struct assent_set_cookie sc;

        bench_sink +=
            (size_t)assent_set_cookie_parse(assent_span(cell->fields[f], cell->lens[f]), &sc);
        bench_sink += sc.value.len;
    }
}

/* ---- the others ---- */

static struct {
    void (*open)(void);
    size_t (*parse)(const char *field, size_t len);
    const char *(*find)(const char *name);
} mhd;

static void mhd_read(void *ctx)
{
    const struct cell *cell = ctx;

    for (unsigned f = 0; f < cell->count; f++) {
        bench_sink += mhd.parse(cell->fields[f], cell->lens[f]);
    }
}

static void mhd_find(void *ctx)
{
    const struct cell *cell = ctx;

    for (unsigned f = 0; f < cell->count; f++) {
        const char *value;

        mhd.parse(cell->fields[f], cell->lens[f]);
        value = mhd.find(cell->wanted[f]);
        bench_sink += value != NULL ? strlen(value) : 0;
    }
}

static void civetweb_find(void *ctx)
{
    const struct cell *cell = ctx;
    char value[8192];

    for (unsigned f = 0; f < cell->count; f++) {
        bench_sink += (size_t)mg_get_cookie(cell->fields[f], cell->wanted[f], value, sizeof(value));
    }
}

static struct {
    FILE *to;
    FILE *from;
} tough;

static bool ask_tough(const char *command, const char *argument, char *answer, size_t cap)
{
    fprintf(tough.to, "%s %s\n", command, argument);
    fflush(tough.to);
    if (fgets(answer, (int)cap, tough.from) == NULL) {
        return false;
    }
    answer[strcspn(answer, "\n")] = '\0';
    return true;
}

static bool open_mhd(void)
{
    void *library = dlopen("build/bench/peer_mhd.so", RTLD_NOW);

    if (library == NULL) {
        return false;
    }
    *(void **)&mhd.open = dlsym(library, "peer_mhd_open");
    *(void **)&mhd.parse = dlsym(library, "peer_mhd_parse");
    *(void **)&mhd.find = dlsym(library, "peer_mhd_find");
    if (mhd.open == NULL || mhd.parse == NULL || mhd.find == NULL) {
        return false;
    }
    mhd.open();
    return true;
}

static bool open_tough(void)
{
    int to[2];
    int from[2];
    char answer[16];

    if (access(NPM_FOLDER "/tough-cookie@6.1.0", R_OK) != 0 || pipe(to) != 0 || pipe(from) != 0) {
        return false;
    }
    if (fork() == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        execlp("node", "node", "tests/bench/peer_tough.js", NPM_FOLDER, CORPUS, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    tough.to = fdopen(to[1], "w");
    tough.from = fdopen(from[0], "r");
    return ask_tough("find", "a=b|||a", answer, sizeof(answer)) && strcmp(answer, "b") == 0;
}

/* ---- correctness: the rows of tests/unit/cookie_model.c ---- */

static bool right(const struct cookie_model_row *row, const char *value)
{
    return row->value != NULL ? value != NULL && strcmp(value, row->value) == 0 : value == NULL;
}

static bool assent_right(const struct cookie_model_row *row)
{
    struct assent_span value;
    bool found = assent_cookie_find(assent_span(row->field, strlen(row->field)),
                                    assent_span(row->name, strlen(row->name)), &value);

    return found ? row->value != NULL &&
                       assent_span_equal(value, assent_span(row->value, strlen(row->value)))
                 : row->value == NULL;
}

static bool mhd_right(const struct cookie_model_row *row)
{
    mhd.parse(row->field, strlen(row->field));
    return right(row, mhd.find(row->name));
}

static bool civetweb_right(const struct cookie_model_row *row)
{
    char value[100];

    return right(row,
                 mg_get_cookie(row->field, row->name, value, sizeof(value)) >= 0 ? value : NULL);
}

static bool tough_right(const struct cookie_model_row *row)
{
    char question[200];
    char answer[200];

    snprintf(question, sizeof(question), "%s|||%s", row->field, row->name);
    ask_tough("find", question, answer, sizeof(answer));
    return row->value == NULL ? memcmp(answer, "\0", 1) == 0 : right(row, answer);
}

static void print_scores(void)
{
    static const struct {
        const char *name;
        bool (*right)(const struct cookie_model_row *row);
    } who[] = {{"assent", assent_right},
               {"libmicrohttpd", mhd_right},
               {"CivetWeb", civetweb_right},
               {"tough-cookie", tough_right}};

    printf("\nRight answers to the %d lookups of tests/unit/cookie_model.c\n\n", COOKIE_MODEL_ROWS);
    for (unsigned w = 0; w < 4; w++) {
        unsigned score = 0;

        for (unsigned r = 0; r < COOKIE_MODEL_ROWS; r++) {
            score += who[w].right(&cookie_model_rows[r]) ? 1 : 0;
        }
        printf("| %-14s | %2u |\n", who[w].name, score);
    }
}

/* ---- tables ---- */

struct contender {
    const char *name;
    void (*work)(void *cell);  /* over all fields; or NULL: */
    const char *tough_command; /* measured by tough-cookie's process */
};

static double measure(const struct contender *who, struct cell *cell)
{
    char answer[64];

    if (who->work != NULL) {
        return bench_time(who->work, cell, ROUND_NS) / cell->count;
    }
    return ask_tough(who->tough_command, cell->name, answer, sizeof(answer)) ? atof(answer) : 0;
}

/* who[0] is assent; the last column says how many times faster it is than the fastest of the others.
 *   return  the lowest of the last column over typical cells */
static double print_table(const char *title, struct cell *cells, unsigned cell_count,
                          const struct contender *who, unsigned count)
{
    double lowest = 1e18;

    printf("\n%s\n\n| %-22s |", title, "field");
    for (unsigned w = 0; w < count; w++) {
        printf(" %s ns | MB/s |", who[w].name);
    }
    printf(count > 1 ? " times faster |\n" : "\n");
    for (unsigned c = 0; c < cell_count; c++) {
        double times[CONTENDERS][ROUNDS];
        double medians[CONTENDERS];
        double best = 1e18;

        for (unsigned r = 0; r < ROUNDS; r++) {
            for (unsigned w = 0; w < count; w++) {
                times[w][r] = measure(&who[w], &cells[c]);
            }
        }
        printf("| %-22s |", cells[c].name);
        for (unsigned w = 0; w < count; w++) {
            medians[w] = bench_median(times[w], ROUNDS);
            best = w > 0 && medians[w] < best ? medians[w] : best;
            printf(" %9.1f | %6.0f |", medians[w], (double)cells[c].bytes * 1000 / medians[w]);
        }
        if (count > 1) {
            printf(" %.1f |", best / medians[0]);
        }
        if (cells[c].typical && best / medians[0] < lowest) {
            lowest = best / medians[0];
        }
        printf("\n");
        fflush(stdout);
    }
    return lowest;
}

static bool say(const char *what, double got, double wanted)
{
    printf("%s: %s (%.1f)\n", what, got >= wanted ? "yes" : "NO", got);
    return got >= wanted;
}

int main(void)
{
    struct contender all[CONTENDERS] = {{"assent", assent_read, NULL},
                                        {"libmicrohttpd", mhd_read, NULL},
                                        {"tough-cookie", NULL, "cookie"}};
    double lowest;
    double other;
    double long_gb_s;
    bool good;

    if (system("tests/bench/cookie-peers") != 0 || !make_corpus()) {
        fprintf(stderr, "bench_cookie: no corpus; run it from the top of the tree\n");
        return 1;
    }
    if (!open_mhd() || !open_tough()) {
        fprintf(stderr, "bench_cookie: libmicrohttpd or tough-cookie is missing: nothing to "
                        "compare with\n");
        return 1;
    }
    print_scores();
    lowest = print_table("Cookie: read all pairs", cookie_cells, COOKIE_CELLS, all, 3);
    all[0].work = assent_rewrite;
    other = print_table("Cookie: copy and drop a third of the cookies, beside the others' reading",
                        cookie_cells, COOKIE_CELLS, all, 3);
    lowest = other < lowest ? other : lowest;

    all[0].work = assent_find;
    all[1] = (struct contender){"CivetWeb", civetweb_find, NULL};
    all[2] = (struct contender){"libmicrohttpd", mhd_find, NULL};
    (void)print_table("Cookie: find one in the middle by name", cookie_cells, COOKIE_CELLS, all, 3);

    all[0].work = assent_set;
    all[1] = (struct contender){"tough-cookie", NULL, "set-cookie"};
    other = print_table("Set-Cookie: read", set_cookie_cells, SET_COOKIE_CELLS, all, 2);
    lowest = other < lowest ? other : lowest;

    all[0].work = assent_read;
    long_gb_s =
        (double)cookie_cells[LONG_VALUE].bytes / measure(&all[0], &cookie_cells[LONG_VALUE]);
    printf("\n");
    good = say("reading, rewriting and Set-Cookie at least 5 times faster at 0.1 KB with 1 cookie, "
               "1 KB with 10, 4 KB with 60",
               lowest, GOAL_TIMES);
    good = say("long values at 1 GB/s or more", long_gb_s, 1) && good;
    return good ? 0 : 1;
}
