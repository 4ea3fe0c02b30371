"""The weekly ownership digest: to the digest channel, and to each owner and team lead.

A small catalogue is looked over in the tick in which the digest is due. A large one is surveyed in parts, and its
owners are told in parts: each part is a promise of its own and one short transaction, so that an incident that opens
meanwhile waits for none of it, a restart goes on where it was, and replicas share the work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.effects import SayInDigestChannel, Tell
from bot.incidents import owner_digest
from bot.incidents.desk import Desk
from bot.incidents.lateness import Late, late
from bot.incidents.reminding import Outcome
from bot.incidents.scores import overall, standings, worst_first
from bot.incidents.survey import Kept, Survey, from_json, merged, percent, survey, to_json
from bot.views.digest import DigestFacts, Group, digest
from bot.views.scores import Standing
from bot.views.text import when_plain
from playbooks.scores import Weeks
from playbooks.working_time import newest_digest, next_digest
from storage import catalogue, listing, outbox, registries, reminders, reports, scores
from storage.models import Reminder
from storage.transaction import Transaction

KEY = "digest"
_LOOK, _TELL = "digest:look:", "digest:tell:"
AT_ONCE = 300
"""Models up to which a catalogue is looked over in the very tick."""
MODELS_AT_ONCE = 100
"""Models of a larger one that are looked over in one transaction."""
PEOPLE_AT_ONCE = 25
"""Owners who are told in one."""
_MOST_LINES = 12
_MOST_OWN_WEEKS = 8
_WEEK = timedelta(days=7)


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
    """Do what is due of the digest, and promise the rest of it, or the next one."""
    if reminder.key.startswith(_LOOK):
        return _look(desk, reminder)
    if reminder.key.startswith(_TELL):
        return _tell_part(desk, reminder)
    data = dict(reminder.data or {})
    week = _week(desk, reminder)
    if _had_one(week, data.get("week")):
        return Outcome(next_due_at=next_digest(desk.now, desk.policy), said=False)
    found = _surveyed(desk, reminder, data)
    if found is None:
        return Outcome(next_due_at=reminder.next_due_at, said=False)
    _post(desk, reminder, data, found, week)
    return Outcome(next_due_at=next_digest(desk.now, desk.policy))


def _week(desk: Desk, reminder: Reminder) -> date:
    """The day by which a digest is called. Where several were missed, one comes, for the newest week."""
    due = max(reminder.next_due_at, newest_digest(desk.now, desk.policy))
    return due.astimezone(desk.policy.zone).date()


def _had_one(week: date, last: str | None) -> bool:
    """Whether this week's came already: a clock that is put back brings no other, nor a later day in the policy."""
    before = date.fromisoformat(last) if last else None
    return before is not None and (week <= before or week.isocalendar()[:2] == before.isocalendar()[:2])


def _surveyed(desk: Desk, reminder: Reminder, data: dict[str, Any]) -> Survey | None:
    """What the catalogue looks like; None while parts of it are still to be looked over."""
    names = listing.names(desk.tx)
    if len(names) <= AT_ONCE:
        return survey(desk, catalogue.cards(desk.tx))
    count: int | None = data.get("parts")
    if count is None:
        pieces = _pieces(names, MODELS_AT_ONCE)
        for number, piece in enumerate(pieces):
            _promise(desk, f"{_LOOK}{number}", reminder, {"models": piece})
        reminder.data = {**data, "parts": len(pieces)}
        return None
    wanted = {f"{_LOOK}{number}" for number in range(count)}
    parts = [one for one in reports.promised(desk.tx, _LOOK) if one.key in wanted]
    if any(one.ended_at is None for one in parts):
        return None
    found = merged(from_json(one.data["survey"]) for one in parts if one.data)
    for one in parts:
        one.data = None
    return found


def _pieces(whole: Sequence[str], size: int) -> list[list[str]]:
    return [list(whole[start : start + size]) for start in range(0, len(whole), size)]


def _promise(desk: Desk, key: str, reminder: Reminder, data: dict[str, Any]) -> None:
    # A little earlier than the digest itself, so that in each tick the parts go first.
    due_at = reminder.next_due_at - timedelta(seconds=1)
    reminders.promise(desk.tx, key=key, kind="digest", next_due_at=due_at, data=data)


def _look(desk: Desk, part: Reminder) -> Outcome:
    names: list[str] = (part.data or {}).get("models") or []
    part.data = {"survey": to_json(survey(desk, reports.cards_of(desk.tx, names)))}
    return Outcome(next_due_at=None, said=False)


