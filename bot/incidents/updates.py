"""Updates for stakeholders, and keeping the time that was promised for the next one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.effects import Tell, owe
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.reminding import Outcome
from bot.incidents.telling import is_announced, redraw, say, tell_stakeholders
from bot.incidents.wording import entered, kept, name, where, words
from bot.requests import SendUpdate
from bot.views import updates as views
from bot.views.ids import Card, Updates
from bot.views.text import person, when
from playbooks.durations import parse_duration
from playbooks.lifecycle import Role, Severity, Status
from storage import reminders, roles, updates
from storage.models import Incident, Reminder


def send(desk: Desk, request: SendUpdate, command: Command) -> Answer:
    """Tell stakeholders one line; without words, ask the five questions."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "update")
    if request.text is None:
        return _ask(desk, incident)
    # The first word is what it means for people; a later one says what changed, and the impact stands as last told.
    text = words(desk, request.text, 1500)
    first = incident.impact is None
    tell(
        desk,
        incident,
        impact=text if first else incident.impact or text,
        changed=None if first else text,
        next_at=desk.now + pace(desk, incident) if _is_open(incident) else None,
    )
    promised = f" The next one is due {when(incident.next_update_at)}." if incident.next_update_at else ""
    return Answer(text=f"Sent.{promised}")


def tell(
    desk: Desk,
    incident: Incident,
    *,
    impact: str,
    changed: str | None = None,
    next_step: str | None = None,
    unknown: str | None = None,
    next_at: datetime | None,
) -> None:
    """Send an update of a held incident. All words are plain text; `next_at` is what is promised with it."""
    was_promised = incident.next_update_at
    promise(desk, incident, next_at)
    incident.impact = impact
    next_at = incident.next_update_at
    updates.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        author=desk.by,
        impact=impact,
        changed=changed,
        next_step=next_step,
        unknown=unknown,
        promised_at=was_promised,
        next_at=next_at,
    )
    text, blocks = views.told(
        views.Told(
            name=name(desk, incident),
            severity=Severity(incident.severity),
            status=Status(incident.status),
            author=desk.by,
            impact=impact,
            changed=changed,
            next_step=next_step,
            unknown=unknown,
            next_at=next_at,
        )
    )
    if is_announced(incident):
        tell_stakeholders(desk, incident, text, blocks)
        say(desk, incident, views.sent(author=desk.by, news=changed or impact, next_at=next_at))
    else:
        say(desk, incident, text, blocks)  # private, a test or a drill: it stays in the channel
    _note(desk, incident, f"Update: {kept(changed or impact)}")
    redraw(desk, incident)


def _note(desk: Desk, incident: Incident, text: str) -> None:
    enter(desk, incident, "update", text)


def _ask(desk: Desk, incident: Incident) -> Answer:
    last = updates.latest(desk.tx, incident.id)
    form = views.update_form(
        incident=incident.id,
        name=name(desk, incident),
        impact=incident.impact,
        next_step=last.next_step if last else None,
        unknown=last.unknown if last else None,
        every=pace(desk, incident) if _is_open(incident) else None,
    )
    return Answer(text="What do stakeholders need to know?", modal=form)


def _on_open(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    allow(desk, incident, "update")
    return _ask(desk, incident)


def _sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "update")
    answers = {
        block: entered(sent.values.get(block), 1500) or None
        for block in (Updates.IMPACT, Updates.CHANGED, Updates.NEXT_STEP, Updates.UNKNOWN)
    }
    impact = answers[Updates.IMPACT]
    if impact is None:
        return FieldErrors(errors={Updates.IMPACT: "Say what it means for people. UNKNOWN is an answer."})
    chosen = sent.values.get(Updates.NEXT_AT)
    promised = chosen and chosen != views.NONE and _is_open(incident)
    tell(
        desk,
        incident,
        impact=impact,
        changed=answers[Updates.CHANGED],
        next_step=answers[Updates.NEXT_STEP],
        unknown=answers[Updates.UNKNOWN],
        next_at=desk.now + parse_duration(str(chosen)) if promised else None,
    )
    return None


