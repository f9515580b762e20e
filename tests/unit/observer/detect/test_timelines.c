/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kubelet of 1.36 was seen to show of one container, second by second, and what has settled of it when. Through the
 * store, which remembers what a status forgets.
 */
#include "common/base/clock.h"
#include "common/schema/classes.h"
#include "observer/settle.h"
#include "tests/unit/observer/workload.h"

#define SETTLE_MS (30 * SECOND_MS)
#define STEPS_MAX 16

/* From this second on. */
struct step {
    int s;
    enum container_state state;
    const char *waits_for; /* for CONTAINER_WAITING */
    int restarts;
};

struct timeline {
    const char *name, *class; /* the class that settles; NULL = none does */
    int by_s;                 /* … by this second */
    const char *end;          /* how each run ends */
    int exit_code;
    const char *warning, *says; /* what the kubelet warns of at each end; NULL = nothing */
    int init, sidecar;
    struct step steps[STEPS_MAX];
    int until_s;
};

#define RUN CONTAINER_RUNNING
#define END CONTAINER_TERMINATED
#define WAIT CONTAINER_WAITING
#define LOOP "CrashLoopBackOff"

static const struct timeline timelines[] = {
    {"crash", CLASS_CRASH_LOOP, 36, "Error", 1,
     .steps = {{3, RUN, "", 0},
               {4, END, "", 0},
               {6, END, "", 1},
               {7, WAIT, LOOP, 1},
               {16, RUN, "", 2},
               {17, END, "", 2},
               {41, WAIT, LOOP, 2},
               {42, RUN, "", 3},
               {43, END, "", 3},
               {82, WAIT, LOOP, 3},
               {83, RUN, "", 4},
               {84, END, "", 4}},
     .until_s = 150},
    {"crash after a while", CLASS_CRASH_LOOP, 66, "Error", 3,
     .steps = {{4, RUN, "", 0},
               {19, END, "", 0},
               {20, RUN, "", 1},
               {35, END, "", 1},
               {47, WAIT, LOOP, 1},
               {48, RUN, "", 2},
               {63, END, "", 2},
               {91, WAIT, LOOP, 2},
               {92, RUN, "", 3},
               {106, END, "", 3},
               {159, WAIT, LOOP, 3}},
     .until_s = 200},
    {"out of memory", CLASS_OOM_KILLED, 36, "OOMKilled", 137,
     .steps = {{4, RUN, "", 0},
               {6, END, "", 0},
               {10, END, "", 1},
               {12, WAIT, LOOP, 1},
               {21, RUN, "", 2},
               {22, END, "", 2},
               {48, WAIT, LOOP, 2},
               {49, RUN, "", 3},
               {50, END, "", 3},
               {91, WAIT, LOOP, 3},
               {92, RUN, "", 4},
               {93, END, "", 4}},
     .until_s = 150},
    {"liveness", CLASS_LIVENESS, 51, "Completed", 0, "Unhealthy", "Liveness probe failed: cat: can't open",
     .steps = {{4, RUN, "", 0},
               {12, RUN, "", 1},
               {15, RUN, "", 2},
               {20, WAIT, LOOP, 2},
               {34, RUN, "", 3},
               {38, WAIT, LOOP, 3},
               {63, RUN, "", 4},
               {68, WAIT, LOOP, 4},
               {113, RUN, "", 5},
               {117, WAIT, LOOP, 5}},
     .until_s = 190},
    {"liveness after a while", CLASS_LIVENESS, 116, "Error", 137, "Unhealthy",
     "Liveness probe failed: cat: can't open",
     .steps = {{9, RUN, "", 0},
               {33, RUN, "", 1},
               {59, RUN, "", 2},
               {85, RUN, "", 3},
               {111, RUN, "", 4},
               {137, WAIT, LOOP, 4},
               {185, RUN, "", 5},
               {211, WAIT, LOOP, 5}},
     .until_s = 240},
    {"startup", CLASS_LIVENESS, 60, "Completed", 0, "Unhealthy",
     "Startup probe failed: dial tcp 10.88.7.19:8080: connect: connection refused",
     .steps = {{5, RUN, "", 0},
               {12, RUN, "", 1},
               {18, RUN, "", 2},
               {25, WAIT, LOOP, 2},
               {37, RUN, "", 3},
               {44, WAIT, LOOP, 3},
               {73, RUN, "", 4},
               {79, WAIT, LOOP, 4}},
     .until_s = 130},
    {"no such program", CLASS_START, 41, "StartError", 128,
     .steps = {{10, WAIT, "RunContainerError", 0},
               {11, WAIT, "RunContainerError", 1},
               {12, WAIT, LOOP, 1},
               {23, WAIT, "RunContainerError", 2},
               {48, WAIT, LOOP, 2},
               {49, WAIT, "RunContainerError", 3},
               {100, WAIT, LOOP, 3}},
     .until_s = 170},
    {"no such program in a shell", CLASS_START, 40, "Error", 127,
     .steps = {{7, END, "", 0},
               {9, END, "", 1},
               {10, WAIT, LOOP, 1},
               {23, RUN, "", 2},
               {24, END, "", 2},
               {50, WAIT, LOOP, 2},
               {51, RUN, "", 3},
               {52, END, "", 3}},
     .until_s = 95},
    {"hook", CLASS_CREATE, 36, "Completed", 0, "FailedPostStartHook", "PostStartHook failed",
     .steps = {{5, WAIT, "PostStartHookError", 0},
               {7, WAIT, "PostStartHookError", 1},
               {8, WAIT, LOOP, 1},
               {21, WAIT, "PostStartHookError", 2},
               {22, WAIT, LOOP, 2},
               {45, WAIT, "PostStartHookError", 3},
               {46, WAIT, LOOP, 3}},
     .until_s = 85},
    {"init container", CLASS_INIT, 38, "Error", 4, .init = 1,
     .steps = {{7, END, "", 0},
               {8, END, "", 1},
               {9, WAIT, LOOP, 1},
               {19, RUN, "", 2},
               {21, END, "", 2},
               {47, WAIT, LOOP, 2},
               {48, RUN, "", 3},
               {49, END, "", 3},
               {98, WAIT, LOOP, 3}},
     .until_s = 120},
    {"sidecar", CLASS_SIDECAR, 41, "Error", 5, .init = 1, .sidecar = 1,
     .steps = {{5, RUN, "", 0},
               {7, END, "", 0},
               {8, RUN, "", 1},
               {10, END, "", 1},
               {23, WAIT, LOOP, 1},
               {24, RUN, "", 2},
               {26, END, "", 2},
               {49, WAIT, LOOP, 2},
               {50, RUN, "", 3},
               {52, END, "", 3}},
     .until_s = 90},
    {"three crashes until its database is there", NULL, 0, "Error", 1,
     .steps = {{3, RUN, "", 0},
               {4, END, "", 0},
               {5, RUN, "", 1},
               {6, END, "", 1},
               {16, RUN, "", 2},
               {17, END, "", 2},
               {19, RUN, "", 3}},
     .until_s = 300},
    {"one crash in ten minutes", NULL, 0, "Error", 1,
     .steps = {{3, RUN, "", 0}, {100, END, "", 0}, {101, RUN, "", 1}, {700, END, "", 1}, {701, RUN, "", 2}},
     .until_s = 900},
    {"one kill by a probe", NULL, 0, "Error", 137, "Unhealthy", "Liveness probe failed: EOF",
     .steps = {{3, RUN, "", 0}, {200, RUN, "", 1}}, .until_s = 600},
};

