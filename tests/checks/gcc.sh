#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gcc builds everything, unit tests and measurements included, with crash points and without, and has nothing to say.
set -euo pipefail
make -k -s -j"$(nproc)" everything
make -k -s -j"$(nproc)" everything CRASH_POINTS=1 BUILD=build/crash
