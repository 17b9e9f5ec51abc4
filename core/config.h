/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONFIG_H
#define ASSENT_CORE_CONFIG_H

/* Every limit of core/, http/ and storage/, with its unit, its range and the bytes it costs. A board
 * overrides one with -D; a value outside its range does not compile. */

/* Cookie name plus value, bytes (RFC 6265bis s. 5.7 step 5: 4096). A longer cookie is not passed on.
 * Costs nothing. */
#ifndef ASSENT_COOKIE_PAIR_BYTES
#define ASSENT_COOKIE_PAIR_BYTES 4096
#endif
_Static_assert(ASSENT_COOKIE_PAIR_BYTES >= 64 && ASSENT_COOKIE_PAIR_BYTES <= 4096,
               "ASSENT_COOKIE_PAIR_BYTES");

/* One attribute value of a Set-Cookie field, bytes (RFC 6265bis s. 5.6: 1024). A longer one is
 * ignored, as a browser does. Costs nothing. */
#ifndef ASSENT_COOKIE_ATTRIBUTE_BYTES
#define ASSENT_COOKIE_ATTRIBUTE_BYTES 1024
#endif
_Static_assert(ASSENT_COOKIE_ATTRIBUTE_BYTES >= 64 && ASSENT_COOKIE_ATTRIBUTE_BYTES <= 1024,
               "ASSENT_COOKIE_ATTRIBUTE_BYTES");

/* Longest life of any cookie, days (RFC 6265bis s. 5.5: 400). Costs nothing. */
#ifndef ASSENT_COOKIE_LIFETIME_DAYS
#define ASSENT_COOKIE_LIFETIME_DAYS 400
#endif
_Static_assert(ASSENT_COOKIE_LIFETIME_DAYS >= 1 && ASSENT_COOKIE_LIFETIME_DAYS <= 400,
               "ASSENT_COOKIE_LIFETIME_DAYS");

/* One cookie in the ledger, encoded, bytes. Longer tuples are not learnt. Costs this much stack while
 * a response is filtered, and at most this much flash for each cookie of a site. */
#ifndef ASSENT_LEDGER_TUPLE_BYTES
#define ASSENT_LEDGER_TUPLE_BYTES 256
#endif
_Static_assert(ASSENT_LEDGER_TUPLE_BYTES >= 64 && ASSENT_LEDGER_TUPLE_BYTES <= 769,
               "ASSENT_LEDGER_TUPLE_BYTES");

/* Fields of one request that the gate rewrites or removes: Cookie and its like. One more is refused as
 * too large. Costs 16 bytes of stack each. */
#ifndef ASSENT_GATE_FIELDS
#define ASSENT_GATE_FIELDS 16
#endif
_Static_assert(ASSENT_GATE_FIELDS >= 2 && ASSENT_GATE_FIELDS <= 64, "ASSENT_GATE_FIELDS");

/* Consent tokens of one request whose MAC is checked; further ones are ignored and expired. Costs one
 * HMAC each. */
#ifndef ASSENT_GATE_TOKENS
#define ASSENT_GATE_TOKENS 4
#endif
_Static_assert(ASSENT_GATE_TOKENS >= 1 && ASSENT_GATE_TOKENS <= 16, "ASSENT_GATE_TOKENS");

/* Names of dropped cookies that are kept from a request to its response, where they are expired,
 * bytes with one length byte each. What does not fit is expired after a later request. Costs this much in
 * each request context. */
#ifndef ASSENT_GATE_NAMES_BYTES
#define ASSENT_GATE_NAMES_BYTES 256
#endif
_Static_assert(ASSENT_GATE_NAMES_BYTES >= 32 && ASSENT_GATE_NAMES_BYTES <= 4096,
               "ASSENT_GATE_NAMES_BYTES");

/* Host and path of a request as far as they are needed to expire cookies of unknown origin, bytes.
 * Longer ones are expired at host-only and "/" alone. Costs this much in each request context. */
#ifndef ASSENT_GATE_PLACE_BYTES
#define ASSENT_GATE_PLACE_BYTES 256
#endif
_Static_assert(ASSENT_GATE_PLACE_BYTES >= 64 && ASSENT_GATE_PLACE_BYTES <= 4096,
               "ASSENT_GATE_PLACE_BYTES");

/* Expiring Set-Cookie fields in one response. More follow in later responses. Costs up to about 150
 * bytes each in the response head. */
#ifndef ASSENT_GATE_EXPIRIES
#define ASSENT_GATE_EXPIRIES 40
#endif
_Static_assert(ASSENT_GATE_EXPIRIES >= 1 && ASSENT_GATE_EXPIRIES <= 200, "ASSENT_GATE_EXPIRIES");

