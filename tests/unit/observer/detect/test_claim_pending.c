/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/objects.h"

#define CLAIM "PersistentVolumeClaim"

static void put_claim(const char *phase, const char *class, int64_t deleted_ms)
{
    struct claim_facts claim = {.ns = "shop",
                                .name = "data",
                                .uid = "c",
                                .phase = phase,
                                .class = class,
                                .volume = strcmp(phase, "Lost") == 0 ? "pv-1" : "",
                                .created_ms = T0,
                                .deleted_ms = deleted_ms,
                                .finalizers = 1};
    store_put(gaze.store, STORE_CLAIMS, &claim);
}

static void one_without_a_class_fails_after_a_while(void **state)
{
    (void)state;
    put_claim("Pending", "", 0);
    assert_told_from(
        T0 + PENDING_MS, "shop", CLAIM, "data",
        (struct told){CLASS_CLAIM, "get a volume: it names no storage class, and no volume fits", T0, 0});
    put_claim("Bound", "", 0);
    assert_quiet_at(T0 + HOUR_MS, "shop", CLAIM, "data");
}

static void one_with_a_class_fails_when_a_warning_says_so(void **state)
{
    (void)state;
    static const char *const reasons[] = {"ProvisioningFailed", "FailedBinding", "VolumeMismatch"};
    struct told told = {CLASS_CLAIM, "get a volume: storage class fast makes none", T0, 0};
    put_claim("Pending", "fast", 0);
    assert_quiet_at(T0 + 100 * HOUR_MS, "shop", CLAIM, "data"); /* waits for its first consumer */
    warn_about(CLAIM, "data", "c", "SomethingElse", "", T0);
    assert_quiet_at(T0 + PENDING_MS, "shop", CLAIM, "data");
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        warn_about(CLAIM, "data", "c", reasons[i], "", T0);
        assert_told_from(T0 + PENDING_MS, "shop", CLAIM, "data", told);
        assert_quiet_at(T0 + 31 * MINUTE_MS, "shop", CLAIM, "data"); /* it would have been said again */
        AUTO_FREE char *uid = xasprintf("%s of c", reasons[i]);
        store_remove(gaze.store, STORE_EVENTS, uid);
    }
    remember(CLASS_CLAIM, "");
    assert_told_at(T0 + HOUR_MS, "shop", CLAIM, "data", told);
}

static void a_lost_volume_fails_at_once(void **state)
{
    (void)state;
    put_claim("Lost", "fast", 0);
    assert_told(CLAIM, "data", (struct told){CLASS_CLAIM, "use its volume: pv-1 is lost", 0, 0});
}

static void one_that_is_going_waits_for_its_pods(void **state)
{
    (void)state;
    put_claim("Bound", "fast", T0);
    assert_quiet_at(T0 + HOUR_MS, "shop", CLAIM, "data");
    put_claim("Pending", "", T0);
    assert_quiet_at(T0 + HOUR_MS, "shop", CLAIM, "data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_without_a_class_fails_after_a_while),
        TEST(one_with_a_class_fails_when_a_warning_says_so),
        TEST(a_lost_volume_fails_at_once),
        TEST(one_that_is_going_waits_for_its_pods),
    };
    return cmocka_run_group_tests_name("observer/detect/claim_pending", tests, NULL, NULL);
}
