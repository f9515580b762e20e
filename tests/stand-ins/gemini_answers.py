# SPDX-License-Identifier: Apache-2.0
"""What the model says, and how it looks on the wire: as one body, as a stream of events, and as a chat completion."""
import json
import secrets
import time
from dataclasses import dataclass, field

from gemini_schema import value_faults

BYTES_PER_TOKEN = 4
THOUGHTS = {"MINIMAL": 0, "LOW": 40, "MEDIUM": 160, "HIGH": 480}
STREAMED_PIECES = 4
FINISH_OF_OPENAI = {"STOP": "stop", "MAX_TOKENS": "length"}
SAFE = [{"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE"}
        for name in ("HATE_SPEECH", "DANGEROUS_CONTENT", "HARASSMENT", "SEXUALLY_EXPLICIT")]


class ScriptFault(Exception):
    """The test's script lets the model say what the real one could not."""


def tokens(text):
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


@dataclass
class Output:
    """What the model says. It must keep to the request's schema unless it `breaks_schema` on purpose; `reshape` changes the finished
    body, for shapes that no model says but the service sends."""
    parts: list
    finish: str = "STOP"
    thoughts: int = None
    breaks_schema: bool = False
    model_version: str = None
    reshape: object = None


@dataclass
class Reply:
    """What goes over the wire, and how: after a delay, in pieces, with pauses, not all of it."""
    status: int
    body: bytes
    headers: dict = field(default_factory=dict)
    delay_s: float = 0
    piece: int = None
    pause_s: float = 0
    cut: int = None  # so many bytes of the body are sent, and then …
    ending: str = "close"  # … the connection is closed, or reset
    chunked: bool = False


def text_of(parts):
    return "".join(part.get("text", "") for part in parts if not part.get("thought"))


def said(value, **more):
    """The model says this value as JSON."""
    return Output([{"text": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}], **more)


def unlike_schema(output, call):
    """Why an output is none that the model could give to this request; None when it could."""
    text = text_of(output.parts)
    if output.breaks_schema or output.finish != "STOP" or any("functionCall" in part for part in output.parts) or not call.wants_json:
        return None
    try:
        value = text if call.config.get("responseMimeType") == "text/x.enum" else json.loads(text)
    except ValueError as wrong:
        return f"the request wants JSON, and the script says {text[:200]!r}: {wrong}"
    faults = list(value_faults(value, call.schema)) if call.schema is not None else []
    return f"the script's answer breaks the request's schema: {'; '.join(faults[:5])}" if faults else None


def within_budget(output, call):
    """The same output as far as maxOutputTokens lets it come; thoughts are paid from the same budget, and first."""
    config = call.config.get("thinkingConfig") or {}
    level = config.get("thinkingLevel") or ("MINIMAL" if config.get("thinkingBudget") == 0 else call.model.usual_level)
    thoughts = THOUGHTS[level] if output.thoughts is None else output.thoughts
    budget = call.config.get("maxOutputTokens", call.model.output_limit)
    if tokens(text_of(output.parts)) + thoughts <= budget or output.finish != "STOP":
        return output.parts, output.finish, thoughts
    thoughts = min(thoughts, budget)
    kept = text_of(output.parts).encode()[:(budget - thoughts) * BYTES_PER_TOKEN].decode(errors="ignore")
    return [{"text": kept}] if kept else [], "MAX_TOKENS", thoughts


def usage(call, parts, thoughts):
    prompt, answer = call.prompt_tokens, tokens(text_of(parts))
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, "totalTokenCount": prompt + answer + thoughts,
              "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}], "thoughtsTokenCount": thoughts}
    return {name: count for name, count in counts.items() if count}


def response(output, call):
    """The GenerateContentResponse; raises ScriptFault where the model could not have said so."""
    fault = unlike_schema(output, call)
    if fault:
        raise ScriptFault(fault)
    parts, finish, thoughts = within_budget(output, call)
    content = ({"parts": parts} if parts else {}) | {"role": "model"}
    body = {"candidates": [{"content": content, "finishReason": finish, "index": 0, "safetyRatings": SAFE}],
            "usageMetadata": usage(call, parts, thoughts), "modelVersion": output.model_version or call.model.version,
            "responseId": secrets.token_urlsafe(16)}
    return output.reshape(body) if output.reshape else body


