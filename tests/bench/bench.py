# SPDX-License-Identifier: Apache-2.0
"""Our rule path beside librdkafka alone and a Python worker: same broker, same records, one lane each, rounds interleaved. Then how long
a rule takes to decide while a model is asked beside it, which hangs. Then the actor alone, on a real API server: how many actions a second,
and how long from a decision to its outcome.

usage: bench.py [RECORDS [ROUNDS]]      default: 60000 records, 3 rounds; prints the median of the rounds
"""
import hashlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/pipeline"), str(ROOT / "tests/stand-ins")]
from cluster import Cluster  # noqa: E402
from costs import cpu_s, memory_mb  # noqa: E402
from gemini import GeminiStandIn  # noqa: E402
from sandbox import Sandbox  # noqa: E402

PARTITIONS = 12
ROUND_TIMEOUT_S = 300
SETTLE_S = 5
ACTIONS = 200
PACE_S = 0.1  # between two decisions, where latency is measured
INCIDENTS, WARM_UPS, QUESTION_EVERY, INCIDENT_PACE_S = 1000, 200, 10, 0.02  # beside a model: every tenth is a question, too
MODELS = {"no model": None, "a model that answers at once": "answer", "a model that hangs for 60 s": "hang:60"}
PROCESSES = ("observer", "brain", "actor", "notifier")


def document(number):
    """An incident of about 1 KB on which the brain decides a rollback."""
    name = f"web-{number % 200}"
    target = {"api_version": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": name, "uid": "6f1c", "resource_version": "815"}
    evidence = [{"ref": "E1", "kind": "status", "trust": "K", "text": f"Deployment shop/{name}: 3 wanted, 3 available; failing pods: 1"},
                {"ref": "E2", "kind": "diff", "trust": "K", "text": "spec.containers[web].image: nginx:1.27 -> nginx:1.72"}]
    observed = {"at": "2026-01-01T00:00:00.000Z", "class": "ImagePullBackOff", "summary": f"1 pod of Deployment shop/{name} cannot pull",
                "target": target, "pods": [{"name": f"{name}-5d8-x", "uid": "77aa", "node": "node-1", "container": "web",
                                            "reason": "ImagePullBackOff", "exit_code": None, "restarts": 0}],
                "affected": 1, "replicas": 3,
                "onset": {"template_hash": "5d8", "revision": "2", "since": "2026-01-01T00:00:00.000Z", "new_revision": True,
                          "good": {"template_hash": "4c7", "revision": "1", "replica_set": f"{name}-4c7"}},
                "before": None, "request": None, "verdict": None, "verified": None, "tried": [], "history": [], "evidence": evidence}
    return {"v": 1, "id": "i-" + hashlib.sha256(str(number).encode()).hexdigest()[:32], "key": f"bench/shop/Deployment/{name}",
            "opened_at": "2026-01-01T00:00:00.000Z", "lap": 1, "follows": None, "observed": observed}


def fill(brokers, topic, count):
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 20, "compression.codec": "lz4", "queue.buffering.max.messages": 1000000})
    size = 0
    for number in range(count):
        doc = document(number)
        value = json.dumps(doc, separators=(",", ":"))
        size += len(value)
        producer.produce(topic, value, doc["key"], headers={"ce_id": f"{doc['id']}.1", "ce_type": "aegiops.incident.v1"})
    producer.flush()
    return size / count


def create(brokers, *names):
    admin = AdminClient({"bootstrap.servers": brokers})
    for future in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
        future.result(30)


