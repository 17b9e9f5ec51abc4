/* SPDX-License-Identifier: MIT */
/* What a policy names: cookies by tier, other means, third parties. */
#include "http/notice.h"
#include "http/page.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static void write_lifetime(struct assent_html *h, const struct assent_visit *visit,
                           uint32_t max_age_s)
{
    struct assent_wording wording = assent_notice_wording(visit);

    if (max_age_s == 0) {
        assent_page_word(h, visit, "", ASSENT_TEXT_LIFETIME_SESSION, "");
    } else if (max_age_s >= 2 * DAY_S) {
        assent_html_word_number(h, &wording, ASSENT_TEXT_LIFETIME_DAYS, max_age_s / DAY_S);
    } else if (max_age_s >= 2 * HOUR_S) {
        assent_html_word_number(h, &wording, ASSENT_TEXT_LIFETIME_HOURS, max_age_s / HOUR_S);
    } else {
        assent_html_word_number(h, &wording, ASSENT_TEXT_LIFETIME_MINUTES,
                                (max_age_s + MINUTE_S - 1) / MINUTE_S);
    }
}

static void write_cookie(struct assent_html *h, const struct assent_visit *visit,
                         const struct assent_policy_cookie *cookie)
{
    const struct assent_policy *policy = visit->policy;
    struct assent_policy_controller controller;
    struct assent_policy_purpose purpose;

    assent_policy_controller(policy, &controller);
    assent_html_put(h, "<tr><th scope=\"row\"><bdi>");
    assent_html_text(h, cookie->name);
    assent_html_put(h, cookie->prefix ? "*</bdi></th><td>" : "</bdi></th><td>");
    if (assent_policy_purpose(policy, cookie->purpose, visit->language, &purpose) == ASSENT_OK) {
        assent_html_text(h, purpose.title);
    }
    assent_html_put(h, "</td><td>");
    write_lifetime(h, visit, cookie->max_age_s);
    assent_html_put(h, "</td><td>");
    assent_html_text(h, cookie->provider.len > 0 ? cookie->provider : controller.name);
    assent_html_put(h, "</td></tr>");
}

/* One table for each tier that is offered; index is the tier. */
bool assent_page_cookies(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    const struct assent_policy *policy = visit->policy;
    struct assent_policy_cookie cookie;
    bool open = false;

    if (index == 0) {
        assent_page_word(h, visit, "<section id=\"cookies\"><h2>", ASSENT_TEXT_COOKIES_HEADING,
                         "</h2>");
        return true;
    }
    if (index > ASSENT_TIER_COUNT) {
        return false;
    }
    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        if ((unsigned)cookie.tier != index - 1) {
            continue;
        }
        if (!open) {
            open = true;
            assent_page_word(h, visit, "<table><caption>",
                             (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL + index - 1),
                             "</caption><thead><tr>");
            assent_page_word(h, visit, "<th scope=\"col\">", ASSENT_TEXT_COLUMN_NAME, "</th>");
            assent_page_word(h, visit, "<th scope=\"col\">", ASSENT_TEXT_COLUMN_PURPOSE, "</th>");
            assent_page_word(h, visit, "<th scope=\"col\">", ASSENT_TEXT_COLUMN_LIFETIME, "</th>");
            assent_page_word(h, visit, "<th scope=\"col\">", ASSENT_TEXT_COLUMN_PROVIDER,
                             "</th></tr></thead><tbody>");
        }
        write_cookie(h, visit, &cookie);
    }
    assent_html_put(h, open ? "</tbody></table>\n" : "\n");
    if (index == ASSENT_TIER_COUNT) {
        assent_html_put(h, "</section>\n");
    }
    return true;
}

bool assent_page_technologies(struct assent_html *h, const struct assent_visit *visit,
                              unsigned index)
{
    struct assent_policy_technology technology;

    if (assent_policy_technology(visit->policy, index, visit->language, &technology) != ASSENT_OK) {
        return false;
    }
    if (index == 0) {
        assent_page_word(h, visit, "<h2>", ASSENT_TEXT_TECHNOLOGIES_HEADING, "</h2>");
    }
    assent_page_word(
        h, visit, "<h3>",
        (enum assent_text_key)(ASSENT_TEXT_TECHNOLOGY_BEACON + (unsigned)technology.kind), " (");
    assent_page_word(h, visit, "",
                     (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL + (unsigned)technology.tier),
                     ")</h3>");
    assent_html_wrap(h, "<p>", technology.text, "</p>\n");
    return true;
}

static void write_hosts(struct assent_html *h, const struct assent_visit *visit, unsigned recipient)
{
    struct assent_policy_host host;
    bool open = false;

    for (unsigned i = 0; assent_policy_host(visit->policy, i, &host) == ASSENT_OK; i++) {
        if (host.recipient == recipient) {
            if (!open) {
                assent_page_word(h, visit, "<p>", ASSENT_TEXT_HOSTS_HEADING, ":");
                open = true;
            }
            assent_html_wrap(h, " <code>", host.host, "</code>");
        }
    }
    assent_html_put(h, open ? "</p>" : "");
}

/* The heading is there without any recipient too: the notice links to it. */
bool assent_page_recipients(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_recipient recipient;

    if (index == 0) {
        assent_page_word(h, visit, "<h2 id=\"recipients\">", ASSENT_TEXT_RECIPIENTS_HEADING,
                         "</h2>");
        return true;
    }
    if (assent_policy_recipient(visit->policy, index - 1, visit->language, &recipient) !=
        ASSENT_OK) {
        return false;
    }
    assent_html_wrap(h, "<h3>", recipient.name, "</h3>");
    assent_html_wrap(h, "<p>", recipient.text, "</p>");
    if (recipient.url.len > 0) {
        assent_html_put(h, "<p><a rel=\"noreferrer\" href=\"");
        assent_html_text(h, recipient.url);
        assent_html_wrap(h, "\">", recipient.url, "</a></p>");
    }
    write_hosts(h, visit, index - 1);
    return true;
}
