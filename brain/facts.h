/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules may rest on: the typed facts of an observed section, read once. Everything is borrowed from
 * the incident. A text is never NULL: "" is absent. Names, uids, hashes and quantities are only taken when
 * they are spelled as Kubernetes allows (else ""), since they end up in API paths and in commands that people
 * paste. Nothing here is text that a workload wrote.
 */
#pragma once

#include "common/base/strbuf.h"
#include "common/schema/incident.h"

struct facts {
    const struct incident *incident;
    const char *class;
    const json_t *target;               /* NULL for a request */
    const char *kind, *ns, *name, *uid; /* ns "": what is the cluster's own has none */

    /* The first of the sampled pods. */
    const char *pod_name, *pod_uid, *container, *reason;
    long long exit_code, restarts; /* -1 = not known */

    long long affected, replicas, available; /* -1 = not known */

    /* Since when, and what ran well before. */
    int new_revision;
    const char *template_hash, *revision;
    const char *good_hash, *good_revision, *good_set; /* "" = no older revision is known to have run well */

    /* What an action may change, as it is now; "" = unset. */
    const char *limited_container, *memory_limit, *memory_request;
    const json_t *probes;  /* NULL or an object */
    const json_t *changed; /* fields of the template that the good one has otherwise; NULL or an array */
    int is_managed;        /* a tool or a controller would undo what others change in it */

    int verdict;            /* enum verdict, or -1 */
    const char *verified;   /* one sentence on how the verdict was found */
    const json_t *request;  /* NULL = none */
    const json_t *tried;    /* earlier laps; NULL or an array */
    const json_t *history;  /* earlier incidents of the workload; NULL or an array */
    const json_t *evidence; /* NULL or an array */

    /* The failure itself is vouched for by the API server (a status item with trust K), and the target is named. */
    int vouched;

    /* The same, and it lies in a namespace: what every action needs. */
    int actionable;
};

void facts_read(struct facts *out, const struct incident *incident);

/* Makes another of the sampled pods the one that the facts are about. */
void facts_read_pod(struct facts *out, const json_t *pod);

/* Of an item of `changed`: "" = not named, or not as Kubernetes would. Borrowed. */
const char *facts_container(const json_t *field);
const char *facts_variable(const json_t *field);

/* Whether the failure is of this class (CLASS_…). */
int facts_is(const struct facts *facts, const char *class);

/* Whether the target is of this kind. */
int facts_of_kind(const struct facts *facts, const char *kind);

/* Whether the target has a template whose change its controller rolls out. */
int facts_have_template(const struct facts *facts);

/* Whether trust is K and the item of evidence is of this kind. */
int facts_vouches(const json_t *item, const char *kind);

/* "Deployment shop/web", or the incident's key where the target is not named. */
void facts_add_subject(const struct facts *facts, struct strbuf *out);

/* "2 pods of Deployment shop/web cannot pull their image" and the like: one clause, without a full stop.
 */
void facts_add_symptom(const struct facts *facts, struct strbuf *out);
