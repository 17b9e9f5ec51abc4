/* SPDX-License-Identifier: MIT */
#include "core/policy.h"
#include "core/policy_format.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

static uint8_t bytes[POLICY_FILE_BYTES];

/* ---- the five policies ---- */

TEST(the_five_policies_say_what_their_documents_say)
{
    enum {
        E = ASSENT_TIER_BIT(ASSENT_TIER_ESSENTIAL),
        EA = E | ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
        ALL = EA | ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING),
        EU = ASSENT_REGIME_EU,
        US = ASSENT_REGIME_US,
        OLD = ASSENT_POLICY_KEEPS_RIGHTS | ASSENT_POLICY_KEEPS_ARCHIVE |
              ASSENT_POLICY_DECLINES_REPEATS
    };
    static const struct {
        const char *name;
        int regime, offered, age, flags, languages, rights;
        const char *mail;
        bool dpo;
        unsigned long long effective_s; /* 0: the document has no date */
    } rows[] = {
        {"prointerview", US, ALL, 0, 0, 2, 0x103, "pro@prointerview.net", false, 0},
        {"procomm-voices", EU, ALL, 0, OLD, 2, 0x0C7, "privacy@procommvoices.com", false,
         1539561600},
        {"prokoders", EU, EA, 0, 0, 3, 0x0DF, "", true, 1728432000},
        {"proclientchat", EU, EA, 16, 0, 2, 0x07F, "support@proclientchat.com", false, 0},
        {"selfmento", EU, EA, 18, 0, 2, 0x057, "selfmento@zohomail.in", false, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = rows[i].name;
        struct assent_policy policy;
        struct assent_policy_controller who;

        CHECK_ROW(name, policy_file_open(name, bytes, &policy));
        assent_policy_controller(&policy, &who);
        CHECK_SPAN_ROW(name, who.id, name);
        CHECK_SPAN_ROW(name, who.mail, rows[i].mail);
        CHECK_INT_ROW(name, who.has_dpo, rows[i].dpo);
        CHECK_INT_ROW(name, policy.regime, rows[i].regime);
        CHECK_INT_ROW(name, policy.offered, rows[i].offered);
        CHECK_INT_ROW(name, policy.minimum_age, rows[i].age);
        CHECK_INT_ROW(name, policy.flags, rows[i].flags);
        CHECK_INT_ROW(name, policy.languages, rows[i].languages);
        CHECK_INT_ROW(name, policy.rights, rows[i].rights);
        CHECK_INT_ROW(name, policy.objectable, 0);
        CHECK_ROW(name, policy.image.len < 12288);
        CHECK_ROW(name, policy.refusal_days >= (rows[i].regime == US ? 365 : 180));
        CHECK_ROW(name, rows[i].effective_s == 0 || policy.effective_s == rows[i].effective_s);
        CHECK_ROW(name, policy_file_walk(&policy) > 0);
        for (int tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
            CHECK_INT_ROW(name, policy.fingerprint[tier] != 0, rows[i].offered >> tier & 1);
        }
    }
}

