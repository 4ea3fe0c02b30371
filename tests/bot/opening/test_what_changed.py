"""The card answers “what changed?” where an alias was seen to move shortly before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.effects import DrawCard
from bot.incidents import cards
from storage import registries
from storage.transaction import Storage
from tests.bot.opening.company import NOW, at_desk, change, declared

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _lead(storage: Storage, number: int) -> str:
    with at_desk(storage, "") as desk:
        drawing = cards.draw_card(desk, DrawCard(incident_id=number))
    assert drawing is not None
    return str(drawing.blocks[1]["text"]["text"])


def _seen(storage: Storage, version: str, minutes_before: int) -> None:
    at = NOW - timedelta(minutes=minutes_before)
    with at_desk(storage, "") as desk:
        registries.note_aliases(desk.tx, "mlflow", {"fraud-scorer": {"champion": version}}, now=at)


def test_the_card_says_which_version_began_to_serve_and_how_long_before(office: Storage) -> None:
    _seen(office, "<7>", 3000)
    _seen(office, "8", 90)
    number = declared(office, model="fraud-scorer")

    moved = "*What changed* champion moved from &lt;7&gt; to 8"
    assert f"{moved}, 1 hour 30 minutes before this was opened (mlflow)" in _lead(office, number)
    change(office, number, first_bad_at=NOW - timedelta(minutes=48))
    assert f"{moved}, 42 minutes before the first bad prediction (mlflow)" in _lead(office, number)


def test_a_card_is_silent_where_nothing_was_seen_to_move(office: Storage) -> None:
    _seen(office, "7", 60)

    assert "What changed" not in _lead(office, declared(office, model="fraud-scorer"))
