/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/gather/parts.h"

#define CONTAINERS_SHOWN 3 /* where none of them is known to be at fault */

/* ---- Fields ---- */

static int is_empty(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static void put_value(const json_t *value, struct strbuf *out)
{
    if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
    else
        json_write(value, out);
}

/* "name: value", whatever it is. */
static void put_field(const json_t *object, const char *name, struct strbuf *out)
{
    const json_t *value = json_object_get(object, name);
    if (is_empty(value))
        return;
    strbuf_printf(out, "%s: ", name);
    put_value(value, out);
    strbuf_putc(out, '\n');
}

static void put_fields(const json_t *object, const char *const names[], struct strbuf *out)
{
    for (size_t i = 0; names[i]; i++)
        put_field(object, names[i], out);
}

/* "name: a, b", put together by each. */
static void put_list(const json_t *object, const char *name, const char *title,
                     void (*each)(const json_t *item, struct strbuf *out), struct strbuf *out)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(object, name), i, item)
    {
        strbuf_printf(out, "%s%s", i ? ", " : title, i ? "" : ": ");
        each(item, out);
    }
    if (i > 0)
        strbuf_putc(out, '\n');
}

static void put_part(const json_t *object, const char *before, const char *path, struct strbuf *out)
{
    const json_t *value = json_at(object, path);
    if (is_empty(value))
        return;
    strbuf_puts(out, before);
    put_value(value, out);
}

static void put_name(const json_t *item, struct strbuf *out)
{
    put_part(item, "", "name", out);
}

/* ---- A container ---- */

static void put_port(const json_t *port, struct strbuf *out)
{
    put_part(port, "", "name", out);
    put_part(port, json_object_get(port, "name") ? " " : "", "containerPort", out);
    put_part(port, "/", "protocol", out);
}

static void put_mount(const json_t *mount, struct strbuf *out)
{
    put_part(mount, "", "name", out);
    put_part(mount, " at ", "mountPath", out);
    put_part(mount, ", part ", "subPath", out);
    if (json_true_at(mount, "readOnly"))
        strbuf_puts(out, " (read-only)");
}

/* What a variable is called, and where its value comes from, but never the value. */
static void put_variable(const json_t *variable, struct strbuf *out)
{
    static const struct {
        const char *name, *key, *kind;
    } sources[] = {
        {"valueFrom.configMapKeyRef.name", "valueFrom.configMapKeyRef.key", "ConfigMap"},
        {"valueFrom.secretKeyRef.name", "valueFrom.secretKeyRef.key", "Secret"},
    };
    put_part(variable, "", "name", out);
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (json_at(variable, sources[i].key)) {
            strbuf_printf(out, " from %s ", sources[i].kind);
            put_part(variable, "", sources[i].name, out);
            put_part(variable, "/", sources[i].key, out);
        }
}

/* Headers of a request may carry a password, so they are left out. */
static void put_handler(const json_t *handler, struct strbuf *out)
{
    put_part(handler, "exec ", "exec.command", out);
    put_part(handler, "GET ", "httpGet.scheme", out);
    put_part(handler, " ", "httpGet.host", out);
    put_part(handler, " port ", "httpGet.port", out);
    put_part(handler, " ", "httpGet.path", out);
    put_part(handler, "TCP port ", "tcpSocket.port", out);
    put_part(handler, "gRPC port ", "grpc.port", out);
    put_part(handler, "sleep ", "sleep.seconds", out);
}

static void put_probe(const json_t *container, const char *name, struct strbuf *out)
{
    static const char *const times[] = {"initialDelaySeconds", "periodSeconds", "timeoutSeconds",
                                        "failureThreshold"};
    const json_t *probe = json_object_get(container, name);
    if (!probe)
        return;
    strbuf_printf(out, "%s: ", name);
    put_handler(probe, out);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        AUTO_FREE char *before = xasprintf(", %s ", times[i]);
        put_part(probe, before, times[i], out);
    }
    strbuf_putc(out, '\n');
}

static void put_hook(const json_t *container, const char *path, struct strbuf *out)
{
    const json_t *hook = json_at(container, path);
    if (!hook)
        return;
    strbuf_printf(out, "%s: ", path);
    put_handler(hook, out);
    strbuf_putc(out, '\n');
}

static void put_container(const json_t *container, struct strbuf *out)
{
    static const char *const fields[] = {
        "name", "image",      "imagePullPolicy", "restartPolicy",   "command",
        "args", "workingDir", "resources",       "securityContext", NULL};
    put_fields(container, fields, out);
    put_list(container, "ports", "ports", put_port, out);
    put_probe(container, "startupProbe", out);
    put_probe(container, "readinessProbe", out);
    put_probe(container, "livenessProbe", out);
    put_hook(container, "lifecycle.postStart", out);
    put_hook(container, "lifecycle.preStop", out);
    put_list(container, "volumeMounts", "volumeMounts", put_mount, out);
    put_list(container, "env", "env (names only)", put_variable, out);
    put_field(container, "envFrom", out);
}

