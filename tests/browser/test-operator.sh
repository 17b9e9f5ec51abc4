#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The operator's page, in Chromium.
exec tests/browser/run tests/browser/operator.js