/* ---- The kubelet's part ---- */

static struct container_facts app;
static struct pod_facts pod;
static struct store *store;

static void warn_at(const struct timeline *timeline, int s)
{
    struct event_facts event = {.uid = "e",
                                .ns = "shop",
                                .object_kind = "Pod",
                                .object_name = pod.name,
                                .object_uid = pod.uid,
                                .container = app.name,
                                .type = "Warning",
                                .reason = timeline->warning,
                                .message = timeline->says,
                                .count = 1,
                                .last_ms = T0 + s * SECOND_MS};
    if (timeline->warning)
        store_put(store, STORE_EVENTS, &event);
}

/* While a status waits or runs, its last state is the newest end; while it has ended, the one before that. */
static void change_state(const struct timeline *timeline, const struct step *step)
{
    struct termination end = {timeline->end, timeline->exit_code, T0 + step->s * SECOND_MS};
    int never_ran = step->state == WAIT && strcmp(step->waits_for, LOOP) != 0;
    int has_ended = step->state == END || never_ran || (app.state == RUN && step->s > timeline->steps[0].s);
    if (app.state == END)
        app.last = app.now;
    app.now = step->state == END ? end : (struct termination){.reason = ""};
    if (has_ended && step->state != END)
        app.last = end;
    if (has_ended)
        warn_at(timeline, step->s - 1);
}

