"""The schema of JSON Schemas, draft-07, as http://json-schema.org/draft-07/schema defines it."""

from typing import Any

_ONE: dict[str, Any] = {"$ref": "#"}
_COUNT: dict[str, Any] = {"$ref": "#/definitions/count"}
_MANY: dict[str, Any] = {"$ref": "#/definitions/many"}
_NAMED: dict[str, Any] = {"type": "object", "additionalProperties": _ONE}
_NAMES: dict[str, Any] = {"$ref": "#/definitions/names"}
_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "number"}

META: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "definitions": {
        "many": {"type": "array", "minItems": 1, "items": _ONE},
        "count": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]},
        "names": {"type": "array", "items": _TEXT, "uniqueItems": True},
    },
    "type": ["object", "boolean"],
    "properties": {
        "$id": _TEXT,
        "$schema": _TEXT,
        "$ref": _TEXT,
        "$comment": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "default": True,
        "readOnly": {"type": "boolean"},
        "writeOnly": {"type": "boolean"},
        "examples": {"type": "array", "items": True},
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
        "maximum": _NUMBER,
        "exclusiveMaximum": _NUMBER,
        "minimum": _NUMBER,
        "exclusiveMinimum": _NUMBER,
        "maxLength": _COUNT,
        "minLength": _COUNT,
        "pattern": {"type": "string", "format": "regex"},
        "additionalItems": _ONE,
        "items": {"anyOf": [_ONE, _MANY]},
        "maxItems": _COUNT,
        "minItems": _COUNT,
        "uniqueItems": {"type": "boolean"},
        "contains": _ONE,
        "maxProperties": _COUNT,
        "minProperties": _COUNT,
        "required": _NAMES,
        "additionalProperties": _ONE,
        "definitions": _NAMED,
        "properties": _NAMED,
        "patternProperties": {**_NAMED, "propertyNames": {"format": "regex"}},
        "dependencies": {"type": "object", "additionalProperties": {"anyOf": [_ONE, _NAMES]}},
        "propertyNames": _ONE,
        "const": True,
        "enum": {"type": "array", "items": True},
        "type": {
            "anyOf": [
                {"$ref": "#/definitions/kind"},
                {"type": "array", "items": {"$ref": "#/definitions/kind"}, "minItems": 1, "uniqueItems": True},
            ]
        },
        "format": _TEXT,
        "contentMediaType": _TEXT,
        "contentEncoding": _TEXT,
        "if": _ONE,
        "then": _ONE,
        "else": _ONE,
        "allOf": _MANY,
        "anyOf": _MANY,
        "oneOf": _MANY,
        "not": _ONE,
    },
}
