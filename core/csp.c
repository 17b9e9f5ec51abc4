/* SPDX-License-Identifier: MIT */
#include "core/csp.h"

/* What a directive allows besides hosts: the keywords are for code only. */
#define OWN_SOURCES " 'self' data: blob:"
#define OWN_CODE    OWN_SOURCES " 'unsafe-inline' 'unsafe-eval'"

void assent_csp_write(struct assent_writer *w, const struct assent_policy *policy, uint8_t allowed)
{
    static const struct {
        uint8_t use;
        const char *name;
        const char *own;
    } directives[] = {
        {ASSENT_POLICY_HOST_SCRIPT, "script-src", OWN_CODE},
        {ASSENT_POLICY_HOST_IMG, "img-src", OWN_SOURCES},
        {ASSENT_POLICY_HOST_CONNECT, "connect-src", OWN_SOURCES},
        {ASSENT_POLICY_HOST_FRAME, "frame-src", OWN_SOURCES},
        {ASSENT_POLICY_HOST_STYLE, "style-src", OWN_CODE},
        {ASSENT_POLICY_HOST_FONT, "font-src", OWN_SOURCES},
        {ASSENT_POLICY_HOST_MEDIA, "media-src", OWN_SOURCES},
    };

    assent_writer_text(w, "default-src" OWN_CODE);
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        struct assent_policy_host host;
        bool open = false;

        for (unsigned h = 0; assent_policy_host(policy, h, &host) == ASSENT_OK; h++) {
            if ((host.uses & directives[i].use) == 0 ||
                (allowed & ASSENT_TIER_BIT(host.tier)) == 0) {
                continue;
            }
            if (!open) {
                assent_writer_text(w, "; ");
                assent_writer_text(w, directives[i].name);
                assent_writer_text(w, directives[i].own);
                open = true;
            }
            assent_writer_byte(w, ' ');
            assent_writer_put(w, host.host);
        }
    }
}
