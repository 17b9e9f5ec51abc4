/* SPDX-License-Identifier: MIT */
#include "core/csp.h"

#include "core/words.h"

/* What a directive allows besides hosts: the keywords are for code only. */
static void start(struct assent_writer *w, const char *directive, bool code)
{
    assent_writer_text(w, directive);
    assent_writer_text(w, "-src 'self' data: blob:");
    assent_writer_text(w, code ? " 'unsafe-inline' 'unsafe-eval'" : "");
}

void assent_csp_write(struct assent_writer *w, const struct assent_policy *policy, uint8_t allowed)
{
    /* In the order of the bits of ASSENT_POLICY_HOST_*. */
    static const char directives[] = "script\0"
                                     "img\0"
                                     "connect\0"
                                     "frame\0"
                                     "style\0"
                                     "font\0"
                                     "media\0";
    struct assent_policy_host host;

    start(w, "default", true);
    for (unsigned use = 0; 1U << use <= ASSENT_POLICY_HOST_MEDIA; use++) {
        bool open = false;

        for (unsigned h = 0; assent_policy_host(policy, h, &host) == ASSENT_OK; h++) {
            if ((host.uses >> use & 1) == 0 || (allowed & ASSENT_TIER_BIT(host.tier)) == 0) {
                continue;
            }
            if (!open) {
                assent_writer_text(w, "; ");
                start(w, assent_words_at(directives, use),
                      (1U << use & (ASSENT_POLICY_HOST_SCRIPT | ASSENT_POLICY_HOST_STYLE)) != 0);
                open = true;
            }
            assent_writer_byte(w, ' ');
            assent_writer_put(w, host.host);
        }
    }
}
