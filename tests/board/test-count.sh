#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Instructions on the target, counted by QEMU: tests/board/count.c. The decision and the filter of a head of
# about 600 bytes take at most 40,000 without the MAC of a token.
set -u

out=$(mktemp)
qemu-system-arm -M emcraft-sf2 -display none -monitor none -serial "file:$out" -icount shift=0 \
    -kernel build/emcraft-sf2/count.elf 2>/dev/null &
qemu=$!
trap 'rm -f "$out"' EXIT
for _ in $(seq 600); do
    grep -q counted "$out" && break
    sleep 0.1
done
kill "$qemu"
wait "$qemu" 2>/dev/null
cat "$out"
plain=$(sed -n 's/^gate_without_token \([0-9]*\) .*/\1/p' "$out")
token=$(sed -n 's/^gate_with_token \([0-9]*\) .*/\1/p' "$out")
if [ "${plain:-0}" -gt 1000 ] && [ "$plain" -le 40000 ] && [ "${token:-0}" -gt "$plain" ]; then
    echo "1 passed, 0 failed"
else
    echo "FAILED decision_and_filter_take_at_most_40000_instructions"
    echo "0 passed, 1 failed"
    exit 1
fi
