# SPDX-License-Identifier: Apache-2.0
"""The observer's view of the cluster stays true, whatever the API server and the network do to its lists and watches."""
import json
import re
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from cluster import BAD_IMAGE, GOOD_IMAGE
from documents import ACTED, DECIDED, encode, headers
from relay import Relay
from test_configuration import kubeconfig
from topics import of_workload
from waiting import eventually, never

PATHS = {"pods": "/api/v1/pods", "deployments": "/apis/apps/v1/deployments", "statefulsets": "/apis/apps/v1/statefulsets",
         "daemonsets": "/apis/apps/v1/daemonsets", "jobs": "/apis/batch/v1/jobs", "cronjobs": "/apis/batch/v1/cronjobs",
         "nodes": "/api/v1/nodes", "namespaces": "/api/v1/namespaces", "services": "/api/v1/services",
         "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices", "persistentvolumeclaims": "/api/v1/persistentvolumeclaims",
         "configmaps": "/api/v1/configmaps", "horizontalpodautoscalers": "/apis/autoscaling/v2/horizontalpodautoscalers"}
KINDS = {*PATHS, "events"}  # of events, only some are kept


def get(cluster, path):
    return cluster.api.call_api(path, "GET", auth_settings=["BearerToken"], response_type="object", _return_http_data_only=True)


def actual(cluster):
    """How many of each kind there are."""
    return {kind: len(get(cluster, path)["items"]) for kind, path in PATHS.items()}


def known(observer):
    return {kind: int(observer.metric("aegiops_store_objects", kind=kind)) for kind in PATHS}


def wait_true(observer, cluster, within=20):
    eventually("the observer to know what there is", lambda: known(observer) == actual(cluster), within,
               lambda: f"(known, actual) {known(observer).items() ^ actual(cluster).items()}\n{observer.tail()}")


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
        made.append(Watching(own_pipeline({"observer": {"verify_deadline": "8s"}}), kubeconfig))
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


def create_large_pod(namespace, name):
    """Nearly as large as etcd takes it."""
    namespace.core.create_namespaced_pod(namespace.name, {
        "metadata": {"name": name}, "spec": {"containers": [{"name": "app", "image": GOOD_IMAGE, "env": [
            {"name": "LARGE", "value": 1400 * 1000 * "x"}]}]}})


def terminated_watchers(cluster):
    """How many watches the API server has ended since nobody read them."""
    text = cluster.api.call_api("/metrics", "GET", auth_settings=["BearerToken"], response_type="str", _return_http_data_only=True)
    return sum(float(number) for number in re.findall(r'^apiserver_terminated_watchers_total{.*resource="pods".*} (\S+)$', text, re.M))


def test_watcher_that_is_too_slow_is_cut_and_catches_up(watching, cluster, namespace):
    """The process stands still while a large pod changes, until the API server has enough of it."""
    before = terminated_watchers(cluster)
    namespace.create_healthy("gone")
    namespace.create("ill", image=BAD_IMAGE)
    create_large_pod(namespace, "large")
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


# --- Odd objects -------------------------------------------------------------------------------------------------------------

def field(number, value):
    """One field of a protobuf message."""
    value = value.encode() if isinstance(value, str) else value
    length = bytes([0x80 | len(value) & 0x7F, len(value) >> 7]) if len(value) > 0x7F else bytes([len(value)])
    return bytes([number << 3 | 2]) + length + value


def create_event(namespace, about, message):
    """A Warning about a Deployment, written in protobuf as kubelets write, which can say what JSON cannot."""
    meta = field(1, "odd") + field(3, namespace.name)
    involved = field(1, "Deployment") + field(2, namespace.name) + field(3, about.metadata.name) + field(4, about.metadata.uid)
    event = field(1, meta) + field(2, involved) + field(3, "Odd") + field(4, message) + field(9, "Warning")
    body = b"k8s\0" + field(1, field(1, "v1") + field(2, "Event")) + field(2, event)
    namespace.cluster.api.call_api(f"/api/v1/namespaces/{namespace.name}/events", "POST", body=body, auth_settings=["BearerToken"],
                                   header_params={"Content-Type": "application/vnd.kubernetes.protobuf", "Accept": "application/json"})


