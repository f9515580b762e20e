/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/options.h"

#include "common/base/alloc.h"

const struct option brain_option_rows[] = {
    {.key = "brain.listen",
     .type = OPTION_STRING,
     .offset = offsetof(struct brain_options, listen),
     .fallback = "127.0.0.1:9102",
     .help = "Address and port of /healthz, /readyz and /metrics; empty for none."},
    {.key = "brain.lanes",
     .type = OPTION_INTEGER,
     .offset = offsetof(struct brain_options, lanes),
     .fallback = "2",
     .least = 1,
     .most = 64,
     .help = "Threads that decide; more than there are partitions of incidents help nobody."},
};
const size_t brain_option_count = COUNT_OF(brain_option_rows);
