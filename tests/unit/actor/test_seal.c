/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/seal.h"

#include "common/base/clock.h"
#include "tests/unit/actor/decision.h"

#define NOW_MS INT64_C(1795000000000)
#define MINUTE_MS 60000

static int setup(void **state)
{
    clock_fix(NOW_MS);
    decision_seal = (struct seal){.key = "a key of sixteen or more", .expiry_ms = 30 * MINUTE_MS};
    int failed = decision_setup(state);
    decision_set_policy("--policy-mode=review", NULL);
    return failed;
}

static int teardown(void **state)
{
    clock_fix(-1);
    return decision_teardown(state);
}

/* The document as a person sends it back: with the proposal, and a verdict. */
static struct incident approve(const char *action, const char *verdict)
{
    AUTO_INCIDENT proposed = decision_open(action);
    AUTO_OUTCOME outcome = decision_act(&proposed);
    AUTO_STRBUF document = {0}, acted = {0}, approved = {0};
    struct incident incident;
    struct error err;
    assert_int_equal(outcome.result, RESULT_PROPOSED);
    json_write(proposed.root, &document);
    incident_append(&acted, document.data, document.len, SECTION_ACTED, outcome_section(&outcome));
    incident_append(
        &approved, acted.data, acted.len, SECTION_APPROVED,
        json_pack("{s:s, s:s, s:s}", "at", "2026-11-23T10:01:00Z", "by", "ada", "verdict", verdict));
    if (incident_read(approved.data, approved.len, &incident, &err))
        fail_msg("%s", err.text);
    return incident;
}

static json_t *acted(const struct incident *incident)
{
    return json_object_get(incident->root, "acted");
}

/* Also when people take their time: what is done is what they were shown. */
static void what_is_approved_is_done(void **state)
{
    (void)state;
    static const struct {
        const char *action;
        int writes;
    } cases[] = {{ROLLBACK, 1}, {DELETE, 1}, {RESTART, 1}, {SET_IMAGE, 1}, {SCALE, 2}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        decision_put_objects(); /* without the mark of the one before */
        strbuf_clear(&api_server.requests);
        AUTO_INCIDENT incident = approve(cases[i].action, "approved");
        assert_int_equal(api_server_effects(), 0);
        clock_fix(NOW_MS + MINUTE_MS);
        AUTO_OUTCOME outcome = decision_act(&incident);
        AUTO_JSON *section = outcome_section(&outcome);
        clock_fix(NOW_MS);
        assert_int_equal(outcome.result, RESULT_DONE);
        assert_string_equal(json_string_at(section, "approved.by"), "ada");
        assert_int_equal(json_is_null(json_object_get(section, "seal")), /* that of the way back */
                         json_is_null(json_object_get(section, "undo")));
        assert_int_equal(api_server_effects(), cases[i].writes);
    }
}

static void a_proposal_says_until_when(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    assert_string_equal(json_string_at(acted(&incident), "seal.expires_at"), "2026-11-18T11:36:40.000Z");
    assert_int_equal(strlen(json_string_at(acted(&incident), "seal.mac")), 64);
    assert_non_null(strstr(json_string_at(acted(&incident), "detail"), "until 2026-11-18T11:36:40.000Z"));
    assert_int_equal(api_server_effects(), 0);
}

static void without_a_key_nothing_is_sealed(void **state)
{
    (void)state;
    decision_seal.key = NULL;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    assert_true(json_is_null(json_object_get(acted(&incident), "seal")));
    decision_check(&incident, RESULT_REFUSED, "no actor.seal_key");
    assert_int_equal(api_server_effects(), 0);
}

static void whoever_declines_is_named(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "declined");
    decision_check(&incident, RESULT_REFUSED, "declined by ada");
    AUTO_INCIDENT unclear = approve(ROLLBACK, "");
    decision_check(&unclear, RESULT_REFUSED, "declined by ada");
    assert_int_equal(api_server_effects(), 0);
}

