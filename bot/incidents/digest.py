"""The weekly ownership digest: to the digest channel, to each owner, and on request to whoever asks."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.effects import SayInDigestChannel, Tell, owe
from bot.incidents.desk import Answer, Command, Desk, Feature
from bot.incidents.ownership import Finding, Gap, account, find_accounts, findings
from bot.incidents.people import name_of
from bot.incidents.reminding import Outcome
from bot.requests import Digest
from bot.views.digest import Asked, DigestFacts, Group, digest, own_digest
from bot.views.text import INC, ago, channel, esc, when_plain
from playbooks.card import ModelCard
from playbooks.lifecycle import Severity
from playbooks.readiness import score
from playbooks.working_time import next_digest
from storage import catalogue, reminders, reports
from storage.models import Reminder

KEY = "digest"
_MARK = re.compile(r"<([^|<>]*)\|?([^<>]*)>")
_MOST_LINES = 12
_MOST_NAMES = 20
_MOST_WEEKS = 12


def schedule(desk: Desk) -> None:
    """Promise the next digest, at the time that the policy names now. Called at each start.

    One that came due while nobody served stays due.
    """
    at = next_digest(desk.now, desk.policy)
    promised = reminders.find(desk.tx, KEY)
    if promised is None or promised.ended_at is not None:
        reminders.promise(desk.tx, key=KEY, kind="digest", next_due_at=at)
    elif promised.next_due_at > desk.now:
        promised.next_due_at = at


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Post the digest in its channel and to each owner, and promise the next one."""
    week = reminder.next_due_at.astimezone(desk.policy.zone).date()
    cards = catalogue.cards(desk.tx)
    wrong = findings(desk, cards)
    scores = _scores(reminder, cards)
    text, blocks = digest(gather(desk, cards, wrong), scores=scores)
    owe(desk.tx, SayInDigestChannel(name=f"digest:{week}", text=text, blocks=blocks))
    reminder.data = {
        "scores": scores,
        "told": _tell_owners(desk, cards, wrong, week, (reminder.data or {}).get("told") or {}),
    }
    return Outcome(next_due_at=next_digest(desk.now, desk.policy))


def _scores(reminder: Reminder, cards: Sequence[ModelCard]) -> list[int]:
    """How well the catalogue was documented in the last weeks, in percent, this one last."""
    now = score(cards)
    before: list[int] = (reminder.data or {}).get("scores") or []
    return before[-_MOST_WEEKS + 1 :] + ([] if now is None else [now])


def _tell_owners(
    desk: Desk, cards: Sequence[ModelCard], wrong: Sequence[Finding], week: date, before: Mapping[str, str]
) -> dict[str, str]:
    """Tell each whose turn it is. Returns account → the day of the digest with which they were told last."""
    owned: dict[str, list[str]] = {}
    accounts = find_accounts(desk, cards)
    for card in cards:
        if (user := account(card, accounts)) is not None:
            owned.setdefault(user, []).append(card.name)
    told = dict(before)
    for user, models in sorted(owned.items()):
        # Days and not hours: a clock that goes back in autumn must not cost anybody a week.
        last = date.fromisoformat(before[user]) if user in before else None
        if last is not None and timedelta((week - last).days) < desk.policy.ownership.message_owner_every:
            continue
        said = _for_owner(desk, user, models, [one for one in wrong if one.account == user])
        if said is None:
            continue
        text, blocks = said
        owe(desk.tx, Tell(user=user, text=text, blocks=blocks, name=f"digest:{week}:{user}"))
        told[user] = week.isoformat()
    return told


def _for_owner(
    desk: Desk, user: str, models: Sequence[str], theirs: Sequence[Finding]
) -> tuple[str, list[dict[str, object]]] | None:
    """What one owner has to see to, the most critical models first; None where there is nothing to say.

    No more lines than the policy allows, and few to mend at a time: a wall of red is closed unread.
    """
    urgent = sorted(theirs, key=lambda one: 9 if one.tier is None else one.tier)
    fixes = [one for one in theirs if one in urgent[: desk.policy.ownership.message_owner_fixes]]
    room = desk.policy.ownership.message_owner_lines
    groups = []
    for title, lines, total in [*_late(desk, room, user=user), *_ownership(desk, fixes, most=room, own=True)]:
        shown = lines[:room]
        room -= len(shown)
        groups.append(Group(title=title, lines=shown, more=total - len(shown)))
    if not any(group.total for group in groups):
        return None
    facts = DigestFacts(at=desk.now, models=len(models), groups=groups)
    return own_digest(
        facts,
        models[:_MOST_NAMES],
        more=max(len(models) - _MOST_NAMES, 0),
        later=len(theirs) - len(fixes),
        asked=[Asked(model=one.model, orphan=one.gap in _ORPHANS) for one in fixes if one.gap in _ASKED],
    )


