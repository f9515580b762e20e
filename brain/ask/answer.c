/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/answer.h"

#include <string.h>

#include "brain/ask/candidates.h"
#include "common/base/alloc.h"

struct word {
    const char *name, *means;
};

static const struct word causes[] = {
    {"IMAGE_NOT_FOUND", "an image that does not exist"},
    {"IMAGE_AUTH", "an image that may not be pulled"},
    {"OOM_KILLED", "a lack of memory"},
    {"APP_CRASH", "a fault of the program itself"},
    {"DEPENDENCY_DOWN", "something it depends on that does not answer"},
    {"BAD_COMMAND", "a command that cannot be run"},
    {"CONFIG_REF_MISSING", "configuration that is missing"},
    {"PROBE_MISCONFIGURED", "a probe that asks for too much"},
    {"UNSCHEDULABLE", "no node that has room for it"},
    {"VOLUME", "a volume that cannot be had"},
    {"QUOTA", "a quota that is used up"},
    {"ADMISSION_DENIED", "an admission check that refuses it"},
    {"NODE_UNHEALTHY", "a node that is not well"},
    {"EVICTED", "a node that ran short and put it out"},
    {"NETWORK_DNS", "the network or its names"},
    {"NONE", "nothing that is broken"},
    {"UNKNOWN", "not to be told from the evidence"},
};
static const struct word needs[] = {
    {"OLDER_LOGS", "older log lines"},
    {"OTHER_CONTAINER_LOGS", "the logs of its other containers"},
    {"NODE_DETAIL", "more about its node"},
    {"CONFIG_KEYS", "what its configuration holds"},
    {"SERVICE_ENDPOINTS", "whether the Services that it calls have endpoints"},
    {"PVC_DETAIL", "more about its volumes"},
    {"SIBLING_PODS", "how its other pods are"},
};
static const struct word statuses[] = {{"TRANSIENT", ""}, {"CONFIG", ""}, {"FATAL", ""}};
static const struct word levels[] = {{"LOW", ""}, {"MEDIUM", ""}, {"HIGH", ""}};
static const struct word intents[] = {{"EXPLAIN", ""}, {"DEPLOY", ""}, {"COST", ""}};

static const char *means(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].means;
    return "";
}

const char *answer_cause_words(const char *cause)
{
    return means(causes, COUNT_OF(causes), cause);
}

const char *answer_need_words(const char *need)
{
    return means(needs, COUNT_OF(needs), need);
}

/* ---- Schemas ---- */

static json_t *text_of(const char *description)
{
    return json_pack("{s:s, s:s}", "type", "STRING", "description", description);
}

static json_t *one_of(const struct word *words, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(words[i].name));
    return json_pack("{s:s, s:s, s:o}", "type", "STRING", "format", "enum", "enum", names);
}

static json_t *list_of(json_t *take_items, const char *description)
{
    return json_pack("{s:s, s:s, s:o}", "type", "ARRAY", "description", description, "items", take_items);
}

/* All members are required, in the order in which they are to be written: facts first, what follows from them last. */
static json_t *object_of(json_t *take_properties)
{
    const char *key;
    json_t *value, *order = json_array();
    json_object_foreach(take_properties, key, value) json_array_append_new(order, json_string(key));
    return json_pack("{s:s, s:o, s:O, s:o}", "type", "OBJECT", "properties", take_properties, "required",
                     order, "propertyOrdering", order);
}

static json_t *evidence_schema(void)
{
    json_t *item =
        object_of(json_pack("{s:o, s:o, s:o}", "ref", text_of("number of the item, as E3"), "quote",
                            text_of("at most 160 characters, copied exactly from one line of it"), "shows",
                            text_of("what follows from it")));
    return list_of(item, "the 1 to 5 facts that decide the case");
}

static json_t *action_schema(const char *const *ids, size_t count)
{
    json_t *names = json_pack("[s]", CANDIDATE_NONE);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(ids[i]));
    return json_pack("{s:s, s:s, s:o}", "type", "STRING", "format", "enum", "enum", names);
}

#define EXPLANATION "plain English, at most 90 words, no commands, no links"

