# SPDX-License-Identifier: Apache-2.0
"""The observer beside what others watch a cluster with: same API server, same pods, one at a time, rounds interleaved. Then it
alone under churn, with failures that begin at known times among much that only looks like failures.

The defaults take about 15 minutes: 10,000 and 50,000 pods, and 100,000 where there are 18 GB of memory to spare.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "pipeline"))
from costs import cpu_s, memory_mb  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from target import Target  # noqa: E402
from watchers import CLUSTER, WATCHERS, K8sGpt, Observer  # noqa: E402

SIZES = (10000, 50000)
LARGE, LARGE_NEEDS_GB = 100000, 18
SETTLE_S = 30  # the observer's default
AFTER_S = SETTLE_S + 10
CALM_S = 5
EVENTS = "aegiops_watch_events_total"
LAG_S = 1.0
SHOWN = 5
AIMS = {50000: {"peak_mb": (40, "MB peak RSS"), "cpu_s": (1, "s CPU")}, 100000: {"peak_mb": (64, "MB peak RSS")}}


def progress(text):
    print(f"   {text}", flush=True)


# --- Reading the whole cluster -----------------------------------------------------------------------------------------------

def measure(target, make, pods):
    watcher = make(target).start()
    try:
        before = target.cpu_s()
        run = watcher.sync() | {"server_s": target.cpu_s() - before}
        if watcher.pods not in (None, pods):
            raise SystemExit(f"bench-observer: {watcher.name} has {watcher.pods} of {pods} pods")
        return run
    finally:
        watcher.stop()


def race(target, pods, options):
    runs = {make.name: [] for make in options.watchers}
    for number in range(1, options.rounds + 1):
        for make in options.watchers:
            if make is K8sGpt and number > 1:
                continue
            run = measure(target, make, pods)
            runs[make.name].append(run)
            progress(f"round {number}  {make.name:9}{run['seconds']:7.2f} s{run['cpu_s']:7.2f} s CPU{run['peak_mb']:8.1f} MB")
            time.sleep(1)
    return {name: {what: statistics.median(run[what] for run in list_) for what in list_[0]} for name, list_ in runs.items()}


def print_race(pods, size, medians, load):
    print(f"\n{pods} pods of {size} bytes each, as they are stored; load average before: {load:.1f}\n")
    print(f"{'':34}{'s to sync':>10}{'CPU s':>8}{'peak RSS MB':>13}{'MB received':>13}{'API server CPU s':>18}")
    for make in WATCHERS:
        if make.name not in medians:
            continue
        run = medians[make.name]
        print(f"{make.label:34}{run['seconds']:10.2f}{run['cpu_s']:8.2f}{run['peak_mb']:13.1f}{run['received_mb']:13.1f}"
              f"{run['server_s']:18.2f}")
    print("received: TCP by client-go and kube-state-metrics, bodies by curl and ours, read() by k8sgpt, which asks for gzip\n", flush=True)


# --- Churn -------------------------------------------------------------------------------------------------------------------

@dataclass
class Churn:
    """What became of one run of cluster churn."""
    pods: int
    rate: int
    cpu_us: float = 0.0
    rss_mb: float = 0.0
    peak_mb: float = 0.0
    written: float = 0.0  # a second
    read: float = 0.0  # events, a second
    lag_s: float = 0.0
    scripts: dict = field(default_factory=dict)
    injected: dict = field(default_factory=dict)  # key -> what was told
    latencies_ms: list = field(default_factory=list)
    misses: list = field(default_factory=list)
    false_alarms: list = field(default_factory=list)


def run_churn(target, pods, rate, options):
    churn = Churn(pods, rate)
    progress(f"{pods} pods anew, for {rate} writes/s during {options.seconds} s and what settles in {AFTER_S} s after them")
    target.fill(pods)
    observer = Observer(target).start()
    try:
        observer.await_sync()
        time.sleep(CALM_S)
        live(target, observer, churn, options)
    finally:
        observer.stop()
    judge(churn, incidents(target.kafka, f"{observer.prefix}incidents"))
    progress(f"{churn.read:.0f} events/s, {churn.cpu_us:.0f} us CPU each; {len(churn.latencies_ms)} of {len(churn.injected)} failures "
             f"detected, {len(churn.false_alarms)} false alarms")
    return churn


def live(target, observer, churn, options):
    command = target.command("churn", pods=churn.pods, rate=churn.rate, during=f"{options.seconds}s", settle=f"{SETTLE_S}s",
                             failures=options.failures)
    used, events = cpu_s(observer.process.pid), observer.metric(EVENTS)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        told = await_over(process.stdout, churn)
        events = max(1, observer.metric(EVENTS) - events)
        churn.cpu_us = (cpu_s(observer.process.pid) - used) / events * 1e6
        churn.written, churn.read, churn.scripts = told["writes"] / told["seconds"], events / told["seconds"], told["scripts"]
        churn.lag_s = target.await_news()
        time.sleep(AFTER_S)  # what fails goes on failing meanwhile
        churn.rss_mb, churn.peak_mb = memory_mb(observer.process.pid), memory_mb(observer.process.pid, "VmHWM")
    finally:
        process.terminate()
        process.wait(30)


def await_over(lines, churn):
    """Takes down each failure that has begun, until the last write; what that says."""
    for line in lines:
        told = json.loads(line)
        if told["what"] == "over":
            return told
        churn.injected[f"{CLUSTER}/{told['key']}"] = told
    raise SystemExit("bench-observer: the churn failed")


def incidents(brokers, topic):
    """(key, class, when it was published) of every record."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench-reader", "enable.auto.commit": False, "enable.partition.eof": True})
    try:
        left = set(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in left])
        found = []
        while left:
            message = consumer.poll(30)
            if message is None:
                raise SystemExit(f"bench-observer: {topic} could not be read to its end within 30 s")
            if message.error():
                left.discard(message.partition())
                continue
            found.append((message.key().decode(), json.loads(message.value())["observed"]["class"], message.timestamp()[1]))
        return sorted(found, key=lambda incident: incident[2])
    finally:
        consumer.close()


