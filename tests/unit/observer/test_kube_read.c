/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/kube_read.h"

#include "common/schema/limits.h"
#include "tests/unit/observer/stand_in.h"
#include "tests/unit/unit.h"

static struct stand_in *server;
static struct kube_config *config;
static struct kube_read *reader;

static int open_all(void **state)
{
    (void)state;
    server = stand_in_open();
    config = stand_in_config(server);
    reader = kube_read_open(config);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    kube_read_close(reader);
    kube_config_free(config);
    stand_in_close(server);
    return 0;
}

static void say(int status, const char *body)
{
    strbuf_puts(&stand_in_answer(server, status)->body, body);
}

static void say_refusal(int status, const char *message)
{
    strbuf_printf(&stand_in_answer(server, status)->body,
                  "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"%s\",\"code\":%d}", message,
                  status);
}

static void assert_asked(const char *wanted)
{
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, wanted);
}

static void reads_a_deployment(void **state)
{
    (void)state;
    struct error err;
    say(200, "{\"metadata\":{\"name\":\"web\"}}");
    AUTO_JSON *deployment = kube_read_object(reader, "Deployment", "shop", "we/b", &err);
    assert_string_equal(json_string_at(deployment, "metadata.name"), "web");
    assert_asked("/apis/apps/v1/namespaces/shop/deployments/we%2Fb\n");
    assert_non_null(strstr(server->headers.data, "User-Agent: aegiops-observer/"));
}

static void what_is_gone_is_404(void **state)
{
    (void)state;
    struct error err;
    say_refusal(404, "deployments.apps \\\"web\\\" not found");
    assert_null(kube_read_object(reader, "Deployment", "shop", "web", &err));
    assert_int_equal(err.status, 404);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_non_null(strstr(err.text, "not found"));
}

static void reads_a_pod(void **state)
{
    (void)state;
    struct error err;
    say(200, "{\"metadata\":{\"name\":\"web-1\"}}");
    AUTO_JSON *pod = kube_read_object(reader, "Pod", "shop", "web-1", &err);
    assert_string_equal(json_string_at(pod, "metadata.name"), "web-1");
    assert_asked("/api/v1/namespaces/shop/pods/web-1\n");
}

static void an_answer_that_is_no_json_says_so(void **state)
{
    (void)state;
    struct error err;
    say(200, "<html>login</html>");
    assert_null(kube_read_object(reader, "Pod", "shop", "web-1", &err));
    assert_non_null(strstr(err.text, "GET /api/v1/namespaces/shop/pods/web-1"));
}

static void selects_replica_sets_by_labels_and_expressions(void **state)
{
    (void)state;
    struct error err;
    AUTO_JSON *selector =
        json_loads("{\"matchLabels\":{\"app\":\"web\",\"tier\":\"front end\"},\"matchExpressions\":["
                   "{\"key\":\"env\",\"operator\":\"In\",\"values\":[\"a\",\"b\"]},"
                   "{\"key\":\"old\",\"operator\":\"NotIn\",\"values\":[\"yes\"]},"
                   "{\"key\":\"has\",\"operator\":\"Exists\"},"
                   "{\"key\":\"not\",\"operator\":\"DoesNotExist\"}]}",
                   0, NULL);
    say(200, "{\"items\":[]}");
    AUTO_JSON *sets = kube_read_replica_sets(reader, "shop", selector, "uid", &err);
    assert_int_equal(json_array_size(sets), 0);
    assert_asked(
        "/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dweb%2Ctier%3Dfront%20end%2Cenv%20in%20"
        "%28a%2Cb%29%2Cold%20notin%20%28yes%29%2Chas%2C%21not\n");
}

static void add_set(struct strbuf *list, const char *name, const char *revision, const char *uid,
                    const char *controller)
{
    strbuf_printf(
        list,
        "%s{\"metadata\":{\"name\":\"%s\",\"annotations\":{\"deployment.kubernetes.io/revision\":\"%s\"},"
        "\"ownerReferences\":[{\"uid\":\"%s\",\"controller\":%s}]}}",
        list->len ? "," : "", name, revision, uid, controller);
}

