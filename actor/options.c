/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/options.h"

#include "common/base/alloc.h"

const struct option actor_option_rows[] = {
    {.key = "actor.listen",
     .type = OPTION_STRING,
     .offset = offsetof(struct actor_options, listen),
     .fallback = "127.0.0.1:9103",
     .help = "Address and port of /healthz, /readyz and /metrics; empty for none."},
    {.key = "actor.lanes",
     .type = OPTION_INTEGER,
     .offset = offsetof(struct actor_options, lanes),
     .fallback = "2",
     .least = 1,
     .most = 64,
     .help = "Threads that act; more than there are partitions of decisions help nobody."},
};
const size_t actor_option_count = COUNT_OF(actor_option_rows);
