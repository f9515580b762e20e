/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int check(const char *url)
{
    struct error err;
    struct slack_options options = {.webhook_url = (char *)url};
    int result = slack_options_check(&options, &err);
    if (result) {
        assert_int_equal(err.kind, ERROR_FATAL);
        assert_non_null(strstr(err.text, "slack.webhook_url"));
        assert_null(strstr(err.text, "secret"));
    }
    return result;
}

static void takes_https_and_loopback(void **state)
{
    (void)state;
    assert_int_equal(check(NULL), 0);
    assert_int_equal(check("https://hooks.slack.com/services/T0/B0/secret"), 0);
    assert_int_equal(check("http://127.0.0.1:8080/secret"), 0);
    assert_int_equal(check("http://localhost/secret"), 0);
    assert_int_equal(check("http://[::1]:8080"), 0);
}

static void refuses_a_secret_in_the_clear(void **state)
{
    (void)state;
    assert_int_equal(check("http://hooks.slack.com/services/T0/B0/secret"), -1);
    assert_int_equal(check("http://127.0.0.1.example.com/secret"), -1);
    assert_int_equal(check("http://localhost:x@example.com/secret"), -1);
    assert_int_equal(check("hooks.slack.com/services/secret"), -1);
    assert_int_equal(check("file:///secret"), -1);
    assert_int_equal(check(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_https_and_loopback),
        cmocka_unit_test(refuses_a_secret_in_the_clear),
    };
    return cmocka_run_group_tests_name("notifier/options", tests, NULL, NULL);
}
