# SPDX-License-Identifier: MIT
#
# Emcraft SmartFusion2 SOM (M2S010): Cortex-M3 at 142 MHz, 64 KiB SRAM, 256 KiB code flash, 16 MiB SPI
# NOR, Ethernet. Read by the Makefile whatever BOARD is, as the tests run this board in QEMU.
#
# PROFILE=https, the sites over HTTP and HTTPS, or PROFILE=gateway, in front of applications. Each has a folder
# here, and its own below build.
FIRMWARE            := emcraft-sf2
PROFILE             ?= https
ifeq ($(filter https gateway,$(PROFILE)),)
$(error no profile named $(PROFILE); there are: https gateway)
endif
FIRMWARE_CC         := arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb
FIRMWARE_CHIP       := -DASSENT_STARTUP_ETHERNET_IRQ=12 -DASSENT_CORE_HZ=142000000U
# Optimised as a whole, which saves a sixteenth of the code; small frames rather than few.
FIRMWARE_CFLAGS     := -Os -g -flto=2 -flto-partition=one -fconserve-stack -ffunction-sections -fdata-sections -fno-delete-null-pointer-checks \
                       -ffile-prefix-map=$(CURDIR)=. -fno-common
# No start files, no heap: nothing provides _sbrk, so whatever calls malloc does not link.
FIRMWARE_STACK_https   := 4864
FIRMWARE_STACK_gateway := 4096
FIRMWARE_LDFLAGS    := -Wl,--defsym=stack_bytes=$(FIRMWARE_STACK_$(PROFILE)) \
                       -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,--fatal-warnings -Wl,--build-id=none
FIRMWARE_PORTS      := port/cortex_m port/crypto port/device port/lwip $(if $(filter https,$(PROFILE)),port/tls port/tls/psa)
# The full texts of the documents lie in the NOR flash, and not twice: put-texts.
FIRMWARE_POLICY     := --without-documents
FIRMWARE_FILES      := port/host/rfc3339.c
# What the profile has in the place of these: nothing is relayed beside TLS.
FIRMWARE_WITHOUT    := $(if $(filter https,$(PROFILE)),http/gateway.c http/lwip_name.c http/lwip_upstream.c http/lwip_wire.c http/relay%)

# Limits of core/config.h where this board has less room; where four exchanges are relayed, less again.
FIRMWARE_LIMITS_https   := -DASSENT_APP_BODY_BYTES=640 -DASSENT_APP_SCRATCH_BYTES=4096 -DASSENT_CERTIFICATE_BYTES=960
FIRMWARE_LIMITS_gateway := -DASSENT_APP_BODY_BYTES=512 -DASSENT_APP_SCRATCH_BYTES=2048 -DASSENT_RELAY_SEND_BYTES=1408 \
    -DASSENT_RELAY_RECV_BYTES=1328 -DASSENT_INSERT_TAG_BYTES=160 -DASSENT_UNCLASSIFIED=6 -DASSENT_UPSTREAM_CA_BYTES=512
FIRMWARE_LIMITS     := -DDEVICE_PROFILE='"board/emcraft-sf2/$(PROFILE)/profile.h"' -DDEVICE_POOLS='"board/emcraft-sf2/$(PROFILE)/pools.h"' \
    -DASSENT_SITES=5 -DASSENT_LIMIT_SOURCES=6 -DASSENT_GATE_NAMES_BYTES=128 -DASSENT_GATE_PLACE_BYTES=128 \
    -DASSENT_ENGINE_IDLE_MS=5000 $(FIRMWARE_LIMITS_$(PROFILE))

FIRMWARE_MBEDTLS_CONFIG_https   := board/emcraft-sf2/mbedtls_config.h
FIRMWARE_MBEDTLS_CONFIG_gateway := port/crypto/mbedtls_config.h
FIRMWARE_MBEDTLS_CONFIG         := $(FIRMWARE_MBEDTLS_CONFIG_$(PROFILE))
FIRMWARE_MBEDTLS_DIRS   := 3rdparty/p256-m 3rdparty/p256-m/p256-m 3rdparty/p256-m/p256-m/include \
    3rdparty/p256-m/p256-m/include/p256-m 3rdparty/p256-m/p256-m_driver_interface library
FIRMWARE_MBEDTLS_https   := $(addprefix library/,aes asn1parse asn1write block_cipher chacha20 chachapoly constant_time \
    gcm md memory_buffer_alloc oid pk pk_ecc pk_wrap pkparse pkwrite platform platform_util poly1305 \
    psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client \
    psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_rsa \
    psa_crypto_slot_management psa_util sha256 ssl_ciphersuites ssl_msg ssl_ticket ssl_tls \
    ssl_tls13_generic ssl_tls13_keys ssl_tls13_server x509 x509_create x509_crt x509write x509write_crt) \
    3rdparty/p256-m/p256-m/p256-m 3rdparty/p256-m/p256-m_driver_entrypoints
FIRMWARE_MBEDTLS_gateway := $(addprefix library/,chacha20 chachapoly constant_time platform_util poly1305 sha256)
FIRMWARE_MBEDTLS         := $(FIRMWARE_MBEDTLS_$(PROFILE))
FIRMWARE_LWIP           := $(addprefix core/,altcp altcp_alloc altcp_tcp def inet_chksum init ip mem memp netif \
    pbuf stats sys tcp tcp_in tcp_out timeouts udp) \
    $(addprefix core/ipv4/,dhcp etharp icmp ip4 ip4_addr) netif/ethernet
