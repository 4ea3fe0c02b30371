"""What an editor knows of a playbook: a schema that explains every field and reports just what is wrong."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import fastjsonschema
import pytest

from playbooks.documents import Document
from playbooks.judging import judge_document
from playbooks.lifecycle import FAILURE_MODES
from playbooks.load import shipped_library
from playbooks.pir import PIR_FIELDS
from playbooks.reading import read_yaml
from playbooks.schema import json_schema
from playbooks.steps import KINDS
from tests.playbooks.draft_07 import META
from tests.playbooks.test_fuzz import WRONG, places, put
from tests.playbooks.whole import WHOLE

SCHEMA = json_schema()
VALIDATE: Callable[[Any], Any] = fastjsonschema.compile(SCHEMA, use_default=False)
DATA: Any = read_yaml(WHOLE, "f.yaml").data


def accepts(data: Any) -> bool:
    try:
        VALIDATE(data)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


def test_it_is_a_schema_of_draft_07_and_holds_nothing_of_a_later_one() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    fastjsonschema.compile(META)(SCHEMA)
    assert not {"$defs", "prefixItems", "discriminator", "dependentRequired", "unevaluatedProperties"} & set(
        json.dumps(SCHEMA).split('"')
    )
    assert all(list(part) == ["$ref"] for part in parts(SCHEMA) if "$ref" in part), "draft-07 ignores what is beside it"
    broken = copy.deepcopy(SCHEMA)
    broken["definitions"]["Timer"]["properties"]["id"]["maxLength"] = "many"
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fastjsonschema.compile(META)(broken)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def test_it_accepts_every_shipped_playbook_and_one_with_every_field() -> None:
    VALIDATE(DATA)
    for source in shipped_library().sources.values():
        VALIDATE(read_yaml(source.content, source.file).data)


def test_it_accepts_whatever_the_linter_accepts() -> None:
    text = json.dumps(DATA)
    refused = []
    for path in places(DATA):
        for wrong in WRONG:
            if not path or path[-1] in {"required", "ends_run", "cannot_tell"}:
                continue  # the linter forgives a 1 or “yes” there
            data = put(json.loads(text), path, lambda at, key, new=wrong: at.__setitem__(key, new))  # type: ignore[misc]
            if not judge_document(Document("f.yaml", data), b"").faults and not accepts(data):
                refused.append((path, wrong))
    assert refused == []


def test_every_field_says_what_it_is_for() -> None:
    silent = [
        (name, field)
        for name, part in {**SCHEMA["definitions"], "Playbook": SCHEMA}.items()
        for field, about in part.get("properties", {}).items()
        if len(about.get("description", "")) < (3 if name == "When" else 15)
    ]
    assert silent == []


def test_an_editor_can_complete_the_words_that_are_fixed() -> None:
    words = json.dumps(SCHEMA)
    for known in (*PIR_FIELDS, *FAILURE_MODES, *KINDS, "triage", "poc:", "at-once", "one-of", "model.poc.dsp", "vars"):
        assert f'"{known}' in words or known in {"poc:", "vars"}
    assert SCHEMA["definitions"]["When"]["properties"]["model.mode"]["anyOf"][0]["enum"][0] == "online"
    assert "model.rollback" in json.dumps(SCHEMA["definitions"]["Variable"]["properties"]["from"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Everything at once", "titel: x"),
        ("version: \"1.0.0\"", "version: 1.0"),
        ("kind: task", "kind: tusk"),
        ("kind: wait, ", "kind: wait, ask: x, "),
        ("    ask: Is it?\n", ""),
        (", cannot_tell: true", ""),
        ("failure_mode: bad-data, vars", "failure_mode: bad, vars"),
        ("vars.shown: much", "shown: much"),
        ("      method: GET", "      method: POST"),
        ("      method: GET", "      url: https://x.example.com"),
        ("path: /models/{model.name}/status", "path: https://x.example.com"),
        ("pointer: /models/0/version, ", ""),
        ("op: at-most, value: 0.01", "op: at-most"),
        ("op: at-most, value: 0.01", "op: exists, value: 1"),
        ("op: at-most", "op: below"),
        ("    on_fail: look\n  - id: alias", "  - id: alias"),
        ("    serving: {", "    mlflow: {expect: {value: 1}}\n    serving: {"),
        ("    approval: [anyone]\n", ""),
        ("    reversible: minutes\n", ""),
        ("    undo: Move it back.\n", ""),
        ("approval: [anyone]", "approval: [boss]"),
        ("pir_field: impact", "pir_field: impct"),
        ("kind: choice, choices: [a, b]", "kind: choice"),
        ("phase: triage", "phase: begin"),
        ("role: poc:ds", "role: boss"),
        ("model.tier: [\"0\", \"1\"]", "model.tier: [\"9\"]"),
        ("model.mode: online", "model.mood: online"),
        ("from: model.rollback", "from: model.rolback"),
        ("after: 30m", "after: soon"),
        ("until: mitigated", "until: mended"),
        ("last_good: {from", "Last-Good: {from"),
        ("review_by: 2027-05-01", "review_by: soon"),
    ],
)  # fmt: skip
def test_it_refuses_what_it_can_see(old: str, new: str) -> None:
    assert old in WHOLE
    data = read_yaml(WHOLE.replace(old, new), "f.yaml").data
    assert data is not None
    assert not accepts(data)


def test_a_fault_in_a_step_is_told_of_its_own_kind_and_not_of_seven() -> None:
    data = json.loads(json.dumps(DATA))
    data["steps"][2]["colour"] = "red"
    with pytest.raises(fastjsonschema.JsonSchemaException) as told:
        VALIDATE(data)
    assert told.value.path == ["data", "steps", "2"]
    assert "colour" in told.value.message
    assert "oneOf" not in told.value.message
