#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lwIP's own httpd with the gateway in front of it, in one stack: port/lwip_httpd.
set -u

kit=lwip_httpd
. tests/kit/visit.sh

start() {
    "build/sim/test-gcc/kit/$kit" "$port" "$work/flash.img" build/policies/texts.img \
        build/policies/prokoders.img "$around" >>"$work/log" 2>&1 &
    pid=$!
    await_port
}

stop() {
    kill "$pid" && wait "$pid"
}

# reaches NAME: yes or no, httpd, which shows the head that it was given
reaches() {
    verdict "$(ask /echo --data x=1)" 200 'echo' >/dev/null
    shows "$1=1"
}

# pages NAME NOTICE ANALYTICS: what a visitor gets
pages() {
    verdict "$(ask /)" 200 "$1: page"
    verdict "$(shows '<h1>Device</h1>')" yes "$1: httpd's own"
    verdict "$(shows 'id="assent-consent"')" "$2" "$1: notice"
    verdict "$(shows 'id="assent-link"')" yes "$1: link"
    verdict "$(shows 'type="text/plain"')" "$(if [ "$3" = yes ]; then echo no; else echo yes; fi)" "$1: script waits"
    verdict "$(keeps pk_session) $(keeps pk_usage) $(keeps unknown)" "yes $3 no" "$1: kept"
    verdict "$(reaches pk_session) $(reaches pk_usage) $(reaches unknown) $(reaches assent)" "yes $3 no no" "$1: reaches httpd"
}

port=$(free_port)
around=$(free_port)
start || exit 1
pages undecided yes no
plant pk_usage / '#HttpOnly_'
plant unknown /
verdict "$(ask /echo --data x=1)" 200 'planted'
verdict "$(shows planted) $(shows pk_session=1)" 'no yes' 'planted: does not reach httpd'
verdict "$(choose assent=none\&from=notice)" 303 refuse
pages refused no no
stop
start || exit 1
pages 'refused, restart' no no
verdict "$(choose assent=all\&age=yes\&from=preferences)" 303 grant
ask / >/dev/null
pages granted no yes
verdict "$(ask /echo --data x=1 -H 'Assent-Consent: everything')" 200 'a claim of the client'
verdict "$(grep -c '^Assent-Consent: essential, analytics' "$page") $(shows everything)" '1 no' 'httpd is told what is allowed'
verdict "$(choose assent=withdraw\&from=preferences)" 303 withdraw
pages withdrawn no no
verdict "$(ask /none-such)" 404 'a page that httpd does not have'
verdict "$(ask /.consent/state)" 200 'state'

# Many at once: each has a connection of visitors and one within the stack.
seq 64 | xargs -P 16 -I{} curl -s -o /dev/null -w '%{http_code}\n' --max-time 20 -H "Host: $host" "http://127.0.0.1:$port/" |
    sort | uniq -c | tr -s ' ' >"$work/codes"
verdict "$(cat "$work/codes")" ' 64 200' 'sixteen at a time'

verdict "$(curl -s -o /dev/null -w '%{http_code}' --max-time 3 "http://127.0.0.1:$around/")" 000 'nobody gets around the gate'
stop
verdict "$(grep -c ERROR "$work/log")" 0 'no finding of a sanitizer'
verdict "$("$assent" store check "$work/flash.img" 2>&1)" sound 'the store is sound'
finish
