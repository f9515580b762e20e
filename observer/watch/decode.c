/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode.h"

#include <stdlib.h>
#include <string.h>

#include "observer/watch/decode/kinds.h"

void decoder_free(struct decoder *decoder)
{
    scratch_free(&decoder->scratch);
    free(decoder->containers);
    free(decoder->restarts);
    strbuf_free(&decoder->labels);
    strbuf_free(&decoder->references);
    *decoder = (struct decoder){0};
}

static const struct {
    const char *name; /* for messages */
    int (*decode)(struct decoding *decoding);
} kinds[STORE_KINDS] = {
    [STORE_PODS] = {"pod", decode_pod},
    [STORE_EVENTS] = {"event", decode_event},
    [STORE_DEPLOYMENTS] = {"Deployment", decode_deployment},
    [STORE_STATEFUL_SETS] = {"StatefulSet", decode_stateful_set},
    [STORE_DAEMON_SETS] = {"DaemonSet", decode_daemon_set},
    [STORE_JOBS] = {"Job", decode_job},
    [STORE_CRON_JOBS] = {"CronJob", decode_cron_job},
    [STORE_NODES] = {"node", decode_node},
    [STORE_NAMESPACES] = {"namespace", decode_namespace},
    [STORE_SERVICES] = {"Service", decode_service},
    [STORE_SLICES] = {"EndpointSlice", decode_slice},
    [STORE_CLAIMS] = {"PersistentVolumeClaim", decode_claim},
    [STORE_CONFIG_MAPS] = {"ConfigMap", decode_config_map},
    [STORE_AUTOSCALERS] = {"HorizontalPodAutoscaler", decode_autoscaler},
};

/* One without identity could not be told from others, or found again. */
static int check(int malformed, const struct object_meta *meta, const char *kind, struct error *err)
{
    if (malformed)
        return fail(err, ERROR_REJECT, "%s %s/%s is malformed", kind, meta->ns, meta->name);
    if (!*meta->name || !*meta->uid)
        return fail(err, ERROR_REJECT, "a %s has no name or no uid (name \"%s\", uid \"%s\")", kind,
                    meta->name, meta->uid);
    return 0;
}

int decode(struct decoder *decoder, enum store_kind kind, const void *bytes, size_t len, void *out,
           struct error *err)
{
    struct decoding decoding = {.decoder = decoder, .bytes = bytes, .len = len, .meta = meta_none};
    if (check(kinds[kind].decode(&decoding), &decoding.meta, kinds[kind].name, err))
        return -1;
    facts_fill(kind, &decoding.facts);
    memcpy(out, &decoding.facts, shapes[kind].size);
    return 0;
}

int decoding_read(struct decoding *decoding, const struct member *members)
{
    return message_read(&decoding->decoder->scratch, decoding->bytes, decoding->len, members, decoding);
}

/* ---- Conditions ---- */

const struct member condition_members[] = {
    MEMBER(1, "type", TEXT, condition, type),
    MEMBER(2, "status", TEXT, condition, status),
    MEMBER(4, "lastTransitionTime", TIME, condition, transition_ms),
    MEMBER(5, "reason", TEXT, condition, reason),
    MEMBER(6, "message", MESSAGE, condition, message),
    MEMBER_END,
};

struct condition condition_read(struct scratch *scratch, const struct proto_field *field,
                                const struct member *members)
{
    struct condition condition = {"", "", "", "", 0};
    members_read(scratch, field, members, &condition);
    return condition;
}

int condition_is(const struct condition *condition, const char *type, const char *status)
{
    return strcmp(condition->type, type) == 0 && strcmp(condition->status, status) == 0;
}

/* A reason is required of most conditions; where it is missing after all, the type stands for it. */
struct complaint condition_complaint(const struct condition *condition)
{
    return (struct complaint){*condition->reason ? condition->reason : condition->type, condition->message,
                              condition->transition_ms};
}

/* ---- Labels ---- */

struct label {
    const char *key, *value;
};

void add_label(struct scratch *scratch, const struct proto_field *field, struct strbuf *labels)
{
    static const struct member members[] = {MEMBER(1, "key", TEXT, label, key),
                                            MEMBER(2, "value", TEXT, label, value), MEMBER_END};
    struct label label = {"", ""};
    members_read(scratch, field, members, &label);
    strbuf_printf(labels, "%s=%s\n", label.key, label.value);
}
