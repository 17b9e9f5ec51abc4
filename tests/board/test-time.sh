#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The firmware in QEMU and time servers: tests/board/time.js.
exec node tests/board/time.js build/emcraft-sf2/assent.elf
