#!/bin/sh
# SPDX-License-Identifier: MIT
#
# assent policy, from outside: every fault of a source with its place, images and back, differences,
# and the table in core/policies/README.md.
set -u

assent=${ASSENT:-build/tools/assent}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

[ -x "$assent" ] || {
    echo "test-policy: $assent is not there; make tools builds it" >&2
    exit 1
}
mkdir -p "$work/documents"
cp tests/policies/documents/* core/policies/documents/* "$work/documents/"

verdict() {
    if [ "$1" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  got      %s\n  expected %s\n' "$3" "$1" "$2"
    fi
}

# base NAME: the sample as a file of its own, for changes
base() {
    sed "s|\"../../core/policies/texts\"|\"$PWD/core/policies/texts\"|" tests/policies/sample.json >"$1"
}

# place FILE NEEDLE: LINE:COLUMN of a piece of text where it first occurs; of what follows ^^ in it, if
# that is there
place() {
    NEEDLE=$2 LC_ALL=C awk 'BEGIN {
            text = ENVIRON["NEEDLE"]
            skip = index(text, "^^")
            if (skip) { sub(/\^\^/, "", text); skip-- }
        }
        index($0, text) { print NR ":" index($0, text) + skip; exit }' "$1"
}

# fault NAME SED NEEDLE REASON: the sample, changed by SED, has exactly one fault: at NEEDLE, with a
# reason that REASON matches
fault() {
    file=$work/fault.json
    base "$work/base.json"
    sed "$2" "$work/base.json" >"$file"
    output=$("$assent" policy check "$file" 2>&1)
    code=$?
    if cmp -s "$file" "$work/base.json"; then
        verdict "the change does not apply" "a change" "$1"
        return
    fi
    verdict "$(printf '%s\n' "$output" | wc -l) $code $(printf '%s\n' "$output" |
        sed -n "s|^$file:\([0-9]*:[0-9]*\): .*|\1|p")" "1 1 $(place "$file" "$3")" "$1: $output"
    printf '%s\n' "$output" | grep -qE -e "$4"
    verdict $? 0 "$1, its reason: $output"
}

# ---- one fault of each class -----------------------------------------------------------------

fault 'an unknown name' 's/"revision": 7/"revison": 1, &/' '"revison"' \
    'unknown name "revison", expected one of .*revision'
fault 'a name in other letter case' 's/"revision": 7/"Revision": 1, &/' '"Revision"' 'unknown name "Revision"'
fault 'a name that occurs twice' 's/"id": "sample",/& "gpc": "ask",/' '  ^^"gpc": "ask",' \
    'gpc: the name "gpc" occurs twice'
fault 'a missing member' '/"regime": "uk"/d' '^^{' 'no "regime", expected one of eu, uk, us'
fault 'a missing object' '/"days":/d' '^^{' 'no "days", expected an object'
fault 'a number where a text belongs' 's/"id": "sample"/"id": 12/' '"id": ^^12' 'id: 12, expected a text'
fault 'a text where a number belongs' 's/"revision": 7/"revision": "7"/' '"7"' 'revision: "7", expected a number'
fault 'a text where a list belongs' 's/"sites": .*,$/"sites": "a.example",/' '"a.example"' \
    'sites: "a.example", expected a list'
fault 'an object where a text belongs' 's/"mail": "[^"]*"/"mail": {}/' '"mail": ^^{}' \
    'controller.mail: an object, expected a text'
fault 'a text where true or false belongs' 's/"objectable": true/"objectable": "yes"/' '"yes"' \
    'tiers.analytics.objectable: "yes", expected true or false'
fault 'a number below its range' 's/"grant": 180/"grant": 0/' '"grant": ^^0' \
    'days.grant: 0, expected a whole number from 1 to 395'
fault 'a number above its range' 's/"cookie": 300/"cookie": 401/' '401' 'days.cookie: 401, .* from 1 to 400'
fault 'a refusal shorter than 180 days' 's/"grant": 180, "refusal": 200/"grant": 10, "refusal": 179/' '179' \
    'from 180 to 395'
fault 'a number with a fraction' 's/"minimum_age": 13/"minimum_age": 13.5/' '13.5' \
    'minimum_age: 13.5, expected a whole number'
fault 'a number with a leading zero' 's/"minimum_age": 13/"minimum_age": 013/' '013' \
    '013, expected a number as JSON writes it'
fault 'a negative number' 's/"minimum_age": 13/"minimum_age": -1/' '-1' 'minimum_age: -1, expected a whole number'
fault 'a refusal that is shorter than a grant' 's/"grant": 180/"grant": 201/' '"refusal": ^^200' \
    'refusal: 200, expected no fewer than the 201 days'
fault 'an unknown choice' 's/"regime": "uk"/"regime": "mars"/;s/"objectable": true,//' '"mars"' \
    'regime: "mars", expected one of eu, uk, us'
fault 'an unknown rule' 's/"keeps_archive"/"keeps_cats"/' '"keeps_cats"' \
    'rules\[1\]: "keeps_cats", expected one of keeps_rights'
fault 'a rule given twice' 's/"keeps_archive"/"keeps_rights"/' '"keeps_rights", ^^"keeps_rights"' 'for the second time'
fault 'an impossible date' 's/2026-02-01/2026-02-29/' '"2026-02-29"' 'effective: "2026-02-29", expected a date'
fault 'a date in another form' 's/2026-02-01/1.2.2026/' '"1.2.2026"' 'expected a date such as'
fault 'an id with capitals' 's/"id": "sample"/"id": "Sample"/' '"Sample"' 'id: "Sample", expected letters a-z'
fault 'an id that is too long' 's/"id": "sample"/"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"/' '"aaaa' \
    'with 33 bytes, expected 1 to 32'
fault 'an empty name' 's/"name": "Sample Ltd"/"name": ""/' '""' 'controller.name: "" with 0 bytes'
fault 'a site with a port' 's/"sample.localhost"/"sample.localhost:80"/' '"sample.localhost:80"' \
    'sites\[0\]: .*, expected a host name'
fault 'a mail address without an @' 's/privacy@sample.example/privacy.sample.example/' '"privacy.' \
    'expected a mail address'
fault 'a link that is a script' 's|https://sample.example/|javascript:alert(1)|' '"javascript' \
    'expected a URL that begins with'
fault 'nobody to reach' '/"mail": "privacy/d;/"web": /d;/"address":/d' '"controller": ^^{' \
    'no way to reach the controller'
fault 'a colour that is none' 's/"#0000ee"/"blue"/' '"blue"' 'theme.light.accent: "blue", expected a colour'
fault 'a contrast that is too low' 's/"#9999ff"/"#444477"/' '"#444477"' \
    'theme.dark.accent: "#444477" has a contrast of [0-9.]* .* at least 4.5'
fault 'text that is too pale' 's/"text": "#000000"/"text": "#777777"/' '"#777777"' 'contrast of 4.48'
fault 'a language without a text' 's/"de": "Pfade", //' '"title": ^^{ "en": "Paths"' 'title: no text in "de"'
fault 'a text in a language that is not declared' 's/"de": "Pfade"/&, "fr": "Chemins"/' '"fr"' \
    'unknown name "fr", expected one of en, de, ar'
fault 'a language without shared texts' \
    's/"tag": "ar", "dir": "rtl"/"tag": "xx", "dir": "rtl"/;s/"ar":/"xx":/g' '{ "tag": "xx"' \
    'no shared texts .*xx.json, expected that file'
fault 'a language given twice' 's/{ "tag": "en", "dir": "ltr" },/& &/' '"ltr" }, ^^{ "tag": "en"' \
    'languages\[1\]: language "en" for the second time'
fault 'another direction than the shared texts' 's/"tag": "de", "dir": "ltr"/"tag": "de", "dir": "rtl"/' \
    '{ "tag": "de"' 'languages\[1\]: direction "rtl", expected "ltr"'
fault 'a document that is not there' 's/"sample.txt"/"sampel.txt"/' '{ "file"' 'no file .*documents/sampel.txt'
fault 'a document elsewhere' 's/"sample.txt"/"..\/x.txt"/' '"../x.txt"' 'expected a file name without a directory'
fault 'no essential purpose' \
    '/^    "essential": {$/{n;N;N;N;N;N;N;s/.*/"purposes": [],"ask_again": 0/};/__Host-sid/d' \
    '"purposes": ^^[],' \
    'tiers.essential.purposes: an empty list, expected at least one purpose'
