"""Asking those who may own models that nobody owns: one direct message each, and nothing happens until they say yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.effects import ResolveContact, Tell, owe
from bot.incidents.desk import Answer, Click, Desk, Feature, FieldErrors, Submission
from bot.incidents.owning import again, hand, model_of, note, reachable
from bot.incidents.people import why_nobody, without_marks
from bot.views.ids import Owning
from bot.views.owning import ask_form, is_it_yours
from bot.views.text import esc, person
from playbooks.card import ModelCard
from playbooks.lifecycle import RuleBroken
from storage import catalogue, ownership, people

MOST: Final = 10
"""Models in one message: more than that nobody answers."""


def ask_owners(desk: Desk, proposed: Mapping[str, tuple[str, str]]) -> list[str]:
    """Ask the proposed owners of models that have none: model → (contact, where that is from). Returns what to say.

    Nobody is asked twice a day, nor again about what they said no to.
    """
    known = {card.name: card for card in ownership.all_settled(desk.tx, catalogue.cards(desk.tx))}
    theirs: dict[str, list[str]] = {}
    unknown, out_of_reach = [], 0
    for model, (contact, _) in proposed.items():
        if model not in known or known[model].owner is not None:
            continue
        user, problem = people.who(desk.tx, contact)
        if user is not None and problem is None:
            theirs.setdefault(user, []).append(model)
        elif problem == people.NOT_ASKED_YET:
            unknown.append(contact)
        else:
            out_of_reach += 1
    asked = sum(_ask(desk, user, models, known, proposed) for user, models in theirs.items())
    for contact in people.take_contacts_to_ask(desk.tx, unknown, before=desk.now, now=desk.now):
        owe(desk.tx, ResolveContact(contact=contact))
    said = [f"{_count(asked, 'person is', 'people are')} asked in Slack, unless they were today."]
    if unknown:
        said.append(
            f"{_count(len(set(unknown)), 'address is', 'addresses are')} looked up in Slack now: ask again then."
        )
    if out_of_reach:
        said.append(f"{_count(out_of_reach, 'proposed owner', 'proposed owners')} cannot be reached in Slack.")
    return said


def _ask(
    desk: Desk, user: str, models: list[str], known: Mapping[str, ModelCard], proposed: Mapping[str, tuple[str, str]]
) -> bool:
    refused = ownership.declined_by(desk.tx, user, models)
    left = sorted(set(models) - refused, key=lambda name: (9 if (tier := known[name].tier) is None else tier, name))
    if not left:
        return False
    rows = [(name, known[name].title, f"Proposed: from {proposed[name][1]}") for name in left[:MOST]]
    text, blocks = is_it_yours(rows)
    told = Tell(user=user, text=text, blocks=blocks, name=f"is-it-yours:{user}:{desk.now.date().isoformat()}")
    owe(desk.tx, told, unhurried=True)  # on day one perhaps a thousand people are
    return True


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _unowned(desk: Desk, name: str) -> tuple[ModelCard, str]:
    """A question may be days old. Raises RuleBroken where somebody owns the model by now."""
    card, registry = model_of(desk, name)
    if card.owner is not None:
        whose = ", ".join(person(user) for user in reachable(desk, card, "owner")) or esc(card.owner, 200)
        raise RuleBroken(f"{whose} owns *{esc(card.title, 150)}* by now.")
    return card, registry


def _yes(desk: Desk, click: Click) -> Answer:
    card, registry = _unowned(desk, click.value)
    hand(desk, card, registry, desk.by, None)
    return Answer(text=f"*{esc(card.title, 150)}* is yours from now on. {again(desk, card)}")


def _no(desk: Desk, click: Click) -> Answer:
    card, registry = _unowned(desk, click.value)
    note(desk, card, registry, "declined", why="Asked whether it is theirs, they said no.")
    return Answer(text=f"Noted: *{esc(card.title, 150)}* is not yours. You are not asked again.")


def _ask_other(desk: Desk, click: Click) -> Answer:
    card, _ = _unowned(desk, click.value)
    return Answer(text="Ask somebody else", modal=ask_form(card.name, card.title))


def _ask_other_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    card, _ = _unowned(desk, sent.metadata["model"])
    to = sent.values[Owning.TO]
    if not to or to == desk.by:
        return FieldErrors(errors={Owning.TO: "Choose somebody else who may own it."})
    if (nobody := why_nobody(desk, to)) is not None:
        return FieldErrors(errors={Owning.TO: without_marks(nobody)})
    if ownership.declined_by(desk.tx, to, [card.name]):
        return FieldErrors(errors={Owning.TO: "They said already that it is not theirs."})
    text, blocks = is_it_yours([(card.name, card.title, "")], asked_by=person(desk.by))
    owe(desk.tx, Tell(user=to, text=text, blocks=blocks, name=f"is-it-yours:{to}:{card.name}"))
    return None


FEATURE = Feature(
    clicks={Owning.YES: _yes, Owning.NO: _no, Owning.ASK: _ask_other},
    submissions={Owning.ASK_FORM: _ask_other_sent},
)
