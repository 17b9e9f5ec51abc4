# SPDX-License-Identifier: MIT
#
# Linux host: the compiler, the flags and the port files of the simulator. The host command, the
# unit tests, the fuzz targets and the benches are built with these too, whatever BOARD is.
BOARD_CC     := gcc
BOARD_CFLAGS := -O2 -g
BOARD_LIBS   := -Wl,--as-needed -lslirp

# Folders whose files are part of this board.
BOARD_PORTS  := port/host port/crypto port/device port/json port/lwip port/tls port/tls/client

# Where lwIP finds its lwipopts.h.
BOARD_LWIPOPTS := port/lwip/sim

# What of mbedTLS is compiled: its configuration, the files of its library that the crypto seam needs,
# and those that TLS needs besides.
BOARD_MBEDTLS_CONFIG := port/tls/mbedtls_config.h
BOARD_MBEDTLS        := \
    chacha20 chachapoly constant_time memory_buffer_alloc platform platform_util poly1305 sha256
BOARD_MBEDTLS_TLS    := \
    aes aesni asn1parse asn1write bignum bignum_core cipher cipher_wrap ecdh ecdsa ecp ecp_curves \
    gcm md oid pk pk_ecc pk_wrap pkparse pkwrite psa_crypto psa_crypto_aead psa_crypto_cipher \
    psa_crypto_client psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash \
    psa_crypto_mac psa_crypto_rsa psa_crypto_slot_management psa_util rsa rsa_alt_helpers sha512 \
    ssl_ciphersuites ssl_client ssl_msg ssl_ticket ssl_tls ssl_tls12_client ssl_tls12_server \
    ssl_tls13_client ssl_tls13_generic ssl_tls13_keys ssl_tls13_server x509 \
    x509_create x509_crt x509write x509write_crt
