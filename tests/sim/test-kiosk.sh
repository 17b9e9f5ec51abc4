#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Sessions of a shared terminal at the simulator with sanitizers: tests/sim/kiosk.js.
exec node tests/sim/kiosk.js build/sim/test-gcc/assent-sim
