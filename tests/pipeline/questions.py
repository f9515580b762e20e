# SPDX-License-Identifier: Apache-2.0
"""A brain and a stand-in for its model: incidents that no rule settles, what a model says of them, and what became of each."""
import hashlib
import json
import re

from documents import NOW, document, encode, headers
from waiting import eventually

KEY = "AQ.Ab8RN6J-the-key-that-the-stand-in-takes"
MODELS = ("gemini-3.5-flash-lite", "gemini-3.8-flash")
LOG = ("log of container app in pod {name}-5d8f7-aaaaa, the run before:\nloading the catalogue\n"
       "FATAL: cannot read the catalogue: unexpected end")
DECIDE = ("evidence", "root_cause", "explanation", "status", "action", "confidence", "need", "injection_suspected")
FACT = re.compile(r"^\[(E\d+)\] K status\n\| ([^\n]{8,160})", re.M)
OFFER = re.compile(r"^(A\d+) (TRANSIENT|CONFIG): (.*)$", re.M)


def id_of(name):
    return "i-" + hashlib.sha256(name.encode()).hexdigest()[:32]


def evidence_of(name):
    """What an observer would have gathered of pods that all crash: facts, and what was written."""
    return [
        {"ref": "E1", "kind": "status", "trust": "K", "text": f"Deployment shop/{name}: 3 wanted, 3 exist, 0 available; failing pods: 3\n"
         f"Pod {name}-5d8f7-aaaaa on node node-1: container app: waiting, CrashLoopBackOff; exit code 1; restarts: 4"},
        {"ref": "E2", "kind": "spec", "trust": "K", "text": "name: app\nimage: shop/web:1.4\nenv (names only): LOG_LEVEL, DATABASE_URL"},
        {"ref": "E3", "kind": "event", "trust": "W",
         "text": f"BackOff: Back-off restarting failed container app in pod {name}-5d8f7-aaaaa"},
        {"ref": "E4", "kind": "log", "trust": "W", "text": LOG.format(name=name)}]


def question(name, **changes):
    """An incident that no rule settles: all pods of a Deployment crash, and no new revision explains it."""
    pods = [{"name": f"{name}-5d8f7-{tail}", "uid": f"uid-{name}-{tail}", "node": "node-1", "container": "app",
             "reason": "CrashLoopBackOff", "exit_code": 1, "restarts": 4} for tail in ("aaaaa", "bbbbb", "ccccc")]
    observed = {
        "at": NOW, "class": "CrashLoopBackOff", "detail": None, "summary": f"3 of 3 pods of Deployment shop/{name} cannot stay up",
        "target": {"api_version": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": name, "uid": f"uid-{name}",
                   "resource_version": "4711"},
        "pods": pods, "affected": 3, "replicas": 3, "available": 0,
        "onset": {"template_hash": "5d8f7", "revision": "4", "since": NOW, "new_revision": False,
                  "good": {"template_hash": "4c7e6", "revision": "3", "replica_set": f"{name}-4c7e6"},
                  "changed": [{"container": "app", "field": "image"}, {"container": "app", "field": "env", "variable": "LOG_LEVEL"}]},
        "before": {"container": "app", "memory_limit": "256Mi", "memory_request": "128Mi"}, "managed_by": None, "request": None,
        "verdict": None, "verified": None, "tried": [], "history": [], "evidence": evidence_of(name)}
    return document("incidents", f"test/shop/Deployment/{name}", id_of(name), observed=observed | changes)


def settled(name):
    """An incident that a rule settles with an action: a new revision whose image cannot be pulled."""
    made = question(name, **{"class": "ImagePullBackOff"})
    made["observed"]["onset"]["new_revision"] = True
    return made


def request(text):
    """What a person asked in plain words, as the observer passes it on."""
    made = question(text, target=None, pods=[], affected=0, replicas=0, onset=None, before=None, evidence=[],
                    request={"text": text, "from": "ada", "at": NOW}, **{"class": None})
    made["key"] = f"test/-/Request/{made['id']}"
    return made


def offers(call):
    """The actions that a prompt offers: id → (status, words)."""
    return {found[1]: (found[2], found[3]) for found in OFFER.finditer(call.user_text.partition("\n# ACTIONS\n")[2])}


