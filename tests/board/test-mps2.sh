#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The firmware of the second board in QEMU: tests/board/mps2.js.
MACHINE=mps2-an385 exec node tests/board/mps2.js
