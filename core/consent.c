/* SPDX-License-Identifier: MIT */
#include "core/consent.h"

const char *assent_consent_tier_name(enum assent_tier tier)
{
    switch (tier) {
    case ASSENT_TIER_ESSENTIAL:
        return "essential";
    case ASSENT_TIER_ANALYTICS:
        return "analytics";
    case ASSENT_TIER_ADVERTISING:
        return "advertising";
    }
    return "unknown";
}

const char *assent_consent_choice_name(enum assent_choice choice)
{
    switch (choice) {
    case ASSENT_CHOICE_UNDECIDED:
        return "undecided";
    case ASSENT_CHOICE_GRANTED:
        return "granted";
    case ASSENT_CHOICE_REFUSED:
        return "refused";
    case ASSENT_CHOICE_WITHDRAWN:
        return "withdrawn";
    }
    return "unknown";
}

const char *assent_consent_regime_name(enum assent_regime regime)
{
    switch (regime) {
    case ASSENT_REGIME_EU:
        return "eu";
    case ASSENT_REGIME_UK:
        return "uk";
    case ASSENT_REGIME_US:
        return "us";
    }
    return "unknown";
}
