# SPDX-License-Identifier: Apache-2.0
"""What is wrong with workloads, nodes, namespaces, Services and claims. All are broken at once, looked at one by one, and mended at
once; beside them stands what looks like them and is none."""
import threading
from dataclasses import dataclass, field
from typing import Callable

import pytest
from kubernetes import client

from manifests import (GATED, claim, config_map, cron_job, daemon_set, deployment, job, mounting, quota, service, stateful_set, template,
                       volume)
from nodes import KeptNode
from sandbox import session_name
from story import final_notices, read_lap
from topics import of_workload
from waiting import eventually, never

SETTINGS = {"observer": {"pending_after": "5s", "stuck_after": "20s"},
            "policy": {"actions": {"rollback": "review"}}}  # as it is people who mend here
FOREVER = 2**31 - 1


@dataclass(frozen=True)
class Case:
    failure: str
    kind: str
    name: str
    says: str                                   # what the summary holds
    breaks: Callable                            # each of these is given a Site
    mends: Callable
    before: tuple = ()                          # objects that are well
    verified: str = ""                          # what the verdict says at the end
    labels: dict = field(default_factory=dict)  # of the namespace
    rule: str = "escalate"


@dataclass
class Site:
    """Where a case takes place."""
    namespace: object
    nodes: dict

    @property
    def name(self):
        return self.namespace.name

    def patch(self, kind, name, patch):
        method = {"Deployment": self.namespace.apps.patch_namespaced_deployment, "StatefulSet": self.namespace.apps.patch_namespaced_stateful_set,
                  "DaemonSet": self.namespace.apps.patch_namespaced_daemon_set, "Service": self.namespace.core.patch_namespaced_service,
                  "Job": self.namespace.batch.patch_namespaced_job, "CronJob": self.namespace.batch.patch_namespaced_cron_job}[kind]
        return method(name, self.name, patch)

    def scale(self, kind, name, replicas):
        self.patch(kind, name, {"spec": {"replicas": replicas}})

    def nudge(self, kind, name):
        """Its controller looks at it at once, instead of after its pause."""
        self.patch(kind, name, {"metadata": {"annotations": {"example.com/nudged": "yes"}}})

    def without_quota(self, kind, name):
        self.namespace.core.delete_namespaced_resource_quota("quota", self.name)
        self.nudge(kind, name)

    def run_again(self, name, script, **spec):
        """One more run of CronJob backup."""
        owner = self.namespace.batch.read_namespaced_cron_job("backup", self.name)
        self.namespace.put(job(name, script, owner, **spec))

    def delete_job(self, name):
        self.namespace.batch.delete_namespaced_job(name, self.name, propagation_policy="Background")

    def put_idle(self, make, **spec):
        """A workload whose pods go to a node that says that it is well and starts nothing: no pod shows why."""
        self.namespace.put(make(pod=self.nodes["idle"].placement(), **spec))

    def let_go_elsewhere(self, kind, name):
        self.patch(kind, name, {"spec": {"template": {"spec": {"nodeSelector": None, "tolerations": None}}}})
        self.namespace.core.delete_collection_namespaced_pod(self.name, label_selector=f"app={name}", grace_period_seconds=0)

    def delete_volume(self):
        core = self.namespace.core
        core.delete_persistent_volume(self.name)
        core.patch_persistent_volume(self.name, {"metadata": {"finalizers": None}})


def puts(*manifests):
    return lambda site: site.namespace.put(*manifests)


def hook(site):
    """An admission webhook that nobody answers, for this namespace alone."""
    client.AdmissionregistrationV1Api(site.namespace.cluster.api).create_validating_webhook_configuration({
        "metadata": {"name": site.name},
        "webhooks": [{"name": "hook.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
                      "timeoutSeconds": 1, "clientConfig": {"url": "https://127.0.0.1:9/"},
                      "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": site.name}},
                      "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}]})
    site.namespace.put(deployment())


def unhook(site):
    client.AdmissionregistrationV1Api(site.namespace.cluster.api).delete_validating_webhook_configuration(site.name)
    site.nudge("Deployment", "web")


def allow_all(site):
    site.namespace.core.patch_namespace(site.name, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}})
    site.nudge("Deployment", "web")


