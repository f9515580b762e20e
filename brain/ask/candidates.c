/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/candidates.h"

#include <stdio.h>
#include <string.h>

#include "brain/command.h"
#include "brain/rules.h"
#include "brain/symptoms.h"
#include "common/base/alloc.h"
#include "common/schema/limits.h"
#include "common/schema/quantity.h"

#define EXIT_KILLED 137 /* 128 + SIGKILL: what the kernel ends for lack of memory exits so */

/* Which kinds of evidence can speak for an action. */
static const struct {
    const char *action;
    const char *kinds[RULE_MAX_KINDS];
} backing[] = {
    {ACTION_DELETE_POD, {"status", "event"}},        {ACTION_RESTART_ROLLOUT, {"status", "event"}},
    {ACTION_ROLLBACK, {"status", "diff", "spec"}},   {ACTION_SET_RESOURCES, {"status", "spec"}},
    {ACTION_SET_IMAGE, {"status", "diff", "spec"}},  {ACTION_SET_ENV, {"status", "diff", "spec"}},
    {ACTION_SET_PROBE, {"status", "spec", "event"}}, {ACTION_SCALE, {"status", "spec"}},
};

int candidate_is_backed_by(const struct candidate *candidate, const json_t *item)
{
    for (size_t i = 0; i < COUNT_OF(backing); i++) {
        if (strcmp(backing[i].action, candidate->choice.action) != 0)
            continue;
        for (size_t k = 0; k < RULE_MAX_KINDS && backing[i].kinds[k]; k++)
            if (facts_vouches(item, backing[i].kinds[k]))
                return 1;
    }
    return 0;
}

/* The next place on the list; NULL = it is full, as many are told already. */
static struct candidate *add(struct candidates *list, enum status status, const char *action)
{
    if (list->count >= CANDIDATES_MOST)
        return NULL;
    struct candidate *item = &list->items[list->count++];
    snprintf(item->id, sizeof item->id, "A%zu", list->count);
    item->choice.status = status;
    item->choice.action = action;
    return item;
}

/* ---- TRANSIENT ---- */

static void add_pods(struct candidates *list, const struct facts *facts)
{
    const json_t *pods = json_object_get(facts->incident->observed, "pods");
    for (size_t i = 0; i < json_array_size(pods) && i < LIMIT_PODS_SAMPLED; i++) {
        struct facts one = *facts;
        facts_read_pod(&one, json_array_get(pods, i));
        struct candidate *item = rule_names_pod(&one) ? add(list, STATUS_TRANSIENT, ACTION_DELETE_POD) : NULL;
        if (!item)
            continue;
        strbuf_printf(&item->words, "replace pod %s by a fresh one", one.pod_name);
        rule_replace_pod(&one, &item->choice);
    }
}

static void add_restart(struct candidates *list, const struct facts *facts)
{
    struct candidate *item = add(list, STATUS_TRANSIENT, ACTION_RESTART_ROLLOUT);
    if (!item)
        return;
    strbuf_puts(&item->words, "replace all its pods by fresh ones, a few at a time");
    command_restart(&item->choice.command, facts);
}

/* ---- CONFIG ---- */

static void add_rollback(struct candidates *list, const struct facts *facts)
{
    struct candidate *item = add(list, STATUS_CONFIG, ACTION_ROLLBACK);
    if (!item)
        return;
    strbuf_printf(&item->words, "go back to the whole template of revision %s (%s), which ran well",
                  *facts->good_revision ? facts->good_revision : "unknown", facts->good_set);
    rule_roll_back(facts, &item->choice);
}

/* "to" of a field that is taken from the good template. */
static json_t *from_good(const struct facts *facts, const char *container)
{
    return json_pack("{s:s, s:{s:s, s:s}}", "container", container, "to", "template_hash", facts->good_hash,
                     "replica_set", facts->good_set);
}

static void add_changed_field(struct candidates *list, const struct facts *facts, const json_t *field)
{
    const char *container = facts_container(field), *variable = facts_variable(field);
    const char *what = json_string_at(field, "field");
    int is_image = what && strcmp(what, "image") == 0, is_variable = what && strcmp(what, "env") == 0;
    if (!*container || !(is_image || (is_variable && *variable)))
        return;
    struct candidate *item = add(list, STATUS_CONFIG, is_image ? ACTION_SET_IMAGE : ACTION_SET_ENV);
    if (!item)
        return;
    strbuf_printf(&item->words, "give container %s the %s%s as in revision %s, nothing else", container,
                  is_image ? "image" : "environment variable ", is_image ? "" : variable,
                  *facts->good_revision ? facts->good_revision : "unknown");
    item->choice.parameters = from_good(facts, container);
    if (is_variable)
        json_object_set_new(item->choice.parameters, "variable", json_string(variable));
    command_look(&item->choice.command, facts);
}

