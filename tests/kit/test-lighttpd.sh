#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program on plain CGI behind lighttpd, unchanged, with consent put around it: port/cgi.
set -u

kit=lighttpd
. tests/kit/visit.sh

find_server lighttpd
SITE_ROOT=$PWD/$work/site
SITE_PORT=$(free_port)
ASSENT_CGI=$PWD/build/sim/test-gcc/kit/cgi
ASSENT_FLASH=$PWD/$work/flash.img
ASSENT_TEXTS=$PWD/build/policies/texts.img
ASSENT_POLICY=$PWD/build/policies/prokoders.img
export SITE_ROOT SITE_PORT ASSENT_CGI ASSENT_FLASH ASSENT_TEXTS ASSENT_POLICY
mkdir -p "$SITE_ROOT"
cp tests/kit/site.cgi "$SITE_ROOT/"
chmod +x "$SITE_ROOT/site.cgi"
port=$SITE_PORT

start() {
    "$server" -D -f port/cgi/lighttpd.conf >>"$work/log" 2>&1 &
    pid=$!
    await_port
}

stop() {
    kill "$pid" && wait "$pid"
}

start || exit 1
visit
verdict "$(ask /shop/ --data 'a=b')" 200 'a form of the site'
verdict "$(shows '<p>content: a=b</p>')" yes 'a form of the site: its content'
verdict "$(shows '<p>allowed: essential</p>')" yes 'the site is told what is allowed'
verdict "$(grep -ci '^etag' "$page.head")" 0 'a page that is changed has no tag'

# Eight at once share one flash.
for i in 1 2 3 4 5 6 7 8; do
    curl -s -o "$work/page-$i" --max-time 30 --resolve "$host:$port:127.0.0.1" \
        "http://$host:$port/" &
    set -- "$@" $!
done
for child in "$@"; do
    wait "$child"
done
verdict "$(grep -l 'id="assent-consent"' "$work"/page-? | wc -l)" 8 'eight at once'
stop
verdict "$(grep -c 'ERROR: \|assent:' "$work/lighttpd.log")" 0 'no finding of a sanitizer'
verdict "$("$assent" store check "$work/flash.img" 2>&1)" sound 'the store is sound'
finish
