#!/bin/sh
# SPDX-License-Identifier: MIT
#
# assent token mint and verify, from outside: what goes in, what comes out, exit codes.
set -u

assent=${ASSENT:-build/tools/assent}
. tests/tools/verdict.sh

[ -x "$assent" ] || {
    echo "test-token: $assent is not there; make tools builds it" >&2
    exit 1
}

# check NAME EXPECTED-CODE PATTERN ARGUMENT...: the command ends with that code, and a line of its
# output on either stream matches as a whole.
check() {
    name=$1 code=$2 pattern=$3
    shift 3
    output=$("$assent" token "$@" 2>&1)
    got=$?
    if [ "$got" -eq "$code" ] && printf '%s\n' "$output" | grep -qxE -e "$pattern"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: code %s, expected %s and /%s/ in:\n%s\n' "$name" "$got" "$code" \
            "$pattern" "$output"
    fi
}

key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
other=ff0102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f
subject=0102030405060708090a0b0c0d0e0f10

# Made by another program from the byte table of core/token.h.
vector=AQcCAY1CtAAA0klrAAkAAAADAAAAHwChoaGhoqKiogECAwQFBgcICQoLDA0ODxCUZ-Bt_YaZvhmwabCAxIeg

# ---- mint ----

check 'a token with every field' 0 "$vector" \
    mint --key $key --site shop.example --key-id 7 --generation 258 \
    --state analytics=granted,advertising=withdrawn --subject $subject --now 1800000000 --clock 2 \
    --valid-days 180 --sequence 9 --revision 3 --rights 0x1F --flags 2 \
    --analytics-fingerprint 0xA1A1A1A1 --advertising-fingerprint 0xa2a2a2a2
check 'a time as a date' 0 "$vector" \
    mint --key $key --site shop.example --key-id 7 --generation 258 \
    --state=advertising=withdrawn,analytics=granted --subject $subject --now 2027-01-15T08:00:00Z \
    --clock 2 --sequence 9 --revision 3 --rights 31 --flags 2 \
    --analytics-fingerprint 2711724449 --advertising-fingerprint 2728567458
check 'a refusal is 63 bytes' 0 '[A-Za-z0-9_-]{63}' \
    mint --key $key --site s --state analytics=refused,advertising=refused

# ---- verify ----

refused=$("$assent" token mint --key $key --site s --state analytics=refused --now 1800000000)
check 'what a token says' 0 \
    '\{"choices":\{"analytics":"granted","advertising":"withdrawn"\},"subject":"'$subject'","time":"2027-01-15T08:00:00Z","clock":"set","valid_days":180,"valid_until":"2027-07-14T08:00:00Z","expired":false,"sequence":9,"revision":3,"rights":31,"flags":\["gpc_present"\],"fingerprints":\{"analytics":2711724449,"advertising":2728567458\}\}' \
    verify --key $key --site shop.example --key-id 7 --generation 258 --now 1800000001 "$vector"
check 'a refusal names nobody' 0 \
    '\{"choices":\{"analytics":"refused","advertising":"undecided"\},"subject":null,.*"sequence":0,.*"flags":\[\],.*' \
    verify --key $key --site s "$refused"
check 'an old token is expired' 0 '.*"expired":true.*' \
    verify --key $key --site s --now 2027-07-14T08:00:00Z "$refused"
check 'a second before it is not' 0 '.*"expired":false.*' \
    verify --key $key --site s --now 2027-07-14T07:59:59Z "$refused"
check 'a token of the key before' 0 '.*"choices".*' \
    verify --key $other --key-id 2 --former-key $key --former-key-id 1 --site s "$refused"
check 'another key' 1 "assent token verify: $refused: authentication failed" \
    verify --key $other --site s "$refused"
check 'another key id' 1 '.*: authentication failed' verify --key $key --key-id 9 --site s "$refused"
check 'another site' 1 '.*: authentication failed' verify --key $key --site t "$refused"
check 'another generation' 1 '.*: revoked' verify --key $key --site s --generation 1 "$refused"
check 'a changed letter' 1 '.*: authentication failed' verify --key $key --site s "AQEB${refused#AQEA}"
check 'another version' 1 '.*: an unknown format version' verify --key $key --site s "Ag${refused#AQ}"
check 'a cut token' 1 '.*: malformed input' verify --key $key --site s "${refused%???}"
check 'no token at all' 1 '.*: malformed input' verify --key $key --site s ''

# ---- wrong use ----

check 'a grant without subject' 2 'assent token mint: --state: what is granted or withdrawn needs a --subject; .*' \
    mint --key $key --site s --state analytics=granted
check 'no key' 2 'assent token mint: --key is missing; .*' mint --site s --state analytics=refused
check 'no site' 2 '.*: --site is missing; .*' verify --key $key x
check 'no state' 2 '.*: --state is missing; .*' mint --key $key --site s
check 'an empty site' 2 ".*: --site: expected 1 to 255 bytes, got 0; .*" verify --key $key --site '' x
check 'a short key' 2 '.*: --key: expected 64 hexadecimal digits, got 4 bytes; .*' \
    verify --key 0011 --site s x
check 'a key with one wrong digit' 2 ".*: --key: digit 64 is 'g', expected 0-9, a-f or A-F; .*" \
    verify --key "${key%?}g" --site s x
check 'a tier that is none' 2 ".*: --state: 'statistics=granted': expected analytics or .*" \
    mint --key $key --site s --state statistics=granted
check 'a choice that is none' 2 ".*: --state: 'analytics=yes': expected .*" \
    mint --key $key --site s --state advertising=refused,analytics=yes
check 'a tier without a choice' 2 ".*: --state: 'analytics=': expected .*" \
    mint --key $key --site s --state analytics=
check 'an empty state' 2 ".*: --state: '': expected .*" mint --key $key --site s --state ''
check 'a time that is none' 2 ".*: --now: 'noon': expected .*" \
    mint --key $key --site s --state analytics=refused --now noon
check 'a time beyond all clocks' 2 ".*: --now: '1099511627776': expected .*" \
    mint --key $key --site s --state analytics=refused --now 1099511627776
check 'too many days' 2 ".*: --valid-days: '396': expected a number, 1 to 395; .*" \
    mint --key $key --site s --state analytics=refused --valid-days 396
check 'a negative number' 2 ".*: --sequence: '-1': expected a number, .*" \
    mint --key $key --site s --state analytics=refused --sequence=-1
check 'no digits after 0x' 2 ".*: --rights: '0x': expected .*" \
    mint --key $key --site s --state analytics=refused --rights 0x
check 'a number that would wrap' 2 ".*: --sequence: '18446744073709551617': expected .*" \
    mint --key $key --site s --state analytics=refused --sequence 18446744073709551617
check 'an unknown option' 2 ".*: unknown option '--colour'; .*" mint --colour red
check 'an argument too many' 2 ".*: unexpected argument 'x'; .*" mint x
check 'two tokens' 2 '.*: expected one TOKEN, got 2; .*' verify --key $key --site s a b
check 'help' 0 'usage: assent token COMMAND .*' --help
check 'help for mint' 0 '  --state LIST .*' mint --help
check 'help for verify' 0 '  --former-key HEX .*' verify --help

finish