TEST(what_the_documents_describe_is_in_the_inventory)
{
    static const struct {
        const char *policy, *cookie;
        int tier; /* -1: the policy does not name it */
    } rows[] = {
        {"selfmento", "_ga", ASSENT_TIER_ANALYTICS},
        {"selfmento", "_ga_G1234567", ASSENT_TIER_ANALYTICS},
        {"selfmento", "_gid", ASSENT_TIER_ANALYTICS},
        {"selfmento", "_gat", -1},
        {"selfmento", "_ga_", ASSENT_TIER_ANALYTICS},
        {"selfmento", "sm_session", ASSENT_TIER_ESSENTIAL},
        {"selfmento", "sm_login", ASSENT_TIER_ESSENTIAL},
        {"procomm-voices", "pcv_uid", ASSENT_TIER_ANALYTICS},
        {"procomm-voices", "pcv_prefs", ASSENT_TIER_ESSENTIAL},
        {"procomm-voices", "pcv_ad_click", ASSENT_TIER_ADVERTISING},
        {"prointerview", "pi_ads", ASSENT_TIER_ADVERTISING},
        {"prointerview", "pi_signin", ASSENT_TIER_ESSENTIAL},
        {"prointerview", "pi_perf", ASSENT_TIER_ANALYTICS},
        {"prokoders", "pk_ux7", ASSENT_TIER_ANALYTICS},
        {"proclientchat", "pcc_usage", ASSENT_TIER_ANALYTICS},
        {"proclientchat", "_ga", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_policy policy;
        struct assent_policy_cookie cookie;
        int found;

        CHECK_ROW(rows[i].policy, policy_file_open(rows[i].policy, bytes, &policy));
        found = assent_policy_find_cookie(
            &policy, assent_span(rows[i].cookie, strlen(rows[i].cookie)), &cookie);
        CHECK_INT_ROW(rows[i].cookie, found == ASSENT_OK ? (int)cookie.tier : -1, rows[i].tier);
    }
}

/* ---- cookies ---- */

TEST(an_exact_name_wins_over_a_prefix_and_a_longer_prefix_over_a_shorter)
{
    static const struct {
        const char *name, *line; /* "": none */
        bool prefix;
        unsigned max_age_s;
    } rows[] = {
        {"_ga", "_ga", false, 300 * 86400},
        {"_ga1", "_ga", true, 200 * 86400},
        {"_gab", "_ga", true, 200 * 86400},
        {"_ga.", "_ga", true, 200 * 86400},
        {"_ga_", "_ga_", true, 100 * 86400},
        {"_ga_x", "_ga_", true, 100 * 86400},
        {"_ga_long", "_ga_", true, 100 * 86400},
        {"_ga_long_", "_ga_long_", true, 90 * 60},
        {"_ga_long_a", "_ga_long_", true, 90 * 60},
        {"_ga_long_one", "_ga_long_one", false, 2 * 3600},
        {"_ga_long_one2", "_ga_long_", true, 90 * 60},
        {"_ga_long_onf", "_ga_long_", true, 90 * 60},
        {"_ga_m", "_ga_", true, 100 * 86400},
        {"_ga~", "_ga", true, 200 * 86400},
        {"_gb", "_gb", false, 2 * 86400},
        {"_gbx", "", false, 0},
        {"_g", "", false, 0},
        {"_Ga", "", false, 0},
        {"_GA", "", false, 0},
        {"__Host-sid", "__Host-sid", false, 0},
        {"sid", "sid", false, 86400},
        {"__host-sid", "", false, 0},
        {"__Secure-sid", "", false, 0},
        {"__Host-", "", false, 0},
        {"Sid", "", false, 0},
        {"sid ", "", false, 0},
        {"", "", false, 0},
        {"!", "", false, 0},
        {"~", "", false, 0},
        {"\xff\xff", "", false, 0},
    };
    struct assent_policy policy;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_policy_cookie cookie = {0};
        struct assent_span name = assent_span(rows[i].name, strlen(rows[i].name));
        int found = assent_policy_find_cookie(&policy, name, &cookie);

        CHECK_INT_ROW(rows[i].name, found, rows[i].line[0] ? ASSENT_OK : ASSENT_ERR_NOT_FOUND);
        CHECK_SPAN_ROW(rows[i].name, cookie.name, rows[i].line);
        CHECK_INT_ROW(rows[i].name, cookie.prefix, rows[i].prefix);
        CHECK_INT_ROW(rows[i].name, cookie.max_age_s, rows[i].max_age_s);
    }
}

/* By trying every line, the obvious way. */
static int find_slowly(const struct assent_policy *policy, struct assent_span name,
                       struct assent_policy_cookie *best)
{
    struct assent_policy_cookie cookie;
    int found = ASSENT_ERR_NOT_FOUND;

    for (unsigned i = 0; assent_policy_cookie(policy, i, &cookie) == ASSENT_OK; i++) {
        if (!cookie.prefix && assent_span_equal(cookie.name, name)) {
            *best = cookie;
            return ASSENT_OK;
        }
        if (cookie.prefix && assent_span_starts(name, cookie.name) &&
            (found != ASSENT_OK || cookie.name.len > best->name.len)) {
            *best = cookie;
            found = ASSENT_OK;
        }
    }
    return found;
}

TEST(finding_by_halves_agrees_with_trying_every_line)
{
    static const char alphabet[] = "_galonesidb1-H";
    struct assent_policy policy;
    uint32_t state = 12345;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (int round = 0; round < 200000; round++) {
        struct assent_policy_cookie fast = {0};
        struct assent_policy_cookie slow = {0};
        uint8_t name[32];
        size_t len = 0;
        int found;

        /* Half of the names begin like those of the inventory. */
        state = state * 1664525U + 1013904223U;
        if ((state >> 31) != 0) {
            static const char start[] = "_ga_long_one";

            len = (state >> 20) % sizeof(start);
            memcpy(name, start, len);
        }
        for (size_t more = (state >> 10) % 4; more > 0 && len < sizeof(name); more--) {
            state = state * 1664525U + 1013904223U;
            name[len++] = (uint8_t)alphabet[(state >> 16) % (sizeof(alphabet) - 1)];
        }
        found = assent_policy_find_cookie(&policy, assent_span(name, len), &fast);
        if (found != find_slowly(&policy, assent_span(name, len), &slow) ||
            fast.name.ptr != slow.name.ptr || fast.prefix != slow.prefix) {
            CHECK_SPAN(assent_span(name, len), "found the same both ways");
            return;
        }
    }
}

