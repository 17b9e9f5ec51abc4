#!/bin/sh
# SPDX-License-Identifier: MIT
#
# board/emcraft-sf2/run, as README.md has a newcomer use it: the firmware with its console here.
set -u

. tests/tools/verdict.sh
scratch=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null; rm -rf "$scratch"' EXIT

# until_said COUNT PATTERN: so many lines of the console match, within 20 seconds.
until_said() {
    for _ in $(seq 200); do
        [ "$(grep -c "$2" "$scratch/console")" -ge "$1" ] && return 0
        sleep 0.1
    done
    return 1
}

mkfifo "$scratch/keys"
port=$((20000 + $$ % 4000 * 3))
env HTTP_PORT=$port HTTPS_PORT=$((port + 1)) ADMIN_PORT=$((port + 2)) timeout 100 \
    board/emcraft-sf2/run "$scratch/flash.img" <"$scratch/keys" >"$scratch/console" 2>&1 &
qemu=$!
exec 3>"$scratch/keys"

until_said 1 ' started '
verdict $? 0 "the_firmware_starts_with_an_image_made_for_it"
printf 'noise on\r' >&3
until_said 1 'noise on from the next start'
printf 'restart\r' >&3
until_said 2 ' started ' && ! grep -q fault "$scratch/console"
verdict $? 0 "noise_on_without_a_generator_is_no_fault_at_the_next_start"

finish