/* Fields in one request head; one more is refused with 431. Costs nothing. */
#ifndef ASSENT_REQUEST_FIELDS
#define ASSENT_REQUEST_FIELDS 64
#endif
_Static_assert(ASSENT_REQUEST_FIELDS >= 8 && ASSENT_REQUEST_FIELDS <= 1024,
               "ASSENT_REQUEST_FIELDS");

/* Chunk extensions in one body, bytes. They carry nothing that is used; more is a flood and refused.
 * Costs nothing. */
#ifndef ASSENT_BODY_EXTENSION_BYTES
#define ASSENT_BODY_EXTENSION_BYTES 1024
#endif
_Static_assert(ASSENT_BODY_EXTENSION_BYTES >= 16 && ASSENT_BODY_EXTENSION_BYTES <= 16384,
               "ASSENT_BODY_EXTENSION_BYTES");

/* Part of each receive buffer that is left to content while the head is kept, bytes. Trailers have to
 * fit into it. The rest of the buffer is the limit of a request head (431, 414). */
#ifndef ASSENT_ENGINE_WINDOW_BYTES
#define ASSENT_ENGINE_WINDOW_BYTES 128
#endif
_Static_assert(ASSENT_ENGINE_WINDOW_BYTES >= 64 && ASSENT_ENGINE_WINDOW_BYTES <= 16384,
               "ASSENT_ENGINE_WINDOW_BYTES");

/* Content of one request unless its handler says otherwise, bytes; more is answered with 413. Costs
 * nothing: content is streamed. */
#ifndef ASSENT_ENGINE_CONTENT_BYTES
#define ASSENT_ENGINE_CONTENT_BYTES 16384
#endif
_Static_assert(ASSENT_ENGINE_CONTENT_BYTES >= 1024, "ASSENT_ENGINE_CONTENT_BYTES");

/* Content that is read and thrown away after an answer to keep the connection, and bytes thrown away
 * while lingering, each at most so many. Costs nothing. */
#ifndef ASSENT_ENGINE_DISCARD_BYTES
#define ASSENT_ENGINE_DISCARD_BYTES 65536
#endif
_Static_assert(ASSENT_ENGINE_DISCARD_BYTES >= 1024 && ASSENT_ENGINE_DISCARD_BYTES <= 1073741824,
               "ASSENT_ENGINE_DISCARD_BYTES");

/* Time limits of a connection, milliseconds. A head has to be complete so long after its first byte
 * (408). A connection without a request is closed after IDLE. While the peer is to send content or
 * read an answer, PERIOD_BYTES have to move in each PERIOD, or all that was left. After the last answer
 * the peer has LINGER to end the connection. Cost nothing. */
#ifndef ASSENT_ENGINE_HEAD_MS
#define ASSENT_ENGINE_HEAD_MS 10000
#endif
#ifndef ASSENT_ENGINE_IDLE_MS
#define ASSENT_ENGINE_IDLE_MS 15000
#endif
#ifndef ASSENT_ENGINE_PERIOD_MS
#define ASSENT_ENGINE_PERIOD_MS 10000
#endif
#ifndef ASSENT_ENGINE_PERIOD_BYTES
#define ASSENT_ENGINE_PERIOD_BYTES 1024
#endif
#ifndef ASSENT_ENGINE_LINGER_MS
#define ASSENT_ENGINE_LINGER_MS 2000
#endif
_Static_assert(ASSENT_ENGINE_HEAD_MS >= 500 && ASSENT_ENGINE_HEAD_MS <= 600000,
               "ASSENT_ENGINE_HEAD_MS");
_Static_assert(ASSENT_ENGINE_IDLE_MS >= 500 && ASSENT_ENGINE_IDLE_MS <= 600000,
               "ASSENT_ENGINE_IDLE_MS");
_Static_assert(ASSENT_ENGINE_PERIOD_MS >= 500 && ASSENT_ENGINE_PERIOD_MS <= 600000,
               "ASSENT_ENGINE_PERIOD_MS");
_Static_assert(ASSENT_ENGINE_PERIOD_BYTES >= 1 && ASSENT_ENGINE_PERIOD_BYTES <= 1048576,
               "ASSENT_ENGINE_PERIOD_BYTES");
_Static_assert(ASSENT_ENGINE_LINGER_MS >= 100 && ASSENT_ENGINE_LINGER_MS <= 60000,
               "ASSENT_ENGINE_LINGER_MS");

/* Bytes of one connection of the engine, without its two buffers. */
#ifndef ASSENT_ENGINE_CONTEXT_BYTES
#define ASSENT_ENGINE_CONTEXT_BYTES (sizeof(void *) == 4 ? 320 : 448)
#endif

/* One relayed exchange: what is on its way to the application behind the gateway, and what has come
 * from it, bytes. The head of a request with the fields that are added has to fit into the one (431), the
 * head of an answer into the other (502), as well as lwIP's TCP_WND. A relay costs both, and
 * ASSENT_INSERT_TAG_BYTES and about 200 more, besides the lane and the exchange that any request takes. */
