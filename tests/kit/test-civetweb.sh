#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A site on CivetWeb with consent built in: port/civetweb.
set -u

kit=civetweb
. tests/kit/visit.sh

start() {
    build/sim/test-gcc/kit/civetweb "$port" "$work/flash.img" build/policies/texts.img \
        build/policies/prokoders.img >>"$work/log" 2>&1 &
    pid=$!
    await_port
}

stop() {
    kill "$pid" && wait "$pid"
}

port=$(free_port)
start || exit 1
visit
stop
verdict "$(grep -c ERROR "$work/log")" 0 'no finding of a sanitizer'
verdict "$("$assent" store check "$work/flash.img" 2>&1)" sound 'the store is sound'
finish
