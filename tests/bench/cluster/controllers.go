package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

const revisionAnnotation = "deployment.kubernetes.io/revision"

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

// surroundings is what the workloads of a team take for granted.
func (w *world) surroundings(team int) []runtime.Object {
	ns := namespaceName(team)
	about := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: ns, UID: uid(w.rng(ns, name)), CreationTimestamp: timestamp(epoch)}
	}
	namespace := &corev1.Namespace{ObjectMeta: about(ns), Spec: corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{corev1.FinalizerKubernetes}},
		Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive}}
	namespace.Namespace, namespace.Labels = "", map[string]string{corev1.LabelMetadataName: ns}
	list := []runtime.Object{namespace,
		&corev1.ConfigMap{ObjectMeta: about("settings"), Data: map[string]string{"settings.yaml": "workers: 8\n", "REGION": "eu-west-1"}},
		&corev1.ConfigMap{ObjectMeta: about("kube-root-ca.crt"), Data: map[string]string{"ca.crt": ""}},
		&corev1.Secret{ObjectMeta: about("credentials"), Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"database": []byte("1"), "api-key": []byte("2")}}}
	for number := range teamNodes {
		list = append(list, w.node(team, number, epoch.Add(time.Hour)))
	}
	return list
}

func (w *world) node(team, number int, heartbeat time.Time) *corev1.Node {
	name, at := nodeName(team, number), timestamp(heartbeat)
	capacity := corev1.ResourceList{"cpu": resource.MustParse("64"), "memory": resource.MustParse("256Gi"), "pods": resource.MustParse("250"), "ephemeral-storage": resource.MustParse("500Gi")}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: uid(w.rng(name)), CreationTimestamp: timestamp(epoch), Labels: map[string]string{
			corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64", corev1.LabelTopologyRegion: "eu-west-1",
			corev1.LabelTopologyZone: fmt.Sprintf("eu-west-1%c", 'a'+number%3), corev1.LabelInstanceTypeStable: "m7i.16xlarge"}},
		Spec: corev1.NodeSpec{PodCIDR: fmt.Sprintf("10.%d.%d.0/24", 64+team%128, number), ProviderID: "aws:///eu-west-1a/i-" + word(w.rng(name, "id"), 17)},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeIP(team, number)}, {Type: corev1.NodeHostName, Address: name}},
			NodeInfo:  corev1.NodeSystemInfo{KubeletVersion: "v1.36.4", ContainerRuntimeVersion: "containerd://2.2.1", OperatingSystem: "linux", Architecture: "amd64", OSImage: "Bottlerocket OS 1.50.0", KernelVersion: "6.12.40"},
		},
	}
	for _, kind := range []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeReady} {
		condition := corev1.NodeCondition{Type: kind, Status: corev1.ConditionFalse, Reason: "KubeletHasNo" + string(kind), LastHeartbeatTime: at, LastTransitionTime: timestamp(epoch)}
		if kind == corev1.NodeReady {
			condition.Status, condition.Reason, condition.Message = corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"
		}
		node.Status.Conditions = append(node.Status.Conditions, condition)
	}
	for i := range 20 {
		node.Status.Images = append(node.Status.Images, corev1.ContainerImage{SizeBytes: 100 << 20,
			Names: []string{fmt.Sprintf("registry-%02d.example.com/cache/image-%d@sha256:%s", team%40, i, digest(w.rng(name, i)))}})
	}
	return node
}

// --- What the controllers say of a workload: drawn from its pods ---------------------------------------------------------------

// tally counts pods that are neither going nor over.
type tally struct{ all, updated, ready int32 }

