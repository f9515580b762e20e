/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A claim gets no volume: it names no class and no volume fits, or a warning says that none can be made. One whose class waits
 * for its first consumer has neither. A volume that was lost does not come back by itself.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static const char *const reasons[] = {"ProvisioningFailed", "FailedBinding", "VolumeMismatch"};

static int is_refused(const struct scene *scene)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count = store_events_of(scene->store, scene->workload->claim->uid, events, COUNT_OF(events));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < COUNT_OF(reasons); j++)
            if (strcmp(events[i]->reason, reasons[j]) == 0 &&
                scene->now_ms - events[i]->last_ms <= DETECT_RECENT_MS)
                return 1;
    return 0;
}

static enum condition examine(struct scene *scene)
{
    const struct claim_facts *claim = scene->workload->claim;
    if (!claim || claim->deleted_ms)
        return CONDITION_WELL;
    if (strcmp(claim->phase, "Lost") == 0) {
        strbuf_printf(&scene->detail, "use its volume: %s is lost", claim->volume);
        return CONDITION_FAILING;
    }
    if (strcmp(claim->phase, "Pending") != 0 ||
        !scene_is_past(scene, claim->created_ms + scene->patience.pending_ms))
        return CONDITION_WELL;
    if (*claim->class && !is_refused(scene) && !scene_is_open(scene, CLASS_CLAIM))
        return CONDITION_WELL;
    scene->failed_ms = claim->created_ms;
    if (*claim->class)
        strbuf_printf(&scene->detail, "get a volume: storage class %s makes none", claim->class);
    else
        strbuf_puts(&scene->detail, "get a volume: it names no storage class, and no volume fits");
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, finding->detail);
}

const struct detector claim_pending = {.class = CLASS_CLAIM, .of_object = examine, .describe = describe};
