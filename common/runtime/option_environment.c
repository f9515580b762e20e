/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/runtime/option_name.h"
#include "common/runtime/option_reader.h"

/* Sets the value itself, for a secret too. */
static int apply_value(struct slot *slot, const char *variable, const char *text, struct error *err)
{
    AUTO_FREE char *origin = xasprintf("$%s", variable);
    free(STEAL(slot->secret_path));
    return option_set(slot->row, slot->into, &(struct option_source){.name = origin}, text, err);
}

/* From the weakest name to the strongest: the conventional one, AEGIOPS_…_FILE of a secret, AEGIOPS_…. */
static int apply(struct slot *slot, struct error *err)
{
    const char *text = slot->row->conventional ? getenv(slot->row->conventional) : NULL;
    if (text && *text && apply_value(slot, slot->row->conventional, text, err))
        return -1;
    AUTO_FREE char *variable = option_variable(slot->name);
    AUTO_FREE char *origin = xasprintf("$%s", variable);
    text = getenv(variable);
    if (text && reader_set(slot, &(struct option_source){.name = origin}, text, err))
        return -1;
    if (slot->row->type != OPTION_SECRET)
        return 0;
    AUTO_FREE char *direct = option_variable(slot->row->key);
    text = getenv(direct);
    return text && *text ? apply_value(slot, direct, text, err) : 0;
}

/* The kubelet gives every pod such variables for each Service of its namespace: one named aegiops-notifier
 * makes AEGIOPS_NOTIFIER_SERVICE_HOST, AEGIOPS_NOTIFIER_PORT, AEGIOPS_NOTIFIER_PORT_8080_TCP_ADDR.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
static int is_service_link(const char *variable)
{
    const char *port = strstr(variable, "_PORT");
    return strstr(variable, "_SERVICE_HOST") || strstr(variable, "_SERVICE_PORT") ||
           (port && (!port[5] || (port[5] == '_' && isdigit((unsigned char)port[6]))));
}

static int is_known(const struct reader *reader, const char *variable)
{
    for (size_t i = 0; i < reader->count; i++) {
        AUTO_FREE char *value = option_variable(reader->slots[i].row->key);
        AUTO_FREE char *name = option_variable(reader->slots[i].name);
        if (strcmp(variable, value) == 0 || strcmp(variable, name) == 0)
            return 1;
    }
    return 0;
}

/* Whether the variable begins like those of a section that this process has rows for. */
static int is_in_section(const struct reader *reader, const char *variable)
{
    for (size_t i = 0; i < reader->count; i++) {
        const char *key = reader->slots[i].row->key;
        const char *dot = strchr(key, '.');
        AUTO_FREE char *section = xstrndup(key, dot ? (size_t)(dot - key) + 1 : 0);
        AUTO_FREE char *prefix = option_variable(section);
        if (dot && strncmp(variable, prefix, strlen(prefix)) == 0)
            return 1;
    }
    return 0;
}

/* A mistyped variable would be ignored in silence: the one of our sections that no row knows is refused. */
static int check(const struct reader *reader, const char *assignment, struct error *err)
{
    AUTO_FREE char *variable = xstrndup(assignment, strcspn(assignment, "="));
    if (!is_in_section(reader, variable) || is_known(reader, variable) || is_service_link(variable))
        return 0;
    AUTO_FREE char *hint = reader_hint(reader, variable, option_variable);
    return fail(err, ERROR_FATAL, "$%.80s: unknown option; %s", variable, hint);
}

int option_environment_apply(struct reader *reader, struct error *err)
{
    for (char **assignment = environ; *assignment; assignment++)
        if (check(reader, *assignment, err))
            return -1;
    for (size_t i = 0; i < reader->count; i++)
        if (apply(&reader->slots[i], err))
            return -1;
    return 0;
}
