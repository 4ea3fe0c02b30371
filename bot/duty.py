"""What `doctor` looks at before anybody is called: the people file, the rotas, what cards name, and the schedules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.database import opened_storage
from bot.errors import Stop
from bot.oncall import open_schedules
from bot.oncall.health import Health
from bot.oncall.health import look as look_at_services
from bot.registries.duty import duty_at, on_calls
from bot.registries.folder import catalogue_at
from bot.registries.protocol import RegistryDown
from bot.settings import Settings
from playbooks.contacts import Contact
from playbooks.duty import Duty
from playbooks.faults import Fault
from playbooks.rota import no_such_rota
from playbooks.rota import on_call as turn_at
from storage import on_call, people


def look(settings: Settings) -> Iterator[Health]:
    """Each finding, files first; the network last. Nothing where no setting and no card says who is on call."""
    now = datetime.now(UTC)
    duty = duty_at(settings.people, settings.rotas)
    named = _in_files(settings)
    others, unknown = _in_database(settings, duty)
    named |= {one: place for one, place in others.items() if one not in named}
    yield from _files(settings, duty, [*duty.faults, *unknown], now)
    places = [(contact, place) for (_, contact), place in named.items()]
    rotas = duty.rotas or {}
    if settings.rotas is None or duty.rotas is not None:  # a broken file may hold it once it is mended
        for contact, place in places:
            if contact.kind == "rota" and contact.value not in rotas:
                yield Health("on call", ok=False, say=f"{place}: {no_such_rota(contact.value, rotas)}")
    yield from look_at_services(places, open_schedules(settings), now)


def _files(settings: Settings, duty: Duty, faults: Sequence[Fault], now: datetime) -> Iterator[Health]:
    said = {settings.people: _people_said(duty), settings.rotas: _rotas_said(duty, now)}
    for name, path in (("people file", settings.people), ("rotas", settings.rotas)):
        wrong = [fault for fault in faults if fault.file == str(path)]
        yield from (Health(name, ok=False, say=str(fault)) for fault in wrong)
        if path is not None and not wrong:
            yield Health(name, ok=True, say=f"{path}: {said[path]}")


def _people_said(duty: Duty) -> str:
    count = len(duty.aliases or {})
    return "1 name" if count == 1 else f"{count} names"


def _rotas_said(duty: Duty, now: datetime) -> str:
    """Whoever looks sees at once whether the right person has the turn."""
    turns = {name: turn_at(rota, now) for name, rota in (duty.rotas or {}).items()}
    said = [f"{name} {turn.person} until {turn.until:%Y-%m-%d %H:%M} UTC" for name, turn in list(turns.items())[:5]]
    more = f"; {len(turns) - 5} more" if len(turns) > 5 else ""
    return f"on call now: {'; '.join(said)}{more}" if said else "no rota"


def _in_files(settings: Settings) -> dict[tuple[str, Contact], str]:
    """Model and whom its card in the file registry names → where; what else is wrong with it is told by registries."""
    if "file" not in settings.registries:
        return {}
    try:
        found = catalogue_at(settings.registry_file, now=datetime.now(UTC))
    except (OSError, RegistryDown):
        return {}
    return {(model, contact): str(place).removesuffix(": ") for model, contact, place in on_calls(found)}


def _in_database(settings: Settings, duty: Duty) -> tuple[dict[tuple[str, Contact], str], list[Fault]]:
    """The same for cards of other registries; and who of both files was not found when Slack was asked last."""
    try:
        with opened_storage(settings) as storage, storage.reading() as tx:
            named = {
                (model, contact): f"{model}: oncall ({source})"
                for model, registry, source, contact in on_call.named_by(tx)
                if registry != "file"
            }
            found = people.who_are(tx, [contact for contact, _ in duty.places])
    except Stop:
        return {}, []  # it is told where the database is
    unknown = [
        replace(place, message=f"{contact.label[:100]}: {problem}. Name somebody whom Slack knows.")
        for (contact, place), (_, problem) in zip(duty.places, found, strict=True)
        if problem is not None and problem != people.NOT_ASKED_YET and people.can_be_asked(contact)
    ]
    return named, unknown
