"""Asking for a playbook's picture: by the word or by the button, for whatever is walked, else what was walked last."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.incidents.picturing import Pictured, pictured
from playbooks.lifecycle import RuleBroken
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, LEE, Team, button_of, library_of

WALK = """
steps:
  - {id: look, title: "Look at {model.title} <!channel>", do: Look, role: poc:product}
  - {id: first, kind: include, title: The first, playbook: inner}
  - {id: end, kind: end, title: Done}
"""
INNER = """
steps:
  - {id: one, title: One, do: One}
  - {id: end, kind: end, title: Inner end}
"""


@pytest.fixture
def team(storage: Storage, tmp_path: Path) -> Team:
    return Team(storage, library=library_of(tmp_path / "own", walk=WALK, inner=INNER), playbook="walk")


def owed(team: Team) -> list[tuple[int, str]]:
    """(run, who asked) of each picture owed."""
    return [(row.payload["run_id"], row.payload["asked_by"]) for row in team.owed("UploadPicture")]


def picture_of(team: Team, *, at: int = -1) -> Pictured:
    with team.storage.reading() as tx:
        incident = team.incident()
        shown = pictured(team.desk(tx, ""), incident, team.runs()[at].id)
    assert shown is not None
    return shown


def test_the_word_and_the_button_have_the_picture_of_what_is_walked_posted(team: Team) -> None:
    run = team.runs()[-1].id
    answer = team.type(LEE, "step picture")
    assert answer.text == "A picture of the playbook follows in the channel, with the path taken so far."
    assert owed(team) == [(run, LEE)]
    team.settle()
    button = button_of(team.type(ANA, "step").blocks or [], "Picture for the channel")
    team.click(ANA, button["action_id"], button["value"])
    assert owed(team) == [(run, LEE), (run, ANA)]


def test_a_picture_says_where_the_run_stands_and_mentions_nobody(team: Team) -> None:
    before = picture_of(team)
    assert before.name.startswith(f"playbook-INC-{team.id}-walk")
    assert before.comment.startswith(
        "*The walk playbook*: Nothing done yet. Now at step 1 of 3: “Look at Fraud scoring &lt;!channel&gt;”"
    )
    team.press(ANA, "Done")
    inside = picture_of(team)
    assert inside.picture.said == "1 step done. Now at step 3 of 5: “One” (task)."
    team.press(ANA, "Done")
    assert picture_of(team).picture.said == "2 steps done. The run is over: “Done”."


def test_what_was_walked_last_is_shown_when_nothing_is_walked_any_more(team: Team) -> None:
    team.press(ANA, "Done")
    team.press(ANA, "Done")
    team.type(LEE, "step picture")
    assert owed(team) == [(team.runs()[-1].id, LEE)]


def test_a_run_that_another_took_over_from_stands_nowhere(team: Team) -> None:
    team.type(ERIK, "resolve it was the feature store")
    assert "Now at" not in picture_of(team).picture.said
    assert picture_of(team).picture.said.endswith("The run is over.")


def test_without_any_playbook_one_is_told_how_to_start_one(storage: Storage, tmp_path: Path) -> None:
    library = library_of(tmp_path / "own", walk=WALK, inner=INNER)
    bare = Team(storage, library=type(library)({}))
    with pytest.raises(RuleBroken, match="No playbook has been started here"):
        bare.type(LEE, "step picture")
