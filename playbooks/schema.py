"""The JSON Schema of a playbook (draft-07, which editors understand), made from the models."""

from collections.abc import Iterator
from typing import Any, Final

from playbooks.asking import READING
from playbooks.fields import FIELDS
from playbooks.lifecycle import FAILURE_MODES, Mode, Severity
from playbooks.meanings import MEANINGS
from playbooks.model import Playbook
from playbooks.placeholders import INCIDENT, MODEL
from playbooks.steps import KINDS

Schema = dict[str, Any]

_VARS: Final = r"^vars\.[a-z][a-z0-9_]{0,39}$"
_FAMILIES: Final = r"^model\.(poc|endpoint)\..+$"
_PATH: Final = r"^/([^/\s?#\\][^\s?#\\]*)?$"
_POINTER: Final = r"^(/([^~/]|~0|~1)*)*$"
_ALONE: Final = {"enum": ["exists", "absent"]}
_ONE_OF: Final = {"check": ("http", "mlflow", "serving", "prometheus"), "action": ("http", "mlflow")}


def json_schema() -> Schema:
    """What `playbooks schema` prints: complete where an editor can help, silent on what only the linter sees."""
    schema = _draft_07(Playbook.model_json_schema(by_alias=True, mode="validation"))
    definitions: Schema = schema["definitions"]
    for name, model in {**definitions, "Playbook": schema}.items():
        for field, part in model.get("properties", {}).items():
            model["properties"][field] = _explained(part, MEANINGS.get(name, {}).get(field))
    _refine(definitions)
    _refine_steps(definitions)
    schema["properties"]["vars"]["additionalProperties"] = False
    schema["properties"]["steps"]["items"] = _any_step(definitions)
    definitions["Variable"]["properties"]["from"] |= {"anyOf": [_fact(), {"type": "null"}]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "A playbook of ml-incident",
    }


def _any_step(definitions: Schema) -> Schema:
    """One step. Its kind decides what else it may hold, so that an editor completes and reports just that."""
    by_kind = {part["properties"]["kind"]["const"]: name for name, part in definitions.items() if _is_step(part)}
    described = {key: definitions["TaskStep"]["properties"][key] for key in ("id", "title")}
    what = " · ".join(f"{kind}: {definitions[by_kind[kind]]['description'].splitlines()[0]}" for kind in KINDS)
    kind = {"enum": list(KINDS), "description": f"{MEANINGS['TaskStep']['kind']} {what}"}
    return {
        "type": "object",
        "properties": {**described, "kind": kind},
        "required": ["id", "title"],
        "allOf": [
            {
                "if": {
                    "properties": {"kind": {"const": kind}},
                    **({} if kind == "task" else {"required": ["kind"]}),  # one without a kind is a task
                },
                "then": {"$ref": f"#/definitions/{by_kind[kind]}"},
            }
            for kind in KINDS
        ],
    }


def _is_step(part: Schema) -> bool:
    return "const" in part.get("properties", {}).get("kind", {})


def _refine_steps(definitions: Schema) -> None:
    """What holds between the fields of a step."""
    definitions["When"] = _when()
    for part in filter(_is_step, list(definitions.values())):
        kind = part["properties"]["kind"]["const"]
        if "when" in part["properties"]:
            part["properties"]["when"] = _explained({"$ref": "#/definitions/When"}, MEANINGS["TaskStep"]["when"])
        if kind in _ONE_OF:
            part["oneOf"] = [_given(name) for name in _ONE_OF[kind]]
    reading = {"properties": {"method": {"enum": list(READING)}}}
    definitions["CheckStep"]["properties"]["http"]["anyOf"] = [
        {"allOf": [{"$ref": "#/definitions/HttpCall"}, reading]},
        {"type": "null"},
    ]
    told = {"required": ["cannot_tell"], "properties": {"cannot_tell": {"const": True}}}
    definitions["DecisionStep"]["properties"]["options"]["contains"] = told
    definitions["Option"]["properties"]["sets"] |= {
        "properties": {"failure_mode": {"enum": list(FAILURE_MODES)}},
        "patternProperties": {_VARS: {"type": "string"}},
        "additionalProperties": False,
    }
    definitions["Evidence"] |= {
        "if": {"properties": {"kind": {"const": "choice"}}, "required": ["kind"]},
        "then": {"required": ["choices"]},
    }


def _refine(definitions: Schema) -> None:
    """What holds between the fields of a request and of what is expected."""
    for name in ("Request", "HttpCall", "Before"):
        definitions[name]["properties"]["path"]["pattern"] = _PATH
    definitions["Before"]["properties"]["pointer"]["pattern"] = _POINTER
    definitions["Expected"] |= {
        "if": {"properties": {"op": _ALONE}, "required": ["op"]},
        "then": {"properties": {"value": {"type": "null"}}},
        "else": _given("value"),
    }
    http = definitions["HttpExpected"]
    http["properties"]["pointer"]["anyOf"][0]["pattern"] = _POINTER
    http["dependencies"] = {"op": ["pointer"]}
    http |= {"if": _given("value"), "then": {"required": ["pointer"]}}


def _given(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _when() -> Schema:
    values: dict[str, list[str]] = {
        "model.tier": ["0", "1", "2", "3", "unknown"],
        "model.mode": [*(one.value for one in Mode), "unknown"],
        "incident.severity": [one.value for one in Severity],
        "incident.failure_mode": list(FAILURE_MODES),
    }
    titles = {f"model.{field.key}": field.title for field in FIELDS if not field.is_pattern}
    titles |= {"incident.severity": "Severity", "incident.failure_mode": "Failure mode"}
    return {
        "type": "object",
        "properties": {
            key: {**_one_or_many({"enum": values[key]} if key in values else {"type": "string"}), "description": title}
            for key, title in titles.items()
        },
        "patternProperties": {_VARS: _one_or_many({"type": "string"}), _FAMILIES: _one_or_many({"type": "string"})},
        "additionalProperties": False,
    }


def _one_or_many(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _fact() -> Schema:
    facts = [*(f"model.{one}" for one in MODEL), *(f"model.{field.key}" for field in FIELDS if not field.is_pattern)]
    known = [*facts, *(f"incident.{one}" for one in INCIDENT)]
    return {"anyOf": [{"enum": known}, {"type": "string", "pattern": _FAMILIES}]}


def _explained(part: Schema, said: str | None) -> Schema:
    """The field with what it is for, without what says nothing: a title made of its name, a default of nothing."""
    default = part.get("default")
    left_out = {"title", *(["default"] if default is None or isinstance(default, dict) else [])}
    bare = {key: value for key, value in part.items() if key not in left_out}
    if "$ref" in bare and said:
        bare = {"allOf": [{"$ref": bare["$ref"]}]}  # draft-07 ignores what stands beside a $ref
    return {**({"description": said} if said else {}), **bare}


def _draft_07(part: Any) -> Any:
    """Draft 2020-12, as pydantic writes it, moved back: definitions have another name, tuples another keyword."""
    if isinstance(part, list):
        return [_draft_07(one) for one in part]
    if not isinstance(part, dict):
        return part
    return dict(_moved(part))


def _moved(part: Schema) -> Iterator[tuple[str, Any]]:
    renamed = {"$defs": "definitions", "prefixItems": "items"}
    for key, value in part.items():
        if key == "$ref":
            moved = value.replace("#/$defs/", "#/definitions/")
            # Draft-07 ignores what stands beside a $ref.
            yield ("$ref", moved) if len(part) == 1 else ("allOf", [{"$ref": moved}])
        elif key != "discriminator":
            yield renamed.get(key, key), _draft_07(value)