def _post(desk: Desk, reminder: Reminder, data: dict[str, Any], found: Survey, week: date) -> None:
    """Post the digest in its channel where there is something to do, and tell each whose turn it is, or promise to."""
    waiting, teams = late(desk), found.teams()
    known = owner_digest.readers(found, waiting, standings(desk, teams, week))
    facts = gather(desk, found, waiting)
    if facts.says_something:
        weeks = overall(desk, teams, week)
        text, blocks = digest(facts, weeks=weeks, teams=sorted(known.teams.values(), key=worst_first))
        _owe_late(desk.tx, SayInDigestChannel(name=f"digest:{week}", text=text, blocks=blocks))
    scores.keep(desk.tx, week, {team: score for team, (_, score) in teams.items()})
    trends = {user: trend_of(data, user, models, week) for user, models in known.owned.items()}
    told = dict(data.get("told") or {})
    for part in reports.promised(desk.tx, _TELL):
        if part.ended_at is not None:  # one still to be done of another week is promised anew, or told as it is
            for user, day in ((part.data or {}).get("told") or {}).items():
                told[user] = max(day, told.get(user, day))
            part.data = None
    # Whoever has not been told for that long may be told again: nothing is gained by knowing when it was.
    told = {user: day for user, day in told.items() if not _is_their_turn(desk, week, day)}
    turn = [user for user in known.accounts() if user not in told]
    if len(found.models) <= AT_ONCE:
        told |= _tell(desk, known, turn, week, trends)
    else:
        for number, people in enumerate(_pieces(turn, PEOPLE_AT_ONCE)):
            theirs = {
                "week": week.isoformat(),
                "people": people,
                "trends": {user: trends[user] for user in people if user in trends},
                "survey": to_json(known.survey_for(people)),
                "teams": {key: dataclasses.astuple(one) for key, one in known.teams_for(people).items()},
            }
            _promise(desk, f"{_TELL}{number}", reminder, theirs)
    reminder.data = {"week": week.isoformat(), "told": told, "trends": trends}


def trend_of(data: Mapping[str, Any], user: str, models: Sequence[Kept], week: date) -> list[int | None]:
    """How well somebody's models were documented in the last weeks, in percent, this one last: from what the digest
    noted of each owner. A week without a digest is a gap; what was noted in this very week is replaced."""
    now = percent(models)
    before: list[int | None] = (data.get("trends") or {}).get(user) or []
    if before and "week" in data:
        weeks = (week - date.fromisoformat(data["week"])) // _WEEK
        before = [*before, *([None] * min(weeks - 1, _MOST_OWN_WEEKS))] if weeks else before[:-1]
    return [*before[-_MOST_OWN_WEEKS + 1 :], *([] if now is None else [now])]


def _is_their_turn(desk: Desk, week: date, last: str | None) -> bool:
    # Days and not hours: a clock that goes back in autumn must not cost anybody a week.
    every = desk.policy.ownership.message_owner_every
    return last is None or timedelta((week - date.fromisoformat(last)).days) >= every


def _tell_part(desk: Desk, part: Reminder) -> Outcome:
    data = part.data or {}
    week = date.fromisoformat(data["week"])
    teams = {
        key: Standing(name=name, models=models, weeks=weeks)
        for key, (name, models, weeks) in (data.get("teams") or {}).items()
    }
    known = owner_digest.readers(from_json(data["survey"]), late(desk), teams)
    part.data = {"told": _tell(desk, known, data["people"], week, data["trends"])}
    return Outcome(next_due_at=None)


def _tell(
    desk: Desk, known: owner_digest.Readers, users: Iterable[str], week: date, trends: Mapping[str, Weeks]
) -> dict[str, str]:
    """Tell these people what there is to say to them. Returns account → the day of the digest, of those told."""
    told = {}
    for user in users:
        if (said := owner_digest.for_one(desk, known, user, trends.get(user, ()))) is not None:
            text, blocks = said
            _owe_late(desk.tx, Tell(user=user, text=text, blocks=blocks, name=f"digest:{week}:{user}"))
            told[user] = week.isoformat()
    return told


def _owe_late(tx: Transaction, said: Tell | SayInDigestChannel) -> None:
    """Owe what can wait: after everything that incidents owe, and in nobody's way where they tell the same person."""
    outbox.owe(
        tx,
        kind=type(said).__name__,
        key=said.key,
        payload=dataclasses.asdict(said),
        now=datetime.now(UTC),  # real time, as all of the outbox
        stream=said.key,
        priority=outbox.UNHURRIED,
    )


def gather(desk: Desk, found: Survey, waiting: Late | None = None) -> DigestFacts:
    """The whole digest. Private incidents are in none."""
    shown: list[tuple[str, list[str], int]] = []
    for title, lines in (waiting or late(desk)).all():
        shown.append((title, lines[:_MOST_LINES], len(lines)))
    totals: dict[str, int] = {}
    some = []
    for one in found.found:
        totals[one.gap.value] = totals.get(one.gap.value, 0) + 1
        if totals[one.gap.value] <= _MOST_LINES:
            some.append(one)
    for title, lines in owner_digest.of_kind(desk, some, named=True):
        shown.append((title, lines, totals.get(title, 0)))
    hints = owner_digest.HINTS
    groups = [
        Group(title=title, lines=lines, more=total - len(lines), hint=hints.get(title, ""))
        for title, lines, total in shown
    ]
    return DigestFacts(at=desk.now, models=len(found.models), groups=groups, troubles=_troubles(desk))


def _troubles(desk: Desk) -> list[str]:
    return [
        f"The registry “{one.source}”{_since(one.succeeded_at, one.tried_at)}: {one.problem}"
        for one in registries.syncs(desk.tx)
        if one.problem
    ]


def _since(read_at: datetime | None, tried_at: datetime) -> str:
    if read_at == tried_at:  # in part
        return ""
    return f" cannot be read{f', so what it says is as of {when_plain(read_at)}' if read_at else ''}"
