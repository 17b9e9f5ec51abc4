/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_PAGE_H
#define ASSENT_HTTP_PAGE_H

#include "http/app.h"

/* What the application's answers have in common, and its pages. Everything is sent in pieces: see
 * struct assent_html. */

/* Begin a page.
 *   parts  of the page, the last one NULL; borrowed, constant
 *   extra  sources for script-src and img-src besides none, such as "'self'"; NULL: none. The policy
 *          of these pages is default-src 'none' with the site's style */
void assent_page_start(struct assent_visit *visit, struct assent_response *response,
                       unsigned status, assent_page_part *const *parts, const char *extra);

/* The same in two steps, for pages with fields of their own: they are written in between, then the head
 * is ended by assent_response_chunked.
 *   return  false: an error has been answered instead */
bool assent_page_open(struct assent_visit *visit, struct assent_response *response, unsigned status,
                      assent_page_part *const *parts, const char *extra);

/* Begin a document that is no page.
 *   type      its Content-Type
 *   document  writes all of it, the same bytes each time; at most ASSENT_APP_SCRATCH_BYTES
 *   name      file name to save it under; NULL: shown, not saved */
void assent_page_document(struct assent_visit *visit, struct assent_response *response,
                          const char *type,
                          int (*document)(const struct assent_visit *, struct assent_writer *),
                          const char *name);

/* Begin a document of any length, sent piece by piece.
 *   stream  writes the piece at *next, 0 at first, the same bytes each time, at most
 *           ASSENT_APP_SCRATCH_BYTES, and sets *next to that of the one behind it; false: there is none */
void assent_page_stream(struct assent_visit *visit, struct assent_response *response,
                        const char *type, assent_page_piece *stream, const char *name);

/* Status line 200 and fields of such a document, but for its length. */
void assent_page_document_fields(const struct assent_visit *visit, struct assent_response *response,
                                 const char *type, const char *name);

/* Write the first of the parts under way that has something to say, one that has not being stepped over.
 *   return  false: there is none left */
bool assent_page_write_part(struct assent_html *h, struct assent_visit *visit);

/* Parts that several pages begin and end with. A page has a title, in the visit's language. */
void assent_page_head(struct assent_html *h, const struct assent_visit *visit,
                      enum assent_text_key title);
bool assent_page_foot(struct assent_html *h, const struct assent_visit *visit, unsigned index);

/* A text between markup. */
void assent_page_word(struct assent_html *h, const struct assent_visit *visit, const char *open,
                      enum assent_text_key key, const char *close);

/* The preferences page: state, choice, cookies, third parties, rights.
 *   message  shown on top; ASSENT_TEXT_COUNT: none */
void assent_page_preferences(struct assent_visit *visit, struct assent_response *response,
                             unsigned status, enum assent_text_key message);

/* Parts of the preferences page that tell what there is: cookies by tier, technologies, third
 * parties. */
bool assent_page_cookies(struct assent_html *h, const struct assent_visit *visit, unsigned index);
bool assent_page_technologies(struct assent_html *h, const struct assent_visit *visit,
                              unsigned index);
bool assent_page_recipients(struct assent_html *h, const struct assent_visit *visit,
                            unsigned index);

/* Whether the full text of a document of the policy can be had here. */
bool assent_page_has_text(const struct assent_visit *visit,
                          const struct assent_policy_document *document);

/* The policy in force, one of its revisions, the archive, and the full text of a document.
 *   file  its name; empty: the page of the revision */
void assent_page_policy(struct assent_visit *visit, struct assent_response *response);
void assent_page_revision(struct assent_visit *visit, struct assent_response *response,
                          uint32_t revision, struct assent_span file);
void assent_page_text(struct assent_visit *visit, struct assent_response *response,
                      struct assent_span file);
void assent_page_policies(struct assent_visit *visit, struct assent_response *response);

/* The sites of the device, for a host that is none of them. */
void assent_page_sites(struct assent_visit *visit, struct assent_response *response);

#endif
