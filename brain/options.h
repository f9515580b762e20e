/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the brain: the `brain:` section. */
#pragma once

#include "common/runtime/options.h"

struct brain_options {
    const char *listen; /* "address:port" of health and metrics; "" = none */
    long lanes;         /* threads that decide */
};

extern const struct option brain_option_rows[];
extern const size_t brain_option_count;
