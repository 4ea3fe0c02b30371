"""While the digest of a large catalogue is made, whoever has something to write comes in between."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from bot.incidents import digest, reminding
from bot.incidents.desk import Desk
from bot.incidents.reminding import remind_due
from playbooks.card import Fact, ModelCard
from storage import catalogue, outbox
from storage.models import Reminder
from storage.transaction import Transaction
from tests.bot.reviews.test_digest import MONDAY, keep, monday, team
from tests.bot.runs.team import START, Team

__all__ = ["team"]
PARTS = 60


def test_what_it_says_waits_for_whatever_else_is_owed(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    monday(team)
    said = team.owed("SayInDigestChannel", "Tell")
    assert len(said) >= 2
    for row in said:
        assert row.priority >= outbox.UNHURRIED
        assert row.stream == row.key, "and what else is said there does not wait for it"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_waits_for_more_than_the_part_at_hand(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite lets one write at a time, and the lock for it goes to whoever asks first: often to who has just left."""
    monkeypatch.setattr(digest, "AT_ONCE", 10)
    monkeypatch.setattr(digest, "MODELS_AT_ONCE", 5)
    monkeypatch.setattr(reminding, "BREATH_S", 20 * reminding.BREATH_S)  # a busy machine wakes nobody in time
    cards = [ModelCard(f"m-{number:04}", {"tier": Fact("1", "models.yaml", START)}) for number in range(5 * PARTS)]
    with team.storage.transaction() as tx:
        catalogue.keep(tx, *cards, now=START)
    team.now = MONDAY
    remind_due(team.storage, lambda tx: team.desk(tx, ""), now=team.now)  # promises the parts
    begun, over = threading.Semaphore(0), threading.Event()
    parts, came_after = [0], list[int]()

    def part(tx: Transaction) -> Desk:
        parts[0] += 1
        begun.release()
        return team.desk(tx, "")

    def others() -> None:
        while begun.acquire(timeout=20) and not over.is_set():
            asked_in = parts[0]
            with team.storage.transaction(patient=True) as tx:  # as the worker writes
                ended = select(func.count()).where(
                    Reminder.key.startswith("digest:look:"), Reminder.ended_at.is_not(None)
                )
                came_after.append((tx.session.scalar(ended) or 0) - asked_in)

    writer = threading.Thread(target=others)
    writer.start()
    remind_due(team.storage, part, now=team.now)
    over.set()
    begun.release()
    writer.join(20)
    assert len(came_after) >= PARTS
    assert set(came_after[:PARTS]) == {0}, "asked while a part was made, and there as soon as it was"