def judge(churn, published):
    seen = set()
    for key, class_, at_ms in published:
        told = churn.injected.get(key)
        if not told or key in seen:
            churn.false_alarms.append(f"{class_} of {key}" + (", again" if told else ""))
        elif class_ != told["class"]:
            churn.false_alarms.append(f"{class_} of {key}, which is {told['class']}")
        else:
            seen.add(key)
            churn.latencies_ms.append(at_ms - told["at_ms"] - SETTLE_S * 1000)
    churn.misses = [f"{told['class']} of {key}" for key, told in churn.injected.items() if key not in seen]


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def print_churn(churns):
    print(f"\n{'pods':>8}{'writes/s':>10}{'events/s':>10}{'CPU us/event':>14}{'RSS MB at end':>15}{'peak':>7}"
          f"{'failures':>10}{'p50 ms':>8}{'p99 ms':>8}{'misses':>8}{'false alarms':>14}")
    for churn in churns:
        print(f"{churn.pods:8}{churn.written:10.0f}{churn.read:10.0f}{churn.cpu_us:14.1f}{churn.rss_mb:15.1f}{churn.peak_mb:7.1f}"
              f"{len(churn.injected):10}{quantile(churn.latencies_ms, .5):8.0f}{quantile(churn.latencies_ms, .99):8.0f}"
              f"{len(churn.misses):8}{len(churn.false_alarms):14}")
    print("events: what our observer read of the writes, as it watches not every kind. Milliseconds: from a failure's first write to "
          f"its\nincident's publication, less the {SETTLE_S} s for which it must last")
    for churn in churns:
        print(f"at {churn.rate} writes/s: {', '.join(f'{count} {name}' for name, count in churn.scripts.items())}")
        print_details(churn)


def print_details(churn):
    if churn.lag_s > LAG_S:
        print(f"   THE API SERVER DID NOT KEEP UP, it was {churn.lag_s:.0f} s behind the writes: what is late or wrong may be its fault")
    for what, list_ in (("missed", churn.misses), ("false alarm", churn.false_alarms)):
        for one in list_[:SHOWN]:
            print(f"   {what}: {one}")
        if len(list_) > SHOWN:
            print(f"   … and {len(list_) - SHOWN} more of {what}")


# --- The whole ---------------------------------------------------------------------------------------------------------------

def print_aims(medians, churns):
    print("\naims")
    for pods, run in medians.items():
        for what, (most, unit) in AIMS.get(pods, {}).items():
            seen = run["observer"][what]
            print_aim(f"{pods} pods, at most {most} {unit} to sync", f"{seen:.2f}", seen <= most)
    for churn in churns:
        seen = f"{len(churn.misses)} and {len(churn.false_alarms)} at {len(churn.injected)} failures"
        print_aim(f"{churn.rate} writes/s, no miss and no false alarm", seen, churn.injected and not churn.misses and not churn.false_alarms)


def print_aim(aim, seen, met):
    print(f"   {aim}: {seen}, {'met' if met else 'NOT MET'}")


def available_gb():
    return int(Path("/proc/meminfo").read_text().partition("MemAvailable:")[2].split()[0]) / 1e6


def numbers(text):
    return [int(number) for number in text.split(",") if number]


def watchers(text):
    chosen = text.split(",")
    if unknown := set(chosen) - {make.name for make in WATCHERS}:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: the watchers are {', '.join(make.name for make in WATCHERS)}")
    return [make for make in WATCHERS if make.name in chosen or make is Observer]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make bench-observer T=…", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=numbers, help="sizes, multiples of 500, separated by commas; the churn runs on the last")
    parser.add_argument("--rounds", type=int, default=3, help="how often each size is read by each; the median counts (default: 3)")
    parser.add_argument("--watchers", type=watchers, default=WATCHERS, help="who reads the cluster beside our observer (default: all)")
    parser.add_argument("--churn", type=numbers, default=[100, 1000], help="writes a second, separated by commas; '' for none (default: 100,1000)")
    parser.add_argument("--seconds", type=int, default=60, help="how long each churn lasts (default: 60)")
    parser.add_argument("--failures", type=int, default=30, help="how many workloads begin to fail in each (default: 30)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not options.pods:
        options.pods = [*SIZES, *([LARGE] if available_gb() >= LARGE_NEEDS_GB else [])]
    return options


def main(arguments):
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    options = parse(arguments)
    name, medians = f"bench-{os.getpid()}", {}
    try:
        target = Target(name, options.seed)
        for pods in options.pods:
            load = os.getloadavg()[0]
            progress(f"{pods} pods")
            size = target.fill(pods)
            medians[pods] = race(target, pods, options)
            print_race(pods, size, medians[pods], load)
        churns = [run_churn(target, options.pods[-1], rate, options) for rate in options.churn]
    finally:
        Sandbox.down_by_name(name)
    if churns:
        print_churn(churns)
    print_aims(medians, churns)


if __name__ == "__main__":
    main(sys.argv[1:])
