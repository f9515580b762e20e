/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the actor: the `actor:` section. Its policy stands in policy.h, its cluster in kube.h. */
#pragma once

#include "actor/seal.h"
#include "common/runtime/options.h"

struct actor_options {
    const char *listen; /* "address:port" of health and metrics; "" = none */
    long lanes;         /* threads that act */
    struct seal seal;
};

extern const struct option actor_option_rows[];
extern const size_t actor_option_count;
