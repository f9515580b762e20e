/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "tests/unit/unit.h"

static int real_stderr, captured;

static void capture(void)
{
    real_stderr = dup(STDERR_FILENO);
    captured = memfd_create("stderr", 0);
    dup2(captured, STDERR_FILENO);
}

/* What was written since capture(); the caller frees it. */
static char *captured_text(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    off_t len = lseek(captured, 0, SEEK_END);
    char *text = xcalloc(1, (size_t)len + 1);
    assert_int_equal(pread(captured, text, (size_t)len, 0), len);
    close(captured);
    return text;
}

/* Reads the only line that was captured. */
static json_t *captured_line(void)
{
    AUTO_FREE char *text = captured_text();
    size_t len = strlen(text);
    assert_true(len > 0);
    assert_int_equal(text[len - 1], '\n');
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
    struct error err;
    json_t *line = json_read(text, len, &err);
    if (!line)
        fail_msg("%s: %s", err.text, text);
    return line;
}

static int setup(void **state)
{
    (void)state;
    log_open("brain", LOG_INFO);
    log_context(NULL, NULL);
    clock_fix(1795459777123);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clock_fix(-1);
    return 0;
}

static void test_the_whole_line_in_its_order(void **state)
{
    (void)state;
    log_context("i-1", "decide");
    capture();
    log_warn("decided", "rule", "rollback", "absent", NULL, "status", "CONFIG", NULL);
    AUTO_FREE char *text = captured_text();
    assert_string_equal(text,
                        "{\"time\":\"2026-11-23T18:49:37.123Z\",\"level\":\"warn\",\"process\":\"brain\","
                        "\"step\":\"decide\",\"incident\":\"i-1\",\"message\":\"decided\","
                        "\"rule\":\"rollback\",\"status\":\"CONFIG\"}\n");
}

static void test_context_can_be_cleared(void **state)
{
    (void)state;
    log_context("i-1", "decide");
    log_context(NULL, NULL);
    capture();
    log_info("plain", NULL);
    AUTO_JSON *line = captured_line();
    assert_null(json_at(line, "step"));
    assert_null(json_at(line, "incident"));
    assert_string_equal(json_string_at(line, "message"), "plain");
}

static void test_levels_below_the_least_are_silent(void **state)
{
    (void)state;
    capture();
    log_debug("unseen", NULL);
    AUTO_FREE char *text = captured_text();
    assert_string_equal(text, "");
    log_open("brain", LOG_ERROR);
    capture();
    log_warn("unseen", NULL);
    log_info("unseen", NULL);
    log_error("seen", NULL);
    AUTO_JSON *line = captured_line();
    assert_string_equal(json_string_at(line, "level"), "error");
}

static void test_hostile_text_stays_in_its_field(void **state)
{
    (void)state;
    capture();
    log_info("a\"b\\c\n{\"level\":\"error\"}", "pod", "\x1b[2Jweb\xFF\xC0\x80\r\n", NULL);
    AUTO_JSON *line = captured_line();
    assert_string_equal(json_string_at(line, "message"), "a\"b\\c\n{\"level\":\"error\"}");
    assert_string_equal(json_string_at(line, "level"), "info");
    assert_string_equal(json_string_at(line, "pod"),
                        "\xEF\xBF\xBD[2Jweb\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n");
}

static void test_long_fields_are_cut(void **state)
{
    (void)state;
    AUTO_FREE char *text = xcalloc(1, 100001);
    memset(text, 'x', 100000);
    capture();
    log_info(text, "field", text, NULL);
    AUTO_JSON *line = captured_line();
    assert_int_equal(strlen(json_string_at(line, "message")), LOG_FIELD_MAX_BYTES);
    assert_int_equal(strlen(json_string_at(line, "field")), LOG_FIELD_MAX_BYTES);
}

static void *log_many(void *name)
{
    log_context(name, "act");
    for (int i = 0; i < 500; i++)
        log_info("line", "by", name, NULL);
    return NULL;
}

/* A thread's context is its own, and no line is torn. */
static void test_threads_do_not_mix(void **state)
{
    (void)state;
    char names[4][8] = {"i-a", "i-b", "i-c", "i-d"};
    pthread_t threads[4];
    capture();
    fcntl(STDERR_FILENO, F_SETFL, O_APPEND);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    AUTO_FREE char *text = captured_text();
    int count = 0;
    for (char *save = NULL, *part = strtok_r(text, "\n", &save); part; part = strtok_r(NULL, "\n", &save)) {
        struct error err;
        AUTO_JSON *line = json_read(part, strlen(part), &err);
        assert_non_null(line);
        assert_string_equal(json_string_at(line, "incident"), json_string_at(line, "by"));
        count++;
    }
    assert_int_equal(count, 2000);
}

static void test_a_closed_standard_error_is_survived(void **state)
{
    (void)state;
    int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    log_error("nobody hears", NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_whole_line_in_its_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_context_can_be_cleared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels_below_the_least_are_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_text_stays_in_its_field, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_fields_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads_do_not_mix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_closed_standard_error_is_survived, setup, teardown),
    };
    return cmocka_run_group_tests_name("common/base/log", tests, NULL, NULL);
}