def _is_open(incident: Incident) -> bool:
    return Status(incident.status).is_open


def pace(desk: Desk, incident: Incident) -> timedelta:
    """How often stakeholders are told at the present severity."""
    return desk.policy.severity(Severity(incident.severity)).update_every


def promise(desk: Desk, incident: Incident, at: datetime | None) -> None:
    """Promise the next update of a held incident for `at`, with a reminder shortly before it; None promises nothing."""
    # Whole seconds: a button carries the promise in Unix time.
    incident.next_update_at = at = at and at.replace(microsecond=0)
    key = f"update:{incident.id}"
    if at is None:
        reminders.fulfil(desk.tx, key, desk.now)
        return
    before = at - desk.policy.updates.remind_before
    reminders.promise(
        desk.tx,
        key=key,
        kind="update",
        next_due_at=before if before > desk.now else at,
        incident_id=incident.id,
    )


def keep_pace(desk: Desk, incident: Incident) -> None:
    """After a change of severity: nobody waits longer for the next update than the new one allows."""
    latest = desk.now + pace(desk, incident)
    if incident.next_update_at is not None and incident.next_update_at > latest:
        promise(desk, incident, latest)


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Shortly before the promised time remind one person; at and after it the channel."""
    incident = by_id(desk, reminder.incident_id or 0)
    promised = incident.next_update_at
    if promised is None or not _is_open(incident):
        return Outcome(next_due_at=None, said=False)
    more, whose = desk.policy.updates.more_time, _whose(desk, incident)
    if desk.now < promised:
        text, blocks = views.soon(incident=incident.id, where=where(desk, incident), promised=promised, more=more)
        owe(desk.tx, Tell(user=whose, text=text, blocks=blocks, incident_id=incident.id))
        return Outcome(next_due_at=promised)
    text, blocks = views.overdue(incident=incident.id, promised=promised, whose=whose, more=more)
    say(desk, incident, text, blocks)
    return Outcome(next_due_at=desk.now + pace(desk, incident))


def _whose(desk: Desk, incident: Incident) -> str:
    held = roles.holders(desk.tx, incident.id)
    for role in (Role.COMMS, Role.COMMANDER):
        if role.value in held:
            return held[role.value].user_id
    return incident.opened_by


def _on_later(desk: Desk, click: Click) -> Answer:
    incident, promised = _promised(desk, click)
    if incident.next_update_at != promised:
        return _too_late(incident)
    at = max(promised, desk.now) + desk.policy.updates.more_time
    promise(desk, incident, at)
    text = f"{person(desk.by)} moved the next update from {when(promised)} to {when(at)}."
    return _moved(desk, incident, click, text)


def _on_not_needed(desk: Desk, click: Click) -> Answer:
    incident, promised = _promised(desk, click)
    if incident.next_update_at != promised:
        return _too_late(incident)
    promise(desk, incident, None)
    text = f"{person(desk.by)} says that the update promised for {when(promised)} is not needed. None is promised now."
    return _moved(desk, incident, click, text)


def _moved(desk: Desk, incident: Incident, click: Click, text: str) -> Answer:
    _note(desk, incident, text)
    if click.channel != incident.channel_id:  # clicked in a direct message: the team reads it too
        say(desk, incident, text)
    redraw(desk, incident)
    return Answer(text=text, replace=True)


def _promised(desk: Desk, click: Click) -> tuple[Incident, datetime]:
    """The held incident, and the promise that the button was drawn for."""
    incident_id, promised = click.value.split(":")
    incident = by_id(desk, int(incident_id))
    allow(desk, incident, "update")
    return incident, datetime.fromtimestamp(int(promised), UTC)


def _too_late(incident: Incident) -> Answer:
    if incident.next_update_at is None:
        return Answer(text="No update is promised any more.", replace=True)
    return Answer(text=f"The next update is promised for {when(incident.next_update_at)} now.", replace=True)


FEATURE = Feature(
    commands={SendUpdate: send},
    clicks={Card.UPDATE: _on_open, Updates.LATER: _on_later, Updates.NOT_NEEDED: _on_not_needed},
    submissions={Updates.FORM: _sent},
)
