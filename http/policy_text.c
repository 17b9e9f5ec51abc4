/* SPDX-License-Identifier: MIT */
#include "http/policy_text.h"

#include "core/error.h"
#include "http/language.h"

int assent_policy_text_share(struct assent_policy *policy, const struct assent_text *text)
{
    for (unsigned i = 0; text != NULL && i < policy->languages; i++) {
        if (assent_policy_language_is(policy, i, ASSENT_POLICY_LANGUAGE_SHARES) &&
            assent_text_language(text, assent_policy_tag(policy, i)) < 0) {
            return ASSENT_ERR_NOT_FOUND;
        }
    }
    policy->shared = text;
    return ASSENT_OK;
}

struct assent_text_words assent_policy_words(const struct assent_policy *policy, unsigned language,
                                             enum assent_text_key key)
{
    struct assent_text_words words = {.own = assent_policy_wording(policy, language, key)};
    int shared;

    if (words.own.len > 0 || policy->shared == NULL) {
        return words;
    }
    shared = assent_text_language(policy->shared, assent_policy_tag(policy, language));
    return shared < 0 ? words : assent_text_words(policy->shared, (unsigned)shared, key);
}

struct assent_span assent_policy_text(const struct assent_policy *policy, unsigned language,
                                      enum assent_text_key key)
{
    return assent_policy_words(policy, language, key).own;
}

unsigned assent_policy_text_negotiate(const struct assent_policy *policy, struct assent_span accept)
{
    struct assent_span range;
    unsigned quality;
    unsigned found = 0;
    unsigned best = 0;

    while (assent_language_next(&accept, &range, &quality)) {
        unsigned language = assent_policy_language(policy, range);

        /* 0 is also what lookup gives when nothing fits. */
        if (quality > best &&
            (language != 0 || assent_policy_reaches(range, assent_policy_tag(policy, 0)))) {
            best = quality;
            found = language;
        }
    }
    return found;
}
