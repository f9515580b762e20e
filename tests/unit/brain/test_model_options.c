/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model_options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static struct model_options options;
static struct option_table tables[] = {{0}, {NULL, 0, NULL}};

static char *text(const char *borrowed)
{
    return (char *)(uintptr_t)borrowed;
}

/* As the rows have it without any source. */
static int setup(void **state)
{
    (void)state;
    struct error err;
    enum options_answer answer;
    char *arguments[] = {text("brain"), NULL};
    tables[0] = (struct option_table){model_option_rows, model_option_count, &options};
    assert_int_equal(options_read("brain", "Decides.", tables, 1, arguments, &answer, &err), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    options_free(tables);
    return 0;
}

static void accept_with(struct model_options changed)
{
    struct error err;
    if (model_options_check(&changed, &err) || model_options_check_key(&changed, &err))
        fail_msg("%s", err.text);
}

static void refuse_with(struct model_options changed, const char *wanted)
{
    struct error err;
    if (model_options_check(&changed, &err) == 0 && model_options_check_key(&changed, &err) == 0)
        fail_msg("accepted; wanted \"%s\"", wanted);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
    if (changed.api_key && *changed.api_key)
        assert_null(strstr(err.text, changed.api_key));
}

#define WITH(...)                                                                                            \
    ({                                                                                                       \
        struct model_options with = options;                                                                 \
        __VA_ARGS__;                                                                                         \
        with;                                                                                                \
    })

static void the_defaults_are_good(void **state)
{
    (void)state;
    accept_with(options);
    assert_int_equal(options.api, MODEL_API_GEMINI);
    assert_int_equal(options.tier, MODEL_TIER_UNKNOWN);
    assert_int_equal(options.explain, MODEL_EXPLAIN_QUESTIONS);
    assert_int_equal(options.thinking, THINKING_MINIMAL);
    assert_int_equal(options.models.count, 2);
    assert_string_equal(options.models.items[0], "gemini-3.5-flash-lite");
    assert_string_equal(options.models.items[1], "gemini-3.8-flash");
    assert_null(options.api_key);
    assert_int_equal(options.lanes, 2);
    assert_int_equal(options.deadline_ms, 60000);
    assert_int_equal(options.timeout_ms, 45000);
    assert_int_equal(options.daily_tokens, 2000000);
    assert_string_equal(options.base_url, "");
    assert_string_equal(options.ca_file, "");
}

static void addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"https://generativelanguage.googleapis.com",
                                       "https://proxy.example.com:8443/gemini/", "http://127.0.0.1:9000",
                                       "http://localhost/x", "http://[::1]:9000"};
    static const char *const bad[] = {"http://proxy.example.com", "proxy.example.com", "ftp://127.0.0.1/",
                                      "https://", "http://ollama:11434/v1"};
    static const char *const marked[] = {"https://key@example.com", "https://example.com/?key=x",
                                         "https://example.com/#x", "https://exam ple.com"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        accept_with(WITH(with.base_url = text(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        refuse_with(WITH(with.base_url = text(bad[i])), "gemini.base_url: not an https:// address");
    for (size_t i = 0; i < COUNT_OF(marked); i++)
        refuse_with(WITH(with.base_url = text(marked[i])), "without blanks, names, passwords");
}

static void a_server_of_ones_own(void **state)
{
    (void)state;
    refuse_with(WITH(with.api = MODEL_API_OPENAI), "gemini.base_url is missing");
    accept_with(WITH(with.api = MODEL_API_OPENAI, with.base_url = text("http://ollama:11434/v1")));
    accept_with(WITH(with.api = MODEL_API_OPENAI, with.base_url = text("https://llm.example.com/v1"),
                     with.api_key = text("sk-x")));
    refuse_with(WITH(with.api = MODEL_API_OPENAI, with.base_url = text("http://ollama:11434/v1"),
                     with.api_key = text("sk-x")),
                "that needs no key");
    char *names[] = {text("meta-llama/Llama-3.1-8B"), text("qwen2.5:7b")};
    accept_with(WITH(with.api = MODEL_API_OPENAI, with.base_url = text("http://ollama/v1"),
                     with.models.items = names));
}

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } bad[] = {
        {"xoxb-123", "Slack"},
        {"/etc/key", "gemini.api_key_file"},
        {"https://x", "an address"},
        {"{\"type\": \"service_account\"}", "service account"},
        {"-----BEGIN KEY", "private key"},
        {"ya29.abc", "expires"},
        {"Bearer AQ.x", "whole header"},
        {"$GEMINI_API_KEY", "the name of a variable"},
        {"ghp_123", "GitHub"},
        {"sk-123", "gemini.api: openai"},
        {"AIza 123", "no blanks"},
        {"AIza\n123", "no blanks"},
        {"\"AIza123\"", "without quotes"},
        {"AIza\xC3\xA4", "no blanks"},
    };
    accept_with(WITH(with.api_key = text("AQ.Ab8RN6J_x-y")));
    accept_with(WITH(with.api_key = text("AIzaSyA-1234567890")));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error err;
        struct model_options mistaken = WITH(with.api_key = text(bad[i].key));
        refuse_with(mistaken, bad[i].wanted);
        assert_int_equal(model_options_check(&mistaken, &err), 0); /* rules alone need no key */
    }
}

static void google_cloud(void **state)
{
    (void)state;
    refuse_with(WITH(with.api = MODEL_API_VERTEX), "gemini.project is missing");
    accept_with(WITH(with.api = MODEL_API_VERTEX, with.project = text("shop-prod-1")));
    accept_with(WITH(with.api = MODEL_API_VERTEX, with.api_key = text("AQ.x")));
    refuse_with(WITH(with.api = MODEL_API_VERTEX, with.project = text("a/b")), "gemini.project is no name");
    refuse_with(WITH(with.api = MODEL_API_VERTEX, with.project = text("a"), with.location = text("eu/x")),
                "gemini.location is no name");
    refuse_with(WITH(with.api = MODEL_API_VERTEX, with.project = text("a"), with.location = text("")),
                "gemini.location is missing");
}

static void models(void **state)
{
    (void)state;
    char *path[] = {text("models/gemini-3.8-flash")}, *blank[] = {text("a b")};
    refuse_with(WITH(with.models.count = 0), "gemini.models is empty");
    refuse_with(WITH(with.models.items = path, with.models.count = 1), "without models/ in front");
    refuse_with(WITH(with.models.items = blank, with.models.count = 1), "\"a b\" is no name");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_defaults_are_good), TEST(addresses), TEST(a_server_of_ones_own), TEST(keys),
        TEST(google_cloud),          TEST(models),
    };
    static const char *const variables[] = {"GEMINI_API_KEY", "AEGIOPS_CONFIG"};
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    return cmocka_run_group_tests_name("brain/model_options", tests, NULL, NULL);
}
