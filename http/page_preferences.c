/* SPDX-License-Identifier: MIT */
/* The preferences page: what holds now, how to change it, what may be asked for. */
#include "http/choice.h"
#include "http/notice.h"
#include "http/page.h"

static enum assent_text_key tier_title(enum assent_tier tier)
{
    return (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL + (unsigned)tier);
}

static bool write_head(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_page_head(h, visit, ASSENT_TEXT_PAGE_TITLE);
    if (visit->message != ASSENT_TEXT_COUNT) {
        assent_page_word(h, visit, "<p role=\"status\">", (enum assent_text_key)visit->message,
                         "</p>\n");
    }
    return true;
}

/* ---- the current state ---- */

static enum assent_text_key tier_state(const struct assent_visit *visit, enum assent_tier tier)
{
    switch ((enum assent_choice)visit->gate.decision.choice[tier]) {
    case ASSENT_CHOICE_GRANTED:
        return ASSENT_TEXT_STATE_GRANTED;
    case ASSENT_CHOICE_REFUSED:
        return ASSENT_TEXT_STATE_REFUSED;
    case ASSENT_CHOICE_WITHDRAWN:
        return ASSENT_TEXT_STATE_WITHDRAWN;
    case ASSENT_CHOICE_UNDECIDED:
        break;
    }
    return (visit->gate.decision.allowed & ASSENT_TIER_BIT(tier)) != 0
               ? ASSENT_TEXT_STATE_OPT_OUT
               : ASSENT_TEXT_STATE_UNDECIDED;
}

static void write_tier(struct assent_html *h, const struct assent_visit *visit,
                       enum assent_tier tier)
{
    if ((visit->site->policy.offered & ASSENT_TIER_BIT(tier)) == 0) {
        return;
    }
    assent_html_put(h, "<dt>");
    assent_page_word(h, visit, "", tier_title(tier), "</dt><dd data-tier=\"");
    assent_html_put(h, assent_consent_tier_name(tier));
    assent_html_put(h, (visit->gate.decision.allowed & ASSENT_TIER_BIT(tier)) != 0
                           ? "\" data-allowed=\"yes\">"
                           : "\" data-allowed=\"no\">");
    assent_page_word(
        h, visit, "",
        tier == ASSENT_TIER_ESSENTIAL ? ASSENT_TEXT_ALWAYS_ON : tier_state(visit, tier), "</dd>");
}

static void write_signals(struct assent_html *h, const struct assent_visit *visit)
{
    const struct assent_decision *decision = &visit->gate.decision;

    if (decision->gpc_honoured) {
        assent_page_word(h, visit, "<p id=\"gpc\">", ASSENT_TEXT_GPC_HONOURED, "</p>");
        if (visit->site->policy.regime == ASSENT_REGIME_US) {
            assent_page_word(h, visit, "<p><b>", ASSENT_TEXT_OPT_OUT_HONOURED, "</b></p>");
        }
    }
    if (decision->gpc_conflict) {
        assent_page_word(h, visit, "<p id=\"gpc-conflict\">", ASSENT_TEXT_GPC_CONFLICT, "</p>");
    }
    if ((visit->gate.consent.flags & ASSENT_CONSENT_RESTRICTED) != 0) {
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_STATE_RESTRICTED, "</p>");
    }
    if ((visit->gate.consent.flags & ASSENT_CONSENT_OBJECTED) != 0) {
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_STATE_OBJECTED, "</p>");
    }
}

/* By which words a method is told; ASSENT_TEXT_COUNT: not at all. */
static enum assent_text_key method_text(const struct assent_record *record)
{
    switch (record->method) {
    case ASSENT_METHOD_ACCEPT:
        return ASSENT_TEXT_METHOD_ACCEPT;
    case ASSENT_METHOD_REJECT:
        return record->given_s > 0 ? ASSENT_TEXT_METHOD_WITHDRAW : ASSENT_TEXT_METHOD_REJECT;
    case ASSENT_METHOD_SAVE:
        return ASSENT_TEXT_METHOD_SAVE;
    case ASSENT_METHOD_PREFERENCES:
        return ASSENT_TEXT_METHOD_PREFERENCES;
    case ASSENT_METHOD_API:
        return ASSENT_TEXT_METHOD_API;
    case ASSENT_METHOD_GPC:
        return ASSENT_TEXT_METHOD_GPC;
    default:
        return ASSENT_TEXT_COUNT;
    }
}

