/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ConfigMap was deleted that the pods of a workload cannot start without. Those that run do not notice; the next one that
 * starts will fail.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/keeper.h"
#include "observer/sighting.h"

#define CONFIG_MAP "ConfigMap/"

static int starts_pods(const struct controller_facts *controller)
{
    return is_keeper(controller) ? controller->replicas > 0
                                 : strcmp(controller->kind, "CronJob") == 0 && !controller->paused;
}

struct search {
    const char *ns, *name;
};

static int is_it(void *context, const union facts *facts)
{
    const struct search *search = context;
    return strcmp(facts->config_map.name, search->name) == 0 && strcmp(facts->config_map.ns, search->ns) == 0;
}

/* When it went. An observer that has started since knows from the open incident which one it was, not when. */
static int64_t gone_ms(const struct scene *scene, const char *name)
{
    const char *ns = scene->workload->ns;
    int64_t ms = store_gone_ms(scene->store, STORE_CONFIG_MAPS, ns, name);
    if (ms || !scene_is_open(scene, CLASS_CONFIG_MAP_GONE) || strcmp(scene->open.detail, name) != 0)
        return ms;
    struct search search = {ns, name};
    return store_is_blind(scene->store, STORE_CONFIG_MAPS) ||
                   !store_each(scene->store, STORE_CONFIG_MAPS, is_it, &search)
               ? scene->now_ms
               : 0;
}

static enum condition examine(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    if (!controller || !starts_pods(controller))
        return CONDITION_WELL;
    for (const char *line = controller->references; *line; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, CONFIG_MAP, strlen(CONFIG_MAP)) != 0)
            continue;
        AUTO_FREE char *name =
            xasprintf("%.*s", (int)(strcspn(line, "\n") - strlen(CONFIG_MAP)), line + strlen(CONFIG_MAP));
        if (!(scene->failed_ms = gone_ms(scene, name)))
            continue;
        scene->affected = (size_t)controller->ready;
        strbuf_puts(&scene->detail, name);
        return CONDITION_FAILING;
    }
    return CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "start a pod again: ConfigMap %s was deleted, and its template still refers to it",
                  finding->detail);
}

const struct detector config_map_gone = {
    .class = CLASS_CONFIG_MAP_GONE, .of_object = examine, .describe = describe};
