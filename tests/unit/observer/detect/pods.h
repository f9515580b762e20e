/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the classes that concern whole pods: three pods of Deployment shop/web at T0, and what is heard of them. */
#pragma once

#include "common/base/clock.h"
#include "common/schema/incident.h"
#include "tests/unit/observer/workload.h"

#define PENDING_MS (2 * MINUTE_MS) /* the patience of test_gaze() */
#define STUCK_MS (5 * MINUTE_MS)

static struct test_workload test;

static int open_three(void **state)
{
    (void)state;
    clock_fix(T0);
    test_workload_open(&test, 3);
    forget_all();
    return 0;
}

static inline void assert_quiet(void)
{
    AUTO_SIGHTING sighting = {0};
    look_at(&test, T0, &sighting);
    if (sighting_worst(&sighting))
        fail_msg("sees %s", sighting_worst(&sighting)->detector->class);
}

/* Quiet now, and looked at again when at_ms has come; then it fails with this class. */
static inline void assert_fails_from(int64_t at_ms, const char *class)
{
    AUTO_SIGHTING sighting = {0};
    look_at(&test, at_ms - 1, &sighting);
    assert_null(sighting_worst(&sighting));
    assert_int_equal(sighting.look_again_ms, at_ms);
    look_at(&test, at_ms, &sighting);
    assert_non_null(sighting_worst(&sighting));
    assert_string_equal(sighting_worst(&sighting)->detector->class, class);
    assert_int_equal(sighting_worst(&sighting)->condition, CONDITION_FAILING);
}

/* What the strongest finding of now says, and since when it fails. */
static inline void assert_told(const char *class, const char *words, int64_t failed_ms)
{
    AUTO_SIGHTING sighting = {0};
    AUTO_STRBUF text = {0};
    look_at(&test, T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_non_null(finding);
    assert_string_equal(finding->detector->class, class);
    sighting_keep(&sighting); /* as it is where it is described */
    finding->detector->describe(finding, &text);
    assert_string_equal(strbuf_text(&text), words);
    assert_int_equal(finding->failed_ms, failed_ms);
}

/* The ways in which a pod is no longer this workload's concern; all of them must be quiet. */
static inline void assert_quiet_when_it_goes(int i)
{
    struct pod_facts pod = test.pods[i];
    test.pods[i].deleted_ms = T0 + 30 * SECOND_MS; /* a scale-down: its grace runs */
    assert_quiet();
    test.pods[i] = pod;
    test.pods[i].disruption = "EvictionByEvictionAPI"; /* a drain */
    assert_quiet();
    test.pods[i].disruption = "PreemptionByScheduler";
    assert_quiet();
    test.pods[i].disruption = "DeletionByTaintManager";
    assert_quiet();
    test.pods[i] = pod;
    test.pods[i].phase = "Succeeded";
    assert_quiet();
    test.pods[i] = pod;
    test.pods[i].ignored = 1;
    assert_quiet();
    test.pods[i] = pod;
}

/* The same pods under another controller. */
static inline void make_it_a(const char *kind)
{
    test.workload.kind = test.deployment.kind = kind;
    test.deployment.progressing_reason = "";
    for (size_t i = 0; i < test.workload.pod_count; i++)
        test.pods[i].owner.kind = kind;
}

#define TEST(name) cmocka_unit_test_setup(name, open_three)