def test_objects_that_are_odd_are_seen_like_others(watching, cluster, namespace):
    create_large_pod(namespace, "large")
    namespace.core.create_namespaced_pod(namespace.name, {
        "metadata": {"name": "of-the-future"}, "spec": {"schedulerName": "none", "containers": [{"name": "app", "image": GOOD_IMAGE}]}})
    patched = namespace.core.patch_namespaced_pod_status("of-the-future", namespace.name, {"status": {
        "phase": "Entangled", "reason": "\u202edesrever", "containerStatuses": [{
            "name": "app", "image": GOOD_IMAGE, "imageID": "", "ready": False, "restartCount": 0,
            "state": {"waiting": {"reason": "Superposed", "message": "\x1b[2J"}}}]}})
    assert patched.status.phase == "Entangled"
    deployment = namespace.create("ill", replicas=1, image=GOOD_IMAGE)
    create_event(namespace, deployment, b"\xff\xfe is no UTF-8, \xe2\x80\xae turns around, \x1b[2J clears " + 900 * b"\x80")
    watching.start()
    wait_true(watching.observer, cluster)
    namespace.change("ill", image=BAD_IMAGE)
    text = watching.wait_incident(namespace, "ill").value.decode()
    assert "is no UTF-8" in text
    assert not [character for character in text if character < " " or character in "\x7f\u202e"]
    assert watching.observer.metric("aegiops_watch_undecodable_total") == 0
    never("a word about the others", lambda: [record for record in watching.pipeline.topics.look("incidents")
                                              if namespace.name in record.document["key"] and record.document["key"] != namespace.key("ill")],
          during=2)


def acted_on(incident):
    """The outcome of an action, as if the other desks had worked."""
    key, name = incident.document["key"], incident.document["id"]
    outcome = incident.document | {"decided": DECIDED, "acted": ACTED | {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "result": "done", "action": "rollback", "action_id": "a-1"}}
    return encode(outcome), key.encode(), headers("outcomes", key, name)


def test_no_verdict_is_given_while_nothing_can_be_seen(watching, namespace):
    """The deadline passes while the API server is away: only what it says afterwards tells whether the action helped."""
    namespace.create("ill", image=BAD_IMAGE)
    watching.start()
    incident = watching.wait_incident(namespace, "ill")
    with watching.relay.held():
        namespace.change("ill", image=GOOD_IMAGE)
        namespace.wait_healthy("ill")
        watching.pipeline.topics.write("outcomes", *acted_on(incident))
        watching.relay.answer = lambda target: reply("503 Service Unavailable", "text/plain", "nobody is here")
        watching.relay.cut()
        never("a verdict on what cannot be seen", lambda: len(watching.incidents(namespace, "ill")) > 1, during=11)
    watching.relay.answer = lambda target: None
    verdict = watching.pipeline.topics.wait("incidents", lambda record: record.document["key"] == namespace.key("ill") and
                                            record.document["lap"] == 2)
    assert verdict.document["observed"]["verdict"] == "recovered"


# --- What is no API server -----------------------------------------------------------------------------------------------------

def reply(status, content_type, body):
    return f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


NO_API_SERVER = "neither protobuf nor JSON, which API servers speak: have kube.kubeconfig name one"
STRANGERS = {  # kind: what is answered, and what is said of it
    "pods": (reply("406 Not Acceptable", "application/json", json.dumps({
        "kind": "Status", "code": 406, "message": "only the following media types are accepted: text/plain"})),
        NO_API_SERVER, "GET /api/v1/pods: 406: only the following media types are accepted"),
    "namespaces": (reply("200 OK", "application/json", '{"error":"sign in"}\n'), "a watch event has no object: is this an API server"),
    "deployments": (reply("200 OK", "text/html", "<!doctype html><title>Sign in</title>"), NO_API_SERVER,
                    "GET /apis/apps/v1/deployments: text/html"),
}


