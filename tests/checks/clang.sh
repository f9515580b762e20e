#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang builds everything, unit tests and measurements included, and has nothing to say.
set -euo pipefail
make -k -s -j"$(nproc)" everything CC=clang-14 BUILD=build/clang 2>&1 | sed '/^  [A-Z][A-Z] /d'
