"""Saying whose a model is: still mine, not mine any more, handed over. Dated, and asked for again by the digest."""

from __future__ import annotations

from bot.effects import ResolveContact, Tell, owe
from bot.effects.writing import WriteOwner
from bot.incidents import owner_tags
from bot.incidents.desk import Answer, Click, Desk, Feature, FieldErrors, Submission
from bot.incidents.people import meet, name_of, why_nobody, without_marks
from bot.incidents.wording import entered
from bot.views.ids import Owning
from bot.views.owning import also_in_mlflow, asked_next, hand_over_form, not_in_mlflow, not_mine_form, orphaned
from bot.views.text import esc, person
from playbooks.card import ModelCard, from_json
from playbooks.lifecycle import RuleBroken
from playbooks.ownership import Kind
from storage import catalogue, listing, ownership, people

_OWNERS = ("owner", "owner.backup")
_MAY = ("owner", "owner.backup", "team.lead")


def model_of(desk: Desk, name: str) -> tuple[ModelCard, str]:
    """The card with what people said of it, and the owner according to the registry alone."""
    row = catalogue.entry(desk.tx, name)
    if row is None:
        raise RuleBroken("No registry lists this model any more. `/ml-incident models` lists those there are.")
    ownership.take_turn(desk.tx, row.name)
    registry = from_json(row.card)
    return ownership.settled(desk.tx, registry), registry.owner or ""


def _is_theirs(desk: Desk, card: ModelCard, *keys: str) -> bool:
    theirs = set(people.contacts_of(desk.tx, desk.by)) | {f"slack:{desk.by}"}
    return any(people.key(contact) in theirs for key in keys for contact in card.contacts(key))


def may_speak(desk: Desk, card: ModelCard) -> None:
    """Raise RuleBroken unless this person is the model's owner, backup or team lead, or nobody is there to be asked."""
    if _is_theirs(desk, card, *_MAY) or not any(reachable(desk, card, key) for key in _MAY):
        return
    who = [person(user) for key in _MAY for user in reachable(desk, card, key)]
    raise RuleBroken(f"Its owner, backup or team lead says whose it is: {', '.join(dict.fromkeys(who))}.")


def reachable(desk: Desk, card: ModelCard, key: str) -> list[str]:
    """The accounts that a field names and that can be asked."""
    found = people.who_are(desk.tx, card.contacts(key))
    return [user for user, problem in found if user is not None and problem is None]


def note(
    desk: Desk, card: ModelCard, registry: str, kind: Kind, *, owner: str | None = None, why: str | None = None
) -> None:
    """Write down what this person says, here and, where the operator allows it, in MLflow."""
    meet(desk, desk.by)
    ownership.say(
        desk.tx,
        card.name,
        kind=kind,
        by=desk.by,
        by_name=name_of(desk.tx, desk.by),
        registry_said=registry,
        at=desk.now,
        owner=owner,
        reason=why,
    )
    catalogue.score_again(desk.tx, card.name)
    if kind != "declined" and owner_tags.is_written(desk, card.name):
        owe(desk.tx, WriteOwner(model=card.name))


def _still_mine(desk: Desk, click: Click) -> Answer:
    card, registry = model_of(desk, click.value)
    if not _is_theirs(desk, card, *_OWNERS):
        may_speak(desk, card)
        raise RuleBroken("You are not its owner. *Hand over to…* makes somebody its owner.")
    # Whom Slack alone knows as the owner is named again: a word that names nobody is about the registry's.
    note(desk, card, registry, "confirmed", owner=card.owner if card.owner != registry else None)
    return Answer(text=f"Noted: *{esc(card.title, 150)}* is still yours. {again(desk, card)}")


def again(desk: Desk, card: ModelCard) -> str:
    """When the owner is asked next, and where else their word goes."""
    asked = f"You are asked again in {desk.policy.ownership.review_after_days} days."
    return f"{asked} {besides}" if (besides := _besides(desk, card)) else asked


