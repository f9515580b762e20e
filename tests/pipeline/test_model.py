# SPDX-License-Identifier: Apache-2.0
"""Each way in which a model can fail, and what comes of it: FAULTS is the table.

Whatever the model does, a question is decided once, a rule decides at once beside it, the brain stays ready, and the key is in no log and
in no record. test_model_routes.py has the ways in which a model is asked."""
import json
import re
import subprocess
from dataclasses import dataclass, field

import pytest

from gemini import GeminiStandIn
from processes import EXIT_OPTIONS, run_to_end
from questions import KEY, LOG, MODELS, body_in_log, digest_of, id_of, question, settled
from waiting import eventually, never

FIRST, SECOND = MODELS
TIMEOUT_S = 2  # of a call; see questions.py


@dataclass(frozen=True)
class Fault:
    """How the next calls are answered, and what that does. All calls after those are answered well."""
    plan: tuple
    results: dict  # the calls by what came of them, as aegiops_model_calls_total counts them
    model: str = FIRST  # who decided in the end; None = the rules, as without a model
    says: str = ""  # a regular expression: why it was decided without the model
    is_up: int = 1
    options: dict = field(default_factory=dict)
    leaves_traces: bool = False  # this brain asks otherwise from now on, so that it is not for others


def mended(name):
    """An answer that cannot be used, and one try more."""
    return Fault((name,), {"unusable": 1, "repaired": 1})


def cut(name):
    return Fault((name,), {"cut": 1, "ok": 1})


def blocked(name):
    return Fault((name,), {"blocked": 1, "ok": 1})


def lost(name):
    """No answer arrives, and the same model is asked again."""
    return Fault((name,), {"unreachable": 1, "ok": 1})


def refused(name, says):
    """It is no use to ask any model again."""
    return Fault((name,), {"refused": 1}, None, says, 0, leaves_traces=True)


