/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/facts.h"

#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static size_t size_of(enum fact_type type)
{
    return type == FACT_INT ? sizeof(int) : sizeof(int64_t);
}

/* Whether each byte of a struct, up to len, belongs to a fact of its table; four that stand before a longer fact are
 * padding. */
static void assert_covered(const struct shape *shape, size_t len)
{
    char covered[1024] = {0};
    assert_true(shape->size < sizeof covered);
    for (size_t i = 0; i < shape->fact_count; i++)
        memset(covered + shape->facts[i].offset, 1, size_of(shape->facts[i].type));
    for (size_t at = 0; at + 4 <= len; at += 4)
        if (!covered[at] && (at % 8 == 0 || (at + 4 < len && !covered[at + 4])))
            fail_msg("the bytes from %zu are in no fact", at);
}

static void every_field_is_in_its_table(void **state)
{
    (void)state;
    assert_covered(&container_shape, sizeof(struct container_facts));
    assert_covered(&shapes[STORE_PODS], offsetof(struct pod_facts, containers));
    for (int kind = STORE_PODS + 1; kind < STORE_KINDS; kind++)
        assert_covered(&shapes[kind], shapes[kind].size);
}

static void each_kind_is_told_apart_by_its_first_fact(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KINDS; kind++)
        assert_int_equal(shapes[kind].facts[0].offset, shapes[kind].id);
}

static void count_text(void *context, const char **text)
{
    (void)text;
    ++*(int *)context;
}

static void what_is_missing_becomes_empty(void **state)
{
    (void)state;
    struct container_facts containers[2] = {{.name = "app"}, {0}};
    struct pod_facts pod = {.name = "web", .containers = containers, .container_count = 2};
    int texts = 0;
    facts_fill(STORE_PODS, &pod);
    assert_string_equal(pod.name, "web");
    assert_string_equal(pod.owner.kind, "");
    assert_string_equal(pod.unscheduled.message, "");
    assert_string_equal(containers[0].name, "app");
    assert_string_equal(containers[1].last.reason, "");
    facts_each_text(&shapes[STORE_CONFIG_MAPS], &(struct config_map_facts){0}, count_text, &texts);
    assert_int_equal(texts, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_in_its_table),
        cmocka_unit_test(each_kind_is_told_apart_by_its_first_fact),
        cmocka_unit_test(what_is_missing_becomes_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
