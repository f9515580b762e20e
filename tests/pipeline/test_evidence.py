# SPDX-License-Identifier: Apache-2.0
"""What a document shows of what a workload wrote: what an expert would read of it, and no secret."""
import itertools
import string

from story import read_lap
from topics import NAMES

SECRETS = ["hunter2-in-a-url", "hunter2-by-name", "hunter2-in-json", "hunter2-in-colour", "hunter2-as-a-flag", "aHVudGVyMi1pbi1iYXNlNjQ6eA=="]
FIRST_ERROR = "ERROR: dial postgres://shop:hunter2-in-a-url@db:5432/shop: connection refused"
WRITTEN = [
    "starting, DB_PASSWORD=hunter2-by-name",
    '{"level":"info","auth":"{\\"token\\":\\"hunter2-in-json\\"}"}',
    "pass\u001b[31mword=hunter2-\u001b[0min-colour",
    "Authorization: Basic aHVudGVyMi1pbi1iYXNlNjQ6eA==",
    "\u202eturned\u200b around",
]
REPEATED = [f"2026-11-25T20:55:{second}Z retrying in {second}ms" for second in range(10, 60)]
CHATTER = ["served " + "".join(letters) for letters in itertools.product(string.ascii_lowercase[6:12], repeat=3)]
LAST_WORDS = "giving up"


def test_logs_tell_what_matters_and_no_secret_leaves(pipeline, namespace):
    lines = [*WRITTEN[:1], FIRST_ERROR, *WRITTEN[1:], *REPEATED, *CHATTER, LAST_WORDS]
    script = "\n".join(f"echo '{line}'" for line in lines) + "\nexit 3"
    namespace.create(replicas=1, command=["sh", "-c", script], args=["--api-key", "hunter2-as-a-flag"])
    lap = read_lap(pipeline.topics, namespace.key())

    log = next(item for item in lap.observed["evidence"] if item["kind"] == "log")
    shown = log["text"].split("\n")[1:]
    assert log["trust"] == "W" and log["cut"] is True
    assert "ERROR: dial postgres://shop:<S" in log["text"] and "@db:5432/shop: connection refused" in log["text"]
    assert shown[-1] == LAST_WORDS
    assert any(line.endswith("lines left out") for line in shown)
    assert len(shown) < 60 < len(lines)

    assert not [character for character in log["text"] if character in "\u001b\u202e\u200b"]
    for topic in NAMES:
        for record in pipeline.topics.find(topic, lambda _: True):
            for secret in SECRETS:
                assert secret.encode() not in record.value, f"{secret} is in {record}"
    for path in pipeline.folder.rglob("*"):
        if path.is_file():
            assert not [secret for secret in SECRETS if secret.encode() in path.read_bytes()], f"a secret is in {path}"


def test_a_repeated_line_is_one_with_its_count(pipeline, namespace):
    script = "\n".join(f"echo '{line}'" for line in [*REPEATED, LAST_WORDS]) + "\nexit 3"
    namespace.create(replicas=1, command=["sh", "-c", script])
    lap = read_lap(pipeline.topics, namespace.key())
    log = next(item for item in lap.observed["evidence"] if item["kind"] == "log")
    assert log["text"].split("\n")[1:] == [f"{REPEATED[-1]} (×{len(REPEATED)})", LAST_WORDS]