#ifndef ASSENT_RELAY_SEND_BYTES
#define ASSENT_RELAY_SEND_BYTES 6144
#endif
#ifndef ASSENT_RELAY_RECV_BYTES
#define ASSENT_RELAY_RECV_BYTES 4608
#endif
_Static_assert(ASSENT_RELAY_SEND_BYTES >= 512 && ASSENT_RELAY_SEND_BYTES <= 32768,
               "ASSENT_RELAY_SEND_BYTES");
_Static_assert(ASSENT_RELAY_RECV_BYTES >= 512 && ASSENT_RELAY_RECV_BYTES <= 32768,
               "ASSENT_RELAY_RECV_BYTES");

/* Time limits of the gateway, milliseconds: until a connection to the application is there (502),
 * silence of the application while something is due (504), how long a client that waits for 100 is
 * left waiting, how long an idle connection is kept for the next request, how long a name that was not found
 * is not asked for again. Cost nothing. */
#ifndef ASSENT_RELAY_CONNECT_MS
#define ASSENT_RELAY_CONNECT_MS 5000
#endif
#ifndef ASSENT_RELAY_SILENCE_MS
#define ASSENT_RELAY_SILENCE_MS 60000
#endif
#ifndef ASSENT_RELAY_CONTINUE_MS
#define ASSENT_RELAY_CONTINUE_MS 1000
#endif
#ifndef ASSENT_RELAY_POOL_MS
#define ASSENT_RELAY_POOL_MS 4000
#endif
#ifndef ASSENT_RELAY_NAME_MS
#define ASSENT_RELAY_NAME_MS 1000
#endif
_Static_assert(ASSENT_RELAY_CONNECT_MS >= 250 && ASSENT_RELAY_CONNECT_MS <= 60000,
               "ASSENT_RELAY_CONNECT_MS");
_Static_assert(ASSENT_RELAY_SILENCE_MS >= 1000 && ASSENT_RELAY_SILENCE_MS <= 3600000,
               "ASSENT_RELAY_SILENCE_MS");
_Static_assert(ASSENT_RELAY_CONTINUE_MS >= 250 && ASSENT_RELAY_CONTINUE_MS <= 60000,
               "ASSENT_RELAY_CONTINUE_MS");
_Static_assert(ASSENT_RELAY_POOL_MS >= 250 && ASSENT_RELAY_POOL_MS <= 600000,
               "ASSENT_RELAY_POOL_MS");
_Static_assert(ASSENT_RELAY_NAME_MS >= 100 && ASSENT_RELAY_NAME_MS <= 600000,
               "ASSENT_RELAY_NAME_MS");

/* Interim answers (1xx) before the final one; more is a flood (502). Costs nothing. */
#ifndef ASSENT_RELAY_INTERIM
#define ASSENT_RELAY_INTERIM 16
#endif
_Static_assert(ASSENT_RELAY_INTERIM >= 1 && ASSENT_RELAY_INTERIM <= 255, "ASSENT_RELAY_INTERIM");

/* Longest form or JSON document that the consent application reads, bytes; more is 413. Costs this much
 * for each engine. */
#ifndef ASSENT_APP_BODY_BYTES
#define ASSENT_APP_BODY_BYTES 1024
#endif
_Static_assert(ASSENT_APP_BODY_BYTES >= 512 && ASSENT_APP_BODY_BYTES <= 8192,
               "ASSENT_APP_BODY_BYTES");

/* Longest path that a choice leads back to, bytes; longer ones lead to "/". Costs five times as much stack
 * while a form is answered. */
#ifndef ASSENT_APP_BACK_BYTES
#define ASSENT_APP_BACK_BYTES 256
#endif
_Static_assert(ASSENT_APP_BACK_BYTES >= 32 && ASSENT_APP_BACK_BYTES <= 1024,
               "ASSENT_APP_BACK_BYTES");

/* Longest document that is made as one: a receipt with its export, bytes. One that is longer is
 * answered with 500. Costs this much once. */
#ifndef ASSENT_APP_SCRATCH_BYTES
#define ASSENT_APP_SCRATCH_BYTES 16384
#endif
_Static_assert(ASSENT_APP_SCRATCH_BYTES >= 2048 && ASSENT_APP_SCRATCH_BYTES <= 65536,
               "ASSENT_APP_SCRATCH_BYTES");

/* Longest form that the operator's side reads, bytes; more is 413. One that leads a site to an application
 * with all that can be said takes 400. Costs this much for each of its exchanges. */
#ifndef ASSENT_ADMIN_BODY_BYTES
#define ASSENT_ADMIN_BODY_BYTES 416
#endif
_Static_assert(ASSENT_ADMIN_BODY_BYTES >= 192 && ASSENT_ADMIN_BODY_BYTES <= 4096,
               "ASSENT_ADMIN_BODY_BYTES");