/* Whatever of it is changed, the seal no longer fits. */
static void an_edited_document_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json;
    } edits[] = {
        {NULL, NULL}, /* the action itself */
        {"acted.diff_sha256", "'0000000000000000000000000000000000000000000000000000000000000000'"},
        {"acted.diff_sha256", "null"},
        {"acted.seal.generation", "2"},
        {"acted.seal.expires_at", "'2027-01-01T00:00:00.000Z'"},
        {"acted.seal.mac", "'0000000000000000000000000000000000000000000000000000000000000000'"},
        {"acted.seal.mac", "''"},
        {"acted.seal", "null"},
    };
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
        if (edits[i].path)
            decision_set(incident.root, edits[i].path, edits[i].json);
        else
            decision_set(decision_action(&incident), "to.revision", "'2'");
        decision_check(&incident, RESULT_REFUSED, "the seal is not this actor's, or");
    }
    assert_int_equal(api_server_effects(), 0);
}

static void another_lap_is_refused(void **state)
{
    (void)state;
    char id[ID_SIZE];
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    incident.lap = 2;
    json_object_set_new(decision_action(&incident), "id",
                        json_string(id_derive(id, 'a', DECISION_ID, "2", "0", NULL)));
    decision_check(&incident, RESULT_REFUSED, "the seal is not this actor's, or");
}

static void another_actors_seal_is_refused(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    decision_seal.key = "another key of sixteen or more";
    decision_check(&incident, RESULT_REFUSED, "the seal is not this actor's, or");
}

static void a_late_approval_is_refused(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    clock_fix(NOW_MS + 30 * MINUTE_MS + 1);
    decision_check(&incident, RESULT_REFUSED, "it was too late");
    clock_fix(NOW_MS + 30 * MINUTE_MS);
    decision_check(&incident, RESULT_DONE, "rolled back");
}

static void what_is_no_proposal_is_not_approved(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    decision_set(acted(&incident), "result", "'refused'");
    decision_check(&incident, RESULT_REFUSED, "no proposal");
}

static void a_changed_object_is_left_alone(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    decision_set(api_server_get(DEPLOYMENT), "metadata.generation", "8");
    decision_check(&incident, RESULT_REFUSED, "has changed since the proposal");
    decision_put_objects();
    json_object_set_new(json_at(api_server_get(DEPLOYMENT), "metadata.annotations"), "team",
                        json_string("y"));
    decision_check(&incident, RESULT_REFUSED, "and the change would be another one");
    assert_int_equal(api_server_effects(), 0);
}

/* What was approved, done and put back is not done once more by the same approval: the object has another generation then. */
static void an_approval_is_good_for_once(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    decision_check(&incident, RESULT_DONE, "rolled back");
    decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    decision_put_objects();
    decision_set(api_server_get(DEPLOYMENT), "metadata.generation", "9");
    decision_check(&incident, RESULT_REFUSED, "has changed since the proposal");
    assert_int_equal(api_server_effects(), 1);
}

/* Policy is asked again: what it forbids by now is not done, approved or not. */
static void policy_has_the_last_word(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = approve(ROLLBACK, "approved");
    decision_set_policy("--policy-mode=observe", NULL);
    decision_check(&incident, RESULT_NONE, "nothing was sent");
    decision_set_policy("--policy-protected-namespaces=shop", NULL);
    decision_check(&incident, RESULT_REFUSED, "protected");
    assert_int_equal(api_server_effects(), 0);
}

/* The document of what was done, as a person sends it back who wants it undone. */
static struct incident ask_undo(const char *action)
{
    decision_set_policy("--policy-mode=auto",
                        "--policy-actions=scale=auto,set_image=auto,restart_rollout=auto", NULL);
    AUTO_INCIDENT done = decision_open(action);
    AUTO_OUTCOME outcome = decision_act(&done);
    AUTO_STRBUF document = {0}, acted = {0}, asked = {0};
    struct incident incident;
    struct error err;
    assert_int_equal(outcome.result, RESULT_DONE);
    json_write(done.root, &document);
    incident_append(&acted, document.data, document.len, SECTION_ACTED, outcome_section(&outcome));
    incident_append(
        &asked, acted.data, acted.len, SECTION_APPROVED,
        json_pack("{s:s, s:s, s:s}", "at", "2026-11-23T10:01:00Z", "by", "ada", "verdict", "undo"));
    if (incident_read(asked.data, asked.len, &incident, &err))
        fail_msg("%s", err.text);
    return incident;
}