func (w *workload) count(pods []*corev1.Pod) (t tally) {
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		t.all++
		if pod.Labels["pod-template-hash"] == w.hash(w.revision) {
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
	return metav1.ObjectMeta{Name: w.name, Namespace: w.ns, UID: w.uid, Generation: w.generation, CreationTimestamp: timestamp(w.created), Labels: w.labels(w.revision)}
}

// controllers gives the workload's own object, and those that others keep for it.
func (w *workload) controllers(pods []*corev1.Pod, at time.Time) []runtime.Object {
	switch w.kind {
	case "Job":
		return []runtime.Object{w.job(pods, at)}
	case "StatefulSet":
		return append([]runtime.Object{w.statefulSet(w.count(pods))}, w.service(pods)...)
	}
	list := append([]runtime.Object{w.deployment(w.count(pods), at)}, w.service(pods)...)
	for revision := w.revision - 1; revision <= w.revision; revision++ {
		list = append(list, w.replicaSetOf(revision, pods))
	}
	return list
}

func (w *workload) deployment(t tally, at time.Time) *appsv1.Deployment {
	about := w.about()
	about.Annotations = map[string]string{revisionAnnotation: fmt.Sprint(w.revision)}
	quarter, all := intstr.FromString("25%"), intstr.FromString("100%")
	status := appsv1.DeploymentStatus{ObservedGeneration: w.generation, Replicas: t.all, UpdatedReplicas: t.updated, ReadyReplicas: t.ready, AvailableReplicas: t.ready,
		UnavailableReplicas: max(0, int32(w.replicas)-t.ready)}
	available := appsv1.DeploymentCondition{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable",
		Message: "Deployment has minimum availability.", LastUpdateTime: timestamp(at), LastTransitionTime: timestamp(at)}
	if int(t.ready) < w.replicas-w.replicas/4 {
		available.Status, available.Reason, available.Message = corev1.ConditionFalse, "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
	}
	progressing := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable",
		Message: fmt.Sprintf("ReplicaSet %q has successfully progressed.", w.replicaSet(w.revision)), LastUpdateTime: timestamp(at), LastTransitionTime: timestamp(w.created)}
	if w.rolling {
		progressing.Reason, progressing.Message = "ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", w.replicaSet(w.revision))
	}
	status.Conditions = []appsv1.DeploymentCondition{available, progressing}
	return &appsv1.Deployment{ObjectMeta: about, Status: status, Spec: appsv1.DeploymentSpec{
		Replicas: ptr.To(int32(w.replicas)), Selector: &metav1.LabelSelector{MatchLabels: w.selector()}, Template: w.template(w.revision),
		Strategy:             appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &quarter, MaxSurge: &all}},
		RevisionHistoryLimit: ptr.To[int32](10), ProgressDeadlineSeconds: ptr.To[int32](600)}}
}

func (w *workload) replicaSetOf(revision int, pods []*corev1.Pod) *appsv1.ReplicaSet {
	var own []*corev1.Pod
	for _, pod := range pods {
		if pod.Labels["pod-template-hash"] == w.hash(revision) {
			own = append(own, pod)
		}
	}
	t, template := w.count(own), w.template(revision)
	wanted := t.all
	if revision == w.revision && !w.rolling {
		wanted = int32(w.replicas)
	}
	template.Labels["pod-template-hash"] = w.hash(revision)
	selector := w.selector()
	selector["pod-template-hash"] = w.hash(revision)
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: w.replicaSet(revision), Namespace: w.ns, UID: uid(w.rng("replicaset", revision)), Generation: 1,
			CreationTimestamp: timestamp(w.created.Add(time.Duration(revision) * time.Second)), Labels: template.Labels, Annotations: map[string]string{revisionAnnotation: fmt.Sprint(revision)},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: w.name, UID: w.uid, Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}}},
		Spec:   appsv1.ReplicaSetSpec{Replicas: &wanted, Selector: &metav1.LabelSelector{MatchLabels: selector}, Template: template},
		Status: appsv1.ReplicaSetStatus{ObservedGeneration: 1, Replicas: t.all, FullyLabeledReplicas: t.all, ReadyReplicas: t.ready, AvailableReplicas: t.ready},
	}
}

