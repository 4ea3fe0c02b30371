"""From an export of Mattermost to a playbook of ours, with a word on everything that did not fit."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from playbooks.durations import write_duration
from playbooks.faults import FileBroken
from playbooks.lifecycle import RuleBroken
from playbooks.load import parse_playbook
from playbooks.mattermost.conditions import Conditions
from playbooks.mattermost.exported import Checklist, Export, Item, read_export
from playbooks.mattermost.texts import as_in_slack, clean, new_id, on_one_line, pieces, shortened, size
from playbooks.mattermost.writing import write
from playbooks.model import SCHEMA
from playbooks.vocabulary import LONGEST_TEXT, LONGEST_TITLE

OWNER: Final = "@change-me"
_TRIED_AGAIN: Final = timedelta(days=90)
_MOST_STEPS: Final = 200
_MOST_ASKED: Final = 10
_LONGEST_DUE: Final = timedelta(days=3650)

# The first of these words in a checklist's title says its phase.
_PHASES: Final = {
    "triage": "triag|detect|initial|identif|assess|assembl|setup|set up|prepar|declar|confirm|first|start|open",
    "contain": "contain|isolat|stop|freez|limit",
    "diagnose": "diagnos|investigat|analy|hunt|scop|root cause|debug|understand|find",
    "mitigate": "mitigat|respon|fix|roll|restor|resolv|resolution|recover",
    "verify": "verif|validat|monitor|test|check",
    "remediate": "remediat|eradicat|repair|clean|backfill|prevent",
    "communicate": "communicat|notif|inform|stakeholder|customer|update|announce",
    "close": "clos|post|retro|review|wrap|follow|lesson|learn|after|finish",
}
_LEFT_OUT: Final = {
    "retrospective_enabled": "Every incident ends with a review here.",
    "retrospective_reminder_interval_seconds": "The policy says when a review is due, and who is reminded.",
    "retrospective_template": "Reviews have a template of their own here; see docs/operating.md.",
    "run_summary_template": "The incident's card says what this said.",
}


@dataclass(frozen=True)
class Imported:
    """A playbook made from an export: its id, the file's text, and what to tell the person who asked for it."""

    id: str
    text: str
    tasks: int
    notes: tuple[str, ...]


@dataclass
class _Draft:
    export: Export
    conditions: Conditions
    steps: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=lambda: {"end"})

    def add(
        self,
        title: str,
        do: str,
        *,
        phase: str | None,
        why: str = "",
        when: Mapping[str, list[str]] | None = None,
        due: str = "",
        evidence: list[dict[str, object]] | None = None,
    ) -> None:
        """One step, or several where the text is longer than one can show."""
        title = on_one_line(title) or "Untitled task"
        name = shortened(title, LONGEST_TITLE - 12)
        do = as_in_slack(clean(do)) or title
        parts = list(pieces(do if name == title else f"{title}\n\n{do}", LONGEST_TEXT))
        for number, part in enumerate(parts, 1):
            step_id = new_id(title, self.ids, otherwise="task")
            self.ids.add(step_id)
            said = f"{name} ({number}/{len(parts)})" if len(parts) > 1 else name
            step: dict[str, object] = {
                "id": step_id,
                "title": said,
                "phase": phase,
                "when": when,
                "do": part,
                "why": why,
            }
            if number == len(parts):
                step |= {"due": due, "evidence": evidence}
            self.steps.append({key: value for key, value in step.items() if value})
        if len(parts) > 1:
            self.notes.append(f"“{name}” is longer than one step can show; it became {len(parts)} steps.")


