/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoders behind decode.h, one for each shape of facts. Each reads one message and returns 0, or -1 when it is
 * malformed. Texts that it does not set stay NULL; meta, which the caller has set to meta_none, is filled in any case.
 */
#pragma once

#include "observer/watch/decode.h"
#include "observer/watch/meta.h"

/* A message under way; where the tables of members lead. */
struct decoding {
    struct decoder *decoder;
    const void *bytes;
    size_t len;
    struct object_meta meta;
    union facts facts;
};

int decode_pod(struct decoding *decoding);
int decode_event(struct decoding *decoding);
int decode_deployment(struct decoding *decoding);
int decode_stateful_set(struct decoding *decoding);
int decode_daemon_set(struct decoding *decoding);
int decode_job(struct decoding *decoding);
int decode_cron_job(struct decoding *decoding);
int decode_node(struct decoding *decoding);
int decode_namespace(struct decoding *decoding);
int decode_service(struct decoding *decoding);
int decode_slice(struct decoding *decoding);
int decode_claim(struct decoding *decoding);
int decode_config_map(struct decoding *decoding);
int decode_autoscaler(struct decoding *decoding);

/* A condition of any object: their fields 1 type, 2 status and the rest by the kind's table. */
struct condition {
    const char *type, *status, *reason, *message;
    int64_t transition_ms;
};

struct condition condition_read(struct scratch *scratch, const struct proto_field *field,
                                const struct member *members);

/* Conditions of most kinds: type 1, status 2, lastTransitionTime 4, reason 5, message 6. */
extern const struct member condition_members[];

int condition_is(const struct condition *condition, const char *type, const char *status);
struct complaint condition_complaint(const struct condition *condition);

/* Reads spec and status with the rest: a message of an object whose meta is field 1. */
int decoding_read(struct decoding *decoding, const struct member *members);

/* Appends "key=value\n" of a map<string, string> entry. */
void add_label(struct scratch *scratch, const struct proto_field *field, struct strbuf *labels);

/* Reads a PodTemplateSpec: its labels, and the ConfigMaps and Secrets that its pods cannot start without. */
void read_template(struct scratch *scratch, const struct proto_field *field, struct decoder *decoder);
