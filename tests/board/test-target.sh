#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The unit tests on a Cortex-M3: QEMU's MPS2 with application note 385, by semihosting; what is around each
# program is in tests/target. Left out, besides the programs that TARGET_NOT of the Makefile names:
#   hostile_fields_take_linear_time                            a field of 16 MiB; the board has no such room
#   must_not_depend_on_sector_size_nor_on_value_lengths        a flash of 16 MiB
#   every_day_from_1970_to_9999_goes_there_and_back            3 million days take half a minute
#   must_not_wrap_a_counter_into_a_false_state                 14,000 sectors take a quarter of it
set -u

unit=build/mps2-an385/unit

# run ELF ARGUMENT…: what the program prints; its exit code.
run() {
    elf=$1 words=
    shift
    for word in "$elf" "$@"; do words="$words,arg=$word"; done
    timeout -k 5 120 qemu-system-arm -M mps2-an385 -display none -monitor none -serial none -chardev stdio,id=console \
        -semihosting-config "enable=on,target=native,chardev=console$words" -kernel "$elf" </dev/null 2>&1
}

# One program; its verdict on one line: "NAME N passed, N failed, stack N".
one() {
    name=$(basename "$1" .elf)
    case $name in
    test_cookie) without=-hostile_fields_take_linear_time ;;
    test_date) without=-every_day_from_1970_to_9999_goes_there_and_back ;;
    test_kv_must_not_cost) without=-must_not_wrap_a_counter_into_a_false_state ;;
    test_kv_must_not_hold) without=-must_not_depend_on_sector_size_nor_on_value_lengths ;;
    *) without= ;;
    esac
    # shellcheck disable=SC2086 # a list of words
    said=$(run "$1" $without)
    code=$?
    sum=$(echo "$said" | grep -x '[0-9]* passed, [0-9]* failed')
    if [ "$code" -eq 0 ] && [ -n "$sum" ]; then
        echo "$name $sum, $(echo "$said" | tail -n 1)"
    else
        echo "$said" | sed "s/^/$name: /"
        echo "FAILED $name ${sum:-0 passed, 1 failed}, exit code $code"
    fi
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit
fi

failed=0
for broken in reads_a_byte_too_many writes_to_what_is_only_for_reading needs_more_stack_than_there_is; do
    said=$(run "$unit/broken.elf" "$broken") && said="$said exit code 0"
    case $said in
    "fault: pc "*) ;;
    *)
        echo "FAILED what is broken is not seen: $broken: $said"
        failed=$((failed + 1))
        ;;
    esac
done
run "$unit/broken.elf" fails >/dev/null && failed=$((failed + 1)) && echo "FAILED a test that fails is not seen"

sums=$(mktemp)
trap 'rm -f "$sums"' EXIT
tr ' ' '\n' <"$unit/list" | xargs -P 2 -n 1 sh "$0" --one >"$sums"
cat "$sums"
awk -v failed="$failed" -v programs="$(tr ' ' '\n' <"$unit/list" | grep -c elf)" '
    / passed, [0-9]+ failed, / {
        for (i = 2; i <= NF; i++) {
            if ($i == "passed,") passed += $(i - 1)
            if ($i == "failed,") failed += $(i - 1)
        }
        seen++
    }
    END {
        if (seen < programs) failed += programs - seen
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || seen == 0
    }' "$sums"