def convert(content: bytes, *, today: date, taken: Collection[str] = ()) -> Imported:
    """Turn an export into a playbook that the linter passes. Ids in `taken` are avoided.

    Raises RuleBroken, with one sentence, for a file that cannot be turned into one.
    """
    export = read_export(content)
    draft = _Draft(export, Conditions(export))
    _not_too_many(sum(len(one.items) for one in export.checklists))
    playbook_id = new_id(export.title, taken, otherwise="imported-playbook")
    title = on_one_line(export.title) or "Imported playbook"
    summary = _summary(draft, title)
    _ask_first(draft)
    tasks = sum(_checklist(draft, one) for one in export.checklists)
    if not tasks:
        raise RuleBroken("This playbook of Mattermost has no tasks, so there is nothing to import.")
    _measures(draft)
    _not_too_many(len(draft.steps))
    draft.steps.append({"id": "end", "kind": "end", "title": "Everything on the list is done"})
    data: dict[str, object] = {"schema": SCHEMA, "id": playbook_id, "title": shortened(title, LONGEST_TITLE)}
    data |= {"summary": summary} if summary else {}
    data |= {"version": "1.0.0", "owner": OWNER, "review_by": (today + _TRIED_AGAIN).isoformat()}
    data |= _around(draft)
    left_out = list(_left_out(export))
    text = write(data | {"steps": draft.steps}, head=_head(left_out), remarks=_REMARKS)
    notes = (*draft.notes, *(f"Not carried over: {name}. {why}".rstrip() for name, _, why in left_out))
    _check(text, playbook_id)
    return Imported(playbook_id, text, tasks, notes)


_REMARKS: Final = {
    "owner": "change this: who keeps the playbook true",
    "review_by": "walk through it before, then set a date of your own",
}


def _not_too_many(steps: int) -> None:
    if steps >= _MOST_STEPS:
        said = f"It would have {steps + 1} steps, and a playbook holds {_MOST_STEPS}"
        raise RuleBroken(f"{said}: split it into two in Mattermost, and import both.")


def _check(text: str, playbook_id: str) -> None:
    try:
        parse_playbook(text, f"{playbook_id}.yaml")
    except FileBroken as broken:
        raise RuleBroken(f"It cannot be written as a playbook of ours: {broken.faults[0].message}") from None


def _summary(draft: _Draft, title: str) -> str:
    """The description; what does not fit into a summary, and the welcome, are read as the first step."""
    whole = title if size(title) > LONGEST_TITLE else ""
    said = "\n\n".join(filter(None, (whole, clean(draft.export.description))))
    parts = list(pieces(said, LONGEST_TEXT))
    more = "\n\n".join(filter(None, (*parts[1:], clean(draft.export.welcome))))
    if more:
        draft.add("Read this first", more, phase="triage")
    return parts[0] if parts else ""


def _ask_first(draft: _Draft) -> None:
    """What conditions ask about is written down at the beginning, so that tasks know whether they apply."""
    attributes = draft.conditions.attributes
    for at in range(0, len(attributes), _MOST_ASKED):
        evidence: list[dict[str, object]] = []
        for one in attributes[at : at + _MOST_ASKED]:
            draft.ids.add(one.variable)
            row: dict[str, object] = {"id": one.variable, "ask": f"{one.name}?"}
            evidence.append(row | ({"kind": "choice", "choices": list(one.choices)} if one.choices else {}))
        draft.add(
            "Say what is known",
            "Tasks below depend on it. What nobody knows yet may stay empty; those tasks are then shown.",
            phase="triage",
            evidence=evidence,
        )


def _checklist(draft: _Draft, checklist: Checklist) -> int:
    name = on_one_line(checklist.title) or "a checklist without a title"
    phase = guess_phase(name)
    if not checklist.items:
        draft.notes.append(f"The checklist “{name[:60]}” is empty, so it was left out.")
    elif phase is None:
        draft.notes.append(f"No phase could be guessed for the checklist “{name[:60]}”; give its steps one.")
    for item in checklist.items:
        _item(draft, item, phase, shortened(name, 200))
    return len(checklist.items)


def guess_phase(title: str) -> str | None:
    """The phase whose word comes first in a checklist's title."""
    found = [
        (match.start(), phase)
        for phase, words in _PHASES.items()
        if (match := re.search(rf"\b({words})", title, re.IGNORECASE))
    ]
    return min(found)[1] if found else None


