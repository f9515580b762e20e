/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/sighting.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

void sighting_of_nothing(const char *ns, const char *kind, const char *name, int64_t now_ms,
                         struct sighting *out)
{
    *out = (struct sighting){
        .at_ms = now_ms, .gone = 1, .ns = ns, .kind = kind, .name = name, .uid = "", .api_version = ""};
    facts_fill(STORE_DEPLOYMENTS, &out->controller);
}

struct finding *sighting_finding(const struct sighting *sighting, size_t class)
{
    for (size_t i = 0; i < sighting->finding_count; i++)
        if (sighting->findings[i].class == class)
            return &sighting->findings[i];
    return NULL;
}

const struct finding *sighting_worst(const struct sighting *sighting)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < sighting->finding_count; i++)
        if (!worst || sighting->findings[i].condition > worst->condition)
            worst = &sighting->findings[i];
    return worst;
}

void sighting_name_pods(const struct sighting *sighting, size_t count, size_t total, struct strbuf *out)
{
    int is_namespaced = strcmp(sighting->ns, STORE_NO_NAMESPACE) != 0;
    int names_pods = strcmp(sighting->kind, "Pod") != 0 && total > 0;
    if (names_pods && count <= total)
        strbuf_printf(out, "%zu of %zu pods of ", count, total);
    else if (names_pods)
        strbuf_printf(out, "%zu pods of ", count);
    strbuf_printf(out, "%s %s%s%s", sighting->kind, is_namespaced ? sighting->ns : "",
                  is_namespaced ? "/" : "", sighting->name);
}

/* ---- Keeping ---- */

static void keep(void *context, const char **text)
{
    struct sighting *sighting = context;
    if (!*text || !**text)
        return;
    sighting->kept = xrealloc(sighting->kept, (sighting->kept_count + 1) * sizeof *sighting->kept);
    sighting->kept[sighting->kept_count] = xstrdup(*text);
    *text = sighting->kept[sighting->kept_count++];
}

static void keep_pod(struct sighting *sighting, struct sick_pod *sick)
{
    facts_each_text(&shapes[STORE_PODS], &sick->pod, keep, sighting);
    facts_each_text(&container_shape, &sick->container, keep, sighting);
}

void sighting_keep(struct sighting *sighting)
{
    const char **const texts[] = {&sighting->ns, &sighting->kind, &sighting->name, &sighting->uid,
                                  &sighting->api_version};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        keep(sighting, texts[i]);
    facts_each_text(&shapes[STORE_DEPLOYMENTS], &sighting->controller, keep, sighting);
    for (size_t i = 0; i < sighting->finding_count; i++) {
        struct finding *finding = &sighting->findings[i];
        keep_pod(sighting, &finding->first);
        for (size_t j = 0; j < finding->sample_count; j++)
            keep_pod(sighting, &finding->samples[j]);
    }
}

void sighting_free(struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->kept_count; i++)
        free(sighting->kept[i]);
    for (size_t i = 0; i < sighting->finding_count; i++)
        free(sighting->findings[i].detail);
    free(sighting->kept);
    free(sighting->findings);
    *sighting = (struct sighting){0};
}
