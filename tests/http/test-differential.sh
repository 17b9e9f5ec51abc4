#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The engine's answers to tests/http/requests.txt beside those of node's HTTP parser.
set -eu
exec node tests/http/differential.js
