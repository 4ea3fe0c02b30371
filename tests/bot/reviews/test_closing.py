"""The closing criteria of a playbook in the review: who confirmed them, and which nobody has."""

from __future__ import annotations

from pathlib import Path

from storage.transaction import Storage
from tests.bot.runs.team import ERIK, KIM, Team, library_of

SHORT = """
close_when: [Nobody complains for a day, The monitor has an owner]
steps:
  - {id: one, title: One, do: x}
  - {id: end, kind: end, title: End}
"""


def test_a_criterion_that_nobody_confirmed_is_unknown_in_the_review(storage: Storage, tmp_path: Path) -> None:
    team = Team(storage, library=library_of(tmp_path / "own", short=SHORT), playbook="short")
    team.press(KIM, "Done")
    team.write_down(KIM, "Confirm", criteria=["1"])
    team.type(ERIK, "resolve the monitor was mended")
    review = team.review().markdown
    assert "- Nobody complains for a day: UNKNOWN" in review
    assert "- The monitor has an owner: confirmed by Kim Tanaka 2026-11-20 14:05 UTC" in review