fault 'statistics until objected to outside the uk' 's/"regime": "uk"/"regime": "eu"/' '"objectable": ^^true' \
    'objectable: true, expected it for analytics under regime "uk" only'
fault 'an opt-out shorter than a year' \
    's/"regime": "uk"/"regime": "us"/;s/"objectable": true,//;s/"access":/"opt_out":/' '"refusal": ^^200' \
    'at least 365 under regime "us"'
fault 'no opt-out in the us' \
    's/"regime": "uk"/"regime": "us"/;s/"objectable": true,//;s/"refusal": 200/"refusal": 365/' \
    '"rights": ^^{' \
    'no "opt_out"'
fault 'a purpose given twice' \
    '/^        {$/{N;s/{.  *"id": "paths",$/{ "id": "visits",/};s/"purpose": "paths"/"purpose": "visits"/' \
    '        ^^{ "id": "visits",' \
    'purpose "visits" for the second time'
fault 'an unknown purpose' 's/"name": "_gb", "purpose": "visits"/"name": "_gb", "purpose": "visit"/' '"visit"' \
    'cookies\[7\].purpose: "visit", expected the id of a purpose'
fault 'a cookie given twice' 's/"name": "_gb"/"name": "_ga_\*"/' '"name": ^^"_ga_*", "purpose": "visits"' \
    'cookie "_ga_\*" for the second time'
