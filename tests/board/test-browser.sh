#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The consent application of the firmware in Chromium: tests/board/browser.js.
ASSENT_SIM=build/emcraft-sf2/assent.elf exec tests/browser/run tests/board/browser.js
