package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

const pullError = "failed to pull and unpack image %q: failed to resolve reference %q: %s: not found"

// A script is what happens to one workload.
type script struct {
	name   string
	share  float64 // of all writes
	writes float64 // that it makes, about
	run    func(*workload, time.Time)
}

func (c *churn) failures() []script {
	return []script{{name: "crash loops", run: c.crashLoop}, {name: "image pulls", run: c.imagePull}, {name: "OOM kills", run: c.outOfMemory}}
}

// Temptations happen to healthy workloads and look like failures to the hasty.
func (c *churn) temptations() []script {
	return []script{
		{"rollouts", .15, 120, c.rollout},
		{"evictions", .04, 20, c.eviction},
		{"slow pulls", .03, 24, c.slowPull},
		{"restarts", .03, 15, c.restart},
		{"unready spells", .03, 9, c.unready},
		{"Jobs", .04, 7, c.runJob},
		{"Jobs that try again", .03, 9, c.retriedJob},
	}
}

// controllers writes what the controllers make of a workload's pods.
func (c *churn) controllers(w *workload, now time.Time) { c.put(w.controllers(w.pods, now)...) }

func (c *churn) idle(w *workload, at time.Time) {
	c.at(at, func(time.Time) { w.busy = false })
}

// warn records a Warning, as a kubelet does.
func (c *churn) warn(pod *corev1.Pod, now time.Time, reason, message string) {
	at := timestamp(now)
	c.put(&corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s.%x", pod.Name, now.UnixNano()), Namespace: pod.Namespace,
			UID: types.UID(fmt.Sprintf("%s-%x", pod.UID[:8], now.UnixNano())), CreationTimestamp: at},
		InvolvedObject: corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID,
			FieldPath: "spec.containers{app}"},
		Reason: reason, Message: message, Type: corev1.EventTypeWarning, Count: 1, FirstTimestamp: at, LastTimestamp: at,
		Source:              corev1.EventSource{Component: "kubelet", Host: pod.Spec.NodeName},
		ReportingController: "kubelet", ReportingInstance: pod.Spec.NodeName})
}

// crash ends the first container's run and leaves it waiting for the next.
func crash(pod *corev1.Pod, now time.Time, reason string, code int32) {
	status := &pod.Status.ContainerStatuses[0]
	status.LastTerminationState.Terminated = ended(pod, now, reason, code)
	waiting(pod, now, "CrashLoopBackOff", fmt.Sprintf("back-off %ds restarting failed container=app pod=%s_%s(%s)",
		min(300, 10<<min(status.RestartCount, 5)), pod.Name, pod.Namespace, pod.UID))
}

// terminate marks a pod as going; it is gone some seconds later.
func (c *churn) terminate(w *workload, pod *corev1.Pod, now time.Time) {
	at := timestamp(now.Add(30 * time.Second))
	pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds, pod.Generation = &at, ptr.To[int64](30), 2
	c.put(pod)
	c.at(now.Add(2*time.Second), func(now time.Time) {
		finish(pod, now, corev1.PodFailed, "Error", 143)
		c.put(pod)
		c.remove(pod)
		for i, one := range w.pods {
			if one == pod {
				w.pods = append(w.pods[:i:i], w.pods[i+1:]...)
				break
			}
		}
		c.controllers(w, now)
	})
}

// create adds a pod of the newest revision.
func (c *churn) create(w *workload, number int, now time.Time) *corev1.Pod {
	pod := w.pod(w.revision, number, now)
	w.pods = append(w.pods[:len(w.pods):len(w.pods)], pod)
	c.put(pod)
	c.controllers(w, now)
	return pod
}

// start lets a pod that was created become ready, and then does what follows from that.
func (c *churn) start(w *workload, pod *corev1.Pod, now time.Time, then func(now time.Time)) {
	c.at(now.Add(1500*time.Millisecond), func(now time.Time) {
		started(pod, now)
		c.put(pod)
		c.at(now.Add(2500*time.Millisecond), func(now time.Time) {
			ready(pod, now)
			c.put(pod)
			c.controllers(w, now)
			then(now)
		})
	})
}

