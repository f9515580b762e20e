/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/memory.h"

#include "common/base/id.h"
#include "common/schema/limits.h"
#include "tests/unit/observer/story.h"

#define OTHER_ID "i-00000000000000000000000000000001"

static struct memory *memory;

static int open_memory(void **state)
{
    (void)state;
    clock_fix(T0);
    memory = memory_new("test");
    return 0;
}

static int close_memory(void **state)
{
    (void)state;
    memory_free(memory);
    clock_fix(-1);
    return 0;
}

static void tell(struct story story)
{
    story_tell(memory, story);
}

static struct chart *chart(void)
{
    return memory_find(memory, "shop", "Deployment", "web");
}

static void an_incident_is_open_from_its_first_document(void **state)
{
    (void)state;
    assert_null(chart());
    tell((struct story){.at_s = 3});
    const struct episode *open = story_open(memory);
    assert_int_equal(open->phase, PHASE_DECIDING);
    assert_string_equal(open->id, STORY_ID);
    assert_string_equal(open->class, CLASS_IMAGE_PULL);
    assert_string_equal(open->traceparent, STORY_TRACE);
    assert_int_equal(open->lap, 1);
    assert_int_equal(open->affected, 1);
    assert_int_equal(open->available, 2);
    assert_int_equal(open->since_ms, T0 + 3 * SECOND_MS);
    assert_string_equal(json_string_at(open->target, "uid"), "uid-of-web");
    assert_string_equal(json_string_at(open->onset, "revision"), "2");
    assert_string_equal(chart()->ns, "shop");
    assert_string_equal(chart()->kind, "Deployment");
    assert_string_equal(chart()->name, "web");
}

static void what_the_class_says_further_is_remembered(void **state)
{
    (void)state;
    tell((struct story){.class = CLASS_CONFIG_MAP_GONE, .detail = "settings"});
    assert_string_equal(story_open(memory)->class, CLASS_CONFIG_MAP_GONE);
    assert_string_equal(story_open(memory)->detail, "settings");
    tell((struct story){.lap = 2, .verdict = "unchanged", .at_s = 60});
    assert_string_equal(story_open(memory)->detail, "");
}

static void each_result_leads_to_its_phase(void **state)
{
    (void)state;
    static const struct {
        const char *result;
        int lap;
        enum phase phase;
    } cases[] = {
        {"done", 1, PHASE_VERIFYING},
        {"already", 1, PHASE_VERIFYING},
        {"deferred", 1, PHASE_DEFERRED},
        {"failed", 1, PHASE_FAILED},
        {"proposed", 1, PHASE_WATCHING},
        {"refused", 1, PHASE_WATCHING},
        {"none", 1, PHASE_WATCHING},
        {"a word of a later version", 1, PHASE_WATCHING},
        {"failed", LIMIT_LAPS, PHASE_FAILED},
        {"failed", LIMIT_LAPS + 1, PHASE_WATCHING},
        {"deferred", LIMIT_LAPS + 1, PHASE_WATCHING},
        {"done", LIMIT_LAPS + 1, PHASE_WATCHING},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char id[ID_SIZE];
        id_derive(id, 'i', cases[i].result, &"0123456789abcdef"[i], NULL);
        tell((struct story){
            .id = id, .opened_s = (int64_t)i, .lap = cases[i].lap, .result = cases[i].result, .at_s = 9});
        assert_string_equal(story_open(memory)->id, id);
        assert_int_equal(story_open(memory)->phase, cases[i].phase);
    }
}

static void what_the_action_made_is_known_by_its_time(void **state)
{
    (void)state;
    tell((struct story){.result = "done", .action = ACTION_ROLLBACK, .at_s = 10});
    /* at, less took_ms, less the grain of creation times */
    assert_int_equal(story_open(memory)->acted_ms, T0 + 10 * SECOND_MS - 500 - 1000);
    assert_true(episode_acted(story_open(memory)));
    tell((struct story){
        .id = OTHER_ID, .opened_s = 20, .result = "refused", .action = ACTION_ROLLBACK, .at_s = 21});
    assert_int_equal(story_open(memory)->acted_ms, 0);
    assert_false(episode_acted(story_open(memory)));
}

