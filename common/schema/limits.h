/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the product in one place, each with its reason. Limits of a library stand in its own header.
 */
#pragma once

#define LIMIT_RECORD_BYTES                                                                                   \
    (512 * 1024) /* a document with all four sections; Kafka's default ceiling is 1 MiB */
#define LIMIT_INTAKE_BYTES (16 * 1024) /* a request is a few sentences */
#define LIMIT_KEY_BYTES 1024           /* cluster/namespace/kind/name: 63 + 63 + 63 + 253 and slack */
#define LIMIT_EVIDENCE_ITEMS 32        /* what a person still reads */
#define LIMIT_EVIDENCE_TEXT_BYTES 4000 /* one item: some tens of log lines */
#define LIMIT_LOG_TEXT_BYTES 6400      /* … of a log: 2,000 tokens of a model's window */
#define LIMIT_LOG_TAIL_LINES 500       /* last lines asked of a log: the first error may be long ago */
#define LIMIT_LOG_BYTES (256 * 1024)   /* … of which no more than the last so many are looked through */
#define LIMIT_DIFF_LINES 40            /* changed paths shown of a template diff */
#define LIMIT_CHANGES 16               /* fields of a template that could be taken back one by one */
#define LIMIT_PODS_SAMPLED 3           /* examples in a document; the count says the rest */
#define LIMIT_EVENTS_SAMPLED 8         /* newest distinct events of the workload's pods */
#define LIMIT_REFERENCES 8             /* ConfigMaps, Secrets and claims looked at for one document */
#define LIMIT_OWNERS 5                 /* steps from a pod up to its top owner: Kubernetes needs two */
#define LIMIT_HISTORY_ITEMS 5          /* earlier incidents of the same workload shown to the brain */
#define LIMIT_LAPS 3                   /* attempts at one incident before people decide */
#define LIMIT_LAP 100                  /* no later version will make it more: a higher number is an error */
#define LIMIT_ACTIONS 1                /* one decision, one effect: what is verified is what was done */
#define LIMIT_PROBE_NUMBER 3600        /* seconds or tries: no probe is made slower than an hour */
#define LIMIT_REPLICAS 1000            /* no action asks for more pods of one workload */
#define LIMIT_NAMESPACE_WORKLOADS 100  /* workloads that one action scales: some seconds of writes */
#define LIMIT_BATCH_RECORDS 500        /* records in one transaction */
#define LIMIT_BATCH_WAIT_MS 20         /* … or this long after the first of them */
#define LIMIT_BATCH_WORK_MS 5000       /* a batch is committed after so much work, the rest in the next */
#define LIMIT_RETRIES 6 /* attempts at one record before it becomes an outcome or a rejected record */
#define LIMIT_RETRY_TOTAL_MS 10000 /* nobody waits longer than this in a lane */
#define LIMIT_RETRY_FIRST_MS 200   /* first pause; doubles, with jitter */
#define LIMIT_SEEN_IDS 4096        /* remembered ids of a lane: a batch after a rebalance, many times over */
#define LIMIT_TAIL_MS                                                                                        \
    (7 * 24 * 3600 *                                                                                         \
     1000) /* what the observer reads of its topics at start: an incident may be open over a holiday */
#define LIMIT_MEMORY_MS (2 * 3600 * 1000) /* … and how long it remembers one that is closed */
#define LIMIT_SAID_INCIDENTS                                                                                 \
    8192 /* incidents of which the notifier knows what people were told: some months */
