/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/gather/parts.h"

#define NODES_READ 50     /* whose room is looked at: a sample is enough to see that none is large enough */
#define NODES_DIFFERING 8 /* kinds of nodes that are told apart */

static const char *const of_placement[] = {CLASS_UNSCHEDULABLE, CLASS_PREEMPTED, CLASS_ADMISSION, NULL};

/* ---- The nodes that its pods are on ---- */

static void put_complaint(const char *before, const struct complaint *complaint, struct strbuf *out)
{
    char at[CLOCK_RFC3339_SIZE];
    if (*complaint->reason)
        strbuf_printf(out, "%s%s since %s", before, complaint->reason,
                      clock_rfc3339(complaint->since_ms, at));
}

static void put_node(const char *name, const struct node_facts *node, struct strbuf *out)
{
    strbuf_printf(out, "node %s: ", name);
    if (!node) {
        strbuf_puts(out, "does not exist\n");
        return;
    }
    strbuf_puts(out, *node->unready.reason ? "not ready" : "ready");
    put_complaint(", ", &node->unready, out);
    put_complaint("; ", &node->pressure, out);
    if (!*node->pressure.reason)
        strbuf_puts(out, ", no pressure");
    strbuf_puts(out, node->cordoned ? ", cordoned\n" : "\n");
}

/* Each node once. */
static void put_node_of(const struct visit *visit, const struct sick_pod *pods, size_t index,
                        struct strbuf *out)
{
    const char *name = pods[index].pod.node;
    const union facts *node = *name ? store_object(visit->gatherer->gaze->store, STORE_NODES, name) : NULL;
    for (size_t i = 0; i < index; i++)
        if (strcmp(pods[i].pod.node, name) == 0)
            return;
    if (*name)
        put_node(name, node ? &node->node : NULL, out);
}

static void put_nodes(const struct visit *visit, struct strbuf *out)
{
    const struct finding *finding = visit->finding;
    struct store *store = visit->gatherer->gaze->store;
    store_lock(store);
    for (size_t i = 0; i < finding->sample_count; i++)
        put_node_of(visit, finding->samples, i, out);
    if (finding->sample_count == 0 && visit->witness)
        put_node_of(visit, visit->witness, 0, out);
    store_unlock(store);
}

/* ---- What nodes have to give ---- */

static void put_amounts(const json_t *amounts, struct strbuf *out)
{
    static const char *const shown[] = {"cpu", "memory", "ephemeral-storage", "nvidia.com/gpu", "pods"};
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        const char *amount = json_string_value(json_object_get(amounts, shown[i]));
        if (amount)
            strbuf_printf(out, "%s%s %s", count++ ? ", " : "", shown[i], amount);
    }
    if (count == 0)
        strbuf_puts(out, "nothing");
}

static void put_requests(const json_t *template, struct strbuf *out)
{
    static const char *const lists[] = {"spec.initContainers", "spec.containers"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t j;
        const json_t *container;
        json_array_foreach(json_at(template, lists[i]), j, container)
        {
            const char *name = json_string_at(container, "name");
            strbuf_printf(out, "container %s requests ", name ? name : "?");
            put_amounts(json_at(container, "resources.requests"), out);
            strbuf_putc(out, '\n');
        }
    }
}

static void put_taints(const json_t *node, struct strbuf *out)
{
    size_t i;
    const json_t *taint;
    json_array_foreach(json_at(node, "spec.taints"), i, taint)
    {
        const char *key = json_string_at(taint, "key"), *value = json_string_at(taint, "value"),
                   *effect = json_string_at(taint, "effect");
        strbuf_printf(out, "%s%s%s%s:%s", i ? ", " : "; taints: ", key ? key : "?", value ? "=" : "",
                      value ? value : "", effect ? effect : "?");
    }
    if (json_true_at(node, "spec.unschedulable"))
        strbuf_puts(out, "; cordoned");
}

/* Nodes that have the same to give, and one of their names. */
struct nodes {
    char *text;
    const char *name;
    size_t count;
};

/* Counts the node with those like it; one more kind than is told apart is left out. */
static size_t add_node(struct nodes kinds[NODES_DIFFERING], size_t count, const json_t *node)
{
    struct strbuf text = {0};
    size_t i = 0;
    strbuf_puts(&text, "allocatable ");
    put_amounts(json_at(node, "status.allocatable"), &text);
    put_taints(node, &text);
    while (i < count && strcmp(kinds[i].text, text.data) != 0)
        i++;
    if (i < count)
        kinds[i].count++;
    if (i < count || count == NODES_DIFFERING) {
        strbuf_free(&text);
        return count;
    }
    const char *name = json_string_at(node, "metadata.name");
    kinds[count] = (struct nodes){strbuf_take(&text), name ? name : "?", 1};
    return count + 1;
}

static void put_room(const json_t *nodes, struct strbuf *out)
{
    struct nodes kinds[NODES_DIFFERING];
    size_t count = 0, i;
    const json_t *node;
    json_array_foreach(nodes, i, node) count = add_node(kinds, count, node);
    for (i = 0; i < count; i++) {
        strbuf_printf(out, "node %s", kinds[i].name);
        if (kinds[i].count > 1)
            strbuf_printf(out, " and %zu like it", kinds[i].count - 1);
        strbuf_printf(out, ": %s\n", kinds[i].text);
        free(kinds[i].text);
    }
    if (json_array_size(nodes) == NODES_READ)
        strbuf_printf(out, "(no more than %d nodes were looked at)\n", NODES_READ);
}

/* The scheduler writes the condition itself, so its words are vouched for. */
static void add_placement(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    struct error err;
    if (visit->witness && *visit->witness->pod.unscheduled.message)
        strbuf_printf(&out, "the scheduler says of Pod %s: %s\n", visit->witness->pod.name,
                      visit->witness->pod.unscheduled.message);
    put_requests(visit_template(visit), &out);
    AUTO_JSON *nodes =
        visit->away ? NULL : kube_read_some(visit->gatherer->reader, "Node", "", NODES_READ, &err);
    if (!nodes && !visit->away)
        visit_miss(visit, "node", "the nodes", &err);
    put_room(nodes, &out);
    evidence_add(visit->evidence, "node", "K", &out);
}

void gather_nodes(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    if (visit_is(visit, of_placement))
        add_placement(visit);
    put_nodes(visit, &out);
    evidence_add(visit->evidence, "node", "K", &out);
}
