"""Walking a playbook in the terminal: what each step shows there, the keys that move it, and what was written down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.console.trying_words import TAKES, asked_of, expected_of, keys, people, sent_by
from playbooks.durations import say_duration
from playbooks.evidence import check_evidence, collected
from playbooks.lifecycle import FAILURE_MODES, RuleBroken
from playbooks.pir import PIR_FIELDS
from playbooks.placeholders import fill
from playbooks.progress import Current, add, apply, back, closing, current, ending, tell, unknown_variables
from playbooks.steps import ActionStep, CheckStep, DecisionStep, Evidence, WaitStep
from playbooks.variables import with_variables
from playbooks.walk import Outcome, Walk

if TYPE_CHECKING:
    from rich.console import Console

_BY: Final = "you"
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HINTS: Final = {"number": "a number", "link": "a link", "time": "a time", "query": "a query"}


class Left(Exception):
    """The person has had enough, or the input has ended."""


@dataclass
class Trying:
    """One walk. Nothing that it does leaves the terminal."""

    console: Console
    walk: Walk
    given: Mapping[str, str]
    echo: bool = False
    """Whether to print what was read, because a pipe does not show it."""
    _asked: set[str] = field(default_factory=set)

    def to_the_end(self) -> bool:
        """Walk until the run is over (True) or the person leaves (False); then say what came of it."""
        self._say(self._title(), "bold")
        try:
            while (here := current(self.walk, self._facts)) is not None:
                self._step(here)
        except (Left, KeyboardInterrupt) as why:
            self._say("")
            self._summary(is_over=False)
            if isinstance(why, KeyboardInterrupt):
                raise
            return False
        self._summary(is_over=True)
        return True

    @property
    def _facts(self) -> dict[str, str]:
        """What is known now: an answer may have said which failure it is."""
        said = [record.sets["failure_mode"] for record in self.walk.counted if "failure_mode" in record.sets]
        return {**self.given, **({"incident.failure_mode": said[-1]} if said else {})}

    @property
    def _filled(self) -> dict[str, str]:
        return with_variables(self.walk, self._facts)

    def _title(self) -> str:
        playbook = self.walk.pinned.playbook
        return f"{playbook.title} ({playbook.id} {playbook.version}), tried here: nothing is asked, sent or kept."

    def _step(self, here: Current) -> None:
        self._show(here)
        if isinstance(here.step, WaitStep):
            self._say(f"Passed at once; in an incident the run goes on by itself after {say_duration(here.step.for_)}.")
            self._record(here, "waited")
            return
        if isinstance(here.step, CheckStep | ActionStep):
            self._tell(here)
            self._call(here)
        said = keys(here)
        self._say(said, "dim")
        while not self._moved(here, word := self._read("> ").lower()):
            if word and word not in {"s", "b"} and self._outcome(here, word) is None:
                self._say(f"“{word[:20]}” is none of these. {said}", "red")

    def _moved(self, here: Current, word: str) -> bool:
        """Do what was typed; False when the run still stands where it stood."""
        match word:
            case "q":
                raise Left
            case "b":
                return self._back()
            case "s":
                return self._record(here, "skipped", reason=self._read("Why is it skipped? "))
            case _ if (done := self._outcome(here, word)) is not None:
                outcome, answer = done
                return self._record(here, outcome, answer=answer, evidence=self._evidence(here))
        return False

    def _outcome(self, here: Current, word: str) -> tuple[Outcome, str | None] | None:
        if isinstance(here.step, DecisionStep):
            labels = [option.label for option in here.options]
            return ("answered", labels[int(word) - 1]) if word in _numbers(len(labels)) else None
        if isinstance(here.step, CheckStep):
            return {"": ("passed", None), "1": ("passed", None), "2": ("failed", None)}.get(word)  # type: ignore[return-value]
        if isinstance(here.step, ActionStep):
            return {"": ("done", None), "1": ("done", None), "2": ("failed", None)}.get(word)  # type: ignore[return-value]
        return ("done", None) if not word else None

    def _record(
        self,
        here: Current,
        outcome: Outcome,
        *,
        answer: str | None = None,
        reason: str | None = None,
        evidence: Mapping[str, str] | None = None,
    ) -> bool:
        """What Slack would do with the same click; what is missing is said, and the step stays."""
        try:
            record = apply(
                self.walk, self._facts, path=here.path, outcome=outcome, by=_BY, at=datetime.now(UTC),
                answer=answer, reason=reason, evidence=evidence,
            )  # fmt: skip
        except RuleBroken as broken:
            self._say(str(broken), "red")
            return False
        self.walk = add(self.walk, record)
        return True

    def _back(self) -> bool:
        try:
            self.walk = add(self.walk, back(self.walk, by=_BY, at=datetime.now(UTC)))
        except RuleBroken as broken:
            self._say(str(broken), "red")
            return False
        here = current(self.walk, self._facts)
        if here is not None and isinstance(here.step, WaitStep) and self.walk.counted:
            # A wait passes at once, so going back to one would lead nowhere.
            return self._back()
        return True

    def _tell(self, here: Current) -> None:
        """Variables that nothing has given yet are asked for, as before a real call."""
        for name, variable in unknown_variables(self.walk, here.path, self._facts).items():
            if name in self._asked:
                continue
            self._asked.add(name)
            kind = "text" if variable.kind == "version" else variable.kind
            value = self._ask(Evidence(id=name, ask=variable.ask, kind=kind))
            if value:
                at = datetime.now(UTC)
                record = tell(self.walk, path=here.path, by=_BY, at=at, variables={name: value})
                self.walk = add(self.walk, record)

    def _evidence(self, here: Current) -> dict[str, str]:
        return {item.id: self._ask(item) for item in here.evidence}

    def _ask(self, item: Evidence) -> str:
        """What the person writes down, once it is of its kind."""
        for number, choice in enumerate(item.choices, 1):
            self._say(f"  {number}  {choice}")
        hint = f"1–{len(item.choices)}" if item.choices else _HINTS.get(item.kind, "")
        notes = ", ".join(filter(None, (hint, "needed" if item.required else "Enter leaves it empty")))
        while True:
            value = self._read(f"{fill(item.ask, self._filled)} ({notes}): ")
            if value in _numbers(len(item.choices)):
                value = item.choices[int(value) - 1]
            try:
                check_evidence((item,), {item.id: value} if value else {})
            except RuleBroken as broken:
                self._say(str(broken), "red")
            else:
                return value

    def _show(self, here: Current) -> None:
        self._say("")
        phase = f"{here.step.phase} · " if here.step.phase else ""
        self._say(f"Step {here.done + 1} of about {here.total} · {phase}{here.title}", "bold")
        around = people(here, self._facts)
        inside = here.path.rpartition("/")[0]
        if inside:
            outer = self.walk.step(inside)
            around.append(f"in “{outer.title}”")
        if around:
            self._say(" · ".join(around), "dim")
        for text in (here.do, here.ask, f"Why: {here.why}" if here.why else None):
            if text:
                self._say(text)
        if here.done_when:
            self._say(f"Done when: {here.done_when}")
        for number, option in enumerate(here.options, 1):
            self._say(f"  {number}  {option.label}")
        for item in here.evidence:
            self._say(f"To write down: {fill(item.ask, self._filled)}")

    def _call(self, here: Current) -> None:
        facts = self._filled
        if isinstance(here.step, CheckStep):
            self._say(f"The bot would ask: {asked_of(here.step, facts)}")
            self._say(f"It passes when {expected_of(here.step, facts)}.")
        elif isinstance(here.step, ActionStep):
            self._say(f"The bot would send: {sent_by(here.step, facts)}")
            who = " or ".join(here.step.approval)
            self._say(f"Somebody else has to agree: {who}. It can be taken back: {TAKES[here.step.reversible]}.")
        self._say(f"By hand: {here.manual}")

    def _summary(self, *, is_over: bool) -> None:
        end = ending(self.walk, self._facts) if is_over else None
        self._say("")
        self._say(f"The end: {fill(end.title, self._filled)}" if end else "Left before the end.", "bold")
        if end and end.do:
            self._say(fill(end.do, self._filled))
        for heading, lines in self._came_of_it():
            self._say("")
            self._say(heading, "bold")
            for line in lines:
                self._say(f"• {line}")

    def _came_of_it(self) -> Iterator[tuple[str, list[str]]]:
        rows = collected(self.walk)
        if rows:
            yield "Written down", [f"{fill(row.ask, self._filled)} {row.value}" for row in rows]
        filled = list(dict.fromkeys(row.pir_field for row in rows if row.pir_field))
        if filled:
            yield f"Fields of the review filled ({len(filled)})", [PIR_FIELDS[name] for name in filled]
        said = self._facts.get("incident.failure_mode")
        if said and said != self.given.get("incident.failure_mode"):
            yield "Failure mode", [FAILURE_MODES.get(said, said)]
        skipped = [one for one in self.walk.counted if one.outcome == "skipped"]
        if skipped:
            titles = ((fill(self.walk.step(one.path).title, self._filled), one.reason) for one in skipped)
            yield "Skipped", [f"{title}: {reason}" for title, reason in titles]
        if criteria := [criterion for criterion, _ in closing(self.walk)]:
            yield "Closing criteria, which people confirm at the end", criteria

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self.console.print(Text(_visible(text), style), soft_wrap=not self.console.is_terminal)

    def _read(self, prompt: str) -> str:
        try:
            read = self.console.input(_visible(prompt), markup=False, emoji=False)
        except EOFError:
            raise Left from None
        if self.echo:
            self._say(read)
        return _visible(read).strip()


def _visible(text: str) -> str:
    """The text without what would move the cursor, colour the terminal or turn its reading direction."""
    return _UNSEEN.sub("", text)


def _numbers(count: int) -> set[str]:
    return {str(number) for number in range(1, count + 1)}
