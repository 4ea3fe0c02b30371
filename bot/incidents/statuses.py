"""Moving an incident on: status and severity, each with the reason that was given at the time."""

from __future__ import annotations

from bot.incidents import ending, resuming, updates
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.standing import settle_all
from bot.incidents.telling import redraw, say, tell_stakeholders
from bot.incidents.wording import entered, kept, name, words
from bot.requests import Reopen, Resolve, SetSeverity, SetStatus
from bot.views import statuses as views
from bot.views.ids import Card, Statuses
from bot.views.text import INC, esc, one_line, person
from playbooks.lifecycle import RuleBroken, Severity, Status, check_move, is_reopening, milestone, worst
from storage.models import Incident

_PERMISSION = {Status.RESOLVED: "resolve", Status.CLOSED: "close", Status.CANCELLED: "cancel"}


def set_status(desk: Desk, request: SetStatus, command: Command) -> Answer:
    """Move the incident on; asks why when that was not said."""
    incident = incident_here(desk, command.channel)
    _check(desk, incident, request.status)
    if request.why is None:
        return _ask(desk, incident, request.status)
    return move(desk, incident, request.status, words(desk, request.why, 1000))


def resolve(desk: Desk, request: Resolve, command: Command) -> Answer:
    """It is over; asks what ended it when that was not said."""
    return set_status(desk, SetStatus(status=Status.RESOLVED, why=request.ended_by), command)


def reopen(desk: Desk, request: Reopen, command: Command) -> Answer:
    """It is not over after all."""
    incident = incident_here(desk, command.channel)
    _check_over(incident)
    return move(desk, incident, Status.INVESTIGATING, words(desk, request.why, 1000))


def move(desk: Desk, incident: Incident, to: Status, why: str) -> Answer:
    """Move a held incident to another status, for a reason. Raises RuleBroken where it may not go there."""
    _check(desk, incident, to)
    before = Status(incident.status)
    incident.status = to.value
    column = milestone(to)
    if column is not None and getattr(incident, column) is None:
        setattr(incident, column, desk.now)
    not_true_any_more = ending.set_milestones(desk, incident, to, why)
    enter(
        desk,
        incident,
        "status",
        f"Status: {before} → {to}",
        reason=kept(why),
        data={"from": before.value, "to": to.value, "was": not_true_any_more},
    )
    text = _said(desk, before, to, why)
    tell_stakeholders(desk, incident, f"{INC(incident.id, desk.policy)}: {text}")
    if is_reopening(before, to):
        text = f"{text}\n{resuming.go_on(desk, incident)}".rstrip()
        ending.bring_back(desk, incident)
    say(desk, incident, text)
    if not to.is_open:
        ending.end(desk, incident, to)
    redraw(desk, incident)
    return Answer(text=f"{INC(incident.id, desk.policy)} is now {to}.")


def _said(desk: Desk, before: Status, to: Status, why: str) -> str:
    reason = esc(one_line(why, 500))
    who = f" by {person(desk.by)}" if desk.by else ""
    if is_reopening(before, to):
        return f"Reopened{who}. Why: {reason}"
    if to is Status.RESOLVED:
        return f"*Resolved*{who}. What ended it: {reason}"
    return f"Status: {before} → *{to}*{who}. Why: {reason}"


def _check(desk: Desk, incident: Incident, to: Status) -> None:
    before = Status(incident.status)
    check_move(before, to)
    if to is Status.MERGED:
        raise RuleBroken("Incidents cannot be merged yet. Cancel this one, and name the other one as the reason.")
    allow(desk, incident, "reopen" if is_reopening(before, to) else _PERMISSION.get(to, "status"))


def _check_over(incident: Incident) -> None:
    status = Status(incident.status)
    if status.is_open:
        raise RuleBroken(f"The incident is {status}: it is open already.")


def set_severity(desk: Desk, request: SetSeverity, command: Command) -> Answer:
    """Change how severe it is; asks why when that was not said."""
    incident = incident_here(desk, command.channel)
    _check_severity(desk, incident, request.severity)
    if request.why is None:
        return _ask_severity(desk, incident, request.severity)
    return weigh(desk, incident, request.severity, words(desk, request.why, 1000))


