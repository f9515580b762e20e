/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/scars.h"

#include "common/base/alloc.h"
#include "tests/unit/observer/workload.h"

static struct container_facts app;
static struct pod_facts pod;

static int open_pod(void **state)
{
    app = healthy_container();
    pod = healthy_pod("web-0", "u-0");
    pod.containers = &app;
    pod.container_count = 1;
    facts_fill(STORE_PODS, &pod);
    *state = store_new();
    return 0;
}

static int close_store(void **state)
{
    store_free(*state);
    return 0;
}

/* Puts the pod as it is, and reads back its container. */
static struct container_facts kept(struct store *store)
{
    store_put(store, STORE_PODS, &pod);
    store_lock(store);
    struct container_facts container = store_object(store, STORE_PODS, "u-0")->pod.containers[0];
    store_unlock(store);
    return container;
}

/* Seconds after T0, as a status says it: it has ended, or runs again since then. */
static void end_at(int64_t s)
{
    app.state = CONTAINER_TERMINATED;
    app.now = (struct termination){"Error", 1, T0 + s * SECOND_MS};
}

static void run_at(int64_t s)
{
    app.state = CONTAINER_RUNNING;
    app.started_ms = T0 + s * SECOND_MS;
    app.last = app.now;
    app.now = (struct termination){.reason = ""};
    app.restarts++;
}

static void assert_earlier(const struct container_facts *container, int64_t later_s, int64_t earlier_s)
{
    assert_int_equal(container->earlier_ms[0], later_s ? T0 + later_s * SECOND_MS : 0);
    assert_int_equal(container->earlier_ms[1], earlier_s ? T0 + earlier_s * SECOND_MS : 0);
}

static void the_ends_before_the_last_are_remembered(void **state)
{
    struct store *store = *state;
    struct container_facts seen = kept(store);
    assert_earlier(&seen, 0, 0);
    for (int64_t s = 10; s <= 40; s += 10) { /* each end and each run is seen */
        end_at(s);
        kept(store);
        run_at(s + 5);
        seen = kept(store);
        assert_earlier(&seen, s > 10 ? s - 10 : 0, s > 20 ? s - 20 : 0);
    }
    seen = kept(store); /* nothing new */
    assert_earlier(&seen, 30, 20);
}

static void so_they_are_where_no_end_is_seen(void **state)
{
    struct store *store = *state;
    for (int64_t s = 10; s <= 40; s += 10) { /* running, running with one restart more … */
        end_at(s);
        run_at(s + 1);
        kept(store);
    }
    struct container_facts seen = kept(store);
    assert_earlier(&seen, 30, 20);
}

static void while_it_has_ended_the_two_that_are_told_count_too(void **state)
{
    struct store *store = *state;
    for (int64_t s = 10; s <= 30; s += 10) {
        end_at(s);
        kept(store);
        run_at(s + 1);
    }
    end_at(40); /* told with the end at 30 as the run before */
    struct container_facts seen = kept(store);
    assert_earlier(&seen, 20, 10);
}

static void each_container_has_its_own(void **state)
{
    struct store *store = *state;
    struct container_facts both[2] = {app, app};
    both[1].name = "other";
    pod.containers = both;
    pod.container_count = 2;
    store_put(store, STORE_PODS, &pod);
    both[0].last = (struct termination){"Error", 1, T0};
    both[0].restarts = 1;
    store_put(store, STORE_PODS, &pod);
    struct container_facts first = both[0]; /* they change places: names count */
    both[0] = both[1];
    both[1] = first;
    both[1].last.finished_ms = T0 + 10 * SECOND_MS;
    both[1].restarts = 2;
    store_put(store, STORE_PODS, &pod);
    store_lock(store);
    const struct container_facts *seen = store_object(store, STORE_PODS, "u-0")->pod.containers;
    assert_earlier(&seen[0], 0, 0);
    assert_int_equal(seen[1].earlier_ms[0], T0);
    store_unlock(store);
}

static void wait_for(const char *reason, const char *host)
{
    app.state = CONTAINER_WAITING;
    app.reason = reason;
    app.unreachable = host;
}

static void a_pause_without_a_word_is_for_what_the_attempt_said(void **state)
{
    struct store *store = *state;
    wait_for("ImagePullBackOff", "");
    assert_string_equal(kept(store).unreachable, "");
    wait_for("ErrImagePull", "docker.io");
    kept(store);
    wait_for("ImagePullBackOff", "");
    assert_string_equal(kept(store).unreachable, "docker.io");
    assert_string_equal(kept(store).unreachable, "docker.io"); /* as long as it waits */
    wait_for("ErrImagePull", "");                              /* now it is the name */
    assert_string_equal(kept(store).unreachable, "");
    wait_for("ImagePullBackOff", "");
    assert_string_equal(kept(store).unreachable, "");
}

static void another_image_is_another_matter(void **state)
{
    struct store *store = *state;
    wait_for("ErrImagePull", "docker.io");
    kept(store);
    wait_for("ImagePullBackOff", "");
    app.image = "reg.example.com/web:2";
    assert_string_equal(kept(store).unreachable, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pod, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_ends_before_the_last_are_remembered),
        TEST(so_they_are_where_no_end_is_seen),
        TEST(while_it_has_ended_the_two_that_are_told_count_too),
        TEST(each_container_has_its_own),
        TEST(a_pause_without_a_word_is_for_what_the_attempt_said),
        TEST(another_image_is_another_matter),
    };
    return cmocka_run_group_tests_name("observer/store/scars", tests, NULL, NULL);
}
