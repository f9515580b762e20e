/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/id.h"
#include "common/schema/limits.h"

#define INCIDENT "i-00112233445566778899aabbccddeeff"

static void knows_laps_up_to_the_newest(void **state)
{
    (void)state;
    assert_false(memory_said(INCIDENT, INCIDENT ".1"));
    memory_learn(INCIDENT, INCIDENT ".2");
    assert_true(memory_said(INCIDENT, INCIDENT ".1"));
    assert_true(memory_said(INCIDENT, INCIDENT ".2"));
    assert_false(memory_said(INCIDENT, INCIDENT ".3"));
}

static void an_older_notice_changes_nothing(void **state)
{
    (void)state;
    memory_learn("i-older", "i-older.3");
    memory_learn("i-older", "i-older.1");
    assert_true(memory_said("i-older", "i-older.3"));
}

/* What a person answered to a proposal is another event of the same lap. */
static void an_answer_is_news_until_it_was_told(void **state)
{
    (void)state;
    memory_learn("i-asked", "i-asked.1");
    assert_false(memory_said("i-asked", "i-asked.1.p-1"));
    memory_learn("i-asked", "i-asked.1.p-1");
    assert_true(memory_said("i-asked", "i-asked.1"));
    assert_true(memory_said("i-asked", "i-asked.1.p-1"));
    assert_false(memory_said("i-asked", "i-asked.1.p-2"));
    assert_false(memory_said("i-asked", "i-asked.2"));
    memory_learn("i-asked", "i-asked.2");
    assert_true(memory_said("i-asked", "i-asked.1.p-2"));
    assert_false(memory_said("i-asked", "i-asked.2.p-1"));
}

static void nonsense_is_ignored(void **state)
{
    (void)state;
    const char *events[] = {"", "i-x", "i-x.", "i-x.zero", "i-x.0", "i-x.-1", "i-y.1", "i-xx.1"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        memory_learn("i-x", events[i]);
    assert_false(memory_said("i-x", "i-x.1"));
    memory_learn("", ".1");
    memory_learn(INCIDENT "longer", INCIDENT "longer.1");
    assert_false(memory_said(INCIDENT "longer", INCIDENT "longer.1"));
}

static void the_oldest_is_forgotten_first(void **state)
{
    (void)state;
    char id[ID_SIZE], event[ID_SIZE + 4];
    for (int i = 0; i <= LIMIT_SAID_INCIDENTS; i++) {
        snprintf(id, sizeof id, "i-n%d", i);
        snprintf(event, sizeof event, "i-n%d.1", i);
        memory_learn(id, event);
    }
    assert_false(memory_said("i-n0", "i-n0.1"));
    assert_true(memory_said("i-n1", "i-n1.1"));
    assert_true(memory_said(id, event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_laps_up_to_the_newest),
        cmocka_unit_test(an_older_notice_changes_nothing),
        cmocka_unit_test(an_answer_is_news_until_it_was_told),
        cmocka_unit_test(nonsense_is_ignored),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };
    return cmocka_run_group_tests_name("notifier/memory", tests, NULL, NULL);
}
