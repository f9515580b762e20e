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
    {.key = "actor.seal_key",
     .type = OPTION_SECRET,
     .offset = offsetof(struct actor_options, seal.key),
     .help = "The key that proposals are sealed with, the same for all actors of a cluster. Without one "
             "nothing can be approved: "
             "people do by themselves what is proposed."},
    {.key = "actor.approval_expiry",
     .type = OPTION_DURATION,
     .offset = offsetof(struct actor_options, seal.expiry_ms),
     .fallback = "30m",
     .least = 1000,
     .most = 24 * 3600 * 1000,
     .help = "How long a proposal can be approved."},
};
const size_t actor_option_count = COUNT_OF(actor_option_rows);
