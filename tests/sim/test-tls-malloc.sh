#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The same with each object of lwIP and mbedTLS from malloc, where the sanitizer watches it.
exec node tests/sim/tls.js build/sim/test-malloc/assent-sim
