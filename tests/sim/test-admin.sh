#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The operator's side of the simulator with sanitizers: tests/sim/admin.js.
exec node tests/sim/admin.js build/sim/test-gcc/assent-sim
