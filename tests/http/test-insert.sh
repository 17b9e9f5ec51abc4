#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Put a notice into pages of all sorts and compare the documents before and after with a real HTML parser:
# tests/http/insert.js. Without npm or node the parser is not there and nothing is counted.
set -eu

tests/fetch-npm parse5@7.3.0 entities@6.0.1 || {
    [ $? -eq 3 ] || exit 1
    echo "no npm, or no network for it: pages are not checked"
    echo "0 passed, 0 failed"
    exit 0
}
command -v node >/dev/null || {
    echo "no node: pages are not checked"
    echo "0 passed, 0 failed"
    exit 0
}
exec node tests/http/insert.js "${ASSENT:-build/tools/assent}" build/deps/npm
