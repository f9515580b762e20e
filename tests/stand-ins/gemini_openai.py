# SPDX-License-Identifier: Apache-2.0
"""The route that speaks as OpenAI does, at Gemini (/v1beta/openai/) and at servers such as vLLM (/v1/): what a request may say."""
from gemini_errors import Refusal, bad_request, invalid
from gemini_request import parse_json
from gemini_schema import TOO_MANY_STATES, has_too_many_states, strict_faults

FIELDS = {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stop", "stream", "stream_options",
          "response_format", "reasoning_effort", "seed", "user", "tools", "tool_choice", "parallel_tool_calls", "frequency_penalty",
          "presence_penalty", "logprobs", "top_logprobs", "metadata", "store", "service_tier"}
ROLES = {"system", "developer", "user", "assistant", "tool"}
EFFORTS = {"none": "MINIMAL", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH"}
FORMATS = {"text", "json_object", "json_schema"}


def read(body, api):
    """The request as it came; Gemini's route also knows extra_body."""
    request = parse_json(body)
    if not isinstance(request, dict):
        raise invalid("Request body must be a JSON object.")
    known = FIELDS | ({"extra_body"} if api == "gemini-openai" else set())
    faults = [("", f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.') for name in request if name not in known]
    if faults:
        raise Refusal(400, "INVALID_ARGUMENT", "\n".join(text for _, text in faults), [bad_request(faults)])
    return request


def text_of(message):
    content = message.get("content")
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or [] if isinstance(part, dict))


def check_messages(messages):
    if not isinstance(messages, list) or not messages:
        raise invalid("Missing required parameter: 'messages'.")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise invalid(f"Invalid value for 'messages[{number}].role'. Supported values are: {', '.join(sorted(ROLES))}.")
        if not text_of(message) and message["role"] != "assistant":
            raise invalid(f"Invalid value for 'messages[{number}].content': expected a string or a list of parts.")
    if not any(message["role"] == "user" for message in messages):
        raise invalid("* GenerateContentRequest.contents: contents is not specified\n")


def check_format(given, messages):
    """The schema that the answer must keep to, or None."""
    kind = given.get("type")
    if kind not in FORMATS:
        raise invalid(f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and 'text'.")
    if kind == "json_object" and not any("json" in text_of(message).lower() for message in messages):
        raise invalid("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")
    if kind != "json_schema":
        return None
    named = given.get("json_schema")
    if not isinstance(named, dict) or not named.get("name") or not isinstance(named.get("schema"), dict):
        raise invalid("Missing required parameter: 'response_format.json_schema'.")
    wrong = next(strict_faults(named["schema"]), None) if named.get("strict") else None
    if wrong:
        raise invalid(f"Invalid schema for response_format '{named['name']}': {wrong}")
    if has_too_many_states(named["schema"]):
        raise invalid(TOO_MANY_STATES)
    return named["schema"]


def check(request, model):
    """The same in Gemini's words: (generationConfig, schema); raises what is wrong with it."""
    check_messages(request.get("messages"))
    given = request.get("response_format") or {"type": "text"}
    schema = check_format(given, request["messages"])
    config = {"responseMimeType": "text/plain" if given["type"] == "text" else "application/json"}
    most = request.get("max_completion_tokens", request.get("max_tokens"))
    effort = request.get("reasoning_effort")
    if effort is not None:
        if effort not in EFFORTS:
            raise invalid(f"Invalid value for 'reasoning_effort': {effort}.")
        if model.levels and EFFORTS[effort] not in model.levels:
            raise invalid(f"Thinking level {EFFORTS[effort]} is not supported for this model.")
        config["thinkingConfig"] = {"thinkingLevel": EFFORTS[effort]}
    return config | ({"maxOutputTokens": most} if most else {}), schema
