/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brain decides what an incident is and what would help.
 *
 * READS   incidents (Kafka)
 * WRITES  decisions (Kafka): each incident with its decided section; rejected: what cannot be read
 * HOLDS   no credentials but those of Kafka
 * NEVER   speaks to Kubernetes, to a model or to people; keeps anything between two records
 */
#include "brain/decide.h"
#include "brain/model_options.h"
#include "brain/options.h"
#include "common/runtime/lane.h"
#include "common/runtime/process.h"

static struct common_options common;
static struct brain_options options;
static struct model_options model_options;

static int check(struct error *err)
{
    return model_options_check(&model_options, err);
}

static int start(struct error *err)
{
    (void)err;
    lane_start(&common, &decide_stage, NULL, options.lanes);
    return 0;
}

int main(int argc, char **argv)
{
    const struct option_table tables[] = {
        {common_option_rows, common_option_count, &common},
        {brain_option_rows, brain_option_count, &options},
        {model_option_rows, model_option_count, &model_options},
        {NULL, 0, NULL},
    };
    const struct process process = {
        .name = "brain",
        .purpose = "Decides what an incident is and what would help.",
        .tables = tables,
        .common = &common,
        .listen = &options.listen,
        .check = check,
        .start = start,
    };
    return process_main(&process, argc, argv);
}
