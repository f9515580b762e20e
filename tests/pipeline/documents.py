# SPDX-License-Identifier: Apache-2.0
"""Documents written by hand, for what no healthy process would send."""
import json

TYPES = {"incidents": "aegiops.incident.v1", "decisions": "aegiops.decision.v1", "outcomes": "aegiops.outcome.v1",
         "approvals": "aegiops.approval.v1"}
NOW = "2026-11-23T18:49:37.123Z"

OBSERVED = {
    "at": NOW, "class": "ImagePullBackOff", "summary": "2 of 2 pods of Deployment shop/web cannot pull image \"nginx:1.99\".",
    "target": {"api_version": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web",
               "uid": "5b7a0c9e-0f5c-4f5e-9c39-6c1f6f0c1a11", "resource_version": "4711"},
    "pods": [], "affected": 2, "replicas": 2, "onset": {"template_hash": "abc", "revision": "1", "since": NOW, "new_revision": False,
                                                        "good": None},
    "before": None, "request": None, "verdict": None, "verified": None, "tried": [], "history": [],
    "evidence": [{"ref": "E1", "kind": "status", "trust": "K", "text": "app: waiting, ImagePullBackOff"}]}
DECIDED = {
    "at": NOW, "intent": "REMEDIATE", "status": "FATAL", "root_cause": "The image does not exist.", "explanation": "A person is needed.",
    "actions": [], "command": "kubectl -n shop get events", "evidence": [{"ref": "E1", "quote": "app: waiting, ImagePullBackOff"}],
    "source": "rule", "rule": "escalate"}
ACTED = {
    "at": NOW, "result": "none", "mode": "auto", "action": "none", "action_id": None, "detail": "There was nothing to do.", "diff": None,
    "diff_sha256": None, "undo": None, "audit_ids": [], "warnings": [], "took_ms": 1}
SECTIONS = {"incidents": {"observed": OBSERVED}, "decisions": {"observed": OBSERVED, "decided": DECIDED},
            "outcomes": {"observed": OBSERVED, "decided": DECIDED, "acted": ACTED}}


def document(topic, key, incident, **changes):
    """A document as the desk that reads this topic expects it, except for the changes."""
    return {"v": 1, "id": incident, "key": key, "opened_at": NOW, "lap": 1, "follows": None} | SECTIONS[topic] | changes


def encode(value):
    return json.dumps(value, separators=(",", ":")).encode()


def headers(topic, key, incident, **changes):
    """The headers of such a record; a change to None leaves one out."""
    wanted = {"ce_specversion": "1.0", "ce_id": f"{incident}.1", "ce_source": "/aegiops/tests/1", "ce_type": TYPES[topic],
              "ce_subject": key, "ce_time": NOW, "content-type": "application/json",
              "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"} | changes
    return [(name, value.encode()) for name, value in wanted.items() if value is not None]
