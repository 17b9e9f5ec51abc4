#!/bin/sh
# SPDX-License-Identifier: MIT
#
# 64 slow streams through the gateway at once, with sanitizers: tests/sim/streams.js.
exec node tests/sim/streams.js build/sim/test-gcc/assent-sim
