/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/url.h"

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void this_machine(void **state)
{
    (void)state;
    static const char *const yes[] = {"http://127.0.0.1", "http://127.0.0.1:8080/x", "https://localhost/x",
                                      "http://[::1]:1"};
    static const char *const no[] = {"http://127.0.0.1.example.com/",
                                     "http://localhost:x@example.com",
                                     "127.0.0.1",
                                     "",
                                     "ftp://127.0.0.1",
                                     "http://127.0.0.11",
                                     "http://example.com/127.0.0.1",
                                     "http://"};
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        if (!url_is_loopback(yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < COUNT_OF(no); i++)
        if (url_is_loopback(no[i]))
            fail_msg("%s", no[i]);
}

static void this_cluster(void **state)
{
    (void)state;
    static const char *const yes[] = {"http://ollama", "http://ollama:11434/v1", "http://vllm.ai.svc:8000",
                                      "http://vllm.ai.svc.cluster.local/v1"};
    static const char *const no[] = {"http://example.com",
                                     "http://vllm.ai.svc.example.com",
                                     "http://u@ollama/",
                                     "http://.svc",
                                     "http://ollama\\.example.com",
                                     "http://",
                                     "http://[::1]/",
                                     "ollama",
                                     "http://10.0.0.1/"};
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        if (!url_is_in_cluster(yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < COUNT_OF(no); i++)
        if (url_is_in_cluster(no[i]))
            fail_msg("%s", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine),
        cmocka_unit_test(this_cluster),
    };
    return cmocka_run_group_tests_name("common/base/url", tests, NULL, NULL);
}