FAULTS = {
    # the service does not want
    "key that is none": Fault((), {"refused": 1}, None, r"API key not valid.*look at gemini\.api_key", 0,
                              {"api_key": "AIzaSyD-a-key-that-nobody-knows-0123456"}, True),
    "key of an account that is none": Fault((), {"refused": 1}, None, r"401 .*look at gemini\.api_key", 0,
                                            {"api_key": "AQ.Ab8RN6J-a-key-that-nobody-knows"}, True),
    "key that leaked": refused("key-leaked", "reported as leaked"),
    "service disabled": refused("service-disabled", "403 .*disabled"),
    "place not served": refused("location-unsupported", "User location is not supported"),
    "unknown model": Fault(("unknown-model",), {"unknown_model": 1, "ok": 1}, SECOND, leaves_traces=True),
    "only unknown models": Fault(("unknown-model", "unknown-model"), {"unknown_model": 2}, None, r"404 .*correct gemini\.models", 0,
                                 leaves_traces=True),
    "too many states": Fault(("too-many-states",), {"bad_request": 1, "ok": 1}, leaves_traces=True),
    "too many states, said aside": Fault(("too-many-states-in-details",), {"bad_request": 1, "ok": 1}, leaves_traces=True),
    "thinking level refused": Fault((), {"bad_request": 1, "ok": 1}, "gemini-flash-latest", options={"models": "gemini-flash-latest"},
                                    leaves_traces=True),
    "redirect": Fault(("redirect",), {"bad_request": 1, "ok": 1}, SECOND, leaves_traces=True),
    # the service cannot
    "quota of the minute": Fault(("quota-minute:2",), {"quota_minute": 1, "ok": 1}),
    "quota of the minute, a wait too long": Fault(("quota-minute:37",), {"quota_minute": 1, "ok": 1}, SECOND, leaves_traces=True),
    "quota without details": Fault(("exhausted",), {"quota_minute": 1, "ok": 1}),
    "quota of the day": Fault(("quota-day",), {"quota_day": 1, "ok": 1}, SECOND, leaves_traces=True),
    "quota of the day of all": Fault(("quota-day", "quota-day"), {"quota_day": 2}, None, "the quota of the day is used up", 0,
                                     leaves_traces=True),
    "high demand": Fault(("high-demand",), {"overloaded": 1, "ok": 1}),
    "high demand that lasts": Fault(("high-demand", "high-demand"), {"overloaded": 2, "ok": 1}, SECOND),
    "high demand without end": Fault(("high-demand",) * 3, {"overloaded": 3}, None, "503 .*high demand", leaves_traces=True),
    "internal error": Fault(("internal",), {"overloaded": 1, "ok": 1}),
    "its own deadline": Fault(("deadline",), {"overloaded": 1, "ok": 1}),
    "bad gateway": Fault(("bad-gateway",), {"overloaded": 1, "ok": 1}),
    # the way there and back
    "hang": Fault(("hang",), {"timeout": 1, "ok": 1}, SECOND, leaves_traces=True),
    "hang of all": Fault(("hang", "hang", "hang"), {"timeout": 3}, None, r"no complete answer from 127\.0\.0\.1:\d+ within 2\.0 s",
                         leaves_traces=True),
    "slow loris": Fault(("slow-loris",), {"timeout": 1, "ok": 1}, SECOND, leaves_traces=True),
    "reset": lost("reset"),
    "disconnect": Fault(("disconnect",), {"unreachable": 1, "ok": 1}, leaves_traces=True),  # on a connection in use libcurl asks again
    "short body": lost("short-body"),
    "a megabyte and more": lost("big"),
    "a megabyte and more, always": Fault(("big",) * 3, {"unreachable": 3}, None, r"larger than 1048576 bytes", leaves_traces=True),
    # what comes is no answer
    "empty reply": mended("empty-body"),
    "empty reply, always": Fault(("empty-body",) * 3, {"unusable": 3}, None, "no answer that can be used", leaves_traces=True),
    "HTML": mended("html"),
    "no object": mended("not-an-object"),
    "nothing in it": mended("nothing"),
    "no candidates": mended("no-candidates"),
    "empty content": mended("empty-content"),
    "no content": mended("no-content"),
    "half of the JSON": mended("truncated-json"),
    "unknown reason to finish": mended("unknown-finish"),
    # what the model says cannot be used
    "chatty": mended("chatty"),
    "enum drift": mended("enum-drift"),
    "enum drift, always": Fault(("enum-drift",) * 3, {"unusable": 3}, None, "none of the words that the schema allows", leaves_traces=True),
    "duplicate keys": mended("duplicate-key"),
    "missing keys": mended("missing-key"),
    "wrong types": mended("wrong-types"),
    "brackets without end": cut("deep"),
    "thoughts ate everything": cut("thoughts-ate-everything"),
    "cut by the budget": cut("cut-by-max-tokens"),
    "number without end": cut("number-loop"),
    "question blocked": blocked("prompt-blocked"),
    "answer blocked": blocked("safety"),
    "recitation": blocked("recitation"),
    # nothing is wrong with it
    "fenced": Fault(("fenced",), {"ok": 1}),
    "in parts, with thoughts": Fault(("several-parts",), {"ok": 1}),
    "other version": Fault(("other-version",), {"ok": 1}),
}
HOW_SAID = {  # what the model was told of its first answer
    "chatty": "JSON: byte ", "enum drift": '"root_cause" is missing or none of the words', "duplicate keys": "duplicate object key",
    "missing keys": '"injection_suspected" is missing', "wrong types": '"'}


def gained(before, after):
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


def check_decision(decided, fault):
    rules_say = "More than one pod crashes"
    if fault.model:
        assert (decided["source"], decided["status"], decided["model"]["name"]) == ("model", "FATAL", fault.model)
        assert "The program ends at once" in decided["explanation"] and rules_say not in decided["explanation"]
        return
    assert (decided["source"], decided["status"], decided["rule"]) == ("fallback", "FATAL", "escalate")
    assert rules_say in decided["explanation"] and decided.get("model") is None
    assert re.search(rf"A language model was to be asked: .*(?:{fault.says})", decided["explanation"]), decided["explanation"]
    assert decided["command"].startswith("kubectl ")


def check_log(desk, incident, fault):
    """One line says that the model did not decide, and why; nothing else is a warning about this incident."""
    mine = [line for line in desk.logged(incident=incident) if line["level"] in ("warn", "error")]
    without = [line for line in mine if line["message"] == "decided without the model"]
    assert len(without) == (0 if fault.model else 1), mine
    assert all(re.search(fault.says, line["reason"]) and "\n" not in line["reason"] for line in without), without
    assert len(desk.logged(incident=incident, message="the model answered")) == (1 if fault.model else 0)
    assert len(desk.logged(message="the model is out")) == (0 if fault.is_up else 1)


