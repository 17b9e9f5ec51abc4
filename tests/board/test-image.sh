#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The image of the firmware: no heap, within its budgets, the same bytes from two builds in two places.
set -u

passed=0 failed=0
verdict() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1"
    fi
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
names="emcraft-sf2 emcraft-sf2-gateway"

for name in $names; do arm-none-eabi-nm "build/$name/assent.elf"; done | grep -E ' (_?malloc(_r)?|_?calloc(_r)?|_?free(_r)?|_sbrk(_r)?|printf|snprintf|vfprintf)$'
[ $? -eq 1 ]
verdict "nothing_of_the_heap_nor_of_printf_is_linked" $?

cat >"$scratch/heap.c" <<'C'
#include <stdlib.h>
int main(void);
int main(void)
{
    return malloc(8) != NULL;
}
C
! arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -nostartfiles --specs=nano.specs -o "$scratch/heap" -Wl,-emain \
    "$scratch/heap.c" 2>"$scratch/why" && grep -q '_sbrk' "$scratch/why"
verdict "whoever_calls_malloc_does_not_link" $?

# The linker script asserts the budgets; here, that it would.
sed 's/^code_budget .*/code_budget = 100K;/' board/emcraft-sf2/link.ld >"$scratch/link.ld"
! make --silent FIRMWARE_SCRIPT="$scratch/link.ld" FIRMWARE_ELF="$scratch/assent.elf" "$scratch/assent.elf" >"$scratch/why" 2>&1 &&
    grep -q 'over their budget' "$scratch/why"
verdict "an_image_over_its_budget_does_not_link" $?

mkdir "$scratch/tree"
git ls-files --cached --others --exclude-standard | grep -E '^(Makefile|core|storage|http|port|board|tools)(/|$)' |
    tar -cf - -T - | tar -xf - -C "$scratch/tree"
mkdir -p "$scratch/tree/build" "$scratch/tree/tests"
ln -s "$(pwd)/build/deps" "$scratch/tree/build/deps"
cp -r build/setup build/tools "$scratch/tree/build/"
(cd "$scratch/tree" && find build/setup build/tools -type f -exec touch {} + &&
    make --silent -o build/tools/assent build/emcraft-sf2/assent.bin &&
    make --silent -o build/tools/assent PROFILE=gateway build/emcraft-sf2-gateway/assent.bin) >"$scratch/why" 2>&1 ||
    cat "$scratch/why"
same=0
for name in $names; do
    arm-none-eabi-objcopy -O binary "build/$name/assent.elf" "$scratch/one.bin"
    cmp "$scratch/one.bin" "$scratch/tree/build/$name/assent.bin" || same=1
done
verdict "two_builds_in_two_places_give_the_same_bytes" "$same"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
