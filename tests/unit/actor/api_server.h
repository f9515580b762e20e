/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny API server on loopback for the actor's tests: keeps objects by path, applies JSON patches with their
 * tests, evicts, and writes down what it was asked. One a program, one test at a time.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <microhttpd.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"

static struct api_server {
    struct MHD_Daemon *daemon;
    struct kube_config *config;
    struct kube *kube;
    json_t *objects;        /* path → object */
    struct strbuf requests; /* "PATCH /apis/…?…\n" */
    json_t *patch;          /* the last one */
    int version;            /* the last resourceVersion given */
    int disturb;            /* writes before which somebody else changes the object */
    int lose;               /* writes for real that are done, but answered 504 */
    int skip;               /* of the writes that would be refused, the first ones that are not */
    int refuse;             /* writes that are answered so: */
    const char *refuse_part;
    unsigned refuse_status;
    char *refuse_body;
    unsigned refuse_reads;          /* how every GET is answered; 0 = as it should be */
    void (*on_dry_run)(int frozen); /* what happens meanwhile: called with 1 */
    const char *rest;               /* "" = each list is complete */
} api_server;

/* JSON text with ' for ", which makes tests readable. */
static inline json_t *api_json(const char *text)
{
    AUTO_FREE char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_error_t why;
    json_t *value = json_loads(copy, JSON_DECODE_ANY, &why);
    if (!value)
        fail_msg("%s in %s", why.text, copy);
    return value;
}

static inline void api_bump(json_t *object)
{
    AUTO_FREE char *version = xasprintf("%d", ++api_server.version);
    json_object_set_new(json_object_get(object, "metadata"), "resourceVersion", json_string(version));
}

static inline void api_new_generation(json_t *object)
{
    long long generation = json_integer_at(object, "metadata.generation", 0);
    json_object_set_new(json_object_get(object, "metadata"), "generation", json_integer(generation + 1));
    api_bump(object);
}

/* The container of the pointer's last part, which goes to key. */
static inline json_t *api_parent(json_t *object, const char *pointer, char key[256])
{
    AUTO_FREE char *copy = xstrdup(pointer + 1);
    char *rest = copy, *part;
    while ((part = strsep(&rest, "/")) && rest)
        object = json_is_array(object) ? json_array_get(object, (size_t)atoi(part))
                                       : json_object_get(object, part);
    size_t len = 0;
    for (const char *c = part; *c; c++)
        key[len++] = *c == '~' ? (*++c == '1' ? '/' : '~') : *c;
    key[len] = '\0';
    return object;
}

static inline void api_put_in(json_t *parent, const char *key, json_t *value, int is_new)
{
    size_t index = strcmp(key, "-") == 0 ? json_array_size(parent) : (size_t)atoi(key);
    if (!json_is_array(parent))
        json_object_set(parent, key, value);
    else if (is_new)
        json_array_insert(parent, index, value);
    else
        json_array_set(parent, index, value);
}

static inline void api_remove_from(json_t *parent, const char *key)
{
    if (json_is_array(parent))
        json_array_remove(parent, (size_t)atoi(key));
    else
        json_object_del(parent, key);
}

/* RFC 6902, as far as the actor uses it; 0 = a test failed. */
static inline int api_patch(json_t *object, const json_t *patch)
{
    for (size_t i = 0; i < json_array_size(patch); i++) {
        const json_t *step = json_array_get(patch, i);
        const char *op = json_string_at(step, "op");
        json_t *value = json_object_get(step, "value");
        char key[256];
        json_t *parent = api_parent(object, json_string_at(step, "path"), key);
        json_t *now =
            json_is_array(parent) ? json_array_get(parent, (size_t)atoi(key)) : json_object_get(parent, key);
        int is_new = strcmp(op, "add") == 0;
        if (!parent || (!is_new && !now) || (strcmp(op, "test") == 0 && !json_equal(now, value)))
            return 0;
        if (strcmp(op, "remove") == 0)
            api_remove_from(parent, key);
        else if (strcmp(op, "test") != 0)
            api_put_in(parent, key, value, is_new);
    }
    return 1;
}

