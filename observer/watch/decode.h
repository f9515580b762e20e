/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes objects in protobuf or JSON → facts. Field numbers are those of generated.proto in k8s.io/api (core/v1, apps/v1,
 * batch/v1, discovery/v1, autoscaling/v2) and k8s.io/apimachinery (meta/v1); a released number or name never changes. What no fact
 * needs is skipped unread. Pure.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "observer/facts.h"
#include "observer/watch/members.h"

/* Room for one decoded object, reused for the next: what was decoded with it before is then invalid. Zeroed,
 * it is ready. */
struct decoder {
    struct scratch scratch;
    struct container_facts *containers;
    size_t container_count, container_capacity;
    struct own_restarts *restarts; /* of its containers that have a restart policy of their own */
    size_t restarts_count, restarts_capacity;
    struct strbuf labels, references;
};

#define AUTO_DECODER __attribute__((cleanup(decoder_free))) struct decoder
void decoder_free(struct decoder *decoder);

/* Fills the struct of the kind at out, whose strings (and containers) live in the decoder. Fails (ERROR_REJECT) when the
 * bytes are no such object: malformed, or without the name and uid that every stored object has. */
int decode(struct decoder *decoder, enum store_kind kind, const void *bytes, size_t len, void *out,
           struct error *err);
