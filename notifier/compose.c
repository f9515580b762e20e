/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/compose.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/schema/intent.h"
#include "notifier/words.h"

/* What an outcome means to people. */
enum state {
    STATE_VERIFYING,
    STATE_RECOVERED,
    STATE_PROPOSED,
    STATE_OBSERVED,
    STATE_REFUSED,
    STATE_DEFERRED,
    STATE_FAILED,
    STATE_ESCALATED,
    STATE_ANSWERED,
};

static const struct {
    const char *name, *headline;
    enum tone tone;
    const char *detail;  /* the label of what the actor says */
    const char *command; /* the label of the command; NULL = nothing is left for a person to do */
} states[] = {
    /* Applied is not repaired: only the observer's verdict says so. */
    [STATE_VERIFYING] = {"verifying", "Repair applied, being verified", TONE_BUSY, "Done", NULL},
    [STATE_RECOVERED] = {"recovered", "Recovered", TONE_GOOD, "Done", NULL},
    [STATE_PROPOSED] = {"proposed", "Proposal, waits for a person", TONE_ASK, "Proposed", "By hand"},
    [STATE_OBSERVED] = {"observed", "Observe mode, nothing was done", TONE_ASK, "Would do", "By hand"},
    [STATE_REFUSED] = {"refused", "Repair refused", TONE_ASK, "Refused", "By hand"},
    [STATE_DEFERRED] = {"deferred", "Repair put off", TONE_BUSY, "Put off", NULL},
    [STATE_FAILED] = {"failed", "Repair failed", TONE_BAD, "Failed", "By hand"},
    [STATE_ESCALATED] = {"escalated", "Needs people", TONE_BAD, "Not done", "Look"},
    [STATE_ANSWERED] = {"answered", "Answer", TONE_GOOD, "Done", "Look"},
};

static void free_parts(struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(parts[i].text);
}

void message_free(struct message *message)
{
    free(message->title);
    free(message->footer);
    free_parts(message->facts, message->fact_count);
    free_parts(message->parts, message->part_count);
    *message = (struct message){0};
}

/* Both drop a text that is empty, so that no label stands alone. */
static void add_fact(struct message *message, const char *label, char *take_text)
{
    assert(message->fact_count < MESSAGE_FACTS);
    if (*take_text)
        message->facts[message->fact_count++] = (struct part){label, take_text, 0};
    else
        free(take_text);
}

static void add_part(struct message *message, const char *label, char *take_text, int verbatim)
{
    assert(message->part_count < MESSAGE_PARTS);
    if (*take_text)
        message->parts[message->part_count++] = (struct part){label, take_text, verbatim};
    else
        free(take_text);
}

static int is_request(const struct incident *incident)
{
    return json_is_object(json_object_get(incident->observed, "request"));
}

/* Whether the decision asked for something to be done to the cluster. */
static int has_action(const struct incident *incident)
{
    const char *action = json_string_at(incident->acted, "action");
    return action && strcmp(action, ACTION_NONE) != 0;
}

/* Nothing was done: because all is well again, because it was only asked, or because a person has to. */
static enum state state_of_none(const struct incident *incident)
{
    if (is_request(incident))
        return STATE_ANSWERED;
    if (status_from(json_string_at(incident->decided, "status")) == STATUS_HEALTHY)
        return STATE_RECOVERED;
    return has_action(incident) ? STATE_OBSERVED : STATE_ESCALATED;
}

static int state_of(const struct incident *incident, struct error *err)
{
    if (!incident->decided || !incident->acted)
        return fail(err, ERROR_REJECT, "no outcome: section \"%s\" is missing",
                    incident->decided ? SECTION_ACTED : SECTION_DECIDED);
    const char *result = json_string_at(incident->acted, "result");
    int observing = mode_from(json_string_at(incident->acted, "mode")) == MODE_OBSERVE;
    switch (result_from(result)) {
    case RESULT_DONE:
    case RESULT_ALREADY:
        return STATE_VERIFYING;
    case RESULT_PROPOSED:
        return observing ? STATE_OBSERVED : STATE_PROPOSED;
    case RESULT_DEFERRED:
        return STATE_DEFERRED;
    case RESULT_REFUSED:
        return STATE_REFUSED;
    case RESULT_FAILED:
        return has_action(incident) ? STATE_FAILED : STATE_ESCALATED;
    case RESULT_NONE:
        return (int)state_of_none(incident);
    default:
        return fail(err, ERROR_REJECT, "acted.result \"%.40s\" is none that this program knows",
                    result ? result : "");
    }
}