fault 'a pattern over a cookie of another tier' 's/"name": "sid"/"name": "_gax"/' '"name": ^^"_ga*"' \
    '"_ga\*" of tier analytics overlaps "_gax" of tier advertising'
fault 'a pattern over a pattern of another tier' \
    's/"name": "_gb", "purpose": "visits"/"name": "_gb_long*", "purpose": "ads"/;
      s/"name": "sid", "purpose": "ads"/"name": "_gb*", "purpose": "visits"/' \
    '"name": ^^"_gb_long*"' \
    '"_gb_long\*" of tier advertising overlaps "_gb\*" of tier analytics'
fault 'a star inside a cookie name' 's/"name": "_gb"/"name": "_g*b"/' '"_g*b"' 'expected a cookie name'
fault 'a cookie name with a semicolon' 's/"name": "_gb"/"name": "_g;b"/' '"_g;b"' 'expected a cookie name'
fault 'a pattern for every name' 's/"name": "_gb"/"name": "*"/' '"*"' 'expected a cookie name'
fault 'a lifetime without a unit' 's/"2 days"/"2"/' '"2"' 'lifetime: "2", expected "session", or a number'
fault 'a lifetime above days.cookie' 's/"2 days"/"301 days"/' '"301 days"' \
    'lifetime: "301 days", expected no more than the 300 days'
fault 'HttpOnly and seen by scripts' 's/"http_only": true/&, "script": true/' \
    '"http_only": true, "script": ^^true' 'script: "http_only" and "script", expected at most one'
fault 'a third party without a name' 's/"provider": "Ad Co", //' '"third_party": ^^true' \
    'third_party: true without "provider"'
fault 'an unknown recipient' 's/"recipient": "ad-co"/"recipient": "bad-co"/' '"bad-co"' \
    'hosts\[0\].recipient: "bad-co", expected the id of a recipient'
fault 'a recipient given twice' \
    '/^    {$/{N;s/{. *"id": "ad-co",$/{ "id": "stats-co", /};s/"recipient": "ad-co"/"recipient": "stats-co"/' \
    '    ^^{ "id": "stats-co", ' \
    'recipient "stats-co" for the second time'
fault 'a host that is every host' 's/"\*.ads.example"/"*"/' '"*"' 'expected a host name'
fault 'a host in capitals' 's/"\*.ads.example"/"*.Ads.example"/' '"*.Ads' 'expected a host name'
fault 'a host given twice in a tier' '/"host": "\*.ads/{p;s/"frame", "script"/"font"/}' \
    '^^{ "host": "*.ads.example", "recipient": "ad-co", "tier": "advertising", "uses": ["font"]' \
    'host "\*.ads.example" for the second time'
fault 'a host without a use' 's/"uses": \["img"\]/"uses": []/' '"uses": ^^[]' 'uses: an empty list'
fault 'an unknown use' 's/"img"/"imgs"/' '"imgs"' 'uses\[0\]: "imgs", expected one of script, img'
fault 'a tier that is not offered' 's/"tier": "advertising",$/"tier": "advertisement",/' '"advertisement"' \
    'technologies\[0\].tier: "advertisement", expected one of essential'
fault 'an unknown right' 's/"erasure":/"erase":/' '"erase"' 'unknown name "erase", expected one of access'
fault 'an unknown section' 's/"kind": "minors"/"kind": "miners"/' '"miners"' \
    'sections\[0\].kind: "miners", expected one of retention'
fault 'a digest that is too short' 's/1e1f"/1e"/' '"0001' 'archive\[0\].digest: .*, expected a SHA-256'
fault 'an archive out of order' 's/"revision": 2,/"revision": 6,/' '"revision": ^^6' \
    'archive\[1\].revision: 6, expected less than 5'
