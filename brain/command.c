/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/command.h"

#include <ctype.h>
#include <string.h>

#include "brain/symptoms.h"
#include "common/base/alloc.h"

#define DESCRIBE "describe {kind}/{name}"

static void add_lower(struct strbuf *out, const char *text)
{
    for (; *text; text++)
        strbuf_putc(out, (char)tolower((unsigned char)*text));
}

/* What stands for the token that text begins with, and its length; NULL = there is none. */
static const char *token(const struct facts *facts, const char *text, size_t *len)
{
    const struct {
        const char *name, *value;
    } tokens[] = {{"{pod}", facts->pod_name},
                  {"{container}", facts->container},
                  {"{kind}", facts->kind},
                  {"{name}", facts->name}};
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        *len = strlen(tokens[i].name);
        if (strncmp(text, tokens[i].name, *len) == 0)
            return tokens[i].value;
    }
    return NULL;
}

/* "kubectl -n shop " and the rest with its tokens filled in; what is the cluster's own has no namespace. 0 = a name is missing,
 * and out is empty. */
static int add(struct strbuf *out, const struct facts *facts, const char *rest)
{
    size_t len = 0;
    strbuf_puts(out, "kubectl ");
    if (*facts->ns)
        strbuf_printf(out, "-n %s ", facts->ns);
    while (*rest) {
        const char *value = token(facts, rest, &len);
        if (value && !*value) {
            strbuf_clear(out);
            return 0;
        }
        if (value == facts->kind)
            add_lower(out, value);
        else if (value)
            strbuf_puts(out, value);
        else
            strbuf_putc(out, *rest);
        rest += value ? len : 1;
    }
    return 1;
}

void command_delete_pod(struct strbuf *out, const struct facts *facts)
{
    if (*facts->ns)
        add(out, facts, "delete pod {pod}");
}

void command_restart(struct strbuf *out, const struct facts *facts)
{
    add(out, facts, "rollout restart {kind}/{name}");
}

void command_rollback(struct strbuf *out, const struct facts *facts)
{
    if (add(out, facts, "rollout undo {kind}/{name}") && *facts->good_revision)
        strbuf_printf(out, " --to-revision=%s", facts->good_revision);
}

void command_set_memory(struct strbuf *out, const struct facts *facts, const char *memory_limit)
{
    if (*facts->limited_container && add(out, facts, "set resources {kind}/{name}"))
        strbuf_printf(out, " -c %s --limits=memory=%s", facts->limited_container, memory_limit);
}

void command_scale(struct strbuf *out, const struct facts *facts, long long replicas)
{
    if (add(out, facts, "scale {kind}/{name}"))
        strbuf_printf(out, " --replicas=%lld", replicas);
}

void command_undo(struct strbuf *out, const struct facts *facts)
{
    add(out, facts, "rollout undo {kind}/{name}");
}

void command_look(struct strbuf *out, const struct facts *facts)
{
    const char *look = symptom_of(facts)->look;
    if (!look || !add(out, facts, look))
        add(out, facts, DESCRIBE);
    else if (strcmp(look, LOOK_LOG) == 0 && facts->restarts != 0)
        strbuf_puts(out, " --previous");
}
