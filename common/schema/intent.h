/* SPDX-License-Identifier: Apache-2.0 */
/* The closed vocabularies of a document, each with its spelling. An unknown word reads as -1 and is refused.
 * Failure classes and actions grow by a file and a table row each: their words stand in incident.h. */
#pragma once

enum intent { INTENT_REMEDIATE, INTENT_DEPLOY, INTENT_COST, INTENT_EXPLAIN };

enum status {
    STATUS_HEALTHY,   /* verified: what was broken is well again */
    STATUS_TRANSIENT, /* a fresh pod will do: delete the pod */
    STATUS_CONFIG,    /* the workload's specification is at fault: patch it */
    STATUS_FATAL,     /* people are needed: escalate */
};

enum verdict { VERDICT_RECOVERED, VERDICT_UNCHANGED, VERDICT_WORSE };

enum mode { MODE_OBSERVE, MODE_REVIEW, MODE_AUTO }; /* rising trust: the lower of two wins */

enum result {
    RESULT_DONE,     /* applied; the observer verifies */
    RESULT_PROPOSED, /* dry-run went well; waits for people */
    RESULT_DEFERRED, /* not now (budget, pace, API server away); the next lap tries again */
    RESULT_REFUSED,  /* policy or a guard forbids it */
    RESULT_ALREADY,  /* found its own mark: done before, by a try that was cut off */
    RESULT_FAILED,   /* the API server or the facts say no */
    RESULT_NONE,     /* there was nothing to do to the cluster */
};

const char *intent_name(enum intent value);   /* "REMEDIATE" … */
const char *status_name(enum status value);   /* "CONFIG" … */
const char *verdict_name(enum verdict value); /* "recovered" … */
const char *mode_name(enum mode value);       /* "review" … */
const char *result_name(enum result value);   /* "done" … */

/* The value spelled so, or -1 (also for NULL). */
int intent_from(const char *name);
int status_from(const char *name);
int verdict_from(const char *name);
int mode_from(const char *name);
int result_from(const char *name);
