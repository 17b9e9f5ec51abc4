#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The scripts that make the flash of a board: what they keep when they fail, what they say when used wrong.
set -u

. tests/tools/verdict.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for board in emcraft-sf2 mps2-an385; do
    image=$scratch/$board.img
    board/$board/provision "$image" >/dev/null && grep -q '^audit key ' "$image.secrets"
    verdict $? 0 "$board: provision_writes_the_secrets_beside_the_image"

    cp "$image.secrets" "$scratch/before"
    ! board/$board/provision "$image" >"$scratch/said" 2>&1 && grep -q -e --force "$scratch/said" &&
        cmp -s "$scratch/before" "$image.secrets" && [ ! -e "$image.secrets.new" ]
    verdict $? 0 "$board: a_second_attempt_leaves_the_secrets_of_the_image_that_is_there"

    board/$board/provision "$image" --force >/dev/null && ! cmp -s "$scratch/before" "$image.secrets"
    verdict $? 0 "$board: with_force_the_secrets_are_those_of_the_new_image"

    for wrong in '' --help; do
        # shellcheck disable=SC2086 # no argument at all
        board/$board/provision $wrong >"$scratch/said" 2>&1
        [ $? -eq 2 ] && grep -q '^usage: ' "$scratch/said" && [ ! -e ./--help ]
        verdict $? 0 "$board: provision ${wrong:-without_an_image}: says_how_it_is_used_and_makes_nothing"
    done
done
board/emcraft-sf2/put-texts "$scratch/nothing" >"$scratch/said" 2>&1
[ $? -eq 2 ] && [ ! -e "$scratch/nothing" ]
verdict $? 0 "put_texts_makes_no_image_of_its_own"

finish
