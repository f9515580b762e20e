# SPDX-License-Identifier: Apache-2.0
"""What a process has used so far, as the kernel counts it."""
import os
import re
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """Also of a process that has ended and was not waited for yet."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wants_cpu(pid):
    """Whether any of its threads runs or would like to, however busy the machine is."""
    return any(stat.read_text().rpartition(")")[2].split()[0] in "RD" for stat in Path(f"/proc/{pid}/task").glob("*/stat"))


def memory_mb(pid, what="VmRSS"):
    """VmRSS: resident now; VmHWM: the most so far. 0 when the process has ended."""
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0


def received_mb(pid, port):
    """Over its connections to a local port, as long as they are open: bytes of TCP, so with what TLS and HTTP add."""
    shown = subprocess.run(["ss", "-tinpOH", "dst", f"127.0.0.1:{port}"], check=True, capture_output=True, text=True).stdout
    return sum(int(number) for line in shown.splitlines() if f"pid={pid}," in line for number in re.findall(r"bytes_received:(\d+)", line)) / 1e6


def read_mb(pid):
    """All that it has read(), files too; also of a process that has ended. Go reads its sockets like that."""
    return int(re.search(r"^rchar: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.M)[1]) / 1e6
