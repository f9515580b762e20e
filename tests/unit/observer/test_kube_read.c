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
    AUTO_JSON *sets = kube_read_revisions(reader, "Deployment", "shop", selector, "uid", &err);
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
    AUTO_JSON *sets = kube_read_revisions(reader, "Deployment", "shop", selector, "uid", &err);
    static const char *const wanted[] = {"ten", "nine", "two"};
    assert_int_equal(json_array_size(sets), COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        assert_string_equal(json_string_at(json_array_get(sets, i), "metadata.name"), wanted[i]);
}

static void gives_the_controller_revisions_of_the_others(void **state)
{
    (void)state;
    struct error err;
    AUTO_JSON *selector = json_object();
    say(200, "{\"items\":[{\"metadata\":{\"name\":\"two\",\"ownerReferences\":[{\"uid\":\"uid\","
             "\"controller\":true}]},"
             "\"revision\":2},{\"metadata\":{\"name\":\"three\",\"ownerReferences\":[{\"uid\":\"uid\","
             "\"controller\":"
             "true}]},\"revision\":3}]}");
    AUTO_JSON *revisions = kube_read_revisions(reader, "StatefulSet", "shop", selector, "uid", &err);
    assert_string_equal(json_string_at(json_array_get(revisions, 0), "metadata.name"), "three");
    assert_string_equal(json_string_at(json_array_get(revisions, 1), "metadata.name"), "two");
    assert_asked("/apis/apps/v1/namespaces/shop/controllerrevisions?labelSelector=\n");
}

static void reads_some_of_a_kind(void **state)
{
    (void)state;
    struct error err;
    say(200, "{\"items\":[{\"metadata\":{\"name\":\"q\"}}]}");
    AUTO_JSON *quotas = kube_read_some(reader, "ResourceQuota", "shop", 5, &err);
    assert_int_equal(json_array_size(quotas), 1);
    assert_asked("/api/v1/namespaces/shop/resourcequotas?limit=5\n");
    say(200, "{\"items\":null}");
    AUTO_JSON *nodes = kube_read_some(reader, "Node", "shop", 50, &err);
    assert_int_equal(json_array_size(nodes), 0);
    assert_asked("/api/v1/nodes?limit=50\n");
    say_refusal(403, "no");
    assert_null(kube_read_some(reader, "Node", "", 50, &err));
}

static void knows_kinds_by_their_group(void **state)
{
    (void)state;
    assert_true(kube_read_knows("apps/v1", "Deployment"));
    assert_true(kube_read_knows("batch/v1beta1", "CronJob"));
    assert_true(kube_read_knows("v1", "Node"));
    assert_false(kube_read_knows("batch.volcano.sh/v1alpha1", "Job"));
    assert_false(kube_read_knows("argoproj.io/v1alpha1", "Rollout"));
    assert_false(kube_read_knows("", "Deployment"));
}

#define ROLLOUTS                                                                                             \
    "{\"resources\":[{\"name\":\"rollouts/status\",\"kind\":\"Rollout\",\"namespaced\":true},"               \
    "{\"name\":\"rollouts\",\"kind\":\"Rollout\",\"namespaced\":true},"                                      \
    "{\"name\":\"fleets\",\"kind\":\"Fleet\",\"namespaced\":false}]}"

static void finds_where_a_foreign_kind_lies(void **state)
{
    (void)state;
    struct error err;
    struct owner owner;
    say(200, ROLLOUTS);
    say(200,
        "{\"metadata\":{\"ownerReferences\":[{\"uid\":\"a\",\"kind\":\"A\",\"name\":\"n\"},{\"uid\":\"b\","
        "\"kind\":\"App\",\"name\":\"shop\",\"apiVersion\":\"x/v1\",\"controller\":true}]}}");
    AUTO_JSON *rollout = kube_read_metadata(reader, "argoproj.io/v1alpha1", "Rollout", "shop", "web", &err);
    assert_asked("/apis/argoproj.io/v1alpha1\n/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web\n");
    assert_non_null(strstr(server->headers.data, "as=PartialObjectMetadata;"));
    assert_true(kube_read_owner(json_object_get(rollout, "metadata"), &owner));
    assert_string_equal(owner.kind, "App");
    assert_string_equal(owner.name, "shop");
    assert_string_equal(owner.api_version, "x/v1");
    assert_string_equal(owner.uid, "b");
    say(200, ROLLOUTS);
    say(200, "{\"metadata\":{}}");
    AUTO_JSON *fleet = kube_read_metadata(reader, "argoproj.io/v1alpha1", "Fleet", "shop", "all", &err);
    assert_asked("/apis/argoproj.io/v1alpha1\n/apis/argoproj.io/v1alpha1/fleets/all\n");
    assert_false(kube_read_owner(json_object_get(fleet, "metadata"), &owner));
}

static void a_kind_that_does_not_exist_is_404(void **state)
{
    (void)state;
    struct error err = {0};
    say(200, ROLLOUTS);
    assert_null(kube_read_metadata(reader, "argoproj.io/v1alpha1", "Workflow", "shop", "web", &err));
    assert_int_equal(err.status, 404);
    say(200, "{\"resources\":[]}");
    assert_null(kube_read_metadata(reader, "v1", "Nothing", "shop", "web", &err));
    assert_int_equal(err.status, 404);
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "/apis/argoproj.io/v1alpha1\n/api/v1\n");
}