def weigh(desk: Desk, incident: Incident, to: Severity, why: str) -> Answer:
    """Change the severity of a held incident, for a reason."""
    _check_severity(desk, incident, to)
    before = Severity(incident.severity)
    incident.severity = to.value
    incident.peak_severity = worst([Severity(incident.peak_severity), to]).value
    enter(
        desk,
        incident,
        "severity",
        f"Severity: {before.label} → {to.label}",
        reason=kept(why),
        data={"from": before.value, "to": to.value},
    )
    who = f" by {person(desk.by)}" if desk.by else ""
    text = f"Severity: {before.label} → *{to.label}*{who}. Why: {esc(one_line(why, 500))}"
    say(desk, incident, text)
    tell_stakeholders(desk, incident, f"{INC(incident.id, desk.policy)}: {text}")
    updates.keep_pace(desk, incident)
    settle_all(desk, incident)
    redraw(desk, incident)
    return Answer(text=f"{INC(incident.id, desk.policy)} is now {to.label}.")


def _check_severity(desk: Desk, incident: Incident, to: Severity) -> None:
    if incident.severity == to.value:
        raise RuleBroken(f"The incident is {to.label} already.")
    allow(desk, incident, "severity")


def _ask(desk: Desk, incident: Incident, to: Status | None) -> Answer:
    said = name(desk, incident)
    now = Status(incident.status)
    if to is Status.RESOLVED:
        return Answer(text="What ended it?", modal=views.resolve_form(incident=incident.id, name=said))
    if to is not None and is_reopening(now, to):
        return Answer(text="Why is it not over?", modal=views.reopen_form(incident=incident.id, name=said))
    form = views.status_form(incident=incident.id, name=said, now=now, to=to)
    return Answer(text="Why does the status change?", modal=form)


def _ask_severity(desk: Desk, incident: Incident, to: Severity | None) -> Answer:
    form = views.severity_form(
        incident=incident.id,
        name=name(desk, incident),
        now=Severity(incident.severity),
        to=to,
        policy=desk.policy,
    )
    return Answer(text="Why does the severity change?", modal=form)


def _on_status(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    allow(desk, incident, "status")
    return _ask(desk, incident, None)


def _on_mitigate(desk: Desk, click: Click) -> Answer:
    return _clicked(desk, click, Status.MITIGATED)


def _on_resolve(desk: Desk, click: Click) -> Answer:
    return _clicked(desk, click, Status.RESOLVED)


def _on_reopen(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    _check_over(incident)
    return _ask(desk, incident, Status.INVESTIGATING)


def _clicked(desk: Desk, click: Click, to: Status) -> Answer:
    incident = by_id(desk, int(click.value))
    _check(desk, incident, to)
    return _ask(desk, incident, to)


def _on_severity(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    allow(desk, incident, "severity")
    return _ask_severity(desk, incident, None)


def _sent_status(desk: Desk, sent: Submission) -> FieldErrors | None:
    to = sent.metadata.get("to") or sent.values[Statuses.TO]
    return _sent(desk, sent, Status(to))


def _sent_resolve(desk: Desk, sent: Submission) -> FieldErrors | None:
    return _sent(desk, sent, Status.RESOLVED)


def _sent_reopen(desk: Desk, sent: Submission) -> FieldErrors | None:
    return _sent(desk, sent, Status.INVESTIGATING)


def _sent(desk: Desk, sent: Submission, to: Status) -> FieldErrors | None:
    if not (why := _why(sent)):
        return FieldErrors(errors={Statuses.WHY: "Say it in a few words."})
    move(desk, by_id(desk, sent.metadata["incident"]), to, why)
    return None


def _sent_severity(desk: Desk, sent: Submission) -> FieldErrors | None:
    if not (why := _why(sent)):
        return FieldErrors(errors={Statuses.WHY: "Say it in a few words."})
    to = Severity(sent.metadata.get("to") or sent.values[Statuses.TO])
    weigh(desk, by_id(desk, sent.metadata["incident"]), to, why)
    return None


def _why(sent: Submission) -> str:
    return entered(sent.values.get(Statuses.WHY), 1000)


FEATURE = Feature(
    commands={SetStatus: set_status, SetSeverity: set_severity, Resolve: resolve, Reopen: reopen},
    clicks={
        Card.STATUS: _on_status,
        Card.SEVERITY: _on_severity,
        Card.RESOLVE: _on_resolve,
        Card.REOPEN: _on_reopen,
        Statuses.MITIGATE: _on_mitigate,
    },
    submissions={
        Statuses.STATUS_FORM: _sent_status,
        Statuses.SEVERITY_FORM: _sent_severity,
        Statuses.RESOLVE_FORM: _sent_resolve,
        Statuses.REOPEN_FORM: _sent_reopen,
    },
)
