# SPDX-License-Identifier: Apache-2.0
"""How the stand-in can behave, by name: "answer", "quota-day", "hang:5" (five seconds). A behaviour is called with the request and
gives an Output (what the model says), a Refusal (an error) or a Reply (bytes, and how they are sent). A test may bring its own, or a
plain value, which the model then says as JSON.
"""
import json
import re
from dataclasses import replace

import gemini_errors as errors
from gemini_answers import Output, Reply, pretty, render, said, text_of
from gemini_schema import TOO_MANY_STATES, resolve, types_of

BEHAVIOURS = {}
ORDER = re.compile(r"AEGIOPS-ORDER:[^\w{]{0,8}(?=\{)")
BIG_BYTES = 1_500_000


def behaviour(function):
    BEHAVIOURS[function.__name__.replace("_", "-")] = function
    return function


def named(name):
    """The behaviour of this name; what follows a colon is its argument, a number where it looks like one."""
    word, colon, argument = name.partition(":")
    if word not in BEHAVIOURS:
        raise KeyError(f"no behaviour is called {word!r}; there are {', '.join(sorted(BEHAVIOURS))}")
    value = float(argument) if re.fullmatch(r"[0-9.]+", argument) else argument
    return (lambda call: BEHAVIOURS[word](call, value)) if colon else BEHAVIOURS[word]


def behave(how, call):
    """What comes of a behaviour: a name, a callable, or a value that the model says."""
    while not isinstance(how, (Output, errors.Refusal, Reply)):
        how = named(how)(call) if isinstance(how, str) else how(call) if callable(how) else said(how)
    return how


@behaviour
def answer(call):
    """What the script says, or whatever the schema allows."""
    return said(call.usual())


# --- Errors -------------------------------------------------------------------------------------------------------------------

for name, make in {
    "key-invalid": errors.key_invalid, "key-leaked": errors.key_leaked, "service-disabled": errors.service_disabled,
    "location-unsupported": errors.location_unsupported, "exhausted": errors.exhausted, "internal": errors.internal,
    "high-demand": errors.high_demand, "overloaded": errors.overloaded, "deadline": errors.deadline,
}.items():
    BEHAVIOURS[name] = lambda call, make=make: make()


@behaviour
def quota_minute(call, delay="37s"):
    return errors.quota(call.model.name, "Minute", f"{delay}s" if isinstance(delay, float) else delay, 10)


@behaviour
def quota_day(call):
    """RetryInfo names a second, and it will not help before tomorrow."""
    return errors.quota(call.model.name, "Day", "1s", 250)


@behaviour
def retry_after(call, seconds=7):
    return errors.exhausted({"Retry-After": f"{seconds:g}"})


@behaviour
def unknown_model(call):
    return errors.model_missing(call.model.name, "v1beta")


@behaviour
def too_many_states(call):
    return errors.invalid(TOO_MANY_STATES)


@behaviour
def too_many_states_in_details(call):
    violation = ("generation_config.response_schema", TOO_MANY_STATES)
    return errors.invalid("Request contains an invalid argument.", [errors.bad_request([violation])])


@behaviour
def no_json_schema(call):
    """A server that knows JSON mode and no schemas, as some that speak like OpenAI do."""
    return errors.invalid("response_format type 'json_schema' is not supported") if call.schema is not None else answer(call)


# --- Transport ----------------------------------------------------------------------------------------------------------------

def on_the_wire(call):
    return render(answer(call), call)


@behaviour
def hang(call, seconds=3_600):
    """Takes the request, and says nothing for so long."""
    return replace(on_the_wire(call), delay_s=seconds)