_ORPHANS = (Gap.NO_OWNER, Gap.OWNER_GONE)
_ASKED = (*_ORPHANS, Gap.NOT_REVIEWED)
"""What a press of a button mends."""


def gather(desk: Desk, cards: Sequence[ModelCard], wrong: Sequence[Finding]) -> DigestFacts:
    """The whole digest. Private incidents are in none."""
    said = [
        *_open(desk),
        *_late(desk, _MOST_LINES),
        *_ownership(desk, wrong, most=_MOST_LINES),
    ]
    groups = [Group(title=title, lines=lines, more=total - len(lines)) for title, lines, total in said]
    return DigestFacts(at=desk.now, models=len(cards), groups=groups)


_Lines = tuple[str, list[str], int]
"""Title, lines, how many there are in all."""


def _ownership(desk: Desk, wrong: Sequence[Finding], *, most: int, own: bool = False) -> list[_Lines]:
    groups = []
    for gap in Gap:
        of_kind = [finding for finding in wrong if finding.gap == gap]
        lines = [_finding(finding, None if own else _named(desk, finding.account)) for finding in of_kind[:most]]
        groups.append((gap.value, lines, len(of_kind)))
    return groups


def _finding(finding: Finding, who: str | None) -> str:
    tier = f" (tier {finding.tier})" if finding.tier is not None else ""
    return f"*{esc(finding.model, 100)}*{tier}: {finding.detail}{f' — {who}' if who else ''}"


def _named(desk: Desk, user: str | None) -> str | None:
    # By name: a digest in a channel calls nobody; each owner gets a message of their own.
    return esc(name_of(desk.tx, user), 80) if user else None


def _open(desk: Desk) -> list[_Lines]:
    found, total = reports.open_incidents(desk.tx, limit=_MOST_LINES)
    lines = [
        f"*{INC(one.id, desk.policy)}* {Severity(one.severity).label} {one.status}: {esc(one.model, 80)}, "
        f"{esc(one.title, 120)}, declared {ago(one.declared_at, desk.now)} {channel(one.channel_id, '')}".rstrip()
        for one in found
    ]
    return [("Open incidents", lines, total)]


def _late(desk: Desk, most: int, *, user: str | None = None) -> list[_Lines]:
    reviews, of_reviews = reports.overdue_reviews(desk.tx, now=desk.now, limit=most, author=user)
    today = desk.now.astimezone(desk.policy.zone).date()
    items, of_items = reports.overdue_follow_ups(desk.tx, today=today, limit=most, owner=user)
    number = desk.policy
    late = [
        f"*{INC(incident.id, number)}* {esc(incident.title, 120)}: {_named(desk, review.author)}, "
        f"due {when_plain(review.due_at)}"
        for review, incident in reviews
    ]
    undone = [
        f"*{INC(incident.id, number)}* {esc(item.text, 200)}: {_named(desk, item.owner) or 'no owner'}, "
        f"due {item.due_on}"
        for item, incident in items
    ]
    return [("Overdue reviews", late, of_reviews), ("Overdue follow-ups", undone, of_items)]


def preview_lines(desk: Desk) -> list[str]:
    """The digest as plain lines, for a terminal."""
    cards = catalogue.cards(desk.tx)
    facts = gather(desk, cards, findings(desk, cards))
    lines = [f"{facts.models} models in the catalogue, as of {when_plain(facts.at)}."]
    for group in facts.groups:
        if group.total:
            lines += ["", f"{group.title} ({group.total})", *(f"  - {_plain(line)}" for line in group.lines)]
            lines += [f"  … and {group.more} more"] if group.more else []
    return lines if len(lines) > 1 else [*lines, "Nothing to do: all are looked after, and nothing is open or late."]


def _plain(line: str) -> str:
    return html.unescape(_MARK.sub(r"\2", line).replace("*", "")).rstrip()


def _show(desk: Desk, _request: Digest, _command: Command) -> Answer:
    cards = catalogue.cards(desk.tx)
    text, blocks = digest(gather(desk, cards, findings(desk, cards)))
    return Answer(text=text, blocks=blocks)


FEATURE = Feature(commands={Digest: _show})
