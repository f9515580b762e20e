# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every named point of every process, twice: one effect on the cluster and one last word to people, whatever dies where.

The points are looked up in the sources, so that a new one cannot be forgotten here."""
import re
from dataclasses import dataclass

import pytest

from cluster import BAD_IMAGE
from processes import NAMES
from questions import question
from sandbox import ROOT, effects, in_words, session_name
from story import final_notices, read_lap
from test_intake import answer_to
from waiting import eventually, never

POSTED = "notify.posted"


@dataclass(frozen=True)
class Point:
    process: str
    name: str
    stage: str = ""  # of a lane

    def __str__(self):
        return f"{self.process}:{self.name}"


def read(path):
    return path.read_text()


def stages():
    """(process, stage) of every lane."""
    for process in NAMES:
        for path in sorted((ROOT / process).rglob("*.c")):
            for body in re.findall(r"\bstruct stage \w+ = \{(.*?)\n\};", read(path), re.S):
                yield process, re.search(r'\.name = "(\w+)"', body)[1]


def points():
    runtime = "\n".join(read(path) for path in sorted((ROOT / "common").rglob("*.c")))
    for process, stage in stages():
        for where in re.findall(r'crash_here\(lane, "(\w+)"\)', runtime):
            yield Point(process, f"{stage}.{where}", stage)
    for process in NAMES:
        for name in re.findall(r'crash_point\("([\w.]+)"\)', runtime):
            yield Point(process, name)
        for path in sorted((ROOT / process).rglob("*.c")):
            for name in re.findall(r'crash_point\("([\w.]+)"\)', read(path)):
                yield Point(process, name)


POINTS = sorted(set(points()), key=str)
INTAKE = {stage for process, stage in stages() if process == "observer"}  # the observer's lanes read what people ask
REQUEST_POINTS = [point for point in POINTS if point.stage in INTAKE]
QUESTION_POINTS = [point for point in POINTS if point.stage == "ask"]  # of the lanes that ask a model
INCIDENT_POINTS = [point for point in POINTS if point not in REQUEST_POINTS + QUESTION_POINTS]


def test_the_points_were_found():
    found = {str(point) for point in POINTS}
    assert {"brain:decide.worked", "brain:decide.committed", "brain:ask.worked", "brain:ask.committed",
            "actor:act.worked", "actor:act.committed", "actor:act.dry_run", "actor:act.applied", "notifier:notify.worked", "notifier:notify.committed", "notifier:notify.posted", "observer:observe.gathered",
            "observer:observe.published"} | {f"{name}:commit.open" for name in NAMES} <= found


@pytest.fixture(scope="module")
def healthy(cluster):
    """Namespaces with a healthy Deployment each, made all at once; a test takes one."""
    made = [cluster.namespace(f"crash-{session_name()}-{number}") for number, _ in enumerate(INCIDENT_POINTS)]
    for namespace in made:
        namespace.create()
    for namespace in made:
        namespace.wait_healthy()
    yield iter(made)
    for namespace in made:
        namespace.delete()


@pytest.fixture
def dying(own_pipeline, webhook):
    """Starts the four of them, one to die at a point."""
    def start(point):
        pipeline = own_pipeline()
        pipeline.environment["notifier"]["SLACK_WEBHOOK_URL"] = webhook.url
        for name in NAMES:
            doom = doomed(point) if name == point.process else {}
            pipeline.processes[name].start(**pipeline.environment[name], **doom)
        for name in NAMES:
            pipeline.processes[name].wait_ready()
        return pipeline
    return start


def doomed(point):
    return {"AEGIOPS_CRASH_AT": point.name}


def told(webhook, incident_id, headline):
    return [body for body in webhook.messages if incident_id in str(body) and body["text"].startswith(headline)]


def check_told_once(point, webhook, incident_id, headline):
    """Kafka's transactions cover the notice, not Slack: who dies between the POST and the commit posts again, and the same."""
    bodies = told(webhook, incident_id, headline)
    if point.name in (POSTED, "notify.worked") or (point.process, point.name) == ("notifier", "commit.open"):
        assert 1 <= len(bodies) <= 3 and all(body == bodies[0] for body in bodies), bodies
    else:
        assert len(bodies) == 1, bodies
    assert webhook.faults == []


def dies_again_or_is_done(pipeline, point, key):
    """The same process meets the same point again, unless what lies behind it was already done the first time."""
    process = pipeline.processes[point.process]
    eventually(f"{point} once more, or the end of the incident", lambda: not process.is_running() or final_notices(pipeline.topics, key), 40,
               process.tail)
    if not process.is_running():
        process.wait_killed(point.name)
        pipeline.start(point.process)


@pytest.mark.parametrize("point", INCIDENT_POINTS, ids=str)
def test_incident_survives_kill_9_twice(dying, webhook, healthy, point):
    namespace = next(healthy)
    pipeline = dying(point)
    generation = namespace.change(image=BAD_IMAGE).metadata.generation
    process = pipeline.processes[point.process]
    process.wait_killed(point.name)
    process.start(**pipeline.environment[point.process], **doomed(point))
    dies_again_or_is_done(pipeline, point, namespace.key())

    first = read_lap(pipeline.topics, namespace.key(), within=40)
    second = read_lap(pipeline.topics, namespace.key(), lap=2, within=40)
    assert first.acted["result"] in ("done", "already")
    assert second.notified["state"] == "recovered"
    done = effects(pipeline.sandbox.audit(user="aegiops-actor", namespace=namespace.name))
    assert len(done) == 1, in_words(done)
    assert namespace.deployment().metadata.generation == generation + 1
    assert final_notices(pipeline.topics, namespace.key()) == [(first.id, "recovered")]
    check_told_once(point, webhook, first.id, "Recovered")


@pytest.mark.parametrize("point", REQUEST_POINTS, ids=str)
def test_request_survives_kill_9(dying, webhook, point):
    pipeline = dying(point)
    text = f"What happened at {point}?"
    pipeline.topics.write("intake", text.encode())
    pipeline.processes[point.process].wait_killed(point.name)
    pipeline.start(point.process)
    lap = answer_to(pipeline, text)
    pipeline.topics.write("intake", b"And the next one")
    answer_to(pipeline, "And the next one")
    assert len(pipeline.topics.find("notices", lambda record: record.document["observed"]["request"]["text"] == text)) == 1
    check_told_once(point, webhook, lap.id, "Answer")


@pytest.mark.parametrize("point", QUESTION_POINTS, ids=str)
def test_question_survives_kill_9(desk, point):
    desk.start(fresh=True, environment=doomed(point))
    incident = desk.put(question(point.name.replace(".", "-")))
    desk.brain.wait_killed(point.name)
    desk.start(fresh=True)
    assert desk.decided(incident)["source"] == "model"
    never("a second decision", lambda: len(desk.decisions(incident)) > 1, during=2)