@behaviour
def slow_body(call, seconds=10):
    """Headers at once, the body in ten pieces."""
    reply = on_the_wire(call)
    return replace(reply, piece=-(-len(reply.body) // 10), pause_s=seconds / 10)


@behaviour
def slow_loris(call, milliseconds=100):
    return replace(on_the_wire(call), piece=1, pause_s=milliseconds / 1_000)


@behaviour
def reset(call):
    reply = on_the_wire(call)
    return replace(reply, cut=len(reply.body) // 2, ending="reset")


@behaviour
def disconnect(call):
    """Takes the request, and closes the connection without a word."""
    return Reply(0, b"")


@behaviour
def short_body(call):
    """Closes politely before everything that Content-Length promised was said."""
    reply = on_the_wire(call)
    return replace(reply, cut=len(reply.body) // 2)


@behaviour
def truncated_json(call):
    reply = on_the_wire(call)
    return replace(reply, body=reply.body[:len(reply.body) // 2])


@behaviour
def empty_body(call):
    return replace(on_the_wire(call), body=b"", chunked=False)


@behaviour
def html(call):
    """What stands between client and server has a page of its own."""
    return Reply(200, b"<!DOCTYPE html><html><title>Sign in</title><body>Please sign in to the network.</body></html>",
                 {"Content-Type": "text/html; charset=UTF-8"})


@behaviour
def bad_gateway(call):
    return Reply(502, b"<html><head><title>502 Bad Gateway</title></head></html>", {"Content-Type": "text/html"})


@behaviour
def not_an_object(call):
    return Reply(200, b'"ok"\n', {"Content-Type": "application/json; charset=UTF-8"})


@behaviour
def redirect(call):
    """To where the key must not be carried."""
    return Reply(302, b"", {"Location": call.elsewhere})


@behaviour
def stream_error(call):
    """An error in the middle of a stream: a bare object after some events."""
    reply = on_the_wire(call)
    events = reply.body.split(b"\r\n\r\n")
    return replace(reply, body=events[0] + b"\r\n\r\n" + pretty(errors.high_demand().body()))


# --- What the model says ------------------------------------------------------------------------------------------------------

def text(call):
    return text_of(answer(call).parts)


@behaviour
def big(call):
    """More than a megabyte of lawful answer: thoughts at great length."""
    thoughts = [{"text": "so it goes; " * (BIG_BYTES // 120), "thought": True}] * 10
    return Output([*thoughts, {"text": text(call)}])


@behaviour
def thoughts_ate_everything(call):
    """MAX_TOKENS before the first word: content without parts."""
    budget = call.config.get("maxOutputTokens", 1_024)
    return Output([], "MAX_TOKENS", thoughts=budget)


@behaviour
def cut_by_max_tokens(call):
    said_so_far = text(call)
    return Output([{"text": said_so_far[:len(said_so_far) // 2]}], "MAX_TOKENS")


@behaviour
def number_loop(call):
    """A number that never ends, until there are no tokens left."""
    return Output([{"text": text(call).rstrip("}") + ', "confidence": 0.' + "9" * 4_000}], "MAX_TOKENS")


@behaviour
def fenced(call):
    return said(f"```json\n{text(call)}\n```", breaks_schema=True)


@behaviour
def chatty(call):
    return said(text(call) + "\n\nI hope this helps! Let me know if you need anything else.", breaks_schema=True)


@behaviour
def duplicate_key(call):
    """The first member comes again at the end, with another value."""
    first = next(iter(call.usual()))
    return said(f'{text(call)[:-1]}, {json.dumps(first)}: "again"}}', breaks_schema=True)


@behaviour
def missing_key(call, key=None):
    value = dict(call.usual())
    value.pop(key or list(value)[-1])
    return said(value, breaks_schema=True)


@behaviour
def enum_drift(call, word=None):
    """Enums that look right: written small, or the given word instead."""
    return said(drifted(call.usual(), call.schema or {}, call.schema, word), breaks_schema=True)


def drifted(value, schema, root, word):
    schema = resolve(schema, root)
    if schema.get("enum") and isinstance(value, str):
        return word or value.lower()
    if isinstance(value, dict):
        return {name: drifted(inner, (schema.get("properties") or {}).get(name, {}), root, word) for name, inner in value.items()}
    return [drifted(item, schema.get("items") or {}, root, word) for item in value] if isinstance(value, list) else value


@behaviour
def wrong_types(call):
    """Each text becomes a number."""
    value = call.usual()
    known = (call.schema or {}).get("properties") or {}
    return said({name: 7 if "string" in types_of(known.get(name, {})) else inner for name, inner in value.items()}, breaks_schema=True)


@behaviour
def deep(call):
    """Brackets without end."""
    return said("[" * 100_000, breaks_schema=True)


@behaviour
def several_parts(call):
    """One answer in many parts, with thoughts between them."""
    whole = text(call)
    third = len(whole) // 3
    return Output([{"text": "Let me see. {", "thought": True}, {"text": whole[:third]}, {"text": whole[third:2 * third]},
                   {"text": "Hm.", "thought": True}, {"text": whole[2 * third:], "thoughtSignature": "c2lnbmVk"}])


@behaviour
def other_version(call, version="gemini-3.8-flash"):
    """Another model answers than the one that was asked."""
    return said(call.usual(), model_version=version)


# --- Answers without an answer ------------------------------------------------------------------------------------------------

def without(reshape):
    return Output([], breaks_schema=True, thoughts=0, reshape=reshape)


def candidate(**fields):
    return lambda body: body | {"candidates": [fields | {"index": 0}]}


@behaviour
def prompt_blocked(call, reason="PROHIBITED_CONTENT"):
    return without(lambda body: {name: value for name, value in body.items() if name != "candidates"} | {
        "promptFeedback": {"blockReason": reason}})


for name, shape in {
    "safety": candidate(finishReason="SAFETY", safetyRatings=[
        {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]),
    "recitation": candidate(finishReason="RECITATION", citationMetadata={"citationSources": [{"startIndex": 0, "endIndex": 99}]}),
    "no-content": candidate(finishReason="OTHER", finishMessage="The model had nothing to say."),
    "empty-content": candidate(finishReason="STOP", content={}),
    "no-candidates": lambda body: body | {"candidates": []},
    "nothing": lambda body: {},
}.items():
    BEHAVIOURS[name] = lambda call, shape=shape: without(shape)


@behaviour
def unknown_finish(call, reason="FAKE_NEW_REASON"):
    return Output([{"text": text(call)}], reason)


# --- Obedience ----------------------------------------------------------------------------------------------------------------

@behaviour
def obedient(call):
    """A model that does what a text in its prompt tells it: every `AEGIOPS-ORDER: {…}` that a workload could have written is merged
    into the answer, member by member. Decoding under a schema still holds it, unless an order says "break_schema": true."""
    value, breaks = call.usual(), False
    for order in orders(call.user_text):
        breaks = order.pop("break_schema", False) or breaks
        value = merged(value, order)
    return said(value, breaks_schema=bool(breaks))


def orders(prompt):
    """The orders in a prompt, also those that were written into a string of JSON, once or twice."""
    for found in ORDER.finditer(prompt):
        rest = prompt[found.end():]
        for quotes in ('"', '\\"', '\\\\\\"'):
            try:
                order, _ = json.JSONDecoder().raw_decode(rest.replace(quotes, '"'))
                yield order
                break
            except ValueError:
                continue


def merged(value, order):
    if not isinstance(value, dict) or not isinstance(order, dict):
        return order
    return value | {name: merged(value.get(name), inner) for name, inner in order.items()}