func (w *workload) statefulSet(t tally) *appsv1.StatefulSet {
	revision := w.name + "-" + w.hash(w.revision)
	return &appsv1.StatefulSet{ObjectMeta: w.about(),
		Spec: appsv1.StatefulSetSpec{Replicas: ptr.To(int32(w.replicas)), ServiceName: w.name, Selector: &metav1.LabelSelector{MatchLabels: w.selector()}, Template: w.template(w.revision),
			PodManagementPolicy: appsv1.OrderedReadyPodManagement, UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType}, RevisionHistoryLimit: ptr.To[int32](10)},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: w.generation, Replicas: t.all, ReadyReplicas: t.ready, AvailableReplicas: t.ready, CurrentReplicas: t.all, UpdatedReplicas: t.all,
			CurrentRevision: revision, UpdateRevision: revision, CollisionCount: ptr.To[int32](0)}}
}

func (w *workload) job(pods []*corev1.Pod, at time.Time) *batchv1.Job {
	selector := map[string]string{"batch.kubernetes.io/controller-uid": string(w.uid)}
	template, began := w.template(w.revision), timestamp(w.created)
	template.Labels["batch.kubernetes.io/controller-uid"], template.Labels["batch.kubernetes.io/job-name"] = string(w.uid), w.name
	status := batchv1.JobStatus{StartTime: &began, UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{}, Ready: ptr.To[int32](0)}
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
	if status.Succeeded > 0 {
		over := timestamp(at)
		status.CompletionTime = &over
		for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
			status.Conditions = append(status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonCompletionsReached,
				Message: "Reached expected number of succeeded pods", LastProbeTime: over, LastTransitionTime: over})
		}
	}
	return &batchv1.Job{ObjectMeta: w.about(), Status: status, Spec: batchv1.JobSpec{Parallelism: ptr.To[int32](1), Completions: ptr.To[int32](1), BackoffLimit: ptr.To[int32](6),
		CompletionMode: ptr.To(batchv1.NonIndexedCompletion), Suspend: ptr.To(false), ManualSelector: ptr.To(false), PodReplacementPolicy: ptr.To(batchv1.TerminatingOrFailed),
		Selector: &metav1.LabelSelector{MatchLabels: selector}, Template: template}}
}

// service has no address of its own, lest the API server set out to register thousands of them.
func (w *workload) service(pods []*corev1.Pod) []runtime.Object {
	about := metav1.ObjectMeta{Name: w.name, Namespace: w.ns, UID: uid(w.rng("service")), CreationTimestamp: timestamp(w.created), Labels: w.labels(w.revision)}
	service := &corev1.Service{ObjectMeta: about, Spec: corev1.ServiceSpec{Selector: w.selector(), Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone},
		Ports:           []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("http")}},
		SessionAffinity: corev1.ServiceAffinityNone, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}, IPFamilyPolicy: ptr.To(corev1.IPFamilyPolicySingleStack), InternalTrafficPolicy: ptr.To(corev1.ServiceInternalTrafficPolicyCluster)}}
	slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: ptr.To("http"), Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To[int32](appPort)}},
		ObjectMeta: metav1.ObjectMeta{Name: w.name + "-" + word(w.rng("slice"), 5), Namespace: w.ns, UID: uid(w.rng("slice", "uid")), CreationTimestamp: about.CreationTimestamp, Generation: 1,
			Labels:          map[string]string{discoveryv1.LabelServiceName: w.name, discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io", corev1.IsHeadlessService: ""},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Service", Name: w.name, UID: about.UID, Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}}}}
	for _, pod := range pods {
		isUp := isReady(pod)
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{pod.Status.PodIP}, NodeName: &pod.Spec.NodeName,
			Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(isUp && pod.DeletionTimestamp == nil), Serving: &isUp, Terminating: ptr.To(pod.DeletionTimestamp != nil)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID}})
	}
	return []runtime.Object{service, slice}
}
