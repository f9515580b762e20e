# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the files of the project, and how a finding is told."""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROCESSES = ("observer", "brain", "actor", "notifier")


def files(*patterns):
    """Every file of the project (tracked, or about to be) that matches a git pattern; all of them without one."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return sorted(Path(name) for name in set(listed) if name and (ROOT / name).is_file())


def lines(path):
    """(number, text) of each line."""
    return enumerate((ROOT / path).read_text(errors="replace").split("\n"), 1)


def finish(findings):
    """Each finding is "file:line: what is wrong"; none is success."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
