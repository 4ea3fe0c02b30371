"""What happened in one incident, told for its review: the timeline, the playbooks, the updates, the hand-offs."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents.desk import Desk
from bot.incidents.people import name_of
from bot.views.markdown import link, to_markdown
from bot.views.review import Row, RunStory
from bot.views.text import when_plain
from playbooks.durations import say_duration
from playbooks.lifecycle import Severity
from playbooks.walk import Record, Walk
from storage import roles, runs, timeline, updates
from storage.models import Incident, TimelineEntry

_NOT_CURATED = frozenset({"joined", "bot"})
_ENDS = {
    "finished": "Walked to its end.",
    "replaced": "Replaced by another one.",
    "incident-resolved": "Cut short when the incident was resolved.",
}


class Story:
    """Reads each table once, and tells it in rows."""

    def __init__(self, desk: Desk, incident: Incident) -> None:
        self._desk = desk
        self._incident = incident
        self._entries = timeline.of_incident(desk.tx, incident.id)
        self._names: dict[str, str] = {}

    def _name(self, user: str | None) -> str:
        if not user:
            return "the bot"
        if user not in self._names:
            self._names[user] = name_of(self._desk.tx, user)
        return self._names[user]

    def _md(self, text: str | None) -> str:
        return to_markdown(text or "", self._name)

    def _row(self, entry: TimelineEntry) -> Row:
        return Row(
            at=when_plain(entry.at),
            text=self._md(entry.text),
            who=self._name(entry.author),
            reason=self._md(entry.reason),
            link=link(entry.permalink, "message") if entry.permalink else "",
        )

    def rows(self, *kinds: str) -> list[Row]:
        """The timeline's entries of these kinds."""
        return [self._row(entry) for entry in self._entries if entry.kind in kinds]

    def curated(self) -> list[Row]:
        """What a reader needs: without joins and the bot's own errands."""
        return [self._row(entry) for entry in self._entries if entry.kind not in _NOT_CURATED]

    def everything(self) -> list[Row]:
        """Every entry."""
        return [self._row(entry) for entry in self._entries]

    def time_in_severities(self) -> list[tuple[str, str]]:
        """How long the incident was at each severity, up to its end or now; the worst first."""
        end = self._incident.resolved_at or self._desk.now
        changes = [
            (entry.at, Severity(entry.data["to"]), Severity(entry.data["from"]))
            for entry in self._entries
            if entry.kind == "severity" and entry.data and {"from", "to"} <= entry.data.keys()
        ]
        first = changes[0][2] if changes else Severity(self._incident.severity)
        spent: dict[Severity, float] = {}
        at, level = self._incident.declared_at, first
        steps: list[tuple[datetime, Severity]] = [(when, to) for when, to, _ in changes] + [(end, level)]
        for when, to in steps:
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
            if holder.role in last and last[holder.role] != holder.user_id:
                text = f"{holder.role}: {self._name(last[holder.role])} → {self._name(holder.user_id)}"
                found.append(Row(at=when_plain(holder.since), text=text, who=self._name(holder.given_by)))
            last[holder.role] = holder.user_id
        return found

    def decisions(self) -> list[Row]:
        """Answers in playbooks, and changes of status and severity with the reason given at the time."""
        answered = [
            (record.at, self._answer(walk, record))
            for walk in self._walks()
            for record in walk.counted
            if record.outcome == "answered"
        ]
        moved = [(entry.at, self._row(entry)) for entry in self._entries if entry.kind in {"status", "severity"}]
        return [row for _, row in sorted(answered + moved, key=lambda pair: pair[0])]

    def _answer(self, walk: Walk, record: Record) -> Row:
        title = walk.step(record.path).title
        return Row(
            at=when_plain(record.at),
            text=f"{self._md(title)} “{self._md(record.answer)}”",
            who=self._name(record.by),
            reason=self._md(record.reason),
        )

    def _walks(self) -> list[Walk]:
        return [runs.walk(self._desk.tx, run) for run in runs.of_incident(self._desk.tx, self._incident.id)]

    def runs(self) -> list[RunStory]:
        """How each playbook was walked."""
        return [
            RunStory(
                title=self._md(walk.pinned.playbook.title),
                version=walk.pinned.playbook.version,
                chosen_because=self._md(run.chosen_because),
                steps=[self._step(walk, record) for record in walk.counted if record.outcome != "skipped"],
                skipped=[self._step(walk, record) for record in walk.counted if record.outcome == "skipped"],
                end=_ENDS.get(run.end or "", "Still being walked."),
            )
            for run, walk in zip(runs.of_incident(self._desk.tx, self._incident.id), self._walks(), strict=True)
        ]

    def _step(self, walk: Walk, record: Record) -> Row:
        title = self._md(walk.step(record.path).title)
        said = f" “{self._md(record.answer)}”" if record.answer else ""
        noted = "; ".join(f"{key}: {self._md(value)}" for key, value in record.evidence.items())
        return Row(
            at=when_plain(record.at),
            text=f"{title}{said}{f' ({noted})' if noted else ''}",
            who=self._name(record.by),
            reason=self._md(record.reason),
        )

    def updates(self) -> list[Row]:
        """What stakeholders were told, and whether it came when it was promised."""
        return [
            Row(
                at=when_plain(told.at),
                text=self._md(told.impact),
                who=self._name(told.author),
                reason="",
                link=_kept(told.promised_at, told.at),
            )
            for told in updates.of_incident(self._desk.tx, self._incident.id)
        ]


def _kept(promised: datetime | None, at: datetime) -> str:
    if promised is None:
        return "the first update"
    if at <= promised:
        return f"promised for {when_plain(promised)}, kept"
    return f"promised for {when_plain(promised)}, {say_duration(at - promised)} late"
