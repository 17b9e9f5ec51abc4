/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_TEXT_KEY_H
#define ASSENT_CORE_TEXT_KEY_H

/* Names of the words of the notice, the preferences page and the policy pages. They are the same on
 * every site, in every language of the build: one image for all policies (http/text.h), compiled
 * from core/policies/texts/ and used in place from flash. A policy may word any of them differently.
 *
 * Texts are plain UTF-8 without markup; the renderer escapes them. They may hold the placeholders
 * {controller} {site} {contact} {age} {days} {n} {date} {revision} {id}, which the renderer
 * replaces; the compiler refuses any other, and a translation that lacks one. */

/* X(NAME, source_key): ASSENT_TEXT_NAME, and "source_key" in the JSON source. New keys go to the
 * end of their group; an image holds all of them in this order. */
#define ASSENT_TEXT_KEYS(X)                                                                        \
    /* the notice */                                                                               \
    X(HEADING, heading)                                                                            \
    X(INTRO, intro)       /* opt-in: nothing optional runs before a choice */                      \
    X(INTRO_US, intro_us) /* opt-out: optional tiers run unless refused */                         \
    X(INTRO_UK, intro_uk) /* opt-in, but statistics run until objected to */                       \
    X(ACCEPT_ALL, accept_all)                                                                      \
    X(REJECT_ALL, reject_all)                                                                      \
    X(SAVE, save)                                                                                  \
    X(MANAGE, manage)             /* opens the second layer */                                     \
    X(ALWAYS_ON, always_on)       /* beside the essential tier, instead of a checkbox */           \
    X(CHOICES_LINK, choices_link) /* on every page */                                              \
    X(POLICY_LINK, policy_link)                                                                    \
    X(COOKIES_LINK, cookies_link)                                                                  \
    X(RECIPIENTS_LINK, recipients_link)                                                            \
    X(TIER_ESSENTIAL, tier_essential)                                                              \
    X(TIER_ANALYTICS, tier_analytics)                                                              \
    X(TIER_ADVERTISING, tier_advertising)                                                          \
    X(TIER_ESSENTIAL_TEXT, tier_essential_text)                                                    \
    X(TIER_ANALYTICS_TEXT, tier_analytics_text)                                                    \
    X(TIER_ADVERTISING_TEXT, tier_advertising_text)                                                \
    /* why the notice is there again */                                                            \
    X(AGAIN_CHANGED, again_changed)                                                                \
    X(AGAIN_EXPIRED, again_expired)                                                                \
    X(AGAIN_RIGHTS, again_rights) /* a revision takes a right away and needs explicit consent */   \
    /* signals */                                                                                  \
    X(GPC_HONOURED, gpc_honoured)                                                                  \
    X(GPC_CONFLICT, gpc_conflict) /* a choice made here says more than the signal */               \
    X(OPT_OUT_LINK, opt_out_link)                                                                  \
    X(OPT_OUT_HONOURED, opt_out_honoured)                                                          \
    /* age */                                                                                      \
    X(AGE_QUESTION, age_question) /* {age} */                                                      \
    X(AGE_YES, age_yes)           /* {age} */                                                      \
    X(AGE_NO, age_no)             /* {age} */                                                      \
    X(AGE_LIMITED, age_limited)   /* what happens to who says no */                                \
    X(AGE_NEEDED, age_needed)     /* nothing was done: the question was not answered */            \
    /* the preferences page */                                                                     \
    X(PAGE_TITLE, page_title)                                                                      \
    X(STATE_HEADING, state_heading)                                                                \
    X(STATE_UNDECIDED, state_undecided)                                                            \
    X(STATE_GRANTED, state_granted)                                                                \
    X(STATE_REFUSED, state_refused)                                                                \
    X(STATE_WITHDRAWN, state_withdrawn)                                                            \
    X(STATE_OPT_OUT, state_opt_out) /* undecided in an opt-out tier: runs until refused */         \
    X(STATE_RESTRICTED, state_restricted)                                                          \
    X(STATE_OBJECTED, state_objected)                                                              \
    X(SAVED, saved)                                                                                \
    X(GIVEN_ON, given_on)       /* {date} */                                                       \
    X(VALID_UNTIL, valid_until) /* {date} */                                                       \
    X(KEPT_FOR, kept_for)       /* {days}: how long a record is kept after it has ended */         \
    X(CLOCK_UNCERTAIN, clock_uncertain)                                                            \
    X(RECORD_ID, record_id) /* {id} */                                                             \
    X(METHOD_ACCEPT, method_accept)                                                                \
    X(METHOD_REJECT, method_reject)                                                                \
    X(METHOD_SAVE, method_save)                                                                    \
    X(METHOD_WITHDRAW, method_withdraw)                                                            \
    X(METHOD_GPC, method_gpc)                                                                      \
    X(METHOD_API, method_api)                                                                      \
    X(WITHDRAW, withdraw)                                                                          \
    X(WITHDRAW_TEXT, withdraw_text)                                                                \
    X(RECEIPT, receipt)                                                                            \
    X(EXPORT, export)                                                                              \
    X(ERASE, erase)                                                                                \
    X(ERASE_TEXT, erase_text)                                                                      \
    X(ERASED, erased)                                                                              \
    X(RESTRICT, restrict)                                                                          \
    X(RESTRICT_TEXT, restrict_text)                                                                \
    X(UNRESTRICT, unrestrict)                                                                      \
    X(OBJECT, object)                                                                              \
    X(OBJECT_TEXT, object_text)                                                                    \
    X(UNOBJECT, unobject)                                                                          \
    X(WITHDRAWN, withdrawn)                                                                        \
    X(METHOD_PREFERENCES, method_preferences)                                                      \
    X(NOTHING_STORED, nothing_stored)   /* no record of this visitor exists */                     \
    X(KEPT_IN_BROWSER, kept_in_browser) /* a choice is known from the token alone */               \
    X(BACK, back)                                                                                  \
    /* cookies, technologies, third parties */                                                     \
    X(PURPOSES_HEADING, purposes_heading)                                                          \
    X(COOKIES_HEADING, cookies_heading)                                                            \
    X(COLUMN_NAME, column_name)                                                                    \
    X(COLUMN_PURPOSE, column_purpose)                                                              \
    X(COLUMN_LIFETIME, column_lifetime)                                                            \
    X(COLUMN_PROVIDER, column_provider)                                                            \
    X(LIFETIME_SESSION, lifetime_session)                                                          \
    X(LIFETIME_DAYS, lifetime_days)       /* {n}, from 48 hours on */                              \
    X(LIFETIME_HOURS, lifetime_hours)     /* {n}, from 120 minutes on */                           \
    X(LIFETIME_MINUTES, lifetime_minutes) /* {n}, below */                                         \
    X(TECHNOLOGIES_HEADING, technologies_heading)                                                  \
    X(TECHNOLOGY_BEACON, technology_beacon)                                                        \
    X(TECHNOLOGY_ADVERTISING_ID, technology_advertising_id)                                        \
    X(TECHNOLOGY_UNIQUE_ID, technology_unique_id)                                                  \
    X(TECHNOLOGY_SERVER_LOG, technology_server_log)                                                \
    X(TECHNOLOGY_LINK_TRACKING, technology_link_tracking)                                          \
    X(TECHNOLOGY_APP_LOG, technology_app_log)                                                      \
    X(RECIPIENTS_HEADING, recipients_heading)                                                      \
    X(HOSTS_HEADING, hosts_heading)                                                                \
    /* rights, contact, complaint */                                                               \
    X(RIGHTS_HEADING, rights_heading)                                                              \
    X(RIGHT_ACCESS, right_access) /* the nine of ASSENT_RIGHT_*, in the order of their bits */     \
    X(RIGHT_RECTIFICATION, right_rectification)                                                    \
    X(RIGHT_ERASURE, right_erasure)                                                                \
    X(RIGHT_RESTRICTION, right_restriction)                                                        \
    X(RIGHT_PORTABILITY, right_portability)                                                        \
    X(RIGHT_OBJECTION, right_objection)                                                            \
    X(RIGHT_WITHDRAWAL, right_withdrawal)                                                          \
    X(RIGHT_COMPLAINT, right_complaint)                                                            \
    X(RIGHT_OPT_OUT, right_opt_out)                                                                \
    X(CONTACT, contact)                                                                            \
    X(COMPLAINT, complaint)                                                                        \
    X(COMPLAINT_TEXT, complaint_text)                                                              \
    X(DPO, dpo)                                                                                    \
    /* when a request cannot be served */                                                          \
    X(REQUESTS_SLOWED, requests_slowed)                                                            \
    X(REQUESTS_DECLINED, requests_declined)                                                        \
    X(FORM_EXPIRED, form_expired)                                                                  \
    X(NO_COOKIES, no_cookies)                                                                      \
    X(STORE_FULL, store_full)                                                                      \
    /* kiosk */                                                                                    \
    X(KIOSK_DONE, kiosk_done)                                                                      \
    X(KIOSK_ENDED, kiosk_ended)                                                                    \
    /* policy pages */                                                                             \
    X(POLICY_HEADING, policy_heading) /* {controller} */                                           \
    X(CONTROLLER, controller)                                                                      \
    X(REVISION, revision)   /* {revision} */                                                       \
    X(EFFECTIVE, effective) /* {date} */                                                           \
    X(ARCHIVE_HEADING, archive_heading)                                                            \
    X(ARCHIVE_EMPTY, archive_empty)                                                                \
    X(CHANGES_ASKED, changes_asked)                                                                \
    X(CHANGES_SILENT, changes_silent)                                                              \
    X(FULL_TEXT, full_text)                                                                        \
    X(SECTION_RETENTION, section_retention) /* the kinds of enum assent_policy_section_kind */     \
    X(SECTION_CHANGES, section_changes)                                                            \
    X(SECTION_MINORS, section_minors)                                                              \
    X(SECTION_REQUESTS, section_requests)                                                          \
    X(SECTION_BROWSER, section_browser)                                                            \
    X(SECTION_SENSITIVE, section_sensitive)                                                        \
    X(SECTION_SHARING, section_sharing)                                                            \
    X(SECTION_MARKETING, section_marketing)

#define ASSENT_TEXT_ENUM(name, key) ASSENT_TEXT_##name,
enum assent_text_key { ASSENT_TEXT_KEYS(ASSENT_TEXT_ENUM) ASSENT_TEXT_COUNT };
#undef ASSENT_TEXT_ENUM

/* Limits of text and policy images. A tag is the longest of RFC 5646 s. 4.4.1. */
enum { ASSENT_TEXT_LANGUAGES = 16, ASSENT_TEXT_TAG_BYTES = 35 };

#endif
