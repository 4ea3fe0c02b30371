"""What is written to MLflow's tags of what people said of a model's owner, and what they are told when it is not."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.effects import SayInDigestChannel, Tell, owe
from bot.effects.writing import WriteOwner
from bot.incidents.desk import Desk, Feature
from bot.views.owning import tag_left, tags_not_set
from playbooks.card import Fact
from playbooks.contacts import parse_contacts
from playbooks.people import contact_key
from storage import ownership, people, registries


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the tags should say."""

    word: int
    """Which word of which person."""
    owner: str
    day: str
    before: tuple[str, ...]
    """Whom the tag may name now, to be replaced: the owners that everybody knew of."""


@dataclass(frozen=True, kw_only=True)
class ToWrite:
    """What has to be set, each None where it stands there already; or whom the tag names that nobody spoke of."""

    owner: str | None = None
    reviewed_at: str | None = None
    foreign: str | None = None


def is_written(desk: Desk, model: str) -> bool:
    """Whether a word on this model goes to MLflow: the operator allows it, and MLflow lists the model."""
    return desk.owner_tags is not None and registries.lists(desk.tx, ownership.WRITTEN_TO, model)


def wanted(desk: Desk, model: str) -> Wanted | None:
    """What people said last; None where they named no owner, so that there is nothing to write."""
    words = ownership.since_registry_changed(desk.tx, model)
    if not words or words[0].kind == "declined":
        return None
    owner = words[0].owner or words[0].registry_said
    if not owner:
        return None
    before = [words[0].registry_said, *(word.owner for word in words[1:] if word.owner)]
    return Wanted(
        word=words[0].id,
        owner=written(owner),
        day=words[0].at.date().isoformat(),
        before=tuple(one for one in dict.fromkeys(before) if one),
    )


def written(owner: str) -> str:
    """An owner as the tag has it: people by their bare e-mail address, everybody else as registries write them."""
    parts = [part.strip() for part in owner.split(",") if part.strip()]
    return ", ".join(dict.fromkeys(_bare(part) for part in parts))


def _bare(contact: str) -> str:
    [parsed] = parse_contacts(contact)
    return parsed.value if parsed.kind == "email" else contact


def decide(desk: Desk, wanted: Wanted, owner: str, reviewed_at: str) -> ToWrite:
    """What is left to do where the tags say this."""
    there, new = _whom(desk, owner), _whom(desk, wanted.owner)
    if there and there != new and there not in [_whom(desk, one) for one in wanted.before]:
        return ToWrite(foreign=owner)
    return ToWrite(
        owner=None if there == new else wanted.owner,
        reviewed_at=None if _is_day(reviewed_at) and reviewed_at[:10] >= wanted.day else wanted.day,
    )


def _whom(desk: Desk, text: str) -> frozenset[str]:
    """The people meant, whichever way they are written; empty where the text says nothing."""
    if not Fact(text, "", desk.now).says_something:
        return frozenset()
    contacts = parse_contacts(text)
    known = people.who_are(desk.tx, contacts)
    return frozenset(
        user or contact_key(contact).casefold() for contact, (user, _) in zip(contacts, known, strict=True)
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _on_written(desk: Desk, effect: WriteOwner, learnt: dict[str, Any]) -> None:
    if "gone" in learnt:
        _say_once(desk, effect, learnt["gone"], can_be_retried=False)
        return
    word = ownership.word(desk.tx, learnt["word"])
    if word is None:
        return
    if learnt["foreign"] is None:
        word.written_at = desk.now
        return
    text = tag_left(effect.model, learnt["tag"], learnt["foreign"], learnt["owner"])
    owe(desk.tx, Tell(user=word.said_by, text=text, name=f"owner-tag-left:{word.id}"))


def gave_up(desk: Desk, effect: WriteOwner, reason: str) -> None:
    """MLflow refused it, or was down for too long: say so where the operator looks."""
    _say_once(desk, effect, reason, can_be_retried=True)


def _say_once(desk: Desk, effect: WriteOwner, reason: str, *, can_be_retried: bool) -> None:
    """Once a day for one reason, however many models it concerns."""
    same = zlib.crc32(reason.replace(effect.model, "").encode())
    name = f"owner-tags:{desk.now.date().isoformat()}:{same}"
    owe(desk.tx, SayInDigestChannel(name=name, text=tags_not_set(reason, can_be_retried=can_be_retried)))


FEATURE = Feature(learnt={WriteOwner: _on_written})