/* Whoever makes a pod writes its ownerReferences. */
static void an_owner_cannot_lead_elsewhere(void **state)
{
    (void)state;
    static const char *const bad[][2] = {{"../v1", "web"}, {"x/..", "web"}, {"..", "web"}, {"/v1", "web"},
                                         {"x/v1", ".."},   {"x/v1", ""},    {"x/", "web"}};
    struct error err;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_null(kube_read_metadata(reader, bad[i][0], "Rollout", "shop", bad[i][1], &err));
    assert_asked("");
    say(200, ROLLOUTS);
    say(200, "{}");
    AUTO_JSON *object = kube_read_metadata(reader, "a?b/v1/x", "Rollout", "shop", "../../secrets", &err);
    assert_non_null(object);
    assert_asked("/apis/a%3Fb/v1%2Fx\n/apis/a%3Fb/v1%2Fx/namespaces/shop/rollouts/..%2F..%2Fsecrets\n");
}

/* runtime.Unknown{raw: ConfigMap{metadata, data: {"a": "1"}, binaryData: {"b": "2"}}}, and a Secret whose field 3 is its
 * type. */
#define MAP_BYTES                                                                                            \
    "k8s\0\x12\x12\x0a\0\x12\x06\x0a\x01"                                                                    \
    "a\x12\x01"                                                                                              \
    "1\x1a\x06\x0a\x01"                                                                                      \
    "b\x12\x01"                                                                                              \
    "2"

static void say_bytes(const char *bytes, size_t len)
{
    strbuf_add(&stand_in_answer(server, 200)->body, bytes, len);
}

static void reads_the_names_of_keys(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF map = {0}, secret = {0};
    say_bytes(MAP_BYTES, sizeof(MAP_BYTES) - 1);
    say_bytes(MAP_BYTES, sizeof(MAP_BYTES) - 1);
    assert_int_equal(kube_read_keys(reader, "ConfigMap", "shop", "c", &map, &err), 0);
    assert_int_equal(kube_read_keys(reader, "Secret", "shop", "s", &secret, &err), 0);
    assert_string_equal(map.data, "a\nb\n");
    assert_string_equal(secret.data, "a\n");
    assert_asked("/api/v1/namespaces/shop/configmaps/c\n/api/v1/namespaces/shop/secrets/s\n");
    assert_non_null(
        strstr(server->headers.data, "Accept: application/vnd.kubernetes.protobuf, application/json\r\n"));
}

/* Names of fields are no keys where they stand elsewhere, nor are the values that look like some. */
static void reads_the_names_of_keys_in_json(void **state)
{
    (void)state;
    static const char object[] = "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"data\",\"data\":{\"no\":1}"
                                 ",\"managedFields\":[{\"f\":{}}]},"
                                 "\"data\" : {\"a\":\"\\\"},x:{\",\"c.d_e-f\" "
                                 ":\"data:\"},\n\"binaryData\":{\"b\":\"Ynl0ZXM=\"},\"type\":\"x\"}\n";
    struct error err;
    AUTO_STRBUF map = {0}, secret = {0}, none = {0};
    say_refusal(406, "no protobuf here");
    say_bytes(object, sizeof(object) - 1);
    assert_int_equal(kube_read_keys(reader, "ConfigMap", "shop", "c", &map, &err), 0);
    assert_non_null(strstr(server->headers.data, "Accept: application/json\r\n"));
    say_bytes(object, sizeof(object) - 1);
    assert_int_equal(kube_read_keys(reader, "Secret", "shop", "s", &secret, &err), 0);
    say_bytes("{\"data\":null}", 13);
    assert_int_equal(kube_read_keys(reader, "Secret", "shop", "s", &none, &err), 0);
    assert_string_equal(map.data, "a\nc.d_e-f\nb\n");
    assert_string_equal(secret.data, "a\nc.d_e-f\n");
    assert_string_equal(strbuf_text(&none), "");
}

static void keys_that_cannot_be_read_are_an_error(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF keys = {0};
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"{\"data\":{\"", 10}, {"k8s", 4}, {"k8s\0\x12\x7f", 6}, {"k8s\0\x12\x02\x12\x7f", 8}, {"", 0}};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        say_bytes(bad[i].bytes, bad[i].len);
    say_refusal(403, "secrets \\\"s\\\" is forbidden");
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(kube_read_keys(reader, "Secret", "shop", "s", &keys, &err), i == 1 ? 0 : -1);
    assert_int_equal(kube_read_keys(reader, "Secret", "shop", "s", &keys, &err), -1);
    assert_int_equal(err.status, 403);
    assert_string_equal(strbuf_text(&keys), "");
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
    say(200, "unable to retrieve container logs for containerd://148573fdfa2b");
    for (int i = 0; i < 4; i++)
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
        READING(gives_the_controller_revisions_of_the_others),
        READING(reads_some_of_a_kind),
        READING(knows_kinds_by_their_group),
        READING(finds_where_a_foreign_kind_lies),
        READING(a_kind_that_does_not_exist_is_404),
        READING(an_owner_cannot_lead_elsewhere),
        READING(reads_the_names_of_keys),
        READING(reads_the_names_of_keys_in_json),
        READING(keys_that_cannot_be_read_are_an_error),
        READING(reads_the_end_of_a_log),
        READING(of_a_large_log_the_end_is_kept_from_a_line_on),
        READING(a_log_that_is_not_to_be_had_is_nothing),
        READING(a_log_that_is_forbidden_is_an_error),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/kube_read", tests, NULL, NULL);
}
