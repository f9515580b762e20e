/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service was deleted, what it led to is still there and ready, and no other Service leads there. The store keeps it as a
 * subject for a while (struct past); an observer that has started since knows its selector from the open incident.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/keeper.h"
#include "observer/selector.h"
#include "observer/sighting.h"

struct search {
    struct scene *scene;
    const char *selector;
};

static int is_orphan(void *context, const struct controller_facts *maker)
{
    const struct search *search = context;
    return is_keeper(maker) && maker->ready > 0 && !maker->deleted_ms && !maker->ignored &&
           selector_match(search->selector, maker->labels) == MATCH_FULLY &&
           !selector_service(search->scene->store, maker->ns, maker->labels);
}

static int count_orphan(void *context, const struct controller_facts *maker)
{
    const struct search *search = context;
    if (is_orphan(context, maker))
        search->scene->affected += (size_t)maker->ready;
    return 0;
}

/* With commas between, as the detail goes through a document. */
static void add_selector(const char *selector, struct strbuf *out)
{
    for (const char *at = selector; *at; at++)
        if (*at != '\n')
            strbuf_putc(out, *at);
        else if (at[1])
            strbuf_putc(out, ',');
}

static enum condition examine(struct scene *scene)
{
    const struct workload *workload = scene->workload;
    int is_open = scene_is_open(scene, CLASS_SERVICE_GONE);
    if (strcmp(workload->kind, "Service") != 0 || workload->service || !(workload->past->gone_ms || is_open))
        return CONDITION_WELL;
    struct search search = {scene, workload->past->gone_ms ? workload->past->selector : scene->open.detail};
    selector_each_maker(scene->store, workload->ns, count_orphan, &search);
    if (scene->affected == 0)
        return CONDITION_WELL;
    scene->failed_ms = workload->past->gone_ms;
    add_selector(search.selector, &scene->detail);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "be reached: it was deleted while %zu pods that it led to (%s) are still there",
                  finding->affected, finding->detail);
}

const struct detector service_gone = {
    .class = CLASS_SERVICE_GONE, .of_object = examine, .describe = describe};
