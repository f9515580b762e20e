/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brain decides what an incident is and what would help.
 *
 * READS   incidents, and its own questions (Kafka)
 * WRITES  decisions (Kafka): each incident with its decided section; questions: those that no rule settles; rejected: what cannot
 *         be read; to the language model, where one is configured, what prompt.h makes of a question
 * HOLDS   the key of the model, beside the credentials of Kafka
 * NEVER   speaks to Kubernetes or to people; believes the model in what can be looked up; keeps anything between two records but
 *         answers, for half an hour
 */
#include <stdio.h>
#include <string.h>

#include "brain/ask.h"
#include "brain/options.h"
#include "brain/show.h"
#include "common/base/alloc.h"
#include "common/base/log.h"
#include "common/runtime/lane.h"
#include "common/runtime/process.h"

#define NAME "brain"
#define PURPOSE                                                                                              \
    "Decides what an incident is and what would help. brain --show-prompt FILE says what a model would be "  \
    "sent about a recorded incident."
#define SHOW "--show-prompt"

static struct common_options common;
static struct brain_options options;
static struct model_options model_options;
static struct desk desk = {.options = &model_options};

#define TABLES                                                                                               \
    {                                                                                                        \
        {common_option_rows, common_option_count, &common},                                                  \
            {brain_option_rows, brain_option_count, &options},                                               \
            {model_option_rows, model_option_count, &model_options},                                         \
        {                                                                                                    \
            NULL, 0, NULL                                                                                    \
        }                                                                                                    \
    }

/* A key that cannot be one costs the model, not the rules. */
static int check(int thorough, struct error *err)
{
    return model_options_check(&model_options, err) ||
                   (thorough && model_options_check_key(&model_options, err))
               ? -1
               : 0;
}

/* Without a model, one lane still reads what was asked while there was one. */
static int start(struct error *err)
{
    (void)err;
    desk.model = model_new(&model_options);
    desk.answers = answers_new();
    const char *off = model_is_off(desk.model);
    log_info(off ? "no language model: rules alone decide" : "a language model is asked what no rule settles",
             "reason", off, "first", off ? NULL : model_options.models.items[0], NULL);
    lane_start(&common, &decide_stage, &desk, options.lanes);
    lane_start(&common, &ask_stage, &desk, off ? 1 : model_options.lanes);
    return 0;
}

static void finish(void)
{
    model_free(desk.model);
    answers_free(desk.answers);
}

static int show(int argc, char **argv, const char *path)
{
    const struct option_table tables[] = TABLES;
    enum options_answer answer;
    struct error err;
    AUTO_STRBUF text = {0};
    int failed = options_read(NAME, PURPOSE, tables, argc, argv, &answer, &err);
    if (!failed && answer == OPTIONS_RUN)
        failed = check(0, &err) || show_prompt(&model_options, path, &text, &err);
    if (failed)
        fprintf(stderr, NAME ": %s\n", err.text);
    fputs(strbuf_text(&text), stdout);
    options_free(tables);
    return failed ? EXIT_OPTIONS : 0;
}

/* Takes the flag and the file that follows it out of the arguments. Whether it stood there; *path is NULL without a file. */
static int take_file(int *argc, char **argv, const char **path)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], SHOW) != 0)
            continue;
        *path = i + 1 < *argc ? argv[i + 1] : NULL;
        int taken = *path ? 2 : 1;
        memmove(argv + i, argv + i + taken, (size_t)(*argc - i - taken) * sizeof *argv);
        *argc -= taken;
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    int shows = take_file(&argc, argv, &path);
    if (shows && path)
        return show(argc, argv, path);
    if (shows) {
        fputs(NAME ": " SHOW " wants a file with a recorded incident: " SHOW " incident.json\n", stderr);
        return EXIT_OPTIONS;
    }
    const struct option_table tables[] = TABLES;
    const struct process process = {
        .name = NAME,
        .purpose = PURPOSE,
        .tables = tables,
        .common = &common,
        .listen = &options.listen,
        .check = check,
        .start = start,
        .finish = finish,
    };
    return process_main(&process, argc, argv);
}