static void gives_its_own_replica_sets_newest_first(void **state)
{
    (void)state;
    struct error err;
    AUTO_JSON *selector = json_object();
    AUTO_STRBUF list = {0};
    add_set(&list, "two", "2", "uid", "true");
    add_set(&list, "ten", "10", "uid", "true");
    add_set(&list, "foreign", "99", "other", "true");
    add_set(&list, "not-controlled", "98", "uid", "false");
    strbuf_puts(&list, ",{\"metadata\":{}}");
    add_set(&list, "nine", "9", "uid", "true");
    strbuf_printf(&stand_in_answer(server, 200)->body, "{\"items\":[%s]}", list.data);
    AUTO_JSON *sets = kube_read_replica_sets(reader, "shop", selector, "uid", &err);
    static const char *const wanted[] = {"ten", "nine", "two"};
    assert_int_equal(json_array_size(sets), COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        assert_string_equal(json_string_at(json_array_get(sets, i), "metadata.name"), wanted[i]);
}

static void reads_the_end_of_a_log(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct error err;
    strbuf_puts(&out, "> ");
    say(200, "line 1\nline 2\n");
    assert_int_equal(kube_read_log(reader, "shop", "web-1", "main", 1, 40, &out, &err), 0);
    assert_string_equal(out.data, "> line 1\nline 2\n");
    assert_asked("/api/v1/namespaces/shop/pods/web-1/"
                 "log?container=main&previous=true&tailLines=40\n");
}

static void of_a_large_log_the_end_is_kept_from_a_line_on(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF out = {0};
    struct answer *answer = stand_in_answer(server, 200);
    for (int i = 0; answer->body.len < 3 * LIMIT_LOG_BYTES; i++)
        strbuf_printf(&answer->body, "line %d of many\n", i);
    strbuf_puts(&answer->body, "the last words");
    assert_int_equal(kube_read_log(reader, "shop", "web-1", "main", 0, 500, &out, &err), 0);
    assert_true(out.len <= LIMIT_LOG_BYTES && out.len > LIMIT_LOG_BYTES - 32);
    assert_memory_equal(out.data, "line ", 5);
    assert_string_equal(out.data + out.len - 15, "\nthe last words");
}

static void a_log_that_is_not_to_be_had_is_nothing(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct error err;
    say_refusal(400, "previous terminated container \\\"main\\\" in pod \\\"web-1\\\" not found");
    say_refusal(404, "pods \\\"web-1\\\" not found");
    say_refusal(500, "Get \\\"https://10.0.0.1:10250/containerLogs\\\": dial tcp: connection refused");
    for (int i = 0; i < 3; i++)
        assert_int_equal(kube_read_log(reader, "shop", "web-1", "main", 0, 40, &out, &err), 0);
    assert_int_equal(out.len, 0);
}

static void a_log_that_is_forbidden_is_an_error(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct error err;
    say_refusal(403, "pods \\\"web-1\\\" is forbidden");
    say_refusal(503, "later");
    assert_int_equal(kube_read_log(reader, "shop", "web-1", "main", 0, 40, &out, &err), -1);
    assert_int_equal(err.status, 403);
    assert_int_equal(kube_read_log(reader, "shop", "web-1", "main", 0, 40, &out, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(out.len, 0);
}

#define READING(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READING(reads_a_deployment),
        READING(what_is_gone_is_404),
        READING(reads_a_pod),
        READING(an_answer_that_is_no_json_says_so),
        READING(selects_replica_sets_by_labels_and_expressions),
        READING(gives_its_own_replica_sets_newest_first),
        READING(reads_the_end_of_a_log),
        READING(of_a_large_log_the_end_is_kept_from_a_line_on),
        READING(a_log_that_is_not_to_be_had_is_nothing),
        READING(a_log_that_is_forbidden_is_an_error),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/kube_read", tests, NULL, NULL);
}