/* Sources that a limit on changes tells apart; further ones share. Costs 25 bytes each, twice. */
#ifndef ASSENT_LIMIT_SOURCES
#define ASSENT_LIMIT_SOURCES 16
#endif
_Static_assert(ASSENT_LIMIT_SOURCES >= 4 && ASSENT_LIMIT_SOURCES <= 256, "ASSENT_LIMIT_SOURCES");

/* Cookies without a place in a policy that are kept for the operator to classify. Each costs 80 bytes
 * of RAM. */
#ifndef ASSENT_UNCLASSIFIED
#define ASSENT_UNCLASSIFIED 16
#endif
_Static_assert(ASSENT_UNCLASSIFIED >= 1 && ASSENT_UNCLASSIFIED <= 128, "ASSENT_UNCLASSIFIED");

/* A start tag of a script, bytes, as far as it can be made live in a relayed page; a longer one stays
 * as it is. Costs this much in each relay. */
#ifndef ASSENT_INSERT_TAG_BYTES
#define ASSENT_INSERT_TAG_BYTES 384
#endif
_Static_assert(ASSENT_INSERT_TAG_BYTES >= 64 && ASSENT_INSERT_TAG_BYTES <= 4096,
               "ASSENT_INSERT_TAG_BYTES");

/* Longest chain of certificates of the HTTPS server, bytes. Costs this much while TLS is started. */
#ifndef ASSENT_CERTIFICATE_BYTES
#define ASSENT_CERTIFICATE_BYTES 8192
#endif
_Static_assert(ASSENT_CERTIFICATE_BYTES >= 512 && ASSENT_CERTIFICATE_BYTES <= 65535,
               "ASSENT_CERTIFICATE_BYTES");

/* Certificate of an application behind the gateway, or of the CA that vouches for it, bytes. Costs this much
 * stack while the settings are read, and while the operator sets one. */
#ifndef ASSENT_UPSTREAM_CA_BYTES
#define ASSENT_UPSTREAM_CA_BYTES 2048
#endif
_Static_assert(ASSENT_UPSTREAM_CA_BYTES >= 512 && ASSENT_UPSTREAM_CA_BYTES <= 3900,
               "ASSENT_UPSTREAM_CA_BYTES");

/* Sites of a device, numbered from 0. Each costs about 120 bytes of RAM for its counters. */
#ifndef ASSENT_SITES
#define ASSENT_SITES 8
#endif
_Static_assert(ASSENT_SITES >= 1 && ASSENT_SITES <= 32, "ASSENT_SITES");

/* Terminals of a kiosk that may have a session at a time; one more ends the session that has been idle for
 * longest. Each costs 40 bytes of RAM, on devices that are no kiosk too. */
#ifndef ASSENT_KIOSK_TERMINALS
#define ASSENT_KIOSK_TERMINALS 8
#endif
_Static_assert(ASSENT_KIOSK_TERMINALS >= 1 && ASSENT_KIOSK_TERMINALS <= 64,
               "ASSENT_KIOSK_TERMINALS");

/* Cookies in the ledger of one site. Each costs 32 bytes of flash and its name, domain and path. */
#ifndef ASSENT_LEDGER_TUPLES
#define ASSENT_LEDGER_TUPLES 128
#endif
_Static_assert(ASSENT_LEDGER_TUPLES >= 8 && ASSENT_LEDGER_TUPLES <= 4096, "ASSENT_LEDGER_TUPLES");

/* A cookie not seen for so long gives up its place in a full ledger, days; one that is seen is marked
 * again that often, which is one small write to flash. */
#ifndef ASSENT_LEDGER_DAYS
#define ASSENT_LEDGER_DAYS 30
#endif
_Static_assert(ASSENT_LEDGER_DAYS >= 1 && ASSENT_LEDGER_DAYS <= 365, "ASSENT_LEDGER_DAYS");

/* Longest time that counters and clock stay in RAM before they are written, seconds. Each costs one
 * small write to flash in that time. */
#ifndef ASSENT_COUNTERS_FLUSH_S
#define ASSENT_COUNTERS_FLUSH_S 300
#endif
#ifndef ASSENT_CLOCK_FLOOR_S
#define ASSENT_CLOCK_FLOOR_S 600
#endif
_Static_assert(ASSENT_COUNTERS_FLUSH_S >= 10 && ASSENT_COUNTERS_FLUSH_S <= 86400,
               "ASSENT_COUNTERS_FLUSH_S");
_Static_assert(ASSENT_CLOCK_FLOOR_S >= 10 && ASSENT_CLOCK_FLOOR_S <= 86400, "ASSENT_CLOCK_FLOOR_S");

#endif
