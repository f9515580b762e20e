#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gcc builds everything, unit tests and measurements included, with crash points and without, and has nothing to say.
set -euo pipefail
build() { make -k -s -j"$(nproc)" everything "$@" 2>&1 | sed '/^  [A-Z][A-Z] /d'; }
build
build CRASH_POINTS=1 BUILD=build/crash