// --- Failures -------------------------------------------------------------------------------------------------------------

// loop goes on from a first crash as a kubelet would: another try after 10, 20, 40 s, which lasts a second.
func (c *churn) loop(pod *corev1.Pod, now time.Time, reason string, code int32, pause time.Duration) {
	c.warn(pod, now, "BackOff", "Back-off restarting failed container app in pod "+pod.Name)
	c.at(now.Add(pause), func(now time.Time) {
		pod.Status.ContainerStatuses[0].RestartCount++
		running(pod, 0, now, false)
		c.put(pod)
		c.at(now.Add(time.Second), func(now time.Time) {
			crash(pod, now, reason, code)
			c.put(pod)
			c.loop(pod, now, reason, code, 2*pause)
		})
	})
}

// fail: a pod that ran well has crashed twice and now waits for its third try.
func (c *churn) fail(w *workload, now time.Time, class, reason string, code int32) {
	pod := w.pods[0]
	pod.Status.ContainerStatuses[0].RestartCount = 1
	running(pod, 0, now.Add(-time.Second), false)
	crash(pod, now, reason, code)
	c.inject(w, pod, class)
	c.controllers(w, now)
	c.loop(pod, now, reason, code, 10*time.Second)
}

func (c *churn) crashLoop(w *workload, now time.Time) { c.fail(w, now, "CrashLoopBackOff", "Error", 1) }

func (c *churn) outOfMemory(w *workload, now time.Time) {
	c.fail(w, now, "OOMKilled", "OOMKilled", 137)
}

// pull alternates between the attempt that failed and the pause after it.
func pull(pod *corev1.Pod, now time.Time, turn int) {
	image := pod.Spec.Containers[0].Image
	if turn%2 == 1 {
		waiting(pod, now, "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", image))
	} else {
		waiting(pod, now, "ErrImagePull", fmt.Sprintf(pullError, image, image, image))
	}
}

func (c *churn) pullOn(pod *corev1.Pod, now time.Time, turn int) {
	c.at(now.Add(time.Duration(5+5*turn)*time.Second), func(now time.Time) {
		pull(pod, now, turn)
		c.put(pod)
		c.pullOn(pod, now, turn+1)
	})
}

// imagePull: a pod is moved to another node, which does not get the image.
func (c *churn) imagePull(w *workload, now time.Time) {
	c.evict(w, now)
	pod := c.create(w, w.replicas, now)
	c.at(now.Add(2*time.Second), func(now time.Time) {
		running(pod, 1, now, true)
		pod.Status.Phase = corev1.PodPending
		pull(pod, now, 0)
		c.inject(w, pod, "ImagePullBackOff")
		c.warn(pod, now, "Failed", "Error: ErrImagePull")
		c.controllers(w, now)
		c.pullOn(pod, now, 1)
	})
}

// --- What only looks like it ----------------------------------------------------------------------------------------------

func (c *churn) rollout(w *workload, now time.Time) {
	w.revision, w.generation, w.rolling = w.revision+1, w.generation+1, true
	old, left := append([]*corev1.Pod{}, w.pods...), w.replicas
	c.controllers(w, now)
	for i := range old {
		c.at(now.Add(time.Second+time.Duration(i)*400*time.Millisecond), func(now time.Time) {
			c.start(w, c.create(w, i, now), now, func(now time.Time) {
				c.terminate(w, old[i], now)
				left--
				w.rolling = left > 0
				c.controllers(w, now)
			})
		})
	}
	c.idle(w, now.Add(lastCall))
}

