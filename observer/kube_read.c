/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/kube_read.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/version.h"
#include "common/schema/limits.h"

#define ACCEPT_TEXT "application/json, */*" /* a log is plain text, a refusal JSON */
#define LOG_IDLE_MS 10000                   /* a node that says nothing for so long is away */
#define LOG_READ_BYTES                                                                                       \
    (16UL * 1024 * 1024) /* twice what so many lines can have: runtimes cut them at 16 KiB */
#define REVISION "deployment.kubernetes.io/revision"

struct kube_read {
    struct kube *kube;
};

struct kube_read *kube_read_open(struct kube_config *config)
{
    struct kube_read *reader = xmalloc(sizeof(*reader));
    reader->kube = kube_open(config, "aegiops-observer/" AEGIOPS_VERSION);
    return reader;
}

void kube_read_close(struct kube_read *reader)
{
    if (!reader)
        return;
    kube_close(reader->kube);
    free(reader);
}

/* ---- Paths ---- */

/* A fixed part of a path and a name behind it. */
static void add_escaped(struct strbuf *path, const char *before, const char *name)
{
    strbuf_puts(path, before);
    http_escape(path, name);
}

static json_t *get(struct kube_read *reader, const struct strbuf *path, struct error *err)
{
    AUTO_HTTP_RESPONSE response = {0};
    struct kube_request request = {.method = "GET", .path = path->data};
    if (kube_send(reader->kube, &request, &response, err))
        return NULL;
    json_t *value = json_read(strbuf_text(&response.body), response.body.len, err);
    if (!value)
        wrap(err, "GET %s", path->data);
    return value;
}

/* Where the objects of a kind are. */
static const struct resource {
    const char *kind, *prefix, *name;
    int is_of_cluster;
} resources[] = {
    {"Pod", "/api/v1", "pods", 0},
    {"Deployment", "/apis/apps/v1", "deployments", 0},
    {"StatefulSet", "/apis/apps/v1", "statefulsets", 0},
    {"DaemonSet", "/apis/apps/v1", "daemonsets", 0},
    {"Job", "/apis/batch/v1", "jobs", 0},
    {"CronJob", "/apis/batch/v1", "cronjobs", 0},
    {"Service", "/api/v1", "services", 0},
    {"PersistentVolumeClaim", "/api/v1", "persistentvolumeclaims", 0},
    {"Node", "/api/v1", "nodes", 1},
    {"Namespace", "/api/v1", "namespaces", 1},
};

static const struct resource *resource_of(const char *kind)
{
    for (size_t i = 0; i < COUNT_OF(resources); i++)
        if (strcmp(resources[i].kind, kind) == 0)
            return &resources[i];
    return NULL;
}

int kube_read_knows(const char *kind)
{
    return resource_of(kind) != NULL;
}

json_t *kube_read_object(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                         struct error *err)
{
    AUTO_STRBUF path = {0};
    const struct resource *resource = resource_of(kind);
    strbuf_puts(&path, resource->prefix);
    if (!resource->is_of_cluster)
        add_escaped(&path, "/namespaces/", ns);
    strbuf_printf(&path, "/%s", resource->name);
    add_escaped(&path, "/", name);
    return get(reader, &path, err);
}

/* ---- ReplicaSets ---- */

static void add_comma(struct strbuf *out)
{
    if (out->len > 0)
        strbuf_putc(out, ',');
}

/* "key in (a,b)", "key notin (a,b)", "key" or "!key"
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#list-and-watch-filtering */
static void add_expression(struct strbuf *out, const json_t *expression)
{
    const char *key = json_string_at(expression, "key"), *relation = json_string_at(expression, "operator");
    const json_t *values = json_object_get(expression, "values"), *value;
    size_t i;
    if (!key || !relation)
        return;
    add_comma(out);
    if (strcmp(relation, "Exists") == 0 || strcmp(relation, "DoesNotExist") == 0) {
        strbuf_printf(out, "%s%s", *relation == 'D' ? "!" : "", key);
        return;
    }
    strbuf_printf(out, "%s %s (", key, strcmp(relation, "NotIn") == 0 ? "notin" : "in");
    json_array_foreach(values, i, value) strbuf_printf(out, "%s%s", i ? "," : "", json_string_value(value));
    strbuf_putc(out, ')');
}