def test_answers_of_no_api_server_are_named_once_and_waited_out(watching, cluster):
    watching.relay.answer = lambda target: next((answer for kind, (answer, *_) in STRANGERS.items() if f"/{kind}?" in target), None)
    observer = watching.observer.start()

    def is_named(kind):
        return all(words in observer.parts().get(f"kube:{kind}", "") for words in STRANGERS[kind][1:])
    for kind in STRANGERS:
        eventually(f"/readyz to say what is wrong with {kind}", lambda kind=kind: is_named(kind), within=15, otherwise=observer.tail)
    watching.relay.answer = lambda target: None
    observer.wait_ready()
    wait_true(observer, cluster)
    lines = observer.logged(level="warn")
    assert len(lines) == 1 and all(words in lines[0]["why"] for words in STRANGERS[lines[0]["kind"]][1:])
    assert len(observer.logged(message="watching all kinds again")) == 1


# --- API servers without protobuf ------------------------------------------------------------------------------------------------

def drop_protobuf(request):
    """As if the server did not know it: what else is accepted is answered."""
    return re.sub(rb"application/vnd\.kubernetes\.protobuf[^,\r]*, ?", b"", request)


def refuse_lists(request):
    """As if the server knew neither it nor lists: 406."""
    return re.sub(rb"\r\nAccept: application/vnd[^\r]*", b"\r\nAccept: application/x-unknown", request)


def check_json(watching, plain, cluster, namespace, change):
    """An observer that gets no protobuf finds, and says, what a plain one does."""
    namespace.create_healthy("well")
    namespace.create("ill", image=BAD_IMAGE)
    watching.relay.change = change
    observer = watching.start().observer
    wait_true(observer, cluster)
    found = watching.wait_incident(namespace, "ill")
    plain.start("observer")
    same = plain.topics.wait("incidents", of_workload(namespace.key("ill")))
    assert found.document["id"] == same.document["id"]
    assert found.document["observed"]["class"] == same.document["observed"]["class"] == "ImagePullBackOff"
    assert found.document["observed"]["onset"] == same.document["observed"]["onset"]
    namespace.apps.delete_namespaced_deployment("well", namespace.name)
    namespace.create("new", image=BAD_IMAGE)
    watching.wait_incident(namespace, "new")
    wait_true(observer, cluster)
    said = [line for line in observer.lines() if "the API server has no protobuf" in line["message"]]
    assert len(said) == 1 and not observer.logged(level="warn")
    assert observer.metric("aegiops_watch_undecodable_total") == 0 and not restarts(observer)
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1 or watching.incidents(namespace, "well"), during=2)


@pytest.mark.parametrize("change", [drop_protobuf, refuse_lists])
def test_api_server_without_protobuf_is_read_in_json(watching, own_pipeline, cluster, namespace, change):
    check_json(watching, own_pipeline(), cluster, namespace, change)
    assert len(watching.relay.asked("/pods?", "sendInitialEvents=true")) == (1 if change == drop_protobuf else 2)


# --- The connection ----------------------------------------------------------------------------------------------------------

