#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Settings of applications behind the gateway, names, TLS, with sanitizers: tests/sim/applications.js.
exec node tests/sim/applications.js build/sim/test-gcc/assent-sim