/* A LabelSelector as a query takes it. */
static void add_selector(struct strbuf *out, const json_t *selector)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach(json_object_get(selector, "matchLabels"), key, value)
    {
        add_comma(out);
        strbuf_printf(out, "%s=%s", key, json_string_value(value));
    }
    json_array_foreach(json_object_get(selector, "matchExpressions"), i, value) add_expression(out, value);
}

static int is_owned_by(const json_t *object, const char *uid)
{
    const json_t *owner;
    size_t i;
    json_array_foreach(json_at(object, "metadata.ownerReferences"), i, owner)
    {
        const char *owner_uid = json_string_at(owner, "uid");
        if (owner_uid && strcmp(owner_uid, uid) == 0 && json_true_at(owner, "controller"))
            return 1;
    }
    return 0;
}

/* The annotation's name has dots, which a path cannot say. */
static long revision_of(const json_t *replica_set)
{
    const char *revision =
        json_string_value(json_object_get(json_at(replica_set, "metadata.annotations"), REVISION));
    return revision ? strtol(revision, NULL, 10) : 0;
}

/* Before the first that is older, so that equal ones keep their order. */
static void insert_newest_first(json_t *array, json_t *replica_set)
{
    size_t place = 0;
    while (place < json_array_size(array) &&
           revision_of(json_array_get(array, place)) >= revision_of(replica_set))
        place++;
    json_array_insert(array, place, replica_set);
}

json_t *kube_read_replica_sets(struct kube_read *reader, const char *ns, const json_t *selector,
                               const char *owner_uid, struct error *err)
{
    AUTO_STRBUF path = {0}, query = {0};
    add_selector(&query, selector);
    add_escaped(&path, "/apis/apps/v1/namespaces/", ns);
    add_escaped(&path, "/replicasets?labelSelector=", strbuf_text(&query));
    AUTO_JSON *list = get(reader, &path, err);
    if (!list)
        return NULL;
    json_t *owned = json_array(), *replica_set;
    size_t i;
    json_array_foreach(json_object_get(list, "items"), i,
                       replica_set) if (is_owned_by(replica_set, owner_uid))
        insert_newest_first(owned, replica_set);
    return owned;
}

/* ---- Logs ---- */

/* 400: the container has not started, or had no run before. 404: the pod is gone. 500: its node does not
 * answer. */
static int is_without_log(const struct error *err)
{
    return err->status == 400 || err->status == 404 || err->status == 500;
}

/* What has arrived of a log, without what is too old. */
struct log_end {
    struct strbuf bytes;
    size_t read;
};

/* The API server's own limitBytes would cut off the end: it counts from the first of the last lines. */
static int take_log(void *context, const char *bytes, size_t len)
{
    struct log_end *end = context;
    strbuf_add(&end->bytes, bytes, len);
    if (end->bytes.len > 2 * LIMIT_LOG_BYTES)
        strbuf_drop(&end->bytes, end->bytes.len - LIMIT_LOG_BYTES);
    end->read += len;
    return end->read > LOG_READ_BYTES ? -1 : 0;
}

/* Appends the last LIMIT_LOG_BYTES of it, from a line's start on if it has one: half a secret may not be seen as one. */
static void add_end(const struct strbuf *log, struct strbuf *out)
{
    const char *from = strbuf_text(log);
    if (log->len > LIMIT_LOG_BYTES) {
        const char *cut = from + log->len - LIMIT_LOG_BYTES, *line = memchr(cut, '\n', LIMIT_LOG_BYTES);
        from = line ? line + 1 : cut;
    }
    strbuf_add(out, from, log->len - (size_t)(from - strbuf_text(log)));
}

int kube_read_log(struct kube_read *reader, const char *ns, const char *pod, const char *container,
                  int previous, int lines, struct strbuf *out, struct error *err)
{
    static const volatile int never = 0;
    AUTO_HTTP_RESPONSE response = {0};
    AUTO_STRBUF path = {0};
    struct log_end end = {0};
    add_escaped(&path, "/api/v1/namespaces/", ns);
    add_escaped(&path, "/pods/", pod);
    add_escaped(&path, "/log?container=", container);
    strbuf_printf(&path, "&previous=%s&tailLines=%d", previous ? "true" : "false", lines);
    struct kube_request request = {.method = "GET", .path = path.data, .accept = ACCEPT_TEXT};
    int result = kube_stream(reader->kube, &request, LOG_IDLE_MS, &never, take_log, &end, &response, err);
    if (!result)
        add_end(&end.bytes, out);
    strbuf_free(&end.bytes);
    return result && !is_without_log(err) ? -1 : 0;
}
