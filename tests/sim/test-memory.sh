#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Memory while large content passes: tests/sim/memory.js.
exec node tests/sim/memory.js build/tools/assent-sim
