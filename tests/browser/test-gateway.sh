#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Applications behind the gateway in Chromium. The packages of tests/apps/express are installed as its lock
# says; without npm there is no test.
set -u

dir=build/deps/npm/express
if ! cmp -s tests/apps/express/package-lock.json "$dir/.installed"; then
    command -v npm >/dev/null || {
        echo "no npm here: not run"
        echo "0 passed, 0 failed"
        exit 0
    }
    mkdir -p "$dir"
    cp tests/apps/express/package.json tests/apps/express/package-lock.json "$dir"
    (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) || {
        tail -n 3 "$dir/npm.log"
        echo "npm could not install: not run"
        echo "0 passed, 0 failed"
        exit 0
    }
    cp tests/apps/express/package-lock.json "$dir/.installed"
fi
exec tests/browser/run tests/browser/gateway.js
