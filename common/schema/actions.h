/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed list of actions, as `decided.actions` spells them:
 *
 * {"type": ACTION_…, "id": "a-<32 hex>" SHA-256 over incident id, lap, index, "target": as in observed, …}
 *
 * and what else stands in each. Every value is a text, numbers too. A revision is one that exists of this workload and is
 * always pointed at: what it says is read from it at the moment of acting, so that no action holds a literal image or value.
 *
 *   delete_pod            "pod": {"name","uid"}
 *   restart_rollout       nothing
 *   rollback              "to": {"template_hash","revision","replica_set"}
 *   set_resources         "container", one or more of "memory_limit","memory_request","cpu_limit","cpu_request": quantity, and
 *                         "from": {the same names: present quantity}
 *   set_image             "container", "to": {"template_hash","replica_set"}: the image which it has in that revision
 *   set_env               "container", "variable", "to": {"template_hash","replica_set"}: the variable as that revision has it:
 *                         a value, a reference, or none
 *   set_probe             "container", "probe": "liveness"|"readiness"|"startup", "field": "initialDelaySeconds"|
 *                         "periodSeconds"|"timeoutSeconds"|"failureThreshold", "value": count, "from": {"value": present count}
 *   scale                 "replicas": count, "from": {"replicas": present count}
 *   quarantine_namespace  nothing; the target is a Namespace, its namespace "": its Deployments and StatefulSets go to 0
 *                         replicas, and each keeps its number in the annotation aegiops.io/previous-replicas
 *   restore_namespace     nothing; the inverse
 *   undo                  "of": the id of an action of an earlier lap, whose way back stands in observed.tried
 *
 * `acted.undo` is the action of this list, without id and target, that puts back what was done.
 */
#pragma once

#define ACTION_NONE "none"
#define ACTION_DELETE_POD "delete_pod"
#define ACTION_RESTART_ROLLOUT "restart_rollout"
#define ACTION_ROLLBACK "rollback"
#define ACTION_SET_RESOURCES "set_resources"
#define ACTION_SET_IMAGE "set_image"
#define ACTION_SET_ENV "set_env"
#define ACTION_SET_PROBE "set_probe"
#define ACTION_SCALE "scale"
#define ACTION_QUARANTINE_NAMESPACE "quarantine_namespace"
#define ACTION_RESTORE_NAMESPACE "restore_namespace"
#define ACTION_UNDO "undo"
