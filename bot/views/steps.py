"""A playbook run in Slack: one message that moves on by being edited, its forms, and the playbooks to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import Block, actions, context, divider, header
from bot.views.calls import CallShown, call_buttons, call_words, undo_button
from bot.views.ids import Runs
from bot.views.text import button, cut, esc, one_line, person, section, when
from playbooks.durations import say_duration
from playbooks.progress import Current
from playbooks.steps import ActionStep, CheckStep, WaitStep


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
    because: str = ""
    """Why this playbook was chosen; said while its first step is the current one."""
    can_change: bool = True
    """Whether another playbook may be chosen: not once the incident is over."""
    call: CallShown | None = None
    """What was asked of a connection for the current step."""
    needs: tuple[str, ...] = ()
    """What has to be filled in before the step can be done."""
    undo: tuple[int, str] | None = None
    """The latest action that the bot can take back: its call, and what that does."""
    closing_criteria: tuple[tuple[str, str | None], ...] = ()
    """What has to hold at the end, each with who confirmed it."""


def run_message(run: RunShown) -> tuple[str, list[Block]]:
    """(text, blocks) of the message."""
    if run.current is None:
        return _over(run)
    here = run.current
    text = f"{run.playbook}, step {here.done + 1} of {here.total}: {here.title}"
    phase = f" · {here.step.phase}" if here.step.phase else ""
    blocks = [
        context(f"*{esc(run.playbook, 150)}* {esc(run.version, 40)} · {here.progress} done{phase}{_because(run)}"),
        header(one_line(here.title)),
        section(_who(run)),
    ]
    for words, label in ((here.ask, ""), (here.do, ""), (here.why, "*Why:* "), (here.done_when, "*Done when:* ")):
        if words:
            blocks.append(section(f"{label}{esc(words.strip(), 2800)}"))
    if here.waits_until is not None:
        blocks.append(section(f"The playbook goes on by itself {when(here.waits_until)}."))
    if run.needs:
        blocks.append(section("*Needed first:* " + "; ".join(esc(one, 150) for one in run.needs)))
    else:
        blocks += [section(words) for words in call_words(run.call, here)]
    if asked := [esc(item.ask, 150) for item in here.evidence if item.ask != here.step.title]:
        blocks.append(context(cut(f"To write down: {'; '.join(asked)}", 1900)))
    blocks += _buttons(run, here)
    return esc(text, 3000), blocks


def _because(run: RunShown) -> str:
    return f" · chosen: {esc(run.because, 150)}" if run.because and not run.turn else ""


def _who(run: RunShown) -> str:
    here = run.current
    assert here is not None  # noqa: S101 -- only drawn for a step
    due = f" · within {say_duration(here.due)}" if here.due else ""
    if here.holder:
        return f"*Who:* {person(here.holder)} has it{due}"
    return f"*Who:* {run.responsible or 'whoever takes it'}{due}"


def _buttons(run: RunShown, here: Current) -> list[Block]:
    value = _value(run, here.path)
    rows = []
    if first := _first_buttons(run, here, value):
        rows.append(actions(*first))
    beside = [
        button("Skip", Runs.SKIP, value, label=f"Skip, with a reason: {here.title}"),
        button("Assign to me", Runs.ASSIGN, f"{value}:{run.revision}", label=f"Assign to me: {here.title}"),
    ]
    if run.can_go_back:
        beside.append(button("Back", Runs.BACK, value, label="Back to the step before"))
    if run.undo is not None:
        beside.append(undo_button(run.incident_id, *run.undo))
    beside.append(button("Another playbook", Runs.OFFER, str(run.incident_id)))
    rows.append(actions(*beside))
    return rows


def _first_buttons(run: RunShown, here: Current, value: str) -> list[Block]:
    """What moves the step on."""
    if run.needs:
        return [button("Fill in", Runs.FILL, value, style="primary", label=f"Fill in: {'; '.join(run.needs)}"[:75])]
    if here.options:
        return [
            button(option.label, f"{Runs.ANSWER}:{number}", f"{value}:{number}", label=f"Answer: {option.label}")
            for number, option in enumerate(here.options)
        ]
    if isinstance(here.step, CheckStep | ActionStep):
        return call_buttons(run.call, here, value)
    if isinstance(here.step, WaitStep):
        return []
    return [button("Done", Runs.DONE, value, style="primary", label=f"Done: {here.title}")]


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
    if run.closing_criteria:
        lines = [
            f":white_check_mark: {esc(text, 200)} ({person(by)})" if by else f":white_large_square: {esc(text, 200)}"
            for text, by in run.closing_criteria
        ]
        blocks.append(section("*What has to hold:*\n" + "\n".join(lines)))
        if run.can_change and not all(by for _, by in run.closing_criteria):
            at = f"{run.incident_id}:{run.run_id}"
            buttons.append(button("Confirm", Runs.CONFIRM, at, style="primary", label="Confirm what holds"))
    if run.can_go_back:
        buttons.append(button("Back", Runs.BACK, _value(run, "end"), label="Back to the step before"))
    if run.can_change:
        buttons.append(button("Another playbook", Runs.OFFER, str(run.incident_id)))
    if run.undo is not None:
        buttons.append(undo_button(run.incident_id, *run.undo))
    if buttons:
        blocks.append(actions(*buttons))
    return esc(f"{run.playbook} is over, {taken}: {closing.strip()}", 2900), blocks


def picture_offer(incident_id: int) -> Block:
    """Below the copy of a step that one person sees."""
    return actions(
        button("Picture for the channel", Runs.PICTURE, str(incident_id), label="Post a picture of the walk")
    )


def offer(
    incident_id: int, newest_run: int, fitting: Sequence[tuple[str, str, str]], *, walked: Sequence[str]
) -> tuple[str, list[Block]]:
    """(text, blocks) of playbooks to choose from: (id, title, why it fits). `newest_run` is 0 before the first."""
    text = "Choose a playbook."
    if walked:
        names = " and ".join(f"“{esc(title, 150)}”" for title in walked)
        text += f" {names} {'is' if len(walked) == 1 else 'are'} being walked now; you choose next what becomes of it."
    blocks: list[Block] = [section(text)]
    for number, (playbook_id, title, why) in enumerate(fitting[:20]):
        value = f"{incident_id}:{newest_run}:{playbook_id}"
        start = button("Start", f"{Runs.CHOOSE}:{number}", value, label=f"Start: {title}")
        blocks.append(section(f"*{esc(title, 150)}* `{esc(playbook_id, 80)}`\n{esc(why, 300)}", accessory=start))
    return f"{text} {'; '.join(one_line(title, 80) for _, title, _ in fitting[:20])}", blocks


def beside_or_instead(
    incident_id: int, newest_run: int, playbook_id: str, title: str, walked: Sequence[tuple[int, str]], *, room: bool
) -> tuple[str, list[Block]]:
    """(text, blocks): what becomes of the runs being walked, (run, title), when another playbook is started."""
    names = " and ".join(f"“{esc(name, 150)}”" for _, name in walked)
    how = "Two causes at once are normal: both can be walked." if room else "At most two are walked at once."
    text = f"{names} {'is' if len(walked) == 1 else 'are'} being walked. Start “{esc(title, 150)}”? {how}"
    value = f"{incident_id}:{newest_run}:{playbook_id}"
    buttons = [button("Beside it", Runs.BESIDE, value, style="primary", label=f"Start beside: {title}")] if room else []
    for run, name in walked:
        said = "Instead of it" if len(walked) == 1 else f"Instead of {one_line(name, 50)}"
        buttons.append(button(said, f"{Runs.INSTEAD}:{run}", value, label=f"Start instead of {name}"[:75]))
    return text, [section(text), actions(*buttons)]


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
