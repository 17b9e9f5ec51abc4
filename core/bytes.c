/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"

void assent_bytes_wipe(void *p, size_t len)
{
    volatile uint8_t *byte = p;

    while (len-- > 0) {
        *byte++ = 0;
    }
}

bool assent_bytes_equal_secret(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++) {
        difference = (uint8_t)(difference | (x[i] ^ y[i]));
    }
    return difference == 0;
}

uint32_t assent_bytes_crc32(uint32_t seed, const void *p, size_t len)
{
    /* One nibble a step: 64 bytes of table instead of 1024. */
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const uint8_t *byte = p;
    uint32_t crc = ~seed;

    for (size_t i = 0; i < len; i++) {
        crc = (crc >> 4) ^ table[(crc ^ byte[i]) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (uint32_t)(byte[i] >> 4)) & 15];
    }
    return ~crc;
}
