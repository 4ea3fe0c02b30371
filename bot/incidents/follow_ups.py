"""Follow-ups: what is to be done after the incident, by whom and until when, until somebody says that it is done."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.effects import Tell, owe
from bot.incidents import people
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id, incident_here, visible
from bot.incidents.reminding import Outcome
from bot.incidents.review_nags import zone_of
from bot.incidents.telling import say
from bot.incidents.wording import entered, kept, name, where, words
from bot.requests import AddFollowUp
from bot.views import follow_ups as views
from bot.views.follow_ups import Item
from bot.views.ids import FollowUps
from bot.views.text import INC, esc, one_line, person
from playbooks.due_words import day_meant
from playbooks.lifecycle import RuleBroken
from playbooks.working_time import day_start, move_working_days, next_working_moment
from storage import follow_ups, reminders
from storage.models import FollowUp, Incident, Reminder

_LONGEST = 1500


def add(desk: Desk, request: AddFollowUp, command: Command) -> Answer:
    """Write down a follow-up, and show all there are; whoever is asked for owner and date gets buttons."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "follow-up")
    due_on = day_meant(request.due, desk.now.astimezone(zone_of(desk, desk.by)).date()) if request.due else None
    if problem := _why_not(desk, incident, request.owner) or _too_late(desk, request.owner, due_on):
        raise RuleBroken(problem)
    text = words(desk, request.text, _LONGEST)
    _add(desk, incident, text=text, owner=request.owner, due_on=due_on)
    return _listed(desk, incident, "It is written down. The follow-ups so far:")


def _add(desk: Desk, incident: Incident, *, text: str, owner: str | None, due_on: date | None) -> FollowUp:
    added = follow_ups.add(
        desk.tx, incident_id=incident.id, text=text, added_by=desk.by, at=desk.now, owner=owner, due_on=due_on
    )
    _promise(desk, added)
    said, blocks = views.added(incident=incident.id, by=desk.by, item=_item(added))
    _note(desk, incident, f"Follow-up: {kept(text)}{_whose(added)}")
    say(desk, incident, said, blocks)
    return added


def _whose(item: FollowUp) -> str:
    owner = f", for {person(item.owner)}" if item.owner else ""
    return owner + (f", by {item.due_on}" if item.due_on else "")


def _why_not(desk: Desk, incident: Incident, owner: str | None) -> str | None:
    """Why this person cannot own a follow-up; one of a private incident would tell them of it."""
    if owner is None:
        return None
    if not visible(desk, incident, owner):
        return "This incident is private, and they are not in it. Invite them to the channel first, or choose another."
    return people.why_nobody(desk, owner)


def _too_late(desk: Desk, owner: str | None, due_on: date | None) -> str | None:
    """Why a new follow-up cannot be due then."""
    if due_on is None or due_on >= desk.now.astimezone(zone_of(desk, owner or desk.by)).date():
        return None
    return f"{due_on} is over already. Choose a day that is still to come."


def _note(desk: Desk, incident: Incident, text: str) -> None:
    enter(desk, incident, "follow-up", text)


def _item(row: FollowUp) -> Item:
    return Item(id=row.id, text=row.text, owner=row.owner, due_on=row.due_on, done=row.done_at is not None)


def _listed(desk: Desk, incident: Incident, head: str, *, replace: bool = False) -> Answer:
    items = [_item(row) for row in follow_ups.of_incident(desk.tx, incident.id)]
    if not items:
        number = INC(incident.id, desk.policy)
        head = f"{number} has no follow-ups yet. `/ml-incident action <what is to be done>` adds one."
    text, blocks = views.listed(incident=incident.id, head=head, items=items)
    return Answer(text=text, blocks=blocks, replace=replace)


def _on_list(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value), for_change=False)
    return _listed(desk, incident, f"Follow-ups of {esc(name(desk, incident), 300)}:")


def _on_add(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value), for_change=False)
    return _form(desk, incident, None)


def _form(desk: Desk, incident: Incident, row: FollowUp | None) -> Answer:
    allow(desk, incident, "follow-up")
    item = _item(row) if row is not None else None
    form = views.follow_up_form(incident=incident.id, name=name(desk, incident), item=item)
    return Answer(text="What is to be done?", modal=form)


def _on_edit(desk: Desk, click: Click) -> Answer:
    incident, row = _clicked(desk, click)
    return _form(desk, incident, row)


def _clicked(desk: Desk, click: Click) -> tuple[Incident, FollowUp]:
    """The held incident and its follow-up that a button was drawn for."""
    incident_id, follow_up_id = click.value.split(":")
    incident = by_id(desk, int(incident_id))
    return incident, _of(desk, incident, int(follow_up_id))


def _of(desk: Desk, incident: Incident, follow_up_id: int) -> FollowUp:
    row = follow_ups.by_id(desk.tx, follow_up_id)
    if row is None or row.incident_id != incident.id or row.removed_at is not None:
        raise RuleBroken("This follow-up was taken back meanwhile.")
    return row


