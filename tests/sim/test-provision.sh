#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Flash made by assent provision, in the simulator with sanitizers: tests/sim/provision.js.
exec node tests/sim/provision.js build/sim/test-gcc/assent-sim