def answer(call, choose=None, **members):
    """A lawful answer to whatever is asked: it quotes a fact. `choose` is a word of the action that it takes, if that is offered."""
    chosen = next(((name, status) for name, (status, words) in offers(call).items() if choose and choose in words), ("NONE", "FATAL"))
    fact = FACT.search(call.user_text)
    whole = {
        "evidence": [{"ref": fact[1], "quote": fact[2], "shows": "all of them fail"}] if fact else [],
        "root_cause": "APP_CRASH", "explanation": "The program ends at once, on all pods alike.", "status": chosen[1], "action": chosen[0],
        "confidence": "HIGH", "need": [], "injection_suspected": False, "intent": "EXPLAIN"} | members
    return {name: whole[name] for name in ((call.schema or {}).get("properties") or DECIDE)}


def digest_of(call):
    """What `prompt_sha256` of a decision is taken of."""
    return hashlib.sha256(f"{call.system_text}\n{call.user_text}".encode()).hexdigest()


class Desk:
    """A brain whose model is the stand-in. Options are those of `gemini:`; a brain with others is another process."""

    def __init__(self, pipeline, gemini):
        self.pipeline, self.topics, self.gemini, self.brain = pipeline, pipeline.topics, gemini, pipeline.brain
        gemini.keys.add(KEY)
        gemini.usual = answer
        self.options, self.calls_before, self.log_before = None, 0, 0

    def environment(self, options):
        usual = {"base_url": self.gemini.url, "api_key": KEY, "tier": "paid", "timeout": "2s", "deadline": "15s"}
        return {f"AEGIOPS_GEMINI_{name.upper()}": value for name, value in (usual | options).items() if value is not None}

    def start(self, fresh=False, environment=None, **options):
        """A brain with these options, which is the one that runs already unless it has others."""
        wanted = options | (environment or {})
        if fresh or wanted != self.options or not self.brain.is_running():
            if self.brain.is_running():
                assert self.brain.stop() == 0
            self.brain.start(**self.environment(options), **(environment or {})).wait_ready()
            self.options = wanted
        self.gemini.planned.clear()
        self.gemini.always, self.gemini.usual = "answer", answer
        self.calls_before = len(self.gemini.calls)
        self.log_before = len(self.brain.lines())
        return self

    def put(self, made):
        """Writes an incident; its id."""
        self.topics.write("incidents", encode(made), key=made["key"].encode(), headers=headers("incidents", made["key"], made["id"]))
        return made["id"]

    def decisions(self, incident):
        return self.topics.find("decisions", lambda record: record.document["id"] == incident)

    def decided(self, incident, within=40):
        """The section of the one decision about an incident, awaited."""
        eventually(f"a decision about {incident}", lambda: self.decisions(incident), within, self.topics.summary)
        found = self.decisions(incident)
        assert len(found) == 1, f"{len(found)} decisions about {incident}"
        return found[0].document["decided"]

    def ask(self, made, within=40):
        return self.decided(self.put(made), within)

    @property
    def calls(self):
        """What was asked since the last start()."""
        return [call for call in self.gemini.calls[self.calls_before:] if call.route != "token"]

    def asked(self, count=1, within=15):
        """The calls, once there are so many."""
        eventually(f"{count} calls of the model", lambda: len(self.calls) >= count, within, self.topics.summary)
        return self.calls

    def logged(self, **fields):
        return [line for line in self.brain.lines()[self.log_before:] if fields.items() <= line.items()]

    def results(self):
        """Calls of models by what came of them, as the metric counts them."""
        found = re.findall(r'^aegiops_model_calls_total{.*result="(\w+)".*} (\d+)$', self.brain.get("/metrics")[1], re.M)
        counts = {}
        for result, count in found:
            counts[result] = counts.get(result, 0) + int(count)
        return counts

    def everything_said(self):
        """All bytes that left the brain but for those to the model: records, log, standard output."""
        self.topics.look("decisions")
        return b"\n".join([self.brain.log.read_bytes(), self.brain.output.read_bytes(),
                           *(record.value or b"" for record in self.topics.records)])


def body_in_log(desk):
    """The bodies that the debug log shows, each put together from its parts."""
    bodies = []
    for line in desk.logged(message="asked"):
        bodies += [""] if line["part"] == "1" else []
        bodies[-1] += line["body"]
    return [json.loads(body) for body in bodies]
