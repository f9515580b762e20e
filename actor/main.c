/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor carries out decisions within policy.
 *
 * READS   decisions and approvals (Kafka); of Kubernetes the targets of actions alone, and its version
 * WRITES  outcomes (Kafka): each document with its acted section; rejected: what cannot be read;
 *         to Kubernetes the closed list of kube_write.h
 * HOLDS   its credentials for Kubernetes, those of Kafka, and the key of its seals
 * NEVER   decides what to do; lists or watches; speaks to a model or to people; remembers a record
 */
#include "actor/act.h"
#include "actor/options.h"
#include "actor/reach.h"
#include "common/runtime/process.h"

static struct common_options common;
static struct actor_options options;
static struct kube_options kube;
static struct policy policy;
static struct actor shared;

static int check(struct error *err)
{
    return seal_check_key(&options.seal, err) || policy_check(&policy, err) ? -1 : 0;
}

static int start(struct error *err)
{
    struct kube_config *server = kube_config_read(&kube, err);
    if (!server)
        return -1;
    shared =
        (struct actor){.cluster = common.cluster, .policy = &policy, .seal = &options.seal, .server = server};
    reach_start(server);
    lane_start(&common, &act_stage, &shared, options.lanes);
    return 0;
}

static void finish(void)
{
    kube_config_free(shared.server);
}

int main(int argc, char **argv)
{
    const struct option_table tables[] = {
        {common_option_rows, common_option_count, &common},
        {actor_option_rows, actor_option_count, &options},
        {kube_option_rows, kube_option_count, &kube},
        {policy_option_rows, policy_option_count, &policy},
        {NULL, 0, NULL},
    };
    const struct process process = {
        .name = "actor",
        .purpose = "Carries out decisions within policy.",
        .tables = tables,
        .common = &common,
        .listen = &options.listen,
        .check = check,
        .start = start,
        .finish = finish,
    };
    return process_main(&process, argc, argv);
}
