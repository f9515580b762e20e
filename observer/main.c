/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observer: the first of the four desks, and the one that verifies.
 *
 * READS   of Kubernetes pods, Deployments, ReplicaSets, namespaces, events and logs; intake; outcomes and incidents, which
 *         are its memory
 * WRITES  incidents: each document with its observed section; rejected: requests that cannot be read
 * HOLDS   its credentials for Kubernetes (get, list, watch), and those of Kafka
 * NEVER   writes to Kubernetes; decides what to do; speaks to a model or to people; keeps anything on disk
 */
#include "common/runtime/lane.h"
#include "common/runtime/process.h"
#include "observer/observe.h"
#include "observer/options.h"
#include "observer/request.h"
#include "observer/watch.h"

static struct observer_options options;
static struct kube_config *server;
static struct store *store;
static struct watches *watches;

static int start(struct error *err)
{
    server = kube_config_read(&options.kube, err);
    if (!server)
        return -1;
    store = store_new();
    watches = watch_start(server, store);
    observe_start(&options, server, store, watches);
    lane_start(&options.common, &request_stage, &options.common, options.intake_lanes);
    return 0;
}

static void finish(void)
{
    watch_free(watches);
    store_free(store);
    kube_config_free(server);
}

int main(int argc, char **argv)
{
    const struct option_table tables[] = {
        {common_option_rows, common_option_count, &options.common},
        {observer_option_rows, observer_option_count, &options},
        {kube_option_rows, kube_option_count, &options.kube},
        {NULL, 0, NULL},
    };
    const struct process process = {
        .name = "observer",
        .purpose = "Watches a cluster, makes incidents of what fails, and verifies what was done about it.",
        .tables = tables,
        .common = &options.common,
        .listen = &options.listen,
        .start = start,
        .finish = finish,
    };
    return process_main(&process, argc, argv);
}
