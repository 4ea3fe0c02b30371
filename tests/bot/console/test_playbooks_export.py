"""`ml-incident playbooks export --cacao` writes one JSON document, of a shipped playbook or a file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bot.console.conftest import Command

ENDS_AT_ONCE = """\
schema: ml-incident.playbook/v1
id: short
title: Short
version: "1"
owner: "@me"
review_by: 2027-05-01
steps:
  - {id: look, title: Look, do: Look.}
  - {id: end, kind: end, title: Over}
"""


def test_a_shipped_playbook_is_printed_and_what_it_refers_to_is_said_beside_it(ml_incident: Command) -> None:
    ended = ml_incident("playbooks", "export", "bad-rollout", "--cacao")
    assert ended.code == 0
    assert json.loads(ended.out)["name"] == "A new version or rollout is bad"
    assert ended.err == "It refers to the playbook “common-first-fifteen-minutes”; export that one, too.\n"


def test_a_file_is_written_to_a_file(ml_incident: Command, tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(ENDS_AT_ONCE, "utf-8")
    ended = ml_incident("playbooks", "export", "short.yaml", "--cacao", "-o", "short.json")
    assert (ended.code, ended.out, ended.err) == (0, "Wrote short.json.\n", "")
    assert json.loads((tmp_path / "short.json").read_text("utf-8"))["spec_version"] == "cacao-2.0"


def test_what_cannot_be_exported_is_said_in_a_sentence(ml_incident: Command) -> None:
    for words, code, said in (
        (["bad-rollout"], 2, "Say in which format"),
        (["bad-rolout", "--cacao"], 1, "Did you mean “bad-rollout”?"),
        (["bad-rollout", "--cacao", "-o", "missing/x.json"], 1, "cannot be written"),
    ):
        ended = ml_incident("playbooks", "export", *words)
        assert (ended.code, ended.err.count("\n")) == (code, 1)
        assert said in ended.err
