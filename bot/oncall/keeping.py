"""Keeping what people and schedules say within reach of whoever opens an incident: read and asked every few minutes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from bot.effects import ResolveContact, owe
from bot.effects.reaching import AskOnCall
from bot.errors import log_with_reference
from bot.oncall import Now, Schedule, not_set_up
from playbooks.contacts import Contact, parse_contact
from playbooks.faults import FileBroken
from playbooks.people import read_people
from playbooks.rota import Rota, read_rotas
from storage import on_call, people
from storage.transaction import Storage

log = logging.getLogger(__name__)
Read = TypeVar("Read")

ASK_AGAIN_AFTER: Final = timedelta(hours=24)
"""How long an answer of Slack about a person is good for."""
_AT_ONCE: Final = 50


class Keeping:
    """The people file, the rotas and the answers of schedules, kept in the database."""

    def __init__(
        self,
        storage: Storage,
        schedules: Mapping[str, Schedule],
        *,
        people_file: Path | None = None,
        rotas_file: Path | None = None,
    ) -> None:
        self._storage = storage
        self._schedules = schedules
        self._people_file, self._rotas_file = people_file, rotas_file
        self._turn = threading.Lock()

    def read_files(self) -> None:
        """Both files as they are now. Raises FileBroken with every fault of both."""
        faults: list[FileBroken] = []
        aliases, rotas = {}, {}
        try:
            aliases = _read(self._people_file, read_people)
        except FileBroken as broken:
            faults.append(broken)
        try:
            rotas = _read(self._rotas_file, read_rotas)
        except FileBroken as broken:
            faults.append(broken)
        if faults:
            raise FileBroken(fault for broken in faults for fault in broken.faults)
        with self._storage.transaction() as tx:
            people.keep_aliases(tx, aliases)
            on_call.keep_rotas(tx, rotas)

    def refresh(self, now: datetime) -> None:
        """Read the files again, ask the schedules that models name, and have everybody found in Slack.

        What cannot be read or asked leaves what was known last.
        """
        try:
            self.read_files()
        except (FileBroken, OSError) as broken:
            log.warning("people and rotas stay as they were read last: %s", broken)
        with self._turn:
            with self._storage.reading() as tx:
                contacts = on_call.contacts_named(tx)
                named = {person for rota in on_call.rotas(tx).values() for person in _everybody(rota)}
            self._find(named | self._ask(contacts, now), now)
        with self._storage.transaction(patient=True) as tx:
            for contact in sorted({row.contact for row in on_call.waiting(tx)}):
                if parse_contact(contact).is_schedule:
                    owe(tx, AskOnCall(contact=contact))

    def ask_new(self, now: datetime) -> None:
        """Ask the schedules that models name by now and that nobody was asked for yet, so that a new card waits not."""
        with self._turn:
            with self._storage.reading() as tx:
                asked = on_call.contacts_answered(tx)
                new = [one for one in on_call.contacts_named(tx) if people.key(one) not in asked]
            if found := self._ask(new, now):
                self._find(found, now)

    def _ask(self, contacts: Sequence[Contact], now: datetime) -> set[str]:
        """Ask those of these that are schedules of a service; whoever is on call by what they say."""
        found: set[str] = set()
        down: dict[str, Now] = {}
        for contact in contacts:
            kind = contact.kind
            if not contact.is_schedule or kind == "rota":
                continue
            said = down.get(kind) or not_set_up(kind, self._schedules) or self._said(kind, contact.value, now)
            if said.is_down:
                down[kind] = said  # the next question would wait as long for the same answer
            with self._storage.transaction(patient=True) as tx:
                on_call.keep_answer(
                    tx,
                    people.key(contact),
                    person=said.person,
                    source=said.source,
                    until=said.until,
                    problem=said.problem,
                    now=now,
                )
            if said.person is not None:
                found.add(said.person)
        for said in down.values():
            log.warning("who is on call: %s", said.problem)
        return found

    def _said(self, kind: str, ref: str, now: datetime) -> Now:
        try:
            return self._schedules[kind].on_call(ref, now)
        except Exception:  # a fault of ours or of somebody's own schedule must not stop the others
            reference = log_with_reference(log, f"asking {kind} who is on call")
            return Now(problem=f"It answered in a way that the bot does not understand (reference {reference}).")

    def _find(self, named: set[str], now: datetime) -> None:
        with self._storage.reading() as tx:
            wanted = sorted({*named, *people.aliases(tx).values()})
        for start in range(0, len(wanted), _AT_ONCE):
            with self._storage.transaction(patient=True) as tx:
                some = wanted[start : start + _AT_ONCE]
                for contact in people.take_contacts_to_ask(tx, some, before=now - ASK_AGAIN_AFTER, now=now):
                    owe(tx, ResolveContact(contact=contact))


def _read(path: Path | None, read: Callable[[bytes, str], dict[str, Read]]) -> dict[str, Read]:
    return {} if path is None else read(path.read_bytes(), path.name)


def _everybody(rota: Rota) -> set[str]:
    return {*rota.people, *(swap.person for swap in rota.overrides)}
