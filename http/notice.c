/* SPDX-License-Identifier: MIT */
#include "http/notice.h"

#include "http/target.h"

enum { HASH_BLOCK_BYTES = 512 };

struct assent_wording assent_notice_wording(const struct assent_visit *visit)
{
    return (struct assent_wording){visit->policy, visit->request.host, visit->language};
}

static void word(struct assent_html *h, const struct assent_wording *wording, const char *open,
                 enum assent_text_key key, const char *close)
{
    assent_html_put(h, open);
    assent_html_word(h, wording, key, assent_span(NULL, 0));
    assent_html_put(h, close);
}

/* Where a choice leads back to: this very page, if it is one that can be asked for by its path. */
static struct assent_span back_path(const struct assent_visit *visit)
{
    struct assent_span target = visit->request.target;
    bool plain =
        target.len <= ASSENT_APP_BACK_BYTES && assent_target_is_local(target) &&
        !assent_app_owns(visit->request.path) &&
        (visit->request.method == ASSENT_METHOD_GET || visit->request.method == ASSENT_METHOD_HEAD);

    return plain ? target : ASSENT_SPAN("/");
}

void assent_notice_fields(struct assent_html *h, const struct assent_visit *visit, const char *from)
{
    const struct assent_policy *policy = visit->policy;

    assent_html_put(h, "<input type=\"hidden\" name=\"form\" value=\"");
    assent_html_text(h, assent_span(visit->form, sizeof(visit->form)));
    assent_html_put(h, "\"><input type=\"hidden\" name=\"lang\" value=\"");
    assent_html_text(h, assent_policy_tag(policy, visit->language));
    assent_html_put(h, "\"><input type=\"hidden\" name=\"from\" value=\"");
    assent_html_put(h, from);
    assent_html_put(h, "\"><input type=\"hidden\" name=\"back\" value=\"");
    assent_html_text(h, strcmp(from, "notice") == 0 ? back_path(visit)
                                                    : ASSENT_SPAN(ASSENT_APP_PREFIX "?done=saved"));
    assent_html_put(h, "\">");
}

/* One answer to the question about the age. */
static void age_answer(struct assent_html *h, const struct assent_wording *wording,
                       const char *value, enum assent_text_key key)
{
    assent_html_put(h, "<label><input type=\"radio\" name=\"age\" value=\"");
    assent_html_put(h, value);
    word(h, wording, "\">", key, "</label>");
}

static void write_age(struct assent_html *h, const struct assent_wording *wording)
{
    if (wording->policy->minimum_age > 0) {
        word(h, wording, "<fieldset><legend>", ASSENT_TEXT_AGE_QUESTION, "</legend>");
        age_answer(h, wording, "yes", ASSENT_TEXT_AGE_YES);
        age_answer(h, wording, "no", ASSENT_TEXT_AGE_NO);
        word(h, wording, "<p>", ASSENT_TEXT_AGE_LIMITED, "</p></fieldset>");
    }
}

void assent_notice_age(struct assent_html *h, const struct assent_visit *visit)
{
    struct assent_wording wording = assent_notice_wording(visit);
    const struct assent_consent *consent = &visit->gate.consent;
    bool confirmed = visit->gate.has_consent &&
                     (consent->flags & ASSENT_CONSENT_AGE_CONFIRMED) != 0 &&
                     consent->revision == wording.policy->revision;

    if (!confirmed) {
        write_age(h, &wording);
    }
}

void assent_notice_purposes(struct assent_html *h, const struct assent_wording *wording,
                            enum assent_tier tier)
{
    struct assent_policy_purpose purpose;

    for (unsigned i = 0;
         assent_policy_purpose(wording->policy, i, wording->language, &purpose) == ASSENT_OK; i++) {
        if (purpose.tier == tier) {
            assent_html_put(h, "<dt>");
            assent_html_text(h, purpose.title);
            assent_html_wrap(h, "</dt><dd>", purpose.text, "</dd>");
        }
    }
}

/* ---- the pieces, in order ---- */

/* What is particular to this visitor: that a signal is honoured, or why there is another question. */
static void write_reason(struct assent_html *h, const struct assent_visit *visit,
                         const struct assent_wording *wording)
{
    if (visit->gate.decision.gpc_honoured) {
        word(h, wording, "<p>", ASSENT_TEXT_GPC_HONOURED, "</p>");
    }
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        uint8_t reason = visit->gate.decision.reason[t];

        if (reason == ASSENT_REASON_CHANGED || reason == ASSENT_REASON_EXPIRED ||
            reason == ASSENT_REASON_RIGHTS) {
            word(h, wording, "<p>",
                 reason == ASSENT_REASON_CHANGED   ? ASSENT_TEXT_AGAIN_CHANGED
                 : reason == ASSENT_REASON_EXPIRED ? ASSENT_TEXT_AGAIN_EXPIRED
                                                   : ASSENT_TEXT_AGAIN_RIGHTS,
                 "</p>");
            return;
        }
    }
}