fault 'an archive later than the policy' 's/2025-06-01/2026-06-01/' '"2026-06-01"' 'expected no later than'
fault 'an unknown word' 's/"heading":/"headline":/' '"headline"' 'unknown name "headline"'
fault 'an unknown placeholder' 's/Cookies at Sample/Cookies at {place}/' '"Cookies at' 'unknown placeholder "{place}"'
fault 'a placeholder that a language lacks' 's/Cookies at Sample/Cookies at {site}/' '"Cookies bei' \
    'other placeholders than in "en"'
fault 'a line end in a text' 's/Cookies at Sample/Cookies\\nat Sample/' '"Cookies\nat' \
    'one line without control characters'
fault 'a NUL in a text' 's/Cookies at Sample/Cookies\\u0000at Sample/' '"Cookies\u0000at' 'NUL'
fault 'a comment without an end' 's|"words": {|/* "words": {|' '/* "words"' 'expected its end'
fault 'a missing comma' 's/"regime": "uk",/"regime": "uk"/' '^^"gpc": "ask"' 'expected JSON'
fault 'more behind the end' '$s/}/} x/' '} ^^x' 'expected JSON'
fault 'nesting that is too deep' 's/"minimum_age": 13/"minimum_age": [[[[[[[[[[[[[[[[[13]]]]]]]]]]]]]]]]]/' \
    '[[[[[[[[[[[[[[[^^[[' 'nested at most 16 deep'
# own-words: a language without shared texts needs every word in the policy
base "$work/own.json"
sed -i 's/"tag": "ar", "dir": "rtl"/"tag": "ar", "dir": "rtl", "shared": false/' "$work/own.json"
verdict "$("$assent" policy check "$work/own.json" 2>&1 | grep -c 'for language "ar", expected all words')" \
    "$(($(grep -c '^    X(' core/text_key.h) - 1))" 'a language without shared texts lacks words'
verdict "$("$assent" policy check "$work/own.json" 2>&1 | grep -c 'words.heading: no text in "ar"')" 1 \
    'a word is there, but not in the language without shared texts'

# ---- all of them in one run --------------------------------------------------------------------

base "$work/many.json"
sed -i 's/"regime": "uk"/"regime": "mars"/;s/"#0000ee"/"blue"/;s/"2 days"/"2"/;s/"de": "Pfade", //' "$work/many.json"
verdict "$("$assent" policy check "$work/many.json" 2>&1 | sed "s|$work/many.json:\([0-9]*\):.*|\1|" | tr '\n' ' ')" \
    "$(grep -nE '"mars"|"blue"|"en": "Paths"|"2"' "$work/many.json" | cut -d: -f1 | tr '\n' ' ')" \
    'every fault is reported in one run, in the order of the file'
"$assent" policy check "$work/many.json" tests/policies/sample.json "$work/own.json" 2>&1 | grep -q own.json
verdict $? 0 'a fault in one file does not hide those of the next'
"$assent" policy compile "$work/many.json" -o "$work/many.img" 2>/dev/null
verdict "$? $(ls "$work/many.img" 2>/dev/null)" '1 ' 'no image is made of a source with faults'
"$assent" policy check "$work/missing.json" 2>/dev/null
verdict $? 1 'a file that is not there'
"$assent" policy check 2>/dev/null
verdict $? 2 'no file at all'
printf '\377' >"$work/bytes.json"
verdict "$("$assent" policy check "$work/bytes.json" 2>&1)" \
    "$work/bytes.json:1:1: byte 0xFF, expected UTF-8 text" 'a file that is not UTF-8'
for text in '' '[]' 'null' '{}' '"x"' '{"a"' '/*' '//'; do
    printf '%s' "$text" >"$work/odd.json"
    "$assent" policy check "$work/odd.json" >/dev/null 2>&1
    verdict $? 1 "a file that holds '$text' alone"
done

# ---- images ------------------------------------------------------------------------------------

base "$work/sample.json"
"$assent" policy compile "$work/sample.json" -o "$work/sample.img"
verdict $? 0 'the sample compiles'
"$assent" policy compile "$work/sample.json" -o "$work/again.img"
cmp -s "$work/sample.img" "$work/again.img"
verdict $? 0 'the same source gives the same image'
"$assent" policy show "$work/sample.img" >"$work/sample.show"
"$assent" policy show "$work/sample.json" | cmp -s - "$work/sample.show"
verdict $? 0 'a source shows what its image shows'
for line in 'cookies[_ga_long_*].lifetime = 90 minutes' 'purposes[ads].title.de = Anzeigen' \
    'hosts[stats.example:8443].recipient = stats-co' 'archive[5].asked = true' \
    'rights.objection.en = Object here.' 'words.heading.de = Cookies bei Sample' \
    'rules.keeps_rights = true' 'tiers.analytics.objectable = true' 'languages[ar] = rtl, shared words' \
    'documents[sample.txt].language = en' 'effective = 2026-02-01'; do
    grep -qxF "$line" "$work/sample.show"
    verdict $? 0 "show prints $line"
