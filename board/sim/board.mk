# SPDX-License-Identifier: MIT
#
# Linux host: the compiler, the flags and the port files of the simulator. The host command, the
# unit tests, the fuzz targets and the benches are built with these too, whatever BOARD is.
BOARD_CC     := gcc
BOARD_CFLAGS := -O2 -g
BOARD_LIBS   := -Wl,--as-needed -lslirp

# Folders whose files are part of this board.
BOARD_PORTS  := port/host port/crypto port/json port/lwip

# Where lwIP finds its lwipopts.h.
BOARD_LWIPOPTS := port/lwip/sim

# What of mbedTLS is compiled: its configuration, and the files of its library.
BOARD_MBEDTLS_CONFIG := port/crypto/mbedtls_config.h
BOARD_MBEDTLS        := sha256 chacha20 poly1305 chachapoly constant_time platform_util
