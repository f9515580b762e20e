#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of incidents as it happens, read from the topics with kcat: one line for each step, with its time, and the notifier's
own messages between them. With --once times are counted from the beginning, and it ends with the first incident that ends: 0 when
it recovered, 2 when it ended otherwise, 1 when none ended or nothing can be read; a line says why."""
import argparse
import calendar
import json
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time

COLUMNS = 100
INDENT = 22
TOPICS = ("incidents", "decisions", "outcomes", "notices")
EVIDENCE_SHOWN = 4


def milliseconds(stamp):
    """Of an RFC 3339 stamp in UTC, as every desk writes them."""
    seconds = time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")
    fraction = stamp[19:].rstrip("Z").lstrip(".") or "0"
    return (calendar.timegm(seconds) + float("0." + fraction)) * 1000


def clean(text):
    """One line of what is printable: documents hold text from outside."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(str(text).split()))


class Story:
    """Tells each section of each document once; a document that comes late or early is told with the steps before it."""

    def __init__(self, began_ms, notices, bold):
        self.began_ms = began_ms  # None: the time of the day is told instead
        self.notices = notices
        self.bold = bold
        self.told = set()
        self.ending = None

    def line(self, stamp, step, text):
        when = f"{(milliseconds(stamp) - self.began_ms) / 1000:6.1f} s" if self.began_ms else stamp[11:19]
        label = f"\033[1m{step:<10}\033[0m" if self.bold else f"{step:<10}"
        first = textwrap.wrap(clean(text), COLUMNS - INDENT) or [""]
        print(f"{when}  {label}  {first[0]}")
        for rest in first[1:]:
            print(" " * INDENT + rest)

    def note(self, text):
        for line in textwrap.wrap(clean(text), COLUMNS - INDENT, max_lines=2, placeholder=" …"):
            print(" " * INDENT + line)

    def take(self, document):
        for section, tell in (("observed", self.observed), ("decided", self.decided), ("acted", self.acted),
                              ("notified", self.notified)):
            step = (document["id"], document["lap"], section)
            if section in document and step not in self.told:
                self.told.add(step)
                tell(document, document[section])
        sys.stdout.flush()

    def observed(self, document, observed):
        if observed.get("verdict"):
            self.line(observed["at"], observed["verdict"], observed.get("verified") or observed["summary"])
            return
        if observed.get("request"):
            self.line(observed["at"], "asked", observed["request"]["text"])
            return
        self.line(observed["at"], "detected", f"{observed['class'] or 'unreadable'}: {observed['summary']}")
        for item in observed["evidence"][:EVIDENCE_SHOWN]:
            self.note(f"{item['ref']} [{item['trust']} {item['kind']}] {item['text']}")
        more = len(observed["evidence"]) - EVIDENCE_SHOWN
        if more > 0:
            self.note(f"… and {more} more pieces of evidence")

    def decided(self, document, decided):
        if document["observed"].get("verdict") == "recovered" and not decided["actions"]:
            return
        by = decided["model"]["name"] if decided["source"] == "model" else decided.get("rule") or ""
        used = ", ".join(item["ref"] for item in decided["evidence"])
        what = decided["intent"] if document["observed"].get("request") else decided["status"]
        self.line(decided["at"], "decided", f"{what} by {decided['source']} {by}"
                  f"{' from ' + used if used else ''}: {decided['root_cause'] or decided['explanation']}")

    def acted(self, document, acted):
        if acted["result"] == "none" and acted["action"] == "none":
            return
        if acted.get("diff"):
            lines = sorted(acted["diff"].strip().splitlines(), key=lambda line: line.startswith("metadata."))
            self.line(acted["at"], "dry run", lines[0])
            for line in lines[1:]:
                self.note(line)
        word = {"done": "applied", "none": "would do"}.get(acted["result"], acted["result"])
        self.line(acted["at"], word, acted["detail"])

    def notified(self, document, notified):
        if notified["channel"] == "terminal":
            self.line(notified["at"], "told", "people, on the terminal:")
            print()
            sys.stdout.write(self.notices.read())
        else:
            self.line(notified["at"], "told", f"people, by Slack's webhook: {notified['state']}")
        if notified["state"] not in ("verifying", "deferred"):
            self.ending = notified["state"]


def follow(broker, topic, since_ms, out):
    """Starts a kcat and a thread that puts its documents into the queue; None when kcat has ended."""
    kcat = subprocess.Popen(["kcat", "-b", broker, "-C", "-t", topic, "-o", f"s@{since_ms}", "-q", "-u", "-J"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def read():
        for line in kcat.stdout:
            payload = json.loads(line).get("payload")
            try:
                out.put(json.loads(payload))
            except (TypeError, ValueError):
                continue  # tombstones, and what somebody else wrote there
        out.put(None)

    threading.Thread(target=read, daemon=True).start()
    return kcat


def tell(story, documents, once, deadline):
    """The exit code, with a reason on stderr where it is not 0."""
    while True:
        try:
            document = documents.get(timeout=0.2)
        except queue.Empty:
            if once and time.monotonic() > deadline:
                print("story: nothing recovered in time", file=sys.stderr)
                return 1
            continue
        if document is None:
            print("story: kcat ended: are the brokers still there?", file=sys.stderr)
            return 1
        story.take(document)
        if once and story.ending:
            if story.ending != "recovered":
                print(f"story: it did not recover: {story.ending}", file=sys.stderr)
            return 0 if story.ending == "recovered" else 2


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--broker", required=True)
    options.add_argument("--prefix", default="aegiops.")
    options.add_argument("--since-ms", type=int, required=True, help="the beginning: milliseconds since the epoch")
    options.add_argument("--notices", required=True, help="what the notifier prints, as a file")
    options.add_argument("--once", action="store_true")
    options.add_argument("--timeout", type=float, default=120, help="seconds that --once waits")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the kcats are ended, too
    documents = queue.Queue()
    kcats = [follow(given.broker, given.prefix + topic, given.since_ms, documents) for topic in TOPICS]
    try:
        with open(given.notices, encoding="utf-8") as notices:
            notices.seek(0, 2)
            story = Story(given.since_ms if given.once else None, notices, sys.stdout.isatty())
            return tell(story, documents, given.once, time.monotonic() + given.timeout)
    finally:
        for kcat in kcats:
            kcat.kill()
            kcat.wait()


if __name__ == "__main__":
    sys.exit(main())
