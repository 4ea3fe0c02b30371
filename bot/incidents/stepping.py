"""Moving through a playbook: done, skipped, answered, taken, back. Of two people who click at once, one wins."""

from __future__ import annotations

from collections.abc import Iterable

from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, OnSubmission, Submission
from bot.incidents.finding import allow, by_id
from bot.incidents.learning import put_back
from bot.incidents.standing import (
    Here,
    clicked,
    moved_on,
    note,
    redraw,
    redraw_run,
    settle,
    settle_all,
    shown_again,
    submitted,
    take,
)
from bot.incidents.starting import MOST_AT_ONCE
from bot.incidents.step_reminders import promise_timers
from bot.incidents.walking import title_of
from bot.incidents.wording import entered, kept, moment
from bot.views.ids import Runs
from bot.views.step_forms import confirm_form, done_form, fill_form, skip_form
from bot.views.text import person, when_plain
from playbooks.evidence import evidence_for, wrong_in
from playbooks.lifecycle import RuleBroken
from playbooks.progress import Current, back, closing, confirm, tell, unknown_variables
from playbooks.steps import Evidence
from playbooks.variables import variables_of, with_variables
from storage import runs


def _done(desk: Desk, click: Click) -> Answer | None:
    here = clicked(desk, click.value)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    if step.evidence:
        return _write_down(here, step, None)
    take(desk, here, step, outcome="done")
    return shown_again(desk, here, click)


def _answer(desk: Desk, click: Click) -> Answer | None:
    value, _, number = click.value.rpartition(":")
    here = clicked(desk, value)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    if not number.isdigit() or int(number) >= len(step.options):
        raise RuleBroken("That answer is not offered any more.")
    if step.evidence:
        return _write_down(here, step, int(number))
    take(desk, here, step, outcome="answered", answer=step.options[int(number)].label)
    return shown_again(desk, here, click)


def _write_down(here: Here, step: Current, answer: int | None) -> Answer:
    form = done_form(
        metadata=here.place,
        here=step,
        answer=answer,
        known=with_variables(here.walk, here.facts),
    )
    return Answer(text="Write it down", modal=form)


def done_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """What a step asked for was written down."""
    here = submitted(desk, sent)
    step, answer = here.step, sent.metadata["answer"]
    if step is None:
        return moved_on(desk, here)
    given = _given(sent)
    if wrong := _wrong(desk, step.evidence, given):
        return wrong
    if answer is None:
        take(desk, here, step, outcome="done", evidence=given)
    else:
        take(desk, here, step, outcome="answered", answer=step.options[answer].label, evidence=given)
    return None


def _given(sent: Submission) -> dict[str, str]:
    prefix = f"{Runs.EVIDENCE}:"
    typed = {
        block.removeprefix(prefix): entered(str(value))
        for block, value in sent.values.items()
        if block.startswith(prefix) and value
    }
    return {name: value for name, value in typed.items() if value}


def _wrong(desk: Desk, items: Iterable[Evidence], given: dict[str, str]) -> FieldErrors | None:
    """A sentence under each field that will not do, so that the form stays open with all that was typed."""
    items = list(items)
    missing = {item.id: "Please write this down." for item in items if item.required and item.id not in given}
    wrong = missing | wrong_in(items, given) | _read_times(desk, items, given)
    return FieldErrors(errors={f"{Runs.EVIDENCE}:{name}": said for name, said in wrong.items()}) if wrong else None


def _read_times(desk: Desk, items: Iterable[Evidence], given: dict[str, str]) -> dict[str, str]:
    """Write the times in `given` out in full, with date and zone; what is wrong with those that are none."""
    wrong = {}
    for item in items:
        if item.kind != "time" or not given.get(item.id):
            continue
        at = moment(given[item.id])
        if at is None:
            wrong[item.id] = "Write it as 2026-11-20 14:05; it is read as UTC."
        elif at > desk.now:
            wrong[item.id] = f"That time has not come yet: it is {when_plain(desk.now)} now."
        else:
            given[item.id] = when_plain(at)
    return wrong


def _skip(desk: Desk, click: Click) -> Answer:
    here = clicked(desk, click.value)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    form = skip_form(metadata=here.place, here=step)
    return Answer(text="Skip this step", modal=form)


def skip_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """A step is passed over, with a reason."""
    here = submitted(desk, sent)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    reason = entered(sent.values[Runs.REASON], 500)
    if not reason.strip():
        return FieldErrors(errors={Runs.REASON: "Say in a few words why. “Does not apply” is a good reason."})
    take(desk, here, step, outcome="skipped", reason=reason)
    return None