def _besides(desk: Desk, card: ModelCard, *, given_up: bool = False) -> str:
    if desk.owner_tags is None or not owner_tags.is_written(desk, card.name):
        return ""
    return not_in_mlflow(desk.owner_tags) if given_up else also_in_mlflow(desk.owner_tags)


def _take(desk: Desk, click: Click) -> Answer:
    card, registry = model_of(desk, click.value)
    may_speak(desk, card)
    if card.owner is not None and reachable(desk, card, "owner"):
        raise RuleBroken(f"{person(reachable(desk, card, 'owner')[0])} owns it by now.")
    hand(desk, card, registry, desk.by, None)
    return Answer(text=f"*{esc(card.title, 150)}* is yours from now on. {again(desk, card)}")


def _hand_over(desk: Desk, click: Click) -> Answer:
    card, _ = model_of(desk, click.value)
    may_speak(desk, card)
    return Answer(text="Hand over a model", modal=hand_over_form(card.name, card.title, besides=_besides(desk, card)))


def _hand_over_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    card, registry = model_of(desk, sent.metadata["model"])
    may_speak(desk, card)
    to = sent.values[Owning.TO]
    if not to:
        return FieldErrors(errors={Owning.TO: "Choose who owns it from now on."})
    if (nobody := why_nobody(desk, to)) is not None:
        return FieldErrors(errors={Owning.TO: without_marks(nobody)})
    if to in reachable(desk, card, "owner"):
        return FieldErrors(errors={Owning.TO: "They own it already."})
    if (problem := _kept_out(desk, to)) is not None:
        return FieldErrors(errors={Owning.TO: f"This person {problem}. Choose somebody who works here."})
    before = reachable(desk, card, "owner")
    why = entered(sent.values.get(Owning.WHY), 500)
    hand(desk, card, registry, to, why or None)
    said = f" They say: {esc(why, 500)}" if why else ""
    for user in dict.fromkeys([to, *before]):
        if user != desk.by:
            whose = "you" if user == to else person(to)
            model = f"*{esc(card.title, 150)}* `{esc(card.name, 100)}`"
            text = f"{person(desk.by)} made {whose} the owner of {model}.{said}"
            owe(desk.tx, Tell(user=user, text=text))
    return None


def hand(desk: Desk, card: ModelCard, registry: str, to: str, why: str | None) -> None:
    """Make somebody the owner. Raises RuleBroken for a guest of this workspace, whom no incident invites."""
    if (problem := _kept_out(desk, to)) is not None:
        raise RuleBroken(f"{person(to)} {problem}, so somebody who works here has to own it.")
    meet(desk, to)
    contact = _contact(desk, to)
    people.keep_contact(desk.tx, contact, user_id=to, problem=None, now=desk.now)
    owe(desk.tx, ResolveContact(contact=people.key(contact)))  # Slack may know them as a guest
    note(desk, card, registry, "handed-over", owner=contact, why=why)


def _kept_out(desk: Desk, user: str) -> str | None:
    """Why incidents would not invite this account, as far as Slack was asked; the end of a sentence about them."""
    found, problem = people.who(desk.tx, _contact(desk, user))
    return problem if found == user and problem != people.NOT_ASKED_YET else None


def _contact(desk: Desk, user: str) -> str:
    """How a card writes an account: by its e-mail address where Slack tells it, else by its id."""
    known = people.person(desk.tx, user)
    if known is not None and known.email:
        label = "".join(letter for letter in known.name if letter not in "<>@,")
        return f"{label} <{known.email}>" if label.strip() else known.email
    return f"slack:{user}"


def _not_mine(desk: Desk, click: Click) -> Answer:
    card, _ = model_of(desk, click.value)
    _check_owner(desk, card)
    besides = " ".join(
        filter(None, [asked_next(_to_be_asked(desk, card, but=desk.by)), _besides(desk, card, given_up=True)])
    )
    return Answer(text="Not mine any more", modal=not_mine_form(card.name, card.title, besides=besides))