def await_records(brokers, topic, count):
    """Reads until count committed records have come; the seconds between the first and the last, by their own stamps."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench-reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(PARTITIONS)])
    first, last, seen, deadline = None, None, 0, time.monotonic() + ROUND_TIMEOUT_S
    while seen < count:
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: only {seen} of {count} records came out of {topic} within {ROUND_TIMEOUT_S} s")
        for message in consumer.consume(10000, 1.0):
            if message.error():
                continue
            stamp = message.timestamp()[1]
            first, last, seen = min(first or stamp, stamp), max(last or stamp, stamp), seen + 1
    consumer.close()
    return max(0.001, (last - first) / 1000)


def contestant(brokers, prefix, name):
    """Its command and environment; each reads <prefix>incidents and writes <prefix>decisions."""
    ends = [f"{prefix}incidents", f"{prefix}decisions"]
    ours = {"AEGIOPS_KAFKA_BOOTSTRAP_SERVERS": brokers, "AEGIOPS_KAFKA_TOPIC_PREFIX": prefix, "AEGIOPS_BRAIN_LANES": "1",
            "AEGIOPS_BRAIN_LISTEN": "", "AEGIOPS_INSTANCE": "bench"}
    return {"bare": ([ROOT / "build/tests/bench/bare_loop", brokers, f"{prefix}bare", *ends], {}),
            "brain": ([ROOT / "build/bin/brain"], ours),
            "python": ([sys.executable, ROOT / "tests/bench/python_worker.py", brokers, f"{prefix}python", *ends], {})}[name]


def measure(brokers, name, count, round_number):
    prefix = f"bench-{os.getpid()}-{round_number}-{name}."
    create(brokers, f"{prefix}incidents", f"{prefix}decisions")
    size = fill(brokers, f"{prefix}incidents", count)
    command, environment = contestant(brokers, prefix, name)
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
    try:
        seconds = await_records(brokers, f"{prefix}decisions", count)
        cpu_us, peak_mb = cpu_s(process.pid) / count * 1e6, memory_mb(process.pid, "VmHWM")
    finally:
        process.terminate()
        process.wait(30)
    return {"rate": count / seconds, "cpu_us": cpu_us, "peak_mb": peak_mb, "size": size}


def race(brokers, count, rounds):
    results = {"bare": [], "brain": [], "python": []}
    for round_number in range(rounds + 1):
        for name, runs in results.items():
            warm_up = round_number == 0
            run = measure(brokers, name, count // 10 if warm_up else count, round_number)
            print(f"   {'warm-up' if warm_up else f'round {round_number}'}  {name:7} {run['rate']:8.0f} records/s", flush=True)
            if not warm_up:
                runs.append(run)
    return results


def print_race(results, count):
    def median(name, field):
        return statistics.median(run[field] for run in results[name])
    labels = {"bare": "librdkafka alone, copying", "brain": "brain, rule path", "python": "Python worker, same rule"}
    print(f"\n{count} records of {median('brain', 'size'):.0f} bytes, {PARTITIONS} partitions, one lane each; median of {len(results['bare'])}\n")
    print(f"{'':28}{'records/s':>10}{'CPU us/record':>15}{'peak RSS MB':>13}{'to bare':>9}")
    for name, label in labels.items():
        ratio = statistics.median(run["rate"] / bare["rate"] for run, bare in zip(results[name], results["bare"]))
        print(f"{label:28}{median(name, 'rate'):10.0f}{median(name, 'cpu_us'):15.1f}{median(name, 'peak_mb'):13.1f}{ratio:9.2f}")


# --- The rule path beside a model --------------------------------------------------------------------------------------------

def question(number):
    """An incident that no rule settles: all pods crash, and no new revision explains it. Each of another workload."""
    made = document(number)
    pod, name = made["observed"]["pods"][0], f"asked-{number}"
    pods = [pod | {"name": f"{name}-{tail}", "uid": tail} for tail in "abc"]
    made["observed"] |= {"class": "CrashLoopBackOff", "affected": 3, "pods": pods}
    made["observed"]["onset"]["new_revision"], made["observed"]["target"]["name"] = False, name
    return made | {"id": "i-" + hashlib.sha256(name.encode()).hexdigest()[:32], "key": f"bench/shop/Deployment/{name}"}


class Arrivals:
    """When each decision could be read, by prefix and incident."""

    def __init__(self, brokers, prefixes):
        self.seen, self.stopping = {prefix: {} for prefix in prefixes}, threading.Event()
        self.consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench-arrivals", "enable.auto.commit": False,
                                  "fetch.wait.max.ms": 5})
        self.consumer.assign([TopicPartition(f"{prefix}decisions", partition, OFFSET_BEGINNING)
                              for prefix in prefixes for partition in range(PARTITIONS)])
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while not self.stopping.is_set():
            for message in self.consumer.consume(1, 0.1):
                if not message.error():
                    self.seen[message.topic().removesuffix("decisions")][json.loads(message.value())["id"]] = time.monotonic()

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.consumer.close()


def brain_beside(brokers, prefix, how):
    """A brain, and the stand-in that it asks, if any."""
    ours = {"AEGIOPS_KAFKA_BOOTSTRAP_SERVERS": brokers, "AEGIOPS_KAFKA_TOPIC_PREFIX": prefix, "AEGIOPS_BRAIN_LISTEN": "",
            "AEGIOPS_INSTANCE": "bench"}
    stand_in = how and GeminiStandIn()
    if stand_in:
        stand_in.always = how
        ours |= {"AEGIOPS_GEMINI_BASE_URL": stand_in.url, "GEMINI_API_KEY": "test-key", "AEGIOPS_GEMINI_TIER": "paid",
                 "AEGIOPS_GEMINI_TIMEOUT": "90s", "AEGIOPS_GEMINI_DEADLINE": "90s"}
    return subprocess.Popen([ROOT / "build/bin/brain"], env=os.environ | ours, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL), stand_in


def write_beside(producer, prefixes, made):
    value = json.dumps(made)
    for prefix in prefixes:
        producer.produce(f"{prefix}incidents", value, made["key"], headers={"ce_id": f"{made['id']}.1", "ce_type": "aegiops.incident.v1"})
    producer.poll(0)
    return time.monotonic()


def measure_beside_model(brokers):
    """The same incidents at the same moments for three brains at once, so that they differ in their model alone."""
    prefixes = {name: f"bench-{os.getpid()}-beside-{number}." for number, name in enumerate(MODELS)}
    create(brokers, *(f"{prefix}{topic}" for prefix in prefixes.values() for topic in ("incidents", "decisions")))
    running = {name: brain_beside(brokers, prefixes[name], how) for name, how in MODELS.items()}
    arrivals, producer, written = Arrivals(brokers, prefixes.values()), Producer({"bootstrap.servers": brokers, "linger.ms": 0}), {}
    try:
        for number in range(WARM_UPS):
            write_beside(producer, prefixes.values(), document(INCIDENTS + number))
            time.sleep(INCIDENT_PACE_S)
        await_all(lambda: all(len(seen) == WARM_UPS for seen in arrivals.seen.values()), "the brains did not begin")
        for number in range(INCIDENTS):
            made = document(number)
            written[made["id"]] = write_beside(producer, prefixes.values(), made)
            if number % QUESTION_EVERY == 0:
                write_beside(producer, prefixes.values(), question(number))
            time.sleep(INCIDENT_PACE_S)
        producer.flush()
        await_all(lambda: all(written.keys() <= seen.keys() for seen in arrivals.seen.values()), "not all incidents were decided")
        print_beside_model(prefixes, arrivals.seen, written, {name: len(stand_in.calls) if stand_in else 0
                                                              for name, (_, stand_in) in running.items()})
    finally:
        for process, stand_in in running.values():
            process.terminate()
            process.wait(30)
            if stand_in:
                stand_in.stop()
        arrivals.close()


def await_all(look, otherwise):
    deadline = time.monotonic() + ROUND_TIMEOUT_S
    while not look():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {otherwise} within {ROUND_TIMEOUT_S} s")
        time.sleep(0.05)


def print_beside_model(prefixes, seen, written, calls):
    questions = INCIDENTS // QUESTION_EVERY
    print(f"\nrule path, default options: {INCIDENTS} incidents, one every {INCIDENT_PACE_S * 1000:.0f} ms, and {questions} that no rule "
          "settles, for three brains at once; from the write to the committed decision\n")
    print(f"{'':30}{'p50 ms':>8}{'p99 ms':>8}{'most ms':>9}{'calls':>7}{'questions decided':>19}")
    for name, prefix in prefixes.items():
        waits = sorted((seen[prefix][incident] - written[incident]) * 1000 for incident in written)
        decided = len(seen[prefix].keys() - written.keys()) - WARM_UPS
        print(f"{name:30}{waits[len(waits) // 2]:8.1f}{waits[len(waits) * 99 // 100]:8.1f}{waits[-1]:9.1f}{calls[name]:7}"
              f"{decided:12} of {questions}")


# --- The actor ---------------------------------------------------------------------------------------------------------------

def put_deployment(cluster, namespace, name):
    """Without pods, as it is the API server that is waited for."""
    container = {"name": "app", "image": "nginx:1.25", "resources": {"limits": {"memory": "64Mi"}}}
    return cluster.apps.create_namespaced_deployment(namespace, {"metadata": {"name": name}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}}})


def decision(found, number):
    """One to double the memory limit of a Deployment, and its id."""
    target = {"api_version": "apps/v1", "kind": "Deployment", "namespace": found.metadata.namespace, "name": found.metadata.name,
              "uid": found.metadata.uid, "resource_version": found.metadata.resource_version}
    key, incident = f"bench/{found.metadata.namespace}/Deployment/{found.metadata.name}", "i-" + hashlib.sha256(str(number).encode()).hexdigest()[:32]
    action = {"type": "set_resources", "id": "a-" + hashlib.sha256(f"{incident}\0001\0000\0".encode()).hexdigest()[:32], "target": target,
              "container": "app", "memory_limit": "128Mi", "from": {"memory_limit": "64Mi"}}
    observed = document(0)["observed"] | {"class": "OOMKilled", "target": target, "before": {"container": "app", "memory_limit": "64Mi"}}
    decided = {"at": observed["at"], "intent": "REMEDIATE", "status": "CONFIG", "root_cause": "bench", "explanation": "bench", "actions": [action],
               "command": None, "evidence": [{"ref": "E1", "quote": "Deployment"}], "source": "rule", "rule": "raise_memory_limit"}
    return key, incident, json.dumps(document(0) | {"id": incident, "key": key, "observed": observed, "decided": decided})


def decide(brokers, topic, decisions, pace_s):
    """Writes them, and returns when each was written, in milliseconds."""
    producer, written = Producer({"bootstrap.servers": brokers, "linger.ms": 0}), {}
    for key, incident, value in decisions:
        written[incident] = time.time() * 1000
        producer.produce(topic, value, key, headers={"ce_id": f"{incident}.1", "ce_type": "aegiops.decision.v1"})
        producer.poll(0)
        time.sleep(pace_s)
    producer.flush()
    return written


def await_outcomes(brokers, topic, written):
    """When each came out, by the stamps of the records."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench-outcomes", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(PARTITIONS)])
    came, deadline = {}, time.monotonic() + ROUND_TIMEOUT_S
    while len(came) < len(written):
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: only {len(came)} of {len(written)} outcomes within {ROUND_TIMEOUT_S} s")
        for message in consumer.consume(1000, 0.2):
            outcome = json.loads(message.value())
            if outcome["id"] in written:
                if outcome["acted"]["result"] != "done":
                    raise SystemExit(f"bench: {outcome['acted']['detail']}")
                came[outcome["id"]] = message.timestamp()[1]
    consumer.close()
    return came