done
verdict "$(sed -n 's/^documents\[sample.txt\].digest = //p' "$work/sample.show")" \
    "$(sha256sum tests/policies/documents/sample.txt | cut -d' ' -f1)" 'a document is known by its SHA-256'
size=$(wc -c <"$work/sample.img")
printf '%064d\n' 7 >"$work/key"
"$assent" policy compile "$work/sample.json" -o "$work/signed.img" --sign "$work/key"
verdict "$(wc -c <"$work/signed.img")" $((size + 40)) 'a signature takes 40 bytes'
head -c "$size" "$work/signed.img" | cmp -s - "$work/sample.img"
verdict $? 0 'and follows the image'
"$assent" policy show "$work/signed.img" | cmp -s - "$work/sample.show"
verdict $? 0 'a signed image shows the same'
echo 'short' >"$work/bad-key"
"$assent" policy compile "$work/sample.json" -o "$work/x.img" --sign "$work/bad-key" 2>/dev/null
verdict $? 1 'a key of another length is refused'
head -c 300 "$work/sample.img" >"$work/cut.img"
"$assent" policy show "$work/cut.img" >/dev/null 2>&1
verdict $? 1 'a damaged image is refused'
"$assent" policy embed --texts build/policies/texts.img -o "$work/builtin.c" "$work/sample.img"
verdict "$? $(grep -c '^static const uint8_t policy_sample' "$work/builtin.c")" '0 1' 'an image becomes C source'
for other in "$work/sample.img" core/policies/texts/en.json /dev/null; do
    rm -f "$work/builtin.c"
    got=$("$assent" policy embed --texts $other -o "$work/builtin.c" "$work/sample.img" 2>&1)
    verdict "$? $got $(ls "$work/builtin.c" 2>/dev/null)" \
        "1 assent policy embed: $other: not an image of the shared texts " 'and no other file as the texts'
done
head -c 200 "$work/sample.img" | tail -c 196 >"$work/behind.img"
for other in build/policies/texts.img "$work/behind.img"; do
    got=$("$assent" policy show $other 2>&1)
    verdict "$? $got" "1 assent policy show: $other: neither a policy image nor JSON" \
        'bytes that are no policy are one complaint'
done

# ---- differences -------------------------------------------------------------------------------

# diff_of NAME SED EXPECTED-CODE PATTERN: from the sample to the sample changed by SED, with the
# next revision
diff_of() {
    sed "s/\"revision\": 7/\"revision\": 8/;$2" "$work/sample.json" >"$work/next.json"
    output=$("$assent" policy diff "$work/sample.img" "$work/next.json" 2>&1)
    verdict $? "$3" "$1: $output"
    printf '%s\n' "$output" | grep -qE -e "$4"
    verdict $? 0 "$1, how: $output"
}
diff_of 'nothing but a higher revision asks nobody' 's/x/x/' 0 '^consent: not due again'
diff_of 'wording asks nobody' 's/Counts visits/Counts all visits/' 0 '\+ purposes\[visits\].text.en = Counts all visits'
diff_of 'another colour asks nobody' 's/#9999ff/#aaaaff/' 0 '^analytics: as before'
diff_of 'the name of a recipient asks nobody' 's/"en": "Ad Co"/"en": "Ad Company"/' 0 '^advertising: as before'
diff_of 'a new cookie asks again' \
    's/{ "name": "_gb".*/&, { "name": "_gc", "purpose": "visits", "lifetime": "session" }/' 1 \
    '\+ cookie _gc for visits, session, by the controller'
diff_of 'a longer life asks again' 's/"2 days"/"3 days"/' 1 '\+ cookie _gb for visits, 3 days'
diff_of 'another provider asks again' 's/"provider": "Ad Co"/"provider": "Bad Co"/' 1 'third party Bad Co'
diff_of 'a new recipient asks again' 's/"tiers": \["advertising"\]/"tiers": ["advertising", "analytics"]/' 1 \
    '^analytics: changed, visitors are asked again'
diff_of 'a host for one more use asks again' 's/"uses": \["img"\]/"uses": ["img", "script"]/' 1 \
    '\+ host stats.example:8443 of stats-co for script, img'