/* "shop/web"; what lies in no namespace is named alone. */
static char *place_of(const char *ns, const char *name)
{
    return strcmp(words_or(ns, "?"), "-") == 0 ? xstrdup(words_or(name, "?"))
                                               : xasprintf("%s/%s", words_or(ns, "?"), words_or(name, "?"));
}

/* "shop/web", or who asked. */
static char *subject_of(const struct incident *incident)
{
    const char *from = words_or(json_string_at(incident->observed, "request.from"), NULL);
    const char *ns = json_string_at(incident->observed, "target.namespace");
    const char *name = json_string_at(incident->observed, "target.name");
    if (is_request(incident))
        return xasprintf("request%s%s", from ? " of " : "", words_or(from, ""));
    return name ? place_of(ns, name) : xstrdup(incident->key);
}

static char *title_of(const struct incident *incident, enum state state)
{
    const char *class = json_string_at(incident->observed, "class");
    AUTO_FREE char *subject = subject_of(incident);
    AUTO_FREE char *title =
        xasprintf("%s · %s%s%s", states[state].headline, subject, class ? " · " : "", words_or(class, ""));
    return words_line(title, WORDS_TITLE_BYTES);
}

static char *workload_of(const struct incident *incident)
{
    const char *kind = json_string_at(incident->observed, "target.kind");
    const char *ns = json_string_at(incident->observed, "target.namespace");
    const char *name = json_string_at(incident->observed, "target.name");
    AUTO_FREE char *place = place_of(ns, name);
    AUTO_FREE char *text = xasprintf("%s %s", words_or(kind, "?"), place);
    return name ? words_line(text, WORDS_FACT_BYTES) : xstrdup("");
}

/* In the middle of a rollout there are more pods than are wanted, so this is no fraction. A node wants none. */
static char *affected_of(const struct incident *incident)
{
    long long affected = json_integer_at(incident->observed, "affected", 0);
    long long replicas = json_integer_at(incident->observed, "replicas", 0);
    AUTO_FREE char *wanted = replicas > 0 ? xasprintf(", %lld wanted", replicas) : xstrdup("");
    return affected < 1 ? xstrdup("")
                        : xasprintf("%lld %s%s", affected, affected == 1 ? "pod" : "pods", wanted);
}

/* "CONFIG by rule bad_image": who decided belongs to every message, above all when it was a model. */
static char *decider_of(const struct incident *incident)
{
    const char *what = json_string_at(incident->decided, is_request(incident) ? "intent" : "status");
    const char *source = words_or(json_string_at(incident->decided, "source"), "?");
    const char *name =
        json_string_at(incident->decided, strcmp(source, "model") == 0 ? "model.name" : "rule");
    AUTO_FREE char *text = xasprintf("%s by %s %s", words_or(what, "?"), source, words_or(name, ""));
    return words_line(text, WORDS_FACT_BYTES);
}

/* From the first sight of the failure to the verdict. */
static char *lasted_of(const struct incident *incident)
{
    const char *at = json_string_at(incident->observed, "at");
    int64_t opened_ms = incident->opened_at ? clock_parse_rfc3339(incident->opened_at) : -1;
    int64_t at_ms = at ? clock_parse_rfc3339(at) : -1;
    return opened_ms < 0 || at_ms < opened_ms ? xstrdup("") : words_duration(at_ms - opened_ms);
}

static void add_facts(struct message *message, const struct incident *incident, enum state state)
{
    add_fact(message, "Workload", workload_of(incident));
    AUTO_FREE char *cluster = xstrndup(incident->key, strcspn(incident->key, "/"));
    add_fact(message, "Cluster", words_line(cluster, WORDS_FACT_BYTES));
    if (state == STATE_RECOVERED) {
        add_fact(message, "Lasted", lasted_of(incident));
        return;
    }
    add_fact(message, "Affected", affected_of(incident));
    add_fact(message, "Decided", decider_of(incident));
}

