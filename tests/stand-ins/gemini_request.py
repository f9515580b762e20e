# SPDX-License-Identifier: Apache-2.0
"""Reads a request to generateContent as strictly as the vendor does: a protocol buffer in JSON, of which every name, type and
combination that it does not know is an error, in the vendor's words.
"""
import base64
import binascii
import json
import re

from gemini_errors import Refusal, bad_request, invalid
from gemini_schema import TOO_MANY_STATES, has_too_many_states, json_schema_faults, proto_schema_faults

# Each message: its fields by name, with their types. "*" is a list of them, "{}" a map from strings to them.
MESSAGES = {name: dict(field.split(":") for field in fields.split()) for name, fields in {
    "GenerateContentRequest": "model:string contents:Content* systemInstruction:Content tools:Tool* toolConfig:ToolConfig "
                              "safetySettings:SafetySetting* generationConfig:GenerationConfig cachedContent:string store:bool "
                              "serviceTier:string",
    "CountTokensRequest": "contents:Content* generateContentRequest:GenerateContentRequest",
    "Content": "role:string parts:Part*",
    "Part": "text:string thought:bool thoughtSignature:bytes inlineData:Blob fileData:FileData functionCall:FunctionCall "
            "functionResponse:FunctionResponse",
    "Blob": "mimeType:string data:bytes displayName:string",
    "FileData": "mimeType:string fileUri:string displayName:string",
    "FunctionCall": "id:string name:string args:Struct",
    "FunctionResponse": "id:string name:string response:Struct willContinue:bool",
    "Tool": "functionDeclarations:FunctionDeclaration* googleSearch:Struct codeExecution:Struct urlContext:Struct",
    "FunctionDeclaration": "name:string description:string parameters:Schema parametersJsonSchema:Value response:Schema "
                           "responseJsonSchema:Value behavior:string",
    "ToolConfig": "functionCallingConfig:FunctionCallingConfig",
    "FunctionCallingConfig": "mode:Mode allowedFunctionNames:string*",
    "SafetySetting": "category:HarmCategory threshold:HarmBlockThreshold",
    "GenerationConfig": "candidateCount:int32 stopSequences:string* maxOutputTokens:int32 temperature:float topP:float topK:int32 "
                        "seed:int32 presencePenalty:float frequencyPenalty:float responseLogprobs:bool logprobs:int32 "
                        "responseMimeType:string responseSchema:Schema responseJsonSchema:Value responseModalities:string* mediaResolution:string "
                        "speechConfig:Struct thinkingConfig:ThinkingConfig",
    "ThinkingConfig": "includeThoughts:bool thinkingBudget:int32 thinkingLevel:ThinkingLevel",
    "Schema": "type:Type format:string title:string description:string nullable:bool enum:string* items:Schema properties:Schema{} "
              "required:string* propertyOrdering:string* anyOf:Schema* minItems:int64 maxItems:int64 minLength:int64 maxLength:int64 "
              "minProperties:int64 maxProperties:int64 minimum:double maximum:double pattern:string default:Value example:Value",
}.items()}
ENUMS = {name: values.split() for name, values in {
    "Type": "TYPE_UNSPECIFIED STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL",
    "Mode": "MODE_UNSPECIFIED AUTO ANY NONE VALIDATED",
    "ThinkingLevel": "THINKING_LEVEL_UNSPECIFIED MINIMAL LOW MEDIUM HIGH",
    "HarmCategory": "HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH HARM_CATEGORY_SEXUALLY_EXPLICIT HARM_CATEGORY_DANGEROUS_CONTENT "
                    "HARM_CATEGORY_CIVIC_INTEGRITY HARM_CATEGORY_JAILBREAK",
    "HarmBlockThreshold": "BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH BLOCK_NONE OFF",
}.items()}
VERTEX_ONLY = {"GenerateContentRequest": {"labels": "string{}"}, "CountTokensRequest": MESSAGES["GenerateContentRequest"]}
LIMITS = {"int32": 2**31, "int64": 2**63}
FUNCTION_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,127}")


def snake(name):
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


