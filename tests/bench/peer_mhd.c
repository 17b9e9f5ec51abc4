/* SPDX-License-Identifier: MIT */
/* libmicrohttpd's own cookie parser, called without a server around it: its source file is compiled as
 * part of this one, and a connection is put together that has nothing but a memory pool and a Cookie
 * field. Built at bench time by tests/bench/cookie-peers, never part of anything else. */
#include "connection.c"
#include "memorypool.c"

/* What the library does when no log is asked for. */
void MHD_DLOG(const struct MHD_Daemon *daemon, const char *format, ...)
{
    (void)daemon;
    (void)format;
}

static struct MHD_Daemon server;
static struct MHD_Connection connection;
static struct MHD_HTTP_Req_Header field_header;
static size_t start_of_pool;

void peer_mhd_open(void);
size_t peer_mhd_parse(const char *field, size_t len);
const char *peer_mhd_find(const char *name);

void peer_mhd_open(void)
{
    connection.daemon = &server;
    connection.pool = MHD_pool_create(32768);
    start_of_pool = connection.pool->pos;
    field_header.header = MHD_HTTP_HEADER_COOKIE;
    field_header.header_size = strlen(MHD_HTTP_HEADER_COOKIE);
    field_header.kind = MHD_HEADER_KIND;
}

/* Parse as for a new request, in an empty pool.
 *   return  the number of cookies */
size_t peer_mhd_parse(const char *field, size_t len)
{
    size_t count = 0;

    connection.pool->pos = start_of_pool;
    connection.pool->end = connection.pool->size;
    field_header.value = field;
    field_header.value_size = len;
    field_header.next = NULL;
    connection.rq.headers_received = &field_header;
    connection.rq.headers_received_tail = &field_header;
    (void)parse_cookie_header(&connection);
    for (struct MHD_HTTP_Req_Header *h = connection.rq.headers_received; h != NULL; h = h->next) {
        count += h->kind == MHD_COOKIE_KIND ? 1 : 0;
    }
    return count;
}

/* Look a cookie of the last field up, as an application does. */
const char *peer_mhd_find(const char *name)
{
    return MHD_lookup_connection_value(&connection, MHD_COOKIE_KIND, name);
}
