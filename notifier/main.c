/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier: the last of the four desks.
 *   READS   outcomes; notices, to know what people were told already
 *   WRITES  notices; messages to Slack or to standard output
 *   HOLDS   the Slack webhook's address
 *   NEVER   speaks to Kubernetes or to a model
 */
#include "common/runtime/lane.h"
#include "common/runtime/process.h"
#include "notifier/memory.h"
#include "notifier/notify.h"
#include "notifier/options.h"

static struct notifier_options options;

static int check(int thorough, struct error *err)
{
    (void)thorough;
    return slack_options_check(&options.slack, err);
}

static int start(struct error *err)
{
    (void)err;
    memory_start(&options.common);
    lane_start(&options.common, &notify_stage, &options, options.lanes);
    return 0;
}

int main(int argc, char **argv)
{
    const struct option_table tables[] = {
        {common_option_rows, common_option_count, &options.common},
        {notifier_option_rows, notifier_option_count, &options},
        {NULL, 0, NULL},
    };
    const struct process process = {
        .name = "notifier",
        .purpose = "Tells people what happened to their workloads: in Slack, or on standard output.",
        .tables = tables,
        .common = &options.common,
        .listen = &options.listen,
        .check = check,
        .start = start,
    };
    return process_main(&process, argc, argv);
}
