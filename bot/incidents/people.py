"""What Slack tells of accounts, written down; and how people are called where a mention does not work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bot.effects import LookUpPerson, ResolveContact, SetTopic, owe
from bot.incidents.desk import Desk, Feature
from bot.incidents.joining import bring_in
from bot.views.text import person
from playbooks.contacts import Contact, parse_contact
from playbooks.lifecycle import Role
from storage import groups, people, roles
from storage.transaction import Transaction

_GOOD_FOR: Final = timedelta(hours=24)
_NOBODY: Final = "is not in this Slack workspace"
SOMEBODY: Final = "somebody"


def name_of(tx: Transaction, user_id: str) -> str:
    """What to call an account in plain text: its name, or 'somebody' while nobody has asked Slack. Not escaped."""
    known = people.person(tx, user_id)
    return known.name if known is not None and known.name else SOMEBODY


def label_of(tx: Transaction, contact: Contact, user_id: str | None) -> str:
    """What to call whom a card names: by name where it gives an id, as far as Slack was asked. Not escaped."""
    if contact.kind == "slack-group":
        group = groups.group(tx, contact.value)
        return f"@{group.handle}" if group is not None else contact.label
    known = people.person(tx, user_id) if user_id and contact.kind in {"slack-user", "handle"} else None
    return known.name if known is not None and known.name else contact.label


def meet(desk: Desk, user_id: str) -> None:
    """Have an account looked up that takes part in something and is not known, or not known any more."""
    known = people.person(desk.tx, user_id)
    if known is None or known.checked_at <= desk.now - _GOOD_FOR:
        owe(desk.tx, LookUpPerson(user=user_id))


def why_nobody(desk: Desk, user_id: str) -> str | None:
    """Why nothing can be given to this account to do, as a sentence; None for a person, and for whom nobody knows."""
    known = people.person(desk.tx, user_id)
    if known is None:
        return None
    if known.deactivated:
        return f"{person(user_id)} has a Slack account that is deactivated. Choose somebody else."
    return f"{person(user_id)} is an app, not a person. Choose somebody else." if known.is_bot else None


def without_marks(sentence: str) -> str:
    """The same for a form's error, which shows no markup: whoever is meant stands in the field above it."""
    return f"This person{sentence.partition('>')[2]}" if sentence.startswith("<@") else sentence


def note_person(desk: Desk, effect: LookUpPerson, learnt: dict[str, Any]) -> None:
    """Slack told of an account, or that there is none under this id."""
    if learnt.get("found", True):
        was_somebody = name_of(desk.tx, effect.user) == SOMEBODY
        _keep(desk, {**learnt, "user_id": effect.user})
        if was_somebody:
            from bot.incidents.review_record import name_in_drafts  # it is written with names, so it imports this

            name_in_drafts(desk)


def note_contact(desk: Desk, effect: ResolveContact, learnt: dict[str, Any]) -> None:
    """Slack told who is behind a contact; whoever waits for them in an open incident is brought in.

    `learnt` has user_id or None, problem or None, and what Slack says of the account, or that under `person`.
    """
    account = learnt.get("person") or (learnt if learnt.get("user_id") and learnt.get("name") else None)
    user_id, problem = learnt.get("user_id"), learnt.get("problem")
    if account:
        _keep(desk, account)
        if account.get("is_bot") and not problem:
            problem = "is an app, not a person"
    if not user_id and not learnt.get("group"):
        problem = problem or _NOBODY
        user_id = _gone(desk, effect.contact)
    people.keep_contact(desk.tx, effect.contact, user_id=user_id, problem=problem, now=desk.now)
    bring_in(desk, effect.contact)
    if learnt.get("group"):
        from bot.incidents.groups import note_group  # it names people, so it imports this

        note_group(desk, effect.contact, learnt["group"])


def _gone(desk: Desk, contact: str) -> str | None:
    """Who was found here before. Slack finds no deactivated account by its address, but tells of it by its id."""
    earlier = people.who(desk.tx, contact)[0]
    if earlier is not None:
        owe(desk.tx, LookUpPerson(user=earlier))
    return earlier


def _keep(desk: Desk, learnt: dict[str, Any]) -> None:
    email = learnt.get("email") or None
    user_id, name = str(learnt["user_id"]), str(learnt.get("name") or "").strip()
    if people.person(desk.tx, user_id) is None:
        for incident_id in roles.held_in(desk.tx, Role.COMMANDER.value, user_id):
            owe(desk.tx, SetTopic(incident_id=incident_id))  # it can name the commander now
    known = people.person(desk.tx, user_id)
    has_left = bool(learnt.get("deactivated")) and known is not None and not known.deactivated
    people.keep_person(
        desk.tx,
        user_id,
        name=name or (parse_contact(email).label if email else SOMEBODY),
        email=email,
        time_zone=learnt.get("time_zone") or None,
        deactivated=bool(learnt.get("deactivated")),
        is_bot=bool(learnt.get("is_bot")),
        now=desk.now,
    )
    if has_left:
        from bot.incidents.owning import left  # it names people, so it imports this

        left(desk, user_id)


FEATURE = Feature(learnt={LookUpPerson: note_person, ResolveContact: note_contact})
