"""Components in models.yaml, in `who` and in `models`: read, complained about by place, shown the last change first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.registries.file import FileRegistry, parse
from bot.requests import Models, Who
from bot.sync import sync
from storage.transaction import Storage
from tests.bot.registries.test_who import NOON, ask, shown

LISTED = """\
models:
  support-assistant:
    tier: 1
    mode: llm
    components:
      - {kind: provider-model, name: hosted-llm, version: b, previous: a, changed_at: 2026-09-01}
      - kind: prompt
        name: answer-prompt
        version: 14
        previous: "13"
        changed_at: 2026-11-12T10:00:00Z
        where: https://git.example.com/prompts/answer.md
        roll_back: set <prompt.answer> to 13
"""


def faults(part: str) -> list[str]:
    text = f"models:\n  m:\n    components:\n      - {part}\n"
    return [str(fault) for fault in parse(text, "models.yaml", now=NOON).faults]


def test_a_component_is_a_row_with_its_kind_name_versions_and_the_way_back() -> None:
    found = parse(LISTED, "models.yaml", now=NOON)
    assert found.faults == []
    rows = found.cards[0].records("components")
    assert rows[0]["changed_at"] == "2026-09-01"
    assert (rows[1]["version"], rows[1]["roll_back"]) == ("14", "set <prompt.answer> to 13")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("{kind: promt, name: a}", "models.m.components[0].kind: “promt” is not allowed here; did you mean “prompt”?"),
        ("{kind: prompt, name: a, versoin: 1}", "“versoin” is not allowed here; did you mean “version”?"),
        ("{kind: prompt}", "the kind and the name are needed"),
        ("{name: a}", "the kind and the name are needed"),
        ("just words", "expected fields: kind, name, version, previous, changed_at, where, roll_back"),
        ("{kind: flag, name: a, where: the wiki}", "expected a link"),
        ("{kind: flag, name: a, changed_at: yesterday}", "expected a time with its zone"),
    ],
)  # fmt: skip
def test_a_component_that_cannot_be_used_is_named_by_its_place(part: str, said: str) -> None:
    (fault,) = faults(part)
    assert said in fault, fault
    assert re.match(r"models\.yaml:4:\d+: models\.m\.components\[0\]", fault)


def test_who_shows_every_component_with_the_way_back_the_last_change_first(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(LISTED, "utf-8")
    sync(storage, [FileRegistry(tmp_path / "models.yaml")], NOON)
    answer = ask(storage, Who(model="support-assistant"))
    prompt = (
        "*Prompt* `answer-prompt` 14 since 2026-11-12, before 13 · changed in "
        "<https://git.example.com/prompts/answer.md|git.example.com/prompts/answer.md> · "
        "roll back: set &lt;prompt.answer&gt; to 13  _models.yaml, just now_"
    )
    model = "*Provider's model* `hosted-llm` b since 2026-09-01, before a · roll back: UNKNOWN"
    for text in (answer.text, shown(answer)):
        assert prompt in text
        assert text.index(prompt) < text.index(model)
        assert "*Serving version* as its components say" in text
        assert "*Rollback version* as its components say" in text
    undocumented = answer.text.partition("*Undocumented* ")[2]
    assert "Owner" in undocumented
    assert not re.search("Serving version|Rollback version|Components", undocumented)
    assert "serving as its components say" in ask(storage, Models(mine=False)).text