/* ---- rows ---- */

TEST(every_row_of_the_sample_can_be_read)
{
    struct assent_policy policy;
    struct assent_policy_controller who;
    struct assent_policy_purpose purpose;
    struct assent_policy_recipient recipient;
    struct assent_policy_host host;
    struct assent_policy_technology technology;
    struct assent_policy_right right;
    struct assent_policy_section section;
    struct assent_policy_revision revision;
    struct assent_policy_document document;
    struct assent_policy_colours colours;
    struct assent_policy_cookie cookie;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    CHECK_INT(policy.revision, 7);
    CHECK_INT(policy.effective_s, 1769904000);
    CHECK_INT(policy.regime, ASSENT_REGIME_UK);
    CHECK_INT(policy.gpc, ASSENT_POLICY_GPC_ASK);
    CHECK_INT(policy.objectable, ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS));
    CHECK_INT(policy.grant_days, 180);
    CHECK_INT(policy.refusal_days, 200);
    CHECK_INT(policy.cookie_days, 300);
    CHECK_INT(policy.retention_days, 400);
    CHECK_INT(policy.rights, ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE | ASSENT_RIGHT_OBJECTION);
    CHECK_INT(policy.flags, ASSENT_POLICY_KEEPS_RIGHTS | ASSENT_POLICY_KEEPS_ARCHIVE |
                                ASSENT_POLICY_ALLOWS_UNKNOWN);
    assent_policy_controller(&policy, &who);
    CHECK_SPAN(who.name, "Sample Ltd");
    CHECK_SPAN(who.address, "1 Sample Street, London");
    CHECK_SPAN(who.web, "https://sample.example/");
    CHECK_SPAN(who.dpo, "dpo@sample.example");
    CHECK(who.has_dpo);
    CHECK_INT(assent_policy_purpose(&policy, 3, 1, &purpose), ASSENT_OK);
    CHECK_SPAN(purpose.id, "ads");
    CHECK_SPAN(purpose.title, "Anzeigen");
    CHECK_SPAN(purpose.text, "Wählt Anzeigen.");
    CHECK_INT(purpose.tier, ASSENT_TIER_ADVERTISING);
    CHECK_INT(assent_policy_purpose(&policy, 1, 0, &purpose), ASSENT_OK);
    CHECK_INT(purpose.material, 1);
    CHECK_INT(assent_policy_purpose(&policy, 4, 0, &purpose), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_policy_recipient(&policy, 0, 2, &recipient), ASSENT_OK);
    CHECK_SPAN(recipient.id, "stats-co");
    CHECK_SPAN(recipient.url, "https://stats.example/privacy");
    CHECK_SPAN(recipient.text, "تعد لنا.");
    CHECK_INT(recipient.tiers, ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS));
    CHECK_INT(assent_policy_recipient(&policy, 2, 0, &recipient), ASSENT_ERR_NOT_FOUND);
    /* Hosts come in order of tier, not of the source. */
    CHECK_INT(assent_policy_host(&policy, 0, &host), ASSENT_OK);
    CHECK_SPAN(host.host, "stats.example:8443");
    CHECK_INT(host.uses, ASSENT_POLICY_HOST_IMG);
    CHECK_INT(host.recipient, 0);
    CHECK_INT(assent_policy_host(&policy, 1, &host), ASSENT_OK);
    CHECK_SPAN(host.host, "*.ads.example");
    CHECK_INT(host.uses, ASSENT_POLICY_HOST_SCRIPT | ASSENT_POLICY_HOST_FRAME);
    CHECK_INT(assent_policy_host(&policy, 2, &host), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_policy_technology(&policy, 0, 0, &technology), ASSENT_OK);
    CHECK_INT(technology.kind, ASSENT_POLICY_BEACON);
    CHECK_INT(technology.tier, ASSENT_TIER_ADVERTISING);
    CHECK_SPAN(technology.text, "Small images.");
    CHECK_INT(assent_policy_right(&policy, 2, 0, &right), ASSENT_OK);
    CHECK_INT(right.right, ASSENT_RIGHT_OBJECTION);
    CHECK_SPAN(right.text, "Object here.");
    CHECK_INT(assent_policy_section(&policy, 0, 0, &section), ASSENT_OK);
    CHECK_INT(section.kind, ASSENT_POLICY_SECTION_MINORS);
    CHECK_SPAN(section.text, "Not under 13.");
    CHECK_INT(assent_policy_revision(&policy, 0, 1, &revision), ASSENT_OK);
    CHECK_INT(revision.revision, 5);
    CHECK_INT(revision.effective_s, 1748736000);
    CHECK(revision.asked);
    CHECK_INT(revision.digest.ptr[31], 0x1f);
    CHECK_SPAN(revision.text, "Anzeigen kamen.");
    CHECK_INT(assent_policy_revision(&policy, 1, 0, &revision), ASSENT_OK);
    CHECK(!revision.asked);
    CHECK_INT(assent_policy_document(&policy, 0, &document), ASSENT_OK);
    CHECK_SPAN(document.file, "sample.txt");
    CHECK_SPAN(document.tag, "en");
    CHECK_INT(document.digest.len, 32);
    assent_policy_theme(&policy, false, &colours);
    CHECK_INT(colours.accent, 0x0000ee);
    assent_policy_theme(&policy, true, &colours);
    CHECK_INT(colours.text, 0xffffff);
    CHECK_INT(colours.background, 0);
    CHECK_INT(assent_policy_find_cookie(&policy, ASSENT_SPAN("sid"), &cookie), ASSENT_OK);
    CHECK_SPAN(cookie.provider, "Ad Co");
    CHECK_INT(cookie.flags, ASSENT_POLICY_COOKIE_THIRD_PARTY);
    CHECK_INT(cookie.tier, ASSENT_TIER_ADVERTISING);
    CHECK_INT(cookie.purpose, 3);
    CHECK_INT(assent_policy_digest(&policy).len, 32);
}