def delete_service(site):
    site.namespace.core.delete_namespaced_service("web", site.name)


def delete_config_map(site):
    site.namespace.core.delete_namespaced_config_map("settings", site.name)


def delete_namespace(site):
    site.namespace.delete()


def let_namespace_go(site):
    site.namespace.core.patch_namespaced_config_map("held", site.name, {"metadata": {"finalizers": None}})


def node_speaks_again(site):
    node = site.nodes["lost"]
    node.run_pods(site.name)
    node.report()


USED_UP = "the quota of the namespace is used up"
CASES = {
    "quota-deployment": Case("FailedCreate", "Deployment", "web", f"cannot create its pods: {USED_UP}", puts(deployment()),
                             lambda site: site.without_quota("Deployment", "web"), (quota(pods=1),), verified="2 of 2 pods of Deployment"),
    "quota-stateful-set": Case("FailedCreate", "StatefulSet", "db", f"cannot create its pods: {USED_UP}", puts(stateful_set()),
                               lambda site: site.without_quota("StatefulSet", "db"), (quota(pods=1),), verified="2 of 2 pods of StatefulSet"),
    "quota-daemon-set": Case("FailedCreate", "DaemonSet", "agent", f"cannot create its pods: {USED_UP}", puts(daemon_set()),
                             lambda site: site.without_quota("DaemonSet", "agent"), (quota(pods=1),), verified="3 of 3 pods of DaemonSet"),
    "quota-job": Case("FailedCreate", "Job", "import", f"cannot create its pods: {USED_UP}", puts(job("import", "sleep 1")),
                      lambda site: site.without_quota("Job", "import"), (quota(pods=0),), verified="nothing is wrong with Job"),
    "quota-jobs": Case("FailedCreate", "CronJob", "backup", f"cannot create its Jobs: {USED_UP}",
                       puts(cron_job(schedule="* * * * *")),
                       lambda site: site.namespace.core.delete_namespaced_resource_quota("quota", site.name), (quota(**{"count/jobs.batch": 0}),)),
    "pod-security": Case("FailedCreate", "Deployment", "web", "cannot create its pods: the pod security standard of the namespace forbids it",
                         puts(deployment()), allow_all, labels={"pod-security.kubernetes.io/enforce": "restricted"}),
    "webhook": Case("FailedCreate", "Deployment", "web", "cannot create its pods: an admission webhook does not answer", hook, unhook),
    "job": Case("JobFailed", "Job", "import", "cannot finish: its pods failed more often than its backoffLimit allows",
                puts(job("import", "echo 'cannot reach the warehouse' >&2; exit 3", backoffLimit=0)),
                lambda site: site.delete_job("import"), verified="was deleted"),
    "job-deadline": Case("JobFailed", "Job", "import", "cannot finish: it did not end within its activeDeadlineSeconds",
                         puts(job("import", "sleep 600", activeDeadlineSeconds=1)), lambda site: site.delete_job("import")),
    "cron-job": Case("JobFailed", "CronJob", "backup", "cannot finish Job backup-1: its pods failed more often",
                     lambda site: site.run_again("backup-1", "exit 3", backoffLimit=0), lambda site: site.run_again("backup-2", "sleep 1"),
                     before=(cron_job(),), verified="nothing is wrong with CronJob"),
    "cron-job-image": Case("ImagePullBackOff", "CronJob", "backup", "cannot pull image \"busybox:none\"",
                           lambda site: site.run_again("backup-1", "sleep 1", image="busybox:none", parallelism=2, completions=2),
                           lambda site: site.delete_job("backup-1"), before=(cron_job(),)),
    "overdue": Case("JobOverdue", "CronJob", "backup", "cannot finish Job backup-2: its longest run so far took ",
                    lambda site: site.run_again("backup-2", "sleep 600"), lambda site: site.delete_job("backup-2"), before=(cron_job(),)),
    "config-map-gone": Case("ConfigMapGone", "Deployment", "web", "cannot start a pod again: ConfigMap settings was deleted", delete_config_map,
                            puts(config_map("settings")), before=(config_map("settings"), deployment(pod=mounting("settings")))),
    "deployment-to-zero": Case("ScaledToZero", "Deployment", "web", "cannot serve: it was scaled to 0 replicas while Service web still leads",
                               lambda site: site.scale("Deployment", "web", 0), lambda site: site.scale("Deployment", "web", 1),
                               before=(deployment(), service()), verified="1 of 1 pods of Deployment", rule="scale_back"),
    "stateful-set-to-zero": Case("ScaledToZero", "StatefulSet", "db", "cannot serve: it was scaled to 0 replicas while Service db still leads",
                                 lambda site: site.scale("StatefulSet", "db", 0),
                                 lambda site: site.namespace.core.delete_namespaced_service("db", site.name),
                                 before=(stateful_set(), service("db", "db")), rule="scale_back"),
    "rollout": Case("ProgressDeadlineExceeded", "Deployment", "web", "cannot get on with its rollout: 1 of 2 pods are of the newest revision",
                    lambda site: site.patch("Deployment", "web", {"spec": {"progressDeadlineSeconds": 2, "template": {
                        "spec": site.nodes["idle"].placement()}}}),
                    lambda site: site.let_go_elsewhere("Deployment", "web"), before=(deployment(),), rule="rollback_new_revision"),
    "stateful-set-rollout": Case("ProgressDeadlineExceeded", "StatefulSet", "db", "1 of 2 pods are of the newest revision, 0 are ready",
                                 lambda site: site.put_idle(stateful_set), lambda site: site.let_go_elsewhere("StatefulSet", "db")),
    "unavailable": Case("Unavailable", "Deployment", "web", "cannot have all its pods available: 0 of 2 are ready",
                        lambda site: site.put_idle(deployment, progressDeadlineSeconds=FOREVER),
                        lambda site: site.let_go_elsewhere("Deployment", "web")),
    "daemon-set-unavailable": Case("Unavailable", "DaemonSet", "agent", "cannot have all its pods available: 0 of 1 are ready",
                                   lambda site: site.put_idle(daemon_set), lambda site: site.let_go_elsewhere("DaemonSet", "agent")),
    "node-lost": Case("NodeNotReady", "Node", "lost", "cannot run pods: its kubelet does not report (NodeStatusUnknown); pods on it: 2",
                      lambda site: site.nodes["lost"].fall_silent(), node_speaks_again, verified="nothing is wrong with Node "),
    "node-pressure": Case("NodePressure", "Node", "full", "cannot take more: disk space is short (DiskPressure)",
                          lambda site: site.nodes["full"].report("DiskPressure"), lambda site: site.nodes["full"].report()),
    "namespace": Case("NamespaceStuck", "Namespace", "", "cannot finish its deletion: finalizers hold some of what is in it",
                      delete_namespace, let_namespace_go, before=(config_map("held", finalizers=["example.com/hold"]),), verified="was deleted"),
    "claim": Case("ClaimPending", "PersistentVolumeClaim", "data", "cannot get a volume: it names no storage class, and no volume fits",
                  puts(claim()), lambda site: site.namespace.put(volume(site.name, claimRef={"namespace": site.name, "name": "data"}))),
    "claim-class": Case("ClaimPending", "PersistentVolumeClaim", "data", "cannot get a volume: storage class misspelt makes none",
                        puts(claim(storageClassName="misspelt")),
                        lambda site: site.namespace.core.delete_namespaced_persistent_volume_claim("data", site.name)),
    "claim-lost": Case("ClaimPending", "PersistentVolumeClaim", "data", "cannot use its volume: ", lambda site: site.delete_volume(),
                       lambda site: site.namespace.core.delete_namespaced_persistent_volume_claim("data", site.name)),
    "service-gone": Case("ServiceGone", "Service", "web", "cannot be reached: it was deleted while 2 pods that it led to (app=web) are still",
                         delete_service, puts(service()), before=(deployment(), service()), verified="is there again"),
    "selector": Case("ServiceWithoutEndpoints", "Service", "web", "cannot lead anywhere: its selector matches no workload",
                     puts(service(app="wbe")), lambda site: site.patch("Service", "web", {"spec": {"selector": {"app": "web"}}}),
                     before=(deployment(),)),
    "port": Case("ServiceWithoutEndpoints", "Service", "web", "cannot lead anywhere: none of its pods has a port of the name",
                 puts(service(port="htpp")),
                 lambda site: site.patch("Service", "web", {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}), before=(deployment(),)),
}

