/* SPDX-License-Identifier: MIT */
/* Takes in what a generator at the second serial line says. */
#include "board/emcraft-sf2/noise.h"

#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"
#include "port/cortex_m/clock.h"

#define KEY ASSENT_SPAN("noise")

/* What has come, up to max bytes; 0 from a generator that has failed. */
static size_t take(struct device *device, uint8_t *out, size_t max)
{
    struct noise *noise = &device->noise;
    size_t len = 0;
    int byte;

    while (!noise->failed && len < max && (byte = noise_line_get()) >= 0) {
        noise->same = noise->taken > 0 && byte == noise->last ? (uint8_t)(noise->same + 1) : 1;
        noise->last = (uint8_t)byte;
        noise->taken++;
        noise->failed = noise->same >= NOISE_SAME;
        out[len++] = (uint8_t)byte;
    }
    if (noise->failed) {
        noise->on = false;
        device_log(device, ASSENT_LOG_ERROR, "noise_stuck", noise->last);
        return 0;
    }
    return len;
}

size_t noise_start(struct device *device, uint8_t out[NOISE_START_BYTES])
{
    uint32_t start_ms = clock_uptime_ms();
    size_t len = 0;

    device->noise.on = assent_kv_get(&device->stores.kv, ASSENT_SPACE_BOARD, KEY, out, 1) == 1;
    if (!device->noise.on) {
        return 0;
    }
    noise_line_init();
    while (device->noise.on && len < NOISE_START_BYTES &&
           clock_uptime_ms() - start_ms < NOISE_START_MS) {
        len += take(device, out + len, NOISE_START_BYTES - len);
    }
    device_log(device, len == NOISE_START_BYTES ? ASSENT_LOG_INFO : ASSENT_LOG_WARNING,
               "noise_bytes", (uint32_t)len);
    return len;
}

void noise_poll(struct device *device)
{
    uint8_t bytes[NOISE_BYTES];
    size_t len;

    if (!device->noise.on || clock_uptime_ms() - device->noise.looked_ms < NOISE_EACH_MS) {
        return;
    }
    device->noise.looked_ms = clock_uptime_ms();
    len = take(device, bytes, sizeof(bytes));
    if (len > 0) {
        (void)assent_random_stir(&device->random, assent_span(bytes, len));
    }
    assent_bytes_wipe(bytes, sizeof(bytes));
}

int noise_keep(struct device *device, bool on)
{
    static const uint8_t yes = 1;
    int error;

    if (on) {
        return assent_kv_put(&device->stores.kv, ASSENT_SPACE_BOARD, KEY, assent_span(&yes, 1));
    }
    error = assent_kv_delete(&device->stores.kv, ASSENT_SPACE_BOARD, KEY);
    return error == ASSENT_ERR_NOT_FOUND ? ASSENT_OK : error;
}