def _item(draft: _Draft, item: Item, phase: str | None, checklist: str) -> None:
    name = on_one_line(item.title) or shortened(on_one_line(item.description), 60) or "Untitled task"
    words = draft.conditions.words(item.condition)
    when = draft.conditions.when(item.condition)
    if item.condition and not when:
        draft.notes.append(f"“{name[:60]}” depends on something that `when` cannot say; it says so in words.")
    said = [clean(item.description)]
    if item.command:
        said.append(f"In Mattermost this ran the command `{on_one_line(item.command)}`.")
    if words:
        said.insert(0, words)
    for key in item.others:
        draft.notes.append(f"Not carried over: “{on_one_line(key)[:40]}” of the task “{name[:60]}”.")
    do, why = "\n\n".join(filter(None, said)), f"From the checklist “{checklist}”."
    draft.add(name, do, phase=phase, why=why, when=when, due=_due(draft, item, name))


def _due(draft: _Draft, item: Item, name: str) -> str:
    due = timedelta(seconds=int(item.due)) if item.due < 1e12 else _LONGEST_DUE
    if due >= _LONGEST_DUE:
        draft.notes.append(f"“{name[:60]}” is due on a date, as in one run; say after how long instead.")
        return ""
    return write_duration(due)


def _measures(draft: _Draft) -> None:
    """Metrics that Mattermost asked for in the retrospective are written down in the last step."""
    rows: list[dict[str, object]] = []
    for metric in draft.export.metrics[:_MOST_ASKED]:
        title = on_one_line(str(metric.get("title") or "")) or "Measure"
        kind = "text" if metric.get("type") == "metric_duration" else "number"
        name = new_id(title, draft.ids, otherwise="measure")
        draft.ids.add(name)
        rows.append({"id": name, "ask": shortened(f"{title}?", LONGEST_TITLE), "kind": kind})
    if rows:
        described = zip(rows, draft.export.metrics, strict=False)
        lines = (f"• {row['ask']} {on_one_line(str(one.get('description') or ''))}".rstrip() for row, one in described)
        draft.add("Write down the measures", "\n".join(lines), phase="close", evidence=rows)


def _around(draft: _Draft) -> dict[str, object]:
    """Words that it applies to, variables that conditions ask for, and the reminder to write updates."""
    export, found = draft.export, dict[str, object]()
    words = list(dict.fromkeys(filter(None, map(on_one_line, export.keywords))))
    if words:
        found["applies_to"] = {"words": words}
    if draft.conditions.attributes:
        found["vars"] = {one.variable: {"ask": f"{one.name}?"} for one in draft.conditions.attributes}
    if export.remind_every >= 60:
        every = write_duration(timedelta(seconds=int(min(export.remind_every, _LONGEST_DUE.total_seconds()))))
        if size(clean(export.reminder)) > LONGEST_TEXT:
            draft.notes.append("The reminder's text was longer than Slack shows, and was shortened.")
        said = clean(export.reminder) or "Post an update for stakeholders: `/ml-incident update`."
        found["timers"] = [
            {"id": "update", "after": every, "every": every, "until": "resolved", "remind": "comms",
             "text": shortened(said, LONGEST_TEXT)}
        ]  # fmt: skip
    return found


def _left_out(export: Export) -> Iterator[tuple[str, str, str]]:
    """The name of each field that had no place, its text, and why."""
    for key, value in export.others.items():
        name = on_one_line(key)[:60]
        yield name, value if isinstance(value, str) else "", _LEFT_OUT.get(name, "")


def _head(left_out: list[tuple[str, str, str]]) -> Iterator[str]:
    yield "Imported from Mattermost Playbooks. Read it through, then set the owner and the date by which to review it."
    yield "Linear as it came: add decisions, evidence and checks as docs/playbooks.md shows."
    for name, text, why in left_out:
        yield ""
        yield f"Not carried over: {name}. {why}".rstrip()
        yield from (f"  {line}" for line in clean(text).split("\n") if text)
