/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode/restarts.h"

#include <string.h>

#include "common/base/alloc.h"

void restarts_note(struct decoder *decoder, const struct proto_field *container_spec)
{
    static const struct member members[] = {MEMBER(1, "name", TEXT, own_restarts, name),
                                            MEMBER(24, "restartPolicy", TEXT, own_restarts, policy),
                                            MEMBER_END};
    struct own_restarts own = {"", "", *container_spec};
    members_read(&decoder->scratch, container_spec, members, &own);
    if (!*own.policy)
        return;
    if (decoder->restarts_count == decoder->restarts_capacity) {
        decoder->restarts_capacity = decoder->restarts_capacity ? 2 * decoder->restarts_capacity : 4;
        decoder->restarts =
            xrealloc(decoder->restarts, decoder->restarts_capacity * sizeof(*decoder->restarts));
    }
    decoder->restarts[decoder->restarts_count++] = own;
}

/* ---- Rules ---- */

struct rules {
    int exit_code; /* asked for */
    int has_one;
};

/* ContainerRestartRule. It is read anew for each status that names its container, so its texts stay where they are. */
struct rule {
    struct proto_field action, operator;
    int exit_code, is_listed;
};

static int is_text(const struct proto_field *field, const char *text)
{
    return field->wire == PROTO_BYTES && field->len == strlen(text) &&
           memcmp(field->bytes, text, field->len) == 0;
}

static void read_value(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    struct rule *rule = out;
    rule->is_listed |= field->wire == PROTO_VARINT && (int32_t)field->value == rule->exit_code;
}

static const struct member exit_codes_members[] = {MEMBER(1, "operator", FIELD, rule, operator),
                                                   MEMBER_BY(2, "values", read_value), MEMBER_END};

static int is_match(const struct rule *rule)
{
    int covers = (is_text(&rule->operator, "In") && rule->is_listed) ||
                 (is_text(&rule->operator, "NotIn") && !rule->is_listed);
    return covers && (is_text(&rule->action, "Restart") || is_text(&rule->action, "RestartAllContainers"));
}

static void read_rule(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, "action", FIELD, rule, action),
                                            MEMBER_INTO(2, "exitCodes", exit_codes_members), MEMBER_END};
    struct rules *rules = out;
    struct rule rule = {.exit_code = rules->exit_code};
    members_read(scratch, field, members, &rule);
    rules->has_one |= is_match(&rule);
}

static int has_rule_for(struct scratch *scratch, const struct own_restarts *own,
                        const struct termination *end)
{
    static const struct member members[] = {MEMBER_BY(25, "restartPolicyRules", read_rule), MEMBER_END};
    struct rules rules = {end->exit_code, 0};
    if (end->reason && *end->reason)
        members_read(scratch, &own->spec, members, &rules);
    return rules.has_one;
}

void restarts_apply(struct decoder *decoder, struct container_facts *container)
{
    for (size_t i = 0; i < decoder->restarts_count; i++) {
        const struct own_restarts *own = &decoder->restarts[i];
        if (strcmp(own->name, container->name) != 0)
            continue;
        container->sidecar = container->init && strcmp(own->policy, "Always") == 0;
        if (container->sidecar)
            return;
        container->restart_policy = own->policy;
        container->planned =
            has_rule_for(&decoder->scratch, own,
                         container->state == CONTAINER_TERMINATED ? &container->now : &container->last);
        return;
    }
}
