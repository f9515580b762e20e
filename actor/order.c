/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/seal.h"
#include "common/base/alloc.h"
#include "common/schema/limits.h"

#define WORD_CHARACTERS                                                                                      \
    "abcdefghijklmnopqrstuvwxyz"                                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                                             \
    "0123456789.-"
#define WORD_BYTES 253 /* the longest name that Kubernetes gives */

/* A name, uid, hash or quantity: nothing that would mean something else in a path. */
static int is_word(const char *text, const char *also)
{
    size_t len = text ? strlen(text) : 0;
    AUTO_FREE char *characters = xasprintf(WORD_CHARACTERS "%s", also ? also : "");
    return len > 0 && len <= WORD_BYTES && strspn(text, characters) == len && *text != '.' && *text != '-';
}

const char *order_text(const struct order *order, const char *path)
{
    const char *text = json_string_at(order->fields, path);
    return text ? text : "";
}

const char *order_observed(const struct order *order, const char *path)
{
    const char *text = json_string_at(order->incident->observed, path);
    return text ? text : "";
}

long order_count(const struct order *order, const char *path)
{
    const char *text = order_text(order, path);
    size_t len = strlen(text);
    long count = len > 0 && len <= 7 && strspn(text, "0123456789") == len ? strtol(text, NULL, 10) : -1;
    return count <= ORDER_MOST_COUNT ? count : -1;
}

static const struct action_field *field_at(const struct action *action, const char *path)
{
    for (size_t i = 0; i < ACTION_MAX_FIELDS && action->fields[i].path; i++)
        if (strcmp(action->fields[i].path, path) == 0)
            return &action->fields[i];
    return NULL;
}

/* The path of the first text that the action does not have, or that is no word; NULL = all are well. */
static char *stray_field(const struct action *action, const json_t *object, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        AUTO_FREE char *path = xasprintf("%s%s%s", prefix, *prefix ? "." : "", key);
        if (!*prefix && (!strcmp(key, "type") || !strcmp(key, "id") || !strcmp(key, "target")))
            continue;
        if (!*prefix && json_is_object(value)) {
            char *stray = stray_field(action, value, key);
            if (stray)
                return stray;
            continue;
        }
        const struct action_field *field = field_at(action, path);
        int empty = field && field->optional && json_is_string(value) && json_string_length(value) == 0;
        if (!field || (!empty && !is_word(json_string_value(value), field->also)))
            return STEAL(path);
    }
    return NULL;
}

/* A field that must be there and is not; NULL = none. */
static const char *missing_field(const struct order *order)
{
    for (size_t i = 0; i < ACTION_MAX_FIELDS && order->action->fields[i].path; i++) {
        const struct action_field *field = &order->action->fields[i];
        int stands = *order_text(order, field->path) != '\0';
        if (!stands && !field->optional)
            return field->path;
        if (stands && field->with && !*order_text(order, field->with))
            return field->with;
    }
    return NULL;
}

int order_check_fields(const struct order *order, struct outcome *outcome)
{
    AUTO_FREE char *stray = stray_field(order->action, order->fields, "");
    const char *missing = missing_field(order);
    if (stray)
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "the field \"%.100s\" of the action %s is unknown or has a value that is no plain name", stray,
            order->action->type);
    if (missing)
        return outcome_settle(outcome, RESULT_REFUSED, "the action %s lacks its field \"%s\"",
                              order->action->type, missing);
    return 0;
}

/* A Namespace stands in none: what is done about it is done within it. */
static int is_namespace(const struct order *order)
{
    return order->api_version && order->kind && order->ns && strcmp(order->api_version, "v1") == 0 &&
           strcmp(order->kind, "Namespace") == 0 && !*order->ns;
}

/* The target is the one that the observer saw, and the one that the record's key names. */
static int check_target(struct order *order, const char *cluster, struct outcome *outcome)
{
    const json_t *target = json_object_get(order->fields, "target");
    const char **texts[] = {&order->api_version, &order->kind, &order->ns, &order->name, &order->uid};
    static const char *const keys[] = {"api_version", "kind", "namespace", "name", "uid"};
    if (!json_is_object(target) || !json_equal(target, json_object_get(order->incident->observed, "target")))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the action's target is not the workload that was observed");
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        *texts[i] = json_string_value(json_object_get(target, keys[i]));
    AUTO_FREE char *key = incident_key(cluster, order->ns ? order->ns : "", order->kind ? order->kind : "",
                                       order->name ? order->name : "");
    if (is_namespace(order))
        order->ns = order->name;
    for (size_t i = 1; i < COUNT_OF(keys); i++)
        if (!is_word(*texts[i], NULL))
            return outcome_settle(outcome, RESULT_REFUSED, "the target's %s is missing or no plain name",
                                  keys[i]);
    if (strcmp(key, order->incident->key) != 0)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the document is about %s, its action about %s in the cluster of this actor",
                              order->incident->key, key);
    return 0;
}

/* Ids are derived, so that a repeat is known as one; any other id is somebody's invention. */
static int check_id(const struct order *order, struct outcome *outcome)
{
    char expected[ID_SIZE];
    AUTO_FREE char *lap = xasprintf("%d", order->incident->lap);
    const char *index = seal_asks_undo(order->incident) ? "undo" : "0"; /* see seal_turn_round() */
    id_derive(expected, 'a', order->incident->id, lap, index, NULL);
    if (!order->id || strcmp(order->id, expected) != 0)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the action's id is not the one of this incident and lap");
    return 0;
}

int order_read(struct order *out, const struct incident *incident, const char *cluster,
               struct outcome *outcome)
{
    const json_t *list = json_object_get(incident->decided, "actions");
    if (!json_is_array(list))
        return outcome_settle(outcome, RESULT_REFUSED, "the decision has no readable list of actions");
    if (json_array_size(list) == 0)
        return outcome_settle(outcome, RESULT_NONE, "the decision asks for no change of the cluster");
    if (json_array_size(list) > LIMIT_ACTIONS)
        return outcome_settle(outcome, RESULT_REFUSED, "%zu actions in one decision, at most %d are allowed",
                              json_array_size(list), LIMIT_ACTIONS);
    const json_t *fields = json_array_get(list, 0);
    const char *type = json_string_value(json_object_get(fields, "type"));
    *out = (struct order){.incident = incident,
                          .action = action_find(type),
                          .fields = fields,
                          .id = json_string_value(json_object_get(fields, "id"))};
    if (!out->action)
        return outcome_settle(outcome, RESULT_REFUSED, "\"%.60s\" is not an action that this actor knows",
                              type ? type : "");
    outcome->action = out->action->type;
    outcome->action_id = out->id;
    if (check_target(out, cluster, outcome) || order_check_fields(out, outcome))
        return 1;
    return check_id(out, outcome);
}
