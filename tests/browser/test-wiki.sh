#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A wiki in PHP behind the gateway in Chromium.
exec tests/browser/run tests/browser/wiki.js
