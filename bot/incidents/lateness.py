"""What of incidents, reviews, follow-ups and playbooks waits for somebody, as lines of the digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.incidents.desk import Desk
from bot.incidents.people import name_of
from bot.views.text import INC, ago, channel, esc, one_line, when_plain
from playbooks.evidence import collected
from playbooks.lifecycle import Severity
from playbooks.model import Playbook
from playbooks.readiness import says_none
from playbooks.scores import folded
from storage import people, reports, runs
from storage.models import Incident, Review, Run

_MOST = 2000
_MOST_RESOLVED = 200
_FALLBACK, _SINCE = "fallback_used", "fallback_since"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One line, and whom it waits for."""

    line: str
    model: str | None = None
    accounts: frozenset[str] = frozenset()
    team: str = ""
    state: str = ""
    """What it means for the model, in few words."""

    def is_for(self, user: str, models: frozenset[str], teams: frozenset[str]) -> bool:
        """Whether it is theirs: by name, by a model that they see to, or by the team that they lead."""
        return user in self.accounts or self.model in models or (bool(self.team) and self.team in teams)


@dataclass(frozen=True, kw_only=True)
class Late:
    """Title → what waits, the most urgent first."""

    lines: Mapping[str, Sequence[Waiting]] = field(default_factory=dict)

    def of(self, user: str, models: frozenset[str], teams: frozenset[str]) -> list[tuple[str, list[str]]]:
        """What waits for one person."""
        return [
            (title, [one.line for one in waiting if one.is_for(user, models, teams)])
            for title, waiting in self.lines.items()
        ]

    def all(self) -> list[tuple[str, list[str]]]:
        """What waits for anybody."""
        return [(title, [one.line for one in waiting]) for title, waiting in self.lines.items()]

    def states(self) -> dict[str, list[str]]:
        """Model → what state it is in, as far as that is not well."""
        states: dict[str, list[str]] = {}
        for waiting in self.lines.values():
            for one in waiting:
                if one.model is not None and one.state and one.state not in states.setdefault(one.model, []):
                    states[one.model].append(one.state)
        return states

    def named(self) -> set[str]:
        """Everybody for whom a playbook waits: they may look after no model."""
        return {user for one in self.lines[_PLAYBOOKS] for user in one.accounts}


_PLAYBOOKS = "Playbooks past review"


def late(desk: Desk) -> Late:
    """Everything that waits. Private incidents are in none."""
    return Late(
        lines={
            "Open incidents": _open(desk),
            "Fallbacks left on": _fallbacks(desk),
            "Overdue reviews": _reviews(desk),
            "Overdue follow-ups": _follow_ups(desk),
            _PLAYBOOKS: _playbooks(desk),
        }
    )


def _open(desk: Desk) -> list[Waiting]:
    found, _ = reports.open_incidents(desk.tx, limit=_MOST)
    holders: dict[int, set[str]] = {}
    for number, user in reports.in_charge(desk.tx):
        holders.setdefault(number, set()).add(user)
    return [
        Waiting(
            line=f"*{INC(one.id, desk.policy)}* {Severity(one.severity).label} {one.status}: {esc(one.model, 80)}, "
            f"{esc(one.title, 120)}, declared {ago(one.declared_at, desk.now)}{_where(one, ', in ')}",
            model=one.model,
            state=f"{Severity(one.severity).label} open",
            accounts=frozenset(holders.get(one.id, ())),
        )
        for one in found
    ]


def _fallbacks(desk: Desk) -> list[Waiting]:
    """Of incidents that are over and not closed: closing one says that its fallback is off, or has an end."""
    lines = []
    for incident, review, walked in reports.resolved_with_evidence(desk.tx, limit=_MOST_RESOLVED):
        used, since = _fallback(desk, review, walked)
        if used is None:
            continue
        from_when = f", since {esc(one_line(since, 60), 100)}" if since else ""
        said = f"“{esc(one_line(used, 100), 150)}” answers{from_when}, and nothing says that it is off. "
        lines.append(
            Waiting(
                line=f"*{INC(incident.id, desk.policy)}* {esc(incident.model, 80)}: {said}"
                f"Once it is, or has an end date, close it{_where(incident, ' in ')}",
                model=incident.model,
                state="on a fallback",
            )
        )
    return lines


def _where(incident: Incident, before: str) -> str:
    return f"{before}{channel(incident.channel_id)}" if incident.channel_id else ""


def _fallback(desk: Desk, review: Review | None, walked: Sequence[Run]) -> tuple[str | None, str | None]:
    """What was said to answer instead of the model, and since when: in the review, else while walking a playbook."""
    said = {
        one.pir_field: one.value
        for run in walked
        for one in collected(runs.walk(desk.tx, run))
        if one.pir_field in {_FALLBACK, _SINCE}
    }
    answers = (review.answers if review is not None else None) or {}
    said |= {name: answers[name]["text"] for name in (_FALLBACK, _SINCE) if name in answers}
    used = (said.get(_FALLBACK) or "").strip()
    return (None, None) if not used or says_none(used) else (used, said.get(_SINCE))


def _reviews(desk: Desk) -> list[Waiting]:
    found, _ = reports.overdue_reviews(desk.tx, now=desk.now, limit=_MOST)
    return [
        Waiting(
            line=f"*{INC(incident.id, desk.policy)}* {esc(incident.title, 120)}: {_named(desk, review.author)}, "
            f"due {when_plain(review.due_at)}",
            accounts=frozenset({review.author}),
        )
        for review, incident in found
    ]


def _follow_ups(desk: Desk) -> list[Waiting]:
    today = desk.now.astimezone(desk.policy.zone).date()
    found, _ = reports.overdue_follow_ups(desk.tx, today=today, limit=_MOST)
    return [
        Waiting(
            line=f"*{INC(incident.id, desk.policy)}* {esc(item.text, 200)}: {_named(desk, item.owner) or 'no owner'}, "
            f"due {item.due_on}",
            accounts=frozenset({item.owner} if item.owner else ()),
        )
        for item, incident in found
    ]


def _playbooks(desk: Desk) -> list[Waiting]:
    """The organisation's own: those that come with the bot are looked through by those who make it."""
    today = desk.now.astimezone(desk.policy.zone).date()
    own = [source.playbook for source in desk.library.sources.values() if not source.is_shipped]
    stale = sorted((one for one in own if one.review_by < today), key=lambda one: (one.review_by, one.id))
    found = people.who_are(desk.tx, [one.owner for one in stale])
    owners = [user if problem is None else None for user, problem in found]
    return [_playbook(one, user) for one, user in zip(stale, owners, strict=True)]


def _playbook(playbook: Playbook, user: str | None) -> Waiting:
    return Waiting(
        line=f"*{esc(playbook.id, 100)}*: was to be reviewed by {playbook.review_by}; read it, then move `review_by`",
        accounts=frozenset({user} if user else ()),
        team=folded(playbook.owner),
    )


def _named(desk: Desk, user: str | None) -> str | None:
    # By name: a digest in a channel calls nobody; each owner gets a message of their own.
    return esc(name_of(desk.tx, user), 80) if user else None
