package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// What the controllers say of a workload: drawn from its pods, at any moment.

const (
	revisionAnnotation = "deployment.kubernetes.io/revision"
	templateHash       = "pod-template-hash"
	jobName            = "batch.kubernetes.io/job-name"
	jobUID             = "batch.kubernetes.io/controller-uid"
)

// objects lists all that a team has.
func (w *world) objects(team int) []runtime.Object {
	list := w.surroundings(team)
	for _, one := range w.team(team) {
		pods := one.born()
		for _, pod := range pods {
			list = append(list, pod)
		}
		list = append(list, one.controllers(pods, one.created.Add(time.Minute))...)
	}
	return list
}

// controllers gives the workload's own object, and those that others keep for it.
func (w *workload) controllers(pods []*corev1.Pod, at time.Time) []runtime.Object {
	switch w.kind {
	case "Job":
		return []runtime.Object{w.job(pods, at)}
	case "StatefulSet":
		return []runtime.Object{w.statefulSet(w.count(pods)), w.service(), w.endpointSlice(pods)}
	default:
		return []runtime.Object{w.deployment(w.count(pods), at), w.replicaSetOf(w.revision-1, pods), w.replicaSetOf(w.revision, pods),
			w.service(), w.endpointSlice(pods)}
	}
}

// A tally counts pods that are neither going nor over.
type tally struct{ all, updated, ready int32 }

func (w *workload) count(pods []*corev1.Pod) (t tally) {
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		t.all++
		if pod.Labels[templateHash] == w.hash(w.revision) {
			t.updated++
		}
		if isReady(pod) {
			t.ready++
		}
	}
	return t
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func (w *workload) about() metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: w.name, Namespace: w.ns, UID: w.uid, Generation: w.generation, CreationTimestamp: timestamp(w.created),
		Labels: w.labels(w.revision)}
}

func ownedBy(version, kind, name string, uid types.UID) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: version, Kind: kind, Name: name, UID: uid, Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}}
}

// --- Deployments ----------------------------------------------------------------------------------------------------------

func (w *workload) deployment(t tally, at time.Time) *appsv1.Deployment {
	about := w.about()
	about.Annotations = map[string]string{revisionAnnotation: fmt.Sprint(w.revision)}
	return &appsv1.Deployment{
		ObjectMeta: about,
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(w.replicas)),
			Selector: &metav1.LabelSelector{MatchLabels: w.selector()},
			Template: w.template(w.revision),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxUnavailable: ptr.To(intstr.FromString("25%")), MaxSurge: ptr.To(intstr.FromString("100%"))}},
			RevisionHistoryLimit:    ptr.To[int32](10),
			ProgressDeadlineSeconds: ptr.To[int32](600),
		},
		Status: appsv1.DeploymentStatus{
			ObservedGeneration: w.generation, Replicas: t.all, UpdatedReplicas: t.updated, ReadyReplicas: t.ready, AvailableReplicas: t.ready,
			UnavailableReplicas: max(0, int32(w.replicas)-t.ready),
			Conditions:          []appsv1.DeploymentCondition{w.isAvailable(t, at), w.isProgressing(at)},
		},
	}
}

func (w *workload) isAvailable(t tally, at time.Time) appsv1.DeploymentCondition {
	available := appsv1.DeploymentCondition{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable",
		Message: "Deployment has minimum availability.", LastUpdateTime: timestamp(at), LastTransitionTime: timestamp(at)}
	if int(t.ready) < w.replicas-w.replicas/4 {
		available.Status, available.Reason = corev1.ConditionFalse, "MinimumReplicasUnavailable"
		available.Message = "Deployment does not have minimum availability."
	}
	return available
}

func (w *workload) isProgressing(at time.Time) appsv1.DeploymentCondition {
	progressing := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable",
		Message:        fmt.Sprintf("ReplicaSet %q has successfully progressed.", w.replicaSet(w.revision)),
		LastUpdateTime: timestamp(at), LastTransitionTime: timestamp(w.created)}
	if w.rolling {
		progressing.Reason = "ReplicaSetUpdated"
		progressing.Message = fmt.Sprintf("ReplicaSet %q is progressing.", w.replicaSet(w.revision))
	}
	return progressing
}

func (w *workload) replicaSetOf(revision int, pods []*corev1.Pod) *appsv1.ReplicaSet {
	var own []*corev1.Pod
	for _, pod := range pods {
		if pod.Labels[templateHash] == w.hash(revision) {
			own = append(own, pod)
		}
	}
	t := w.count(own)
	wanted := t.all
	if revision == w.revision && !w.rolling {
		wanted = int32(w.replicas)
	}
	template, selector := w.template(revision), w.selector()
	template.Labels[templateHash], selector[templateHash] = w.hash(revision), w.hash(revision)
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: w.replicaSet(revision), Namespace: w.ns, UID: uid(w.rng("replicaset", revision)), Generation: 1,
			CreationTimestamp: timestamp(w.created.Add(time.Duration(revision) * time.Second)), Labels: template.Labels,
			Annotations: map[string]string{revisionAnnotation: fmt.Sprint(revision)}, OwnerReferences: ownedBy("apps/v1", "Deployment", w.name, w.uid)},
		Spec: appsv1.ReplicaSetSpec{Replicas: &wanted, Selector: &metav1.LabelSelector{MatchLabels: selector}, Template: template},
		Status: appsv1.ReplicaSetStatus{ObservedGeneration: 1, Replicas: t.all, FullyLabeledReplicas: t.all, ReadyReplicas: t.ready,
			AvailableReplicas: t.ready},
	}
}