diff_of 'a new meaning of a purpose asks again' 's/"material": 1/"material": 2/' 1 '\+ purpose visits version 2'
diff_of 'the counter of the operator asks again' 's/"ask_again": 2/"ask_again": 3/' 1 '\+ objection counter 3'
diff_of 'only the tier that changed is asked about' 's/"2 days"/"3 days"/' 1 '^advertising: as before'
diff_of 'a cookie of the essential tier asks nobody' \
    's/{ "name": "__Host-sid".*/& { "name": "csrf", "purpose": "session", "lifetime": "session" },/' 0 \
    '^essential: changed, needs no consent'
diff_of 'a right taken away asks again' '/"erasure":/d' 1 \
    '^rights: erasure is taken away, visitors are asked for explicit consent'
diff_of 'a right taken away by who never promised asks nobody' '/"erasure":/d;s/"keeps_rights", //' 0 \
    'the rule keeps_rights is dropped'
diff_of 'a new right asks nobody' 's/"erasure":/"withdrawal": { "en": "W", "de": "W", "ar": "W" }, &/' 0 \
    '^rights: withdrawal is new'
sed 's/Counts visits/Counts all visits/' "$work/sample.json" >"$work/next.json"
verdict "$("$assent" policy diff "$work/sample.img" \
    "$work/next.json" | grep -c '^revision: 7 after 7, expected a higher one')" 1 \
    'a change without a higher revision is pointed out'
verdict "$("$assent" policy diff "$work/sample.img" "$work/sample.json")" 'the same policy' 'nothing changes'
"$assent" policy diff "$work/sample.img" "$work/missing.json" >/dev/null 2>&1
verdict $? 2 'a comparison that cannot be made'

# ---- shared texts ------------------------------------------------------------------------------

texts=core/policies/texts
"$assent" policy texts $texts/en.json $texts/de.json $texts/ar.json
verdict $? 0 'the shared texts are without faults'
# texts_fault NAME SED PATTERN: the German texts changed by SED
texts_fault() {
    sed "$2" $texts/de.json >"$work/de.json"
    output=$("$assent" policy texts $texts/en.json "$work/de.json" 2>&1)
    verdict "$? $(printf '%s\n' "$output" | wc -l)" '1 1' "$1: $output"
    printf '%s\n' "$output" | grep -qE -e "^$work/de.json:$3"
    verdict $? 0 "$1, how: $output"
}
texts_fault 'a missing text' '/"save":/d' '[0-9]+:12: texts: no "save"'
texts_fault 'an unknown text' 's/"save":/"safe": "x", &/' '[0-9]+:5: texts.safe: unknown name'
texts_fault 'a placeholder lost' 's/{days} Tage/viele Tage/' '[0-9]+:17: texts.kept_for: other placeholders'
texts_fault 'a language twice' 's/"language": "de"/"language": "en"/' '2:1: language "en" for the second time'
texts_fault 'an unknown direction' 's/"dir": "ltr"/"dir": "up"/' '4:10: dir: "up", expected one of ltr, rtl'

# ---- full texts as an image of their own ---------------------------------------------------------

"$assent" policy documents core/policies/prokoders.json core/policies/selfmento.json -o "$work/documents.img"
verdict $? 0 'the texts of two policies become one image'
verdict "$(wc -c <"$work/documents.img")" \
    $((48 + 4 + 2 * 36 + $(cat core/policies/documents/prokoders.txt core/policies/documents/selfmento.txt | wc -c))) \
    'they are in it as they are'
tail -c "$(wc -c <core/policies/documents/selfmento.txt)" "$work/documents.img" | cmp -s - core/policies/documents/selfmento.txt
verdict $? 0 'in their order'
"$assent" policy documents "$work/sample.img" core/policies/prokoders.json core/policies/prokoders.json -o "$work/twice.img"
verdict "$? $("$assent" policy documents "$work/sample.json" core/policies/prokoders.json -o "$work/once.img" && echo made)" '0 made' \
    'a source is as good as its image'
cmp -s "$work/twice.img" "$work/once.img"
verdict $? 0 'and a text given twice is there once'
"$assent" policy compile "$work/sample.json" --without-documents -o "$work/bare.img"
rm -f "$work/none.img"
got=$("$assent" policy documents "$work/bare.img" -o "$work/none.img" 2>&1)
verdict "$? $(ls "$work/none.img" 2>/dev/null)" '1 ' "a policy that leaves its text out has none: $got"
"$assent" policy documents core/policies/prokoders.json >/dev/null 2>&1
verdict $? 2 'nowhere to write'

# ---- the five policies and their documents -----------------------------------------------------

schema=core/policies/policy.schema.json

