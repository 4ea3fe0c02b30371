"""What is wrong with the ownership of the models in the catalogue, each finding with the one thing to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.incidents.desk import Desk
from playbooks.card import ModelCard, missing
from storage import catalogue, people


class Gap(StrEnum):
    """The kinds of findings, the most urgent first."""

    NO_OWNER = "No owner"
    OWNER_GONE = "The owner is not in Slack any more"
    NO_POCS = "No points of contact"
    CLEANUP_LATE = "Left over from an experiment"
    NOT_REVIEWED = "Not confirmed for a long time"
    UNDOCUMENTED = "Undocumented"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong with one model."""

    gap: Gap
    model: str
    title: str
    tier: int | None
    owner: str | None
    """The Slack user id of who should see to it: the owner, else the backup, else the team lead."""
    detail: str


def findings(desk: Desk) -> list[Finding]:
    """Everything that is wrong, the most urgent kind first and in it the most critical models."""
    found = [finding for card in catalogue.cards(desk.tx) for finding in _of_model(desk, card)]
    urgency = list(Gap)
    return sorted(found, key=lambda one: (urgency.index(one.gap), 9 if one.tier is None else one.tier, one.model))


def _of_model(desk: Desk, card: ModelCard) -> Iterator[Finding]:
    owner, problem = _account(desk, card, "owner")
    sees_to_it = next(
        (user for key in ("owner", "owner.backup", "team.lead") if (user := _account(desk, card, key)[0])), None
    )

    def finding(gap: Gap, detail: str) -> Finding:
        return Finding(gap=gap, model=card.name, title=card.title, tier=card.tier, owner=sees_to_it, detail=detail)

    if card.owner is None:
        yield finding(Gap.NO_OWNER, "name one in the registry under owner")
    elif owner is None and problem is not None:
        yield finding(Gap.OWNER_GONE, f"{card.owner}: {problem}")
    if not card.pocs():
        yield finding(Gap.NO_POCS, "name one person per team under poc")
    for experiment in _late(card, desk.now.date()):
        yield finding(Gap.CLEANUP_LATE, experiment)
    if (stale := _stale(card, desk)) is not None:
        yield finding(Gap.NOT_REVIEWED, stale)
    # Owner and points of contact have lines of their own.
    lacking = [spec.title for spec in missing(card) if spec.key != "owner" and not spec.key.startswith("poc.")]
    if lacking:
        yield finding(Gap.UNDOCUMENTED, ", ".join(lacking))


def _account(desk: Desk, card: ModelCard, key: str) -> tuple[str | None, str | None]:
    problem = None
    for contact in card.contacts(key):
        user, why = people.who(desk.tx, contact)
        if user is not None and why is None:
            return user, None
        problem = problem or why
    return None, problem


def _late(card: ModelCard, today: date) -> Iterator[str]:
    for experiment in card.records("experiments"):
        by = experiment.get("cleanup_by", "")
        if by and by < today.isoformat():
            yield f"{experiment.get('id', 'an experiment')} was to be cleaned up by {by}"


def _stale(card: ModelCard, desk: Desk) -> str | None:
    text = card.text("reviewed_at")
    if text is None:
        return None  # counted among the undocumented
    try:
        reviewed = date.fromisoformat(text[:10])
    except ValueError:
        return f"reviewed_at says “{text[:40]}”, which is no date"
    oldest = desk.now.date() - timedelta(days=desk.policy.ownership.review_after_days)
    return f"last confirmed on {reviewed.isoformat()}" if reviewed < oldest else None
