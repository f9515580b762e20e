/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/pack.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/store/item.h"
#include "tests/unit/unit.h"

static struct texts texts;
static struct arena arena;

static int close_all(void **state)
{
    (void)state;
    arena_free(&arena);
    texts_free(&texts); /* asserts that no text is left */
    texts = (struct texts){0};
    return 0;
}

/* Fills every fact with something of its own. */
static void fill(const struct shape *shape, char room[][32], void *facts)
{
    for (size_t i = 0; i < shape->fact_count; i++) {
        void *at = (char *)facts + shape->facts[i].offset;
        snprintf(room[i], sizeof room[i], "text %zu é", i);
        if (shape->facts[i].type == FACT_INT)
            *(int *)at = i % 2 ? -(int)i : INT32_MAX - (int)i;
        else if (shape->facts[i].type == FACT_INT64)
            *(int64_t *)at = i % 2 ? INT64_MIN + (int64_t)i : INT64_C(1795000000000) + (int64_t)i;
        else
            *(const char **)at = room[i];
    }
}

static void assert_same(const struct shape *shape, const void *a, const void *b)
{
    for (size_t i = 0; i < shape->fact_count; i++) {
        const char *left = (const char *)a + shape->facts[i].offset,
                   *right = (const char *)b + shape->facts[i].offset;
        if (shape->facts[i].type == FACT_INT)
            assert_int_equal(*(const int *)left, *(const int *)right);
        else if (shape->facts[i].type == FACT_INT64)
            assert_true(*(const int64_t *)left == *(const int64_t *)right);
        else
            assert_string_equal(*(const char *const *)left, *(const char *const *)right);
    }
}

static void every_kind_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KINDS; kind++) {
        const struct shape *shape = &shapes[kind];
        AUTO_STRBUF bytes = {0};
        union facts before = {0}, after = {0};
        char room[64][32];
        fill(shape, room, &before);
        pack(&texts, shape, &before, 7, &bytes);
        memset(room[1], 'x', 3); /* what was given may change now */
        fill(shape, room, &before);
        assert_ptr_equal(unpack(&texts, shape, bytes.data, 7, &arena, &after), bytes.data + bytes.len);
        assert_same(shape, &before, &after);
        assert_true(pack_has_id(&texts, shape, bytes.data, facts_id((enum store_kind)kind, &before)));
        assert_false(pack_has_id(&texts, shape, bytes.data, "another"));
        assert_ptr_equal(pack_drop(&texts, shape, bytes.data), bytes.data + bytes.len);
    }
}

static void a_uid_comes_back_letter_by_letter(void **state)
{
    (void)state;
    static const struct {
        const char *uid;
        size_t bytes;
    } uids[] = {
        {"0f8fad5b-d9cb-469f-a165-70867728950e", 17}, {"00000000-0000-0000-0000-000000000000", 17},
        {"ffffffff-ffff-ffff-ffff-ffffffffffff", 17}, {"0F8FAD5B-d9cb-469f-a165-70867728950e", 37},
        {"0f8fad5b-d9cb-469f-a165-70867728950", 36},  {"0f8fad5b-d9cb-469f-a165-70867728950e1", 38},
        {"0f8fad5bxd9cb-469f-a165-70867728950e", 37}, {"1c8a2b1f0c9d4e7fb3a5d6e7f8091a2b", 33},
        {"0f8fad5b-d9cb-469f-a165-7086772895g0", 37}, {"-", 2},
    };
    for (size_t i = 0; i < COUNT_OF(uids); i++) {
        AUTO_STRBUF bytes = {0};
        struct event_facts before = {.uid = uids[i].uid}, after = {0};
        pack(&texts, &shapes[STORE_EVENTS], &before, 0, &bytes);
        assert_int_equal(bytes.len, 2 + uids[i].bytes); /* twelve facts in two bytes of bits */
        assert_ptr_equal(unpack(&texts, &shapes[STORE_EVENTS], bytes.data, 0, &arena, &after),
                         bytes.data + bytes.len);
        assert_string_equal(after.uid, uids[i].uid);
        assert_true(pack_has_id(&texts, &shapes[STORE_EVENTS], bytes.data, uids[i].uid));
        assert_ptr_equal(pack_drop(&texts, &shapes[STORE_EVENTS], bytes.data), bytes.data + bytes.len);
    }
}

