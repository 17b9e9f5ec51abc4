#!/bin/sh
# SPDX-License-Identifier: MIT
#
# An application behind nginx, without a module of ours: auth_request asks port/nginx.
set -u

kit=nginx
. tests/kit/visit.sh

find_server nginx
port=$(free_port)
application=$(free_port)
policy=build/policies/prokoders.img
sockets=$(mktemp -d) # a path below the tree may be too long for a socket
"$assent" policy show $policy | port/nginx/cookies maps >"$work/maps.conf"
"$assent" policy show $policy | port/nginx/cookies set >"$work/cookies.conf"
sed "s|@PORT@|$port|; s|@APPLICATION@|127.0.0.1:$application|; s|@WORK@|$PWD/$work|
    s|@SOCKET@|$sockets/decide|" port/nginx/site.conf >"$work/nginx.conf"
[ "$(id -u)" -ne 0 ] || sed -i '1i user root;' "$work/nginx.conf"
node tests/kit/site.js "$application" &
site=$!
for _ in $(seq 100); do
    curl -s -o "$work/site" "http://127.0.0.1:$application/" && break
    sleep 0.1
done
# What cannot be said in nginx's language: cookies by prefix. They never pass.
by_prefix=no
unknown_site=403

start() {
    build/sim/test-gcc/kit/nginx "$sockets/decide" "$work/flash.img" build/policies/texts.img \
        $policy >>"$work/log" 2>&1 &
    decide=$!
    "$server" -p "$PWD/$work" -c "$PWD/$work/nginx.conf" >>"$work/log" 2>&1 &
    pid=$!
    await_port
}

stop() {
    kill "$pid" && wait "$pid"
    kill "$decide" && wait "$decide"
}
trap 'stop 2>/dev/null; kill "$site"; rm -rf "$sockets"' EXIT

start || exit 1
visit
verdict "$(ask /)" 200 'page'
verdict "$(shows '<p>allowed: essential</p>')" yes 'the site is told what is allowed'
kill "$decide"
wait "$decide"
verdict "$(ask /)" 500 'nobody to decide: nothing passes'
verdict "$(grep -ci '^set-cookie' "$page.head")" 0 'nobody to decide: no cookie'
kill "$pid"
wait "$pid"
verdict "$(grep -c ERROR "$work/log")" 0 'no finding of a sanitizer'
verdict "$("$assent" store check "$work/flash.img" 2>&1)" sound 'the store is sound'
finish