@pytest.mark.parametrize("name", FAULTS)
def test_fault(desk, name):
    fault, slug = FAULTS[name], re.sub(r"\W+", "-", name)
    desk.start(fresh=fault.leaves_traces, **fault.options)
    before = desk.results()
    desk.gemini.plan(*fault.plan)
    incident = desk.put(question(slug))
    desk.asked()
    beside = desk.ask(settled(f"{slug}-beside"))
    if "hang of all" == name:
        assert not desk.decisions(incident), "the model did not hang, so that this proves nothing"
    assert (beside["source"], beside["rule"]) == ("rule", "rollback_new_revision")
    decided = desk.decided(incident)
    check_decision(decided, fault)
    assert desk.brain.get("/readyz")[0] == 200
    assert gained(before, desk.results()) == fault.results
    assert len(desk.calls) == sum(fault.results.values())
    assert desk.brain.metric("aegiops_model_up") == fault.is_up
    check_log(desk, incident, fault)
    if fault.leaves_traces:
        desk.options = None
    check_what_was_asked(desk, name, fault, decided)


def check_what_was_asked(desk, name, fault, decided):
    """What the second call says otherwise than the first."""
    last = desk.calls[-1]
    if fault.model and name not in ("too many states", "too many states, said aside") and len(last.request["contents"]) == 1:
        assert decided["model"]["prompt_sha256"] == digest_of(last)
    if name in HOW_SAID:
        roles = [content["role"] for content in last.request["contents"]]
        assert roles == ["user", "model", "user"] and HOW_SAID[name] in last.request["contents"][2]["parts"][0]["text"]
    if "blocked" in fault.results:
        assert "the catalogue" in desk.calls[0].user_text and "the catalogue" not in last.user_text and " W " not in last.user_text
    if "cut" in fault.results:
        assert last.config["maxOutputTokens"] == 2 * desk.calls[0].config["maxOutputTokens"]
    if name == "other version":
        assert decided["model"]["version"] == SECOND
        assert desk.brain.metric("aegiops_model_other_version_total") >= 1
        assert desk.logged(message="another model answers than was asked: it may cost more, or answer otherwise")
    if name.startswith("too many states"):
        assert "responseSchema" not in last.config and '"injection_suspected"' in last.system_text
    if name == "thinking level refused":
        levels = [json.loads(call.body)["generationConfig"]["thinkingConfig"]["thinkingLevel"] for call in desk.calls]
        assert levels == ["MINIMAL", "LOW"]
    if name == "redirect":
        assert not [call for call in desk.gemini.calls if call.path == "/elsewhere"], "the key was carried elsewhere"


def test_the_key_is_nowhere_but_in_its_header(desk):
    """Last of those that share the brain: in whatever it said by now."""
    assert len(desk.gemini.calls) > len(FAULTS)
    assert all(call.headers.get("x-goog-api-key") and "Authorization" not in call.headers for call in desk.gemini.calls)
    said = desk.everything_said() + b"".join(call.body + call.path.encode() for call in desk.gemini.calls)
    keys = {KEY} | {fault.options["api_key"] for fault in FAULTS.values() if "api_key" in fault.options}
    assert len(keys) == 3 and not [key for key in keys if key.encode() in said]


# --- What takes more than one question ----------------------------------------------------------------------------------------

def test_without_a_key_the_rules_decide_and_say_why_once(desk):
    desk.start(fresh=True, api_key=None)
    decided = desk.ask(question("no-key"))
    assert (decided["source"], decided["rule"], desk.calls) == ("rule", "escalate", [])
    lines = desk.brain.logged(message="no language model: rules alone decide")
    assert lines[-1]["reason"] == "no API key: set gemini.api_key_file or $GEMINI_API_KEY"
    assert desk.brain.get("/readyz")[0] == 200 and desk.brain.metric("aegiops_model_up") == 0


@pytest.mark.parametrize("key, says", [
    ("xoxb-0123456789-abcdefghij", "gemini.api_key: that is a token of Slack"),
    ("sk-proj-0123456789abcdefghij", "gemini.api_key: that is a key of OpenAI or Anthropic: it needs gemini.api: openai"),
    ("ya29.0123456789abcdefghij", "gemini.api_key: that is an access token, which expires within the hour"),
    ("AQ.two words", "gemini.api_key: a key has no blanks, quotes or line breaks within; copy it again"),
], ids=["Slack", "OpenAI", "access token", "blank"])
def test_a_key_of_the_wrong_kind_costs_the_model_and_not_the_rules(desk, key, says):
    code, out, err = run_to_end("brain", "--config", desk.pipeline.config, "--check", AEGIOPS_GEMINI_API_KEY=key)
    assert (code, out, err) == (EXIT_OPTIONS, "", f"brain: {says}\n")
    desk.start(fresh=True, api_key=key)
    name = re.sub("[^a-z]", "", says)[-12:]
    assert desk.ask(settled(f"rule-{name}"))["source"] == "rule"
    decided = desk.ask(question(f"kind-{name}"))
    assert decided["source"] == "fallback" and says in decided["explanation"]
    assert desk.brain.get("/readyz")[0] == 200 and desk.brain.metric("aegiops_model_up") == 0 and not desk.calls
    assert desk.brain.logged(message="the model is out")[-1]["reason"] == says