static void write_when(struct assent_html *h, const struct assent_visit *visit)
{
    struct assent_wording wording = assent_notice_wording(visit);
    const struct assent_consent *consent = &visit->gate.consent;

    if (!visit->gate.has_consent) {
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_NOTHING_STORED, "</p>");
        return;
    }
    assent_html_put(h, "<p>");
    assent_html_word_date(h, &wording, ASSENT_TEXT_GIVEN_ON, consent->changed_s);
    if (visit->has_record && method_text(&visit->record) != ASSENT_TEXT_COUNT) {
        assent_page_word(h, visit, " ", method_text(&visit->record), "");
    }
    assent_html_put(h, ". ");
    assent_html_word_date(h, &wording, ASSENT_TEXT_VALID_UNTIL, assent_choice_until_s(visit));
    assent_html_put(h, ".</p><p>");
    if (consent->trust < ASSENT_CLOCK_SET) {
        assent_page_word(h, visit, "", ASSENT_TEXT_CLOCK_UNCERTAIN, " ");
    }
    if (visit->has_record) {
        assent_html_word_number(h, &wording, ASSENT_TEXT_KEPT_FOR,
                                visit->site->policy.retention_days);
    } else {
        assent_page_word(h, visit, "", ASSENT_TEXT_KEPT_IN_BROWSER, "");
    }
    assent_html_put(h, "</p>");
}

static bool write_state(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_page_word(h, visit, "<section id=\"state\"><h2>", ASSENT_TEXT_STATE_HEADING,
                     "</h2><dl>");
    write_tier(h, visit, ASSENT_TIER_ESSENTIAL);
    write_tier(h, visit, ASSENT_TIER_ANALYTICS);
    write_tier(h, visit, ASSENT_TIER_ADVERTISING);
    assent_html_put(h, "</dl>");
    write_signals(h, visit);
    write_when(h, visit);
    assent_html_put(h, "</section>\n");
    return true;
}

/* ---- the choice ---- */

/* One tier with its purposes and its box. Boxes show what was granted, and nothing is granted by
 * default. */
static bool write_box(struct assent_html *h, const struct assent_visit *visit,
                      enum assent_tier tier)
{
    struct assent_wording wording = assent_notice_wording(visit);
    bool granted = visit->gate.decision.choice[tier] == ASSENT_CHOICE_GRANTED;

    if ((wording.policy->offered & ASSENT_TIER_BIT(tier)) == 0) {
        return true;
    }
    assent_page_word(h, visit, "<fieldset><legend>", tier_title(tier), "</legend><dl>");
    assent_notice_purposes(h, &wording, tier);
    assent_html_put(h, "</dl>");
    if (tier == ASSENT_TIER_ESSENTIAL) {
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_ALWAYS_ON, "</p></fieldset>");
        return true;
    }
    assent_html_put(h, "<label><input type=\"checkbox\" name=\"t\" value=\"");
    assent_html_put(h, assent_consent_tier_name(tier));
    assent_html_put(h, granted ? "\" checked>" : "\">");
    assent_page_word(h, visit, "", tier_title(tier), "</label></fieldset>\n");
    return true;
}

static void write_button(struct assent_html *h, const struct assent_visit *visit, const char *value,
                         enum assent_text_key key)
{
    assent_html_put(h, "<button name=\"assent\" value=\"");
    assent_html_put(h, value);
    assent_page_word(h, visit, "\">", key, "</button>");
}

static bool write_choice(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    switch (index) {
    case 0:
        assent_page_word(h, visit, "<section id=\"choice\"><h2>", ASSENT_TEXT_PURPOSES_HEADING,
                         "</h2><form method=\"post\" action=\"" ASSENT_APP_PREFIX "\">");
        assent_notice_fields(h, visit, "preferences");
        return true;
    case 1:
    case 2:
    case 3:
        return write_box(h, visit, (enum assent_tier)(index - 1));
    case 4:
        assent_notice_age(h, visit);
        assent_html_put(h, "<p>");
        write_button(h, visit, "save", ASSENT_TEXT_SAVE);
        write_button(h, visit, "all", ASSENT_TEXT_ACCEPT_ALL);
        write_button(h, visit, "none", ASSENT_TEXT_REJECT_ALL);
        assent_html_put(h, "</p>");
        assent_page_word(h, visit, "<h3>", ASSENT_TEXT_WITHDRAW, "</h3>");
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_WITHDRAW_TEXT, "</p><p>");
        write_button(h, visit, "withdraw", ASSENT_TEXT_WITHDRAW);
        assent_html_put(h, "</p></form></section>\n");
        return true;
    default:
        return false;
    }
}

/* ---- rights ---- */

