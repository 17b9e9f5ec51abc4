#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same over HTTPS: tests/board/browser.js.
SECURE=1 ASSENT_SIM=build/emcraft-sf2/assent.elf exec tests/browser/run tests/board/browser.js