class Reader:
    """Reads one message. `faults` are (field, text) of everything that was wrong."""

    def __init__(self, api):
        self.faults = []
        self.package = "google.cloud.aiplatform.v1" if api == "vertex" else f"google.ai.generativelanguage.{api}"
        self.messages = {name: fields | (VERTEX_ONLY.get(name, {}) if api == "vertex" else {}) for name, fields in MESSAGES.items()}

    def unknown(self, name, path, why="Cannot find field."):
        at = f" at '{path}'" if path else ""
        self.faults.append((path, f'Invalid JSON payload received. Unknown name "{name}"{at}: {why}'))

    def wrong(self, path, kind, value):
        self.faults.append((path, f"Invalid value at '{path}' ({kind}), {value}"))

    def message(self, kind, value, path):
        """The message with its names in camel case, without what was unset; every name may also come in snake case."""
        fields = self.messages[kind]
        names = {snake(name): name for name in fields} | {name: name for name in fields}
        found = {}
        for given, inner in value.items():
            if given not in names:
                self.unknown(given, path)
            elif inner is not None:
                found[names[given]] = self.field(fields[names[given]], inner, f"{path}.{snake(names[given])}".lstrip("."), given, path)
        return found

    def field(self, kind, value, path, given, above):
        if kind.endswith("*"):
            items = value if isinstance(value, list) else [value]
            return [self.one(kind[:-1], item, f"{path}[{number}]") for number, item in enumerate(items)]
        if kind.endswith("{}"):
            if not isinstance(value, dict):
                self.wrong(path, "Map", json.dumps(value))
                return {}
            return {name: self.one(kind[:-2], inner, f"{path}[{number}].value") for number, (name, inner) in enumerate(value.items())}
        if isinstance(value, list) and kind != "Value":
            self.unknown(given, above, "Proto field is not repeating, cannot start list.")
            return None
        return self.one(kind, value, path)

    def one(self, kind, value, path):
        if kind in self.messages:
            if isinstance(value, dict):
                return self.message(kind, value, path)
            self.wrong(path, f"type.googleapis.com/{self.package}.{kind}", json.dumps(value))
            return {}
        if kind in ENUMS:
            return self.enumerator(kind, value, path)
        if kind == "Value" or kind == "Struct" and isinstance(value, dict):
            return value
        if isinstance(value, dict):
            above, _, name = path.rpartition(".")
            self.wrong(above, name, "Starting an object on a scalar field")
        elif not scalar(kind, value):
            shown = "type.googleapis.com/google.protobuf.Struct" if kind == "Struct" else f"TYPE_{kind.upper()}"
            self.wrong(path, shown, json.dumps(value))
        return int(value) if kind in LIMITS and scalar(kind, value) else value

    def enumerator(self, kind, value, path):
        if isinstance(value, str) and value.upper() in ENUMS[kind]:
            return value.upper()
        self.wrong(path, f"type.googleapis.com/{self.package}.{kind}", json.dumps(value))
        return ENUMS[kind][0]


def scalar(kind, value):
    """Whether a JSON value can stand for a scalar of this kind: numbers may come as strings, and nothing else is that patient."""
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if kind == "string":
        return isinstance(value, str)
    if kind == "bytes":
        try:
            return isinstance(value, str) and base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True) is not None
        except binascii.Error:
            return False
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return kind not in LIMITS or number == int(number) and -LIMITS[kind] <= number < LIMITS[kind]


# --- What is well-formed and still refused ------------------------------------------------------------------------------------

def content_faults(contents, path, roles):
    for number, content in enumerate(contents):
        if content.get("role", roles[0]) not in roles:
            raise invalid("Please use a valid role: user, model.")
        if not content.get("parts"):
            yield f"{path}[{number}].parts: contents.parts must not be empty."
        for index, part in enumerate(content.get("parts") or []):
            if not set(part) - {"thought", "thoughtSignature"}:
                yield f"{path}[{number}].parts[{index}].data: required oneof field 'data' must have one initialized field"


def check_turns(request, api, model):
    """Who may speak, in which order, and what a call of a function must bring back."""
    contents = request.get("contents") or []
    if api == "vertex" and any("role" not in content for content in contents):
        raise invalid("Please use a valid role: user, model.")
    faults = [] if contents else ["GenerateContentRequest.contents: contents is not specified"]
    faults += content_faults(contents, "GenerateContentRequest.contents", ("user", "model", "function"))
    system = request.get("systemInstruction")
    if system is not None:  # whatever its role says
        faults += [fault.replace("[0]", "", 1) for fault in
                   content_faults([{"parts": system.get("parts")}], "GenerateContentRequest.system_instruction", (None,))]
    if faults:
        raise invalid("".join(f"* {fault}\n" for fault in faults))
    if contents[-1].get("role") == "model":
        raise invalid("Please ensure that single turn requests end with a user role or the role field is empty.")
    for content in contents:
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls and model.generation >= 3 and "thoughtSignature" not in calls[0]:
            raise invalid("Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
                          f"correctly. Function call `{calls[0]['functionCall'].get('name')}`.")


