/* SPDX-License-Identifier: Apache-2.0 */
/* How an option is spelled in the file, in the environment and on the command line. Used by options.c and its
 * parts only. Pure. Every char * result belongs to the caller, who frees it. */
#pragma once

#include <stddef.h>

#include "common/runtime/options.h"

/* What the file and the command line call a row: its key, or "<key>_file" for a secret. */
char *option_name(const struct option *row);

/* "kafka.topic_prefix" is "--kafka-topic-prefix" and "AEGIOPS_KAFKA_TOPIC_PREFIX". */
char *option_flag(const char *name);
char *option_variable(const char *name);

/* How many letters must be added, dropped or changed to make a of b (Levenshtein). */
size_t option_distance(const char *a, const char *b);
