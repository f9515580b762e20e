/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/kube_read.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/version.h"
#include "common/schema/limits.h"
#include "observer/kube_read_internal.h"

#define ACCEPT_TEXT "application/json, */*" /* a log is plain text, a refusal JSON */
#define LOG_IDLE_MS 10000                   /* a node that says nothing for so long is away */
#define LOG_READ_BYTES                                                                                       \
    (16UL * 1024 * 1024) /* twice what so many lines can have: runtimes cut them at 16 KiB */
#define LOG_GONE "unable to retrieve container logs for " /* what a kubelet gives instead, with a 200 */
#define REVISION "deployment.kubernetes.io/revision"

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

void kube_read_add_name(struct strbuf *path, const char *before, const char *name)
{
    strbuf_puts(path, before);
    http_escape(path, name);
}

json_t *kube_read_json(struct kube_read *reader, const struct strbuf *path, const char *accept,
                       struct error *err)
{
    AUTO_HTTP_RESPONSE response = {0};
    struct kube_request request = {.method = "GET", .path = path->data, .accept = accept};
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
    {"ReplicaSet", "/apis/apps/v1", "replicasets", 0},
    {"StatefulSet", "/apis/apps/v1", "statefulsets", 0},
    {"DaemonSet", "/apis/apps/v1", "daemonsets", 0},
    {"ControllerRevision", "/apis/apps/v1", "controllerrevisions", 0},
    {"Job", "/apis/batch/v1", "jobs", 0},
    {"CronJob", "/apis/batch/v1", "cronjobs", 0},
    {"Service", "/api/v1", "services", 0},
    {"ConfigMap", "/api/v1", "configmaps", 0},
    {"Secret", "/api/v1", "secrets", 0},
    {"PersistentVolumeClaim", "/api/v1", "persistentvolumeclaims", 0},
    {"ResourceQuota", "/api/v1", "resourcequotas", 0},
    {"LimitRange", "/api/v1", "limitranges", 0},
    {"PodDisruptionBudget", "/apis/policy/v1", "poddisruptionbudgets", 0},
    {"StorageClass", "/apis/storage.k8s.io/v1", "storageclasses", 1},
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

/* Others have their own "Job". */
int kube_read_knows(const char *api_version, const char *kind)
{
    const struct resource *resource = resource_of(kind);
    AUTO_FREE char *prefix = xasprintf("/api%s/%s", strchr(api_version, '/') ? "s" : "", api_version);
    size_t group_len = (size_t)(strrchr(prefix, '/') - prefix) + 1;
    return resource && strncmp(resource->prefix, prefix, group_len) == 0;
}

void kube_read_add_path(struct strbuf *path, const char *kind, const char *ns, const char *name)
{
    const struct resource *resource = resource_of(kind);
    strbuf_puts(path, resource->prefix);
    if (!resource->is_of_cluster)
        kube_read_add_name(path, "/namespaces/", ns);
    strbuf_printf(path, "/%s", resource->name);
    if (name)
        kube_read_add_name(path, "/", name);
}

json_t *kube_read_object(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                         struct error *err)
{
    AUTO_STRBUF path = {0};
    kube_read_add_path(&path, kind, ns, name);
    return kube_read_json(reader, &path, NULL, err);
}

json_t *kube_read_some(struct kube_read *reader, const char *kind, const char *ns, int most,
                       struct error *err)
{
    AUTO_STRBUF path = {0};
    kube_read_add_path(&path, kind, ns, NULL);
    strbuf_printf(&path, "?limit=%d", most);
    AUTO_JSON *list = kube_read_json(reader, &path, NULL, err);
    json_t *items = json_object_get(list, "items");
    return list && !items ? json_array() : json_incref(items);
}

/* ---- Revisions ---- */

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

static const char *text_at(const json_t *object, const char *path)
{
    const char *text = json_string_at(object, path);
    return text ? text : "";
}

int kube_read_owner(const json_t *metadata, struct owner *out)
{
    const json_t *reference;
    size_t i;
    json_array_foreach(json_object_get(metadata, "ownerReferences"), i, reference)
    {
        if (!json_true_at(reference, "controller"))
            continue;
        *out = (struct owner){text_at(reference, "apiVersion"), text_at(reference, "kind"),
                              text_at(reference, "name"), text_at(reference, "uid")};
        return 1;
    }
    return 0;
}

static int is_owned_by(const json_t *object, const char *uid)
{
    struct owner owner;
    return kube_read_owner(json_object_get(object, "metadata"), &owner) && strcmp(owner.uid, uid) == 0;
}

/* Of a ControllerRevision a field; of a ReplicaSet an annotation, whose name has dots, which a path cannot say. */
static long long revision_of(const json_t *object)
{
    const char *revision =
        json_string_value(json_object_get(json_at(object, "metadata.annotations"), REVISION));
    return revision ? strtoll(revision, NULL, 10) : json_integer_at(object, "revision", 0);
}

/* Before the first that is older, so that equal ones keep their order. */
static void insert_newest_first(json_t *array, json_t *object)
{
    size_t place = 0;
    while (place < json_array_size(array) && revision_of(json_array_get(array, place)) >= revision_of(object))
        place++;
    json_array_insert(array, place, object);
}

json_t *kube_read_revisions(struct kube_read *reader, const char *kind, const char *ns,
                            const json_t *selector, const char *owner_uid, struct error *err)
{
    AUTO_STRBUF path = {0}, query = {0};
    int are_sets = strcmp(kind, "Deployment") == 0;
    add_selector(&query, selector);
    kube_read_add_path(&path, are_sets ? "ReplicaSet" : "ControllerRevision", ns, NULL);
    kube_read_add_name(&path, "?labelSelector=", strbuf_text(&query));
    AUTO_JSON *list = kube_read_json(reader, &path, NULL, err);
    if (!list)
        return NULL;
    json_t *owned = json_array(), *object;
    size_t i;
    json_array_foreach(json_object_get(list, "items"), i, object) if (is_owned_by(object, owner_uid))
        insert_newest_first(owned, object);
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
    if (strncmp(from, LOG_GONE, strlen(LOG_GONE)) == 0)
        return;
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
    kube_read_add_name(&path, "/api/v1/namespaces/", ns);
    kube_read_add_name(&path, "/pods/", pod);
    kube_read_add_name(&path, "/log?container=", container);
    strbuf_printf(&path, "&previous=%s&tailLines=%d", previous ? "true" : "false", lines);
    struct kube_request request = {.method = "GET", .path = path.data, .accept = ACCEPT_TEXT};
    int result = kube_stream(reader->kube, &request, LOG_IDLE_MS, &never, take_log, &end, &response, err);
    if (!result)
        add_end(&end.bytes, out);
    strbuf_free(&end.bytes);
    return result && !is_without_log(err) ? -1 : 0;
}
