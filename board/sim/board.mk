# SPDX-License-Identifier: MIT
#
# Linux host: the compiler, the flags and the port files of the simulator. The host command, the
# unit tests, the fuzz targets and the benches are built with these too, whatever BOARD is.
BOARD_CC     := gcc
BOARD_CFLAGS := -O2 -g
BOARD_LIBS   :=

# Folders whose files are part of this board.
BOARD_PORTS  := port/host port/crypto port/json
