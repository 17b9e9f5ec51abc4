#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the firmware in QEMU takes, in instructions: tests/board/instructions.js.
exec node tests/board/instructions.js build/emcraft-sf2/assent.elf
