#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A site on CivetWeb with consent built in: port/civetweb.
set -u

kit=civetweb
. tests/kit/program.sh
