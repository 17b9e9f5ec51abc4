/* SPDX-License-Identifier: MIT */
/* The policy as pages: in force, by revision, the archive. */
#include "core/writer.h"
#include "http/notice.h"
#include "http/page.h"

static void write_revision_line(struct assent_html *h, const struct assent_visit *visit,
                                uint32_t revision, uint64_t effective_s)
{
    struct assent_wording wording = assent_notice_wording(visit);

    assent_html_put(h, "<p>");
    assent_html_word_number(h, &wording, ASSENT_TEXT_REVISION, revision);
    assent_html_put(h, ". ");
    assent_html_word_date(h, &wording, ASSENT_TEXT_EFFECTIVE, effective_s);
    assent_html_put(h, ".</p>");
}

/* SHA-256 as the records cite it. */
static void write_digest(struct assent_html *h, struct assent_span digest)
{
    uint8_t hex[2 * ASSENT_SHA256_BYTES];
    struct assent_writer w = assent_writer(hex, sizeof(hex));

    assent_writer_hex(&w, digest);
    assent_html_wrap(h, "<p>SHA-256: <code>", assent_writer_span(&w), "</code></p>\n");
}

static bool write_head(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    const struct assent_policy *policy = visit->policy;
    struct assent_policy_controller controller;

    if (index > 0) {
        return false;
    }
    assent_policy_controller(policy, &controller);
    assent_page_head(h, visit, ASSENT_TEXT_POLICY_HEADING);
    write_revision_line(h, visit, policy->revision, policy->effective_s);
    write_digest(h, assent_policy_digest(policy));
    assent_page_word(h, visit, "<h2>", ASSENT_TEXT_CONTROLLER, "</h2>");
    assent_html_wrap(h, "<p>", controller.name, "</p>");
    assent_html_wrap(h, "<p>", controller.address, "</p>");
    assent_html_wrap(h, "<p>", controller.mail, "</p>");
    assent_page_word(h, visit, "<h2>", ASSENT_TEXT_PURPOSES_HEADING, "</h2>");
    return true;
}

/* index is the tier. */
static bool write_purposes(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_wording wording = assent_notice_wording(visit);

    if (index >= ASSENT_TIER_COUNT) {
        return false;
    }
    if ((visit->policy->offered & ASSENT_TIER_BIT(index)) != 0) {
        assent_page_word(h, visit, "<h3>",
                         (enum assent_text_key)(ASSENT_TEXT_TIER_ESSENTIAL + index), "</h3><dl>");
        assent_notice_purposes(h, &wording, (enum assent_tier)index);
        assent_html_put(h, "</dl>\n");
    }
    return true;
}

static bool write_section(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_section section;

    if (assent_policy_section(visit->policy, index, visit->language, &section) != ASSENT_OK) {
        return false;
    }
    assent_page_word(h, visit, "<h2>",
                     (enum assent_text_key)(ASSENT_TEXT_SECTION_RETENTION + (unsigned)section.kind),
                     "</h2>");
    assent_html_wrap(h, "<p>", section.text, "</p>\n");
    return true;
}

static bool write_document(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_document document;
    bool linked;

    if (assent_policy_document(visit->policy, index, &document) != ASSENT_OK) {
        return false;
    }
    linked = assent_page_has_text(visit, &document);
    if (index == 0) {
        assent_page_word(h, visit, "<h2>", ASSENT_TEXT_FULL_TEXT, "</h2>");
    }
    assent_html_put(h, "<p>");
    if (linked) {
        assent_html_put(h, "<a href=\"" ASSENT_APP_PREFIX "policy/");
        assent_html_decimal(h, visit->policy->revision);
        assent_html_wrap(h, "/", document.file, "\">");
    }
    assent_html_text(h, document.file);
    assent_html_put(h, linked ? "</a> (" : " (");
    assent_html_wrap(h, "", document.tag, ")</p>");
    write_digest(h, document.digest);
    return true;
}

static assent_page_part *const policy_parts[] = {write_head,
                                                 write_purposes,
                                                 assent_page_cookies,
                                                 assent_page_technologies,
                                                 assent_page_recipients,
                                                 write_section,
                                                 write_document,
                                                 assent_page_foot,
                                                 NULL};

