"""The people file, the rotas and the `oncall` of cards, held against one another: what does not fit, by its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from playbooks.contacts import Contact, parse_contact
from playbooks.faults import Fault, FileBroken
from playbooks.people import contact_key, read_people
from playbooks.reading import read_yaml
from playbooks.rota import Rota, no_such_rota, read_rotas

_NOT_FOUND: Final = frozenset({"name", "backstage"})
"""Slack can be asked about neither."""


@dataclass(frozen=True)
class Written:
    """A file as it was read, under the name that people know it by."""

    content: bytes
    file: str


@dataclass
class Duty:
    """What both files say, and everything that is wrong with them."""

    aliases: dict[str, str] | None = None
    """None where there is no people file, or it cannot be used."""
    rotas: dict[str, Rota] | None = None
    """The same of the rotas."""
    faults: list[Fault] = field(default_factory=list)
    places: list[tuple[Contact, Fault]] = field(default_factory=list)
    """Who takes turns, or is meant by a name, and where that stands; the fault has no message."""


def read_duty(people: Written | None, rotas: Written | None) -> Duty:
    """Read both. Never raises."""
    duty = Duty()
    if people is not None:
        try:
            duty.aliases = read_people(people.content, people.file)
        except FileBroken as broken:
            duty.faults += broken.faults
        else:
            duty.places += _accounts(people)
    if rotas is not None:
        try:
            duty.rotas = read_rotas(rotas.content, rotas.file)
        except FileBroken as broken:
            duty.faults += broken.faults
        else:
            in_turn = list(_turns(rotas, duty.rotas))
            duty.places += in_turn
            if people is None or duty.aliases is not None:  # a broken one may name them once it is mended
                duty.faults += _nobody(in_turn, duty.aliases or {})
    return duty


def _accounts(people: Written) -> Iterator[tuple[Contact, Fault]]:
    document = read_yaml(people.content, people.file)
    said = document.data["people"] if isinstance(document.data, dict) else None
    for name, account in (said if isinstance(said, dict) else {}).items():
        yield parse_contact(str(account)), document.fault(("people", name), "")


def _turns(rotas: Written, read: Mapping[str, Rota]) -> Iterator[tuple[Contact, Fault]]:
    document = read_yaml(rotas.content, rotas.file)
    for name, rota in read.items():
        for number, person in enumerate(rota.people):
            yield parse_contact(person), document.fault(("rotas", name, "people", number), "")
        for number, swap in enumerate(rota.overrides):
            yield parse_contact(swap.person), document.fault(("rotas", name, "overrides", number, "person"), "")


def _nobody(places: Iterable[tuple[Contact, Fault]], aliases: Mapping[str, str]) -> Iterator[Fault]:
    for contact, place in places:
        if contact.kind in _NOT_FOUND and contact_key(contact) not in aliases:
            what = "is a name" if contact.kind == "name" else "is an entity of Backstage"
            yield replace(
                place,
                message=f"“{contact_key(contact)[:60]}” {what}, and Slack cannot be asked who that is; write an e-mail "
                "address, or say in the file that ML_INCIDENT_PEOPLE names who is meant.",
            )


def missing_rotas(named: Iterable[tuple[str, Contact, Fault]], rotas: Iterable[str]) -> list[Fault]:
    """Of (model, contact, place): the places that name a rota which nobody wrote, with the closest there is."""
    names = list(rotas)
    return [
        replace(place, message=no_such_rota(contact.value, names))
        for _, contact, place in named
        if contact.kind == "rota" and contact.value not in names
    ]
