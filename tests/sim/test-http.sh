#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The simulator with sanitizers and with the pools it has on a device: tests/sim/http.js.
exec node tests/sim/http.js build/sim/test-gcc/assent-sim
