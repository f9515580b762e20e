package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const nodeImages = 20

// surroundings is what the workloads of a team take for granted.
func (w *world) surroundings(team int) []runtime.Object {
	ns := namespaceName(team)
	about := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: ns, UID: uid(w.rng(ns, name)), CreationTimestamp: timestamp(epoch)}
	}
	list := []runtime.Object{
		w.namespace(ns),
		&corev1.ConfigMap{ObjectMeta: about("settings"), Data: map[string]string{"settings.yaml": "workers: 8\n", "region": "eu-west-1"}},
		&corev1.ConfigMap{ObjectMeta: about("kube-root-ca.crt"), Data: map[string]string{"ca.crt": ""}},
		&corev1.Secret{ObjectMeta: about("credentials"), Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"database": []byte("-")}},
	}
	for number := range teamNodes {
		list = append(list, w.node(team, number, epoch.Add(time.Hour)))
	}
	return list
}

func (w *world) namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: uid(w.rng(name)), CreationTimestamp: timestamp(epoch),
			Labels: map[string]string{corev1.LabelMetadataName: name}},
		Spec:   corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{corev1.FinalizerKubernetes}},
		Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive},
	}
}

func (w *world) node(team, number int, heartbeat time.Time) *corev1.Node {
	name := nodeName(team, number)
	capacity := corev1.ResourceList{"cpu": resource.MustParse("64"), "memory": resource.MustParse("256Gi"), "pods": resource.MustParse("250")}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: uid(w.rng(name)), CreationTimestamp: timestamp(epoch), Labels: map[string]string{
			corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
			corev1.LabelTopologyZone: fmt.Sprintf("eu-west-1%c", 'a'+number%3), corev1.LabelInstanceTypeStable: "m7i.16xlarge"}},
		Spec: corev1.NodeSpec{PodCIDR: fmt.Sprintf("10.%d.%d.0/24", 64+team%128, number),
			ProviderID: "aws:///eu-west-1a/i-" + word(w.rng(name, "id"), 17)},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeIP(team, number)}, {Type: corev1.NodeHostName, Address: name}},
			NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.36.4", ContainerRuntimeVersion: "containerd://2.2.1", OperatingSystem: "linux",
				Architecture: "amd64", OSImage: "Bottlerocket OS 1.50.0", KernelVersion: "6.12.40"}},
	}
	for _, kind := range []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure} {
		node.Status.Conditions = append(node.Status.Conditions, condition(kind, corev1.ConditionFalse, "KubeletHasNo"+string(kind), heartbeat))
	}
	node.Status.Conditions = append(node.Status.Conditions, condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", heartbeat))
	for i := range nodeImages {
		image := fmt.Sprintf("registry-%02d.example.com/cache/image-%d@sha256:%s", team%registries, i, digest(w.rng(name, i)))
		node.Status.Images = append(node.Status.Images, corev1.ContainerImage{Names: []string{image}, SizeBytes: 100 << 20})
	}
	return node
}

func condition(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason string, heartbeat time.Time) corev1.NodeCondition {
	return corev1.NodeCondition{Type: kind, Status: status, Reason: reason, Message: "the kubelet says so",
		LastHeartbeatTime: timestamp(heartbeat), LastTransitionTime: timestamp(epoch)}
}
