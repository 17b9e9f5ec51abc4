#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Hostile requests through the gateway and through nginx: tests/sim/hostile.js.
exec node tests/sim/hostile.js build/sim/test-gcc/assent-sim
