package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// What a kubelet says of a pod, from its creation to its end.

var conditions = []corev1.PodConditionType{
	corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled}

// creating: the pod is on its node and nothing in it has started.
func creating(pod *corev1.Pod, at time.Time, hostIP, podIP string) {
	since := timestamp(at)
	pod.Status = corev1.PodStatus{ObservedGeneration: 1, Phase: corev1.PodPending, StartTime: &since, QOSClass: corev1.PodQOSBurstable,
		HostIP: hostIP, HostIPs: []corev1.HostIP{{IP: hostIP}}, PodIP: podIP, PodIPs: []corev1.PodIP{{IP: podIP}}}
	for _, kind := range conditions {
		pod.Status.Conditions = append(pod.Status.Conditions,
			corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, ObservedGeneration: 1, LastTransitionTime: since})
	}
	for _, container := range pod.Spec.Containers {
		state := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses,
			corev1.ContainerStatus{Name: container.Name, Image: container.Image, State: state, Started: ptr.To(false)})
	}
	setReady(pod, at)
}

// setReady draws the conditions from the containers.
func setReady(pod *corev1.Pod, at time.Time) {
	var unready []string
	for _, status := range pod.Status.ContainerStatuses {
		if !status.Ready {
			unready = append(unready, status.Name)
		}
	}
	for i := range pod.Status.Conditions {
		condition := &pod.Status.Conditions[i]
		if condition.Type != corev1.PodReady && condition.Type != corev1.ContainersReady {
			continue
		}
		was := condition.Status
		condition.Status, condition.Reason, condition.Message = corev1.ConditionTrue, "", ""
		if len(unready) > 0 {
			condition.Status, condition.Reason = corev1.ConditionFalse, "ContainersNotReady"
			condition.Message = fmt.Sprintf("containers with unready status: %v", unready)
		}
		if was != condition.Status {
			condition.LastTransitionTime = timestamp(at)
		}
	}
	now := timestamp(at)
	pod.ManagedFields[1].Time = &now
}

// running: one container runs; whether it is ready, its probe says.
func running(pod *corev1.Pod, number int, at time.Time, isReady bool) {
	status, container := &pod.Status.ContainerStatuses[number], &pod.Spec.Containers[number]
	rng := rand.New(rand.NewPCG(uint64(pod.CreationTimestamp.Unix()), uint64(number)))
	status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: timestamp(at)}}
	status.Ready, status.Started = isReady, ptr.To(true)
	status.ImageID = strings.SplitN(container.Image, ":", 2)[0] + "@sha256:" + digest(rng)
	status.ContainerID = "containerd://" + digest(rng)
	pod.Status.Phase = corev1.PodRunning
	setReady(pod, at)
}

func digest(rng *rand.Rand) string {
	return fmt.Sprintf("%016x%016x%016x%016x", rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64())
}

func started(pod *corev1.Pod, at time.Time) {
	running(pod, 1, at, true)
	running(pod, 0, at, false)
}

func ready(pod *corev1.Pod, at time.Time) {
	running(pod, 1, at, true)
	running(pod, 0, at, true)
}

// ended is how a run of the first container ended.
func ended(pod *corev1.Pod, at time.Time, reason string, code int32) *corev1.ContainerStateTerminated {
	status := &pod.Status.ContainerStatuses[0]
	end := &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, ContainerID: status.ContainerID,
		StartedAt: timestamp(at.Add(-time.Second)), FinishedAt: timestamp(at)}
	if status.State.Running != nil {
		end.StartedAt = status.State.Running.StartedAt
	}
	return end
}

func waiting(pod *corev1.Pod, at time.Time, reason, message string) {
	status := &pod.Status.ContainerStatuses[0]
	status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	status.Ready, status.Started = false, ptr.To(false)
	setReady(pod, at)
}

// scar: it was restarted once, has been well since, and that is long ago.
func scar(pod *corev1.Pod, at time.Time) {
	pod.Status.ContainerStatuses[0].LastTerminationState.Terminated = ended(pod, at, "Error", 1)
	pod.Status.ContainerStatuses[0].RestartCount = 1
	running(pod, 0, at.Add(2*time.Second), true)
}

// finish: all containers ended, and with them the pod.
func finish(pod *corev1.Pod, at time.Time, phase corev1.PodPhase, reason string, code int32) {
	for i := range pod.Status.ContainerStatuses {
		status := &pod.Status.ContainerStatuses[i]
		end := ended(pod, at, reason, code)
		if i > 0 {
			end.Reason, end.ExitCode = "Completed", 0
		}
		status.State, status.Ready, status.Started = corev1.ContainerState{Terminated: end}, false, ptr.To(false)
	}
	setReady(pod, at)
	pod.Status.Phase = phase
	for i := range pod.Status.Conditions {
		if condition := &pod.Status.Conditions[i]; condition.Status == corev1.ConditionFalse {
			condition.Reason, condition.Message = "PodCompleted", ""
			if phase == corev1.PodFailed {
				condition.Reason = "PodFailed"
			}
		}
	}
}

func completed(pod *corev1.Pod, at time.Time) {
	ready(pod, at.Add(-time.Minute))
	finish(pod, at, corev1.PodSucceeded, "Completed", 0)
}
