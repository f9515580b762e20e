#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Least privilege, shown in the binaries: which code is linked into a process, which options it has, which topics it names."""
import re
import subprocess

from source import PROCESSES, ROOT, files, finish, lines

# What must not be linked into a process, by the names of functions.
FORBIDDEN = {
    "observer": r"kube_write|slack_|gemini_|openai_|model_|seal_",
    "brain": r"kube_|slack_|seal_",
    "actor": r"kube_read|slack_|gemini_|openai_|model_",
    "notifier": r"kube_|gemini_|openai_|model_|seal_",
}
# … and what must be there, lest the patterns above have come to mean nothing.
REQUIRED = {"observer": r"kube_read", "brain": r"decide", "actor": r"kube_write", "notifier": r"slack_"}

SECTIONS_OF_ALL = {"cluster", "instance", "log", "shutdown", "kafka", "config", "check", "version", "help"}
SECTIONS = {"observer": {"observer", "kube"}, "brain": {"brain", "gemini"}, "actor": {"actor", "kube", "policy"}, "notifier": {"notifier", "slack"}}

TOPICS = {
    "observer": {"INTAKE", "OUTCOMES", "INCIDENTS", "SAMPLES"},
    "brain": {"INCIDENTS", "QUESTIONS", "DECISIONS"},
    "actor": {"DECISIONS", "APPROVALS", "OUTCOMES", "CONTROL"},
    "notifier": {"OUTCOMES", "NOTICES", "APPROVALS"},
}


def output_of(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def linked(process):
    binary = f"build/bin/{process}"
    names = [line.split()[-1] for line in output_of("nm", "--defined-only", binary).splitlines()]
    found = [name for name in names if re.match(FORBIDDEN[process], name)]
    for name in found:
        yield f"{binary}:1: holds {name}(), which {process} must not be able to call"
    if not any(re.match(REQUIRED[process], name) for name in names):
        yield f"tests/checks/privileges.py:1: no function of {binary} matches {REQUIRED[process]}: what is it called now?"


def options(process):
    binary = f"build/bin/{process}"
    wanted = SECTIONS[process] | SECTIONS_OF_ALL
    for flag in re.findall(r"^  --([\w-]+)", output_of(binary, "--help"), re.M):
        if flag.split("-")[0] not in wanted:
            yield f"{binary}:1: has the option --{flag}; its sections are {', '.join(sorted(SECTIONS[process]))}"


def topics(process):
    for path in files(f"{process}/*.c", f"{process}/*.h"):
        for number, text in lines(path):
            for topic in set(re.findall(r"\bTOPIC_([A-Z]+)\b", text)) - TOPICS[process]:
                yield f"{path}:{number}: TOPIC_{topic} is none of the topics of {process}: {', '.join(sorted(TOPICS[process]))}"


built = subprocess.run(["make", "-s", "all"], cwd=ROOT, capture_output=True, text=True)
if built.returncode:
    finish([built.stderr])
finish([finding for process in PROCESSES for look in (linked, options, topics) for finding in look(process)])
