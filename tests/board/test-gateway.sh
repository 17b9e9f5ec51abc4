#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The firmware's other profile, in front of an application: tests/board/gateway.js.
export FIRMWARE=build/emcraft-sf2-gateway/assent.elf
exec node tests/board/gateway.js "$FIRMWARE"
