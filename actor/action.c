/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/action.h"

#include <string.h>

const struct action *const actions[] = {
    &action_delete_pod,
    &action_restart_rollout,
    &action_rollback,
    &action_set_resources,
    &action_set_image,
    &action_set_env,
    &action_set_probe,
    &action_scale,
    &action_quarantine_namespace,
    &action_restore_namespace,
    &action_undo,
    NULL,
};

const struct action *action_find(const char *type)
{
    for (size_t i = 0; type && actions[i]; i++)
        if (strcmp(type, actions[i]->type) == 0)
            return actions[i];
    return NULL;
}

void action_list(struct strbuf *out)
{
    for (size_t i = 0; actions[i]; i++)
        strbuf_printf(out, "%s%s", i ? ", " : "", actions[i]->type);
}
