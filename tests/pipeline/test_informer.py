# SPDX-License-Identifier: Apache-2.0
"""The observer's view of the cluster stays true, whatever the API server and the network do to its lists and watches."""
import re

import pytest
from kubernetes import client

from cluster import BAD_IMAGE, GOOD_IMAGE
from relay import Relay
from test_configuration import kubeconfig
from topics import of_workload
from waiting import eventually, never

LISTED = ("pods", "deployments", "namespaces")  # of which all are kept


def actual(cluster):
    """How many of each kind there are."""
    lists = {"pods": cluster.core.list_pod_for_all_namespaces, "namespaces": cluster.core.list_namespace,
             "deployments": cluster.apps.list_deployment_for_all_namespaces}
    return {kind: len(look().items) for kind, look in lists.items()}


def known(observer):
    return {kind: int(observer.metric("aegiops_store_objects", kind=kind)) for kind in LISTED}


def wait_true(observer, cluster, within=20):
    eventually("the observer to know what there is", lambda: known(observer) == actual(cluster), within,
               lambda: f"known {known(observer)}, actual {actual(cluster)}\n{observer.tail()}")


def restarts(observer, reason=None):
    labels = {"reason": reason} if reason else {}
    return int(observer.metric("aegiops_watch_restarts_total", **labels))


class Watching:
    """An observer that sees the API server through a relay."""

    def __init__(self, pipeline, kubeconfig):
        self.pipeline, self.observer = pipeline, pipeline.observer
        self.relay = Relay(kubeconfig, pipeline.folder)
        self.observer.environment["KUBECONFIG"] = str(self.relay.kubeconfig)

    def start(self):
        self.pipeline.start("observer")
        return self

    def incidents(self, namespace, workload="web"):
        return self.pipeline.topics.find("incidents", of_workload(namespace.key(workload)))

    def wait_incident(self, namespace, workload="web", within=30):
        return self.pipeline.topics.wait("incidents", of_workload(namespace.key(workload)), within)


@pytest.fixture
def watching_as(own_pipeline):
    """Makes such an observer of a kubeconfig."""
    made = []

    def make(kubeconfig):
        made.append(Watching(own_pipeline(), kubeconfig))
        return made[-1]
    yield make
    for watching in made:
        watching.relay.close()


@pytest.fixture
def watching(watching_as, sandbox):
    return watching_as(sandbox.observer)


def test_streamed_list_is_read_once_and_watched_on(watching, cluster, namespace):
    namespace.create_healthy("well")
    namespace.create("ill", image=BAD_IMAGE)
    watching.start()
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "ill")
    assert len(watching.relay.asked("/pods?", "sendInitialEvents=true")) == 1
    assert not watching.relay.asked("limit=500")
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1 or watching.incidents(namespace, "well"), during=2)


def test_answers_that_are_cut_off_anywhere_cost_nothing(watching, cluster, namespace):
    namespace.create("ill", image=BAD_IMAGE)
    lengths = iter((10, 300, 600, 3000))  # in the head of the answer, in its first frame, and later
    watching.relay.cut_after = lambda target: next(lengths, None) if "/pods?" in target else None
    watching.start()
    eventually("all to have been cut", lambda: next(lengths, None) is None, within=30)
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "ill")
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1, during=2)


def test_what_happened_before_etcd_was_compacted_is_found(watching, cluster, sandbox, namespace):
    """410 in mid-watch: events are watched without a cache, so that the API server asks etcd."""
    namespace.create_healthy("gone")
    namespace.create("ill", image=BAD_IMAGE)
    watching.start()
    watching.wait_incident(namespace, "ill")
    with watching.relay.held():
        namespace.apps.delete_namespaced_deployment("gone", namespace.name)
        namespace.create("new", image=BAD_IMAGE)
        eventually("events about it", lambda: [event for event in namespace.core.list_namespaced_event(namespace.name).items
                                               if event.involved_object.name.startswith("new-") and event.type == "Warning"], within=20)
        sandbox.compact_etcd()
        watching.relay.cut()
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "new")
    assert watching.observer.metric("aegiops_watch_restarts_total", kind="events", reason="expired") >= 1
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1, during=2)


def test_versions_go_on_where_nothing_happens(watching, cluster, namespace):
    """Bookmarks: the next watch of a quiet kind does not begin in the past, which may be forgotten by then."""
    eventually("what other tests left to be gone", lambda: all(found.status.phase == "Active" for found in cluster.core.list_namespace().items),
               within=30)
    watching.relay.change = lambda request: re.sub(rb"timeoutSeconds=\d+", b"timeoutSeconds=5", request)
    watching.start()
    event = namespace.core.create_namespaced_config_map(namespace.name, {"metadata": {"name": "no-deployment"}})
    cluster.apps.list_deployment_for_all_namespaces()  # the API server learns that its cache of them is of a newer version

    def newest():
        return max((int(re.search(r"[?&]resourceVersion=(\d+)", target)[1])
                    for target in watching.relay.asked("/deployments?", "&resourceVersion=")), default=0)
    eventually("a watch from a newer version", lambda: newest() >= int(event.metadata.resource_version), within=20)
    assert len(watching.relay.asked("/deployments?", "sendInitialEvents=true")) == 1


