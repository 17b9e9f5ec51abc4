#!/bin/sh
# SPDX-License-Identifier: MIT
#
# assent store and assent audit, from outside: images made, filled, checked, damaged, repaired, searched;
# the audit log verified from the image and from lines.
set -u

assent=${ASSENT:-build/tools/assent}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tools/verdict.sh

[ -x "$assent" ] || {
    echo "test-store: $assent is not there; make tools builds it" >&2
    exit 1
}

# code COMMAND...: its exit code; output goes to $work/out and $work/err
code() {
    "$@" >"$work/out" 2>"$work/err"
    echo $?
}

# byte FILE OFFSET VALUE: change one byte
byte() {
    printf "\\$(printf '%03o' "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# says TEXT FILE: yes if it is there
says() {
    grep -q -e "$1" "$2" && echo yes || echo no
}

key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
image=$work/device.img

verdict "$(code "$assent" store format --size 524288 --audit-key $key "$image")" 0 "format"
verdict "$(wc -c <"$image" | tr -d ' ')" 524288 "an image has the size of the part"
verdict "$(says 'audit key' "$work/out")" no "a given audit key is not printed"
verdict "$(code "$assent" store format "$image")" 1 "format does not write over a file"
verdict "$(wc -l <"$work/err" | tr -d ' ')" 1 "errors have one line"
verdict "$(code "$assent" store format --chains 17 "$work/chains.img") $(ls "$work/chains.img" 2>/dev/null)" "2 " \
    "a number of chains that is no power of two"
verdict "$(says "17.*expected a power of two, 16 to 4096" "$work/err")" yes "and why"
verdict "$(code "$assent" store check "$image")" 0 "a new image is sound"
verdict "$(cat "$work/out")" sound "and says so"
verdict "$(code "$assent" audit verify --key $key "$image")" 0 "an empty log verifies"

verdict "$(code "$assent" store sample --visitors 30 --now 2026-05-01 "$image")" 0 "sample"
cp "$work/out" "$work/visitors"
granted=$(sed -n 's/ granted$//p' "$work/visitors" | head -n 1)
erased=$(sed -n 's/ erased$//p' "$work/visitors" | head -n 1)
verdict "$(code "$assent" store check --audit-key $key "$image")" 0 "a filled image is sound"

# what is there and what is gone
verdict "$(code "$assent" store scan --for "$granted" "$image")" 1 "a stored subject is found"
for subject in $(sed -n 's/ erased$//p' "$work/visitors"); do
    verdict "$(code "$assent" store scan --for "$subject" "$image")" 0 "an erased subject is nowhere"
done
verdict "$(code "$assent" store scan --for "$key" "$image")" 0 "the audit key is not in the image"
verdict "$(code "$assent" store scan --for-text assentFL "$image")" 1 "text is found"
verdict "$(head -n 1 "$work/out")" "found at 0 (0x0)" "with its place"
verdict "$(code "$assent" store scan "$image")" 2 "scan needs a pattern"

verdict "$(code "$assent" store dump "$image")" 0 "dump"
verdict "$(grep -c '"space":"consent"' "$work/out")" 20 "dump lists every record"
verdict "$(grep -c '"analytics":"withdrawn"' "$work/out")" 10 "and what they say"
verdict "$(says "$erased" "$work/out")" no "nobody who was erased"
verdict "$(grep '"space":"keys"' "$work/out" | grep -c value)" 0 "secrets are left out"
verdict "$(code "$assent" store dump --secrets "$image")" 0 "dump --secrets"
verdict "$(grep '"space":"keys"' "$work/out" | grep -c value)" 1 "secrets on demand"
node -e 'require("fs").readFileSync(process.argv[1],"utf8").trim().split("\n").forEach(l=>JSON.parse(l))' \
    "$work/out" 2>/dev/null
verdict "$?" 0 "every line of dump is JSON"
verdict "$(code "$assent" store stats "$image")" 0 "stats"
verdict "$(sed -n 's/^keys_consent //p' "$work/out")" 20 "stats counts records"
verdict "$(sed -n 's/^audit_count //p' "$work/out")" 50 "and entries"

# the audit log
verdict "$(code "$assent" audit verify --key $key "$image")" 0 "the log of an image verifies"
verdict "$(cat "$work/out")" "50 entries are sound" "with its count"
verdict "$(code "$assent" audit verify --key "$(echo $key | tr 01 10)" "$image")" 1 "another key does not"
echo $key >"$work/key"
verdict "$(code "$assent" audit verify --key "$work/key" "$image")" 0 "the key can come from a file"
verdict "$(code "$assent" audit verify "$image")" 2 "a key is needed"
verdict "$(code "$assent" audit export "$image")" 0 "export"
cp "$work/out" "$work/log"
verdict "$(wc -l <"$work/log" | tr -d ' ')" 52 "one line an entry, a start and a head"
verdict "$(code "$assent" audit verify --key $key "$work/log")" 0 "exported lines verify"
verdict "$(cat "$work/out")" "50 entries from 0 on are sound, 1 heads agree" "without the image"
sed '20d' "$work/log" >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "a missing line shows"
verdict "$(says 'entry 19 of 49: gap' "$work/err")" yes "as a gap, with its place"
sed '20s/consent_[a-z]*/consent_refused/' "$work/log" >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "a changed line shows"
verdict "$(says 'entry 19 of 50: mac' "$work/err")" yes "by its MAC"
sed '20s/"site":0/"site":00/' "$work/log" >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "another spelling is not an entry"
sed -n '1p;21,$p' "$work/log" >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "a missing start shows"
sed '$s/0\(.\)"/1\1"/;$s/1\(.\)"/0\1"/' "$work/log" >"$work/bad"
cmp -s "$work/log" "$work/bad" && sed '$s/.."}$/zz"}/' "$work/log" >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "a changed head shows"
cp "$image" "$work/other.img"
"$assent" store sample --visitors 90 "$work/other.img" >/dev/null
"$assent" audit export "$work/other.img" >"$work/longer"
verdict "$(code "$assent" audit verify --key $key "$work/longer")" 0 "a longer log verifies"
{ head -n 60 "$work/longer"; tail -n 1 "$work/longer"; } >"$work/bad"
verdict "$(code "$assent" audit verify --key $key "$work/bad")" 1 "a log cut off before its head shows"
verdict "$(says truncated "$work/err")" yes "as truncated"
head=$(sed -n '$s/.*"head":"\([0-9a-f]*\)".*/\1/p' "$work/longer")
verdict "$(code "$assent" audit verify --key $key --head "$head" "$work/other.img")" 0 "a kept head agrees"
verdict "$(code "$assent" audit verify --key $key --head "$head" "$image")" 1 \
    "an image put back to an earlier state does not agree with a head kept since"

# check never writes, and says what is wrong
store=$(sed -n 's/^store *sector *\([0-9]*\),.*/\1/p' "$work/stats" 2>/dev/null)
"$assent" store stats "$image" >"$work/stats"
store=$(sed -n 's/^store  *sector *\([0-9]*\),.*/\1/p' "$work/stats")
audit=$(sed -n 's/^audit log  *sector *\([0-9]*\),.*/\1/p' "$work/stats")

cp "$image" "$work/bad.img"
byte "$work/bad.img" 30 1
cp "$work/bad.img" "$work/before.img"
verdict "$(code "$assent" store check "$work/bad.img")" 1 "a damaged identity is found"
verdict "$(says 'identity: copy 1 of 2 is damaged' "$work/out")" yes "in words"
cmp -s "$work/bad.img" "$work/before.img"
verdict "$?" 0 "check changes nothing"
verdict "$(code "$assent" store check --repair "$work/bad.img")" 0 "repair"
verdict "$(says 'wrote' "$work/out")" yes "says what it did"
verdict "$(code "$assent" store check "$work/bad.img")" 0 "and then it is sound"

cp "$image" "$work/bad.img"
byte "$work/bad.img" $((store * 4096 + 800)) 0
byte "$work/bad.img" $((store * 4096 + 801)) 0
byte "$work/bad.img" $((store * 4096 + 802)) 0
cp "$work/bad.img" "$work/before.img"
verdict "$(code "$assent" store check "$work/bad.img")" 1 "damage in the store is found"
verdict "$(says '^store: ' "$work/out")" yes "in words"
cmp -s "$work/bad.img" "$work/before.img"
verdict "$?" 0 "check of a damaged store changes nothing"

cp "$image" "$work/bad.img"
byte "$work/bad.img" $((audit * 4096 + 64 + 64 * 7 + 8)) 0
verdict "$(code "$assent" store check --audit-key $key "$work/bad.img")" 1 "a changed entry is found"
verdict "$(says '^audit log: entry 7: ' "$work/out")" yes "by its number"
verdict "$(code "$assent" audit verify --key $key "$work/bad.img")" 1 "by verify as well"

dd if=/dev/zero bs=4096 count=40 2>/dev/null >"$work/no.img"
verdict "$(code "$assent" store check "$work/no.img")" 1 "what is no image is refused"
verdict "$(wc -l <"$work/err" | tr -d ' ')" 1 "in one line"
head -c 100000 "$image" >"$work/short.img"
verdict "$(code "$assent" store check "$work/short.img")" 1 "a short image is refused"
verdict "$(code "$assent" store check "$work/absent.img")" 1 "a file that is not there"
verdict "$(code "$assent" store check)" 2 "a file is needed"
verdict "$(code "$assent" store format --size 5000 "$work/x.img")" 2 "impossible sizes"
verdict "$(code "$assent" store format --sector 65536 --size 16777216 "$work/large.img")" 0 "large sectors"
verdict "$(says 'audit key' "$work/out")" yes "an audit key is made and printed"
verdict "$(code "$assent" store sample "$work/large.img")" 0 "large sectors hold visitors"
verdict "$(code "$assent" store check "$work/large.img")" 0 "and are sound"
verdict "$(code "$assent" store --help)" 0 "help"
verdict "$(code "$assent" audit verify --help)" 0 "help of a command"

finish
