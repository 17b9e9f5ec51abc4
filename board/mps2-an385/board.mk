# SPDX-License-Identifier: MIT
#
# Arm MPS2 with application note 385: Cortex-M3 at 25 MHz, 4 MiB code memory, 4 MiB SRAM, LAN9118
# Ethernet. The second board: the same core, storage and http on another MAC, another flash, plain HTTP.
FIRMWARE            := mps2-an385
FIRMWARE_CC         := arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb
FIRMWARE_CHIP       := -DASSENT_STARTUP_ETHERNET_IRQ=13 -DASSENT_CORE_HZ=25000000U
FIRMWARE_CFLAGS     := -Os -g -ffunction-sections -fdata-sections -fno-delete-null-pointer-checks \
                       -ffile-prefix-map=$(CURDIR)=. -fno-common
# No start files, no heap: nothing provides _sbrk, so whatever calls malloc does not link.
FIRMWARE_LDFLAGS    := -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,--fatal-warnings -Wl,--build-id=none
FIRMWARE_PORTS      := port/cortex_m port/crypto port/device port/lwip
FIRMWARE_FILES      :=
# All limits as core/config.h has them.
FIRMWARE_LIMITS     :=

FIRMWARE_MBEDTLS_CONFIG := port/crypto/mbedtls_config.h
FIRMWARE_MBEDTLS_DIRS   := library
FIRMWARE_MBEDTLS        := $(addprefix library/,chacha20 chachapoly constant_time platform_util poly1305 sha256)
FIRMWARE_LWIP           := $(addprefix core/,altcp altcp_alloc altcp_tcp def inet_chksum init ip mem memp netif \
    pbuf stats sys tcp tcp_in tcp_out timeouts udp) \
    $(addprefix core/ipv4/,dhcp etharp icmp ip4 ip4_addr) netif/ethernet