def _assign(desk: Desk, click: Click) -> Answer | None:
    value, _, revision = click.value.rpartition(":")
    here = clicked(desk, value)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    if step.holder == desk.by:
        raise RuleBroken("You have this step already.")
    # Taking over from somebody is fine for whoever saw that they have it.
    if step.holder is not None and here.run.revision != int(revision):
        raise RuleBroken(f"{person(step.holder)} was faster, and has this step now.")
    runs.assign(desk.tx, here.run, step=here.path, user=desk.by, at=desk.now)
    note(desk, here.incident, f"{person(desk.by)} took the step: {kept(step.title)}")
    redraw(desk, here)
    return shown_again(desk, here, click)


def _back(desk: Desk, click: Click) -> Answer | None:
    here = clicked(desk, click.value)
    others = [run.id for run in runs.going_on(desk.tx, here.incident.id) if run.id != here.run.id]
    if here.run.ended_at is not None and len(others) >= MOST_AT_ONCE:
        raise RuleBroken("Two other playbooks are being walked; end one of them before you come back to this one.")
    record = back(here.walk, by=desk.by, at=desk.now)
    title = title_of(here.walk, record.path, here.facts)
    if here.run.ended_at is not None:
        promise_timers(desk, here.incident, here.run, here.walk)
    replaced = runs.take_back(desk.tx, here.run, record)
    put_back(here.incident, replaced)
    note(desk, here.incident, f"Reopened a step: {kept(title)}")
    settle(desk, here)
    if "failure_mode" in replaced:
        settle_all(desk, here.incident)
    return shown_again(desk, here, click)


def _fill(desk: Desk, click: Click) -> Answer:
    here = clicked(desk, click.value)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    asked = unknown_variables(here.walk, here.path, here.facts)
    if not asked:
        raise RuleBroken("All that this step needs is known by now. The playbook's message shows it.")
    form = fill_form(metadata=here.place, here=step, asked=asked)
    return Answer(text="Fill in", modal=form)


def fill_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """Somebody said what the step's variables are."""
    here = submitted(desk, sent)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    asked, given = variables_of(here.walk), _given(sent)
    prefix = f"{Runs.EVIDENCE}:"
    names = [block.removeprefix(prefix) for block in sent.values if block.startswith(prefix)]
    if wrong := _wrong(desk, [evidence_for(name, asked[name]) for name in names if name in asked], given):
        return wrong
    record = tell(here.walk, path=here.path, by=desk.by, at=desk.now, variables=given)
    runs.record(desk.tx, here.run, record)
    said = "; ".join(f"{kept(asked[name].ask)} {kept(value)}" for name, value in record.evidence.items())
    note(desk, here.incident, f"Filled in: {said}")
    settle(desk, here)
    return None


def _confirm(desk: Desk, click: Click) -> Answer:
    incident_id, run_id = (int(part) for part in click.value.split(":"))
    incident = by_id(desk, incident_id)
    allow(desk, incident, "playbook")
    run = runs.by_id(desk.tx, run_id)
    if run is None or run.incident_id != incident.id or run.end != "finished":
        raise RuleBroken("Closing criteria are confirmed once the playbook has come to its end.")
    criteria = enumerate(closing(runs.walk(desk.tx, run)))
    left = [(number, text) for number, (text, confirmed) in criteria if confirmed is None]
    if not left:
        raise RuleBroken("All of them are confirmed already.")
    return Answer(text="What holds?", modal=confirm_form(incident_id=incident.id, run_id=run.id, criteria=left))


def confirm_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """Somebody has seen that closing criteria hold. The incident's status stays what it is."""
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "playbook")
    run = runs.by_id(desk.tx, sent.metadata["run"])
    if run is None or run.end != "finished":
        raise RuleBroken("The playbook is being walked again; confirm them at its end.")
    walk = runs.walk(desk.tx, run)
    criteria = [text for text, _ in closing(walk)]
    chosen = [criteria[int(number)] for number in sent.values[Runs.CRITERIA] or [] if int(number) < len(criteria)]
    record = confirm(walk, by=desk.by, at=desk.now, criteria=chosen)
    runs.record(desk.tx, run, record)
    note(desk, incident, "Confirmed: " + "; ".join(kept(one) for one in record.evidence.values()))
    redraw_run(desk, incident, run)
    return None


CLICKS: dict[str, OnClick] = {
    Runs.DONE: _done,
    f"{Runs.ANSWER}:*": _answer,
    Runs.SKIP: _skip,
    Runs.ASSIGN: _assign,
    Runs.BACK: _back,
    Runs.FILL: _fill,
    Runs.CONFIRM: _confirm,
}
SUBMISSIONS: dict[str, OnSubmission] = {
    Runs.DONE_FORM: done_sent,
    Runs.SKIP_FORM: skip_sent,
    Runs.FILL_FORM: fill_sent,
    Runs.CONFIRM_FORM: confirm_sent,
}
