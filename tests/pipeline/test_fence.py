# SPDX-License-Identifier: Apache-2.0
"""The fence: whatever two actors, one that slept, an answer that is lost or an object of the same name come to do at once, the API
server's audit log holds one effect, and the outcome says what is true. The actors see the API server through relays, which hold their
requests at the one moment that matters."""
import contextlib
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import new_pipeline
from documents import NOW, OBSERVED, encode, headers
from manifests import deployment, stateful_set
from relay import Relay
from sandbox import effects, in_words
from test_actions import PROBE, Incident, replica_sets, scales, target_of, two_revisions, writes
from waiting import eventually

AUTO = ("delete_pod", "rollback", "scale", "quarantine_namespace")
SETTINGS = {"policy": {"actions": {name: "auto" for name in AUTO} | {"set_probe": "review"},
                       "max_per_hour": {"workload": 100, "namespace": 100, "cluster": 1000}}}
SEAL_KEY = "both actors know this key"
ROUNDS = 3
SESSION_TIMEOUT_S = 3  # after which Kafka gives an actor up


# ---- Two actors, and the moments at which they are held ----

class Hand:
    """An actor that sees the API server through a relay."""

    def __init__(self, pipeline, process, folder):
        self.pipeline, self.process, self.relay = pipeline, process, Relay(pipeline.sandbox.actor, folder)
        process.environment["KUBECONFIG"] = str(self.relay.kubeconfig)
        self.forget()

    def forget(self):
        self.relay.change, self.relay.cut_after, self.relay.lose = lambda request: request, lambda target: None, lambda target: False

    def cut(self, wanted):
        """Cuts the connection off when the answer to a request comes that is wanted."""
        self.relay.cut_after = lambda target: 0 if wanted(target) else None

    def hold(self, wanted):
        """Holds the first request that is wanted."""
        self.relay.change = Hold(wanted)
        return self.relay.change


class Hold:
    """Passes all requests on but the first that is wanted, which waits until it is let go; one that is lost gets no further."""

    def __init__(self, wanted):
        self.wanted, self.has, self.let_go, self.request, self.is_lost = wanted, threading.Event(), threading.Event(), None, False

    def __call__(self, request):
        if not self.has.is_set() and self.wanted(request.split(b"\r\n", 1)[0].decode(errors="replace")):
            self.request = request
            self.has.set()
            self.let_go.wait(60)
            if self.is_lost:
                raise ConnectionResetError
        return request

    def release(self):
        """Holds nothing any more."""
        self.has.set()
        self.let_go.set()

    @contextlib.contextmanager
    def waiting(self):
        """The request waits meanwhile."""
        try:
            assert self.has.wait(20), "the request that is to be held did not come"
            yield
        finally:
            self.release()


def is_read(line):
    """Of the object that is acted on."""
    return line.startswith("GET ") and line.split()[1].endswith(("/deployments/web", "/pods/db-0"))


def is_dry_run(line):
    return "fieldManager=" in line and "dryRun=All" in line


def is_write(line):
    return "fieldManager=" in line and "dryRun=All" not in line


def nth(wanted, number):
    """Whether it is this one of the targets that are wanted; the first is 1."""
    met = itertools.count(1)
    return lambda target: wanted(target) and next(met) == number


@pytest.fixture(scope="module")
def hands(request, sandbox, tmp_path_factory):
    """Two actors over topics of their own: of one group, only one would get a record."""
    made = [new_pipeline(request, sandbox, tmp_path_factory, SETTINGS) for _ in range(2)]
    both = [Hand(pipeline, pipeline.actor, pipeline.folder) for pipeline in made]
    try:
        for pipeline in made:
            pipeline.environment["actor"]["AEGIOPS_ACTOR_SEAL_KEY"] = SEAL_KEY
            pipeline.start("actor")
        yield both
        assert [pipeline.actor.stop() for pipeline in made] == [0, 0]
    finally:
        for hand in both:
            hand.pipeline.close()
            hand.relay.close()


@pytest.fixture
def actors(hands):
    yield hands
    for hand in hands:
        hand.forget()
        hand.process.wait_ready()


# ---- What they are to do: each again and again, in a namespace of its own ----

