#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Power cuts of the simulator with sanitizers: tests/sim/fault.js.
exec node tests/sim/fault.js build/sim/test-gcc/assent-sim
