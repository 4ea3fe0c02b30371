"""The JSON Schema of models.yaml (draft-07, which editors understand), made from the table of fields."""

from __future__ import annotations

from typing import Any, Final

from bot.registries.entries import FAMILIES, MEMBER, MOST, RECORDS
from bot.registries.values import LONGEST
from playbooks.components import COMPONENT, KINDS, MEANS
from playbooks.fields import EVERY_MODE, FIELDS, POC_TEAMS, FieldSpec
from playbooks.lifecycle import Mode

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": ["string", "integer"], "maxLength": LONGEST}
_LINK: Final[Schema] = {"type": "string", "pattern": r"^\s*https?://[^\s/@][^\s@]*\s*$|^\s*https?://[^\s/@]+/\S*\s*$"}
_DATE: Final[Schema] = {"type": "string", "pattern": r"^\s*\d{4}-?\d{2}-?\d{2}\s*$|^\s*\d{4}-?W\d{2}(-?\d)?\s*$"}
_ONE: Final[dict[str, Schema]] = {
    "text": _TEXT,
    "version": _TEXT,
    "person": {**_TEXT, "pattern": "^[^,]*$"},
    "link": _LINK,
    "date": _DATE,
    "moment": {"type": "string", "pattern": r"^\s*\d{4}-?(\d{2}-?\d{2}|W\d{2})"},
    "duration": {"type": ["string", "integer"]},
    "tier": {"enum": [0, 1, 2, 3, "0", "1", "2", "3"]},
    "mode": {"enum": [mode.value for mode in Mode]},
    "component": {"enum": list(KINDS)},
}
_MANY: Final[dict[str, Schema]] = {
    "people": _TEXT,
    "list": _TEXT,
    "links": _LINK,
}


def card_schema() -> Schema:
    """What `registry schema` prints: for a whole catalogue, and for a file that is the card of one model."""
    name = {"type": "string", "minLength": 1, "maxLength": 200, "description": "The name that people type."}
    fields = {key: schema for spec in FIELDS if spec.key != "aliases" for key, schema in _properties(spec).items()}
    member = MEMBER.pattern
    families = {
        f"^{family}\\.{member}$": _described(spec, _value(spec)) for family, spec in FAMILIES.items()
    }  # such as poc.pricing
    card: Schema = {
        "type": "object",
        "properties": fields,
        "patternProperties": families,
        "additionalProperties": False,
    }
    named: Schema = {**card, "properties": {"name": name, **fields}}
    models: Schema = {
        "description": "One entry for each model: its name, and its fields below it.",
        "anyOf": [
            {"type": ["object", "null"], "additionalProperties": {"$ref": "#/definitions/card"}},
            {"type": "array", "items": {"allOf": [{"$ref": "#/definitions/named"}, {"required": ["name"]}]}},
        ],
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Model cards of ml-incident",
        "description": "models.yaml, or a file of a folder of model cards.",
        "type": "object",
        "if": {"required": ["models"]},
        "then": {"properties": {"models": models}, "additionalProperties": False},
        "else": {"$ref": "#/definitions/named"},
        "definitions": {"card": card, "named": named},
    }


def _properties(spec: FieldSpec) -> dict[str, Schema]:
    if not spec.is_pattern:
        return {spec.key: _described(spec, _value(spec))}
    family = spec.key.removesuffix(".*")
    teams = {team: {**_value(spec), "title": title} for team, title in POC_TEAMS.items()} if family == "poc" else {}
    below: Schema = {
        "type": ["object", "null"],
        "properties": teams,
        "patternProperties": {f"^{MEMBER.pattern}$": _value(spec)},
        "additionalProperties": False,
    }
    return {family: _described(spec, below)}


def _value(spec: FieldSpec) -> Schema:
    if spec.kind == "records":
        cells, needed = RECORDS[spec.key]
        means = MEANS if cells is COMPONENT else {}
        row = {name: _meant(means.get(name), {"anyOf": [_ONE[kind], {"type": "null"}]}) for name, kind in cells.items()}
        item: Schema = {"type": "object", "properties": row, "required": [*needed], "additionalProperties": False}
        return {"anyOf": [{"type": "array", "items": item}, {"type": "null"}]}
    if spec.kind in _MANY:
        one = _MANY[spec.kind]
        several: Schema = {"type": "array", "items": one, "maxItems": MOST}
        return {"anyOf": [{"type": ["string", "integer"]}, several, {"type": "null"}]}
    return {"anyOf": [_ONE[spec.kind], {"type": "null"}]}


def _described(spec: FieldSpec, schema: Schema) -> Schema:
    return {"title": spec.title, "description": f"{_sentence(spec.good_for)} {_needed(spec)}".strip(), **schema}


def _meant(said: str | None, schema: Schema) -> Schema:
    return {"description": said, **schema} if said else schema


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _needed(spec: FieldSpec) -> str:
    if not spec.tiers:
        return ""
    tiers = "every tier" if len(spec.tiers) == 4 else f"tiers {' and '.join(str(tier) for tier in sorted(spec.tiers))}"
    modes = "" if spec.modes == EVERY_MODE else f" ({', '.join(sorted(spec.modes))})"
    return f"Needed for {tiers}{modes}."
