/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct message sample(void)
{
    return (struct message){
        .state = "recovered",
        .tone = TONE_GOOD,
        .title = "Recovered · shop/web",
        .facts = {{"Workload", "Deployment shop/web", 0},
                  {"Cluster", "prod", 0},
                  {"Decided", "by nobody", 0}},
        .fact_count = 3,
        .parts = {{"Happened",
                   "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
                   "sixteen seventeen\n- a list",
                   0},
                  {"Change", "a:  1 -> 2\nb: 3 -> 4", 1}},
        .part_count = 2,
        .footer = "i-5.2",
    };
}

static void draws_a_page_that_lines_up(void **state)
{
    (void)state;
    struct message message = sample();
    AUTO_STRBUF out = {0};
    terminal_draw(&message, 0, &out);
    assert_string_equal(strbuf_text(&out),
                        "── Recovered · shop/web "
                        "────────────────────────────────────────────────────────────────────────────\n"
                        "   Workload  Deployment shop/web                      Cluster   prod\n"
                        "   Decided   by nobody\n"
                        "   Happened  one two three four five six seven eight nine ten eleven twelve "
                        "thirteen fourteen\n"
                        "             fifteen sixteen seventeen\n"
                        "             - a list\n"
                        "   Change    a:  1 -> 2\n"
                        "             b: 3 -> 4\n"
                        "   i-5.2\n"
                        "\n");
}

static void colours_only_when_asked(void **state)
{
    (void)state;
    struct message message = sample();
    AUTO_STRBUF plain = {0}, coloured = {0};
    terminal_draw(&message, 0, &plain);
    terminal_draw(&message, 1, &coloured);
    assert_null(strchr(strbuf_text(&plain), '\033'));
    assert_non_null(strstr(strbuf_text(&coloured), "\033[1;32mRecovered · shop/web\033[0m"));
}

static void a_word_longer_than_the_page_stays_whole(void **state)
{
    (void)state;
    char word[TERMINAL_COLUMNS + 10], text[sizeof word + 10];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    text[0] = '\0';
    strcat(strcat(strcat(text, "a "), word), " b");
    struct message message = {.title = "t", .footer = "f", .parts = {{"Cause", text, 0}}, .part_count = 1};
    AUTO_STRBUF out = {0};
    terminal_draw(&message, 0, &out);
    assert_non_null(strstr(strbuf_text(&out), word));
    assert_non_null(strstr(strbuf_text(&out), "\n             b\n"));
}

static void no_line_of_prose_is_too_wide(void **state)
{
    (void)state;
    char text[600];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 7 == 6 ? ' ' : 'x';
    text[sizeof text - 1] = '\0';
    struct message message = {.title = "t", .footer = "f", .parts = {{"Cause", text, 0}}, .part_count = 1};
    AUTO_STRBUF out = {0};
    terminal_draw(&message, 0, &out);
    const char *line = strchr(strbuf_text(&out), '\n') + 1; /* the title's rule is not of single bytes */
    for (size_t len; *line; line += len + 1) {
        len = strcspn(line, "\n");
        assert_true(len <= TERMINAL_COLUMNS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_a_page_that_lines_up),
        cmocka_unit_test(colours_only_when_asked),
        cmocka_unit_test(a_word_longer_than_the_page_stays_whole),
        cmocka_unit_test(no_line_of_prose_is_too_wide),
    };
    return cmocka_run_group_tests_name("notifier/terminal", tests, NULL, NULL);
}
