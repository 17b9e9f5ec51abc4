#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Revisions of policies at the simulator with sanitizers: tests/sim/policies.js.
exec node tests/sim/policies.js build/sim/test-gcc/assent-sim