static void show(const struct timeline *timeline, const struct step *step)
{
    change_state(timeline, step);
    app.state = step->state;
    app.reason = step->waits_for;
    app.started_ms = step->state == RUN ? T0 + step->s * SECOND_MS : 0;
    app.ready = pod.ready = step->state == RUN && !(timeline->init && !timeline->sidecar);
    app.restarts = step->restarts;
    store_put(store, STORE_PODS, &pod);
}

/* ---- The observer's part ---- */

/* What has settled now; and whether anything is seen. */
static const char *look(struct spell *spells, int *is_seen)
{
    AUTO_SIGHTING sighting = {0};
    struct workload workload;
    const struct gaze gaze = {
        .store = store, .patience = {2 * MINUTE_MS, 5 * MINUTE_MS}, .open = {"", "", 0}};
    store_lock(store);
    assert_true(store_find(store, "shop", "StatefulSet", "web", &workload));
    detect(&gaze, &workload, clock_now_ms(), &sighting);
    settle_note(spells, &sighting);
    const struct finding *settled = settle(spells, &sighting, SETTLE_MS);
    *is_seen = sighting.finding_count > 0;
    store_unlock(store);
    return settled ? settled->detector->class : NULL;
}

static void begin(const struct timeline *timeline)
{
    app = healthy_container();
    app.state = WAIT;
    app.reason = "ContainerCreating";
    app.ready = 0;
    app.started_ms = 0;
    app.init = timeline->init;
    app.sidecar = timeline->sidecar;
    pod = healthy_pod("web-0", "u-0");
    pod.owner.kind = "StatefulSet";
    pod.owner.name = "web";
    pod.created_ms = T0;
    pod.ready = 0;
    pod.containers = &app;
    pod.container_count = 1;
    facts_fill(STORE_PODS, &pod);
    store = store_new();
    store_put(store, STORE_PODS, &pod);
}

/* One class settles and no other ever does, and it is not lost from sight until the end. */
static void follow(const struct timeline *timeline)
{
    struct spell spells[DETECTORS_MAX] = {0};
    const struct step *next = timeline->steps;
    int settled_s = -1, is_seen;
    begin(timeline);
    for (int s = 0; s <= timeline->until_s; s++) {
        clock_fix(T0 + s * SECOND_MS);
        while (next < timeline->steps + STEPS_MAX && next->s == s && next->s)
            show(timeline, next++);
        const char *class = look(spells, &is_seen);
        if (class && (!timeline->class || strcmp(class, timeline->class) != 0))
            fail_msg("%s: %s has settled at %d s", timeline->name, class, s);
        if (settled_s >= 0 && !is_seen)
            fail_msg("%s: nothing is seen at %d s", timeline->name, s);
        if (class && settled_s < 0)
            settled_s = s;
    }
    if (timeline->class && (settled_s < 0 || settled_s > timeline->by_s))
        fail_msg("%s: settled at %d s, not by %d s", timeline->name, settled_s, timeline->by_s);
    store_free(store);
}

static void each_failure_settles_as_its_class_and_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        follow(&timelines[i]);
    clock_fix(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_settles_as_its_class_and_stays),
    };
    return cmocka_run_group_tests_name("observer/detect/timelines", tests, NULL, NULL);
}