// evict takes a pod off its node.
func (c *churn) evict(w *workload, now time.Time) {
	pod := w.pods[0]
	pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue,
		ObservedGeneration: 1, Reason: "EvictionByEvictionAPI", Message: "Eviction API: evicting", LastTransitionTime: timestamp(now)})
	c.terminate(w, pod, now)
}

func (c *churn) eviction(w *workload, now time.Time) {
	c.evict(w, now)
	c.start(w, c.create(w, w.replicas, now), now, func(time.Time) {})
	c.idle(w, now.Add(10*time.Second))
}

// slowPull: the registry did not answer for some seconds.
func (c *churn) slowPull(w *workload, now time.Time) {
	c.evict(w, now)
	pod := c.create(w, w.replicas, now)
	for turn := range 2 {
		c.at(now.Add(time.Duration(1+4*turn)*time.Second), func(now time.Time) {
			pull(pod, now, turn)
			c.put(pod)
			c.warn(pod, now, "Failed", "Error: ErrImagePull")
		})
	}
	c.at(now.Add(8*time.Second), func(now time.Time) { c.start(w, pod, now, func(time.Time) {}) })
	c.idle(w, now.Add(15*time.Second))
}

// restart: a container ends once, and is well again.
func (c *churn) restart(w *workload, now time.Time) {
	pod := w.pods[0]
	status := &pod.Status.ContainerStatuses[0]
	status.State = corev1.ContainerState{Terminated: ended(pod, now, "Error", 1)}
	status.Ready = false
	setReady(pod, now)
	c.put(pod)
	c.controllers(w, now)
	c.at(now.Add(time.Second), func(now time.Time) {
		status.LastTerminationState, status.RestartCount = status.State, status.RestartCount+1
		running(pod, 0, now, false)
		c.put(pod)
	})
	c.at(now.Add(4*time.Second), func(now time.Time) {
		running(pod, 0, status.State.Running.StartedAt.Time, true)
		c.put(pod)
		c.controllers(w, now)
	})
	c.idle(w, now.Add(5*time.Second))
}

// unready: a probe fails for some seconds.
func (c *churn) unready(w *workload, now time.Time) {
	pod := w.pods[0]
	flip := func(now time.Time, to bool) {
		pod.Status.ContainerStatuses[0].Ready = to
		setReady(pod, now)
		c.put(pod)
		c.controllers(w, now)
	}
	c.warn(pod, now, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
	flip(now, false)
	c.at(now.Add(6*time.Second), func(now time.Time) { flip(now, true) })
	c.idle(w, now.Add(7*time.Second))
}

// newJob begins beside the workload that it was given; nothing happens to that one.
func (c *churn) newJob(beside *workload, now time.Time) *workload {
	job := &workload{world: c.world, kind: "Job", team: beside.team, ns: beside.ns, name: beside.name + "-migrate",
		replicas: 1, revision: 1, generation: 1, created: now}
	job.uid = uid(job.rng("uid"))
	c.idle(beside, now)
	return job
}

func (c *churn) runJob(w *workload, now time.Time) {
	job := c.newJob(w, now)
	c.complete(job, c.create(job, 0, now), now)
}

func (c *churn) complete(job *workload, pod *corev1.Pod, now time.Time) {
	c.start(job, pod, now, func(now time.Time) {
		c.at(now.Add(3*time.Second), func(now time.Time) {
			finish(pod, now, corev1.PodSucceeded, "Completed", 0)
			c.put(pod)
			c.controllers(job, now)
		})
	})
}

// retriedJob: its first try fails, which is what a backoff limit is for.
func (c *churn) retriedJob(w *workload, now time.Time) {
	job := c.newJob(w, now)
	first := c.create(job, 0, now)
	c.at(now.Add(2*time.Second), func(now time.Time) {
		started(first, now)
		c.put(first)
	})
	c.at(now.Add(4*time.Second), func(now time.Time) {
		finish(first, now, corev1.PodFailed, "Error", 1)
		c.put(first)
		c.complete(job, c.create(job, 1, now), now)
	})
}
