/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/alloc.h"
#include "common/schema/limits.h"
#include "observer/gather/parts.h"

static void add_log(struct visit *visit, int previous)
{
    struct error err;
    AUTO_STRBUF log = {0};
    const struct sick_pod *sick = visit->witness;
    if (visit->away)
        return;
    AUTO_FREE char *head = xasprintf("log of container %s in pod %s, %s:", sick->container.name,
                                     sick->pod.name, previous ? "the run before" : "the present run");
    if (kube_read_log(visit->gatherer->reader, sick->pod.ns, sick->pod.name, sick->container.name, previous,
                      LIMIT_LOG_TAIL_LINES, &log, &err))
        visit_miss(visit, "log", "the log", &err);
    else
        evidence_add_log(visit->evidence, head, &log);
}

/* While a container waits for its next run there is only the run before. Of one that has ended, its node keeps the log of that
 * run alone. */
void gather_logs(struct visit *visit)
{
    const struct container_facts *container = visit->witness ? &visit->witness->container : NULL;
    if (!container || !*container->name)
        return;
    if (*container->last.reason && container->state != CONTAINER_TERMINATED)
        add_log(visit, 1);
    if (container->state == CONTAINER_TERMINATED || container->state == CONTAINER_RUNNING)
        add_log(visit, 0);
}
