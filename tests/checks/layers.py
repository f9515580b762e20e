#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: base <- schema <- runtime <- each process, which never includes a sibling. Each library has one home."""
import fnmatch
import re

from source import PROCESSES, ROOT, files, finish, lines

MAY_INCLUDE = {
    "common/base": ["common/base"],
    "common/schema": ["common/base", "common/schema"],
    "common/runtime": ["common/base", "common/schema", "common/runtime"],
} | {process: ["common/base", "common/schema", "common/runtime", process] for process in PROCESSES}

HOMES = {
    "librdkafka/": ["common/runtime/kafka*", "tests/unit/common/runtime/test_kafka*", "tests/bench/*"],
    "curl/": ["common/base/http.c", "common/base/http_error.[ch]"],
    "yaml.h": ["common/base/yaml.c"],
    "pcre2.h": ["common/base/pattern.c"],
    "microhttpd.h": ["common/runtime/*", "tests/unit/*"],
    "cmocka.h": ["tests/unit/*"],
}


def layer_of(path):
    return next((layer for layer in MAY_INCLUDE if str(path).startswith(layer + "/")), None)


def wrong_project_include(path, target):
    if not (ROOT / target).is_file():
        return f'"{target}" is no path from the root of the project'
    layer = layer_of(path)
    if layer and layer_of(target) not in MAY_INCLUDE[layer]:
        return f'{layer} must not include "{target}"; it may include {", ".join(MAY_INCLUDE[layer])}'
    return None


def wrong_library_include(path, target):
    for library, homes in HOMES.items():
        if target.startswith(library) and not any(fnmatch.fnmatch(str(path), home) for home in homes):
            return f"<{target}> belongs into {', '.join(homes)} alone"
    return None


findings = []
for path in files("*.c", "*.h"):
    for number, text in lines(path):
        include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', text)
        if not include:
            continue
        wrong = (wrong_project_include if include[1] == '"' else wrong_library_include)(path, include[2])
        if wrong:
            findings.append(f"{path}:{number}: {wrong}")
    if path.suffix in (".c", ".h") and layer_of(path) is None and path.parts[0] != "tests":
        findings.append(f"{path}:1: lies in no layer; the layers are {', '.join(MAY_INCLUDE)}")
finish(findings)
