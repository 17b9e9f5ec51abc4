#!/bin/sh
# SPDX-License-Identifier: MIT
#
# assent gate, from outside: each of the five policies with each choice, the ledger over several
# responses, wrong input.
set -u

assent=${ASSENT:-build/tools/assent}
work=build/tests/gate
rm -rf "$work"
mkdir -p "$work"
. tests/tools/verdict.sh

# cookies POLICY COOKIE OPTION...: what remains of the Cookie field
cookies() {
    policy=$1 cookie=$2
    shift 2
    printf 'GET / HTTP/1.1\r\nHost: a.example\r\nCookie: %s\r\n\r\n' "$cookie" |
        "$assent" gate request --policy "core/policies/$policy.json" "$@" |
        tr -d '\r' | sed -n 's/^Cookie: //p'
}

# names_of POLICY TIER: every cookie of the tier as a browser would send it
names_of() {
    "$assent" policy show "core/policies/$1.json" |
        sed -n "s/^cookies\[\(.*\)\]\.tier = $2\$/\1/p" | sed 's/\*$/X1/; s/$/=v/' |
        paste -sd';' | sed 's/;/; /g'
}

# tier POLICY TIER WITHOUT-CHOICE: what passes if nothing was chosen: all or none
tier() {
    all=$(names_of "$1" "$2")
    none=$all
    if [ "$3" = none ]; then
        none=''
    fi
    refused=''
    if [ "$2" = essential ]; then
        refused=$all
    fi
    [ -n "$all" ] || verdict none some "$1 names cookies of $2"
    verdict "$(cookies "$1" "$all")" "$none" "$1 $2: no choice"
    verdict "$(cookies "$1" "$all" --state analytics=refused,advertising=refused)" "$refused" \
        "$1 $2: refused"
    verdict "$(cookies "$1" "$all" --state analytics=withdrawn,advertising=withdrawn)" "$refused" \
        "$1 $2: withdrawn"
    verdict "$(cookies "$1" "$all" --state analytics=granted,advertising=granted)" "$all" \
        "$1 $2: granted"
    verdict "$(cookies "$1" "$all" --state "$2=granted" 2>/dev/null)" \
        "$(if [ "$2" != essential ]; then echo "$all"; fi)" "$1 $2: granted alone"
}

tier prointerview essential all
tier prointerview analytics all # regime us: runs until opted out
tier prointerview advertising all
tier procomm-voices essential all
tier procomm-voices analytics none
tier procomm-voices advertising none
tier prokoders essential all
tier prokoders analytics none
tier proclientchat essential all
tier proclientchat analytics none
tier selfmento essential all
tier selfmento analytics none

for policy in prokoders selfmento; do
    verdict "$(names_of $policy advertising)" '' "$policy has no advertising tier"
done
verdict "$(cookies prointerview "$(names_of prointerview advertising)" --gpc)" '' \
    'prointerview: Sec-GPC opts out of advertising'
verdict "$(cookies prointerview "$(names_of prointerview analytics)" --gpc)" \
    "$(names_of prointerview analytics)" 'prointerview: and of nothing else'
for policy in proclientchat selfmento; do
    verdict "$(cookies $policy "$(names_of $policy analytics)" --state analytics=granted --minor)" '' \
        "$policy: nothing optional under the minimum age"
    verdict "$(cookies $policy "$(names_of $policy essential)" --state analytics=granted --minor)" \
        "$(names_of $policy essential)" "$policy: but what is essential"
done
verdict "$(cookies selfmento '_ga=1; _GA=2; _ga_X=3; _gax=4; stranger=5' --state analytics=granted)" \
    '_ga=1; _ga_X=3' 'names are exact, patterns are prefixes, strangers stay out'

# What follows the head is left alone.
verdict "$(printf 'POST / HTTP/1.1\r\nCookie: _ga=1\r\n\r\nCookie: _ga=1\r\n' |
    "$assent" gate request --policy core/policies/selfmento.json | tr -d '\r')" \
    'POST / HTTP/1.1