static inline int api_ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);
    return len > end_len && strcmp(path + len - end_len, end) == 0;
}

/* The autoscaling/v1 Scale of the object below this path; NULL = there is none. A new reference. */
static inline json_t *api_scale(const char *path)
{
    AUTO_FREE char *of = xstrndup(path, strlen(path) - strlen("/scale"));
    const json_t *object = json_object_get(api_server.objects, of);
    return object ? json_pack("{s:s, s:{s:O, s:O, s:O}, s:{s:O}}", "kind", "Scale", "metadata", "name",
                              json_at(object, "metadata.name"), "uid", json_at(object, "metadata.uid"),
                              "resourceVersion", json_at(object, "metadata.resourceVersion"), "spec",
                              "replicas", json_at(object, "spec.replicas"))
                  : NULL;
}

/* Of a Scale nothing but the number is kept, as in Kubernetes. */
static inline unsigned api_do_scale(const char *path, const json_t *body, int dry, json_t **answer)
{
    AUTO_FREE char *of = xstrndup(path, strlen(path) - strlen("/scale"));
    json_t *object = json_object_get(api_server.objects, of);
    AUTO_JSON *scale = api_scale(path);
    if (!scale)
        return 404;
    if (!api_patch(scale, body))
        return 422;
    if (!dry)
        json_object_set(json_object_get(object, "spec"), "replicas", json_at(scale, "spec.replicas"));
    if (!dry)
        api_new_generation(object);
    *answer = json_incref(scale);
    return 200;
}

/* RFC 7386, for annotations. Those of a Deployment count as its specification. */
static inline unsigned api_do_mark(json_t *object, const json_t *body, int dry, json_t **answer)
{
    const char *uid = json_string_at(body, "metadata.uid"), *key;
    json_t *copy = *answer = json_deep_copy(object), *value;
    json_t *metadata = json_object_get(copy, "metadata");
    if (!uid || strcmp(uid, json_string_at(object, "metadata.uid")) != 0)
        return 422;
    if (!json_object_get(metadata, "annotations"))
        json_object_set_new(metadata, "annotations", json_object());
    json_object_foreach(json_at(body, "metadata.annotations"), key, value)
    {
        if (json_is_null(value))
            json_object_del(json_object_get(metadata, "annotations"), key);
        else
            json_object_set(json_object_get(metadata, "annotations"), key, value);
    }
    if (!dry)
        json_object_update(object, copy);
    if (!dry && strcmp(json_string_at(object, "kind"), "Deployment") == 0)
        api_new_generation(object);
    return 200;
}

static inline unsigned api_do_patch(const char *path, const json_t *body, int dry, json_t **answer)
{
    json_t *object = json_object_get(api_server.objects, path);
    if (api_ends_with(path, "/scale"))
        return api_do_scale(path, body, dry, answer);
    if (!object)
        return 404;
    if (json_is_object(body))
        return api_do_mark(object, body, dry, answer);
    json_decref(api_server.patch);
    api_server.patch = json_deep_copy(body);
    if (api_server.disturb > 0 && api_server.disturb--)
        api_bump(object);
    AUTO_JSON *copy = json_deep_copy(object);
    if (!api_patch(copy, body))
        return 422;
    if (!dry)
        api_new_generation(copy);
    if (!dry)
        json_object_set(api_server.objects, path, copy);
    *answer = json_incref(copy);
    return 200;
}

