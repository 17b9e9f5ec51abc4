#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Instructions on the Cortex-M3, counted by QEMU, which a busy machine does not change: of a decision, and of the
# whole firmware from the bytes that come to those that go; its time from power to the first answer.
set -eu

sh tests/board/test-count.sh
sh tests/board/test-instructions.sh
