/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and gauges in the Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * Names begin with aegiops_ and end in their unit or _total. Thread-safe; a metric lives as long as the process. */
#pragma once

#include "common/base/strbuf.h"

struct metric;

/* The metric of this name and label set; made at the first call. labels: "stage=\"decide\"" or NULL. help: one sentence.
 * Ask once and keep the pointer where it is hot. */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
struct metric *metric_gauge(const char *name, const char *labels, const char *help);

void metric_add(struct metric *metric, long long amount);
void metric_set(struct metric *metric, long long value);
long long metric_value(const struct metric *metric);

/* All metrics, with the process' own resident memory and CPU seconds, as the scraper wants them. */
void metrics_write(struct strbuf *out);