# unquoted QUOTES LINES: the sentences of LINES of which no line of QUOTES covers a byte. A sentence ends
# at '.', '?' or '!' before a capital or the end of the line; what has no such end and no more than 78
# bytes is a heading, and fewer than 28 bytes are an abbreviation or a word.
unquoted() {
    LC_ALL=C awk 'NR == FNR { quote[++n] = $0; next }
        {
            for (at = 1; at <= length($0); at += size) {
                rest = substr($0, at)
                size = match(rest, /[.?!] +[A-Z]/) ? RSTART + RLENGTH - 2 : length(rest)
                sentence = substr(rest, 1, size)
                sub(/ +$/, "", sentence)
                if (length(sentence) < 28 || (sentence !~ /[.?!]$/ && length(sentence) <= 78)) continue
                for (i = 1; i <= n; i++) {
                    from = index($0, quote[i])
                    if (from && from < at + length(sentence) && from + length(quote[i]) > at) break
                }
                if (i > n) print FNR ": " sentence
            }
        }' "$1" "$2"
}
printf '%s\n' 'The first of three sentences. The second one is the longest. And a third one follows it.' \
    'A heading without an end' >"$work/three.lines"
printf '%s\n' 'of three' 'third one' >"$work/three.quotes"
verdict "$(unquoted "$work/three.quotes" "$work/three.lines")" '1: The second one is the longest.' \
    'a sentence between two that are quoted is found missing'
for name in prointerview procomm-voices prokoders proclientchat selfmento; do
    "$assent" policy check core/policies/$name.json
    verdict $? 0 "$name is without faults"
    "$assent" policy show core/policies/$name.json >"$work/$name.show"
    verdict "$(sed -n 's/^documents\[.*\].digest = //p' "$work/$name.show")" \
        "$(sha256sum core/policies/documents/$name.txt | cut -d' ' -f1)" "$name cites its document"
    # Rows "| quotation | `key` ... |" of the README, below the heading that names the policy.
    awk -v name="$name" '/^## / { here = index($0, "`" name "`") } here && /^\|/' core/policies/README.md \
        >"$work/$name.rows"
    sed 's/^|[^|]*|//' "$work/$name.rows" | grep -o '`[^`]*`' | tr -d '`' | sort -u >"$work/$name.keys"
    verdict "$([ "$(wc -l <"$work/$name.keys")" -gt 10 ] && echo many)" many "$name has a table in the README"
    while read -r key; do
        awk -v key="$key" 'index($0, key) == 1 && substr($0, length(key) + 1) ~ /^( = |\.|$)/ { found = 1 }
            END { exit !found }' "$work/$name.show"
        verdict $? 0 "$name has the key $key, which the README names"
    done <"$work/$name.keys"
    # What is quoted stands in the document, and of each sentence something is quoted.
    LC_ALL=C sed 's/\xc2\xa0/ /g;s/  */ /g' core/policies/documents/$name.txt >"$work/$name.lines"
    tr '\n' ' ' <"$work/$name.lines" >"$work/$name.flat"
    sed -n 's/^| "\([^|]*\)" |.*/\1/p' "$work/$name.rows" | sed 's/ \.\.\. /\n/g' >"$work/$name.quotes"
    while read -r quote; do
        grep -qF -e "$quote" "$work/$name.flat"
        verdict $? 0 "$name: the README quotes what its document says: $quote"
    done <"$work/$name.quotes"
    verdict "$(unquoted "$work/$name.quotes" "$work/$name.lines")" '' "$name: no sentence is left out of the README"
done
for key in $(sed -n 's/.*static const char \*const names\[\] = {//p;/^ *"\$schema",/,/NULL/p' \
    tools/policy_read.c tools/policy_rows.c |
    grep -o '"[a-z_$]*"' | sort -u); do
    grep -qF "$key" $schema
    verdict $? 0 "the schema knows $key"
done

# ---- the published schema ----------------------------------------------------------------------

