package main

import (
	_ "embed"
	"fmt"
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

const (
	appPort    = 8080
	registries = 40 // one that is away must not look like the cause of everything
)

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
	return fmt.Sprintf("registry-%02d.example.com/%s/%s:%s", w.team%registries, w.ns, w.name, w.version(revision))
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
	node, template := rng.IntN(teamNodes), w.template(revision)
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Namespace, pod.UID, pod.CreationTimestamp, pod.Generation = w.ns, uid(rng), at, 1
	w.adopt(pod, revision, number, word(rng, 5))
	pod.Spec.NodeName = nodeName(w.team, node)
	pod.Spec.Tolerations = []corev1.Toleration{tolerate(corev1.TaintNodeNotReady), tolerate(corev1.TaintNodeUnreachable)}
	pod.Spec.EnableServiceLinks, pod.Spec.PreemptionPolicy = ptr.To(true), ptr.To(corev1.PreemptLowerPriority)
	pod.Spec.Priority = ptr.To[int32](0)
	pod.ManagedFields = []metav1.ManagedFieldsEntry{
		managed("kube-controller-manager", "", fieldsOfSpec, at), managed("kubelet", "status", fieldsOfStatus, at)}
	creating(pod, created, nodeIP(w.team, node), fmt.Sprintf("10.%d.%d.%d", 64+w.team%128, rng.IntN(256), 1+rng.IntN(254)))
	return pod
}

// adopt names a pod as its controller does, and its controller in it.
func (w *workload) adopt(pod *corev1.Pod, revision, number int, suffix string) {
	switch w.kind {
	case "Deployment":
		set := w.replicaSet(revision)
		pod.GenerateName, pod.Name, pod.Labels[templateHash] = set+"-", set+"-"+suffix, w.hash(revision)
		pod.OwnerReferences = ownedBy("apps/v1", "ReplicaSet", set, uid(w.rng("replicaset", revision)))
	case "StatefulSet":
		pod.GenerateName, pod.Name = w.name+"-", fmt.Sprintf("%s-%d", w.name, number)
		pod.Labels["controller-revision-hash"] = w.name + "-" + w.hash(revision)
		pod.Labels["statefulset.kubernetes.io/pod-name"] = pod.Name
		pod.OwnerReferences = ownedBy("apps/v1", "StatefulSet", w.name, w.uid)
	case "Job":
		pod.GenerateName, pod.Name, pod.Labels[jobName], pod.Labels[jobUID] = w.name+"-", w.name+"-"+suffix, w.name, string(w.uid)
		pod.OwnerReferences = ownedBy("batch/v1", "Job", w.name, w.uid)
	}
}

func tolerate(taint string) corev1.Toleration {
	return corev1.Toleration{Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute,
		TolerationSeconds: ptr.To[int64](300)}
}