static void an_approval_follows_a_proposal_of_the_same_lap(void **state)
{
    (void)state;
    tell((struct story){.result = "proposed", .action = ACTION_ROLLBACK, .at_s = 10});
    assert_int_equal(story_open(memory)->phase, PHASE_WATCHING);
    tell((struct story){.result = "done", .action = ACTION_ROLLBACK, .at_s = 100});
    assert_int_equal(story_open(memory)->phase, PHASE_VERIFYING);
    assert_int_equal(json_array_size(story_open(memory)->tried), 1);
    assert_string_equal(json_string_at(json_array_get(story_open(memory)->tried, 0), "result"), "done");
}

static void the_outcome_of_a_recovery_closes(void **state)
{
    (void)state;
    tell((struct story){0});
    tell((struct story){.result = "done", .action = ACTION_ROLLBACK, .at_s = 10});
    tell((struct story){.lap = 2, .verdict = "recovered", .at_s = 70});
    assert_int_equal(story_open(memory)->phase, PHASE_CLOSING);
    tell((struct story){.lap = 2, .verdict = "recovered", .result = "none", .at_s = 71});
    assert_null(story_open(memory));
    assert_string_equal(chart_last_id(chart()), STORY_ID);
    AUTO_JSON *history = chart_history(chart());
    assert_int_equal(json_array_size(history), 1);
    const json_t *item = json_array_get(history, 0);
    assert_string_equal(json_string_at(item, "id"), STORY_ID);
    assert_string_equal(json_string_at(item, "action"), ACTION_ROLLBACK);
    assert_string_equal(json_string_at(item, "result"), "done");
    assert_string_equal(json_string_at(item, "verdict"), "recovered");
    assert_string_equal(json_string_at(item, "at"), "2026-11-18T11:07:51.000Z");
}

/* A whole life: two tries, an escalation, and people who mend it. */
static const struct story life[] = {
    {.at_s = 0},
    {.result = "deferred", .action = ACTION_ROLLBACK, .at_s = 1},
    {.lap = 2, .verdict = "unchanged", .at_s = 31},
    {.lap = 2, .verdict = "unchanged", .result = "done", .action = ACTION_ROLLBACK, .at_s = 32},
    {.lap = 3, .verdict = "worse", .at_s = 100},
    {.lap = 3, .verdict = "worse", .result = "none", .at_s = 101},
};

static void assert_same_as_life(void)
{
    const struct episode *open = story_open(memory);
    assert_int_equal(open->lap, 3);
    assert_int_equal(open->phase, PHASE_WATCHING);
    assert_string_equal(open->verdict, "worse");
    assert_int_equal(open->since_ms, T0 + 101 * SECOND_MS);
    assert_int_equal(json_array_size(open->tried), 3);
    static const char *const results[] = {"deferred", "done", "none"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(json_integer_at(json_array_get(open->tried, i), "lap", 0), i + 1);
        assert_string_equal(json_string_at(json_array_get(open->tried, i), "result"), results[i]);
    }
}

/* Records of one topic come in order; how the two topics interleave is chance. */
static void the_topics_may_interleave_in_any_way(void **state)
{
    (void)state;
    for (unsigned mix = 0; mix < 64; mix++) {
        if (__builtin_popcount(mix) != 3)
            continue;
        memory_free(memory);
        memory = memory_new("test");
        size_t incident = 0, outcome = 1;
        for (unsigned bit = 0; bit < 6; bit++) {
            size_t *next = mix & (1u << bit) ? &incident : &outcome;
            tell(life[*next]);
            *next += 2;
        }
        assert_same_as_life();
    }
}

static void an_outcome_read_late_does_not_take_the_incident_back(void **state)
{
    (void)state;
    tell((struct story){.lap = 2, .verdict = "unchanged", .at_s = 50});
    tell((struct story){.result = "done", .action = ACTION_ROLLBACK, .at_s = 10});
    assert_int_equal(story_open(memory)->lap, 2);
    assert_int_equal(story_open(memory)->phase, PHASE_DECIDING);
    assert_int_equal(json_array_size(story_open(memory)->tried), 1);
}

static void reading_all_again_changes_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT_OF(life); i++)
            tell(life[i]);
    assert_same_as_life();
    assert_int_equal(chart()->episode_count, 1);
}

