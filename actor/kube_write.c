/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/kube_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

static const struct verb {
    const char *method, *content_type;
    int only_dry;
} verbs[] = {
    [WRITE_PATCH] = {"PATCH", "application/json-patch+json", 0},
    [WRITE_MARK] = {"PATCH", "application/merge-patch+json", 0},
    [WRITE_EVICT] = {"POST", "application/json", 0},
    [WRITE_TRY_POD] = {"POST", "application/json", 1},
};

void answer_free(struct answer *answer)
{
    json_decref(answer->object);
    strbuf_free(&answer->warnings);
    *answer = (struct answer){0};
}

static void add_segment(struct strbuf *path, const char *segment)
{
    if (!segment)
        return;
    strbuf_putc(path, '/');
    http_escape(path, segment);
}

char *kube_path(const char *api, const char *ns, const char *resource, const char *name,
                const char *subresource)
{
    AUTO_STRBUF path = {0};
    strbuf_printf(&path, "%s/namespaces", api);
    add_segment(&path, ns);
    add_segment(&path, resource);
    add_segment(&path, name);
    add_segment(&path, subresource);
    return strbuf_take(&path);
}

int kube_get(struct kube *kube, const char *path, json_t **out, struct error *err)
{
    struct kube_request request = {.method = "GET", .path = path};
    AUTO_HTTP_RESPONSE response = {0};
    if (kube_send(kube, &request, &response, err))
        return err->status == 404 ? 0 : -1;
    *out = json_read(response.body.data, response.body.len, err);
    return *out ? 1 : wrap(err, "the answer to GET %s", path);
}

int kube_list(struct kube *kube, const char *path, json_t **out, struct error *err)
{
    AUTO_JSON *list = NULL;
    AUTO_FREE char *full_path = xasprintf("%s?limit=%d", path, KUBE_LIST_MOST);
    int found = kube_get(kube, full_path, &list, err);
    if (found <= 0)
        return found;
    const char *rest = json_string_at(list, "metadata.continue");
    if (rest && *rest)
        return fail(err, ERROR_REJECT,
                    "there are more than %d objects at %s, which is too many to look through", KUBE_LIST_MOST,
                    path);
    *out = json_incref(json_object_get(list, "items"));
    return *out ? 1 : fail(err, ERROR_REJECT, "the answer to GET %s is no list", path);
}

static char *query(const char *path, const struct verb *verb, enum write_mode mode)
{
    int dry = verb->only_dry || mode == WRITE_DRY_RUN;
    return xasprintf("%s?fieldManager=" FIELD_MANAGER "&fieldValidation=Strict%s", path,
                     dry ? "&dryRun=All" : "");
}

static void keep(struct answer *answer, struct http_response *response)
{
    struct error unreadable; /* the status code stands on its own */
    answer_free(answer);
    answer->object = json_read(strbuf_text(&response->body), response->body.len, &unreadable);
    snprintf(answer->audit_id, sizeof answer->audit_id, "%s", response->audit_id);
    strbuf_add(&answer->warnings, strbuf_text(&response->warnings), response->warnings.len);
}

int kube_write(struct kube *kube, enum write_verb verb, const char *path, const json_t *body,
               enum write_mode mode, struct answer *answer, struct error *err)
{
    AUTO_FREE char *full_path = query(path, &verbs[verb], mode);
    AUTO_STRBUF text = {0};
    AUTO_HTTP_RESPONSE response = {0};
    json_write(body, &text);
    struct kube_request request = {.method = verbs[verb].method,
                                   .path = full_path,
                                   .content_type = verbs[verb].content_type,
                                   .body = text.data,
                                   .body_len = text.len};
    int failed = kube_send(kube, &request, &response, err);
    keep(answer, &response);
    return failed;
}
