/* SPDX-License-Identifier: MIT */
#include "core/consent.h"

/* Each list is in the order of its enum. */

const char assent_consent_tier_words[] = "essential\0"
                                         "analytics\0"
                                         "advertising\0";

const char assent_consent_choice_words[] = "undecided\0"
                                           "granted\0"
                                           "refused\0"
                                           "withdrawn\0";

const char assent_consent_regime_words[] = "eu\0"
                                           "uk\0"
                                           "us\0";

const char assent_consent_clock_words[] = "none\0"
                                          "floor\0"
                                          "set\0"
                                          "synced\0";