Cookie: _ga=1' 'a body is copied'

# response OPTION...: a response head from standard input, without CR
response() {
    "$assent" gate response --policy core/policies/selfmento.json --now 2026-11-21 --no-csp "$@" |
        tr -d '\r'
}
head='HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n'

verdict "$(printf "${head}Set-Cookie: _ga=1; Path=/deep; Max-Age=99999999\r\n\r\nbody" |
    response --state analytics=granted --ledger "$work/ledger")" 'HTTP/1.1 200 OK
Content-Type: image/png
Set-Cookie: _ga=1; Path=/deep; Max-Age=34128000; SameSite=Lax
Vary: Cookie, Sec-GPC
Cache-Control: private

body' 'a granted cookie is shortened to the inventory'
verdict "$(printf "$head\r\n" | response --state analytics=withdrawn --ledger "$work/ledger" \
    --withdrawn | grep -c '^Set-Cookie: _ga=; Path=/deep; Expires=Thu, 01 Jan 1970')" 1 \
    'withdrawal expires it where the ledger saw it'
printf 'GET / HTTP/1.1\r\nHost: www.a.example\r\nCookie: _gid=1\r\n\r\n' >"$work/request"
verdict "$(printf "$head\r\n" | response --request "$work/request" |
    grep -c '^Set-Cookie: _gid=; .*Max-Age=0')" 3 'a cookie that still comes is expired by guess'
verdict "$(printf 'HTTP/1.1 103 Early Hints\r\nSet-Cookie: sm_login=1\r\n\r\n' | response)" \
    'HTTP/1.1 103 Early Hints' 'an interim response sets no cookie'

# fails CODE MESSAGE OPTION...: with the input of the caller
fails() {
    code=$1 message=$2
    shift 2
    got=$("$assent" gate "$@" 2>&1 >/dev/null)
    verdict "$?: $got" "$code: $message" "gate $*"
}
printf 'GET / HTTP/1.1\nCookie: a=b\n\n' >"$work/lines"
fails 1 'assent gate request: standard input: line 1: not a line of a message head (RFC 9112: name, colon, value, CR LF)' \
    request --policy core/policies/selfmento.json <"$work/lines"
fails 2 'assent gate request: --policy is missing; see assent gate request --help' request </dev/null
fails 2 "assent gate request: --now: 'soon': expected 2026-01-31T12:00:00Z, 2026-01-31 or seconds since 1970; see assent gate request --help" \
    request --policy core/policies/selfmento.json --now soon </dev/null
fails 1 'assent gate request: no-such-file: No such file or directory' \
    request --policy no-such-file </dev/null
printf 'x' >"$work/broken"
fails 1 "assent gate response: $work/broken: byte 0: not a ledger" \
    response --policy core/policies/selfmento.json --ledger "$work/broken" </dev/null

# ---- what the visitor said besides yes and no, and when ----

for flag in restricted objected; do
    verdict "$(cookies selfmento '_ga=1; sm_login=2' --state analytics=granted --$flag)" 'sm_login=2' \
        "$flag: essential only, whatever was granted"
    verdict "$(cookies prointerview "$(names_of prointerview analytics)" --$flag)" '' \
        "$flag: also where nothing was chosen and nothing is asked"
    verdict "$(printf 'GET / HTTP/1.1\r\n\r\n' | "$assent" gate request --policy core/policies/selfmento.json \
        --state analytics=granted --$flag --explain 2>&1 >/dev/null | sed -n 's/^analytics: //p')" \
        "not allowed, $flag" "$flag: the reason"
done
verdict "$(cookies selfmento _ga=1 --state analytics=granted --given 2026-01-01 --now 2026-01-20)" '_ga=1' \
    'a choice of some days ago holds'
verdict "$(cookies selfmento _ga=1 --state analytics=granted --given 2024-01-01 --now 2026-01-20)" '' \
    'a choice that is too old does not'