def check_thinking(thinking, model):
    if "thinkingLevel" in thinking and "thinkingBudget" in thinking:
        raise invalid("You can only set only one of thinking budget and thinking level.")
    level, budget = thinking.get("thinkingLevel"), thinking.get("thinkingBudget")
    if level is not None and not model.levels:
        raise invalid("Thinking level is not supported for this model.")
    if level is not None and level not in model.levels:
        raise invalid(f"Thinking level {level} is not supported for this model.")
    least, most = model.budget
    if budget is not None and budget != -1 and not (least <= budget <= most or budget == 0 and model.can_rest):
        raise invalid(f"The thinking budget {budget} is invalid. Please choose a value between {least} and {most}.")


def check_schema(config):
    if "responseSchema" in config and "responseJsonSchema" in config:
        raise invalid("Only one of response_schema and response_json_schema may be set.")
    schema = config.get("responseSchema", config.get("responseJsonSchema"))
    if schema is None:
        return
    if config.get("responseMimeType", "text/plain") not in ("application/json", "text/x.enum"):
        raise invalid(f"Response_schema with a response mime type '{config.get('responseMimeType', 'text/plain')}' is unsupported.")
    if "responseSchema" in config:
        faults = list(proto_schema_faults(schema, "GenerateContentRequest.generation_config.response_schema"))
    else:
        faults = list(json_schema_faults(schema, "GenerateContentRequest.generation_config.response_json_schema"))
    if faults:
        raise invalid("".join(f"* {fault}\n" for fault in faults))
    if has_too_many_states(schema):
        raise invalid(TOO_MANY_STATES)


def check_ranges(config, model):
    """Sampling is configured on models before the third generation alone; later ones take the fields, and ignore them."""
    most = model.output_limit
    if not 1 <= config.get("maxOutputTokens", 1) <= most:
        raise invalid(f"Unable to submit request because it has a maxOutputTokens value of {config['maxOutputTokens']} but the supported "
                      f"range is from 1 (inclusive) to {most + 1} (exclusive). Update the value and try again.")
    if model.generation < 3 and not 0 <= config.get("temperature", 0) <= 2:
        raise invalid(f"Unable to submit request because it has a temperature value of {config['temperature']} but the supported range is "
                      "from 0 (inclusive) to 2.0 (inclusive). Update the value and try again.")
    if config.get("responseMimeType") not in (None, "text/plain", "application/json", "text/x.enum"):
        raise invalid(f"* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are `text/plain`, "
                      "`application/json`, `application/xml`, `application/yaml` and `text/x.enum`.\n")


def check_tools(request, config, model):
    names = []
    for number, tool in enumerate(request.get("tools") or []):
        for index, declaration in enumerate(tool.get("functionDeclarations") or []):
            path = f"GenerateContentRequest.tools[{number}].function_declarations[{index}]"
            names.append(declaration.get("name", ""))
            if not FUNCTION_NAME.fullmatch(names[-1]):
                raise invalid(f"* {path}.name: [Invalid function name. Must start with a letter or an underscore.]\n")
            faults = list(proto_schema_faults(declaration["parameters"], path + ".parameters")) if "parameters" in declaration else []
            if faults:
                raise invalid("".join(f"* {fault}\n" for fault in faults))
    if request.get("tools") and config.get("responseMimeType") == "application/json" and model.generation < 3:
        raise invalid("Function calling with a response mime type: 'application/json' is unsupported")


def no_number(word):
    raise ValueError(f"{word} is no JSON")


def parse_json(body):
    """Any JSON, as the vendor refuses what is none."""
    try:
        return json.loads(body, parse_constant=no_number)
    except UnicodeDecodeError:
        raise invalid("Invalid JSON payload received. Invalid UTF-8 string.") from None
    except ValueError as wrong:
        at = getattr(wrong, "pos", 0)
        text = body.decode(errors="replace")
        why = "Unexpected end of string. Expected a value." if at >= len(text.rstrip()) else "Unexpected token."
        raise invalid(f"Invalid JSON payload received. {why}\n{text[max(at - 20, 0):at + 20]}\n{' ' * min(at, 20)}^") from None


def read(body, api, kind="GenerateContentRequest"):
    """The request with its names in camel case; `api` is v1beta, v1 or vertex."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    reader = Reader(api)
    request = reader.message(kind, value, "")
    if reader.faults:
        raise Refusal(400, "INVALID_ARGUMENT", "\n".join(text for _, text in reader.faults), [bad_request(reader.faults)])
    return request


def check(request, api, model):
    """Everything that is wrong with a request although it can be read."""
    config = request.get("generationConfig") or {}
    check_turns(request, api, model)
    check_thinking(config.get("thinkingConfig") or {}, model)
    check_ranges(config, model)
    check_schema(config)
    check_tools(request, config, model)
