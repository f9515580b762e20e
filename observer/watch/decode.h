/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes objects in protobuf → facts. Field numbers are those of generated.proto in k8s.io/api (core/v1,
 * apps/v1) and k8s.io/apimachinery (meta/v1); a released number never changes. What no fact needs is skipped
 * unread. Pure.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "observer/facts.h"
#include "observer/watch/members.h"

/* Room for one decoded object, reused for the next: what was decoded with it before is then invalid. Zeroed,
 * it is ready. */
struct decoder {
    struct scratch scratch;
    struct container_facts *containers;
    size_t container_count, container_capacity;
};

#define AUTO_DECODER __attribute__((cleanup(decoder_free))) struct decoder
void decoder_free(struct decoder *decoder);

/* Each fills *out with strings (and containers) that live in the decoder. Fails (ERROR_REJECT) when the bytes
 * are no such object: malformed, or without the name and uid that every stored object has. */
int decode_pod(struct decoder *decoder, const void *bytes, size_t len, struct pod_facts *out,
               struct error *err);
int decode_deployment(struct decoder *decoder, const void *bytes, size_t len, struct deployment_facts *out,
                      struct error *err);
int decode_namespace(struct decoder *decoder, const void *bytes, size_t len, struct namespace_facts *out,
                     struct error *err);
int decode_event(struct decoder *decoder, const void *bytes, size_t len, struct event_facts *out,
                 struct error *err);
