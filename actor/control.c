/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/control.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"

#define FREEZE "freeze"
#define MODE_PREFIX "mode/"
#define WORDS_BYTES 200 /* who, and why: a line of a message */

struct control {
    pthread_mutex_t lock;
    int frozen;
    json_t *by, *reason; /* made safe to show; NULL = not said */
    json_t *modes;       /* namespace → enum mode */
};

struct control *control_new(void)
{
    struct control *control = xcalloc(1, sizeof *control);
    pthread_mutex_init(&control->lock, NULL);
    control->modes = json_object();
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    json_decref(control->by);
    json_decref(control->reason);
    json_decref(control->modes);
    pthread_mutex_destroy(&control->lock);
    free(control);
}

/* A text, or nothing. */
static int read_words(const json_t *value, const char *field, json_t **out, struct error *err)
{
    const json_t *words = json_object_get(value, field);
    if (words && !json_is_null(words) && !json_is_string(words))
        return fail(err, ERROR_REJECT, FREEZE ": \"%s\" is no text", field);
    if (json_string_length(words))
        *out = json_text(json_string_value(words), json_string_length(words), WORDS_BYTES);
    return 0;
}

static void set_freeze(struct control *control, int frozen, json_t *take_by, json_t *take_reason)
{
    pthread_mutex_lock(&control->lock);
    json_decref(control->by);
    json_decref(control->reason);
    control->frozen = frozen;
    control->by = take_by;
    control->reason = take_reason;
    pthread_mutex_unlock(&control->lock);
}

static int note_freeze(struct control *control, const json_t *value, struct error *err)
{
    AUTO_JSON *by = NULL, *reason = NULL;
    const json_t *frozen = json_object_get(value, "frozen");
    if (value && !json_is_boolean(frozen))
        return fail(err, ERROR_REJECT, FREEZE ": \"frozen\" is neither true nor false");
    if (read_words(value, "by", &by, err) || read_words(value, "reason", &reason, err))
        return -1;
    set_freeze(control, json_is_true(frozen), STEAL(by), STEAL(reason));
    return 0;
}

static int note_mode(struct control *control, const char *ns, const json_t *value, struct error *err)
{
    int mode = mode_from(json_string_at(value, "mode"));
    if (!scope_is_namespace(ns))
        return fail(err, ERROR_REJECT, "\"%.80s\" is no name of a namespace", ns);
    if (value && mode < 0)
        return fail(err, ERROR_REJECT, MODE_PREFIX "%s: \"mode\" is none of observe, review, auto", ns);
    pthread_mutex_lock(&control->lock);
    int is_full =
        value && !json_object_get(control->modes, ns) && json_object_size(control->modes) == CONTROL_MODES;
    if (!value)
        json_object_del(control->modes, ns);
    else if (!is_full)
        json_object_set_new(control->modes, ns, json_integer(mode));
    pthread_mutex_unlock(&control->lock);
    return is_full ? fail(err, ERROR_REJECT, "more than %d namespaces have a switch", CONTROL_MODES) : 0;
}

int control_note(struct control *control, const char *key, const char *value, size_t len, struct error *err)
{
    AUTO_JSON *object = NULL;
    if (len > LIMIT_INTAKE_BYTES)
        return fail(err, ERROR_REJECT, "%zu bytes are more than a switch needs", len);
    if (value && !(object = json_read(value, len, err)))
        return -1;
    if (value && !json_is_object(object))
        return fail(err, ERROR_REJECT, "the value is no JSON object");
    if (strcmp(key, FREEZE) == 0)
        return note_freeze(control, object, err);
    if (strncmp(key, MODE_PREFIX, strlen(MODE_PREFIX)) == 0)
        return note_mode(control, key + strlen(MODE_PREFIX), object, err);
    return fail(err, ERROR_REJECT,
                "\"%.80s\" is no switch; there are " FREEZE " and " MODE_PREFIX "NAMESPACE", key);
}

/* Lock held. */
static void tell(const struct control *control, struct outcome *outcome)
{
    const char *by = json_string_value(control->by), *reason = json_string_value(control->reason);
    outcome_settle(outcome, RESULT_DEFERRED, "frozen%s%s%s%s (the record " FREEZE " of the topic control)",
                   by ? " by " : "", by ? by : "", reason ? ": " : "", reason ? reason : "");
}

int control_freezes(struct control *control, const struct policy *policy, struct outcome *outcome)
{
    pthread_mutex_lock(&control->lock);
    int frozen = control->frozen;
    if (frozen)
        tell(control, outcome);
    pthread_mutex_unlock(&control->lock);
    if (!frozen && policy->freeze)
        return outcome_settle(outcome, RESULT_DEFERRED, "frozen (policy.freeze, %s)",
                              policy_origin(policy, "policy.freeze"));
    return frozen;
}

void control_limit(struct control *control, const char *ns, struct outcome *outcome)
{
    AUTO_FREE char *what = xasprintf("the record " MODE_PREFIX "%s of the topic control", ns);
    pthread_mutex_lock(&control->lock);
    const json_t *mode = json_object_get(control->modes, ns);
    if (mode)
        policy_limit(outcome, &(struct rule){what, (enum mode)json_integer_value(mode), "", 0});
    pthread_mutex_unlock(&control->lock);
}