MEGABYTE = "x" * 1000 * 1000


def terminated_watchers(cluster):
    """How many watches the API server has ended since nobody read them."""
    text = cluster.api.call_api("/metrics", "GET", auth_settings=["BearerToken"], response_type="str", _return_http_data_only=True)
    return sum(float(number) for number in re.findall(r'^apiserver_terminated_watchers_total{.*resource="pods".*} (\S+)$', text, re.M))


def test_watcher_that_is_too_slow_is_cut_and_catches_up(watching, cluster, namespace):
    """The process stands still while a large pod changes, until the API server has enough of it."""
    before = terminated_watchers(cluster)
    namespace.create_healthy("gone")
    namespace.create("ill", image=BAD_IMAGE)
    namespace.core.create_namespaced_pod(namespace.name, {
        "metadata": {"name": "large"}, "spec": {"containers": [{"name": "app", "image": GOOD_IMAGE, "args": [MEGABYTE]}]}})
    watching.start()
    watching.wait_incident(namespace, "ill")
    with watching.observer.frozen():
        namespace.apps.delete_namespaced_deployment("gone", namespace.name)
        namespace.create("new", image=BAD_IMAGE)
        for number in range(200):
            namespace.core.patch_namespaced_pod("large", namespace.name, {"metadata": {"labels": {"number": str(number)}}})
            if terminated_watchers(cluster) > before:
                break
        assert terminated_watchers(cluster) > before
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "new")
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1, during=2)
    assert watching.observer.metric("aegiops_watch_restarts_total", kind="pods") >= 1


# --- Rights ------------------------------------------------------------------------------------------------------------------

class Account:
    """A service account whose right to read each resource can be given and taken."""

    def __init__(self, namespace, resources):
        self.namespace, self.resources, self.rbac = namespace, set(resources), client.RbacAuthorizationV1Api(namespace.cluster.api)
        self.name = namespace.name  # the role is the cluster's
        namespace.core.create_namespaced_service_account(namespace.name, {"metadata": {"name": "watcher"}})
        meta = {"metadata": {"name": self.name}}
        self.rbac.create_cluster_role(meta | {"rules": self._rules()})
        self.rbac.create_cluster_role_binding(meta | {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": self.name},
            "subjects": [{"kind": "ServiceAccount", "name": "watcher", "namespace": namespace.name}]})

    def _rules(self):
        return [{"apiGroups": ["", "apps"], "resources": sorted(self.resources), "verbs": ["get", "list", "watch"]}]

    def give(self, resource):
        self.resources.add(resource)
        self.rbac.patch_cluster_role(self.name, {"rules": self._rules()})

    def take(self, resource):
        self.resources.remove(resource)
        self.rbac.patch_cluster_role(self.name, {"rules": self._rules()})

    def token(self, bound_to=None):
        """A token; of a Secret it is bound to, it does not outlive that."""
        reference = {"apiVersion": "v1", "kind": "Secret", "name": bound_to} if bound_to else None
        return self.namespace.core.create_namespaced_service_account_token(
            "watcher", self.namespace.name, {"spec": {"expirationSeconds": 600, "boundObjectRef": reference}}).status.token

    def delete(self):
        self.rbac.delete_cluster_role_binding(self.name)
        self.rbac.delete_cluster_role(self.name)


@pytest.fixture
def account(namespace):
    made = Account(namespace, ("pods", "pods/log", "events", "deployments", "replicasets", "namespaces"))
    yield made
    made.delete()


def forbidden(observer):
    return {kind: int(observer.metric("aegiops_watch_forbidden", kind=kind)) for kind in (*LISTED, "events")}


def test_right_that_is_taken_and_given_back(watching_as, sandbox, cluster, namespace, account, tmp_path):
    def change(_, user):
        user.clear()
        user["token"] = account.token()
    watching = watching_as(kubeconfig(sandbox.observer, tmp_path / "config", change))
    account.take("events")
    namespace.create_healthy("well")
    namespace.create("ill", image=BAD_IMAGE)
    watching.observer.start()
    watching.wait_incident(namespace, "ill")
    assert forbidden(watching.observer) == {"pods": 0, "deployments": 0, "namespaces": 0, "events": 1}
    account.give("events")
    account.take("pods")
    account.take("deployments")
    watching.relay.cut()
    eventually("pods", lambda: forbidden(watching.observer) == {"pods": 1, "deployments": 1, "namespaces": 0, "events": 0}, within=100, otherwise=watching.observer.tail)
    import time; time.sleep(5)
    print(known(watching.observer), watching.incidents(namespace, "ill"))
    print(watching.observer.get("/readyz"))
    account.give("pods")
    account.give("deployments")
    eventually("pods", lambda: forbidden(watching.observer) == {"pods": 0, "deployments": 0, "namespaces": 0, "events": 0}, within=100, otherwise=watching.observer.tail)
    watching.observer.wait_ready()
    assert 0