def test_a_quota_of_the_day_closes_a_model_whatever_it_says_of_a_retry(desk):
    desk.start(fresh=True)
    desk.gemini.plan("quota-day")
    desk.ask(question("day-1"))
    never("a call of the model that has no quota left", lambda: len(desk.calls) != 2, during=2)  # RetryInfo says 1 s
    assert desk.ask(question("day-2"))["model"]["name"] == SECOND
    assert [call.model.name for call in desk.calls] == [FIRST, SECOND, SECOND]
    line, = desk.logged(message="a model is left out")
    assert line["model"] == FIRST and 0 < int(line["for_s"]) <= 24 * 3600


def test_the_tokens_of_a_day_are_spent_and_no_more(desk):
    desk.start(fresh=True, daily_tokens="1000")
    assert desk.ask(question("thrift-1"))["source"] == "model"
    decided = desk.ask(question("thrift-2"))
    assert decided["source"] == "fallback" and "the tokens of the day are spent" in decided["explanation"]
    assert len(desk.calls) == 1 and desk.brain.metric("aegiops_model_up") == 0
    assert desk.brain.metric("aegiops_model_tokens_total") > 1000


def test_what_does_not_answer_is_left_alone_and_tried_again_by_one(desk):
    desk.start(fresh=True)
    desk.gemini.always = "disconnect"
    decided = [desk.ask(question(f"breaker-{number}")) for number in range(2)]
    assert [one["source"] for one in decided] == ["fallback"] * 2 and len(desk.calls) == 4, "four failures open the breaker"
    ids = [desk.put(question(f"breaker-left-{number}")) for number in range(4)]
    assert all("it is not asked for another" in desk.decided(incident)["explanation"] for incident in ids)
    assert len(desk.calls) == 4 and desk.brain.metric("aegiops_model_up") == 0

    desk.gemini.always = "answer"
    numbers = iter(range(100))
    eventually("the model to be asked again", lambda: desk.ask(question(f"breaker-again-{next(numbers)}"))["source"] == "model", 40)
    assert len(desk.calls) == 5 and desk.brain.metric("aegiops_model_up") == 1
    assert len(desk.logged(message="the model is out")) == len(desk.logged(message="the model answers again")) == 1


def test_a_question_is_decided_at_its_deadline(desk):
    """The service takes the question and says nothing for longer than anybody waits."""
    desk.start(fresh=True, timeout="60s", deadline="5s")
    desk.gemini.plan("hang")
    incident = desk.put(question("deadline"))
    desk.asked()
    assert desk.ask(settled("deadline-beside"))["source"] == "rule" and not desk.decisions(incident)
    decided = desk.decided(incident, within=20)
    assert (decided["source"], len(desk.calls)) == ("fallback", 1)
    eventually("the call to be given up", lambda: desk.calls[0].aborted, 5)
    desk.options = None


def make_certificate(folder, name):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                    "/CN=stand-in", "-addext", f"subjectAltName={name}", "-keyout", key, "-out", certificate], check=True,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


@pytest.mark.parametrize("name, is_good", [("IP:127.0.0.1", True), ("DNS:gemini.example", False)], ids=["ours", "another's"])
def test_the_certificate_must_be_of_the_service(desk, tmp_path, name, is_good):
    certificate, key = make_certificate(tmp_path, name)
    served = GeminiStandIn(keys=[KEY], certificate=certificate, key_file=key)
    served.usual = desk.gemini.usual
    try:
        desk.start(fresh=True, base_url=served.url, ca_file=str(certificate))
        decided = desk.ask(question(f"certificate-{'good' if is_good else 'bad'}"))
        if is_good:
            assert decided["source"] == "model" and served.calls
        else:
            assert decided["source"] == "fallback" and re.search("certificate", decided["explanation"])
            assert served.calls == [], "the key was sent to whoever that was"
        assert desk.brain.get("/readyz")[0] == 200
    finally:
        desk.options = None
        served.stop()


def test_the_log_shows_once_what_was_asked(desk):
    """At debug level, and of the log of a workload what was sent, not more."""
    desk.start(fresh=True)
    desk.ask(question("said-aloud"))
    call, = desk.calls
    assert body_in_log(desk) == [call.request]
    assert LOG.format(name="said-aloud").split("\n")[-1] in call.user_text
    assert len(desk.logged(message="the model answered", incident=id_of("said-aloud"))) == 1