static void write_start(struct assent_html *h, const struct assent_visit *visit,
                        const struct assent_wording *wording)
{
    static const enum assent_text_key intro[] = {
        [ASSENT_REGIME_EU] = ASSENT_TEXT_INTRO,
        [ASSENT_REGIME_UK] = ASSENT_TEXT_INTRO_UK,
        [ASSENT_REGIME_US] = ASSENT_TEXT_INTRO_US,
    };

    assent_html_put(h, "<div id=\"assent-consent\" data-assent-version=\"" ASSENT_NOTICE_VERSION
                       "\" data-assent-state=\"ask\" role=\"dialog\" aria-labelledby=\"assent-"
                       "title\" aria-describedby=\"assent-intro\" lang=\"");
    assent_html_text(h, assent_policy_tag(wording->policy, wording->language));
    assent_html_put(h, assent_policy_rtl(wording->policy, wording->language) ? "\" dir=\"rtl\">"
                                                                             : "\" dir=\"ltr\">");
    assent_html_put(h, "<form method=\"post\" action=\"" ASSENT_APP_PREFIX "\">");
    word(h, wording, "<h2 id=\"assent-title\">", ASSENT_TEXT_HEADING, "</h2>");
    word(h, wording, "<p id=\"assent-intro\">", intro[wording->policy->regime], "</p>");
    if (visit != NULL) {
        assent_notice_fields(h, visit, "notice");
        write_reason(h, visit, wording);
    }
}

static void write_button(struct assent_html *h, const struct assent_wording *wording,
                         const char *value, enum assent_text_key key)
{
    assent_html_put(h, "<button name=\"assent\" value=\"");
    assent_html_put(h, value);
    word(h, wording, "\">", key, "</button>");
}

static void write_box(struct assent_html *h, const struct assent_wording *wording,
                      enum assent_tier tier)
{
    if ((wording->policy->offered & ASSENT_TIER_BIT(tier)) != 0) {
        assent_html_put(h, "<label><input type=\"checkbox\" name=\"t\" value=\"");
        assent_html_put(h, assent_consent_tier_name(tier));
        word(h, wording, "\">", (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL + (unsigned)tier),
             "</label>");
        word(h, wording, "<p>",
             (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL_TEXT + (unsigned)tier), "</p>");
    }
}

static void write_details(struct assent_html *h, const struct assent_wording *wording)
{
    word(h, wording, "<details><summary>", ASSENT_TEXT_MANAGE, "</summary>");
    word(h, wording, "<p><b>", ASSENT_TEXT_TIER_ESSENTIAL, "</b> – ");
    word(h, wording, "", ASSENT_TEXT_ALWAYS_ON, "</p><dl>");
    assent_notice_purposes(h, wording, ASSENT_TIER_ESSENTIAL);
    assent_html_put(h, "</dl>");
    write_box(h, wording, ASSENT_TIER_ANALYTICS);
    write_box(h, wording, ASSENT_TIER_ADVERTISING);
    assent_html_put(h, "<p>");
    write_button(h, wording, "save", ASSENT_TEXT_SAVE);
    assent_html_put(h, "</p></details>");
}

static void write_links(struct assent_html *h, const struct assent_wording *wording)
{
    assent_html_put(h, "<nav aria-label=\"");
    word(h, wording, "", ASSENT_TEXT_CHOICES_LINK, "\">");
    word(h, wording, "<a href=\"" ASSENT_APP_PREFIX "policy\">", ASSENT_TEXT_POLICY_LINK, "</a>");
    word(h, wording, "<a href=\"" ASSENT_APP_PREFIX "#cookies\">", ASSENT_TEXT_COOKIES_LINK,
         "</a>");
    word(h, wording, "<a href=\"" ASSENT_APP_PREFIX "#recipients\">", ASSENT_TEXT_RECIPIENTS_LINK,
         "</a></nav></form></div>\n");
}