/* A form with one button that posts to a path below the prefix. */
static void write_request(struct assent_html *h, const struct assent_visit *visit, const char *path,
                          const char *on, enum assent_text_key title, enum assent_text_key text)
{
    assent_html_put(h, "<form method=\"post\" action=\"" ASSENT_APP_PREFIX);
    assent_html_put(h, path);
    assent_html_put(h, "\">");
    assent_notice_fields(h, visit, "preferences");
    assent_page_word(h, visit, "<p>", text, "</p><p><button name=\"on\" value=\"");
    assent_html_put(h, on);
    assent_page_word(h, visit, "\">", title, "</button></p></form>\n");
}

static void write_flag(struct assent_html *h, const struct assent_visit *visit, const char *path,
                       uint8_t flag, const enum assent_text_key keys[3])
{
    bool on = visit->gate.has_consent && (visit->gate.consent.flags & flag) != 0;

    write_request(h, visit, path, on ? "0" : "1", on ? keys[1] : keys[0], keys[2]);
}

static bool write_requests(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    static const enum assent_text_key restriction[] = {ASSENT_TEXT_RESTRICT, ASSENT_TEXT_UNRESTRICT,
                                                       ASSENT_TEXT_RESTRICT_TEXT};
    static const enum assent_text_key objection[] = {ASSENT_TEXT_OBJECT, ASSENT_TEXT_UNOBJECT,
                                                     ASSENT_TEXT_OBJECT_TEXT};

    switch (index) {
    case 0:
        assent_page_word(h, visit, "<section id=\"rights\"><h2>", ASSENT_TEXT_RIGHTS_HEADING,
                         "</h2>");
        if (visit->has_record) {
            assent_page_word(h, visit, "<p><a href=\"" ASSENT_APP_PREFIX "receipt\">",
                             ASSENT_TEXT_RECEIPT, "</a> ");
            assent_page_word(h, visit, "<a href=\"" ASSENT_APP_PREFIX "export\">",
                             ASSENT_TEXT_EXPORT, "</a></p>\n");
        }
        return true;
    case 1:
        write_flag(h, visit, "restrict", ASSENT_CONSENT_RESTRICTED, restriction);
        return true;
    case 2:
        write_flag(h, visit, "object", ASSENT_CONSENT_OBJECTED, objection);
        return true;
    case 3:
        write_request(h, visit, "erase", "1", ASSENT_TEXT_ERASE, ASSENT_TEXT_ERASE_TEXT);
        return true;
    default:
        return false;
    }
}

/* What the policy grants, one line each. */
static bool write_rights(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_right right;
    unsigned bit = 0;

    if (assent_policy_right(&visit->site->policy, index, visit->language, &right) != ASSENT_OK) {
        return false;
    }
    while (bit < 8 && (right.right >> bit) != 1) {
        bit++;
    }
    assent_page_word(h, visit, "<h3>", (enum assent_text_key)(ASSENT_TEXT_RIGHT_ACCESS + bit),
                     "</h3>");
    assent_html_wrap(h, "<p>", right.text, "</p>");
    return true;
}

static bool write_contact(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_controller controller;

    if (index > 0) {
        return false;
    }
    assent_policy_controller(&visit->site->policy, &controller);
    assent_page_word(h, visit, "<h3>", ASSENT_TEXT_CONTACT, "</h3><address>");
    assent_html_text(h, controller.name);
    assent_html_wrap(h, "<br>", controller.address, "");
    if (controller.mail.len > 0) {
        assent_html_put(h, "<br><a href=\"mailto:");
        assent_html_text(h, controller.mail);
        assent_html_wrap(h, "\">", controller.mail, "</a>");
    }
    if (controller.dpo.len > 0) {
        assent_page_word(h, visit, "<br>", ASSENT_TEXT_DPO, ": ");
        assent_html_text(h, controller.dpo);
    }
    assent_page_word(h, visit, "</address><h3>", ASSENT_TEXT_COMPLAINT, "</h3>");
    assent_page_word(h, visit, "<p>", ASSENT_TEXT_COMPLAINT_TEXT, "</p></section>\n");
    return true;
}

void assent_page_preferences(struct assent_visit *visit, struct assent_response *response,
                             unsigned status, enum assent_text_key message)
{
    static assent_page_part *const parts[] = {write_head,
                                              write_state,
                                              write_choice,
                                              assent_page_cookies,
                                              assent_page_technologies,
                                              assent_page_recipients,
                                              write_requests,
                                              write_rights,
                                              write_contact,
                                              assent_page_foot,
                                              NULL};

    (void)assent_choice_record(visit);
    visit->message = (uint8_t)message;
    assent_page_start(visit, response, status, parts, NULL);
}