void assent_page_policy(struct assent_visit *visit, struct assent_response *response)
{
    assent_page_start(visit, response, 200, policy_parts, NULL);
}

/* ---- the archive ---- */

/* What the policy in force says of an earlier revision. */
static bool find_revision(const struct assent_visit *visit, uint32_t number,
                          struct assent_policy_revision *revision)
{
    const struct assent_policy *policy = &visit->site->policy;

    for (unsigned i = 0; assent_policy_revision(policy, i, visit->language, revision) == ASSENT_OK;
         i++) {
        if (revision->revision == number) {
            return true;
        }
    }
    return false;
}

/* The image at an index among those in the store that are archived and that the policy in force says
 * nothing of. */
static bool find_other(const struct assent_visit *visit, unsigned index,
                       struct assent_policies_image *image)
{
    struct assent_policy_revision revision;
    uint64_t cursor = 0;

    while (visit->app->archive != NULL &&
           assent_policies_next(visit->app->archive->policies, visit->site->number, &cursor,
                                image) == ASSENT_OK) {
        if (image->revision != visit->site->policy.revision &&
            !find_revision(visit, image->revision, &revision) && index-- == 0) {
            return true;
        }
    }
    return false;
}

/* What changed between this revision and the one after it. */
static void write_change(struct assent_html *h, const struct assent_visit *visit,
                         const struct assent_policy_revision *revision)
{
    write_revision_line(h, visit, revision->revision, revision->effective_s);
    assent_html_wrap(h, "<p>", revision->text, "</p>");
    assent_page_word(h, visit, "<p>",
                     revision->asked ? ASSENT_TEXT_CHANGES_ASKED : ASSENT_TEXT_CHANGES_SILENT,
                     "</p>");
    write_digest(h, revision->digest);
}

static bool write_archive_head(struct assent_html *h, const struct assent_visit *visit,
                               unsigned index)
{
    const struct assent_policy *policy = visit->policy;
    struct assent_policy_revision revision;
    struct assent_policies_image image;

    if (index > 0) {
        return false;
    }
    assent_page_head(h, visit, ASSENT_TEXT_ARCHIVE_HEADING);
    assent_html_put(h, "<p><a href=\"" ASSENT_APP_PREFIX "policy/");
    assent_html_decimal(h, policy->revision);
    assent_page_word(h, visit, "\">", ASSENT_TEXT_POLICY_HEADING, "</a></p>");
    write_revision_line(h, visit, policy->revision, policy->effective_s);
    if (assent_policy_revision(policy, 0, visit->language, &revision) != ASSENT_OK &&
        !find_other(visit, 0, &image)) {
        assent_page_word(h, visit, "<p>", ASSENT_TEXT_ARCHIVE_EMPTY, "</p>");
    }
    return true;
}

static void write_heading(struct assent_html *h, uint32_t revision)
{
    assent_html_put(h, "<h2><a href=\"" ASSENT_APP_PREFIX "policy/");
    assent_html_decimal(h, revision);
    assent_html_put(h, "\">");
    assent_html_decimal(h, revision);
    assent_html_put(h, "</a></h2>");
}

static bool write_archive(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_revision revision;

    if (assent_policy_revision(visit->policy, index, visit->language, &revision) != ASSENT_OK) {
        return false;
    }
    write_heading(h, revision.revision);
    write_change(h, visit, &revision);
    return true;
}

static bool write_others(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policies_image image;

    if (!find_other(visit, index, &image)) {
        return false;
    }
    write_heading(h, image.revision);
    write_revision_line(h, visit, image.revision, image.effective_s);
    write_digest(h, assent_span(image.digest, sizeof(image.digest)));
    return true;
}

void assent_page_policies(struct assent_visit *visit, struct assent_response *response)
{
    static assent_page_part *const parts[] = {write_archive_head, write_archive, write_others,
                                              assent_page_foot, NULL};

    assent_page_start(visit, response, 200, parts, NULL);
}

/* ---- one revision ---- */

