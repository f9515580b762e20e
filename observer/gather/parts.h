/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the evidence, one a file. Each adds what it knows of, if anything, and asks the API server for what it
 * needs, unless that is away; what it may not read it says.
 */
#pragma once

#include "observer/gather/visit.h"

/* The subject and its pods as they stand (K), and what is said of why (W). */
void gather_status(struct visit *visit);

/* Of a node, a namespace, a claim, a pod: its conditions (K), and what is said with them (W). */
void gather_conditions(struct visit *visit);

/* What was asked for: the container, the pod around it, the workload (K). Of environment variables the names alone. */
void gather_spec(struct visit *visit);

/* What changed in the pod template since the revision to compare with (K). */
void gather_diff(struct visit *visit);

/* Events about the subject, its pods and what makes them, repeats counted together: reasons and counts (K), messages
 * (W). */
void gather_events(struct visit *visit);

/* What the witness's container said before it ended, and says now (W). */
void gather_logs(struct visit *visit);

/* The nodes of its pods (K); where a pod finds none, the scheduler's reasons and what the nodes have to give. */
void gather_nodes(struct visit *visit);

/* What the namespace may use, where that can be in the way: ResourceQuota and LimitRange (K). */
void gather_quota(struct visit *visit);

/* Which of the ConfigMaps, Secrets and claims that the template refers to exist, and with which keys (K). */
void gather_references(struct visit *visit);

/* Of a Service, what it selects, what nearly so, and whether ports agree; of a workload, which Services select it (K). */
void gather_services(struct visit *visit);

/* Of a claim, what it asks for and whether its class exists (K). */
void gather_claim(struct visit *visit);

/* Who owns it, from the pod upwards, and which tool keeps it as it is (K). */
void gather_owners(struct visit *visit);

/* What else has a say over its pods: autoscalers and disruption budgets (K). */
void gather_policy(struct visit *visit);

/* ": Pending, class fast, asks for 10Gi …": a claim as the API server has it. */
void put_claim_facts(const json_t *claim, struct strbuf *out);
