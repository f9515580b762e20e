/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the observer knows: facts, not objects. A field here is what some detector, verdict or sentence uses; all else of
 * a Kubernetes object is skipped while it is decoded. Strings are borrowed (the store copies what it is given), compared
 * with strcmp, and never NULL: "" is absent. Times are milliseconds since the epoch, 0 = absent.
 */
#pragma once

#include "observer/facts/cluster.h"
#include "observer/facts/controller.h"
#include "observer/facts/pod.h"

/* Kinds of facts, as they are watched and kept. */
enum store_kind {
    STORE_PODS,
    STORE_EVENTS,
    STORE_DEPLOYMENTS,
    STORE_STATEFUL_SETS,
    STORE_DAEMON_SETS,
    STORE_JOBS,
    STORE_CRON_JOBS,
    STORE_NODES,
    STORE_NAMESPACES,
    STORE_SERVICES,
    STORE_SLICES,
    STORE_CLAIMS,
    STORE_CONFIG_MAPS,
    STORE_AUTOSCALERS,
    STORE_KINDS
};

union facts {
    struct pod_facts pod;
    struct event_facts event;
    struct controller_facts controller;
    struct node_facts node;
    struct namespace_facts ns;
    struct service_facts service;
    struct slice_facts slice;
    struct claim_facts claim;
    struct config_map_facts config_map;
    struct autoscaler_facts autoscaler;
};

enum fact_type {            /* texts first */
                 FACT_NAME, /* a text that many have: kept once */
                 FACT_TEXT, /* a text of its own */
                 FACT_UID,  /* the same, and mostly a UUID */
                 FACT_INT,  /* int (an enumeration too) */
                 FACT_INT64 /* most are times, and those of an object near each other */
};

/* Where a fact lies in its struct. The tables let facts be copied, packed and cleared without naming them again. */
struct fact {
    enum fact_type type;
    size_t offset;
};

static inline int fact_is_text(const struct fact *fact)
{
    return fact->type <= FACT_UID;
}

struct shape {
    size_t size;
    size_t
        id; /* offset of the text that tells the objects of a kind apart: the uid, of a namespace and a node the name */
    const struct fact *facts;
    size_t fact_count;
};

/* Of each kind, and of the containers in a pod, which its own shape leaves out. */
extern const struct shape shapes[STORE_KINDS];
extern const struct shape container_shape;

/* Calls visit with the place of each text in a struct of this shape. */
void facts_each_text(const struct shape *shape, void *facts, void (*visit)(void *context, const char **text),
                     void *context);

/* Makes every text that is NULL "", of a zeroed struct all of them; of a pod its containers' too. */
void facts_fill(enum store_kind kind, void *facts);
void facts_fill_container(struct container_facts *container);
