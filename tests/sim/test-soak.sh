#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A minute of the long soak, with sanitizers: tests/sim/soak.js. The whole of it: make soak.
exec node tests/sim/soak.js build/sim/test-gcc/assent-sim