def measure_actor(sandbox):
    cluster, prefix = Cluster(sandbox.admin), f"bench-{os.getpid()}-actor."
    namespace = cluster.namespace(f"bench-{os.getpid()}").name
    found = [put_deployment(cluster, namespace, f"web-{number}") for number in range(2 * ACTIONS)]
    create(sandbox.kafka, f"{prefix}decisions", f"{prefix}outcomes")
    limits = {f"AEGIOPS_POLICY_MAX_PER_HOUR_{scope}": str(10 * ACTIONS) for scope in ("NAMESPACE", "CLUSTER")}
    ours = {"AEGIOPS_KAFKA_BOOTSTRAP_SERVERS": sandbox.kafka, "AEGIOPS_KAFKA_TOPIC_PREFIX": prefix, "AEGIOPS_CLUSTER": "bench",
            "AEGIOPS_ACTOR_LISTEN": "", "AEGIOPS_INSTANCE": "bench", "KUBECONFIG": str(sandbox.actor)} | limits
    with open(os.devnull, "wb") as nowhere:
        actor = subprocess.Popen([ROOT / "build/bin/actor"], env=os.environ | ours, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
    try:
        decisions = [decision(one, number) for number, one in enumerate(found)]
        written = decide(sandbox.kafka, f"{prefix}decisions", decisions[:ACTIONS], PACE_S)
        came = await_outcomes(sandbox.kafka, f"{prefix}outcomes", written)
        waits = sorted(came[incident] - written[incident] for incident in list(written)[ACTIONS // 10:])  # the first ones wait for its start
        written = decide(sandbox.kafka, f"{prefix}decisions", decisions[ACTIONS:], 0)
        came = await_outcomes(sandbox.kafka, f"{prefix}outcomes", written)
        seconds = (max(came.values()) - min(written.values())) / 1000
    finally:
        actor.terminate()
        actor.wait(30)
    print(f"\nactor, default options: set_resources on {ACTIONS} Deployments, each with a look, a dry run, a pod tried and the write")
    print(f"   one decision every {PACE_S * 1000:.0f} ms: p50 {waits[len(waits) // 2]:.0f} ms, p99 {waits[len(waits) * 99 // 100]:.0f} ms to the outcome")
    print(f"   all at once: {ACTIONS / seconds:.0f} actions/s")


def print_idle(sandbox):
    """Resident memory of each process that has started and has nothing to do."""
    running = {}
    kubeconfigs = {"observer": sandbox.observer, "actor": sandbox.actor}
    for name in PROCESSES:
        environment = {"AEGIOPS_KAFKA_BOOTSTRAP_SERVERS": sandbox.kafka, "AEGIOPS_KAFKA_TOPIC_PREFIX": f"idle-{os.getpid()}.",
                       "AEGIOPS_INSTANCE": "bench", f"AEGIOPS_{name.upper()}_LISTEN": "", "KUBECONFIG": str(kubeconfigs.get(name, ""))}
        running[name] = subprocess.Popen([ROOT / "build/bin" / name], env=os.environ | environment, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SETTLE_S * 3)
    print("\nidle, default options")
    for name, process in running.items():
        print(f"   {name:10}{memory_mb(process.pid):6.1f} MB RSS")
        process.terminate()
    for process in running.values():
        process.wait(30)


def main(count="60000", rounds="3"):
    name = f"bench-{os.getpid()}"
    try:
        sandbox = Sandbox.up(name)
        results = race(sandbox.kafka, int(count), int(rounds))
        print_race(results, int(count))
        measure_beside_model(sandbox.kafka)
        measure_actor(sandbox)
        print_idle(sandbox)
    finally:
        Sandbox.down_by_name(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