verdict "$(printf 'GET / HTTP/1.1\r\n\r\n' | "$assent" gate request --policy core/policies/selfmento.json --explain \
    --state analytics=granted --given 2024-01-01 --now 2026-01-20 2>&1 >/dev/null | grep -E '^(analytics|notice)')" \
    'analytics: not allowed, expired
notice: to be shown' 'and is asked for again'
verdict "$(printf 'HTTP/1.1 200 OK\r\n\r\n' | "$assent" gate response --policy core/policies/selfmento.json --explain 2>&1 \
    >/dev/null | grep -c '^cookies:')" 0 'a response counts no cookies of a request'

# ---- input of the wrong kind has a reason and a place ----

policy='--policy core/policies/selfmento.json'
printf 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n' >"$work/request"
printf 'HTTP/1.1 200 OK\r\n\r\n' >"$work/response"
fails 1 'assent gate response: standard input: line 1: not a status line: is it the head of a request?' \
    response $policy <"$work/request"
fails 1 'assent gate request: standard input: line 1: a status line, expected a request line' \
    request $policy <"$work/response"
fails 1 "assent gate response: $work/response: line 1: a status line, expected a request line" \
    response $policy --request "$work/response" <"$work/response"
printf 'GET\r\n\r\n' >"$work/target"
fails 1 'assent gate request: standard input: line 1: no target' request $policy <"$work/target"
fields() {
    printf 'GET / HTTP/1.1\r\n'
    seq "$1" | sed 's/.*/Cookie: a=b\r/'
    printf '\r\n'
}
fields 17 >"$work/fields"
fails 1 'assent gate request: standard input: more than 16 Cookie fields (Cookie2 and Assent-Consent count too)' \
    request $policy <"$work/fields"
fields 16 >"$work/fields"
fails 0 '' request $policy <"$work/fields"
for option in --ledger=x --request=x --withdrawn --notice --no-csp; do
    fails 2 "assent gate request: unknown option '$option'; see assent gate request --help" \
        request $policy $option <"$work/request"
done
fails 2 "assent gate request: --state: 'analytics=refused': analytics for the second time; see assent gate request --help" \
    request $policy --state analytics=granted,analytics=refused <"$work/request"
fails 2 'assent gate request: --given: no choice was made then; --state, --restricted or --objected says one; see assent gate request --help' \
    request $policy --given 2026-01-01 <"$work/request"

# ---- cookies that nobody can read are named ----

long=$(head -c 4092 /dev/zero | tr '\0' v)
printf 'GET / HTTP/1.1\r\nHost: a.example\r\nCookie: sm_login=%s; _ga=1\r\n\r\n' "$long" >"$work/long"
verdict "$("$assent" gate request $policy --explain <"$work/long" 2>&1 >/dev/null | grep '^not read')" \
    'not read: "sm_login" in Cookie, line 3: name and value are longer than 4096 bytes' 'a cookie that is too long'
verdict "$("$assent" gate request $policy <"$work/long" 2>&1 | grep -c -e 'not read' -e sm_login)" 0 \
    'which is dropped, without --explain in silence'
printf 'HTTP/1.1 200 OK\r\nSet-Cookie: sm_login=%s; Path=/\r\nSet-Cookie: =; Secure\r\n\r\n' "$long" >"$work/long"
verdict "$("$assent" gate response $policy --explain <"$work/long" 2>&1 >/dev/null | grep '^not read')" \
    'not read: "sm_login" in Set-Cookie, line 2: name and value are longer than 4096 bytes
not read: "" in Set-Cookie, line 3: neither a name nor a value' 'a Set-Cookie that browsers ignore'
printf 'GET / HTTP/1.1\r\nCookie: sm_login=%s\r\n\r\n' "$(printf %s "$long" | tail -c 4088)" >"$work/long"
verdict "$("$assent" gate request $policy --explain <"$work/long" 2>&1 >/dev/null | grep '^not read')" '' \
    'a cookie of just that length is read'

finish