def test_connections_are_of_http_1(own_pipeline, sandbox, tmp_path):
    """One request at a time on each: no other can suffer from its connection, or be told GOAWAY."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = f"https://127.0.0.1:{listener.getsockname()[1]}"
        path = kubeconfig(sandbox.observer, tmp_path / "config", lambda cluster, _: cluster.update(server=server))
        observer = own_pipeline().observer
        observer.environment["KUBECONFIG"] = str(path)
        observer.start()
        listener.settimeout(10)
        with listener.accept()[0] as connection:
            hello = connection.recv(4096)
    assert b"\x08http/1.1" in hello and b"\x02h2" not in hello  # the protocols that the client offers in TLS (ALPN)


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
        return [{"apiGroups": ["*"], "resources": sorted(self.resources), "verbs": ["get", "list", "watch"]}]

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


def is_refused(api):
    try:
        client.CoreV1Api(api).list_namespace()
    except ApiException as error:
        return error.status == 401
    return False


@pytest.fixture
def account(namespace):
    made = Account(namespace, KINDS | {"pods/log", "replicasets"})
    yield made
    made.delete()


def as_account(sandbox, folder, **credentials):
    """The observer's kubeconfig with these in the certificate's place."""
    def change(_, user):
        user.clear()
        user.update(credentials)
    return kubeconfig(sandbox.observer, folder / "account.kubeconfig", change)


def forbidden(observer):
    return {kind for kind in KINDS if observer.metric("aegiops_watch_forbidden", kind=kind)}


def wait_forbidden(observer, *kinds):
    eventually(f"what is forbidden to be {kinds}", lambda: forbidden(observer) == set(kinds), within=40, otherwise=observer.tail)


def test_rights_that_are_missing_given_taken_away_and_given_back(watching_as, sandbox, namespace, account, tmp_path):
    account.take("events")
    namespace.create_healthy("well")
    namespace.create("ill", image=BAD_IMAGE)
    watching = watching_as(as_account(sandbox, tmp_path, token=account.token()))
    observer = watching.observer.start()
    watching.wait_incident(namespace, "ill", within=45)  # though no events can be read
    assert forbidden(observer) == {"events"}
    said = observer.logged(level="warn", message="not watching", kind="events")
    assert len(said) == 1 and said[0]["why"].startswith("grant the observer get, list and watch: GET /api/v1/events: 403"), said
    assert [part for part, why in observer.parts().items() if why != "ready"] == ["kube:events"]

    account.give("events")
    account.take("pods")
    account.take("deployments")
    watching.relay.cut()  # a watch that was allowed goes on
    wait_forbidden(observer, "pods", "deployments")
    assert observer.metric("aegiops_store_objects", kind="events") > 0
    namespace.apps.delete_namespaced_deployment("ill", namespace.name)
    never("a word about what cannot be read", lambda: len(watching.incidents(namespace, "ill")) > 1, during=6)

    account.give("pods")
    account.give("deployments")
    wait_forbidden(observer)
    recovered = watching.pipeline.topics.wait("incidents", lambda record: record.document["key"] == namespace.key("ill") and
                                              record.document["lap"] == 2)
    assert recovered.document["observed"]["verdict"] == "recovered"
    observer.wait_ready()
    assert not watching.incidents(namespace, "well")


def test_token_is_read_again_when_it_holds_no_longer(watching_as, sandbox, cluster, namespace, account, tmp_path):
    """As the kubelet renews it: a symbolic link that points to another folder."""
    for name in ("first", "second"):
        namespace.core.create_namespaced_secret(namespace.name, {"metadata": {"name": name}})
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(account.token(bound_to=name))
    (tmp_path / "current").symlink_to("first")
    watching = watching_as(as_account(sandbox, tmp_path, tokenFile=str(tmp_path / "current/token"))).start()
    wait_true(watching.observer, cluster)
    (tmp_path / "next").symlink_to("second")
    (tmp_path / "next").replace(tmp_path / "current")
    namespace.core.delete_namespaced_secret("first", namespace.name)
    api = config.new_client_from_config(str(as_account(sandbox, tmp_path, token=(tmp_path / "first/token").read_text())))
    eventually("the API server to refuse the first token", lambda: is_refused(api), within=30)
    watching.relay.cut()
    namespace.create("ill", image=BAD_IMAGE)
    watching.wait_incident(namespace, "ill")
    wait_true(watching.observer, cluster)
    assert not watching.observer.logged(level="warn")


# --- Other API servers -------------------------------------------------------------------------------------------------------

OLD = "--feature-gates=WatchList=false --disable-http2-serving"
IN_FLIGHT = 8
BUSY = f"--feature-gates=WatchList=false --enable-priority-and-fairness=false --max-requests-inflight={IN_FLIGHT}"
RESTLESS = "--goaway-chance=0.02 --shutdown-send-retry-after --shutdown-delay-duration=1s"


@pytest.fixture(scope="module")
def flags(request, sandbox):
    sandbox.restart_apiserver(request.param)
    yield
    sandbox.restart_apiserver("")


def with_flags(text):
    return pytest.mark.parametrize("flags", [text], indirect=True, ids=[""])


@with_flags(OLD)
def test_list_in_pages_is_read_and_watched_on(flags, watching, cluster, namespace):
    namespace.create_healthy("well")
    namespace.create("ill", image=BAD_IMAGE)
    watching.start()
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "ill")
    assert len(watching.observer.logged(message="the API server does not stream lists: reading them in pages")) == 1
    assert len(watching.relay.asked("/pods?limit=500")) == 1
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1 or watching.incidents(namespace, "well"), during=2)


@with_flags(OLD)
def test_api_server_without_protobuf_is_read_in_json_in_pages(flags, watching, own_pipeline, cluster, namespace):
    check_json(watching, own_pipeline(), cluster, namespace, drop_protobuf)
    assert len(watching.relay.asked("/pods?limit=500")) == 1


def create_events(namespace, count):
    """Warnings, each about another object that does not exist."""
    def create(number):
        namespace.core.create_namespaced_event(namespace.name, {
            "metadata": {"name": f"event-{number}"}, "type": "Warning", "reason": "Test", "message": "one of many",
            "involvedObject": {"kind": "Pod", "namespace": namespace.name, "name": f"none-{number}", "uid": f"none-{number}"}})
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(create, range(count)))


def events_kept(namespace):
    """How many of the cluster's warnings the observer keeps: eight of each object, and none that is about nothing."""
    warnings = namespace.core.list_event_for_all_namespaces(field_selector="type=Warning").items
    of_objects = Counter(event.involved_object.uid for event in warnings if event.involved_object.uid)
    return sum(min(count, 8) for count in of_objects.values())


