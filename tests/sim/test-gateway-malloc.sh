#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same with each object of lwIP from malloc, where the sanitizer watches it.
exec node tests/sim/gateway.js build/sim/test-malloc/assent-sim