static char *tried_of(const struct incident *incident)
{
    AUTO_STRBUF text = {0};
    const json_t *tried = json_object_get(incident->observed, "tried");
    if (!json_array_size(tried))
        return xstrdup("AegiOps changed nothing.");
    for (size_t i = 0; i < json_array_size(tried); i++) {
        const json_t *lap = json_array_get(tried, i);
        AUTO_FREE char *line = xasprintf(
            "%lld. %s: %s, %s", json_integer_at(lap, "lap", 0), words_or(json_string_at(lap, "action"), "?"),
            words_or(json_string_at(lap, "result"), "?"), words_or(json_string_at(lap, "detail"), ""));
        words_add_line(&text, line);
    }
    return words_lines(strbuf_text(&text), WORDS_TRIED_LINES);
}

static const json_t *evidence_at(const struct incident *incident, const char *ref)
{
    const json_t *items = json_object_get(incident->observed, "evidence");
    for (size_t i = 0; ref && i < json_array_size(items); i++) {
        const char *found = json_string_at(json_array_get(items, i), "ref");
        if (found && strcmp(found, ref) == 0)
            return json_array_get(items, i);
    }
    return NULL;
}

/* "E1 [K status] waiting: ErrImagePull": what the decision rests on, and whether Kubernetes or a workload
 * said it. */
static char *evidence_of(const struct incident *incident)
{
    AUTO_STRBUF text = {0};
    const json_t *used = json_object_get(incident->decided, "evidence");
    for (size_t i = 0; i < json_array_size(used); i++) {
        const json_t *item = json_array_get(used, i);
        const char *ref = json_string_at(item, "ref");
        const json_t *source = evidence_at(incident, ref);
        const char *quote = words_or(json_string_at(item, "quote"), json_string_at(source, "text"));
        AUTO_FREE char *line =
            xasprintf("%s [%s %s] %s", words_or(ref, "?"), words_or(json_string_at(source, "trust"), "?"),
                      words_or(json_string_at(source, "kind"), "unknown"), words_or(quote, ""));
        words_add_line(&text, line);
    }
    return words_lines(strbuf_text(&text), WORDS_EVIDENCE_LINES);
}

static char *prose(const json_t *section, const char *path)
{
    return words_prose(words_or(json_string_at(section, path), ""), WORDS_PROSE_BYTES);
}

/* The last word on an incident: how it is known to be over, and what was done. */
static void add_ending(struct message *message, const struct incident *incident)
{
    add_part(message, "Verified", prose(incident->observed, "verified"), 0);
    add_part(message, "Done", tried_of(incident), 0);
}

/* An answer is its explanation; a root cause is an incident's. */
static void add_reasons(struct message *message, const struct incident *incident)
{
    const char *cause = words_or(json_string_at(incident->decided, "root_cause"), "");
    const char *explanation = words_or(json_string_at(incident->decided, "explanation"), "");
    if (is_request(incident)) {
        add_part(message, "Asked", prose(incident->observed, "request.text"), 0);
    } else {
        add_part(message, "Happened", prose(incident->observed, "summary"), 0);
        add_part(message, "Cause", prose(incident->decided, "root_cause"), 0);
    }
    if (strcmp(cause, explanation) != 0 || is_request(incident))
        add_part(message, "Explained", prose(incident->decided, "explanation"), 0);
    add_part(message, "Evidence", evidence_of(incident), 0);
}

/* What changes in the specification comes before our own marks in the metadata. */
static char *change_of(const struct incident *incident)
{
    AUTO_STRBUF text = {0};
    const char *diff = words_or(json_string_at(incident->acted, "diff"), "");
    for (int marks = 0; marks < 2; marks++)
        for (const char *line = diff; *line; line += strspn(line, "\n")) {
            size_t len = strcspn(line, "\n");
            if ((strncmp(line, "metadata.", strlen("metadata.")) == 0) == marks)
                strbuf_printf(&text, "%.*s\n", (int)len, line);
            line += len;
        }
    return words_lines(strbuf_text(&text), WORDS_DIFF_LINES);
}

/* " -c app --limits=memory=64Mi,cpu=1 --requests=…": only what is named. */
static void add_resources(struct strbuf *out, const json_t *undo)
{
    static const char *const flags[][3] = {{"limits", "memory_limit", "cpu_limit"},
                                           {"requests", "memory_request", "cpu_request"}};
    strbuf_printf(out, " -c %s", words_or(json_string_at(undo, "container"), "?"));
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        const char *memory = json_string_at(undo, flags[i][1]), *cpu = json_string_at(undo, flags[i][2]);
        if (memory || cpu)
            strbuf_printf(out, " --%s=%s%s%s%s%s", flags[i][0], memory ? "memory=" : "", words_or(memory, ""),
                          memory && cpu ? "," : "", cpu ? "cpu=" : "", words_or(cpu, ""));
    }
}

