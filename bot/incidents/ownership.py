"""What is wrong with the ownership of the models in the catalogue, each finding with the one thing to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.incidents.desk import Desk
from bot.incidents.scores import today_of
from bot.views.text import esc, is_web_address, link
from playbooks.card import ModelCard, missing
from storage import people

_SEES_TO_IT = ("owner", "owner.backup", "team.lead")
Accounts = Mapping[str, tuple[str | None, str | None]]
"""Contact as `people.key` writes it → (Slack account, why it cannot be reached)."""


class Gap(StrEnum):
    """The kinds of findings, the most urgent first."""

    NO_OWNER = "No owner"
    OWNER_GONE = "The owner cannot be reached in Slack"
    NO_POCS = "No points of contact"
    CLEANUP_LATE = "Left over from an experiment"
    NOT_REVIEWED = "Not confirmed for a long time"
    UNDOCUMENTED = "Undocumented"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong with one model."""

    gap: Gap
    model: str
    tier: int | None
    account: str | None
    """The Slack account of who should see to it: the owner, else the backup, else the team lead."""
    detail: str
    """In mrkdwn that is safe already."""


def findings(desk: Desk, cards: Sequence[ModelCard], accounts: Accounts | None = None) -> list[Finding]:
    """Everything that is wrong, the most urgent kind first and in it the most critical models."""
    known = find_accounts(desk, cards) if accounts is None else accounts
    return by_urgency(finding for card in cards for finding in _of_model(desk, card, known))


def by_urgency(found: Iterable[Finding]) -> list[Finding]:
    """The most urgent kind first and in it the most critical models."""
    urgency = {gap: at for at, gap in enumerate(Gap)}
    return sorted(found, key=lambda one: (urgency[one.gap], 9 if one.tier is None else one.tier, one.model))


def find_accounts(desk: Desk, cards: Sequence[ModelCard]) -> Accounts:
    """Whom Slack knows behind everybody who may have to see to one of these models, with one look."""
    named = {people.key(one): one for card in cards for key in _SEES_TO_IT for one in card.contacts(key)}
    return dict(zip(named, people.who_are(desk.tx, list(named.values())), strict=True))


def account(card: ModelCard, accounts: Accounts) -> str | None:
    """Who sees to a model: its owner, else the backup, else the team lead; the first whom Slack can reach."""
    return next((user for key in _SEES_TO_IT if (user := _account(card, key, accounts)[0])), None)


def team_lead(card: ModelCard, accounts: Accounts) -> str | None:
    """The Slack account of whoever leads the team, where Slack can reach one."""
    return _account(card, "team.lead", accounts)[0]


def _of_model(desk: Desk, card: ModelCard, accounts: Accounts) -> Iterator[Finding]:
    owner, problem = _account(card, "owner", accounts)
    sees_to_it = account(card, accounts)

    def finding(gap: Gap, detail: str) -> Finding:
        return Finding(gap=gap, model=card.name, tier=card.tier, account=sees_to_it, detail=detail)

    if card.owner is None:
        yield finding(Gap.NO_OWNER, "name one person in the registry, under owner")
    elif owner is None and problem is not None:
        named = ", ".join(contact.label for contact in card.contacts("owner"))
        yield finding(Gap.OWNER_GONE, f"{esc(named, 150)} {esc(problem, 150)}")
    if not card.pocs():
        yield finding(Gap.NO_POCS, "name one person per team in the registry, under poc")
    today = today_of(desk)
    for left in _late(card, today):
        yield finding(Gap.CLEANUP_LATE, left)
    if (stale := _stale(card, today, desk.policy.ownership.review_after_days)) is not None:
        yield finding(Gap.NOT_REVIEWED, stale)
    lacking = [spec.title.lower() for spec in missing(card) if not _has_its_own_line(spec.key, card)]
    if lacking:
        yield finding(Gap.UNDOCUMENTED, esc(", ".join(lacking), 300))


def _account(card: ModelCard, key: str, accounts: Accounts) -> tuple[str | None, str | None]:
    """(Slack account, None), or (None, why nobody can be reached); (None, None) while nobody can say."""
    problem = None
    for contact in card.contacts(key):
        user, why = accounts[people.key(contact)]
        if user is not None and why is None:
            return user, None
        if why == people.NOT_ASKED_YET or contact.is_group or contact.is_schedule:
            return None, None
        problem = problem or why
    return None, problem


def _late(card: ModelCard, today: date) -> Iterator[str]:
    for experiment in card.records("experiments"):
        by = experiment.get("cleanup_by", "").strip()
        day = _day(by)
        if not by or (day is not None and day >= today):
            continue
        name, address = experiment.get("name", "an experiment"), experiment.get("link", "")
        named = link(address, name) if is_web_address(address) else esc(name, 80)
        arm = f" ({esc(experiment['arm'], 100)})" if experiment.get("arm") else ""
        what = f". {esc(experiment['what'], 300)}" if experiment.get("what") else ""
        said = "was to be cleaned up by" if day is not None else "has a cleanup_by that is no date like 2026-12-15:"
        yield f"{named}{arm} {said} {esc(by, 40)}{what}"


def _stale(card: ModelCard, today: date, after_days: int) -> str | None:
    text = card.text("reviewed_at")
    if text is None:
        return None if card.owner is None else "never confirmed"
    reviewed = _day(text)
    if reviewed is None:
        return f"reviewed_at says “{esc(text, 40)}”, which is no date"
    return f"last confirmed on {reviewed.isoformat()}" if reviewed < today - timedelta(days=after_days) else None


def _has_its_own_line(key: str, card: ModelCard) -> bool:
    return key == "owner" or key.startswith("poc.") or (key == "reviewed_at" and card.owner is not None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