for file in $(ls core/policies/*.json tests/policies/*.json | grep -v schema); do
    got=$(node tests/tools/schema.js $schema "$file" 2>&1)
    verdict "$? $got" '0 ' "$file keeps the schema"
done
# departs NAME SED LINE: the sample, changed by SED, departs from the schema in one place
departs() {
    sed "$2" tests/policies/sample.json >"$work/departs.json"
    got=$(node tests/tools/schema.js $schema "$work/departs.json" 2>&1)
    verdict "$? $got" "1 $work/departs.json: $3" "schema: $1"
}
departs 'an unknown name' 's/"revision": 7/"revison": 1, &/' 'the document: unknown name "revison"'
departs 'a missing member' '/"gpc":/d' 'the document: no "gpc"'
departs 'another type' 's/"id": "ad-co"/"id": true/' '.recipients[1].id: expected type string'
departs 'an unknown choice' 's/"regime": "uk"/"regime": "mars"/' '.regime: expected one of eu, uk, us'
departs 'too small' 's/"grant": 180/"grant": 0/' '.days.grant: expected at least 1'
departs 'too large' 's/"cookie": 300/"cookie": 401/' '.days.cookie: expected at most 400'
departs 'a fraction' 's/"minimum_age": 13/"minimum_age": 13.5/' '.minimum_age: expected type integer'
departs 'an empty text' 's/"name": "Sample Ltd"/"name": ""/' '.controller.name: shorter than 1'
departs 'a long text' 's/"id": "sample"/"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"/' '.id: longer than 32'
departs 'another form' 's/2026-02-01/1.2.2026/' '.effective: expected ^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
departs 'an empty list' 's/"uses": \["img"\]/"uses": []/' '.hosts[1].uses: fewer than 1 items'
departs 'a long list' \
    's/"sites": \[.*\],$/"sites": ["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"],/' \
    '.sites: more than 16 items'
departs 'an item given twice' 's/"keeps_archive"/"keeps_rights"/' '.rules: an item occurs twice'
departs 'an unknown right' 's/"erasure":/"erase":/' \
    '.rights name "erase": expected one of access, rectification, erasure, restriction, portability, objection, withdrawal, complaint, opt_out'
departs 'a text that is none' 's/"heading": {[^}]*}/"heading": { "en": 1 }/' '.words.heading.en: expected type string'
departs 'no alternative' 's/"data_protection_officer": .*/"data_protection_officer": 1/' \
    '.controller.data_protection_officer: expected exactly one of the alternatives'
# A keyword that the validator does not know must not pass as kept.
for word in format if contains; do
    sed "s/\"propertyNames\"/\"$word\": {}, &/" $schema >"$work/schema.json"
    got=$(node tests/tools/schema.js "$work/schema.json" tests/policies/sample.json)
    verdict "$? $got" \
        "1 $work/schema.json: keyword \"$word\" is not understood" "schema: the keyword $word"
done

# What the operator has classified, into the source: whole or not at all.
base "$work/base.json"
printf '// sample.json: add\n{ "name": "seen", "purpose": "statistics", "lifetime": "session" }\n' >"$work/cookie"
printf '{ "host": "x.example", "recipient": "", "tier": "analytics", "uses": ["img"] }\n' >"$work/host"
patch() { (cd "$work" && "$assent" policy patch "$@" 2>&1 >/dev/null); }
case $assent in /*) ;; *) assent=$PWD/$assent ;; esac
got=$(patch base.json cookie -o patched.json)
verdict "$? $got" '0 ' 'patch: a cookie'
verdict "$(diff "$work/base.json" "$work/patched.json" | grep -c '^[<>]')" 3 'patch: the entry and the revision, nothing else'
# keeps NAME EXPECTED PATCH-ARGUMENT...: nothing is written over
keeps() {
    name=$1 expected=$2
    shift 2
    echo before >"$work/kept"
    got=$(patch "$@" -o kept)
    verdict "$? $got" "$expected" "patch: $name"
    verdict "$(cat "$work/kept"; ls "$work" | grep -c '^kept')" "before
1" "patch: $name: what was there stays"
}
echo '[]' >"$work/list.json"
sed 's/"revision": 7/"revision": 7e2/' "$work/base.json" >"$work/power.json"
none='no policy: "revision" is a number, "cookies" a list'
keeps 'no policy' "1 assent policy patch: list.json: $none" list.json cookie
keeps 'a revision in another form' "1 assent policy patch: power.json: $none" power.json cookie
keeps 'a host without its recipient' \
    "1 assent policy patch: host: a host needs --recipient, the id of one of the policy's" base.json host
keeps 'a recipient that is none' \
    "2 assent policy patch: --recipient is the id of one of the policy's recipients; see assent policy patch --help" \
    base.json host --recipient 'a", "tier": "essential'
keeps 'no lines' "1 assent policy patch: list.json: neither a cookie nor a host" base.json list.json
patch() { (cd "$work" && ulimit -f 1 && trap '' XFSZ && "$assent" policy patch "$@" 2>&1 >/dev/null); }
keeps 'a full disk' '1 assent policy patch: kept: File too large' base.json cookie
"$assent" policy patch "$work/base.json" "$work/cookie" >/dev/full 2>"$work/said"
verdict "$? $(cat "$work/said")" '1 assent policy patch: standard output: No space left on device' \
    'patch: standard output is full'

echo "$passed passed, $failed failed"
