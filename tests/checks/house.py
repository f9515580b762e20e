#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that a regular expression can see."""
import re

from source import ROOT, files, finish, lines

C_RULES = {
    r"\bgoto\b": "no goto: an early return with AUTO_… locals reads downwards",
    r"^\s*typedef\b": "no typedefs: write struct",
    r"\b(TODO|FIXME|XXX)\b": "finish it, or file it where it is not forgotten",
    r"\b(time|gettimeofday|clock_gettime|sleep|usleep|nanosleep|rand|random|srand)\s*\(": "time and chance enter through clock.h and id.h",
}
CLOCK_AND_ID = {"common/base/clock.c", "common/base/id.c"}

EVERYWHERE = {
    r"(?<![\w.])/work/": "a path of one machine",
    r"\b(pypi\.org|files\.pythonhosted|proxy\.golang\.org|repo1?\.maven|registry\.npmjs|deb\.debian)": "the address of a package registry",
}


def without_comments_and_strings(text):
    """The same lines, with what is not code blanked."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def search(path, text, rules):
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, why in rules.items():
            if re.search(pattern, line):
                yield f"{path}:{number}: {why}"


findings = []
for path in files("*.c", "*.h"):
    text = (ROOT / path).read_text()
    if not text.startswith("/* SPDX-License-Identifier: Apache-2.0 */\n"):
        findings.append(f"{path}:1: the first line is not the SPDX line")
    if path.name in ("utils.c", "util.c", "helpers.c", "misc.c"):
        findings.append(f"{path}:1: a name that says what is in it, please")
    rules = {pattern: why for pattern, why in C_RULES.items() if str(path) not in CLOCK_AND_ID or "clock" not in pattern}
    in_product = path.parts[0] != "tests"
    findings += search(path, without_comments_and_strings(text), rules if in_product else {r"\bgoto\b": C_RULES[r"\bgoto\b"]})

for path in files():
    text = (ROOT / path).read_bytes()
    if b"\0" not in text and path.suffix not in (".sum", ".mod"):
        findings += search(path, text.decode(errors="replace"), EVERYWHERE if path.parts[:2] != ("tests", "checks") else {})
    if path.suffix in (".py", ".sh") and path.name != "__init__.py" and text.strip():
        head = [line for _, line in zip(range(2), text.split(b"\n"))]
        if not any(b"SPDX-License-Identifier: Apache-2.0" in line for line in head):
            findings.append(f"{path}:1: the SPDX line is missing")

folders = sorted({path.parts[0] for path in files() if len(path.parts) > 1 and not path.parts[0].startswith(".")})
findings += [f"{folder}/README.md:1: is missing: what lies in this folder, and where to begin" for folder in folders
             if not (ROOT / folder / "README.md").is_file()]
finish(findings)
