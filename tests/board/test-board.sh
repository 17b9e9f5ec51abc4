#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The firmware in QEMU: tests/board/board.js.
exec node tests/board/board.js build/emcraft-sf2/assent.elf
