/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_FORM_H
#define ASSENT_HTTP_FORM_H

#include "http/app.h"

/* The forms of notice and preferences page, as browsers post them
 * (application/x-www-form-urlencoded):
 *
 *     assent   "all", "none", "save" or "withdraw"                         the choice
 *     t        "analytics", "advertising"; each at most once               what "save" grants
 *     age      "yes" or "no"                                               where there is a question
 *     on       "1" or "0"                                                  restrict, object
 *     form     form token (http/guard.h)
 *     lang     language of the page with the form
 *     from     "notice" or "preferences"
 *     back     path to go on with
 *
 * What was done is answered by 303 (See Other); everything else by the preferences page with a word
 * on why, under a status that says it to programs. */

/* POST /.consent/, and POST to restrict, object, erase below it.
 *   name  the last segment: "", "restrict", "object" or "erase" */
void assent_form_answer(struct assent_visit *visit, struct assent_response *response,
                        struct assent_span name);

/* GET /.consent/kept?t=TOKEN&back=PATH: where a browser lands that has shown no cookie before it
 * was given its token. If the token came along, go on to back; if not, the browser keeps no cookies:
 * the record is removed and the visitor is told. */
void assent_form_kept(struct assent_visit *visit, struct assent_response *response);

#endif
