# SPDX-License-Identifier: MIT
#
# What the script tests share. To be sourced; the last command of a script is `finish`.
passed=0
failed=0

# verdict GOT EXPECTED NAME
verdict() {
    if [ "$1" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  got      %s\n  expected %s\n' "$3" "$1" "$2"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
