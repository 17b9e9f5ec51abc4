/* SPDX-License-Identifier: MIT */
#include "http/asset_consent.h"

static const char script[] =
    "(function (w, d) {\n"
    "  'use strict';\n"
    "  var url = '/.consent/state', layer = w.dataLayer = w.dataLayer || [], first = true;\n"
    "  function tag() { layer.push(arguments); }\n"
    "  function run(old) {\n"
    "    var tier = w.assent.state.tiers[old.getAttribute('data-assent')], s, i;\n"
    "    if (!tier || !tier.allowed) return;\n"
    "    s = d.createElement('script');\n"
    "    for (i = 0; i < old.attributes.length; i++)\n"
    "      if (old.attributes[i].name !== 'type') s.setAttribute(old.attributes[i].name, "
    "old.attributes[i].value);\n"
    "    s.text = old.text;\n"
    "    old.parentNode.replaceChild(s, old);\n"
    "  }\n"
    "  function take(state) {\n"
    "    w.assent.state = state;\n"
    "    tag('consent', first ? 'default' : 'update', state.consent_mode);\n"
    "    first = false;\n"
    "    d.querySelectorAll('script[type=\"text/plain\"][data-assent]').forEach(run);\n"
    "    d.dispatchEvent(new CustomEvent('assent:change', {detail: state}));\n"
    "    return state;\n"
    "  }\n"
    "  function call(method, body) {\n"
    "    return fetch(url, {\n"
    "      method: method, credentials: 'same-origin', body: body && JSON.stringify(body),\n"
    "      headers: body ? {'Content-Type': 'application/json'} : {}\n"
    "    }).then(function (r) {\n"
    "      if (!r.ok) throw new Error('assent: ' + r.status);\n"
    "      return r.json();\n"
    "    }).then(take);\n"
    "  }\n"
    "  w.assent = {\n"
    "    state: null,\n"
    "    set: function (members) { return call('PUT', members); },\n"
    "    erase: function () { return call('DELETE'); }\n"
    "  };\n"
    "  w.assent.ready = call('GET');\n"
    "})(window, document);\n";

static const char rule[] =
    "{\"Assent\":{\"detectors\":[{\"presentMatcher\":[{\"type\":\"css\",\"target\":{\"selector\":"
    "\"#assent-consent[data-assent-version]\"}}],\"showingMatcher\":[{\"type\":\"css\",\"target\":{"
    "\"selector\":\"#assent-consent[data-assent-state='ask']\",\"displayFilter\":true}}]}],\n"
    "\"methods\":[{\"name\":\"HIDE_CMP\",\"action\":{\"type\":\"hide\",\"target\":{\"selector\":"
    "\"#assent-consent\"}}},{\"name\":\"DO_CONSENT\",\"action\":{\"type\":\"ifallownone\",\n"
    "\"trueAction\":{\"type\":\"click\",\"target\":{\"selector\":\"#assent-consent "
    "button[name='assent'][value='none']\"}},\n"
    "\"falseAction\":{\"type\":\"list\",\"actions\":[{\"type\":\"click\",\"target\":{\"selector\":"
    "\"#assent-consent details:not([open]) > summary\"}},{\"type\":\"consent\",\"consents\":[\n"
    "{\"type\":\"B\",\"matcher\":{\"type\":\"checkbox\",\"target\":{\"selector\":\"#assent-consent "
    "input[name='t'][value='analytics']\"}},\"toggleAction\":{\"type\":\"click\",\"target\":{"
    "\"selector\":\"#assent-consent input[name='t'][value='analytics']\"}}},\n"
    "{\"type\":\"F\",\"matcher\":{\"type\":\"checkbox\",\"target\":{\"selector\":\"#assent-consent "
    "input[name='t'][value='advertising']\"}},\"toggleAction\":{\"type\":\"click\",\"target\":{"
    "\"selector\":\"#assent-consent input[name='t'][value='advertising']\"}}}]},\n"
    "{\"type\":\"click\",\"target\":{\"selector\":\"#assent-consent "
    "button[name='assent'][value='save']\"}}]}}}]}}\n";

struct assent_span assent_asset_consent_script(void)
{
    return assent_span(script, sizeof(script) - 1);
}

struct assent_span assent_asset_consent_rule(void)
{
    return assent_span(rule, sizeof(rule) - 1);
}