def _on_done(desk: Desk, click: Click) -> Answer:
    incident, row = _clicked(desk, click)
    allow(desk, incident, "follow-up")
    if row.done_at is not None:
        raise RuleBroken(f"{person(row.done_by)} has done this already.")
    row.done_at, row.done_by = desk.now, desk.by
    reminders.fulfil(desk.tx, _key(row), desk.now)
    _note(desk, incident, f"Follow-up done: {kept(row.text)}")
    said = f"{person(desk.by)} has done the follow-up: {esc(one_line(row.text, 300))}"
    if click.channel != incident.channel_id:
        say(desk, incident, said)
        return Answer(text=said, replace=True)
    say(desk, incident, said)
    return _listed(desk, incident, "Done. The follow-ups:")


def _sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "follow-up")
    text = entered(sent.values.get(FollowUps.TEXT), _LONGEST)
    owner = sent.values.get(FollowUps.OWNER) or None
    due_on = date.fromisoformat(chosen) if (chosen := sent.values.get(FollowUps.DUE_ON)) else None
    errors: dict[str, str] = {}
    if not text:
        errors[FollowUps.TEXT] = "Say what is to be done."
    if problem := _why_not(desk, incident, owner):
        errors[FollowUps.OWNER] = people.without_marks(problem)
    follow_up_id = sent.metadata.get("follow_up")
    if follow_up_id is None and (problem := _too_late(desk, owner, due_on)):
        errors[FollowUps.DUE_ON] = problem
    if errors:
        return FieldErrors(errors=errors)
    if follow_up_id is None:
        _add(desk, incident, text=text, owner=owner, due_on=due_on)
    else:
        _change(desk, incident, _of(desk, incident, follow_up_id), text=text, owner=owner, due_on=due_on)
    return None


def _change(
    desk: Desk, incident: Incident, row: FollowUp, *, text: str, owner: str | None, due_on: date | None
) -> None:
    was = _item(row)
    row.text, row.owner = text, owner
    row.due_on = due_on.isoformat() if due_on is not None else None
    if _item(row) == was:
        return
    _promise(desk, row)
    _note(desk, incident, f"Follow-up changed: {kept(text)}{_whose(row)}")
    say(desk, incident, f"{person(desk.by)} changed a follow-up: {views.line(_item(row))}")


def _key(row: FollowUp) -> str:
    return f"follow-up:{row.id}"


def _promise(desk: Desk, row: FollowUp) -> None:
    """Remind the owner on the day, when their working day begins; without owner or date there is nobody and no day."""
    if row.owner is None or row.due_on is None or row.done_at is not None:
        reminders.fulfil(desk.tx, _key(row), desk.now)
        return
    people.meet(desk, row.owner)
    zone = zone_of(desk, row.owner)
    begins = next_working_moment(day_start(date.fromisoformat(row.due_on), desk.policy, zone), desk.policy, zone)
    if begins <= desk.now:
        begins = _next_day(desk, zone)
    reminders.promise(
        desk.tx,
        key=_key(row),
        kind="follow-up",
        next_due_at=begins,
        incident_id=row.incident_id,
        data={"follow_up": row.id},
    )


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Remind the owner on the day, and on working days after it, until it is done."""
    incident = by_id(desk, reminder.incident_id or 0)
    row = follow_ups.by_id(desk.tx, (reminder.data or {})["follow_up"])
    if row is None or row.removed_at or row.done_at or row.owner is None or row.due_on is None:
        return Outcome(next_due_at=None, said=False)
    to = _reminded(desk, incident, row)
    if to is None:
        return Outcome(next_due_at=None, said=False)
    zone = zone_of(desk, to)
    today = desk.now.astimezone(zone).date()
    text, blocks = views.asked(
        incident=incident.id,
        where=where(desk, incident),
        item=_item(row),
        overdue=today > date.fromisoformat(row.due_on),
        gone=row.owner if to != row.owner else None,
    )
    owe(desk.tx, Tell(user=to, text=text, blocks=blocks, incident_id=incident.id))
    return Outcome(next_due_at=_next_day(desk, zone))


def _reminded(desk: Desk, incident: Incident, row: FollowUp) -> str | None:
    """The owner, while they can be reached and may know of the incident; else whoever asked for it, or opened it."""
    for user in (row.owner, row.added_by, incident.opened_by):
        if user and visible(desk, incident, user) and people.why_nobody(desk, user) is None:
            return user
    return None


def _next_day(desk: Desk, zone: ZoneInfo) -> datetime:
    """When the owner is reminded the next time: working days only, as often as of a review."""
    today = desk.now.astimezone(zone).date()
    following = move_working_days(today, desk.policy.reviews.remind_after_every_days, desk.policy)
    return day_start(following, desk.policy, zone)


FEATURE = Feature(
    commands={AddFollowUp: add},
    clicks={
        FollowUps.ADD: _on_add,
        FollowUps.LIST: _on_list,
        FollowUps.EDIT: _on_edit,
        FollowUps.DONE: _on_done,
    },
    submissions={FollowUps.FORM: _sent},
)
