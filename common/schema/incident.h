/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document that is passed from desk to desk, and its only definition. One JSON object; each desk appends its section at
 * the end by splicing bytes and never re-serialises what another desk wrote, so unknown fields survive.
 *
 * { "v": 1,                      SCHEMA_MAJOR; another major is rejected
 *   "id": "i-<32 hex>",          SHA-256 over cluster, workload uid, class, onset; the same in every lap
 *   "key": "prod/shop/Deployment/web",   cluster/namespace/kind/name of the top owner; the record's key
 *   "opened_at": RFC 3339, "lap": 1…, "follows": null | "<id>.<lap>" of the document that this one verifies,
 *
 *   "observed": {                written by the observer
 *     "at": RFC 3339,
 *     "class": CLASS_… | null for a request,
 *     "detail": what the class says further (the ConfigMap that is gone, the refusal's kind …), in words of the observer | null,
 *     "summary": one sentence made of facts,
 *     "target": {"api_version","kind","namespace","name","uid","resource_version"} | null for a request,
 *     "pods": [{"name","uid","node","container","reason","exit_code","restarts"}] at most LIMIT_PODS_SAMPLED,
 *     "affected": number of failing pods, "replicas": number wanted, "available": pods ready with nothing wrong,
 *     "onset": {"template_hash","revision","since",
 *               "new_revision": true when the failing template is the newest revision, was not seen to run well for long
 *               enough itself, and an older one exists,
 *               "good": a revision: {"template_hash","revision","replica_set"} | null,
 *               "changed": [{"container","field":"image"} | {"container","field":"env","variable"}]: what the template has
 *               otherwise than the good one, at most LIMIT_CHANGES},
 *     "before": {"container","memory_limit","memory_request","image","probes": {"liveness"|"readiness"|"startup":
 *               {a number's name, as Kubernetes spells it: count}},"replicas","revision": the newest}: present values of what
 *               an action may change; null = unset
 *     "managed_by": null | the tool, or the "<kind> <name>" of the controller, that would undo what others change in target,
 *     "request": null | {"text","from","at"},
 *     "verdict": null | "recovered" | "unchanged" | "worse", "verified": null | one sentence on how it was found,
 *     "tried": [{"lap","status","action","action_id","result","detail","undo": as acted}]: earlier laps, oldest first
 *     "history": [{"id","class","action","result","verdict","at"}]: earlier incidents of this workload, newest first
 *     "cluster": {"workloads","failing"} counts of Deployments, StatefulSets, DaemonSets, failing for however short | null
 *     "evidence": [{"ref":"E1", "kind":"status|event|log|spec|diff|node|quota|reference|service|owner|policy",
 *                   "trust":"K|W", "text", "cut": true when cut}] },
 *
 *   "decided": {                 written by the brain
 *     "at", "intent", "status", "root_cause": one sentence, "explanation": plain words for people,
 *     "actions": [action]: at most LIMIT_ACTIONS; empty = nothing to do to the cluster
 *     "command": what a person would run | null,
 *     "evidence": [{"ref","quote"}] and "shows": what the model concludes from it,
 *     "source": "rule" | "model" | "fallback": by rule, as no model could be asked or believed,
 *     "rule": its name, also of the one that passed it on, "review": why a person has to look at it first | null,
 *     "model": null | {"name","version","prompt_sha256": of what was sent,"tokens": {"prompt","answer","thoughts"},
 *               "cached": an earlier answer,"confidence","need": [what would have helped to know, answer.h],"suspicious": why the
 *               evidence looks as if it gave orders | null} },
 *
 *   "acted": {                   written by the actor
 *     "at", "result", "mode", "action": type | ACTION_NONE, "action_id": … | null,
 *     "detail": one sentence: what happened and why,
 *     "diff": lines "path: old -> new" of the dry run | null, "diff_sha256": … | null,
 *     "undo": {the action that puts it back, without id and target} | null,
 *     "audit_ids": [Kubernetes Audit-Id of each write], "warnings": [text], "took_ms",
 *     "seal": {"expires_at","generation","mac"} of what can be approved or undone (seal.h) | null,
 *     "approved": as it came, if this follows an approval | null },
 *
 *   "approved": {                written by whoever asks people, on the way to approvals; a new "acted" takes the place of both
 *     "at", "by": who, "verdict": "approved" | "declined" | "undo" },
 *
 *   "notified": {"at", "channel": "terminal"|"webhook", "state"} }        written by the notifier
 *
 * A revision's template_hash is as its pods carry it. Of a Deployment, replica_set is the name of the ReplicaSet that keeps
 * the template; of a StatefulSet or DaemonSet that of the ControllerRevision.
 *
 * An action: see actions.h.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/schema/actions.h"
#include "common/schema/classes.h"

#define SECTION_OBSERVED "observed"
#define SECTION_DECIDED "decided"
#define SECTION_ACTED "acted"
#define SECTION_NOTIFIED "notified"
#define SECTION_APPROVED "approved"

/* A read document: views into one parsed value. Everything is borrowed from root and dies with it. */
struct incident {
    json_t *root;
    const char *id, *key, *opened_at;
    int lap;
    const json_t *observed;                   /* always there */
    const json_t *decided, *acted, *notified; /* NULL until the desk has written it */
    const json_t *approved;                   /* NULL but on approvals */
};

#define AUTO_INCIDENT __attribute__((cleanup(incident_free))) struct incident
void incident_free(struct incident *incident);

/* Reads and checks a document: size, JSON, major version, id, key, opened_at, lap (1 to LIMIT_LAP), sections
 * without gaps. ERROR_REJECT names what is wrong. On failure out is empty and safe to free. */
int incident_read(const char *bytes, size_t len, struct incident *out, struct error *err);

/* Writes a document that has only its observed section; takes the reference to it. follows may be NULL. */
void incident_write(struct strbuf *out, const char *id, const char *key, const char *opened_at, int lap,
                    const char *follows, json_t *take_observed);

/* Whether this section is the next to be written. ERROR_REJECT when it stands there already, or one before it
 * is missing: a desk asks before it works, as a document on the wrong topic must not be worked on again. */
int incident_due(const struct incident *incident, const char *section, struct error *err);

/* Appends to out the document in bytes (as incident_read accepted it) with one more section, which is due; takes the
 * reference. The bytes before the closing brace are copied as they are; white space after it is dropped. */
void incident_append(struct strbuf *out, const char *bytes, size_t len, const char *section,
                     json_t *take_value);

/* Appends to out the document without this section and all after it, for who writes it anew. ERROR_REJECT: it has none. */
int incident_cut(struct strbuf *out, const char *bytes, size_t len, const char *section, struct error *err);

/* "<id>.<lap>": what HEADER_ID carries, and what `follows` names. The caller frees it. */
char *incident_event_id(const char *id, int lap);

/* "cluster/namespace/kind/name"; the caller frees it. */
char *incident_key(const char *cluster, const char *ns, const char *kind, const char *name);
