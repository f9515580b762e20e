#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Budgets: a function has at most 60 lines, a product's .c file 400, a header 120; the project's median function about 12."""
import statistics
import subprocess

from source import ROOT, files, finish

FUNCTION_LINES, SOURCE_LINES, HEADER_LINES = 60, 400, 120
MEDIAN_LINES, NINTH_TENTH_LINES = 15, 40


def functions(paths):
    """(path, line, name, length) of each function, by universal-ctags."""
    listed = subprocess.run(["ctags", "--c-kinds=f", "--fields=+ne", "-u", "-f", "-", *map(str, paths)],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name, path, *rest = line.split("\t")
        fields = dict(field.split(":", 1) for field in rest if ":" in field)
        if "line" in fields and "end" in fields:
            yield path, int(fields["line"]), name, int(fields["end"]) - int(fields["line"]) + 1


findings = []
product = [path for path in files("*.c", "*.h") if path.parts[0] != "tests"]
for path in product:
    budget = HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
    length = (ROOT / path).read_bytes().count(b"\n")
    if length > budget:
        findings.append(f"{path}:{budget}: {length} lines; at most {budget}")
for path, line, name, length in functions(files("*.c")):
    if length > FUNCTION_LINES:
        findings.append(f"{path}:{line}: {name}() has {length} lines; at most {FUNCTION_LINES}")

lengths = sorted(length for _, _, _, length in functions(path for path in product if path.suffix == ".c"))
if not lengths:
    findings.append("tests/checks/lengths.py:1: ctags found no function at all")
elif statistics.median(lengths) > MEDIAN_LINES or lengths[len(lengths) * 9 // 10] > NINTH_TENTH_LINES:
    findings.append(f"tests/checks/lengths.py:1: half of all functions have more than {statistics.median(lengths)} lines, a tenth more "
                    f"than {lengths[len(lengths) * 9 // 10]}; at most {MEDIAN_LINES} and {NINTH_TENTH_LINES}")
finish(findings)
