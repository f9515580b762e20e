# SPDX-License-Identifier: Apache-2.0
"""What the tests are given: one sandbox for all, one pipeline a module, one namespace a test."""
import itertools
import signal

import pytest

import nodejs
from cluster import REAL_NODE, Cluster
from gemini import GeminiStandIn
from processes import Pipeline
from questions import Desk
from sandbox import Sandbox, session_name, why_no_real_node
from slack import SlackStandIn

numbers = itertools.count(1)
SAID = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--sandbox", help="use this running sandbox and leave it running, instead of a fresh one")
    parser.addoption("--save-incidents", action="store_true", help="write what test_incidents.py sees into tests/fixtures")


def pytest_configure():
    for ending in (signal.SIGINT, signal.SIGTERM):  # so that fixtures clean up, whoever ends us
        signal.signal(ending, signal.default_int_handler)


@pytest.fixture(scope="session")
def sandbox(request):
    existing = request.config.getoption("--sandbox")
    if existing:
        yield Sandbox(existing)
        return
    try:
        yield Sandbox.up(session_name())
    finally:
        Sandbox.down_by_name(session_name())


@pytest.fixture(scope="session")
def cluster(sandbox):
    return Cluster(sandbox.admin)


@pytest.fixture(scope="session")
def namespace_maker(sandbox, cluster):
    """Makes namespaces: namespace_maker("real") one whose pods run on the real node."""
    def make(kind="simulated"):
        if kind == "real" and not sandbox.has_real_node():
            skip_without_real_node()
        return cluster.namespace(f"shop-{session_name().removeprefix('test-')}-{next(numbers)}", REAL_NODE if kind == "real" else None)
    return make


def skip_without_real_node():
    pytest.skip(why_no_real_node() or "this sandbox has no real node; start it with --node both")


@pytest.fixture
def namespace(namespace_maker):
    made = namespace_maker()
    yield made
    made.delete()


@pytest.fixture
def real_namespace(namespace_maker):
    made = namespace_maker("real")
    yield made
    made.delete()


def new_pipeline(request, sandbox, tmp_path_factory, settings):
    number = next(numbers)
    pipeline = Pipeline(sandbox, tmp_path_factory.mktemp("pipeline"), f"{session_name()}-{number}.", settings)
    request.node.pipelines = [*getattr(request.node, "pipelines", []), pipeline]
    return pipeline


@pytest.fixture(scope="module")
def pipeline(request, sandbox, tmp_path_factory):
    """The processes, running. A module says in SETTINGS what it wants otherwise than the default, and in PROCESSES which it needs."""
    made = new_pipeline(request, sandbox, tmp_path_factory, getattr(request.module, "SETTINGS", {}))
    try:
        yield made.start(*getattr(request.module, "PROCESSES", ()))
        codes = made.stop()
        assert set(codes.values()) == {0}, f"a process did not end well: {codes}"
    finally:
        made.close()


@pytest.fixture
def own_pipeline(request, sandbox, tmp_path_factory):
    """Makes pipelines that a test starts, breaks and restarts by itself: own_pipeline(settings)."""
    made = []

    def make(settings=None):
        made.append(new_pipeline(request, sandbox, tmp_path_factory, settings or {}))
        return made[-1]
    yield make
    for pipeline in made:
        pipeline.close()


@pytest.fixture
def webhook():
    stand_in = SlackStandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def gemini():
    """A stand-in for Gemini. A script that lets the model say what it could not fails the test, whatever became of the answer."""
    stand_in = GeminiStandIn()
    yield stand_in
    stand_in.stop()
    assert stand_in.faults == []


@pytest.fixture(scope="module")
def desk(request, sandbox, tmp_path_factory):
    """A brain, not started yet, and a stand-in for its model: see questions.py."""
    stand_in = GeminiStandIn()
    made = Desk(new_pipeline(request, sandbox, tmp_path_factory, {}), stand_in)
    try:
        yield made
        codes = made.pipeline.stop()
        assert set(codes.values()) <= {0}, f"the brain did not end well: {codes}"
    finally:
        made.pipeline.close()
        stand_in.stop()
    assert stand_in.faults == []


@pytest.fixture(scope="module")
def pipeline_with_model(request, pipeline):
    """The processes of `pipeline`, the brain with a stand-in for its model, which is its member `gemini`."""
    pipeline.gemini = GeminiStandIn()
    try:
        pipeline.stop("brain")
        pipeline.environment["brain"] = Desk(pipeline, pipeline.gemini).environment({})
        yield pipeline.start("brain")
    finally:
        pipeline.gemini.stop()
    assert pipeline.gemini.faults == []


@pytest.fixture(scope="module")
def aimock(request, tmp_path_factory):
    """The URL of aimock, a stand-in that others wrote. A module says in AIMOCK which file of fixtures it answers from."""
    folder = tmp_path_factory.mktemp("aimock")
    with nodejs.aimock(getattr(request.module, "AIMOCK", nodejs.HERE / "aimock.json"), folder / "log") as url:
        yield url


@pytest.fixture(scope="session")
def say_at_the_end(request):
    """Notes a line that people read below the results: what a module has counted."""
    return request.config.stash.setdefault(SAID, []).append


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(SAID, []):
        terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows what the processes logged last."""
    report = (yield).get_result()
    if report.failed:
        for node in (item, item.parent):
            for pipeline in getattr(node, "pipelines", []):
                report.sections += pipeline.logs()
