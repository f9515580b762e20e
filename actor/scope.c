/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/scope.h"

#include <ctype.h>
#include <string.h>

#include "actor/action.h"
#include "common/base/alloc.h"

#define NAMESPACE_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define PART_BYTES 63 /* a namespace, the name of a label, its value */
#define PREFIX_BYTES 253

/* The slash before the action, or the end. The key of a label may hold a slash, its value none. */
static const char *end_of_place(const char *scope)
{
    const char *equals = strchr(scope, '=');
    const char *slash = strchr(equals ? equals : scope, '/');
    return slash ? slash : scope + strlen(scope);
}

static const char *action_of(const char *scope)
{
    const char *end = end_of_place(scope);
    return *end ? end + 1 : end;
}

int scope_has_action(const char *scope)
{
    return *action_of(scope) != '\0';
}

/* "shop" or "env=prod"; the caller frees it. */
static char *place_of(const char *scope)
{
    return xstrndup(scope, (size_t)(end_of_place(scope) - scope));
}

static enum scope_answer holds_label(char *label, const json_t *labels)
{
    char *value = strchr(label, '=');
    *value++ = '\0';
    const char *found = json_string_value(json_object_get(labels, label));
    if (!labels)
        return SCOPE_IF_LABELLED;
    return found && strcmp(found, value) == 0 ? SCOPE_HERE : SCOPE_ELSEWHERE;
}

enum scope_answer scope_holds(const char *scope, const struct place *place)
{
    AUTO_FREE char *where = place_of(scope);
    if (scope_has_action(scope) && strcmp(action_of(scope), place->action) != 0)
        return SCOPE_ELSEWHERE;
    if (strchr(where, '='))
        return holds_label(where, place->labels);
    return strcmp(where, place->ns) == 0 ? SCOPE_HERE : SCOPE_ELSEWHERE;
}

int scope_is_namespace(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= PART_BYTES && strspn(name, NAMESPACE_CHARACTERS) == len && *name != '-' &&
           name[len - 1] != '-';
}

/* https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
static int is_label_part(const char *text, size_t len, size_t most)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && (!strchr("-_.", text[i]) || i == 0 || i == len - 1))
            return 0;
    return len <= most;
}

static int is_label(const char *text)
{
    size_t len = strcspn(text, "=");
    const char *slash = memchr(text, '/', len), *name = slash ? slash + 1 : text, *value = text + len + 1;
    size_t name_len = len - (size_t)(name - text);
    return name_len > 0 && is_label_part(name, name_len, PART_BYTES) &&
           (!slash || (slash > text && is_label_part(text, (size_t)(slash - text), PREFIX_BYTES))) &&
           is_label_part(value, strlen(value), PART_BYTES);
}

int scope_check(const struct option_pair *line, struct error *err)
{
    AUTO_FREE char *where = place_of(line->name);
    AUTO_STRBUF known = {0};
    if (strchr(where, '=') ? !is_label(where) : !scope_is_namespace(where))
        return fail(
            err, ERROR_FATAL,
            "%s: policy.namespaces: \"%.80s\" is neither the name of a namespace (a-z, 0-9 and -) nor a "
            "label like env=prod, each with or without /ACTION",
            line->origin, line->name);
    if (!*end_of_place(line->name) || action_find(action_of(line->name)))
        return 0;
    action_list(&known);
    return fail(err, ERROR_FATAL, "%s: policy.namespaces: \"%.80s\": unknown action \"%.60s\"; there are %s",
                line->origin, line->name, action_of(line->name), strbuf_text(&known));
}
