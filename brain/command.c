/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/command.h"

#include <ctype.h>

#include "brain/symptoms.h"

/* "kubectl -n shop rollout undo deployment/web": verb between namespace and workload; what is the cluster's own has no
 * namespace. 0 when a name is missing. */
static int add_workload(struct strbuf *out, const struct facts *facts, const char *verb)
{
    if (!*facts->kind || !*facts->name)
        return 0;
    strbuf_puts(out, "kubectl ");
    if (*facts->ns)
        strbuf_printf(out, "-n %s ", facts->ns);
    strbuf_printf(out, "%s ", verb);
    for (const char *c = facts->kind; *c; c++)
        strbuf_putc(out, (char)tolower((unsigned char)*c));
    strbuf_printf(out, "/%s", facts->name);
    return 1;
}

void command_delete_pod(struct strbuf *out, const struct facts *facts)
{
    if (*facts->ns && *facts->pod_name)
        strbuf_printf(out, "kubectl -n %s delete pod %s", facts->ns, facts->pod_name);
}

void command_rollback(struct strbuf *out, const struct facts *facts)
{
    if (add_workload(out, facts, "rollout undo") && *facts->good_revision)
        strbuf_printf(out, " --to-revision=%s", facts->good_revision);
}

void command_set_memory(struct strbuf *out, const struct facts *facts, const char *memory_limit)
{
    if (*facts->limited_container && add_workload(out, facts, "set resources"))
        strbuf_printf(out, " -c %s --limits=memory=%s", facts->limited_container, memory_limit);
}

void command_look(struct strbuf *out, const struct facts *facts)
{
    int has_pod = *facts->ns && *facts->pod_name;
    if (has_pod && symptom_of(facts)->in_log && *facts->container)
        strbuf_printf(out, "kubectl -n %s logs %s -c %s%s", facts->ns, facts->pod_name, facts->container,
                      facts->restarts == 0 ? "" : " --previous");
    else if (has_pod)
        strbuf_printf(out, "kubectl -n %s describe pod %s", facts->ns, facts->pod_name);
    else if (facts_of_kind(facts, "Registry")) /* no object of the cluster */
        strbuf_puts(out, "kubectl get events -A --field-selector reason=Failed");
    else
        add_workload(out, facts, "describe");
}
