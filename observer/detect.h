/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a subject (a workload, a node, a Service …), seen in its facts at one moment. Of a container, and of a
 * pod, only the strongest class that sees something in it counts.
 *
 * Nothing is seen in what carries aegiops.io/ignore on pod, object or namespace, or lies in a namespace that is going. What
 * is wrong with pods on a node that is lost is the node's incident; that images of many workloads cannot be had of one
 * registry is the registry's.
 */
#pragma once

#include "observer/sighting.h"

/* What the eyes are set to. */
struct gaze {
    struct store *store;
    struct patience patience;
    struct open_incident open; /* of the subject that is looked at */
};

/* Examines a subject; the store's lock is held. sighting_free() it. */
void detect(const struct gaze *gaze, const struct workload *workload, int64_t now_ms, struct sighting *out);

/* The same of what is not in the store, of which only names and uid are set: it is gone, unless a detector finds that this is
 * the failure. */
void detect_missing(const struct gaze *gaze, const struct workload *missing, int64_t now_ms,
                    struct sighting *out);

/* The worst condition of a pod over all classes of containers, whatever its node says. */
enum condition detect_pod(const struct gaze *gaze, const struct pod_facts *pod, int64_t now_ms);
