/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/candidates.h"

#include "common/base/alloc.h"
#include "tests/unit/brain/ask/case.h"

/* "A1 TRANSIENT delete_pod; …", and the words. */
static char *list_of(const struct incident *incident)
{
    struct facts facts;
    struct candidates candidates;
    AUTO_STRBUF text = {0};
    facts_read(&facts, incident);
    candidates_find(&candidates, &facts);
    for (size_t i = 0; i < candidates.count; i++)
        strbuf_printf(&text, "%s %s %s: %s\n", candidates.items[i].id,
                      status_name(candidates.items[i].choice.status), candidates.items[i].choice.action,
                      strbuf_text(&candidates.items[i].words));
    candidates_free(&candidates);
    return strbuf_take(&text);
}

static void assert_list(const struct incident *incident, const char *expected)
{
    AUTO_FREE char *list = list_of(incident);
    assert_string_equal(list ? list : "", expected);
}

static void test_a_crash_loop_offers_fresh_pods_and_the_good_template(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    assert_list(&incident,
                "A1 TRANSIENT delete_pod: replace pod web-bad-x1 by a fresh one\n"
                "A2 TRANSIENT delete_pod: replace pod web-bad-x2 by a fresh one\n"
                "A3 TRANSIENT restart_rollout: replace all its pods by fresh ones, a few at a time\n"
                "A4 CONFIG rollback: go back to the whole template of revision 3 (web-good), which ran well\n"
                "A5 CONFIG set_image: give container app the image as in revision 3, nothing else\n"
                "A6 CONFIG set_env: give container app the environment variable DB_URL as in revision 3, "
                "nothing else\n");
}

static void test_a_probe_that_fails_may_get_more_time(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    document_set(&incident, "class", "\"ProbeUnstable\"");
    document_set(&incident, "before.probes",
                 "{\"liveness\":{\"timeoutSeconds\":1,\"failureThreshold\":3,\"initialDelaySeconds\":0}}");
    assert_list(
        &incident,
        "A1 CONFIG set_probe: raise timeoutSeconds of the liveness probe of container app from 1 to 2\n"
        "A2 CONFIG set_probe: raise failureThreshold of the liveness probe of container app from 3 to 6\n"
        "A3 CONFIG scale: scale from 3 to 5 pods\n");
}

static void test_memory_is_raised_where_it_was_reached(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    document_set(&incident, "onset.good", "null");
    document_set(&incident, "pods",
                 "[{\"name\":\"web-bad-x1\",\"uid\":\"u1\",\"container\":\"app\",\"exit_code\":137}]");
    assert_list(&incident,
                "A1 TRANSIENT delete_pod: replace pod web-bad-x1 by a fresh one\n"
                "A2 TRANSIENT restart_rollout: replace all its pods by fresh ones, a few at a time\n"
                "A3 CONFIG set_resources: raise the memory limit of container app from 64Mi to 128Mi\n");
}

static void test_nothing_is_offered_without_a_workload_to_change(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"target", "null"},
                                           {"target.kind", "\"Pod\""},
                                           {"target.kind", "\"Node\""},
                                           {"target.namespace", "\"../x\""},
                                           {"target.uid", "null"},
                                           {"class", "\"NodeNotReady\""},
                                           {"class", "\"ClaimPending\""},
                                           {"evidence", "[]"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = case_open();
        document_set(&incident, cases[i][0], cases[i][1]);
        assert_list(&incident, "");
    }
}

/* What somebody else keeps as it is gets fresh pods at most. */
static void test_no_patch_where_a_tool_would_undo_it(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    document_set(&incident, "managed_by", "\"Argo CD\"");
    AUTO_FREE char *list = list_of(&incident);
    assert_null(strstr(list, "CONFIG"));
    assert_non_null(strstr(list, "delete_pod"));
}

static void test_names_that_cannot_be_make_no_candidate(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    document_set(&incident, "pods",
                 "[{\"name\":\"a;b\",\"uid\":\"u\"},{\"name\":7,\"uid\":\"u\"},{\"name\":\"ok\"}]");
    document_set(&incident, "onset.changed",
                 "[{\"container\":\"a b\",\"field\":\"image\"},{\"container\":\"app\",\"field\":\"command\"},"
                 "{\"container\":\"app\",\"field\":\"env\",\"variable\":\"$(x)\"},{},7,null]");
    AUTO_FREE char *list = list_of(&incident);
    assert_string_equal(
        list, "A1 TRANSIENT restart_rollout: replace all its pods by fresh ones, a few at a time\n"
              "A2 CONFIG rollback: go back to the whole template of revision 3 (web-good), which ran well\n");
}

static void test_parameters_are_those_of_the_closed_list(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = case_open();
    struct facts facts;
    struct candidates candidates;
    facts_read(&facts, &incident);
    candidates_find(&candidates, &facts);
    const json_t *pod = candidates_get(&candidates, "A2")->choice.parameters;
    assert_string_equal(json_string_at(pod, "pod.name"), "web-bad-x2");
    assert_string_equal(json_string_at(pod, "pod.uid"), "u2");
    const json_t *variable = candidates_get(&candidates, "A6")->choice.parameters;
    assert_string_equal(json_string_at(variable, "variable"), "DB_URL");
    assert_string_equal(json_string_at(variable, "to.replica_set"), "web-good");
    assert_null(candidates_get(&candidates, "A7"));
    assert_null(candidates_get(&candidates, "NONE"));
    assert_null(candidates_get(&candidates, ""));
    candidates_free(&candidates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crash_loop_offers_fresh_pods_and_the_good_template),
        cmocka_unit_test(test_a_probe_that_fails_may_get_more_time),
        cmocka_unit_test(test_memory_is_raised_where_it_was_reached),
        cmocka_unit_test(test_nothing_is_offered_without_a_workload_to_change),
        cmocka_unit_test(test_no_patch_where_a_tool_would_undo_it),
        cmocka_unit_test(test_names_that_cannot_be_make_no_candidate),
        cmocka_unit_test(test_parameters_are_those_of_the_closed_list),
    };
    return cmocka_run_group_tests_name("brain/ask/candidates", tests, NULL, NULL);
}