def _check_owner(desk: Desk, card: ModelCard) -> None:
    if not _is_theirs(desk, card, "owner"):
        raise RuleBroken("The registry does not name you as its owner, so there is nothing to give up.")


def _not_mine_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors:
    card, registry = model_of(desk, sent.metadata["model"])
    _check_owner(desk, card)
    why = entered(sent.values[Owning.WHY], 500)
    if not why:
        return FieldErrors(errors={Owning.WHY: "Say in a few words why, and who could take it."})
    note(desk, card, registry, "declined", why=why)
    asked = ask_whose(desk, card, f"{person(desk.by)} says: {esc(why, 500)}", but=desk.by)
    return Answer(text=f"Noted: *{esc(card.title, 150)}* is not yours any more. {asked_next(asked)}")


def ask_whose(desk: Desk, card: ModelCard, why: str, *, but: str = "") -> str | None:
    """Ask the team lead, else the backup owner, whose a model is that nobody owns. Returns who was asked."""
    user = _to_be_asked(desk, card, but=but)
    if user is not None:
        text, blocks = orphaned([(card.name, card.title)], why)
        owe(desk.tx, Tell(user=user, text=text, blocks=blocks))
    return user


def _to_be_asked(desk: Desk, card: ModelCard, *, but: str) -> str | None:
    found = (user for key in ("team.lead", "owner.backup") for user in reachable(desk, card, key))
    return next((user for user in found if user != but), None)


def leads(desk: Desk, card: ModelCard) -> bool:
    """Whether the person at the desk is who is asked about a model that nobody owns."""
    return _is_theirs(desk, card, "team.lead", "owner.backup")


def is_gone(desk: Desk, card: ModelCard, *keys: str) -> bool:
    """Whether these fields name nobody who can be reached, as far as Slack was asked."""
    contacts = [contact for key in keys for contact in card.contacts(key)]
    if any(contact.is_group or contact.is_schedule for contact in contacts):
        return False
    return all(problem not in {None, people.NOT_ASKED_YET} for _, problem in people.who_are(desk.tx, contacts))


def left(desk: Desk, user: str) -> None:
    """Somebody's Slack account was deactivated: whoever leads the team is asked once whose all their models are now.

    Of models that were nobody's already, and whose lead has left now, too, the backup owner is asked.
    """
    theirs = set(people.contacts_of(desk.tx, user)) | {f"slack:{user}"}
    asked: dict[str, list[tuple[str, str]]] = {}
    for card in catalogue.cards(desk.tx, listing.of_people(desk.tx, theirs)):
        owned = any(people.key(contact) in theirs for contact in card.contacts("owner"))
        asked_of = any(people.key(contact) in theirs for contact in card.contacts("team.lead"))
        if owned or (asked_of and is_gone(desk, card, "owner")):
            to = _to_be_asked(desk, card, but=user)
            if to is not None:
                asked.setdefault(to, []).append((card.name, card.title))
    why = f"{esc(name_of(desk.tx, user), 100)} has left: their Slack account was deactivated."
    for to, models in asked.items():
        text, blocks = orphaned(models, why)
        owe(desk.tx, Tell(user=to, text=text, blocks=blocks))


def owns(desk: Desk, card: ModelCard) -> bool:
    """Whether the person at the desk is the model's owner."""
    return _is_theirs(desk, card, "owner")


FEATURE = Feature(
    clicks={
        Owning.STILL_MINE: _still_mine,
        Owning.TAKE: _take,
        Owning.HAND_OVER: _hand_over,
        Owning.NOT_MINE: _not_mine,
    },
    submissions={Owning.HAND_OVER_FORM: _hand_over_sent, Owning.NOT_MINE_FORM: _not_mine_sent},
)