class Rollback:
    """Of web, from either of its revisions to the other."""
    type, changed, replaced = "rollback", "somebody is at work", "failed"

    def __init__(self, namespace):
        self.namespace = namespace
        two_revisions(namespace)

    def order(self):
        """(target, fields, onset) of the next one."""
        self.namespace.wait_healthy()
        good, bad = replica_sets(self.namespace)
        self.before = self.namespace.deployment().metadata.generation
        return target_of(self.namespace.deployment(), "Deployment"), {"to": good}, bad | {
            "since": OBSERVED["at"], "new_revision": True, "good": good}

    def is_done(self):
        return self.namespace.deployment().metadata.generation == self.before + 1

    def disturb(self):
        self.namespace.change(image="nginx:1.26")

    def recreate(self):
        self.namespace.apps.delete_namespaced_deployment("web", self.namespace.name)
        eventually("web to be gone", lambda: not self.namespace.apps.list_namespaced_deployment(self.namespace.name).items, 8)
        self.namespace.create(livenessProbe=PROBE)

    def check_new_one(self):
        found = self.namespace.deployment()
        assert found.metadata.generation == 1
        assert not any(name.startswith("aegiops.io/") for name in found.metadata.annotations or {})


class Scale(Rollback):
    """Of web, from 2 replicas to 3 or from 3 to 2."""
    type, changed, replaced = "scale", "has 4 replicas by now", "failed"

    def __init__(self, namespace):
        self.namespace = namespace
        namespace.create()

    def order(self):
        self.namespace.wait_healthy()
        found = self.namespace.deployment()
        now = found.spec.replicas
        self.wanted = 5 - now
        return target_of(found, "Deployment"), {"replicas": str(self.wanted), "from": {"replicas": str(now)}}, OBSERVED["onset"]

    def is_done(self):
        return self.namespace.deployment().spec.replicas == self.wanted

    def disturb(self):
        self.namespace.apps.patch_namespaced_deployment_scale("web", self.namespace.name, {"spec": {"replicas": 4}})


class Eviction:
    """Of db-0, which is made anew under the same name each time."""
    type, changed, replaced = "delete_pod", "aegiops.io/ignore", "already"

    def __init__(self, namespace):
        self.namespace = namespace
        namespace.put(stateful_set(replicas=1))

    def _pod(self):
        return next((pod for pod in self.namespace.pods("db") if pod.status.phase == "Running" and not pod.metadata.deletion_timestamp), None)

    def order(self):
        pod = eventually("db-0 to run", self._pod, 20).metadata
        self.uid = pod.uid
        target = target_of(self.namespace.apps.read_namespaced_stateful_set("db", self.namespace.name), "StatefulSet")
        return target, {"pod": {"name": pod.name, "uid": pod.uid}}, OBSERVED["onset"]

    def is_done(self):
        return all(pod.metadata.uid != self.uid or pod.metadata.deletion_timestamp for pod in self.namespace.pods("db"))

    def disturb(self):
        self.namespace.core.patch_namespaced_pod("db-0", self.namespace.name, {"metadata": {"annotations": {"aegiops.io/ignore": "true"}}})

    def recreate(self):
        self.namespace.core.delete_namespaced_pod("db-0", self.namespace.name, grace_period_seconds=0)
        self.new = eventually("another db-0", lambda: (pod := self._pod()) and pod.metadata.uid != self.uid and pod, 8).metadata.uid

    def check_new_one(self):
        found = self._pod()
        assert found.metadata.uid == self.new
        assert "DisruptionTarget" not in [condition.type for condition in found.status.conditions]


KINDS = {kind.type: kind for kind in (Rollback, Scale, Eviction)}


@pytest.fixture(params=KINDS)
def deed(request, namespace):
    return KINDS[request.param](namespace)


def decisions(actors, deed):
    """The very same decision for each: (the incidents, how to decide)."""
    target, fields, onset = deed.order()
    return same_incident(actors, target, onset=onset), (deed.type, fields)


def same_incident(actors, target, **observed):
    """One incident, as each knows it."""
    made = [Incident(hand.pipeline, target, **observed) for hand in actors]
    for one in made:
        one.id = made[0].id
    return made


def done(namespace, hand):
    """What was changed. The mark of a scale, a write of its own, changes nothing else."""
    return [entry for entry in effects(writes(namespace, hand.pipeline)) if not is_mark(entry)]


def is_mark(entry):
    return isinstance(entry.get("requestObject"), dict) and list(entry["requestObject"]) == ["metadata"]


def check_effects(namespace, hand, count):
    found = done(namespace, hand)
    assert len(found) == count, in_words(writes(namespace, hand.pipeline))


def results(acted):
    return [one["result"] for one in acted]


# ---- Two at once ----

def at_once(jobs, holds=()):
    """The results of both; with holds, their requests are let go at the same moment."""
    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        running = [pool.submit(job) for job in jobs]
        for hold in holds:
            stack.enter_context(hold.waiting())
        stack.close()
        return [job.result() for job in running]


def both(incidents, order, holds=()):
    return at_once([lambda one=one: one.decide(*order) for one in incidents], holds)