@with_flags(OLD)
def test_list_whose_pages_are_forgotten_halfway_is_read_in_one_piece(flags, watching, sandbox, namespace):
    """410 in mid-list: etcd is compacted between the first page and the second."""
    create_events(namespace, 600)

    def forget(request):
        if b"/events?" in request and b"continue=" in request:
            namespace.core.delete_namespaced_event("event-0", namespace.name)
            sandbox.compact_etcd()
        return request
    watching.relay.change = forget
    watching.start()
    assert len(watching.relay.asked("/events?", "continue=")) == 1
    assert len(watching.relay.asked("/events?limit=0")) == 1
    eventually("all events to be known", lambda: watching.observer.metric("aegiops_store_objects", kind="events") == events_kept(namespace),
               within=10, otherwise=watching.observer.tail)


class SlowReader:
    """Asks for more than fits into the buffers between, and reads nothing: its request stays in flight."""

    def __init__(self, relay, path):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.connect(relay.server)
        self.connection = relay.tls.wrap_socket(plain, server_hostname=relay.server[0])
        self.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())

    def is_refused(self):
        """Whether it is told to come back, as it would be if it were one too many."""
        return b" 429 " in self.connection.recv(64)

    def close(self):
        self.connection.close()


@with_flags(BUSY)
def test_busy_api_server_is_asked_again_when_it_says(flags, watching, cluster, namespace):
    for number in range(8):
        create_large_pod(namespace, f"large-{number}")
    path = f"/api/v1/namespaces/{namespace.name}/pods"
    readers = []

    def is_busy():
        reader = SlowReader(watching.relay, path)
        if reader.is_refused():
            reader.close()
        else:
            readers.append(reader)
        return len(readers) == IN_FLIGHT
    try:
        eventually("the API server to be busy with them alone", is_busy, within=20)
        watching.observer.start()
        eventually("each kind to be put off twice", lambda: restarts(watching.observer, "throttled") >= 2 * len(KINDS), within=20,
                   otherwise=watching.observer.tail)
    finally:
        for reader in readers:
            reader.close()
    watching.observer.wait_ready()
    wait_true(watching.observer, cluster)
    for kind in KINDS:  # "Retry-After: 1"; by itself it would have waited for 0.8 s at most
        assert watching.relay.pauses(f"/{kind}?limit")[0] >= 1


@with_flags(RESTLESS)
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_what_happened_before_the_api_server_restarted_is_found(flags, watching, cluster, sandbox, namespace, how):
    """410 in mid-watch: an API server that starts knows only the present."""
    namespace.create_healthy("gone")
    namespace.create("ill", image=BAD_IMAGE)
    watching.start()
    watching.wait_incident(namespace, "ill")
    with watching.relay.held() if how == "kill" else nullcontext():
        namespace.apps.delete_namespaced_deployment("gone", namespace.name)
        namespace.create("new", image=BAD_IMAGE)
        eventually("its pods", lambda: len(namespace.pods("new")) == 2, within=10)
        getattr(sandbox, how)("apiserver")
        sandbox.start("apiserver")
    wait_true(watching.observer, cluster)
    watching.wait_incident(namespace, "new")
    assert restarts(watching.observer, "expired") >= 1
    never("a second word", lambda: len(watching.incidents(namespace, "ill")) > 1, during=2)