static void times_of_an_object_cost_what_lies_between_them(void **state)
{
    (void)state;
    AUTO_STRBUF far = {0}, close = {0};
    struct container_facts at = {.name = "", .started_ms = 1795000004000, .last.finished_ms = 1795000002000},
                           after = {0};
    pack(&texts, &container_shape, &at, 0, &far);
    pack(&texts, &container_shape, &at, 1795000000000, &close);
    assert_int_equal(far.len - close.len, 6 - 2);
    unpack(&texts, &container_shape, close.data, 1795000000000, &arena, &after);
    assert_true(after.started_ms == at.started_ms && after.last.finished_ms == at.last.finished_ms);
}

static void what_is_absent_comes_back_empty(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    struct event_facts before = {.uid = "u"}, after = {0};
    pack(&texts, &shapes[STORE_EVENTS], &before, 0, &bytes);
    assert_int_equal(bytes.len, 2 + strlen("u") + 1); /* twelve facts in two bytes of bits */
    unpack(&texts, &shapes[STORE_EVENTS], bytes.data, 0, &arena, &after);
    assert_string_equal(after.uid, "u");
    assert_string_equal(after.reason, "");
    assert_string_equal(after.message, "");
    assert_int_equal(after.count, 0);
    assert_true(after.last_ms == 0);
    pack_drop(&texts, &shapes[STORE_EVENTS], bytes.data);
}

static void equal_names_are_one_text(void **state)
{
    (void)state;
    AUTO_STRBUF one = {0}, other = {0};
    struct config_map_facts before = {"shop", "settings", "u1"}, first = {0}, second = {0};
    pack(&texts, &shapes[STORE_CONFIG_MAPS], &before, 0, &one);
    before.uid = "u2";
    pack(&texts, &shapes[STORE_CONFIG_MAPS], &before, 0, &other);
    unpack(&texts, &shapes[STORE_CONFIG_MAPS], one.data, 0, &arena, &first);
    unpack(&texts, &shapes[STORE_CONFIG_MAPS], other.data, 0, &arena, &second);
    assert_ptr_equal(first.ns, second.ns);
    assert_int_equal(texts.table.count, 2);
    pack_drop(&texts, &shapes[STORE_CONFIG_MAPS], one.data);
    assert_string_equal(texts_at(&texts, texts_number(second.name)), "settings");
    pack_drop(&texts, &shapes[STORE_CONFIG_MAPS], other.data);
    assert_int_equal(texts.table.count, 0);
}

static void numbers_of_dropped_texts_are_used_again(void **state)
{
    (void)state;
    const char *kept = texts_share(&texts, "kept");
    for (int i = 0; i < 1000; i++) {
        AUTO_FREE char *name = xasprintf("name-%d", i);
        const char *shared = texts_share(&texts, name);
        assert_in_range(texts_number(shared), 1, 2);
        assert_string_equal(texts_at(&texts, texts_number(shared)), name);
        texts_drop(&texts, shared);
    }
    assert_string_equal(texts_at(&texts, texts_number(kept)), "kept");
    assert_string_equal(texts_at(&texts, 0), "");
    texts_drop(&texts, kept);
}

static void a_pod_keeps_its_containers(void **state)
{
    (void)state;
    AUTO_STRBUF room = {0};
    struct container_facts containers[2] = {
        {.name = "app", .state = CONTAINER_RUNNING, .ready = 1},
        {.name = "side", .state = CONTAINER_WAITING, .reason = "CrashLoopBackOff"}};
    struct pod_facts pod = {.uid = "u", .containers = containers, .container_count = 2};
    struct item *item = item_new(&texts, STORE_PODS, &pod, &room);
    const struct pod_facts *kept = &item_facts(&texts, STORE_PODS, item, &arena)->pod;
    assert_int_equal(kept->container_count, 2);
    assert_string_equal(kept->containers[0].name, "app");
    assert_int_equal(kept->containers[0].state, CONTAINER_RUNNING);
    assert_string_equal(kept->containers[1].reason, "CrashLoopBackOff");
    assert_string_equal(kept->containers[1].last.reason, "");
    item_free(&texts, STORE_PODS, item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_kind_comes_back_as_it_was, close_all),
        cmocka_unit_test_teardown(a_uid_comes_back_letter_by_letter, close_all),
        cmocka_unit_test_teardown(times_of_an_object_cost_what_lies_between_them, close_all),
        cmocka_unit_test_teardown(what_is_absent_comes_back_empty, close_all),
        cmocka_unit_test_teardown(equal_names_are_one_text, close_all),
        cmocka_unit_test_teardown(numbers_of_dropped_texts_are_used_again, close_all),
        cmocka_unit_test_teardown(a_pod_keeps_its_containers, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
