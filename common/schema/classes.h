/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The failure classes that the observer knows, as `observed.class` spells them: Kubernetes' own word where it has one.
 * What each means stands in observer/detect/.
 */
#pragma once

/* Containers. */
#define CLASS_IMAGE_NAME "InvalidImageName"
#define CLASS_IMAGE_NEVER_PULL "ErrImageNeverPull"
#define CLASS_REGISTRY "RegistryUnavailable"
#define CLASS_IMAGE_PULL "ImagePullBackOff"
#define CLASS_CONFIG "CreateContainerConfigError"
#define CLASS_CREATE "CreateContainerError"
#define CLASS_START "StartError"
#define CLASS_OOM_KILLED "OOMKilled"
#define CLASS_LIVENESS "LivenessProbeFailed"
#define CLASS_INIT "InitCrashLoopBackOff"
#define CLASS_SIDECAR "SidecarCrashLoopBackOff"
#define CLASS_CRASH_LOOP "CrashLoopBackOff"

/* Pods. */
#define CLASS_VOLUME "FailedMount"
#define CLASS_SANDBOX "FailedCreatePodSandBox"
#define CLASS_PREEMPTED "Preempted"
#define CLASS_UNSCHEDULABLE "Unschedulable"
#define CLASS_EVICTED "Evicted"
#define CLASS_ADMISSION "PodAdmissionFailed"
#define CLASS_STUCK_DELETING "StuckTerminating"
#define CLASS_RESIZE "PodResizeFailed"
#define CLASS_READINESS "ReadinessProbeFailed"
#define CLASS_PROBE_UNSTABLE "ProbeUnstable"
#define CLASS_INIT_OVERDUE "InitOverdue"

/* Workloads. */
#define CLASS_FAILED_CREATE "FailedCreate"
#define CLASS_JOB_FAILED "JobFailed"
#define CLASS_JOB_OVERDUE "JobOverdue"
#define CLASS_CONFIG_MAP_GONE "ConfigMapGone"
#define CLASS_SCALED_TO_ZERO "ScaledToZero"
#define CLASS_ROLLOUT "ProgressDeadlineExceeded"
#define CLASS_UNAVAILABLE "Unavailable"

/* All else. */
#define CLASS_NODE "NodeNotReady"
#define CLASS_PRESSURE "NodePressure"
#define CLASS_NAMESPACE "NamespaceStuck"
#define CLASS_CLAIM "ClaimPending"
#define CLASS_SERVICE_GONE "ServiceGone"
#define CLASS_ENDPOINTS "ServiceWithoutEndpoints"