@pytest.mark.parametrize("are_held", [False, True], ids=["as it comes", "their writes at one moment"])
def test_two_actors_get_the_same_decision(actors, namespace, deed, are_held):
    for number in range(1, ROUNDS + 1):
        incidents, order = decisions(actors, deed)
        holds = [hand.hold(is_write) for hand in actors] if are_held else []
        acted = both(incidents, order, holds)
        assert sorted(results(acted)) == ["already", "done"], [one["detail"] for one in acted]
        assert deed.is_done()
        check_effects(namespace, actors[0], number)


def test_two_actors_quarantine_the_same_namespace(actors, namespace):
    """Each writes what the other has not yet written."""
    namespace.put(*(deployment(f"web-{number}", number) for number in range(1, 7)))
    target = target_of(namespace.core.read_namespace(namespace.name), "Namespace", "v1")
    acted = both(same_incident(actors, target), ("quarantine_namespace",), [hand.hold(is_write) for hand in actors])
    assert set(results(acted)) <= {"done", "already"} and "done" in results(acted), [one["detail"] for one in acted]
    assert scales(namespace) == {f"web-{number}": (0, str(number)) for number in range(1, 7)}
    check_effects(namespace, actors[0], 6)


# ---- One that slept ----

@pytest.mark.parametrize("stage", [is_read, is_dry_run], ids=["after reading", "after the dry run"])
def test_sleeper_finds_that_another_actor_has_done_it(actors, namespace, deed, stage):
    (incident, twin), order = decisions(actors, deed)
    hold, meanwhile = actors[0].hold(stage), []

    def sleep():
        with contextlib.ExitStack() as stack:
            with hold.waiting():
                stack.enter_context(actors[0].process.frozen())
            meanwhile.append(twin.decide(*order))
    incident.meanwhile = sleep
    acted = [incident.decide(*order), *meanwhile]
    assert results(acted) == ["already", "done"], [one["detail"] for one in acted]
    assert deed.is_done()
    check_effects(namespace, actors[0], 1)


def test_sleeper_finds_that_a_person_has_changed_it(actors, namespace, deed):
    (incident, _), order = decisions(actors, deed)
    hold = actors[0].hold(is_dry_run)

    def sleep():
        with contextlib.ExitStack() as stack:
            with hold.waiting():
                stack.enter_context(actors[0].process.frozen())
            eventually("the dry run to be answered", lambda: writes(namespace, actors[0].pipeline), 10)
            deed.disturb()
    incident.meanwhile = sleep
    acted = incident.decide(*order)
    assert acted["result"] == "refused" and deed.changed in acted["detail"], acted["detail"]
    check_effects(namespace, actors[0], 0)


# ---- An answer that does not come ----

def test_answer_is_cut_off(actors, namespace, deed):
    (incident, _), order = decisions(actors, deed)
    actors[0].cut(nth(is_write, 1))
    acted = incident.decide(*order)
    assert acted["result"] == "already", acted["detail"]
    assert deed.is_done()
    check_effects(namespace, actors[0], 1)


def test_answer_never_comes(actors, namespace):
    """Until the actor has had enough of waiting, which is as long as a lane tries; of two writes at once, since that takes its time."""
    jobs, deeds = [], [Rollback(namespace), Eviction(namespace)]
    for hand, deed in zip(actors, deeds):
        (incident,), order = decisions([hand], deed)
        hand.relay.lose = nth(is_write, 1)
        jobs.append(lambda incident=incident, order=order: incident.decide(*order))
    acted = at_once(jobs)
    assert results(acted) == ["already", "already"], [one["detail"] for one in acted]
    assert all(one["took_ms"] > 9000 for one in acted)
    assert all(deed.is_done() for deed in deeds)
    check_effects(namespace, actors[0], 2)


def test_request_arrives_late(actors, namespace, deed):
    """When the actor has taken it for lost, and has done it with another one."""
    (incident, _), order = decisions(actors, deed)
    hold = actors[0].hold(is_write)

    def lose():
        with hold.waiting():
            hold.is_lost = True
            actors[0].relay.cut()
    incident.meanwhile = lose
    acted = incident.decide(*order)
    assert acted["result"] == "done", acted["detail"]
    _, following, _ = deed.order()
    assert actors[0].relay.deliver(hold.request).split()[1] in (b"409", b"422")
    check_effects(namespace, actors[0], 1)
    assert deed.order()[1] == following


