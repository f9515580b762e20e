#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is formatted as .clang-format says; clang-format-14 -i mends what this finds.
set -euo pipefail
git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' | while IFS= read -rd '' file; do
  [ -f "$file" ] && printf '%s\0' "$file"
done | xargs -0 clang-format-14 --dry-run -Werror
