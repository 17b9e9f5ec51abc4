#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The consent application in Chromium, through the simulator.
exec tests/browser/run tests/browser/consent.js