/* ---- languages ---- */

TEST(a_tag_finds_its_language_by_lookup)
{
    static const struct {
        const char *tag;
        unsigned language;
    } rows[] = {
        {"en", 0},         {"de", 1},
        {"DE", 1},         {"de-AT", 1},
        {"de-AT-1996", 1}, {"ar-EG", 2},
        {"deu", 0},        {"d", 0},
        {"", 0},           {"fr", 0},
        {"-de", 0},        {"de-", 1},
        {"zh-Hant", 0},    {"ar", 2},
        {"*", 0},          {"en-GB", 0},
        {"x-de", 0},       {"de-aaaaaaaa-bbbbbbbb-cccccccc-dddddd", 0}, /* longer than any tag */
    };
    struct assent_policy policy;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span tag = assent_span(rows[i].tag, strlen(rows[i].tag));

        CHECK_INT_ROW(rows[i].tag, assent_policy_language(&policy, tag), rows[i].language);
    }
}

TEST(a_range_reaches_the_tags_it_begins_with)
{
    static const struct {
        const char *range, *tag;
        bool reaches;
    } rows[] = {
        {"de", "de", true},
        {"de-AT", "de", true},
        {"DE-at", "de-AT", true},
        {"de", "de-AT", false},
        {"deu", "de", false},
        {"de_AT", "de", false},
        {"", "de", false},
        {"de", "", false},
        {"*", "de", false},
        {"de-", "de", true},
        {"d", "de", false},
        {"zh-Hant-TW", "zh-Hant", true},
        {"zh-Hans", "zh-Hant", false},
        {"de-456789-123456789-123456789-12345", "de", true}, /* 35 bytes */
        {"de-456789-123456789-123456789-123456", "de", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].range,
                      assent_policy_reaches(assent_span(rows[i].range, strlen(rows[i].range)),
                                            assent_span(rows[i].tag, strlen(rows[i].tag))),
                      rows[i].reaches);
    }
}

/* ---- sites ---- */

TEST(a_policy_serves_the_hosts_it_names)
{
    static const struct {
        const char *host;
        bool served;
    } rows[] = {
        {"sample.localhost", true},
        {"Sample.LocalHost", true},
        {"sample.localhost:8080", true},
        {"sample.localhost.", true},
        {"sample.localhost.:80", true},
        {"sample.localhost:", true},
        {"xsample.localhost", false},
        {"a.sample.localhost", false},
        {"a.sample.example", true},
        {"a.b.sample.example:443", true},
        {"sample.example", false},
        {"xsample.example", false},
        {".sample.example", false},
        {"", false},
        {":80", false},
        {"*.sample.example", true},
        {"localhost", false},
        {"sample.localhost:80:80", false},
        {"[::1]:80", false},
    };
    struct assent_policy policy;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span host = assent_span(rows[i].host, strlen(rows[i].host));

        CHECK_INT_ROW(rows[i].host, assent_policy_serves(&policy, host), rows[i].served);
    }
}

TEST_MAIN(CASE(the_five_policies_say_what_their_documents_say),
          CASE(what_the_documents_describe_is_in_the_inventory),
          CASE(an_exact_name_wins_over_a_prefix_and_a_longer_prefix_over_a_shorter),
          CASE(finding_by_halves_agrees_with_trying_every_line),
          CASE(every_row_of_the_sample_can_be_read), CASE(a_tag_finds_its_language_by_lookup),
          CASE(a_range_reaches_the_tags_it_begins_with), CASE(a_policy_serves_the_hosts_it_names))
