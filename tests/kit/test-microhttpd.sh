#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A site on libmicrohttpd with consent built in: port/microhttpd.
set -u

kit=microhttpd
. tests/kit/program.sh
