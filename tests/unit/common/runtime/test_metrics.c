/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

#define THREADS 4
#define ADDITIONS 10000

static void same_name_and_labels_are_one_metric(void **state)
{
    (void)state;
    struct metric *one = metric_counter("aegiops_t1_total", "stage=\"decide\"", "Counts.");
    metric_add(one, 2);
    assert_ptr_equal(metric_counter("aegiops_t1_total", "stage=\"decide\"", "Counts."), one);
    assert_ptr_not_equal(metric_counter("aegiops_t1_total", "stage=\"act\"", "Counts."), one);
    assert_ptr_not_equal(metric_counter("aegiops_t1_total", NULL, "Counts."), one);
    assert_int_equal(metric_value(metric_counter("aegiops_t1_total", "stage=\"decide\"", "Counts.")), 2);
}

static void gauges_are_set(void **state)
{
    (void)state;
    struct metric *gauge = metric_gauge("aegiops_t2_bytes", NULL, "Bytes.");
    metric_set(gauge, 5);
    metric_set(gauge, -3);
    metric_add(gauge, 1);
    assert_int_equal(metric_value(gauge), -2);
}

/* The format wants one HELP and TYPE for each name, and its lines together, however they were made. */
static void lines_of_one_name_stand_together(void **state)
{
    AUTO_STRBUF text = {0};
    (void)state;
    metric_add(metric_counter("aegiops_t3_total", "a=\"1\"", "First."), 1);
    metric_set(metric_gauge("aegiops_t4", NULL, "Between."), 7);
    metric_add(metric_counter("aegiops_t3_total", "a=\"2\"", "First."), 2);
    metric_add(metric_counter("aegiops_t3_total", NULL, "First."), 3);
    metrics_write(&text);
    assert_non_null(strstr(text.data, "# HELP aegiops_t3_total First.\n"
                                      "# TYPE aegiops_t3_total counter\n"
                                      "aegiops_t3_total{a=\"1\"} 1\n"
                                      "aegiops_t3_total{a=\"2\"} 2\n"
                                      "aegiops_t3_total 3\n"
                                      "# HELP aegiops_t4 Between.\n"
                                      "# TYPE aegiops_t4 gauge\n"
                                      "aegiops_t4 7\n"));
}

static double value_after(const char *text, const char *start)
{
    const char *at = strstr(text, start);
    assert_non_null(at);
    return atof(at + strlen(start));
}

static void the_process_measures_itself(void **state)
{
    AUTO_STRBUF before = {0}, after = {0};
    (void)state;
    metrics_write(&before);
    for (volatile long i = 0; i < 100000000; i++)
        continue;
    AUTO_FREE char *block = xmalloc(32 << 20);
    memset(block, 1, 32 << 20);
    metrics_write(&after);
    assert_true(value_after(after.data, "\nprocess_cpu_seconds_total ") >
                value_after(before.data, "\nprocess_cpu_seconds_total "));
    assert_true(value_after(after.data, "\nprocess_resident_memory_bytes ") -
                    value_after(before.data, "\nprocess_resident_memory_bytes ") >
                30 << 20);
}

static void *count(void *context)
{
    for (int i = 0; i < ADDITIONS; i++)
        metric_add(metric_counter("aegiops_t5_total", context, "Counts."), 1);
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, i % 2 ? "odd=\"1\"" : NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metric_value(metric_counter("aegiops_t5_total", NULL, "Counts.")),
                     THREADS / 2 * ADDITIONS);
    assert_int_equal(metric_value(metric_counter("aegiops_t5_total", "odd=\"1\"", "Counts.")),
                     THREADS / 2 * ADDITIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_name_and_labels_are_one_metric),
        cmocka_unit_test(gauges_are_set),
        cmocka_unit_test(lines_of_one_name_stand_together),
        cmocka_unit_test(the_process_measures_itself),
        cmocka_unit_test(threads_lose_nothing),
    };
    return cmocka_run_group_tests_name("runtime/metrics", tests, NULL, NULL);
}
