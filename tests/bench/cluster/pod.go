package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// What a real API server of version 1.36.4 wrote down about the owners of the fields of such a pod.
var (
	//go:embed fields_spec.json
	fieldsOfSpec []byte
	//go:embed fields_status.json
	fieldsOfStatus []byte
)

const appPort = 8080

var tokenMount = corev1.VolumeMount{Name: "kube-api-access", ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}

func (w *workload) labels(revision int) map[string]string {
	return map[string]string{"app.kubernetes.io/name": w.name, "app.kubernetes.io/version": w.version(revision)}
}

func (w *workload) selector() map[string]string {
	return map[string]string{"app.kubernetes.io/name": w.name}
}

func (w *workload) version(revision int) string {
	return fmt.Sprintf("2.%d.%d", w.rng("version").IntN(40), revision)
}

func (w *workload) image(revision int) string {
	return fmt.Sprintf("registry-%02d.example.com/%s/%s:%s", w.team%40, w.ns, w.name, w.version(revision))
}

// template is what the workload's owner wrote, with the defaults of the API server.
func (w *workload) template(revision int) corev1.PodTemplateSpec {
	restart := corev1.RestartPolicyAlways
	if w.kind == "Job" {
		restart = corev1.RestartPolicyNever
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: w.labels(revision), Annotations: map[string]string{"prometheus.io/scrape": "true"}},
		Spec: corev1.PodSpec{
			Containers:                    []corev1.Container{w.app(revision), w.proxy()},
			Volumes:                       w.volumes(),
			RestartPolicy:                 restart,
			TerminationGracePeriodSeconds: ptr.To[int64](30),
			DNSPolicy:                     corev1.DNSClusterFirst,
			ServiceAccountName:            "default",
			DeprecatedServiceAccount:      "default",
			SecurityContext:               &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)},
			SchedulerName:                 "default-scheduler",
		},
	}
}

func variable(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }

func fromSecret(name, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "credentials"}, Key: key}}}
}

func httpProbe(path string, period, threshold int32) *corev1.Probe {
	get := &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http"), Scheme: corev1.URISchemeHTTP}
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get},
		TimeoutSeconds: 2, PeriodSeconds: period, SuccessThreshold: 1, FailureThreshold: threshold}
}

func needs(cpu, memory, memoryLimit string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)},
		Limits:   corev1.ResourceList{"memory": resource.MustParse(memoryLimit)},
	}
}

func (w *workload) app(revision int) corev1.Container {
	database := fmt.Sprintf("postgres://%s@db-%02d.%s.svc.cluster.local:5432/%s", w.name, w.team%7, w.ns, w.name)
	return corev1.Container{
		Name: "app", Image: w.image(revision), ImagePullPolicy: corev1.PullIfNotPresent,
		Args:          []string{"--listen=:8080", "--config=/etc/app/settings.yaml"},
		Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: appPort, Protocol: corev1.ProtocolTCP}},
		Env:           []corev1.EnvVar{variable("DATABASE_URL", database), fromSecret("DATABASE_PASSWORD", "database")},
		Resources:     needs("250m", "512Mi", "1Gi"),
		LivenessProbe: httpProbe("/healthz", 10, 6), ReadinessProbe: httpProbe("/readyz", 5, 3),
		VolumeMounts:           []corev1.VolumeMount{{Name: "settings", MountPath: "/etc/app", ReadOnly: true}, tokenMount},
		TerminationMessagePath: corev1.TerminationMessagePathDefault, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
	}
}

func (w *workload) proxy() corev1.Container {
	return corev1.Container{
		Name: "proxy", Image: "registry-00.example.com/mesh/proxy:1.24.3", ImagePullPolicy: corev1.PullIfNotPresent,
		Env:                    []corev1.EnvVar{variable("CA_ADDR", "istiod.istio-system.svc:15012")},
		Resources:              needs("50m", "64Mi", "256Mi"),
		TerminationMessagePath: corev1.TerminationMessagePathDefault, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
	}
}

