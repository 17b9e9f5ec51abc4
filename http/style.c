/* SPDX-License-Identifier: MIT */
#include "http/style.h"

#include "core/error.h"

/* Everything is scoped by ids of ours, so that the notice neither changes the page that it stands on nor
 * is changed much by it. Sizes in rem; 24 px and more for whatever can be clicked (WCAG 2.2 s. 2.5.8).
 * All buttons of a form share one rule and nothing tells them apart. */
static const char rules[] =
    "#assent-consent,#assent{color:var(--t);background:var(--b);font:1rem/1.5 system-ui,sans-serif;"
    "box-sizing:border-box;max-width:48rem;margin:0 auto;padding:1rem;text-align:start;"
    "overflow-wrap:anywhere}"
    "#assent-consent{border:2px solid var(--a);margin-bottom:1rem}"
    "#assent-consent :is(h2,p,dl,fieldset),#assent fieldset{margin:.5rem 0}"
    "#assent-consent h2,#assent h2{font-size:1.25rem;line-height:1.3}"
    "#assent h1{font-size:1.5rem;line-height:1.3}"
    "#assent h3{font-size:1rem;margin:1rem 0 .25rem}"
    "#assent-consent dt,#assent dt{font-weight:700}"
    "#assent-consent dd,#assent dd{margin:0 0 .5rem;margin-inline-start:1rem}"
    "#assent-consent a,#assent a,#assent-link a{color:var(--a);display:inline-block;"
    "min-height:1.5rem}"
    "#assent-consent button,#assent button,#assent-done "
    "button{font:inherit;font-weight:600;color:var(--b);"
    "background:var(--a);border:2px solid var(--a);border-radius:.25rem;padding:.5rem 1rem;"
    "margin:.25rem 0;margin-inline-end:.5rem;width:14rem;max-width:100%;min-height:3rem;"
    "cursor:pointer}"
    "#assent-consent :focus-visible,#assent :focus-visible,#assent-link :focus-visible,"
    "#assent-done :focus-visible{"
    "outline:3px solid var(--t);outline-offset:2px}"
    "#assent-consent label,#assent label{display:block;padding:.25rem 0;font-weight:600}"
    "#assent-consent input,#assent input{width:1.5rem;height:1.5rem;vertical-align:middle;"
    "margin:0;margin-inline-end:.5rem;accent-color:var(--a)}"
    "#assent-consent summary,#assent summary{min-height:1.5rem;padding:.5rem 0;font-weight:600;"
    "cursor:pointer}"
    "#assent-consent fieldset,#assent fieldset{border:1px solid var(--t);padding:.5rem 1rem}"
    "#assent-consent nav a{margin-inline-end:1rem}"
    "#assent nav a{margin-inline-end:1rem}"
    "#assent table{border-collapse:collapse;width:100%;margin-bottom:1rem;font-size:.875rem;"
    "hyphens:auto}"
    "#assent caption{text-align:start;font-weight:700}"
    "#assent :is(th,td){border:1px solid var(--t);padding:.25rem .5rem;text-align:start;"
    "vertical-align:top}"
    /* Four columns beside each other would break most words: two lines for each cookie instead. */
    "@media(max-width:30rem){#assent tr{display:grid;grid-template-columns:1fr 1fr;"
    "border:1px solid var(--t);margin-top:-1px}#assent :is(th,td){border:0}}"
    "#assent code{unicode-bidi:isolate;direction:ltr}"
    "#assent [role=status]{border:2px solid var(--a);padding:.5rem 1rem;font-weight:600}"
    "#assent-link,body>#assent-done{background:var(--b);padding:.5rem 1rem}"
    "#assent-page{background:var(--b);color:var(--t);margin:0;color-scheme:light dark}"
    "#assent-consent{color-scheme:light dark}";

static void write_theme(struct assent_html *h, const struct assent_policy *policy, bool dark)
{
    struct assent_policy_colours colours;

    assent_policy_theme(policy, dark, &colours);
    assent_html_put(h, "#assent-consent,#assent,#assent-link,#assent-done,#assent-page{--t:");
    assent_html_colour(h, colours.text);
    assent_html_put(h, ";--b:");
    assent_html_colour(h, colours.background);
    assent_html_put(h, ";--a:");
    assent_html_colour(h, colours.accent);
    assent_html_put(h, "}");
}

static void write_themes(struct assent_html *h, const struct assent_policy *policy)
{
    write_theme(h, policy, false);
    assent_html_put(h, "@media(prefers-color-scheme:dark){");
    write_theme(h, policy, true);
    assent_html_put(h, "}");
}

void assent_style_write(struct assent_html *h, const struct assent_policy *policy)
{
    assent_html_put(h, rules);
    write_themes(h, policy);
}

/* Base64 (RFC 4648 s. 4) of a digest: 43 letters and a '='. */
static void write_base64(const uint8_t digest[ASSENT_SHA256_BYTES], uint8_t out[44])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (unsigned i = 0; i < 43; i++) {
        unsigned bit = i * 6;
        unsigned next = bit / 8 + 1 < ASSENT_SHA256_BYTES ? digest[bit / 8 + 1] : 0;
        unsigned pair = (unsigned)digest[bit / 8] << 8 | next;

        out[i] = (uint8_t)letters[pair >> (10 - bit % 8) & 63U];
    }
    out[43] = '=';
}

int assent_style_source(const struct assent_policy *policy, const struct assent_crypto *crypto,
                        uint8_t source[ASSENT_STYLE_SOURCE_BYTES])
{
    uint8_t themes[384];
    uint8_t digest[ASSENT_SHA256_BYTES];
    struct assent_html h = assent_html(themes, sizeof(themes), 0);
    struct assent_span parts[2];

    write_themes(&h, policy);
    parts[0] = assent_span(rules, sizeof(rules) - 1);
    parts[1] = assent_span(themes, h.len);
    if (assent_html_is_cut(&h, 0) || crypto->sha256(crypto->ctx, parts, 2, digest) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    memcpy(source, "'sha256-", 8);
    write_base64(digest, source + 8);
    source[ASSENT_STYLE_SOURCE_BYTES - 1] = '\'';
    return ASSENT_OK;
}
