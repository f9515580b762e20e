/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/spent.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/runtime/metrics.h"
#include "tests/unit/unit.h"

#define DAY_MS (24LL * 3600 * 1000)
#define NOON (20000 * DAY_MS + DAY_MS / 2)

static int is_over(struct spent *spent)
{
    struct error err;
    if (spent_may(spent, &err) == 0)
        return 0;
    assert_non_null(strstr(err.text, "gemini.daily_tokens"));
    return 1;
}

static void tokens_of_a_day(void **state)
{
    (void)state;
    struct heard heard = {.prompt_tokens = 60, .answer_tokens = 20, .thought_tokens = 19};
    struct spent *spent = spent_new(100);
    clock_fix(NOON);
    spent_add(spent, "m", &heard, 1000);
    assert_false(is_over(spent));
    spent_add(spent, "m", &(struct heard){.answer_tokens = 1}, 0);
    assert_true(is_over(spent));
    clock_fix(NOON + DAY_MS / 2 - 1);
    assert_true(is_over(spent));
    clock_fix(NOON + DAY_MS / 2);
    assert_false(is_over(spent));
    spent_add(spent, "m", &(struct heard){.answer_tokens = 100}, 0);
    clock_fix(NOON - 3 * DAY_MS); /* a clock that was set back */
    assert_true(is_over(spent));
    clock_fix(-1);
    spent_free(spent);
    spent_free(NULL);
}

static void what_is_not_told_is_estimated(void **state)
{
    (void)state;
    struct spent *spent = spent_new(100);
    spent_add(spent, "untold", &(struct heard){0}, 297);
    assert_false(is_over(spent));
    spent_add(spent, "untold", &(struct heard){0}, 0);
    assert_false(is_over(spent));
    spent_add(spent, "untold", &(struct heard){0}, 3);
    assert_true(is_over(spent));
    assert_int_equal(
        metric_value(metric_counter("aegiops_model_tokens_total", "model=\"untold\",kind=\"prompt\"", "")),
        0);
    spent_free(spent);
}

static void no_limit(void **state)
{
    (void)state;
    struct spent *spent = spent_new(0);
    spent_add(spent, "m", &(struct heard){.prompt_tokens = 1000000000}, 0);
    assert_false(is_over(spent));
    spent_free(spent);
}

static long long metric_of(const char *name, const char *labels)
{
    return metric_value(metric_counter(name, labels, ""));
}

/* The price is that of whoever answered. */
static void metrics_of_tokens_and_money(void **state)
{
    (void)state;
    struct spent *spent = spent_new(0);
    struct heard heard = {.version = "gemini-3.1-flash-lite",
                          .prompt_tokens = 1000,
                          .answer_tokens = 100,
                          .thought_tokens = 20,
                          .cached_tokens = 400};
    spent_add(spent, "a", &heard, 0);
    assert_int_equal(metric_of("aegiops_model_tokens_total", "model=\"a\",kind=\"prompt\""), 1000);
    assert_int_equal(metric_of("aegiops_model_tokens_total", "model=\"a\",kind=\"answer\""), 100);
    assert_int_equal(metric_of("aegiops_model_tokens_total", "model=\"a\",kind=\"thought\""), 20);
    assert_int_equal(metric_of("aegiops_model_tokens_total", "model=\"a\",kind=\"cached\""), 400);
    assert_int_equal(metric_of("aegiops_model_cost_microdollars_total", "model=\"a\""), 150 + 10 + 180);
    heard.version[0] = '\0';
    spent_add(spent, "gemini-2.5-flash-lite", &heard, 0);
    assert_int_equal(metric_of("aegiops_model_cost_microdollars_total", "model=\"gemini-2.5-flash-lite\""),
                     60 + 4 + 48);
    spent_add(spent, "llama", &heard, 0);
    AUTO_STRBUF all = {0};
    metrics_write(&all);
    assert_null(strstr(strbuf_text(&all), "cost_microdollars_total{model=\"llama\"}"));
    spent_free(spent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_a_day),
        cmocka_unit_test(what_is_not_told_is_estimated),
        cmocka_unit_test(no_limit),
        cmocka_unit_test(metrics_of_tokens_and_money),
    };
    return cmocka_run_group_tests_name("brain/model/spent", tests, NULL, NULL);
}
