#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A shared terminal in Chromium, through the simulator.
exec tests/browser/run tests/browser/kiosk.js
