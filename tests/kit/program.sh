# SPDX-License-Identifier: MIT
#
# Test of a site that is one program, build/sim/test-gcc/kit/NAME PORT FLASH TEXTS POLICY: source this
# with kit=NAME.
set -u

. tests/kit/visit.sh

start() {
    "build/sim/test-gcc/kit/$kit" "$port" "$work/flash.img" build/policies/texts.img \
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
