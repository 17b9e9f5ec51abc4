/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_policy.h"

#include <stdio.h>
#include <stdlib.h>

const struct assent_policy *sample_policy(void)
{
    static uint8_t image[16384];
    static struct assent_policy policy;
    FILE *file;
    size_t len;

    if (policy.image.ptr != NULL) {
        return &policy;
    }
    file = fopen("build/policies/samples/gate.img", "rb");
    len = file != NULL ? fread(image, 1, sizeof(image), file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    if (assent_policy_open(&policy, assent_span(image, len), NULL) != ASSENT_OK) {
        printf("no policy in build/policies/samples/gate.img\n0 passed, 1 failed\n");
        exit(1);
    }
    return &policy;
}
