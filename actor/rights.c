/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/rights.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/json.h"

#define PATH "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
#define TEMPLATES "rollback, restart_rollout, set_resources, set_image, set_env, set_probe"
#define NAMESPACES "quarantine_namespace, restore_namespace"

/* As deploy/kubernetes/roles.yaml grants them. */
static const struct right {
    const char *verb, *group, *resource, *subresource, *of;
} rights[] = {
    {"get", "", "namespaces", "", "every action"},
    {"get", "apps", "deployments", "", "every action"},
    {"get", "apps", "statefulsets", "", "every action"},
    {"get", "apps", "daemonsets", "", "every action"},
    {"patch", "apps", "deployments", "", TEMPLATES ", " NAMESPACES},
    {"patch", "apps", "statefulsets", "", TEMPLATES ", " NAMESPACES},
    {"patch", "apps", "daemonsets", "", TEMPLATES},
    {"get", "apps", "replicasets", "", "delete_pod, rollback, set_image, set_env"},
    {"get", "apps", "controllerrevisions", "", "rollback, set_image, set_env"},
    {"get", "", "pods", "", "delete_pod"},
    {"create", "", "pods", "eviction", "delete_pod"},
    {"create", "", "pods", "", "trying a changed template as a dry run"},
    {"get", "apps", "deployments", "scale", "scale"},
    {"patch", "apps", "deployments", "scale", "scale"},
    {"get", "apps", "statefulsets", "scale", "scale"},
    {"patch", "apps", "statefulsets", "scale", "scale"},
    {"list", "autoscaling", "horizontalpodautoscalers", "", "scale, " NAMESPACES},
    {"list", "apps", "deployments", "", NAMESPACES},
    {"list", "apps", "statefulsets", "", NAMESPACES},
};

/* 1 = it is allowed, 0 = it is not, -1 = err. */
static int ask(struct kube *kube, const struct right *right, struct error *err)
{
    AUTO_JSON *body =
        json_pack("{s:s, s:s, s:{s:{s:s, s:s, s:s, s:s}}}", "apiVersion", "authorization.k8s.io/v1", "kind",
                  "SelfSubjectAccessReview", "spec", "resourceAttributes", "verb", right->verb, "group",
                  right->group, "resource", right->resource, "subresource", right->subresource);
    AUTO_STRBUF text = {0};
    AUTO_HTTP_RESPONSE response = {0};
    json_write(body, &text);
    struct kube_request request = {.method = "POST",
                                   .path = PATH,
                                   .content_type = "application/json",
                                   .body = text.data,
                                   .body_len = text.len};
    if (kube_send(kube, &request, &response, err))
        return -1;
    AUTO_JSON *answer = json_read(strbuf_text(&response.body), response.body.len, err);
    return answer ? json_true_at(answer, "status.allowed") : -1;
}

int rights_missing(struct kube *kube, struct strbuf *out, struct error *err)
{
    int missing = 0;
    for (size_t i = 0; i < COUNT_OF(rights); i++) {
        const struct right *right = &rights[i];
        int allowed = ask(kube, right, err);
        if (allowed < 0)
            return -1;
        if (allowed)
            continue;
        strbuf_printf(out, "%s%s %s%s%s%s%s (%s)", missing ? "; " : "", right->verb, right->resource,
                      *right->subresource ? "/" : "", right->subresource, *right->group ? "." : "",
                      right->group, right->of);
        missing++;
    }
    return missing;
}
