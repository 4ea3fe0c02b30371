"""The weekly ownership digest: to the digest channel, to each owner, and on request to whoever asks."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.effects import SayInDigestChannel, Tell, owe
from bot.incidents.desk import Answer, Command, Desk, Feature
from bot.incidents.ownership import Finding, Gap, findings
from bot.incidents.people import name_of
from bot.incidents.reminding import Outcome
from bot.requests import Digest
from bot.views.digest import DigestFacts, Group, digest
from bot.views.text import INC, ago, channel, esc, person, when
from playbooks.lifecycle import Severity
from playbooks.policy import WEEKDAYS
from storage import catalogue, reminders, reports
from storage.models import Reminder

_KEY = "digest"
_MENTION = re.compile(r"<@([A-Z0-9]+)>")
_MARK = re.compile(r"<([^|<>]*)\|?([^<>]*)>")
_MOST_LINES = 12


def schedule(desk: Desk) -> None:
    """Promise the next digest, unless one is promised already. Called at each start."""
    promised = reminders.find(desk.tx, _KEY)
    if promised is None or promised.ended_at is not None:
        reminders.promise(desk.tx, key=_KEY, kind="digest", next_due_at=next_time(desk))


def next_time(desk: Desk) -> datetime:
    """When the next digest is due, in UTC: the policy's day and time in its zone, after now."""
    ownership, zone = desk.policy.ownership, desk.policy.zone
    here = desk.now.astimezone(zone)
    for ahead in range(8):
        day = (here + timedelta(days=ahead)).date()
        at = datetime.combine(day, ownership.digest_time, tzinfo=zone)
        if WEEKDAYS[day.weekday()] == ownership.digest_day and at > here:
            return at.astimezone(UTC)
    raise AssertionError("a week has every day")


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Post the digest in its channel and to each owner, and promise the next one."""
    del reminder
    week = desk.now.date().isoformat()
    wrong = findings(desk)
    text, blocks = digest(gather(desk, wrong))
    owe(desk.tx, SayInDigestChannel(name=f"digest:{week}", text=text, blocks=blocks))
    for owner in sorted({finding.owner for finding in wrong if finding.owner}):
        theirs = gather_for(desk, wrong, owner)
        text, blocks = digest(theirs)
        owe(desk.tx, Tell(user=owner, text=text, blocks=blocks, name=f"digest:{week}:{owner}"))
    return Outcome(next_due_at=next_time(desk))


def gather(desk: Desk, wrong: Sequence[Finding], *, user: str = "") -> DigestFacts:
    """The whole digest, with the private incidents of `user` and of nobody else."""
    return DigestFacts(
        at=desk.now,
        models=len(catalogue.names(desk.tx)),
        groups=[*_work(desk, user), *_ownership(wrong, most=_MOST_LINES)],
    )


def gather_for(desk: Desk, wrong: Sequence[Finding], owner: str) -> DigestFacts:
    """What one owner has to see to, the most urgent first and no more than the policy allows at once."""
    theirs = [finding for finding in wrong if finding.owner == owner]
    most = desk.policy.ownership.message_owner_lines
    groups = _ownership(theirs[:most], most=most)
    if len(theirs) > most:
        groups.append(Group(title="And then", lines=[f"{len(theirs) - most} smaller things; `/ml-incident digest`"]))
    return DigestFacts(at=desk.now, models=len({finding.model for finding in theirs}), groups=groups, mine=True)


def _ownership(wrong: Sequence[Finding], *, most: int) -> list[Group]:
    groups = []
    for gap in Gap:
        lines = [_finding(finding) for finding in wrong if finding.gap == gap]
        groups.append(Group(title=gap.value, lines=lines[:most], more=max(len(lines) - most, 0)))
    return groups


def _finding(finding: Finding) -> str:
    tier = f" (tier {finding.tier})" if finding.tier is not None else ""
    who = f" — {person(finding.owner)}" if finding.owner else ""
    return f"*{esc(finding.model, 100)}*{tier}: {esc(finding.detail, 300)}{who}"


def _work(desk: Desk, user: str) -> list[Group]:
    number = desk.policy
    opened = [
        f"*{INC(one.id, number)}* {Severity(one.severity).label} {one.status}: {esc(one.model, 80)}, "
        f"{esc(one.title, 120)}, declared {ago(one.declared_at, desk.now)} {channel(one.channel_id, '')}"
        for one in reports.open_incidents(desk.tx, user=user)
    ]
    late = [
        f"*{INC(incident.id, number)}* {esc(incident.title, 120)}: {person(review.author)}, due {when(review.due_at)}"
        for review, incident in reports.overdue_reviews(desk.tx, now=desk.now, user=user)
    ]
    undone = [
        f"*{INC(incident.id, number)}* {esc(item.text, 200)}: "
        f"{person(item.owner) if item.owner else 'no owner'}, due {item.due_on}"
        for item, incident in reports.overdue_follow_ups(desk.tx, today=desk.now.date(), user=user)
    ]
    return [
        Group(title="Open incidents", lines=opened),
        Group(title="Overdue reviews", lines=late),
        Group(title="Overdue follow-ups", lines=undone),
    ]


def preview_lines(desk: Desk) -> list[str]:
    """The digest as plain lines, people by name, for a terminal."""
    lines = []
    for group in gather(desk, findings(desk)).groups:
        if group.lines:
            lines += ["", group.title, *(f"  - {_plain(desk, line)}" for line in group.lines)]
            lines += [f"  … and {group.more} more"] if group.more else []
    return lines or ["Nothing to do: every model is looked after, and nothing is open or late."]


def _plain(desk: Desk, line: str) -> str:
    named = _MENTION.sub(lambda found: name_of(desk.tx, found.group(1)), line)
    return html.unescape(_MARK.sub(r"\2", named).replace("*", "")).rstrip()


def _show(desk: Desk, _request: Digest, _command: Command) -> Answer:
    text, blocks = digest(gather(desk, findings(desk), user=desk.by))
    return Answer(text=text, blocks=blocks)


FEATURE = Feature(commands={Digest: _show})
