/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/orphan.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/schema/incident.h"
#include "common/schema/intent.h"
#include "common/schema/limits.h"

static json_t *text_of(char *take_text)
{
    AUTO_FREE char *text = take_text;
    return json_text(text, strlen(text), LIMIT_EVIDENCE_TEXT_BYTES);
}

static json_t *observed(const char *at, const char *workload, const char *desk, const struct error *why)
{
    json_t *summary =
        text_of(xasprintf("A record about %s could not be read at the desk \"%s\".", workload, desk));
    json_t *reason = json_text(why->text, strlen(why->text), LIMIT_EVIDENCE_TEXT_BYTES);
    return json_pack(
        "{s:s, s:n, s:o, s:n, s:[], s:i, s:i, s:n, s:n, s:n, s:n, s:[], s:[], s:[{s:s, s:s, s:s, s:o, s:b}]}",
        "at", at, "class", "summary", summary, "target", "pods", "affected", 0, "replicas", 0, "onset",
        "request", "verdict", "verified", "tried", "history", "evidence", "ref", "E1", "kind", "status",
        "trust", "W", "text", reason, "cut", 0);
}

static json_t *decided(const char *at, const char *workload, const char *desk, const struct error *why)
{
    json_t *cause = text_of(xasprintf("The desk \"%s\" could not read the record: %s.", desk, why->text));
    json_t *explanation =
        text_of(xasprintf("A record about %s could not be read, so nothing was done to the cluster. It is "
                          "kept, byte for byte, in "
                          "the rejected topic. Please look at the workload, and at who wrote the record.",
                          workload));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:[], s:n, s:[], s:s, s:n}", "at", at, "intent",
                     intent_name(INTENT_REMEDIATE), "status", status_name(STATUS_FATAL), "root_cause", cause,
                     "explanation", explanation, "actions", "command", "evidence", "source", "fallback",
                     "rule");
}

void orphan_write(struct strbuf *out, char id[ID_SIZE], const char *key, const char *bytes, size_t len,
                  const char *desk, const struct error *why)
{
    char digest[SHA256_HEX_SIZE], at[CLOCK_RFC3339_SIZE];
    AUTO_STRBUF head = {0};
    AUTO_JSON *clean = json_text(key, strlen(key), LIMIT_KEY_BYTES); /* a key can be any bytes */
    const char *workload = json_string_value(clean);
    id_derive(id, 'i', "orphan", key, sha256_hex(bytes ? bytes : "", len, digest), NULL);
    clock_rfc3339(clock_now_ms(), at);
    incident_write(&head, id, workload, at, 1, NULL, observed(at, workload, desk, why));
    incident_append(out, head.data, head.len, SECTION_DECIDED, decided(at, workload, desk, why));
}
