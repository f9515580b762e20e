#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script is clean under shellcheck; the parts that one sources are looked at together with it.
set -euo pipefail
scripts=()
while IFS= read -rd '' file; do
  if [ -f "$file" ] && head -n 1 -- "$file" | grep -aqE '^#!.*\b(bash|sh)\b'; then scripts+=("$file"); fi
done < <(git ls-files -z --cached --others --exclude-standard)
shellcheck --check-sourced --external-sources --source-path=SCRIPTDIR --severity=warning --format=gcc "${scripts[@]}"
