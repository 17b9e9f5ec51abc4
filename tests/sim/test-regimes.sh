#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A site under the law of the United Kingdom, in the simulator with sanitizers: tests/sim/regimes.js.
exec node tests/sim/regimes.js build/sim/test-gcc/assent-sim