json_t *answer_schema(enum task task, const char *const *ids, size_t count)
{
    json_t *suspected = json_pack("{s:s}", "type", "BOOLEAN");
    if (task == TASK_REPLY)
        return object_of(json_pack("{s:o, s:o, s:o}", "intent", one_of(intents, COUNT_OF(intents)),
                                   "explanation", text_of(EXPLANATION), "injection_suspected", suspected));
    if (task == TASK_EXPLAIN)
        return object_of(json_pack("{s:o, s:o, s:o}", "evidence", evidence_schema(), "explanation",
                                   text_of(EXPLANATION), "injection_suspected", suspected));
    return object_of(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "evidence", evidence_schema(),
                               "root_cause", one_of(causes, COUNT_OF(causes)), "explanation",
                               text_of(EXPLANATION), "status", one_of(statuses, COUNT_OF(statuses)), "action",
                               action_schema(ids, count), "confidence", one_of(levels, COUNT_OF(levels)),
                               "need",
                               list_of(one_of(needs, COUNT_OF(needs)), "only what would change the answer"),
                               "injection_suspected", suspected));
}

/* ---- Reading ---- */

static json_t *read_value(const json_t *schema, const json_t *value, const char *path, struct error *err);

static int has_word(const json_t *words, const json_t *value)
{
    size_t i;
    const json_t *word;
    json_array_foreach(words, i, word)
    {
        if (json_equal(word, value))
            return 1;
    }
    return 0;
}

static json_t *read_object(const json_t *schema, const json_t *value, const char *path, struct error *err)
{
    const char *key;
    json_t *member;
    AUTO_JSON *object = json_object();
    json_object_foreach(json_object_get(schema, "properties"), key, member)
    {
        AUTO_FREE char *deeper = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
        json_t *read = read_value(member, json_object_get(value, key), deeper, err);
        if (!read)
            return NULL;
        json_object_set_new(object, key, read);
    }
    return json_incref(object);
}

static json_t *read_array(const json_t *schema, const json_t *value, const char *path, struct error *err)
{
    size_t i;
    const json_t *item;
    AUTO_JSON *array = json_array();
    json_array_foreach(value, i, item)
    {
        json_t *read =
            i < ANSWER_MOST_ITEMS ? read_value(json_object_get(schema, "items"), item, path, err) : NULL;
        if (!read && i < ANSWER_MOST_ITEMS)
            return NULL;
        if (read)
            json_array_append_new(array, read);
    }
    return json_incref(array);
}

static json_t *wrong(const char *path, const char *should, struct error *err)
{
    fail(err, ERROR_REJECT, "\"%s\" is missing or %s", path, should);
    return NULL;
}

static json_t *read_value(const json_t *schema, const json_t *value, const char *path, struct error *err)
{
    const char *type = json_string_at(schema, "type");
    const json_t *words = json_object_get(schema, "enum");
    if (strcmp(type, "OBJECT") == 0)
        return json_is_object(value) ? read_object(schema, value, path, err) : wrong(path, "no object", err);
    if (strcmp(type, "ARRAY") == 0)
        return json_is_array(value) ? read_array(schema, value, path, err) : wrong(path, "no array", err);
    if (strcmp(type, "BOOLEAN") == 0)
        return json_is_boolean(value) ? json_incref((json_t *)value)
                                      : wrong(path, "neither true nor false", err);
    if (!json_is_string(value))
        return wrong(path, "no string", err);
    return !words || has_word(words, value) ? json_incref((json_t *)value)
                                            : wrong(path, "none of the words that the schema allows", err);
}

static const char *skip_blank(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* Takes off "```json" and "```" around a text. */
static void unfence(const char **text, size_t *len)
{
    const char *begin = skip_blank(*text), *line = strchr(begin, '\n');
    const char *end = *text + *len;
    while (end > begin && strchr(" \t\r\n", end[-1]))
        end--;
    if (strncmp(begin, "```", 3) == 0 && line && end - line > 3 && strncmp(end - 3, "```", 3) == 0) {
        begin = line + 1;
        end -= 3;
    }
    *text = begin;
    *len = (size_t)(end - begin);
}

json_t *answer_read(const json_t *schema, const char *text, struct error *err)
{
    size_t len = strlen(text);
    if (len > ANSWER_MOST_BYTES) {
        fail(err, ERROR_REJECT, "the answer has %zu bytes, far more than it needs", len);
        return NULL;
    }
    unfence(&text, &len);
    AUTO_JSON *value = json_read(text, len, err);
    if (!value)
        wrap(err, "the answer is no JSON");
    return value ? read_value(schema, value, "", err) : NULL;
}