/* A later lap finds in `tried` how to take the action back. */
static void a_try_keeps_its_way_back(void **state)
{
    (void)state;
    tell((struct story){
        .result = "done", .action = ACTION_SCALE, .undo = "{\"type\":\"scale\",\"replicas\":\"3\"}"});
    const json_t *first = json_array_get(story_open(memory)->tried, 0);
    assert_string_equal(json_string_at(first, "undo.replicas"), "3");
    tell((struct story){.lap = 2, .verdict = "worse", .at_s = 40});
    tell((struct story){.lap = 2, .verdict = "worse", .result = "failed", .at_s = 50});
    assert_true(json_is_null(json_object_get(json_array_get(story_open(memory)->tried, 1), "undo")));
    assert_string_equal(json_string_at(json_array_get(story_open(memory)->tried, 0), "undo.type"), "scale");
}

static void the_last_outcome_alone_tells_the_whole_story(void **state)
{
    (void)state;
    json_t *tried =
        json_pack("[{s:i, s:s, s:s}, {s:i, s:s, s:s}, s]", "lap", 1, "action", ACTION_DELETE_POD, "result",
                  "done", "lap", 2, "action", ACTION_ROLLBACK, "result", "failed", "no object");
    tell((struct story){.lap = 3, .verdict = "unchanged", .result = "none", .at_s = 50, .tried = tried});
    assert_int_equal(json_array_size(story_open(memory)->tried), 3);
    assert_true(episode_acted(story_open(memory)));
    tell((struct story){.lap = 4, .verdict = "recovered", .result = "none", .at_s = 60});
    AUTO_JSON *history = chart_history(chart());
    assert_string_equal(json_string_at(json_array_get(history, 0), "action"), ACTION_DELETE_POD);
}

static void an_older_incident_read_late_does_not_reopen(void **state)
{
    (void)state;
    tell((struct story){.id = OTHER_ID, .opened_s = 500, .at_s = 500});
    tell((struct story){.lap = 2, .verdict = "recovered", .result = "none", .at_s = 90});
    assert_string_equal(story_open(memory)->id, OTHER_ID);
    assert_string_equal(chart_last_id(chart()), STORY_ID);
    AUTO_JSON *history = chart_history(chart());
    assert_int_equal(json_array_size(history), 1);
}

static void history_is_newest_first_and_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_HISTORY_ITEMS + 3; i++) {
        char id[ID_SIZE], digit[2] = {(char)('a' + i), '\0'};
        id_derive(id, 'i', digit, NULL);
        tell((struct story){
            .id = id, .opened_s = i, .lap = 2, .verdict = "recovered", .result = "none", .at_s = 100 + i});
    }
    memory_forget(memory, T0 + 200 * SECOND_MS);
    AUTO_JSON *history = chart_history(chart());
    assert_int_equal(json_array_size(history), LIMIT_HISTORY_ITEMS);
    assert_string_equal(json_string_at(json_array_get(history, 0), "id"), chart_last_id(chart()));
    assert_true(strcmp(json_string_at(json_array_get(history, 0), "at"),
                       json_string_at(json_array_get(history, 1), "at")) > 0);
    assert_true(chart()->episode_count <= LIMIT_HISTORY_ITEMS + 1);
}

static void what_is_over_is_forgotten_and_what_is_open_is_not(void **state)
{
    (void)state;
    tell((struct story){.lap = 2, .verdict = "recovered", .result = "none", .at_s = 0});
    tell((struct story){.key = "test/shop/Deployment/api", .id = OTHER_ID});
    memory_forget(memory, T0 + LIMIT_MEMORY_MS);
    assert_int_equal(memory_count(memory), 2);
    memory_forget(memory, T0 + LIMIT_MEMORY_MS + 1);
    assert_int_equal(memory_count(memory), 1);
    assert_string_equal(memory_at(memory, 0)->key, "test/shop/Deployment/api");
    memory_forget(memory, T0 + 100 * (int64_t)LIMIT_MEMORY_MS);
    assert_int_equal(memory_count(memory), 1);
}

static void a_chart_lives_as_long_as_a_spell(void **state)
{
    (void)state;
    struct chart *begun = memory_chart(memory, "shop", "Deployment", "web");
    assert_ptr_equal(begun, memory_chart(memory, "shop", "Deployment", "web"));
    spell_note(&begun->spells[0], CONDITION_FAILING, T0);
    memory_forget(memory, T0);
    assert_int_equal(memory_count(memory), 1);
    spell_note(&begun->spells[0], CONDITION_WELL, T0 + SETTLE_PAUSE_MS + 1);
    memory_forget(memory, T0 + SETTLE_PAUSE_MS + 1);
    assert_int_equal(memory_count(memory), 0);
}