static void add_memory(struct candidates *list, const struct facts *facts)
{
    char limit[QUANTITY_SIZE];
    struct candidate *item = add(list, STATUS_CONFIG, ACTION_SET_RESOURCES);
    if (!item)
        return;
    quantity_write(limit, rule_doubled_limit(facts), facts->memory_limit);
    strbuf_printf(&item->words, "raise the memory limit of container %s from %s to %s",
                  facts->limited_container, facts->memory_limit, limit);
    rule_set_memory(facts, limit, &item->choice);
}

static void add_probe(struct candidates *list, const struct facts *facts, const char *probe,
                      const char *field)
{
    const json_t *numbers = json_object_get(facts->probes, probe);
    long long now = json_integer_at(numbers, field, 0);
    if (now < 1 || now > LIMIT_PROBE_NUMBER || !*facts->limited_container)
        return;
    struct candidate *item = add(list, STATUS_CONFIG, ACTION_SET_PROBE);
    if (!item)
        return;
    AUTO_FREE char *value = xasprintf("%lld", 2 * now);
    AUTO_FREE char *from = xasprintf("%lld", now);
    strbuf_printf(&item->words, "raise %s of the %s probe of container %s from %s to %s", field, probe,
                  facts->limited_container, from, value);
    item->choice.parameters =
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s}}", "container", facts->limited_container, "probe", probe,
                  "field", field, "value", value, "from", "value", from);
    command_look(&item->choice.command, facts);
}

static void add_probes(struct candidates *list, const struct facts *facts)
{
    static const char *const probes[] = {"liveness", "readiness", "startup"};
    static const char *const fields[] = {"timeoutSeconds", "failureThreshold", "initialDelaySeconds"};
    for (size_t i = 0; i < COUNT_OF(probes); i++)
        for (size_t k = 0; k < COUNT_OF(fields); k++)
            add_probe(list, facts, probes[i], fields[k]);
}

static void add_scale(struct candidates *list, const struct facts *facts)
{
    long long more = facts->replicas + (facts->replicas + 1) / 2;
    struct candidate *item = more <= LIMIT_REPLICAS ? add(list, STATUS_CONFIG, ACTION_SCALE) : NULL;
    if (!item)
        return;
    AUTO_FREE char *replicas = xasprintf("%lld", more);
    AUTO_FREE char *from = xasprintf("%lld", facts->replicas);
    strbuf_printf(&item->words, "scale from %s to %s pods", from, replicas);
    item->choice.parameters = json_pack("{s:s, s:{s:s}}", "replicas", replicas, "from", "replicas", from);
    command_scale(&item->choice.command, facts, more);
}

/* ---- The list ---- */

static int is_probe_failure(const struct facts *facts)
{
    return facts_is(facts, CLASS_LIVENESS) || facts_is(facts, CLASS_READINESS) ||
           facts_is(facts, CLASS_PROBE_UNSTABLE);
}

static int is_out_of_memory(const struct facts *facts)
{
    return facts_is(facts, CLASS_OOM_KILLED) || facts->exit_code == EXIT_KILLED;
}

static void add_patches(struct candidates *list, const struct facts *facts)
{
    int has_good = *facts->good_hash && *facts->good_set;
    if (symptom_of(facts)->with_template && has_good)
        add_rollback(list, facts);
    if (is_out_of_memory(facts) && *facts->limited_container && rule_doubled_limit(facts) > 0)
        add_memory(list, facts);
    if (is_probe_failure(facts))
        add_probes(list, facts);
    if (is_probe_failure(facts) && facts->replicas >= 1 && !facts_of_kind(facts, "DaemonSet"))
        add_scale(list, facts);
    for (size_t i = 0; symptom_of(facts)->with_template && has_good && i < json_array_size(facts->changed);
         i++)
        add_changed_field(list, facts, json_array_get(facts->changed, i));
}

void candidates_find(struct candidates *out, const struct facts *facts)
{
    *out = (struct candidates){0};
    if (!facts->actionable || !facts_have_template(facts))
        return;
    if (symptom_of(facts)->fresh_pod) {
        add_pods(out, facts);
        add_restart(out, facts);
    }
    if (!facts->is_managed)
        add_patches(out, facts);
}

void candidates_free(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        strbuf_free(&candidates->items[i].words);
        decision_free(&candidates->items[i].choice);
    }
    candidates->count = 0;
}

struct candidate *candidates_get(struct candidates *candidates, const char *id)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (strcmp(candidates->items[i].id, id) == 0)
            return &candidates->items[i];
    return NULL;
}
