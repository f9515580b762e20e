/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/alloc.h"

struct metric {
    char *name, *labels, *help; /* labels: "" = none */
    const char *type;
    atomic_llong value;
    struct metric *next;
};

static struct metric *metrics;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list; values are atomic */

/* The metric, or NULL and in *place where it belongs: after the last of its name, which must stand together.
 */
static struct metric *find(const char *name, const char *labels, struct metric ***place)
{
    struct metric **link = &metrics;
    *place = NULL;
    for (; *link; link = &(*link)->next) {
        int same_name = strcmp((*link)->name, name) == 0;
        if (same_name && strcmp((*link)->labels, labels) == 0)
            return *link;
        if (same_name)
            *place = &(*link)->next;
    }
    if (!*place)
        *place = link;
    return NULL;
}

static struct metric *metric_of(const char *type, const char *name, const char *labels, const char *help)
{
    struct metric **place;
    pthread_mutex_lock(&lock);
    struct metric *metric = find(name, labels ? labels : "", &place);
    if (!metric) {
        metric = xcalloc(1, sizeof *metric);
        metric->name = xstrdup(name);
        metric->labels = xstrdup(labels ? labels : "");
        metric->help = xstrdup(help);
        metric->type = type;
        metric->next = *place;
        *place = metric;
    }
    pthread_mutex_unlock(&lock);
    assert(strcmp(metric->type, type) == 0);
    return metric;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
    return metric_of("counter", name, labels, help);
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
    return metric_of("gauge", name, labels, help);
}

void metric_add(struct metric *metric, long long amount)
{
    atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
}

void metric_set(struct metric *metric, long long value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

long long metric_value(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

static void write_head(struct strbuf *out, const char *name, const char *type, const char *help)
{
    strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_memory(struct strbuf *out)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (!statm)
        return;
    if (fscanf(statm, "%*s %ld", &pages) == 1) {
        write_head(out, "process_resident_memory_bytes", "gauge", "Resident memory of this process.");
        strbuf_printf(out, "process_resident_memory_bytes %ld\n", pages * sysconf(_SC_PAGESIZE));
    }
    fclose(statm);
}

static void write_cpu(struct strbuf *out)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    long micros = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    long seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec + micros / 1000000;
    write_head(out, "process_cpu_seconds_total", "counter", "User and system time of this process.");
    strbuf_printf(out, "process_cpu_seconds_total %ld.%06ld\n", seconds, micros % 1000000);
}

void metrics_write(struct strbuf *out)
{
    const char *last = "";
    pthread_mutex_lock(&lock);
    for (const struct metric *metric = metrics; metric; metric = metric->next) {
        if (strcmp(metric->name, last) != 0)
            write_head(out, metric->name, metric->type, metric->help);
        last = metric->name;
        const char *open = *metric->labels ? "{" : "", *close = *metric->labels ? "}" : "";
        strbuf_printf(out, "%s%s%s%s %lld\n", metric->name, open, metric->labels, close,
                      metric_value(metric));
    }
    pthread_mutex_unlock(&lock);
    write_memory(out);
    write_cpu(out);
}