static void put_containers(const struct visit *visit, struct strbuf *out)
{
    const json_t *template = visit_template(visit), *containers = json_at(template, "spec.containers");
    if (visit->witness && *visit->witness->container.name) {
        put_container(container_in(template, visit->witness->container.name), out);
        return;
    }
    for (size_t i = 0; i < json_array_size(containers) && i < CONTAINERS_SHOWN; i++)
        put_container(json_array_get(containers, i), out);
}

/* ---- The pod around it ---- */

/* "data: persistentVolumeClaim web-data": its source, and what that refers to. */
static void put_volume(const json_t *volume, struct strbuf *out)
{
    static const char *const references[] = {"name", "secretName", "claimName", "path", "driver", "server"};
    const char *key;
    json_t *source;
    put_part(volume, "", "name", out);
    json_object_foreach((json_t *)volume, key, source)
    {
        if (!json_is_object(source))
            continue;
        strbuf_printf(out, ": %s", key);
        for (size_t i = 0; i < COUNT_OF(references); i++)
            put_part(source, " ", references[i], out);
    }
}

static void put_pod(const struct visit *visit, struct strbuf *out)
{
    static const char *const fields[] = {
        "serviceAccountName",    "restartPolicy",     "terminationGracePeriodSeconds",
        "activeDeadlineSeconds", "priorityClassName", "runtimeClassName",
        "hostNetwork",           "securityContext",   NULL};
    static const char *const placement[] = {"schedulerName",
                                            "nodeName",
                                            "nodeSelector",
                                            "tolerations",
                                            "affinity",
                                            "topologySpreadConstraints",
                                            NULL};
    static const char *const unplaced[] = {CLASS_UNSCHEDULABLE, CLASS_PREEMPTED, CLASS_ADMISSION, NULL};
    const json_t *pod = json_object_get(visit_template(visit), "spec");
    put_fields(pod, fields, out);
    put_list(pod, "initContainers", "initContainers", put_name, out);
    put_list(pod, "containers", "containers", put_name, out);
    put_list(pod, "imagePullSecrets", "imagePullSecrets", put_name, out);
    put_list(pod, "volumes", "volumes", put_volume, out);
    if (visit_is(visit, unplaced))
        put_fields(pod, placement, out);
}

/* ---- What makes pods ---- */

static void put_maker(const struct visit *visit, struct strbuf *out)
{
    static const char *const fields[] = {"strategy",
                                         "updateStrategy",
                                         "podManagementPolicy",
                                         "minReadySeconds",
                                         "progressDeadlineSeconds",
                                         "paused",
                                         "schedule",
                                         "timeZone",
                                         "concurrencyPolicy",
                                         "startingDeadlineSeconds",
                                         "suspend",
                                         "completions",
                                         "backoffLimit",
                                         "activeDeadlineSeconds",
                                         "podFailurePolicy",
                                         NULL};
    const json_t *spec = json_object_get(visit->object, "spec");
    if (json_object_get(spec, "template") || json_object_get(spec, "jobTemplate"))
        put_fields(spec, fields, out);
    put_fields(json_at(spec, "jobTemplate.spec"), fields, out);
}

/* What keeps it, or its pod, from going. */
static void put_finalizers(struct visit *visit, struct strbuf *out)
{
    static const char *const stuck[] = {CLASS_STUCK_DELETING, NULL};
    struct error err;
    const json_t *object = visit->object;
    AUTO_JSON *pod = NULL;
    if (visit_is(visit, stuck) && visit->witness && !visit->away) {
        pod =
            kube_read_object(visit->gatherer->reader, "Pod", visit_ns(visit), visit->witness->pod.name, &err);
        if (!pod)
            visit_miss(visit, "spec", "the Pod", &err);
        object = pod;
    }
    if (json_at(object, "metadata.deletionTimestamp"))
        put_field(json_object_get(object, "metadata"), "finalizers", out);
}

void gather_spec(struct visit *visit)
{
    AUTO_STRBUF container = {0}, around = {0};
    put_containers(visit, &container);
    put_finalizers(visit, &around);
    put_maker(visit, &around);
    put_pod(visit, &around);
    evidence_add(visit->evidence, "spec", "K", &container);
    evidence_add(visit->evidence, "spec", "K", &around);
}
