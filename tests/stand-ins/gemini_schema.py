# SPDX-License-Identifier: Apache-2.0
"""The schemas that a request to Gemini may carry: which of them are served, which values they allow, and one value that they allow.

Two dialects: responseSchema is a protocol buffer and a subset of OpenAPI (types in capitals, int64 as strings, nullable), while
responseJsonSchema and OpenAI's response_format are JSON Schema. What both say is judged by the same code.
"""
import json
import math
import re

BOUNDS = {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties", "minimum", "maximum", "pattern"}
# Measured by others on 3.5-flash and 2.5-flash: 6,282 bytes are served, 8,676 are not.
SERVED_BYTES = 7_000
STRING_FORMATS, NUMBER_FORMATS, INTEGER_FORMATS = {"enum", "date-time"}, {"float", "double"}, {"int32", "int64"}
JSON_SCHEMA_KEYS = {"$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems",
                    "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required",
                    "propertyOrdering"}
TOO_MANY_STATES = (
    "The specified schema produces a constraint that has too many states for serving.  Typical causes of this error are schemas with lots "
    "of text (for example, very long property or enum names), schemas with long array length limits (especially when nested), or schemas "
    "using complex value matchers (for example, integers or numbers with minimum/maximum bounds or strings with complex formats like "
    "date-time)")


def types_of(schema):
    """The types that a schema names, in small letters; none when it leaves them open."""
    named = schema.get("type") or []
    names = [name.lower() for name in ([named] if isinstance(named, str) else named)]
    return names + ["null"] if schema.get("nullable") and names else names


def branches(schema):
    """The schemas directly inside of a schema, each with the way to it as the vendor writes it."""
    for name, inner in (schema.get("properties") or {}).items():
        yield f'.properties["{name}"]', inner
    if isinstance(schema.get("items"), dict):
        yield ".items", schema["items"]
    for key in ("anyOf", "oneOf", "prefixItems"):
        for number, inner in enumerate(schema.get(key) or []):
            yield f".{'any_of' if key == 'anyOf' else key}[{number}]", inner
    for name, inner in (schema.get("$defs") or {}).items():
        yield f'.$defs["{name}"]', inner


def has_too_many_states(schema):
    """Stricter than the vendor, who counts states: here any bound is one too many, and so is a long schema."""
    def bounded(inner):
        return bool(BOUNDS & set(inner)) or any(bounded(branch) for _, branch in branches(inner))
    return bounded(schema) or len(json.dumps(schema)) > SERVED_BYTES


# --- What is wrong with a schema ----------------------------------------------------------------------------------------------

def proto_schema_faults(schema, path):
    """What the vendor says of a responseSchema that is well-formed and still makes no sense: one line a fault."""
    kinds = types_of(schema)
    kind = kinds[0] if kinds else None
    if kind is None and not schema.get("anyOf"):
        yield f"{path}.type: must be specified"
    if kind == "object" and not schema.get("properties"):
        yield f"{path}.properties: should be non-empty for OBJECT type"
    if kind != "object" and schema.get("properties"):
        yield f"{path}.properties: only allowed for OBJECT type"
    if kind == "array" and not schema.get("items"):
        yield f"{path}.items: missing field."
    yield from enum_faults(schema, kind, path)
    yield from format_faults(schema, kind, path)
    for key in ("required", "propertyOrdering"):
        for number, name in enumerate(schema.get(key) or []):
            if name not in (schema.get("properties") or {}):
                snake = "property_ordering" if key == "propertyOrdering" else key
                yield f"{path}.{snake}[{number}]: property is not defined"
    for way, inner in branches(schema):
        yield from proto_schema_faults(inner, path + way)


def enum_faults(schema, kind, path):
    if schema.get("enum") and kind != "string":
        yield f"{path}.enum: only allowed for STRING type"
    for number, value in enumerate(schema.get("enum") or []):
        if value == "":
            yield f"{path}.enum[{number}]: cannot be empty"
    if schema.get("format") == "enum" and not schema.get("enum"):
        yield f"{path}.enum: should be non-empty for the format 'enum'"


def format_faults(schema, kind, path):
    allowed = {"string": STRING_FORMATS, "number": NUMBER_FORMATS, "integer": INTEGER_FORMATS}.get(kind, set())
    if schema.get("format") and schema["format"] not in allowed:
        if kind == "string":
            yield f"{path}.format: only 'enum' and 'date-time' are supported for STRING type"
        else:
            yield f"{path}.format: '{schema['format']}' is not supported for {str(kind).upper()} type"


def json_schema_faults(schema, path):
    """What is wrong with a responseJsonSchema."""
    if not isinstance(schema, dict):
        yield f"{path}: must be an object"
        return
    for key in sorted(set(schema) - JSON_SCHEMA_KEYS):
        yield f"{path}.{key}: is not supported"
    if "$ref" in schema and set(schema) - {"$ref", "$defs", "$id", "$anchor"}:
        yield f"{path}.$ref: no other keys may stand beside it"
    for way, inner in branches(schema):
        yield from json_schema_faults(inner, path + way)


def strict_faults(schema, context=()):
    """What OpenAI's strict mode asks of each object: that all is required, and nothing else allowed."""
    where = f"In context={context!r}"
    if "object" in types_of(schema):
        if schema.get("additionalProperties") is not False:
            yield f"{where}, 'additionalProperties' is required to be supplied and to be false."
        missing = sorted(set(schema.get("properties") or {}) - set(schema.get("required") or []))
        if missing:
            yield f"{where}, 'required' is required to be supplied and to be an array including every key in properties. " \
                  f"Missing '{missing[0]}'."
    for name, inner in (schema.get("properties") or {}).items():
        yield from strict_faults(inner, (*context, "properties", name))
    if isinstance(schema.get("items"), dict):
        yield from strict_faults(schema["items"], (*context, "items"))


# --- Which values a schema allows ---------------------------------------------------------------------------------------------

def resolve(schema, root):
    """What a $ref stands for."""
    while "$ref" in schema:
        found = root
        for step in schema["$ref"].removeprefix("#").strip("/").split("/"):
            found = found[step] if step else found
        schema = found
    return schema


def type_of(value):
    return {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}[type(value)]


def is_of(value, kinds):
    kind = type_of(value)
    if kind == "number" and "integer" in kinds and math.isfinite(value) and value == int(value):
        return True
    return kind in kinds or kind == "integer" and "number" in kinds


def value_faults(value, schema, root=None, path="$"):
    """Why a value is none that a schema allows, one line a reason; nothing when it is one. What a schema does not name is forbidden:
    that is how decoding under a schema works."""
    root = schema if root is None else root
    schema = resolve(schema, root)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options and not (value is None and schema.get("nullable")):
        if all(any(value_faults(value, option, root, path)) for option in options):
            yield f"{path}: fits none of the {len(options)} alternatives"
        return
    kinds = types_of(schema)
    if kinds and not is_of(value, kinds):
        yield f"{path}: is a {type_of(value)}, not {' or '.join(kinds)}"
        return
    if schema.get("enum") and value is not None and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of the enum's values"
    yield from bound_faults(value, schema, path)
    if isinstance(value, dict):
        yield from member_faults(value, schema, root, path)
    if isinstance(value, list):
        first = schema.get("prefixItems") or []
        for number, item in enumerate(value):
            inner = first[number] if number < len(first) else schema.get("items")
            if isinstance(inner, dict):
                yield from value_faults(item, inner, root, f"{path}[{number}]")


def member_faults(value, schema, root, path):
    known = schema.get("properties") or {}
    for name in schema.get("required") or []:
        if name not in value:
            yield f"{path}: lacks {name!r}"
    for name, inner in value.items():
        extra = schema.get("additionalProperties")
        if name in known:
            yield from value_faults(inner, known[name], root, f"{path}.{name}")
        elif isinstance(extra, dict):
            yield from value_faults(inner, extra, root, f"{path}.{name}")
        elif known and extra is not True:
            yield f"{path}: has {name!r}, which the schema does not know"


def bound_faults(value, schema, path):
    sizes = {list: ("minItems", "maxItems"), str: ("minLength", "maxLength"), dict: ("minProperties", "maxProperties")}
    if type(value) in sizes:
        least, most = sizes[type(value)]
        if not int(schema.get(least) or 0) <= len(value) <= int(schema.get(most, len(value))):
            yield f"{path}: has {len(value)} elements; {schema.get(least, 0)} to {schema.get(most, 'any')} are allowed"
    elif type(value) in (int, float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is not within {schema.get('minimum', '')}..{schema.get('maximum', '')}"
    if isinstance(value, str) and schema.get("pattern") and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"


# --- A value that a schema allows ---------------------------------------------------------------------------------------------

def sample(schema, root=None):
    """A small value that the schema allows, its members in the order in which the vendor would write them."""
    root = schema if root is None else root
    schema = resolve(schema, root)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return sample(options[0], root)
    if schema.get("enum"):
        return schema["enum"][0]
    kind = (types_of(schema) or ["object" if schema.get("properties") else "string"])[0]
    if kind == "object":
        known, required = schema.get("properties") or {}, schema.get("required") or []
        order = schema.get("propertyOrdering") or [*required, *(name for name in known if name not in required)]
        return {name: sample(known[name], root) for name in order if name in known}
    if kind == "array":
        first = schema.get("prefixItems") or []
        rest = max(int(schema.get("minItems") or 1) - len(first), 0) if isinstance(schema.get("items"), dict) else 0
        return [sample(inner, root) for inner in first] + [sample(schema["items"], root) for _ in range(rest)]
    if kind in ("integer", "number"):
        return schema.get("minimum", min(1, schema.get("maximum", 1)))
    if kind == "string":
        text = "2026-01-01T00:00:00Z" if schema.get("format") == "date-time" else "stand-in"
        return text.ljust(int(schema.get("minLength") or 0), ".")[:int(schema.get("maxLength", 1_000))]
    return None if kind == "null" else False