static void write_choices(struct assent_html *h, const struct assent_visit *visit,
                          const struct assent_wording *wording)
{
    if (visit != NULL) {
        assent_notice_age(h, visit);
    } else {
        write_age(h, wording);
    }
    assent_html_put(h, "<p>");
    write_button(h, wording, "all", ASSENT_TEXT_ACCEPT_ALL);
    write_button(h, wording, "none", ASSENT_TEXT_REJECT_ALL);
    assent_html_put(h, "</p>");
}

static void write_style(struct assent_html *h, const struct assent_policy *policy)
{
    assent_html_put(h, "<style>");
    assent_style_write(h, policy);
    assent_html_put(h, "</style>\n");
}

/* Pieces 1..5 are what the visitor is told. */
enum { STYLE, START, PURPOSES, CHOICES, DETAILS, LINKS, PIECES };

/* visit is NULL for what everybody is told. */
static bool write_piece(struct assent_html *h, const struct assent_visit *visit,
                        const struct assent_wording *wording, unsigned index)
{
    switch (index) {
    case STYLE:
        write_style(h, wording->policy);
        return true;
    case START:
        write_start(h, visit, wording);
        return true;
    case PURPOSES:
        assent_html_put(h, "<dl>");
        assent_notice_purposes(h, wording, ASSENT_TIER_ANALYTICS);
        assent_notice_purposes(h, wording, ASSENT_TIER_ADVERTISING);
        assent_html_put(h, "</dl>");
        return true;
    case CHOICES:
        write_choices(h, visit, wording);
        return true;
    case DETAILS:
        write_details(h, wording);
        return true;
    case LINKS:
        write_links(h, wording);
        return true;
    default:
        return false;
    }
}

bool assent_notice_part(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_wording wording = assent_notice_wording(visit);

    return visit->gate.decision.ask && write_piece(h, visit, &wording, index);
}

void assent_notice_done(struct assent_html *h, const struct assent_visit *visit)
{
    struct assent_wording wording = assent_notice_wording(visit);

    if (visit->kiosk == ASSENT_KIOSK_LIVE || visit->kiosk == ASSENT_KIOSK_NEW) {
        assent_html_put(h, "<form id=\"assent-done\" method=\"post\" action=\"" ASSENT_APP_PREFIX
                           "done\"><input type=\"hidden\" name=\"form\" value=\"");
        assent_html_text(h, assent_span(visit->form, sizeof(visit->form)));
        assent_html_put(h, "\"><p>");
        word(h, &wording, "<button>", ASSENT_TEXT_KIOSK_DONE, "</button></p></form>\n");
    }
}

bool assent_notice_link(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_wording wording = assent_notice_wording(visit);

    if (index > 0) {
        return false;
    }
    if (!visit->gate.decision.ask) {
        write_style(h, wording.policy); /* with the notice, it is there already */
    }
    assent_html_put(h, "<p id=\"assent-link\"><a href=\"" ASSENT_APP_PREFIX "\" lang=\"");
    assent_html_text(h, assent_policy_tag(wording.policy, wording.language));
    word(h, &wording, "\">", ASSENT_TEXT_CHOICES_LINK, "</a>");
    if (wording.policy->regime == ASSENT_REGIME_US) {
        word(h, &wording, " <a href=\"" ASSENT_APP_PREFIX "#choice\">", ASSENT_TEXT_OPT_OUT_LINK,
             "</a>");
    }
    assent_html_put(h, "</p>\n");
    assent_notice_done(h, visit);
    return true;
}

/* ---- proof ---- */

void assent_notice_text(struct assent_html *h, const struct assent_wording *wording)
{
    for (unsigned i = START; i < PIECES; i++) {
        (void)write_piece(h, NULL, wording, i);
    }
}

int assent_notice_hash(const struct assent_wording *wording, const struct assent_crypto *crypto,
                       uint8_t hash[ASSENT_HASH_BYTES])
{
    uint8_t digest[ASSENT_SHA256_BYTES] = {0};
    uint8_t block[HASH_BLOCK_BYTES];
    size_t from = 0;
    struct assent_html h;

    do {
        struct assent_span parts[2];

        h = assent_html(block, sizeof(block), from);
        assent_notice_text(&h, wording);
        parts[0] = assent_span(digest, sizeof(digest));
        parts[1] = assent_span(block, h.len);
        if (crypto->sha256(crypto->ctx, parts, 2, digest) != ASSENT_OK) {
            return ASSENT_ERR_CRYPTO;
        }
        from += h.len;
    } while (from < h.total);
    memcpy(hash, digest, ASSENT_HASH_BYTES);
    return ASSENT_OK;
}
