/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_API_H
#define ASSENT_HTTP_API_H

#include "http/app.h"

/* The JSON interface, equal in power to the forms.
 *
 *     GET /.consent/state      what holds: tiers with choice and reason, signals, times
 *     PUT /.consent/state      {"analytics":true,"advertising":false,"age_confirmed":true,
 *                               "restricted":false,"objected":false,"language":"de"}; each member may
 *                              be left out, and leaves that as it is. Answers with the new state
 *     DELETE /.consent/state   forget the visitor. Answers with the new state
 *     GET /.consent/receipt    the receipt of the choice in force
 *     GET /.consent/export     everything held about the visitor
 *
 * PUT and DELETE are safe from other origins without a form token: browsers ask before they send them
 * across (Fetch s. 3.2), and are told no; PUT takes application/json only. */
void assent_api_state(struct assent_visit *visit, struct assent_response *response);

/* GET of a receipt or an export.
 *   all  an export */
void assent_api_receipt(struct assent_visit *visit, struct assent_response *response, bool all);

#endif