# --- On the wire --------------------------------------------------------------------------------------------------------------

def pretty(value):
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def pieces(body):
    """The same response as a stream: the text in pieces, usage in each, and why it ended in the last alone."""
    candidate = (body.get("candidates") or [{}])[0]
    parts = (candidate.get("content") or {}).get("parts") or []
    text = text_of(parts)
    if not text or "text" not in parts[-1]:
        return [body]
    size = -(-len(text) // STREAMED_PIECES)
    texts = [text[begin:begin + size] for begin in range(0, len(text), size)]
    chunks = []
    for number, piece in enumerate(texts):
        last = number == len(texts) - 1
        shown = {"content": {"parts": [{"text": piece}], "role": "model"}, "index": 0}
        chunks.append(body | {"candidates": [shown | ({"finishReason": candidate["finishReason"]} if last else {})]})
    thoughts = [part for part in parts if part.get("thought")]
    if thoughts:
        chunks.insert(0, body | {"candidates": [{"content": {"parts": thoughts, "role": "model"}, "index": 0}]})
    return chunks


def streamed(chunks, sse):
    if sse:
        return Reply(200, b"".join(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks),
                     {"Content-Type": "text/event-stream"}, chunked=True)
    return Reply(200, b"[" + b",\r\n".join(pretty(chunk).rstrip() for chunk in chunks) + b"\n]\n",
                 {"Content-Type": "application/json; charset=UTF-8"}, chunked=True)


def as_gemini(output, call):
    body = response(output, call)
    if call.streams:
        return streamed(pieces(body), call.sse)
    return Reply(200, pretty(body), {"Content-Type": "application/json; charset=UTF-8"})


def as_completion(output, call):
    """The same for the route that speaks as OpenAI does."""
    body = response(output, call)
    candidate = (body.get("candidates") or [{}])[0]
    parts = (candidate.get("content") or {}).get("parts") or []
    finish = FINISH_OF_OPENAI.get(candidate.get("finishReason"), "content_filter")
    counts = body.get("usageMetadata") or {}
    answer = counts.get("candidatesTokenCount", 0) + counts.get("thoughtsTokenCount", 0)
    common = {"id": "chatcmpl-" + body.get("responseId", "none"), "created": int(time.time()), "model": body.get("modelVersion")}
    if call.streams:
        deltas = [{"role": "assistant", "content": part["text"]} for part in parts if "text" in part and not part.get("thought")]
        choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas] + [
            {"index": 0, "delta": {}, "finish_reason": finish}]
        events = [json.dumps(common | {"object": "chat.completion.chunk", "choices": [choice]}) for choice in choices] + ["[DONE]"]
        return Reply(200, b"".join(f"data: {event}\n\n".encode() for event in events), {"Content-Type": "text/event-stream"}, chunked=True)
    message = {"role": "assistant", "content": text_of(parts) or None}
    completion = common | {
        "object": "chat.completion", "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": counts.get("promptTokenCount", 0), "completion_tokens": answer,
                  "total_tokens": counts.get("totalTokenCount", 0)}}
    return Reply(200, json.dumps(completion).encode(), {"Content-Type": "application/json"})


def as_error(refusal, call):
    """As the route words errors: Google's own, in a list where it streams without events or speaks as OpenAI does, or OpenAI's."""
    headers = {"Content-Type": "application/json; charset=UTF-8"} | refusal.headers
    if call is not None and call.route == "openai":
        error = {"message": refusal.message, "type": "invalid_request_error" if refusal.code < 500 else "server_error", "param": None,
                 "code": "invalid_api_key" if refusal.code == 401 else None}
        return Reply(refusal.code, pretty({"error": error}), headers)
    listed = call is not None and (call.route == "gemini-openai" or call.streams and not call.sse)
    return Reply(refusal.code, pretty([refusal.body()] if listed else refusal.body()), headers)


def render(result, call):
    """Whatever a behaviour gave, as it goes over the wire on this call's route."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, Output):
        return (as_completion if call.route in ("openai", "gemini-openai") else as_gemini)(result, call)
    return as_error(result, call)
