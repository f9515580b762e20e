/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/gather/labels.h"
#include "observer/gather/parts.h"

#define BUDGETS_READ 200 /* a large namespace has one for each of its workloads */

struct search {
    const struct sighting *sighting;
    struct strbuf *out;
};

static int put_autoscaler(void *context, const union facts *facts)
{
    const struct search *search = context;
    const struct autoscaler_facts *autoscaler = &facts->autoscaler;
    if (strcmp(autoscaler->ns, search->sighting->ns) == 0 &&
        strcmp(autoscaler->target_kind, search->sighting->kind) == 0 &&
        strcmp(autoscaler->target_name, search->sighting->name) == 0)
        strbuf_printf(search->out, "HorizontalPodAutoscaler %s sets the number of replicas\n",
                      autoscaler->name);
    return 0;
}

static void put_autoscalers(const struct visit *visit, struct strbuf *out)
{
    struct store *store = visit->gatherer->gaze->store;
    store_lock(store);
    store_each(store, STORE_AUTOSCALERS, put_autoscaler, &(struct search){visit->sighting, out});
    store_unlock(store);
}

static void put_bound(const json_t *spec, const char *name, struct strbuf *out)
{
    const json_t *bound = json_object_get(spec, name);
    if (json_is_string(bound))
        strbuf_printf(out, ", %s %s", name, json_string_value(bound));
    else if (json_is_integer(bound))
        strbuf_printf(out, ", %s %lld", name, (long long)json_integer_value(bound));
}

static void put_budget(const json_t *budget, struct strbuf *out)
{
    const char *name = json_string_at(budget, "metadata.name");
    strbuf_printf(
        out,
        "PodDisruptionBudget %s protects its pods: %lld may be taken now; %lld of them well, %lld must be",
        name ? name : "?", json_integer_at(budget, "status.disruptionsAllowed", 0),
        json_integer_at(budget, "status.currentHealthy", 0),
        json_integer_at(budget, "status.desiredHealthy", 0));
    put_bound(json_object_get(budget, "spec"), "minAvailable", out);
    put_bound(json_object_get(budget, "spec"), "maxUnavailable", out);
    strbuf_putc(out, '\n');
}

static void put_budgets(struct visit *visit, const json_t *labels, struct strbuf *out)
{
    struct error err;
    size_t i;
    const json_t *budget;
    AUTO_JSON *budgets =
        kube_read_some(visit->gatherer->reader, "PodDisruptionBudget", visit_ns(visit), BUDGETS_READ, &err);
    if (!budgets)
        visit_miss(visit, "policy", "the PodDisruptionBudgets", &err);
    json_array_foreach(budgets, i, budget) if (labels_match(labels, json_at(budget, "spec.selector")))
        put_budget(budget, out);
}

void gather_policy(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    const json_t *labels = json_at(visit_template(visit), "metadata.labels");
    put_autoscalers(visit, &out);
    if (labels && !visit->away)
        put_budgets(visit, labels, &out);
    evidence_add(visit->evidence, "policy", "K", &out);
}