@pytest.mark.parametrize("number, result", [(1, "done"), (3, "already")], ids=["of the first write", "of the last write"])
def test_answer_is_cut_off_in_a_namespace(actors, namespace, number, result):
    namespace.put(deployment("api", 3), deployment("web", 2), stateful_set("db", 1))
    for name in ("api", "web"):
        namespace.wait_healthy(name)
    incident = Incident(actors[0].pipeline, target_of(namespace.core.read_namespace(namespace.name), "Namespace", "v1"))
    actors[0].cut(nth(is_write, number))
    acted = incident.decide("quarantine_namespace")
    assert (acted["result"], acted["undo"]) == (result, {"type": "restore_namespace"}), acted["detail"]
    assert scales(namespace) == {"web": (0, "2"), "api": (0, "3"), "db": (0, "1")}
    check_effects(namespace, actors[0], 3)


# ---- Another object of the same name ----

@pytest.mark.parametrize("after", [None, is_dry_run, is_write], ids=["after the decision", "after it was read", "after the dry run"])
def test_object_was_made_anew(actors, namespace, deed, after):
    (incident, _), order = decisions(actors, deed)

    def make_anew():
        with hold.waiting():
            deed.recreate()
    if after:
        hold, incident.meanwhile = actors[0].hold(after), make_anew
    else:
        deed.recreate()
    acted = incident.decide(*order)
    assert (acted["result"], acted["undo"]) == (deed.replaced, None), acted["detail"]
    deed.check_new_one()
    check_effects(namespace, actors[0], 0)


# ---- One group ----

@pytest.fixture
def team(own_pipeline):
    """Two actors of one group, of which one gets the record."""
    pipeline = own_pipeline(SETTINGS)
    made = []
    for number in (1, 2):
        folder = pipeline.folder / str(number)
        folder.mkdir()
        made.append(Hand(pipeline, pipeline.make("actor", f"actor-{number}"), folder))
        made[-1].process.start()
    for hand in made:
        hand.process.wait_ready()
    yield made
    for hand in made:
        hand.process.kill()
        hand.relay.close()


@pytest.mark.parametrize("stage, nap_s, result", [(is_dry_run, 30, "done"), (is_write, SESSION_TIMEOUT_S + 2, "already")],
                         ids=["before the write", "with the write on its way"])
def test_the_record_of_a_sleeper_goes_to_another(team, namespace, stage, nap_s, result):
    """And what the sleeper makes of it when it wakes up is known to nobody."""
    deed = Rollback(namespace)
    (incident, _), order = decisions(team, deed)
    holds = [hand.hold(stage) for hand in team]
    woken = []

    def sleep():
        which = eventually("the record to be at work", lambda: [hand for hand, hold in zip(team, holds) if hold.has.is_set()], 20)[0]
        woken.append(which.process)
        with which.process.frozen():
            until = time.monotonic() + nap_s
            for hold in holds:
                hold.release()
            eventually("the outcome of the other one", lambda: outcomes(incident), 20)
            time.sleep(max(0, until - time.monotonic()))
    incident.meanwhile = sleep
    acted = incident.decide(*order)
    assert acted["result"] == result, acted["detail"]
    sleeper, = woken
    eventually("the sleeper to start over", lambda: sleeper.logged(message="starting over from what is committed"), 30, sleeper.tail)
    sleeper.wait_ready()
    assert deed.is_done()
    check_effects(namespace, team[0], 1)
    (after, _), order = decisions(team, deed)
    assert after.decide(*order)["result"] == "done"
    assert len(outcomes(incident)) == 1


def outcomes(incident):
    return incident.pipeline.topics.find("outcomes", incident.is_mine)


# ---- One approval ----

def approve(hand, proposal):
    """The answer of a person, as it is read by this actor."""
    document = dict(proposal.document, approved={"at": NOW, "by": "ada", "verdict": "approved"})
    hand.pipeline.topics.write("approvals", encode(document), key=document["key"].encode(),
                               headers=headers("approvals", document["key"], document["id"], ce_id=f"{document['id']}.1.ada"))
    return hand.pipeline.topics.wait("outcomes", lambda record: record.document["id"] == document["id"] and record.document["acted"]["approved"],
                                     within=20).document["acted"]


def test_two_actors_get_the_same_approval(actors, namespace):
    namespace.create(livenessProbe=PROBE)
    namespace.wait_healthy()
    incident = Incident(actors[0].pipeline, target_of(namespace.deployment(), "Deployment"))
    acted = incident.decide("set_probe", {"container": "app", "probe": "liveness", "field": "timeoutSeconds", "value": "2", "from": {"value": "1"}})
    assert acted["result"] == "proposed", acted["detail"]
    proposal, holds = outcomes(incident)[0], [hand.hold(is_write) for hand in actors]
    acted = at_once([lambda hand=hand: approve(hand, proposal) for hand in actors], holds)
    assert sorted(results(acted)) == ["already", "done"], [one["detail"] for one in acted]
    assert namespace.container().liveness_probe.timeout_seconds == 2
    check_effects(namespace, actors[0], 1)
