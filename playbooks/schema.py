"""The JSON Schema of a playbook (draft-07, which editors understand), made from the models."""

from typing import Any

from playbooks.model import Playbook


def json_schema() -> dict[str, Any]:
    """What `playbooks schema` prints: complete where an editor can help, silent on what only the linter sees."""
    schema = _draft_07(Playbook.model_json_schema(by_alias=True, mode="validation"))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "A playbook of ml-incident",
    }


def _draft_07(part: Any) -> Any:
    """Draft 2020-12, as pydantic writes it, moved back: definitions have another name, tuples another keyword."""
    if isinstance(part, list):
        return [_draft_07(one) for one in part]
    if not isinstance(part, dict):
        return part
    renamed = {"$defs": "definitions", "prefixItems": "items"}
    moved = {renamed.get(key, key): _draft_07(value) for key, value in part.items() if key != "discriminator"}
    if isinstance(moved.get("$ref"), str):
        moved["$ref"] = moved["$ref"].replace("#/$defs/", "#/definitions/")
        # Draft-07 ignores what stands beside a $ref.
        beside = {key: value for key, value in moved.items() if key != "$ref"}
        return {**beside, "allOf": [{"$ref": moved["$ref"]}]} if beside else moved
    return moved
