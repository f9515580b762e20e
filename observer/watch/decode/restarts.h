/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers say themselves about being restarted, beside their pod's restartPolicy. An init container that always
 * restarts is a sidecar; any other may have a policy, and rules for exit codes.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules
 */
#pragma once

#include "observer/facts.h"
#include "observer/watch/decode.h"

/* One container of a pod's specification. */
struct own_restarts {
    const char *name, *policy; /* policy is never "" */
    struct proto_field spec;   /* the core/v1 Container, in the message */
};

/* Keeps it in the decoder, if it has a policy. */
void restarts_note(struct decoder *decoder, const struct proto_field *container_spec);

/* Fills sidecar, restart_policy and planned of a container, whose other facts are there. */
void restarts_apply(struct decoder *decoder, struct container_facts *container);
