#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Full texts of documents out of the NOR flash, in both profiles: tests/board/documents.js.
exec node tests/board/documents.js build/emcraft-sf2/assent.elf