func (w *workload) volumes() []corev1.Volume {
	mode := ptr.To[int32](0o644)
	return []corev1.Volume{
		{Name: "settings", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}, DefaultMode: mode}}},
		{Name: tokenMount.Name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			DefaultMode: mode, Sources: []corev1.VolumeProjection{
				{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: ptr.To[int64](3607), Path: "token"}},
				{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"},
					Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
			}}}},
	}
}

func managed(by, subresource string, fields []byte, at metav1.Time) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{Manager: by, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &at,
		FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: fields}, Subresource: subresource}
}

// pod makes the pod of that number and revision, scheduled and otherwise as it is created.
func (w *workload) pod(revision, number int, created time.Time) *corev1.Pod {
	rng, at := w.rng("pod", revision, number), timestamp(created)
	node := rng.IntN(teamNodes)
	template := w.template(revision)
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Namespace, pod.UID, pod.CreationTimestamp, pod.Generation = w.ns, uid(rng), at, 1
	owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: w.name, UID: w.uid, Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}
	switch w.kind {
	case "Deployment":
		owner.Kind, owner.Name, owner.UID = "ReplicaSet", w.replicaSet(revision), uid(w.rng("replicaset", revision))
		pod.GenerateName = owner.Name + "-"
		pod.Name, pod.Labels["pod-template-hash"] = pod.GenerateName+word(rng, 5), w.hash(revision)
	case "StatefulSet":
		pod.GenerateName = w.name + "-"
		pod.Name, pod.Labels["controller-revision-hash"] = fmt.Sprintf("%s-%d", w.name, number), w.name+"-"+w.hash(revision)
		pod.Labels["statefulset.kubernetes.io/pod-name"], pod.Labels["apps.kubernetes.io/pod-index"] = pod.Name, fmt.Sprint(number)
	case "Job":
		owner.APIVersion, owner.Kind = "batch/v1", "Job"
		pod.GenerateName = w.name + "-"
		pod.Name, pod.Labels["batch.kubernetes.io/job-name"], pod.Labels["batch.kubernetes.io/controller-uid"] = pod.GenerateName+word(rng, 5), w.name, string(w.uid)
	}
	pod.OwnerReferences = []metav1.OwnerReference{owner}
	pod.Spec.NodeName = nodeName(w.team, node)
	pod.Spec.Tolerations = []corev1.Toleration{tolerate(corev1.TaintNodeNotReady), tolerate(corev1.TaintNodeUnreachable)}
	pod.Spec.EnableServiceLinks, pod.Spec.PreemptionPolicy, pod.Spec.Priority = ptr.To(true), ptr.To(corev1.PreemptLowerPriority), ptr.To[int32](0)
	pod.ManagedFields = []metav1.ManagedFieldsEntry{managed("kube-controller-manager", "", fieldsOfSpec, at), managed("kubelet", "status", fieldsOfStatus, at)}
	creating(pod, created, nodeIP(w.team, node), fmt.Sprintf("10.%d.%d.%d", 64+w.team%128, rng.IntN(256), 1+rng.IntN(254)))
	return pod
}

func tolerate(taint string) corev1.Toleration {
	return corev1.Toleration{Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr.To[int64](300)}
}

// --- What a kubelet says of a pod ----------------------------------------------------------------------------------------------

// creating: the pod is on its node and nothing in it has started.
func creating(pod *corev1.Pod, at time.Time, hostIP, podIP string) {
	since := timestamp(at)
	pod.Status = corev1.PodStatus{ObservedGeneration: 1, Phase: corev1.PodPending, StartTime: &since, QOSClass: corev1.PodQOSBurstable,
		HostIP: hostIP, HostIPs: []corev1.HostIP{{IP: hostIP}}, PodIP: podIP, PodIPs: []corev1.PodIP{{IP: podIP}}}
	for _, kind := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, ObservedGeneration: 1, LastTransitionTime: since})
	}
	for _, container := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: container.Name, Image: container.Image,
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}, Started: ptr.To(false)})
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
	end := &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, FinishedAt: timestamp(at), StartedAt: timestamp(at.Add(-time.Second)), ContainerID: status.ContainerID}
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
