#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The simulator with sanitizers and with the pools it has on a device: tests/sim/tls.js.
exec node tests/sim/tls.js build/sim/test-gcc/assent-sim
