/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume cannot be attached or mounted. The message serves only to tell apart the one case that passes by itself: the
 * controller's own words for a volume that another node still has.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/hindrance.h"
#include "observer/sighting.h"

static const char *trouble_with(const struct event_facts *event)
{
    if (strcmp(event->reason, "FailedMount") == 0 || strcmp(event->reason, "FailedMapVolume") == 0)
        return "mount a volume";
    if (strcmp(event->reason, "FailedAttachVolume") != 0)
        return NULL;
    return strncmp(event->message, "Multi-Attach", strlen("Multi-Attach")) == 0
               ? "attach a volume that another node still has"
               : "attach a volume";
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    const struct event_facts *event = hindrance(scene, pod);
    const char *trouble = event ? trouble_with(event) : NULL;
    if (!trouble)
        return CONDITION_WELL;
    strbuf_puts(&scene->detail, trouble);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, finding->detail);
}

const struct detector volume = {.class = CLASS_VOLUME, .of_pod = examine, .describe = describe};