/* The objects right below a path, where that is a kind's; KEDA is there as soon as it has objects. */
static inline json_t *api_list(const char *path)
{
    static const char *const kinds[] = {"/deployments", "/statefulsets", "/horizontalpodautoscalers"};
    int is_kind = 0;
    json_t *items = json_array(), *object;
    const char *key;
    size_t len = strlen(path);
    json_object_foreach(api_server.objects, key, object)
    {
        if (strncmp(key, path, len) == 0 && key[len] == '/' && !strchr(key + len + 1, '/'))
            json_array_append(items, object);
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        is_kind |= api_ends_with(path, kinds[i]);
    is_kind |= api_ends_with(path, "/scaledobjects") && json_array_size(items) > 0;
    json_t *list =
        is_kind ? json_pack("{s:{s:s}, s:O}", "metadata", "continue", api_server.rest, "items", items) : NULL;
    json_decref(items);
    return list;
}

static inline json_t *api_read(const char *path)
{
    json_t *object = json_object_get(api_server.objects, path);
    if (object)
        return json_incref(object);
    return api_ends_with(path, "/scale") ? api_scale(path) : api_list(path);
}

static inline unsigned api_do_evict(const char *path, const json_t *body, int dry)
{
    AUTO_FREE char *pod = xstrndup(path, strlen(path) - strlen("/eviction"));
    json_t *object = json_object_get(api_server.objects, pod);
    if (!object)
        return 404;
    if (api_server.disturb > 0 && api_server.disturb--)
        api_bump(object);
    if (!json_equal(json_at(body, "deleteOptions.preconditions.uid"), json_at(object, "metadata.uid")) ||
        !json_equal(json_at(body, "deleteOptions.preconditions.resourceVersion"),
                    json_at(object, "metadata.resourceVersion")))
        return 409;
    if (!dry)
        json_object_del(api_server.objects, pod);
    return 201;
}

static inline unsigned api_write(const char *method, const char *path, const json_t *body, int dry,
                                 json_t **answer)
{
    if (strcmp(method, "PATCH") == 0)
        return api_do_patch(path, body, dry, answer);
    if (strstr(path, "/eviction"))
        return api_do_evict(path, body, dry);
    return dry ? 201 : 500; /* a pod is only ever tried */
}

static inline unsigned api_handle(const char *method, const char *path, const char *query,
                                  const struct strbuf *body, json_t **answer)
{
    struct error err;
    int dry = strstr(query, "dryRun=All") != NULL;
    if (strcmp(method, "GET") == 0 && api_server.refuse_reads)
        return api_server.refuse_reads;
    if (strcmp(method, "GET") == 0) {
        *answer = api_read(path);
        return *answer ? 200 : 404;
    }
    if (api_server.refuse > 0 && strstr(path, api_server.refuse_part) && api_server.skip-- <= 0 &&
        api_server.refuse--) {
        *answer = api_json(api_server.refuse_body);
        return api_server.refuse_status;
    }
    AUTO_JSON *json = json_read(strbuf_text(body), body->len, &err);
    if (dry && api_server.on_dry_run)
        api_server.on_dry_run(1);
    unsigned status = api_write(method, path, json, dry, answer);
    return !dry && api_server.lose > 0 && api_server.lose-- ? 504 : status;
}

static inline enum MHD_Result api_keep_query(void *query, enum MHD_ValueKind kind, const char *key,
                                             const char *value)
{
    (void)kind;
    strbuf_printf(query, "%s%s=%s", ((struct strbuf *)query)->len ? "&" : "?", key, value);
    return MHD_YES;
}

static inline enum MHD_Result api_on_request(void *context, struct MHD_Connection *connection,
                                             const char *path, const char *method, const char *version,
                                             const char *upload, size_t *upload_len, void **state)
{
    (void)context, (void)version;
    if (!*state) {
        *state = xcalloc(1, sizeof(struct strbuf));
        return MHD_YES;
    }
    if (*upload_len) {
        strbuf_add(*state, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    AUTO_STRBUF query = {0}, text = {0};
    AUTO_JSON *answer = NULL;
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, api_keep_query, &query);
    strbuf_printf(&api_server.requests, "%s %s%s\n", method, path, strbuf_text(&query));
    unsigned status = api_handle(method, path, strbuf_text(&query), *state, &answer);
    strbuf_free(*state);
    free(*state);
    if (!answer)
        answer = json_pack("{s:s, s:s}", "kind", "Status", "message", "said the test's API server");
    json_write(answer, &text);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text.len, text.data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Audit-Id", "audit-1");
    MHD_add_response_header(response, "Warning", "299 - \"that is deprecated\"");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* The address that the listener got, in a kubeconfig. */
static inline void api_connect(void)
{
    char path[] = "/tmp/aegiops-test-XXXXXX";
    unsigned port = MHD_get_daemon_info(api_server.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    int fd = mkstemp(path);
    dprintf(fd,
            "apiVersion: v1\nkind: Config\ncurrent-context: t\n"
            "clusters: [{name: t, cluster: {server: \"http://127.0.0.1:%u\"}}]\n"
            "contexts: [{name: t, context: {cluster: t, user: t}}]\nusers: [{name: t, user: {token: x}}]\n",
            port);
    close(fd);
    struct kube_options options = {.kubeconfig = path, .context = (char[]){""}};
    struct error err;
    api_server.config = kube_config_read(&options, &err);
    unlink(path);
    if (!api_server.config)
        fail_msg("%s", err.text);
    api_server.kube = kube_open(api_server.config, "test");
}

static inline int api_server_open(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    http_start();
    api_server.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, api_on_request, NULL,
                                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    assert_non_null(api_server.daemon);
    api_connect();
    return 0;
}

static inline int api_server_close(void **state)
{
    (void)state;
    kube_close(api_server.kube);
    kube_config_free(api_server.config);
    MHD_stop_daemon(api_server.daemon);
    return 0;
}

/* Forgets all objects and requests. */
static inline int api_server_reset(void **state)
{
    (void)state;
    json_decref(api_server.objects);
    api_server.objects = json_object();
    strbuf_clear(&api_server.requests);
    api_server.disturb = api_server.lose = api_server.refuse = api_server.skip = 0;
    api_server.rest = "";
    api_server.refuse_reads = 0;
    api_server.on_dry_run = NULL;
    return 0;
}

static inline int api_server_clear(void **state)
{
    (void)state;
    json_decref(api_server.objects);
    json_decref(api_server.patch);
    api_server.objects = api_server.patch = NULL;
    strbuf_free(&api_server.requests);
    free(api_server.refuse_body);
    api_server.refuse_body = NULL;
    return 0;
}

/* Puts an object at its path. */
static inline void api_server_put(const char *path, const char *json)
{
    json_t *object = api_json(json);
    api_bump(object);
    json_object_set_new(api_server.objects, path, object);
}

/* The object at a path; borrowed. */
static inline json_t *api_server_get(const char *path)
{
    return json_object_get(api_server.objects, path);
}

/* The next count writes whose path contains part are answered so instead. */
static inline void api_server_refuse(const char *part, int count, unsigned status, const char *body)
{
    free(api_server.refuse_body);
    api_server.refuse = count;
    api_server.refuse_part = part;
    api_server.refuse_status = status;
    api_server.refuse_body = xstrdup(body);
}

/* How many requests begin with prefix and contain part. */
static inline int api_server_count(const char *prefix, const char *part)
{
    AUTO_FREE char *copy = xstrdup(strbuf_text(&api_server.requests));
    char *rest = copy, *line;
    int count = 0;
    while ((line = strsep(&rest, "\n")))
        count += strncmp(line, prefix, strlen(prefix)) == 0 && strstr(line, part) != NULL;
    return count;
}

/* Writes that were not dry runs. */
static inline int api_server_effects(void)
{
    int writes = api_server_count("PATCH", "") + api_server_count("POST", "");
    return writes - api_server_count("PATCH", "dryRun=All") - api_server_count("POST", "dryRun=All");
}
