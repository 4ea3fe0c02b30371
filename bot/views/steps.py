"""A playbook run in Slack: one message that moves on by being edited, its forms, and the playbooks to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import Block, actions, context, divider, header, input_block, menu, modal, option, text_input
from bot.views.ids import Runs
from bot.views.text import button, cut, esc, one_line, person, section
from playbooks.durations import say_duration
from playbooks.progress import Current
from playbooks.steps import Evidence


@dataclass(frozen=True, kw_only=True)
class RunShown:
    """A run as its message shows it."""

    incident_id: int
    run_id: int
    playbook: str
    version: str
    current: Current | None
    """None when the run is over."""
    responsible: str | None
    """Who the step is for, as a mention and a word; None where it names nobody."""
    closing: str | None = None
    """The last words of a run that is over."""
    done: int = 0
    turn: int = 0
    """How many records the run has; a button carries it, so that of two clicks one wins."""
    revision: int = 0
    """The same with assignments counted."""
    can_go_back: bool = False
    can_change: bool = True
    """Whether another playbook may be chosen: not once the incident is over."""


def run_message(run: RunShown) -> tuple[str, list[Block]]:
    """(text, blocks) of the message."""
    if run.current is None:
        return _over(run)
    here = run.current
    text = f"{run.playbook}, step {here.done + 1} of {here.total}: {here.title}"
    phase = f" · {here.step.phase}" if here.step.phase else ""
    blocks = [
        context(f"*{esc(run.playbook, 150)}* {esc(run.version, 40)} · {here.progress} done{phase}"),
        header(one_line(here.title)),
        section(_who(run)),
    ]
    for words, label in ((here.ask, ""), (here.do, ""), (here.why, "*Why:* "), (here.done_when, "*Done when:* ")):
        if words:
            blocks.append(section(f"{label}{esc(words.strip(), 2800)}"))
    if here.step.evidence:
        asked = "; ".join(esc(item.ask, 150) for item in here.step.evidence)
        blocks.append(context(cut(f"To write down: {asked}", 1900)))
    blocks += _buttons(run, here)
    return esc(text, 3000), blocks


def _who(run: RunShown) -> str:
    here = run.current
    assert here is not None  # noqa: S101 -- only drawn for a step
    due = f" · within {say_duration(here.step.due)}" if here.step.due else ""
    if here.holder:
        return f"*Who:* {person(here.holder)} has it{due}"
    return f"*Who:* {run.responsible or 'whoever takes it'}{due}"


def _buttons(run: RunShown, here: Current) -> list[Block]:
    value = _value(run, here.path)
    rows = []
    if here.options:
        answers = [
            button(option.label, f"{Runs.ANSWER}:{number}", f"{value}:{number}", label=f"Answer: {option.label}")
            for number, option in enumerate(here.options)
        ]
        rows.append(actions(*answers))
    else:
        rows.append(actions(button("Done", Runs.DONE, value, style="primary", label=f"Done: {here.title}")))
    beside = [
        button("Skip", Runs.SKIP, value, label=f"Skip, with a reason: {here.title}"),
        button("Assign to me", Runs.ASSIGN, f"{value}:{run.revision}", label=f"Assign to me: {here.title}"),
    ]
    if run.can_go_back:
        beside.append(button("Back", Runs.BACK, value, label="Back to the step before"))
    beside.append(button("Another playbook", Runs.OFFER, str(run.incident_id)))
    rows.append(actions(*beside))
    return rows


def _value(run: RunShown, path: str) -> str:
    return f"{run.incident_id}:{run.run_id}:{run.turn}:{path}"


def _over(run: RunShown) -> tuple[str, list[Block]]:
    closing = run.closing or "Walked to its end."
    taken = "one step was taken" if run.done == 1 else f"{run.done} steps were taken"
    blocks = [
        context(f"*{esc(run.playbook, 150)}* {esc(run.version, 40)} · over, {taken}"),
        section(esc(closing.strip(), 2800)),
    ]
    buttons = []
    if run.can_go_back:
        buttons.append(button("Back", Runs.BACK, _value(run, "end"), label="Back to the step before"))
    if run.can_change:
        buttons.append(button("Another playbook", Runs.OFFER, str(run.incident_id)))
    if buttons:
        blocks.append(actions(*buttons))
    return esc(f"{run.playbook} is over, {taken}: {closing.strip()}", 2900), blocks


def done_form(*, incident_id: int, run_id: int, turn: int, here: Current, answer: int | None) -> Block:
    """What the step asks to be written down, and the way on."""
    title = "Write it down" if answer is None else "Your answer"
    intro = one_line(here.title, 140) if answer is None else f"{here.title} {here.options[answer].label}"
    return modal(
        title,
        [section(f"*{esc(intro, 500)}*"), *(_evidence(item) for item in here.step.evidence)],
        callback_id=Runs.DONE_FORM,
        submit="Done" if answer is None else "Answer",
        metadata={"incident": incident_id, "run": run_id, "turn": turn, "path": here.path, "answer": answer},
    )


_HINTS = {
    "time": "As 2026-11-20 14:05, in UTC.",
    "number": "A number.",
    "link": "An address that begins with https://.",
    "query": "As you would run it again.",
}


def _evidence(item: Evidence) -> Block:
    ident = f"{Runs.EVIDENCE}:{item.id}"
    element = (
        menu(ident, [option(choice, choice) for choice in item.choices])
        if item.kind == "choice"
        else text_input(ident, multiline=item.kind in {"text", "query"})
    )
    return input_block(item.ask, element, block_id=ident, hint=_HINTS.get(item.kind), optional=not item.required)


def skip_form(*, incident_id: int, run_id: int, turn: int, here: Current) -> Block:
    """Why the step is passed over."""
    return modal(
        "Skip this step",
        [
            section(f"*{esc(here.title, 500)}*"),
            input_block(
                "Why?",
                text_input(Runs.REASON, placeholder="Does not apply: the model is served in one region", longest=500),
                block_id=Runs.REASON,
            ),
        ],
        callback_id=Runs.SKIP_FORM,
        submit="Skip",
        metadata={"incident": incident_id, "run": run_id, "turn": turn, "path": here.path},
    )


def offer(
    incident_id: int, newest_run: int, fitting: Sequence[tuple[str, str, str]], *, walked: str | None
) -> tuple[str, list[Block]]:
    """(text, blocks) of playbooks to choose from: (id, title, why it fits). `newest_run` is 0 before the first."""
    text = "Choose a playbook." + (f" “{esc(walked, 150)}”, which is walked now, ends where it is." if walked else "")
    blocks: list[Block] = [section(text)]
    for number, (playbook_id, title, why) in enumerate(fitting[:20]):
        value = f"{incident_id}:{newest_run}:{playbook_id}"
        start = button("Start", f"{Runs.CHOOSE}:{number}", value, label=f"Start: {title}")
        blocks.append(section(f"*{esc(title, 150)}* `{esc(playbook_id, 80)}`\n{esc(why, 300)}", accessory=start))
    return f"{text} {'; '.join(one_line(title, 80) for _, title, _ in fitting[:20])}", blocks


def playbook_list(rows: Sequence[tuple[str, str, str]]) -> tuple[str, list[Block]]:
    """(text, blocks) of all playbooks: (id, title, what it is for)."""
    if not rows:
        return "There are no playbooks.", [section("There are no playbooks.")]
    lines = [
        f"• *{esc(title, 150)}* `{esc(ident, 80)}`\n   {esc(one_line(what, 200), 300)}" for ident, title, what in rows
    ]
    pages = [section("\n".join(lines[at : at + 8])) for at in range(0, len(lines), 8)]
    text = f"{len(rows)} playbooks. `/ml-incident playbooks <name>` shows one."
    return text, [section(f"*{text}*"), *pages[:40]]


def playbook_outline(title: str, summary: str, version: str, lines: Sequence[str]) -> tuple[str, list[Block]]:
    """(text, blocks) of one playbook, a line for each step."""
    blocks = [header(one_line(title)), section(esc(summary, 1500) or "–"), divider()]
    chunk = ""
    for line in lines:
        if len(chunk) + len(line) > 2700:
            blocks.append(section(chunk))
            chunk = ""
        chunk += f"{line}\n"
    if chunk:
        blocks.append(section(chunk))
    return f"{one_line(title)} {version}, {len(lines)} steps", [*blocks[:45], context(f"Version {esc(version, 40)}")]
