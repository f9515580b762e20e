# SPDX-License-Identifier: Apache-2.0
"""Kubernetes with the official client, as the people who deploy would use it."""
from kubernetes import client, config, utils
from kubernetes.client.exceptions import ApiException

from waiting import eventually, never

GOOD_IMAGE, BAD_IMAGE = "nginx:1.25", "nginx:1.99-none"
CRASHING = ["sh", "-c", "echo 'FATAL: DATABASE_URL is not set' >&2; exit 1"]
HUNGRY = ["stress", "--vm", "1", "--vm-bytes", "96M"]
REAL_NODE = {"nodeSelector": {"sandbox.aegiops.io/node": "real"}, "tolerations": [{"key": "sandbox.aegiops.io/node", "operator": "Exists"}]}


class Cluster:
    def __init__(self, kubeconfig):
        self.api = config.new_client_from_config(str(kubeconfig))
        self.core, self.apps = client.CoreV1Api(self.api), client.AppsV1Api(self.api)
        self.policy, self.batch = client.PolicyV1Api(self.api), client.BatchV1Api(self.api)

    def namespace(self, name, placement=None, **labels):
        """Placement: what the spec of its pods says about nodes; without it they go to simulated ones."""
        self.core.create_namespace({"metadata": {"name": name, "labels": labels}})
        eventually(f"the service account of namespace {name}", lambda: self._has_account(name), within=20)
        return Namespace(self, name, placement or {})

    def _has_account(self, name):
        try:
            return self.core.read_namespaced_service_account("default", name)
        except ApiException:
            return None


class Namespace:
    """One test's own corner of the cluster."""

    def __init__(self, cluster, name, placement):
        self.cluster, self.name, self.placement = cluster, name, placement
        self.core, self.apps, self.batch = cluster.core, cluster.apps, cluster.batch

    def delete(self):
        self.core.delete_namespace(self.name)

    def ignore(self):
        """Asks AegiOps to leave it alone."""
        self.core.patch_namespace(self.name, {"metadata": {"annotations": {"aegiops.io/ignore": "true"}}})

    def key(self, workload="web", cluster="test", kind="Deployment"):
        return f"{cluster}/{self.name}/{kind}/{workload}"

    def put(self, *manifests):
        """Creates objects of any kind; the last one is returned."""
        for manifest in manifests:
            made = utils.create_from_dict(self.cluster.api, manifest, namespace=self.name)
        return made[0]

    def create(self, name="web", replicas=2, pod=None, template=None, **container):
        """A Deployment of one container, called app. Pod: more of the pods' spec; template: more of their metadata."""
        labels = {"app": name}
        spec = self.placement | (pod or {}) | {"containers": [{"name": "app", "image": GOOD_IMAGE} | container]}
        return self.apps.create_namespaced_deployment(self.name, {
            "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels} | (template or {}), "spec": spec}}})

    def change(self, name="web", **container):
        """A new revision: some fields of its container."""
        return self.apps.patch_namespaced_deployment(name, self.name, {
            "spec": {"template": {"spec": {"containers": [{"name": "app"} | container]}}}})

    def deployment(self, name="web"):
        return self.apps.read_namespaced_deployment(name, self.name)

    def container(self, name="web"):
        return self.deployment(name).spec.template.spec.containers[0]

    def pods(self, name="web"):
        return self.core.list_namespaced_pod(self.name, label_selector=f"app={name}").items

    def is_healthy(self, name="web"):
        found = self.deployment(name)
        status, wanted = found.status, found.spec.replicas
        return (status.observed_generation or 0) >= found.metadata.generation and \
            wanted == (status.replicas or 0) == (status.updated_replicas or 0) == (status.available_replicas or 0)

    def wait_healthy(self, name="web", within=30):
        eventually(f"Deployment {self.name}/{name} to be healthy", lambda: self.is_healthy(name), within, lambda: self.describe(name))

    def create_healthy(self, name="web", **fields):
        self.create(name, **fields)
        self.wait_healthy(name)
        return self.deployment(name)

    def create_good(self, **fields):
        """Well for so long that its revision counts as good (observer.soak). Of one that crashes each pod is ready for an instant, so
        that it may take the place of all others."""
        made = self.create_healthy(**fields)
        never(f"a failure of Deployment {self.name}/web", lambda: not self.is_healthy(), during=5)
        return made

    def damage(self, pod):
        """Removes a file under a running pod's feet, as `kubectl debug` would: this pod crashes from now on, its siblings do not."""
        self.core.patch_namespaced_pod_ephemeralcontainers(pod, self.name, {"spec": {"ephemeralContainers": [
            {"name": "vandal", "image": "busybox:1.36", "command": ["rm", "/etc/nginx/nginx.conf"], "targetContainerName": "app"}]}})

    def describe(self, name="web"):
        found = self.deployment(name)
        return "\n".join([f"generation {found.metadata.generation}, status {found.status.to_dict()}",
                          *(f"{pod.metadata.name} {pod.status.phase} {pod.status.container_statuses}" for pod in self.pods(name))])[:6000]