# What no incident may be about: objects that are well, and what is done to them then.
QUIET = {
    "job-within-its-limit": ((), puts(job("import", "exit 1", backoffLimit=6))),
    "job-suspended": ((), puts(job("import", "sleep 1", suspend=True), cron_job(suspend=True))),
    "zero-from-the-start": ((), puts(deployment(replicas=0), service())),
    "zero-without-service": ((deployment(),), lambda site: site.scale("Deployment", "web", 0)),
    "zero-under-an-autoscaler": (
        (deployment(), service(), {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
                                   "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}),
        lambda site: site.scale("Deployment", "web", 0)),
    "service-of-others": ((), puts(service("elsewhere", type="ExternalName", externalName="example.com"),
                                   service("by-hand", selector=None))),
    "headless-without-ports": ((deployment(),), puts(service(clusterIP="None", ports=None))),
    "service-renamed": ((deployment(), service()), lambda site: (site.namespace.put(service("web-v2")), delete_service(site))),
    "service-with-its-pods": ((deployment(), service()), lambda site: (delete_service(site), site.namespace.apps.delete_namespaced_deployment(
        "web", site.name))),
    "claim-without-consumer": ((), puts(claim(storageClassName="waits-for-first-consumer"))),
    "config-map-with-a-hashed-name": ((config_map("settings"), config_map("settings-7f9"), deployment(pod=mounting("settings"))), lambda site: (
        site.patch("Deployment", "web", {"spec": {"template": {"spec": mounting("settings-7f9")}}}), delete_config_map(site))),
    "partition": ((stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),), lambda site: site.patch(
        "StatefulSet", "db", {"spec": {"template": template("db", container={"image": "nginx:1.26"})}})),
    "gated": ((), puts(deployment(pod=GATED, progressDeadlineSeconds=2), stateful_set(pod=GATED), daemon_set(pod=GATED))),
    "paused": ((deployment(),), lambda site: site.patch("Deployment", "web", {"spec": {"paused": True, "progressDeadlineSeconds": 2, "template": {
        "spec": GATED}}})),
    "namespace-that-goes": ((deployment(), service(), config_map("settings")), delete_namespace),
    "node-in-maintenance": ((), lambda site: (site.nodes["away"].cordon(), site.nodes["away"].report("DiskPressure"))),
}


def is_whole(namespace):
    keepers = [*namespace.apps.list_namespaced_deployment(namespace.name).items, *namespace.apps.list_namespaced_stateful_set(namespace.name).items]
    slices = namespace.cluster.api.call_api(f"/apis/discovery.k8s.io/v1/namespaces/{namespace.name}/endpointslices", "GET", response_type="object",
                                            auth_settings=["BearerToken"], _return_http_data_only=True)["items"]
    led_to = {found["metadata"]["labels"]["kubernetes.io/service-name"] for found in slices if found["endpoints"]}  # None at first
    selecting = [found.metadata.name for found in namespace.core.list_namespaced_service(namespace.name).items]
    return all((keeper.status.ready_replicas or 0) == keeper.spec.replicas for keeper in keepers) and set(selecting) <= led_to


def claims_are_bound(namespace):
    return all(found.status.phase == "Bound" for found in namespace.core.list_namespaced_persistent_volume_claim(namespace.name).items)


@pytest.fixture(scope="module")
def nodes(cluster):
    made = {name: KeptNode(cluster, f"{name}-{session_name()}") for name in ("lost", "full", "away", "idle")}
    over = threading.Event()
    speaker = threading.Thread(target=keep_speaking, args=(made.values(), over))
    speaker.start()
    yield made
    over.set()
    speaker.join()
    for node in made.values():
        node.delete()


def keep_speaking(all_nodes, over):
    while not over.wait(10):
        for node in all_nodes:
            node.repeat()


def has_ended(site, name):
    status = site.namespace.batch.read_namespaced_job(name, site.name).status
    return status.conditions and status.conditions[-1].type in ("Complete", "Failed")


@pytest.fixture(scope="module", autouse=True)
def history(namespace_maker):
    """A CronJob that failed once and has succeeded since, when the observer begins (hence autouse)."""
    site = Site(namespace_maker(), {})
    site.namespace.put(cron_job())
    for name, script in (("backup-1", "exit 3"), ("backup-2", "sleep 1")):
        site.run_again(name, script, backoffLimit=0)
        eventually(f"{name} to end", lambda name=name: has_ended(site, name), within=30)
    yield site
    site.namespace.delete()


@pytest.fixture(scope="module")
def waiting_class(cluster):
    storage = client.StorageV1Api(cluster.api)
    storage.create_storage_class({"metadata": {"name": "waits-for-first-consumer"}, "provisioner": "kubernetes.io/no-provisioner",
                                  "volumeBindingMode": "WaitForFirstConsumer"})
    yield
    storage.delete_storage_class("waits-for-first-consumer")


def prepare(site, name):
    """More than objects that only have to be put there."""
    if name == "overdue":
        site.run_again("backup-1", "sleep 1")
    if name == "claim-lost":
        site.namespace.put(volume(site.name, storageClassName="by-hand"), claim(storageClassName="by-hand", volumeName=site.name))
    if name == "node-lost":
        site.namespace.put(deployment(pod=site.nodes["lost"].placement()))
        eventually("two pods on the node", lambda: site.nodes["lost"].run_pods(site.name) == 2, within=30)


@pytest.fixture(scope="module")
def sites(pipeline, namespace_maker, cluster, nodes, waiting_class):
    """A namespace for each case, everything in it well and seen by the observer."""
    made = {}
    for name, before in [*((name, case.before) for name, case in CASES.items()), *((name, before) for name, (before, _) in QUIET.items())]:
        site = made[name] = Site(namespace_maker(), nodes)
        if name in CASES and CASES[name].labels:
            cluster.core.patch_namespace(site.name, {"metadata": {"labels": CASES[name].labels}})
        site.namespace.put(*before) if before else None
        prepare(site, name)
    for name, site in made.items():
        eventually(f"{name} to be well", lambda site=site: is_whole(site.namespace) and claims_are_bound(site.namespace), within=60)
    yield made
    for site in made.values():
        try:
            site.namespace.delete()
        except client.ApiException:
            pass  # a case has deleted it


@pytest.fixture(scope="module")
def broken(sites):
    for name, case in CASES.items():
        case.breaks(sites[name])
    for name, (_, do) in QUIET.items():
        do(sites[name])
    return sites


@pytest.fixture(scope="module")
def mended(broken):
    for name, case in CASES.items():
        case.mends(broken[name])
    return broken


def key_of(case, site):
    if case.kind in ("Node", "Namespace"):
        return f"test/-/{case.kind}/{site.nodes[case.name].name if case.name else site.name}"
    return site.namespace.key(case.name, kind=case.kind)


@pytest.mark.parametrize("name", CASES)
def test_is_told_once_of_what_it_is_about(pipeline, broken, name):
    case, site = CASES[name], broken[name]
    key = key_of(case, site)
    lap = read_lap(pipeline.topics, key, within=90)
    observed = lap.observed
    assert observed["class"] == case.failure
    assert case.says in observed["summary"]
    assert observed["target"]["kind"] == case.kind and observed["target"]["uid"]
    assert observed["evidence"][0]["kind"] == "status" and observed["evidence"][0]["trust"] == "K"
    assert lap.decided["rule"] == case.rule and bool(lap.decided["actions"]) == (case.rule != "escalate")
    assert lap.notified["state"] == first_word(case)
    about = pipeline.topics.find("incidents", lambda record: f"/{site.name}/" in record.document["key"])
    assert {record.document["key"] for record in about} <= {key}, "something else in the same place is told of, too"


def first_word(case):
    return "escalated" if case.rule == "escalate" else "proposed"


def test_the_log_of_a_failed_job_is_among_the_evidence(pipeline, broken):
    lap = read_lap(pipeline.topics, key_of(CASES["job"], broken["job"]), within=60)
    assert any("cannot reach the warehouse" in item["text"] for item in lap.observed["evidence"] if item["kind"] == "log")
    assert lap.observed["pods"][0]["exit_code"] == 3


def test_a_lost_node_is_one_incident(pipeline, broken):
    """Its pods are not ready, and nobody says so."""
    site = broken["node-lost"]
    read_lap(pipeline.topics, key_of(CASES["node-lost"], site), within=90)
    eventually("the pods not to be ready", lambda: not site.namespace.deployment().status.ready_replicas, within=30)
    assert not pipeline.topics.find("incidents", of_workload(site.namespace.key()))


@pytest.mark.parametrize("name", CASES)
def test_is_closed_when_people_mend_it(pipeline, mended, name):
    case = CASES[name]
    key = key_of(case, mended[name])
    second = read_lap(pipeline.topics, key, lap=2, within=90)
    assert (second.observed["verdict"], second.notified["state"]) == ("recovered", "recovered")
    assert case.verified in second.observed["verified"]
    assert "changed nothing" in second.decided["explanation"]
    assert [state for _, state in final_notices(pipeline.topics, key)] == [first_word(case), "recovered"]


@pytest.mark.parametrize("name", QUIET)
def test_what_is_meant_is_quiet(pipeline, mended, name):
    """The last to be looked at: by now all else has been told and closed."""
    site = mended[name]
    about = pipeline.topics.find("incidents", lambda record: site.name in record.document["key"].split("/"))
    assert not about, "\n".join(map(str, about))
    assert not pipeline.topics.find("incidents", of_workload(f"test/-/Node/{site.nodes['away'].name}"))


def test_what_failed_before_a_success_is_history(pipeline, history, mended):
    assert not pipeline.topics.find("incidents", of_workload(history.namespace.key("backup", kind="CronJob")))


# ---- What only the memory knows ----

ABSENT = {"Deployment/web": "ScaledToZero", "Deployment/api": "ConfigMapGone", "Service/gone": "ServiceGone", "Job/import": "JobFailed"}


def test_what_is_absent_stays_absent_over_a_restart(own_pipeline, namespace):
    """An observer that has just started has seen none of it in better times."""
    pipeline = own_pipeline(SETTINGS).start()
    site, core = Site(namespace, {}), namespace.core
    namespace.put(config_map("settings"), deployment(), deployment("api", pod=mounting("settings")), service(), service("gone", "api"),
                  job("import", "exit 3", backoffLimit=0))
    eventually("all to be well", lambda: is_whole(namespace), within=60)
    site.scale("Deployment", "web", 0)
    core.delete_namespaced_config_map("settings", namespace.name)
    core.delete_namespaced_service("gone", namespace.name)
    keys = {f"test/{namespace.name}/{name}": failure for name, failure in ABSENT.items()}

    def about_it():
        return pipeline.topics.find("incidents", lambda record: record.document["key"].startswith(f"test/{namespace.name}/"))
    told = {key: read_lap(pipeline.topics, key, within=40) for key in keys}
    assert {key: lap.observed["class"] for key, lap in told.items()} == keys

    pipeline.stop("observer")
    pipeline.observer.start().wait_ready()
    never("another word", lambda: about_it()[len(told):], during=8)

    site.scale("Deployment", "web", 2)
    namespace.put(config_map("settings"), service("gone", "api"))
    site.delete_job("import")
    for key, first in told.items():
        second = read_lap(pipeline.topics, key, lap=2, within=40)
        assert (second.id, second.observed["verdict"]) == (first.id, "recovered")
    assert len(about_it()) == 2 * len(told)
