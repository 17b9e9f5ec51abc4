#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Notice and preferences page for everybody, in Chromium.
exec tests/browser/run tests/browser/access.js
