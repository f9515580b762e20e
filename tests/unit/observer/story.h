/* SPDX-License-Identifier: Apache-2.0 */
/* Documents about Deployment shop/web of cluster test, as the topics would bring them to the observer's memory. */
#pragma once

#include <stdlib.h>

#include "common/base/clock.h"
#include "common/schema/incident.h"
#include "observer/memory.h"
#include "tests/unit/observer/workload.h"

#define STORY_KEY "test/shop/Deployment/web"
#define STORY_ID "i-0123456789abcdef0123456789abcdef"
#define STORY_TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* One document: what differs from the first lap of an image that cannot be pulled. */
struct story {
    const char *id;      /* NULL = STORY_ID */
    const char *key;     /* NULL = STORY_KEY */
    int64_t opened_s;    /* seconds after T0 */
    int64_t at_s;        /* of the newest section, seconds after T0 */
    int lap;             /* 0 = 1 */
    const char *class;   /* NULL = CLASS_IMAGE_PULL */
    const char *detail;  /* NULL = none */
    const char *verdict; /* NULL = none */
    const char *result;  /* NULL = an incident; else an outcome */
    const char *action;  /* NULL = none */
    const char *undo;    /* JSON; NULL = none */
    json_t *tried;       /* NULL = []; taken */
};

static inline json_t *story_stamp(int64_t seconds)
{
    char at[CLOCK_RFC3339_SIZE];
    return json_string(clock_rfc3339(T0 + seconds * SECOND_MS, at));
}

static inline json_t *story_observed(const struct story *story)
{
    json_t *tried = story->tried ? story->tried : json_array();
    return json_pack("{s:o, s:s, s:s?, s:s, s:{s:s, s:s, s:s, s:s, s:s}, s:[], s:i, s:i, s:i, s:{s:s, s:s, "
                     "s:b}, s:s?, s:o}",
                     "at", story_stamp(story->result ? story->opened_s : story->at_s), "class",
                     story->class ? story->class : CLASS_IMAGE_PULL, "detail", story->detail, "summary",
                     "it fails", "target", "api_version", "apps/v1", "kind", "Deployment", "namespace",
                     "shop", "name", "web", "uid", "uid-of-web", "pods", "affected", 1, "replicas", 3,
                     "available", 2, "onset", "template_hash", "5d8", "revision", "2", "new_revision", 1,
                     "verdict", story->verdict, "tried", tried);
}

/* The document's bytes; the caller frees them. */
static inline char *story_write(const struct story *story)
{
    AUTO_STRBUF head = {0}, decided = {0};
    struct strbuf acted = {0};
    AUTO_JSON *opened_at = story_stamp(story->opened_s);
    incident_write(&head, story->id ? story->id : STORY_ID, story->key ? story->key : STORY_KEY,
                   json_string_value(opened_at), story->lap ? story->lap : 1, NULL, story_observed(story));
    if (!story->result)
        return strbuf_take(&head);
    incident_append(&decided, head.data, head.len, SECTION_DECIDED, json_pack("{s:s}", "status", "CONFIG"));
    incident_append(&acted, decided.data, decided.len, SECTION_ACTED,
                    json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:i}", "at", story_stamp(story->at_s), "result",
                              story->result, "action", story->action ? story->action : ACTION_NONE,
                              "action_id", "a-1", "detail", "so it went", "undo",
                              story->undo ? json_loads(story->undo, 0, NULL) : json_null(), "took_ms", 500));
    return strbuf_take(&acted);
}

/* Lets the memory take the document in. */
static inline void story_tell(struct memory *memory, struct story story)
{
    struct error err;
    AUTO_FREE char *document = story_write(&story);
    if (memory_note(memory, document, strlen(document), STORY_TRACE, &err))
        fail_msg("%s", err.text);
}

/* The open incident of Deployment shop/web, or NULL. */
static inline struct episode *story_open(struct memory *memory)
{
    struct chart *chart = memory_find(memory, "shop", "Deployment", "web");
    return chart ? chart_open(chart) : NULL;
}
