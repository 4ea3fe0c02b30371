"""What happened in one incident, told for its review: the timeline, the playbooks, the updates, the hand-offs."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents.desk import Desk
from bot.incidents.people import name_of
from bot.incidents.walking import facts_of, title_of
from bot.views.markdown import link, literal, to_markdown
from bot.views.review import Row, RunStory
from bot.views.text import when_plain
from playbooks.durations import say_duration
from playbooks.evidence import evidence_of
from playbooks.lifecycle import Role, Severity
from playbooks.progress import closing
from playbooks.steps import ActionStep
from playbooks.walk import Record, Walk
from storage import roles, runs, timeline, updates
from storage.models import Incident, TimelineEntry, Update

_NOT_CURATED = frozenset({"joined", "bot", "review"})
_ENDS = {
    "finished": "Walked to its end.",
    "replaced": "Replaced by another one.",
    "incident-resolved": "Cut short when the incident ended.",
}


_CAME_OF_IT = {"passed": ": it held", "failed": ": it did not hold"}
_DID_NOT = ": it failed"


class Story:
    """Reads each table once, and tells it in rows."""

    def __init__(self, desk: Desk, incident: Incident) -> None:
        self._desk = desk
        self._incident = incident
        self._entries = timeline.of_incident(desk.tx, incident.id)
        self._runs = [(run, runs.walk(desk.tx, run)) for run in runs.of_incident(desk.tx, incident.id)]
        self._facts = facts_of(desk, incident)
        self._names: dict[str, str] = {}

    def _name(self, user: str) -> str:
        if user not in self._names:
            self._names[user] = name_of(self._desk.tx, user)
        return self._names[user]

    def _who(self, user: str | None) -> str:
        return literal(self._name(user)) if user else "the bot"

    def _md(self, text: str | None) -> str:
        return to_markdown(text or "", self._name)

    def _row(self, entry: TimelineEntry) -> Row:
        return Row(
            at=when_plain(entry.at),
            text=self._md(entry.text),
            who=self._who(entry.author),
            reason=self._md(entry.reason),
            link=link(entry.permalink, "message") if entry.permalink else "",
        )

    def rows(self, *kinds: str) -> list[Row]:
        """The timeline's entries of these kinds."""
        return [self._row(entry) for entry in self._entries if entry.kind in kinds]

    def reached(self, *statuses: str) -> list[Row]:
        """When the incident came to one of these statuses, and the reason given then."""
        return [
            self._row(entry)
            for entry in self._entries
            if entry.kind == "status" and (entry.data or {}).get("to") in statuses
        ]

    def curated(self) -> list[Row]:
        """What a reader needs: without joins and the bot's own errands."""
        return [self._row(entry) for entry in self._entries if entry.kind not in _NOT_CURATED]

    def everything(self) -> list[Row]:
        """Every entry."""
        return [self._row(entry) for entry in self._entries]

    def time_in_severities(self) -> list[tuple[str, str]]:
        """How long the incident was at each severity, up to its end or now; the worst first."""
        end = self._incident.resolved_at or self._incident.closed_at or self._desk.now
        changes = [
            (entry.at, Severity(entry.data["to"]), Severity(entry.data["from"]))
            for entry in self._entries
            if entry.kind == "severity" and entry.data and {"from", "to"} <= entry.data.keys()
        ]
        level = changes[0][2] if changes else Severity(self._incident.severity)
        at, spent = self._incident.declared_at, dict[Severity, float]()
        for when, to in [*((when, to) for when, to, _ in changes), (end, level)]:
            spent[level] = spent.get(level, 0.0) + max((min(when, end) - at).total_seconds(), 0)
            at, level = when, to
        return [
            (level.label, say_duration(timedelta(seconds=seconds)))
            for level, seconds in sorted(spent.items(), key=lambda item: item[0].rank)
            if seconds
        ]

    def hand_offs(self) -> list[Row]:
        """Whenever a role went from one person to another."""
        last: dict[str, str] = {}
        found = []
        for holder in roles.history(self._desk.tx, self._incident.id):
            before = last.get(holder.role)
            if before is not None and before != holder.user_id:
                text = f"{Role(holder.role).label}: {self._who(before)} → {self._who(holder.user_id)}"
                found.append(Row(at=when_plain(holder.since), text=text, who=self._who(holder.given_by)))
            last[holder.role] = holder.user_id
        return found

    def decisions(self) -> list[Row]:
        """Answers in playbooks, and changes of status and severity with the reason given at the time."""
        answered = [
            (record.at, self._step(walk, record))
            for _, walk in self._runs
            for record in walk.counted
            if record.outcome == "answered"
        ]
        moved = [(entry.at, self._row(entry)) for entry in self._entries if entry.kind in {"status", "severity"}]
        return [row for _, row in sorted(answered + moved, key=lambda pair: pair[0])]

    def runs(self) -> list[RunStory]:
        """How each playbook was walked."""
        return [
            RunStory(
                title=literal(walk.pinned.playbook.title),
                version=literal(walk.pinned.playbook.version),
                chosen_because=self._md(run.chosen_because),
                steps=[self._step(walk, record) for record in walk.counted if record.outcome != "skipped"],
                skipped=[self._step(walk, record) for record in walk.counted if record.outcome == "skipped"],
                closing=self._closing(walk) if run.end == "finished" else [],
                end=_ENDS.get(run.end or "", "Still being walked."),
            )
            for run, walk in self._runs
        ]

    def _closing(self, walk: Walk) -> list[tuple[str, str]]:
        return [
            (literal(text), f"confirmed by {self._who(record.by)} {when_plain(record.at)}" if record else "UNKNOWN")
            for text, record in closing(walk)
        ]

    def _step(self, walk: Walk, record: Record) -> Row:
        step = walk.step(record.path)
        asked = {item.id: item.ask for item in evidence_of(step) if item.ask != step.title}
        came = _DID_NOT if record.outcome == "failed" and isinstance(step, ActionStep) else ""
        said = f" “{literal(record.answer)}”" if record.answer else came or _CAME_OF_IT.get(record.outcome, "")
        told = [(asked.get(key, ""), value) for key, value in record.evidence.items()]
        noted = "; ".join(f"{literal(ask)} {literal(value)}".strip() for ask, value in told)
        return Row(
            at=when_plain(record.at),
            text=f"{literal(title_of(walk, record.path, self._facts))}{said}{f' ({noted})' if noted else ''}",
            who=self._who(record.by),
            reason=literal(record.reason or ""),
        )

    def updates(self) -> list[Row]:
        """What stakeholders were told, and whether it came when it was promised."""
        return [
            Row(at=when_plain(told.at), text=f"{_told(told)} ({_kept(told.promised_at, told.at)})", who=who)
            for told in updates.of_incident(self._desk.tx, self._incident.id)
            for who in [self._who(told.author)]
        ]


def _told(update: Update) -> str:
    parts = (
        ("Impact", update.impact),
        ("What changed", update.changed),
        ("What comes next", update.next_step),
        ("What was unknown", update.unknown),
    )
    return " ".join(f"{title}: {literal(text).rstrip('.')}." for title, text in parts if text)


def _kept(promised: datetime | None, at: datetime) -> str:
    if promised is None:
        return "no time had been promised"
    if at <= promised:
        return f"promised for {when_plain(promised)}, kept"
    return f"promised for {when_plain(promised)}, {say_duration(at - promised)} late"