/* Of a revision whose image is not kept. */
static bool write_summary(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_revision revision;

    if (index > 0 || !find_revision(visit, visit->number, &revision)) {
        return false;
    }
    assent_page_head(h, visit, ASSENT_TEXT_POLICY_HEADING);
    write_change(h, visit, &revision);
    return true;
}

/* Of one whose image is kept, below what it says itself. */
static bool write_later(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_revision revision;

    if (index > 0 || !find_revision(visit, visit->number, &revision)) {
        return false;
    }
    assent_page_word(h, visit, "<h2>", ASSENT_TEXT_SECTION_CHANGES, "</h2>");
    write_change(h, visit, &revision);
    return true;
}

static bool answer_archived(struct assent_visit *visit, struct assent_response *response,
                            struct assent_span file)
{
    static assent_page_part *const parts[] = {write_head,
                                              write_purposes,
                                              assent_page_cookies,
                                              assent_page_technologies,
                                              assent_page_recipients,
                                              write_section,
                                              write_document,
                                              write_later,
                                              assent_page_foot,
                                              NULL};
    struct assent_span tag = assent_policy_tag(&visit->site->policy, visit->language);
    struct assent_policies_image image;
    struct assent_policy policy;

    if (assent_archive_open(visit->app->archive, visit->site->number, visit->number,
                            visit->app->text, &policy, &image) != ASSENT_OK) {
        return false;
    }
    visit->archived = true;
    visit->policy = &policy;
    visit->language = (uint8_t)assent_policy_language(&policy, tag);
    if (file.len > 0) {
        assent_page_text(visit, response, file);
    } else {
        assent_page_start(visit, response, 200, parts, NULL);
    }
    visit->policy = &visit->site->policy;
    return true;
}

void assent_page_revision(struct assent_visit *visit, struct assent_response *response,
                          uint32_t revision, struct assent_span file)
{
    static assent_page_part *const parts[] = {write_summary, assent_page_foot, NULL};
    struct assent_policy_revision found;

    visit->number = revision;
    if (revision == visit->site->policy.revision) {
        if (file.len > 0) {
            assent_page_text(visit, response, file);
        } else {
            assent_page_policy(visit, response);
        }
    } else if (answer_archived(visit, response, file)) {
        return;
    } else if (file.len == 0 && find_revision(visit, revision, &found)) {
        assent_page_start(visit, response, 200, parts, NULL);
    } else {
        (void)assent_response_problem(response, 404, NULL);
    }
}

/* ---- hosts without a site ---- */

static bool write_sites_head(struct assent_html *h, const struct assent_visit *visit,
                             unsigned index)
{
    (void)visit;
    if (index > 0) {
        return false;
    }
    assent_html_put(h, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                       "<title>assent</title></head>\n<body><main><h1>assent</h1>\n"
                       "<p>This device keeps cookie consent for the sites below: the choice is "
                       "made here, remembered here, and enforced here.</p>\n<ul>\n");
    return true;
}

static bool write_site(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    const struct assent_app *app = visit->app;
    struct assent_policy_controller controller;
    struct assent_span host;

    if (index >= app->site_count) {
        return false;
    }
    assent_policy_controller(&app->sites[index].policy, &controller);
    host = assent_policy_site(&app->sites[index].policy, 0);
    assent_html_put(h, visit->request.https ? "<li><a href=\"https://" : "<li><a href=\"http://");
    assent_html_text(h, host);
    if (visit->request.port != 0) {
        assent_html_put(h, ":");
        assent_html_decimal(h, visit->request.port);
    }
    assent_html_wrap(h, "/\">", controller.name, "</a> (");
    assent_html_wrap(h, "", host, ")</li>\n");
    return true;
}

static bool write_sites_foot(struct assent_html *h, const struct assent_visit *visit,
                             unsigned index)
{
    (void)visit;
    if (index > 0) {
        return false;
    }
    assent_html_put(h, "</ul></main></body></html>\n");
    return true;
}

void assent_page_sites(struct assent_visit *visit, struct assent_response *response)
{
    static assent_page_part *const parts[] = {write_sites_head, write_site, write_sites_foot, NULL};

    assent_page_start(visit, response, 200, parts, NULL);
}
