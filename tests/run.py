#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what `make test`, `unit`, `check`, `fuzz`, `pipeline`, `bench` and `bench-observer` stand for. tests/README.md says what each
suite proves.

usage: tests/run.py [all] | unit [PROGRAM] | check [NAME ...] | fuzz [SECONDS] [TARGET ...] | pipeline [PYTEST ARGUMENT ...]
       | bench [ARGUMENT ...] | bench-observer [OPTION ...]

Needs nothing but Python and what `make setup` installs. The last line is the sum: N passed, N failed[, N skipped].
"""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("AEGIOPS_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aegiops")
SANDBOX = ROOT / "deploy/sandbox/sandbox"
UNIT_FLAVOURS = {"plain": [], "sanitized": ["SANITIZE=1", "BUILD=build/asan"]}
UNIT_TIMEOUT_S = 120
SIGN_OF_LIFE_S = 15
FUZZ_BUILD = "build/fuzz"
FUZZ_SECONDS = "10"
FUZZ_LIMITS = ["-max_len=8192", "-timeout=20", "-rss_limit_mb=2048"]
FUZZ_SEEDS = {"redact": "text", "log_select": "text"}
FUZZ_SHOWN = 6000  # last characters of what a fuzzer said
PIPELINE_LOGS = ROOT / "build/pipeline"  # and pytest's reports
PIPELINE_SANDBOXES = 2  # three leave two cores nothing to spare
# Take more than a minute and a half, the longest first; they begin first, lest one of them be left alone at the end.
LONGEST = ("test_real_node", "test_informer", "test_outages", "test_crashes", "test_model", "test_fence", "test_freeze", "test_containers",
           "test_actions", "test_objects", "test_rules", "test_pods", "test_lifecycle")
PROGRESS_S = 60
INTERRUPTED_S = 60  # what has not cleaned up by then never will
ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Tally:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")

    def or_failed_when_empty(self, suite):
        """A suite that ran nothing has proved nothing."""
        if self.passed + self.failed:
            return self
        print(f"FAILED  {suite}: not one test ran", flush=True)
        return self + Tally(failed=1)


def say(text):
    print(f"== {text}", flush=True)


def clean_environment(**more):
    """Ours, but without what an outer make would tell an inner one."""
    kept = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "T")}
    return kept | more


def make(*arguments):
    """Builds quietly; shows the compiler's words where it fails."""
    done = subprocess.run(["make", "-k", f"-j{os.cpu_count()}", *arguments], cwd=ROOT, env=clean_environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


# --- unit tests --------------------------------------------------------------------------------------------------------------

def tap_tally(output):
    """What cmocka says in TAP: a plan of N tests, then ok, not ok, or ok … # SKIP."""
    planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", output, re.M))
    skipped = len(re.findall(r"^ok .*# SKIP", output, re.M))
    passed = len(re.findall(r"^ok ", output, re.M)) - skipped
    failed = len(re.findall(r"^not ok ", output, re.M))
    missing = max(0, planned - passed - failed - skipped)
    return Tally(passed, failed + missing, skipped)


def run_unit(program):
    """One test program. Ending badly, or without having tested anything, counts as a failure of its own."""
    try:
        done = subprocess.run([program], cwd=ROOT, env=clean_environment(CMOCKA_MESSAGE_OUTPUT="TAP"), timeout=UNIT_TIMEOUT_S,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", text=True)
        output, ending = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, ending = (late.stdout or b"").decode(errors="replace"), f"no end after {UNIT_TIMEOUT_S} s"
    tally = tap_tally(output).or_failed_when_empty(program)
    if ending != 0 and not tally.failed:
        print(f"FAILED  {program}: ended with {ending}", flush=True)
        tally += Tally(failed=1)
    print(f"{'ok' if not tally.failed else 'FAILED':7} {program}: {tally}", flush=True)
    if tally.failed:
        print(output, flush=True)
    return tally


def unit(arguments):
    total = Tally()
    sources = sorted(str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob("tests/unit/**/test_*.c"))
    wanted = [name.removesuffix(".c") for name in arguments] or sources
    for flavour, flags in UNIT_FLAVOURS.items():
        folder = next((flag.removeprefix("BUILD=") for flag in flags if flag.startswith("BUILD=")), "build")
        programs = [f"{folder}/{name}" for name in wanted]
        say(f"unit tests, {flavour}")
        make(*flags, *programs)
        for program in programs:
            if (ROOT / program).exists():
                total += run_unit(program)
            else:
                print(f"FAILED  {program}: does not build", flush=True)
                total += Tally(failed=1)
    return total.or_failed_when_empty("unit")


# --- checks ------------------------------------------------------------------------------------------------------------------

def check(arguments):
    total = Tally()
    say("checks")
    scripts = sorted(path for path in (ROOT / "tests/checks").iterdir() if os.access(path, os.X_OK) and path.is_file())
    for script in (path for path in scripts if not arguments or path.stem in arguments):
        done = subprocess.run([script], cwd=ROOT, env=clean_environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        passed = done.returncode == 0
        print(f"{'ok' if passed else 'FAILED':7} {script.stem}", flush=True)
        if not passed:
            print(done.stdout, flush=True)
        total += Tally(passed=1) if passed else Tally(failed=1)
    return total.or_failed_when_empty("check")


# --- fuzzing -----------------------------------------------------------------------------------------------------------------

def run_fuzzer(target, seconds):
    """One target, from the seeds and from what it found worth keeping in earlier runs. A finding is kept as a file."""
    name = target.removeprefix("fuzz_")
    corpus, findings = CACHE / "fuzz" / name, ROOT / FUZZ_BUILD / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    program = ROOT / FUZZ_BUILD / "tests/fuzz" / target
    done = subprocess.run([program, f"-max_total_time={seconds}", *FUZZ_LIMITS, f"-artifact_prefix={findings}/{name}-", corpus,
                           ROOT / "tests/fuzz/seeds" / FUZZ_SEEDS.get(name, name)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", text=True)
    runs = re.search(r"^Done (\d+) runs in (\d+) second", done.stdout, re.M)
    passed = done.returncode == 0 and runs and int(runs[1])
    print(f"{'ok' if passed else 'FAILED':7} {target}: " + (f"{runs[1]} inputs in {runs[2]} s" if runs else "a finding"), flush=True)
    if not passed:
        print(done.stdout[-FUZZ_SHOWN:], flush=True)
        print(f"again: {program.relative_to(ROOT)} FILE, with the file that is named above", flush=True)
    return Tally(passed=1) if passed else Tally(failed=1)


def fuzz(arguments):
    seconds = next((argument for argument in arguments if argument.isdigit()), FUZZ_SECONDS)
    targets = sorted(path.stem for path in (ROOT / "tests/fuzz").glob("fuzz_*.c"))
    wanted = [target for target in targets if target in arguments or not set(arguments) - {seconds}]
    say(f"fuzzing, {seconds} s for each target")
    if not make("fuzzers", "FUZZ=1", "CC=clang-14", f"BUILD={FUZZ_BUILD}"):
        return Tally(failed=1)
    return sum((run_fuzzer(target, seconds) for target in wanted), Tally()).or_failed_when_empty("fuzz")


# --- pipeline tests and measurements -----------------------------------------------------------------------------------------

def venv_python():
    """The Python that has tests/requirements.txt; made once for each content of that file."""
    requirements = ROOT / "tests/requirements.txt"
    mark = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CACHE / f"venv-{mark}"
    complete = folder / "complete"
    if not complete.exists():
        say(f"Python packages into {folder}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
                       check=True)
        complete.touch()
    return str(folder / "bin/python")


def can_run_real_node():
    return subprocess.run([SANDBOX, "can-run-real-node"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class SandboxBuild:
    """Compiles the sandbox's Kafka and Kubernetes while other things run; minutes the first time, nothing afterwards."""

    def __init__(self):
        (ROOT / "build").mkdir(exist_ok=True)
        self.log = ROOT / "build/sandbox-build.log"
        self.process = subprocess.Popen([SANDBOX, "build", "--node", "both" if can_run_real_node() else "simulated"],
                                        stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT,
                                        env=clean_environment(), start_new_session=True)

    def wait(self):
        while True:
            try:
                if self.process.wait(SIGN_OF_LIFE_S) == 0:
                    return True
                print(self.log.read_text(), flush=True)
                return False
            except subprocess.TimeoutExpired:
                lines = self.log.read_text().splitlines()
                print(f"   sandbox: {lines[-1] if lines else 'building'}", flush=True)

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def junit_tally(report):
    """pytest's own count; an error in a fixture counts as a failure."""
    if not report.exists():
        return Tally()
    tally = Tally()
    for suite in xml.parse(report).getroot().iter("testsuite"):
        tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        tally += Tally(max(0, tests - skipped - failed), failed, skipped)
    return tally


def run_interruptibly(command):
    """In this process' group, so that Ctrl-C reaches it; a SIGTERM to us is handed on, and its clean-up awaited."""
    process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdin=subprocess.DEVNULL)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise


def pytest_command(report, *arguments):
    return [venv_python(), "-m", "pytest", "-c", "tests/pipeline/pytest.ini", f"--junitxml={report}", *arguments]


def pytest_tally(report, ending):
    """Ending badly without a failed test counts as a failure of its own."""
    tally = junit_tally(report)
    return tally + Tally(failed=1) if ending and not tally.failed else tally


def needs_real_node(module):
    return re.search(r"real_(node|namespace)", module.read_text()) is not None


class Worker:
    """A sandbox of its own, and on it one module after another, each in a pytest of its own. The first worker's sandbox has the real
    node, of which a computer has one at a time."""

    def __init__(self, number):
        self.number, self.module = number, None
        self.sandbox = f"test-{os.getpid()}-{number}"
        self.nodes = "both" if number == 1 and can_run_real_node() else "simulated"
        self._begin(f"sandbox-{number}", SANDBOX, "up", "--name", self.sandbox, "--ports", "auto", "--node", self.nodes)

    def _begin(self, name, *command):
        """In a session of its own, so that Ctrl-C reaches it only through interrupt()."""
        self.log, self.began = PIPELINE_LOGS / f"{name}.log", time.monotonic()
        with self.log.open("w") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def test(self, module):
        self.module = module
        self._begin(module.stem, *pytest_command(self._report(), "--sandbox", self.sandbox, module))

    def _report(self):
        return PIPELINE_LOGS / f"{self.module.stem}.xml"

    def is_busy(self):
        return self.process.poll() is None

    def can_test(self, module):
        has_come_up = self.module or self.process.returncode == 0
        return has_come_up and (self.number == 1 or not needs_real_node(module))

    def __str__(self):
        doing = self.module.name if self.module else f"sandbox, --node {self.nodes}"
        return f"[{self.number}] {doing}, {time.monotonic() - self.began:.0f} s"

    def result(self):
        """Of what has ended; told, and a failure in full."""
        tally = pytest_tally(self._report(), self.process.returncode) if self.module else Tally(failed=int(self.process.returncode != 0))
        print(f"{'ok' if not tally.failed else 'FAILED':7} {self}" + (f": {tally}" if self.module else ""), flush=True)
        for line in self.log.read_text(errors="replace").splitlines():
            if tally.failed or line.startswith("SKIPPED"):
                print(line, flush=True)
        return tally

    def tell_progress(self):
        """pytest's own: a character for each test."""
        done = re.findall(r"^(?:tests/\S+ )?([.FEsx]+)(?= *\[|$)", self.log.read_text(errors="replace"), re.M)
        print(f"   {self}: {''.join(done)}", flush=True)

    def interrupt(self):
        if self.is_busy():
            os.killpg(self.process.pid, signal.SIGINT)

    def end(self):
        try:
            self.process.wait(INTERRUPTED_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        subprocess.run([SANDBOX, "down", "--name", self.sandbox], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def distribute(modules, workers, interrupted):
    """Gives whoever has nothing to do the first module that it can test, until there is none or somebody interrupts. Takes what it
    gives from `modules`."""
    total, working, told = Tally(), list(workers), time.monotonic()
    while working and not interrupted:
        for worker in [worker for worker in working if not worker.is_busy()]:
            total += worker.result()
            module = next((module for module in modules if worker.can_test(module)), None)
            if module:
                modules.remove(module)
                worker.test(module)
            else:
                working.remove(worker)
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            for worker in working:
                worker.tell_progress()
        time.sleep(0.1)
    return total


def side_by_side():
    """Every module once, on several sandboxes: who stops Kafka or the API server of one disturbs nobody else."""
    modules = sorted((ROOT / "tests/pipeline").glob("test_*.py"))
    modules.sort(key=lambda module: LONGEST.index(module.stem) if module.stem in LONGEST else len(LONGEST))
    shutil.rmtree(PIPELINE_LOGS, ignore_errors=True)
    PIPELINE_LOGS.mkdir(parents=True)
    venv_python()
    say(f"pipeline tests on {PIPELINE_SANDBOXES} sandboxes")
    interrupted, workers = [], []
    for ending in ENDINGS:  # noted only: whatever is begun is in `workers` before anybody ends it
        signal.signal(ending, lambda number, _: interrupted.append(number))
    try:
        for number in range(1, PIPELINE_SANDBOXES + 1):
            workers.append(Worker(number))
        total = distribute(modules, workers, interrupted)
    finally:
        for worker in workers:
            worker.interrupt()
        for worker in workers:
            worker.end()
    if interrupted:
        raise KeyboardInterrupt
    for module in modules:
        print(f"FAILED  {module.name}: no sandbox for it", flush=True)
    return total + Tally(failed=len(modules))


def chosen(arguments):
    """What pytest's arguments say, on one sandbox."""
    report = ROOT / "build/pipeline.xml"
    report.unlink(missing_ok=True)
    modules = [argument for argument in arguments if argument.split("::")[0].endswith(".py")]
    options = [argument for argument in arguments if argument not in modules]
    say("pipeline tests")
    ending = run_interruptibly(pytest_command(report, *(f"tests/pipeline/{module}" for module in modules or [""]), *options))
    return pytest_tally(report, ending)


def pipeline(arguments):
    say("building with crash points")
    if not make("all", "CRASH_POINTS=1", "BUILD=build/crash"):
        return Tally(failed=1)
    return (chosen(arguments) if arguments else side_by_side()).or_failed_when_empty("pipeline")


def bench(arguments):
    if not make("all", "build/tests/bench/bare_loop"):
        return 1
    return run_interruptibly([venv_python(), "tests/bench/bench.py", *arguments])


def bench_observer(arguments):
    if not make("all"):
        return 1
    return run_interruptibly([venv_python(), "tests/bench/observer.py", *arguments])


# --- all of it ---------------------------------------------------------------------------------------------------------------

def everything():
    sandbox = SandboxBuild()
    try:
        total = unit([]) + check([])
        say("the sandbox's binaries")
        if not sandbox.wait():
            return total + Tally(failed=1)
        return total + pipeline([])
    finally:
        sandbox.stop()


def main(suite="all", *arguments):
    for ending in ENDINGS:  # also where a background job began with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    begin = time.monotonic()
    measurements = {"bench": bench, "bench-observer": bench_observer}
    if suite in measurements:
        return measurements[suite](list(arguments))
    if suite not in ("all", "unit", "check", "fuzz", "pipeline"):
        print(__doc__, file=sys.stderr)
        return 2
    suites = {"unit": unit, "check": check, "fuzz": fuzz, "pipeline": pipeline}
    tally = everything() if suite == "all" else suites[suite](list(arguments))
    say(f"{suite} took {time.monotonic() - begin:.0f} s")
    print(tally, flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