/* As the next record of the same content reads. */
static struct incident read_again(const struct incident *incident)
{
    AUTO_STRBUF text = {0};
    struct incident again;
    struct error err;
    json_write(incident->root, &text);
    if (incident_read(text.data, text.len, &again, &err))
        fail_msg("%s", err.text);
    return again;
}

static void what_was_done_is_undone_on_request(void **state)
{
    (void)state;
    static const char *const done[] = {ROLLBACK, RESTART, SET_IMAGE, SCALE};
    for (size_t i = 0; i < COUNT_OF(done); i++) {
        decision_put_objects();
        AUTO_JSON *before = json_deep_copy(json_at(api_server_get(DEPLOYMENT), "spec"));
        AUTO_INCIDENT asked = ask_undo(done[i]);
        AUTO_INCIDENT again = read_again(&asked);
        assert_false(json_equal(json_at(api_server_get(DEPLOYMENT), "spec"), before));
        clock_fix(NOW_MS + 20 * 60 * MINUTE_MS);
        decision_check(&asked, RESULT_DONE, "undid ");
        assert_true(json_equal(json_at(api_server_get(DEPLOYMENT), "spec"), before));
        decision_check(&again, RESULT_ALREADY, "its mark is on the object");
        clock_fix(NOW_MS);
    }
}

static void what_cannot_be_undone_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json, *says;
    } edits[] = {
        {"acted.undo.to.replica_set", "'web-good'", "the seal is not this actor's, or"},
        {"acted.seal.expires_at", "'2027-01-01T00:00:00.000Z'", "the seal is not this actor's, or"},
        {"acted.seal", "null", "the seal is not this actor's, or"},
        {"acted.undo", "null", "no way back"},
    };
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        decision_put_objects();
        AUTO_INCIDENT asked = ask_undo(ROLLBACK);
        decision_set(asked.root, edits[i].path, edits[i].json);
        decision_check(&asked, RESULT_REFUSED, edits[i].says);
    }
    decision_put_objects();
    AUTO_INCIDENT late = ask_undo(ROLLBACK);
    clock_fix(NOW_MS + (int64_t)24 * 60 * MINUTE_MS + 1);
    decision_check(&late, RESULT_REFUSED, "it was too late");
    clock_fix(NOW_MS);
    decision_put_objects();
    AUTO_INCIDENT changed = ask_undo(ROLLBACK);
    decision_set(api_server_get(DEPLOYMENT), "metadata.generation", "99");
    decision_check(&changed, RESULT_REFUSED, "changed");
    decision_seal.key = NULL;
    decision_check(&changed, RESULT_REFUSED, "no actor.seal_key");
}

static void a_short_key_is_refused(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(seal_check_key(&(struct seal){.key = NULL}, &err), 0);
    assert_int_equal(seal_check_key(&(struct seal){.key = "exactly sixteen!"}, &err), 0);
    assert_int_equal(seal_check_key(&(struct seal){.key = "only fifteen by"}, &err), -1);
    assert_int_equal(err.kind, ERROR_FATAL);
    assert_non_null(strstr(err.text, "has 15 bytes"));
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(what_is_approved_is_done),
        WITH_SERVER(a_proposal_says_until_when),
        WITH_SERVER(without_a_key_nothing_is_sealed),
        WITH_SERVER(whoever_declines_is_named),
        WITH_SERVER(an_edited_document_is_refused),
        WITH_SERVER(another_lap_is_refused),
        WITH_SERVER(another_actors_seal_is_refused),
        WITH_SERVER(a_late_approval_is_refused),
        WITH_SERVER(what_is_no_proposal_is_not_approved),
        WITH_SERVER(a_changed_object_is_left_alone),
        WITH_SERVER(an_approval_is_good_for_once),
        WITH_SERVER(policy_has_the_last_word),
        WITH_SERVER(what_was_done_is_undone_on_request),
        WITH_SERVER(what_cannot_be_undone_is_refused),
        cmocka_unit_test(a_short_key_is_refused),
    };
    return cmocka_run_group_tests_name("actor/seal", tests, api_server_open, api_server_close);
}