/* What takes the action back, as a command: acted.undo is an action without its target. "" when there is no
 * way back, or none that is one command. */
static char *undo_of(const struct incident *incident)
{
    const json_t *undo = json_object_get(incident->acted, "undo");
    const char *type = words_or(json_string_at(undo, "type"), "");
    const char *revision = json_string_at(undo, "to.revision");
    AUTO_FREE char *kind = xstrdup(words_or(json_string_at(incident->observed, "target.kind"), "?"));
    AUTO_STRBUF text = {0};
    for (char *c = kind; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *ns = words_or(json_string_at(incident->observed, "target.namespace"), "?");
    const char *name = words_or(json_string_at(incident->observed, "target.name"), "?");
    if (strcmp(type, ACTION_ROLLBACK) == 0 && revision) {
        strbuf_printf(&text, "kubectl -n %s rollout undo %s/%s --to-revision=%s", ns, kind, name, revision);
    } else if (strcmp(type, ACTION_SET_RESOURCES) == 0) {
        strbuf_printf(&text, "kubectl -n %s set resources %s/%s", ns, kind, name);
        add_resources(&text, undo);
    } else if (strcmp(type, ACTION_SCALE) == 0) {
        strbuf_printf(&text, "kubectl -n %s scale %s/%s --replicas=%s", ns, kind, name,
                      words_or(json_string_at(undo, "replicas"), "?"));
    }
    return words_lines(strbuf_text(&text), WORDS_COMMAND_LINES);
}

static char *warnings_of(const struct incident *incident)
{
    AUTO_STRBUF text = {0};
    const json_t *warnings = json_object_get(incident->acted, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        words_add_line(&text, words_or(json_string_value(json_array_get(warnings, i)), ""));
    return words_lines(strbuf_text(&text), WORDS_WARNING_LINES);
}

static void add_deed(struct message *message, const struct incident *incident, enum state state)
{
    const char *command = words_or(json_string_at(incident->decided, "command"), "");
    int was_idle =
        !has_action(incident) && result_from(json_string_at(incident->acted, "result")) == RESULT_NONE;
    if (!was_idle)
        add_part(message, states[state].detail, prose(incident->acted, "detail"), 0);
    add_part(message, "Change", change_of(incident), 1);
    if (states[state].command)
        add_part(message, states[state].command, words_lines(command, WORDS_COMMAND_LINES), 1);
    add_part(message, "Undo", undo_of(incident), 1);
    add_part(message, "Warnings", warnings_of(incident), 0);
}

static char *footer_of(const struct incident *incident)
{
    AUTO_FREE char *text = xasprintf("%s.%d · since %s · mode %s", incident->id, incident->lap,
                                     words_or(incident->opened_at, "?"),
                                     words_or(json_string_at(incident->acted, "mode"), "none"));
    return words_line(text, WORDS_FACT_BYTES);
}

int compose(const struct incident *incident, struct message *out, struct error *err)
{
    *out = (struct message){0};
    int found = state_of(incident, err);
    if (found < 0)
        return -1;
    enum state state = (enum state)found;
    out->state = states[state].name;
    out->tone = states[state].tone;
    out->title = title_of(incident, state);
    add_facts(out, incident, state);
    if (state == STATE_RECOVERED) {
        add_ending(out, incident);
    } else {
        add_reasons(out, incident);
        add_deed(out, incident, state);
    }
    out->footer = footer_of(incident);
    return 0;
}

void compose_unreadable(const struct record *record, const struct error *why, struct message *out)
{
    *out = (struct message){.state = "unreadable", .tone = TONE_BAD};
    AUTO_FREE char *title =
        xasprintf("Outcome that cannot be shown · %s", *record->key ? record->key : "no key");
    out->title = words_line(title, WORDS_TITLE_BYTES);
    add_part(out, "Reason", words_line(why->text, WORDS_PROSE_BYTES), 0);
    add_part(out, "Where",
             xasprintf("topic %s, partition %d, offset %lld", topics[record->topic].name, record->partition,
                       (long long)record->offset),
             0);
    out->footer = words_line(words_or(record->id, "no event id"), WORDS_FACT_BYTES);
}