static void others_clusters_and_requests_are_none_of_ours(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF request = {0};
    tell((struct story){.key = "prod/shop/Deployment/web"});
    tell((struct story){.key = "test2/shop/Deployment/web"});
    tell((struct story){.key = "test/shop"});
    incident_write(&request, STORY_ID, "test/-/Request/" STORY_ID, "2026-11-18T11:06:40Z", 1, NULL,
                   json_pack("{s:n, s:n}", "class", "target"));
    assert_int_equal(memory_note(memory, request.data, request.len, NULL, &err), 0);
    assert_int_equal(memory_count(memory), 0);
}

static void what_cannot_be_read_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "{", "[]", "{\"v\":1}",
                                         "{\"v\":1,\"id\":\"i-1\",\"key\":\"" STORY_KEY
                                         "\",\"opened_at\":\"soon\",\"lap\":1,"
                                         "\"observed\":{\"target\":{\"uid\":\"u\"}}}"};
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct error err;
        assert_int_equal(memory_note(memory, broken[i], strlen(broken[i]), NULL, &err), -1);
        assert_int_equal(err.kind, ERROR_REJECT);
    }
    assert_int_equal(memory_count(memory), 0);
}

static void strange_sections_do_no_harm(void **state)
{
    (void)state;
    struct error err;
    static const char strange[] =
        "{\"v\":1,\"id\":\"i-1\",\"key\":\"" STORY_KEY "\",\"opened_at\":\"2026-11-18T11:06:40Z\","
        "\"lap\":2,\"observed\":{\"target\":{\"uid\":\"u\"},\"class\":7,\"verdict\":[],"
        "\"tried\":{\"lap\":1},\"onset\":\"x\",\"affected\":\"many\"},"
        "\"decided\":{},\"acted\":{\"at\":\"yesterday\",\"result\":null,\"took_ms\":\"long\"}}";
    assert_int_equal(memory_note(memory, strange, strlen(strange), NULL, &err), 0);
    assert_int_equal(story_open(memory)->phase, PHASE_WATCHING);
    assert_string_equal(story_open(memory)->class, "");
    assert_int_equal(story_open(memory)->since_ms, T0);
    AUTO_JSON *history = chart_history(chart());
    assert_int_equal(json_array_size(history), 0);
}

static void charts_are_found_among_many_and_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < MEMORY_WORKLOADS; i++) {
        AUTO_FREE char *name = xasprintf("w%d", i * 7919 % MEMORY_WORKLOADS);
        assert_non_null(memory_chart(memory, "shop", "Deployment", name));
    }
    assert_int_equal(memory_count(memory), MEMORY_WORKLOADS);
    assert_null(memory_chart(memory, "shop", "Deployment", "one-more"));
    tell((struct story){0}); /* nor by a document */
    assert_null(chart());
    for (size_t i = 1; i < memory_count(memory); i++)
        assert_true(strcmp(memory_at(memory, i - 1)->key, memory_at(memory, i)->key) < 0);
    assert_string_equal(memory_find(memory, "shop", "Deployment", "w5000")->name, "w5000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_memory, close_memory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_incident_is_open_from_its_first_document),
        TEST(what_the_class_says_further_is_remembered),
        TEST(each_result_leads_to_its_phase),
        TEST(what_the_action_made_is_known_by_its_time),
        TEST(an_approval_follows_a_proposal_of_the_same_lap),
        TEST(the_outcome_of_a_recovery_closes),
        TEST(the_topics_may_interleave_in_any_way),
        TEST(an_outcome_read_late_does_not_take_the_incident_back),
        TEST(reading_all_again_changes_nothing),
        TEST(the_last_outcome_alone_tells_the_whole_story),
        TEST(a_try_keeps_its_way_back),
        TEST(an_older_incident_read_late_does_not_reopen),
        TEST(history_is_newest_first_and_bounded),
        TEST(what_is_over_is_forgotten_and_what_is_open_is_not),
        TEST(a_chart_lives_as_long_as_a_spell),
        TEST(others_clusters_and_requests_are_none_of_ours),
        TEST(what_cannot_be_read_is_refused_and_changes_nothing),
        TEST(strange_sections_do_no_harm),
        TEST(charts_are_found_among_many_and_bounded),
    };
    return cmocka_run_group_tests_name("observer/memory", tests, NULL, NULL);
}
