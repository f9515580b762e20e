/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor carries out decisions within policy.
 *
 * READS   decisions and approvals (Kafka); outcomes and control in full: what was done lately, and the operators' switches; of Kubernetes
 *         the targets of actions, what scales in their namespaces, these, and whether the API server is well
 * WRITES  outcomes (Kafka): each document with its acted section; rejected: what cannot be read;
 *         to Kubernetes the closed list of kube_write.h
 * HOLDS   its credentials for Kubernetes, those of Kafka, and the key of its seals
 * NEVER   decides what to do; watches; speaks to a model or to people; remembers a record
 */
#include <stdio.h>
#include <string.h>

#include "actor/act.h"
#include "actor/explain.h"
#include "actor/options.h"
#include "common/base/alloc.h"
#include "common/base/log.h"
#include "common/runtime/process.h"

#define NAME "actor"
#define PURPOSE                                                                                              \
    "Carries out decisions within policy. actor --explain-policy NAMESPACE ACTION says what policy allows."
#define EXPLAIN "--explain-policy"

/* All that the options are read into. */
struct settings {
    struct common_options common;
    struct actor_options actor;
    struct kube_options kube;
    struct policy policy;
};

#define TABLES(settings)                                                                                     \
    {                                                                                                        \
        {common_option_rows, common_option_count, &(settings)->common},                                      \
            {actor_option_rows, actor_option_count, &(settings)->actor},                                     \
            {kube_option_rows, kube_option_count, &(settings)->kube},                                        \
            {policy_option_rows, policy_option_count, &(settings)->policy},                                  \
        {                                                                                                    \
            NULL, 0, NULL                                                                                    \
        }                                                                                                    \
    }

static struct settings settings;
static struct actor shared;
static char **arguments;
static int argument_count;

/* The policy of all sources, as it stands now; the other options were read at the start, and stay. */
static int read_policy(struct policy *out, struct error *err)
{
    struct settings now = {0};
    const struct option_table tables[] = TABLES(&now);
    enum options_answer answer;
    int failed = options_read(NAME, PURPOSE, tables, argument_count, arguments, &answer, err);
    if (!failed && answer == OPTIONS_EXIT)
        failed = fail(err, ERROR_FATAL, EXPLAIN " goes neither with --help nor with --version");
    failed = failed || policy_check(&now.policy, err);
    if (!failed) {
        *out = now.policy;
        now.policy = (struct policy){0};
    }
    options_free(tables);
    return failed ? -1 : 0;
}

static int check(int thorough, struct error *err)
{
    (void)thorough;
    return seal_check_key(&settings.actor.seal, err) || policy_check(&settings.policy, err) ? -1 : 0;
}

static void take_outcome(void *budget, const struct record *record)
{
    if (record->value)
        budget_note(budget, record->value, record->len);
}

static void take_switch(void *control, const struct record *record)
{
    struct error err;
    AUTO_FREE char *value = xstrndup(record->value ? record->value : "", record->value ? record->len : 0);
    if (control_note(control, record->key, record->value, record->len, &err))
        log_error("a record of the topic control is not understood: everything stays as it was", "key",
                  record->key, "error", err.text, NULL);
    else
        log_warn("a switch was thrown", "key", record->key, "value", record->value ? value : "taken back",
                 NULL);
}

/* Nothing is done before all of both has been read. */
static void follow(void)
{
    static struct follower outcomes = {.part = "outcomes",
                                       .doing = "reading the topic outcomes",
                                       .topic = TOPIC_OUTCOMES,
                                       .window_ms = BUDGET_WINDOW_MS,
                                       .take = take_outcome};
    static struct follower control = {
        .part = "control", .doing = "reading the topic control", .topic = TOPIC_CONTROL, .take = take_switch};
    static const struct follower *const both[] = {&outcomes, &control, NULL};
    outcomes.context = shared.budget;
    control.context = shared.control;
    outcomes.options = control.options = &settings.common;
    shared.followers = both;
    follow_start(&outcomes);
    follow_start(&control);
}

static int start(struct error *err)
{
    shared.cluster = settings.common.cluster;
    shared.policies = policies_open(options_file(argument_count, arguments), read_policy, err);
    if (!shared.policies)
        return -1;
    shared.server = kube_config_read(&settings.kube, err);
    if (!shared.server)
        return -1;
    shared.seal = &settings.actor.seal;
    shared.reach = reach_new(shared.server);
    shared.budget = budget_new(shared.cluster);
    shared.control = control_new();
    policies_watch(shared.policies);
    reach_start(shared.reach);
    follow();
    lane_start(&settings.common, &act_stage, &shared, settings.actor.lanes);
    return 0;
}

static void finish(void)
{
    control_free(shared.control);
    budget_free(shared.budget);
    reach_free(shared.reach);
    kube_config_free(shared.server);
    policies_free(shared.policies);
}

static int explain_policy(const char *ns, const char *action)
{
    struct policy policy = {0};
    struct error err;
    AUTO_STRBUF text = {0};
    int failed = read_policy(&policy, &err) || explain(&policy, ns, action, &text, &err);
    if (failed)
        fprintf(stderr, NAME ": %s\n", err.text);
    fputs(strbuf_text(&text), stdout);
    policy_free(&policy);
    return failed ? EXIT_OPTIONS : 0;
}

/* Takes the flag and its two words out of the arguments; the place where they stood, or 0. */
static int take_words(int *argc, char **argv, const char *words[2])
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], EXPLAIN) != 0)
            continue;
        for (int word = 0; word < 2; word++)
            words[word] = i + word + 1 < *argc ? argv[i + word + 1] : NULL;
        int taken = words[0] && words[1] ? 3 : *argc - i;
        memmove(argv + i, argv + i + taken, (size_t)(*argc - i - taken) * sizeof *argv);
        *argc -= taken;
        return i;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *words[2];
    int explains = take_words(&argc, argv, words);
    arguments = argv;
    argument_count = argc;
    if (explains && words[0] && words[1])
        return explain_policy(words[0], words[1]);
    if (explains) {
        fputs(NAME ": " EXPLAIN " wants a namespace and an action: " EXPLAIN " shop rollback\n", stderr);
        return EXIT_OPTIONS;
    }
    const struct option_table tables[] = TABLES(&settings);
    const struct process process = {
        .name = NAME,
        .purpose = PURPOSE,
        .tables = tables,
        .common = &settings.common,
        .listen = &settings.actor.listen,
        .check = check,
        .start = start,
        .finish = finish,
    };
    return process_main(&process, argc, argv);
}
