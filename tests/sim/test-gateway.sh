#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The gateway in front of an application, with sanitizers: tests/sim/gateway.js.
exec node tests/sim/gateway.js build/sim/test-gcc/assent-sim