// --- StatefulSets and Jobs ------------------------------------------------------------------------------------------------

func (w *workload) statefulSet(t tally) *appsv1.StatefulSet {
	revision := w.name + "-" + w.hash(w.revision)
	return &appsv1.StatefulSet{
		ObjectMeta: w.about(),
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To(int32(w.replicas)), ServiceName: w.name,
			Selector: &metav1.LabelSelector{MatchLabels: w.selector()}, Template: w.template(w.revision),
			PodManagementPolicy:  appsv1.OrderedReadyPodManagement,
			UpdateStrategy:       appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType},
			RevisionHistoryLimit: ptr.To[int32](10),
		},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: w.generation, Replicas: t.all, ReadyReplicas: t.ready, AvailableReplicas: t.ready,
			CurrentReplicas: t.all, UpdatedReplicas: t.all, CurrentRevision: revision, UpdateRevision: revision, CollisionCount: ptr.To[int32](0)},
	}
}

func (w *workload) job(pods []*corev1.Pod, at time.Time) *batchv1.Job {
	template := w.template(w.revision)
	template.Labels[jobUID], template.Labels[jobName] = string(w.uid), w.name
	return &batchv1.Job{
		ObjectMeta: w.about(),
		Spec: batchv1.JobSpec{
			Parallelism: ptr.To[int32](1), Completions: ptr.To[int32](1), BackoffLimit: ptr.To[int32](6),
			CompletionMode: ptr.To(batchv1.NonIndexedCompletion), Suspend: ptr.To(false), ManualSelector: ptr.To(false),
			PodReplacementPolicy: ptr.To(batchv1.TerminatingOrFailed),
			Selector:             &metav1.LabelSelector{MatchLabels: map[string]string{jobUID: string(w.uid)}}, Template: template,
		},
		Status: w.jobStatus(pods, at),
	}
}

func (w *workload) jobStatus(pods []*corev1.Pod, at time.Time) batchv1.JobStatus {
	status := batchv1.JobStatus{StartTime: ptr.To(timestamp(w.created)), UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{},
		Ready: ptr.To[int32](0)}
	for _, pod := range pods {
		switch pod.Status.Phase {
		case corev1.PodSucceeded:
			status.Succeeded++
		case corev1.PodFailed:
			status.Failed++
		default:
			status.Active++
		}
	}
	if status.Succeeded == 0 {
		return status
	}
	status.CompletionTime = ptr.To(timestamp(at))
	for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		status.Conditions = append(status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue,
			Reason: batchv1.JobReasonCompletionsReached, Message: "Reached expected number of succeeded pods",
			LastProbeTime: timestamp(at), LastTransitionTime: timestamp(at)})
	}
	return status
}

// --- Services -------------------------------------------------------------------------------------------------------------

// service has no address of its own, lest the API server set out to register thousands of them.
func (w *workload) service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: w.name, Namespace: w.ns, UID: uid(w.rng("service")), CreationTimestamp: timestamp(w.created),
			Labels: w.labels(w.revision)},
		Spec: corev1.ServiceSpec{
			Selector: w.selector(), Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone},
			Ports:           []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("http")}},
			SessionAffinity: corev1.ServiceAffinityNone, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol},
			IPFamilyPolicy:        ptr.To(corev1.IPFamilyPolicySingleStack),
			InternalTrafficPolicy: ptr.To(corev1.ServiceInternalTrafficPolicyCluster),
		},
	}
}

func (w *workload) endpointSlice(pods []*corev1.Pod) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: w.name + "-" + word(w.rng("slice"), 5), Namespace: w.ns, UID: uid(w.rng("slice", "uid")),
			CreationTimestamp: timestamp(w.created), Generation: 1, OwnerReferences: ownedBy("v1", "Service", w.name, uid(w.rng("service"))),
			Labels: map[string]string{discoveryv1.LabelServiceName: w.name, discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io",
				corev1.IsHeadlessService: ""}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr.To("http"), Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To[int32](appPort)}},
	}
	for _, pod := range pods {
		isUp, isGoing := isReady(pod), pod.DeletionTimestamp != nil
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{pod.Status.PodIP}, NodeName: &pod.Spec.NodeName,
			Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(isUp && !isGoing), Serving: &isUp, Terminating: &isGoing},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID}})
	}
	return slice
}
