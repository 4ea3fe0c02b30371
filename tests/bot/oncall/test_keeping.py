"""What files and schedules say is kept in the database, and what cannot be read or asked leaves what was known."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import WrongUsage
from bot.oncall import Now
from bot.oncall.keeping import Keeping
from bot.practice import read_people_and_rotas
from playbooks.card import Fact, ModelCard
from playbooks.faults import FileBroken
from storage import catalogue, incidents, on_call, participants, people
from storage.models import Effect
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROTAS = """\
rotas:
  risk:
    zone: UTC
    starts: 2026-11-02
    people: [lee@example.com, Ana at night]
    overrides: [{from: 2026-12-24T09:00, until: 2026-12-27T09:00, person: "@tom"}]
"""
PEOPLE = "people: {Ana at night: ana@example.com}\n"


@dataclass
class Told:
    """A schedule that says what it is told to."""

    says: dict[str, Now] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    breaks: bool = False

    def on_call(self, ref: str, at: datetime) -> Now:
        self.asked.append(ref)
        if self.breaks:
            raise ZeroDivisionError
        return self.says.get(ref, Now(problem=f"nobody knows {ref}."))


def models(storage: Storage, **on_calls: str) -> None:
    with storage.transaction() as tx:
        for name, written in on_calls.items():
            facts = {"oncall": Fact(written, "models.yaml", NOON)} if written else {}
            catalogue.keep(tx, ModelCard(name, facts), now=NOON)


def owed(storage: Storage, kind: str) -> list[str]:
    with storage.reading() as tx:
        rows = tx.session.scalars(select(Effect).where(Effect.kind == kind).order_by(Effect.id))
        return [row.payload["contact"] for row in rows]


def files(folder: Path, *, rotas: str = ROTAS, people_text: str = PEOPLE) -> dict[str, Path]:
    (folder / "rotas.yaml").write_text(rotas, "utf-8")
    (folder / "people.yaml").write_text(people_text, "utf-8")
    return {"rotas_file": folder / "rotas.yaml", "people_file": folder / "people.yaml"}


def test_the_files_are_kept_and_everybody_in_them_is_looked_up_once_a_day(storage: Storage, tmp_path: Path) -> None:
    keeping = Keeping(storage, {}, **files(tmp_path))

    keeping.refresh(NOON)

    with storage.reading() as tx:
        rota = on_call.rota(tx, "risk")
        assert rota is not None
        assert rota.people == ("lee@example.com", "Ana at night")
        assert people.aliases(tx) == {"Ana at night": "ana@example.com"}
    assert owed(storage, "ResolveContact") == ["@tom", "ana@example.com", "lee@example.com"]
    keeping.refresh(NOON + timedelta(minutes=5))
    assert _asked_at_noon(storage)
    keeping.refresh(NOON + timedelta(hours=24))
    assert not _asked_at_noon(storage)


def _asked_at_noon(storage: Storage) -> bool:
    """Whether Tom was not asked for since."""
    with storage.transaction() as tx:
        return people.take_contacts_to_ask(tx, ["@tom"], before=NOON, now=NOON) == ["@tom"]


def test_a_file_that_is_edited_is_read_again_and_one_that_is_broken_leaves_what_it_said(
    storage: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeping = Keeping(storage, {}, **files(tmp_path))
    keeping.refresh(NOON)

    files(tmp_path, rotas=ROTAS.replace("risk:", "fraud:"), people_text="people: {}")
    keeping.refresh(NOON)
    with storage.reading() as tx:
        assert on_call.rota_names(tx) == ["fraud"]
        assert people.aliases(tx) == {}

    files(tmp_path, rotas="rotas: {fraud: {zone: Mars}}", people_text="people: {A: b}")
    with caplog.at_level(logging.WARNING):
        keeping.refresh(NOON)
    with storage.reading() as tx:
        assert on_call.rota_names(tx) == ["fraud"]
    assert "rotas.yaml:1:23: rotas.fraud.zone: “Mars” is no time zone" in caplog.text
    assert "people.yaml:1:13: people.A: “b” is no e-mail address" in caplog.text
    with pytest.raises(FileBroken):
        keeping.read_files()

    Keeping(storage, {}).refresh(NOON)
    with storage.reading() as tx:
        assert on_call.rota_names(tx) == [], "a file that is taken out of the settings says nothing any more"


def test_serving_does_not_start_with_a_fault_in_either_file(storage: Storage, tmp_path: Path) -> None:
    broken = files(tmp_path, rotas="rotas: {r: {zone: Mars}}", people_text="people: {A: b}")
    with pytest.raises(WrongUsage) as no:
        read_people_and_rotas(Keeping(storage, {}, **broken))
    assert "rotas.yaml:1:19: " in str(no.value)
    assert "people.yaml:1:13: " in str(no.value)


def test_each_schedule_that_a_model_names_is_asked_once_and_whoever_it_names_is_looked_up(storage: Storage) -> None:
    models(storage, a="pagerduty:P1", b="pagerduty:P1, rota:risk", c="opsgenie:Risk", d="ana@example.com", e="")
    duty = Told({"P1": Now(person="Lee <lee@example.com>", source="PagerDuty: Risk", until=NOON + timedelta(hours=1))})
    genie = Told({"Risk": Now(person="kim@example.com", source="Opsgenie: Risk")})

    Keeping(storage, {"pagerduty": duty, "opsgenie": genie}).refresh(NOON)

    assert (duty.asked, genie.asked) == (["P1"], ["Risk"])
    with storage.reading() as tx:
        known = on_call.answer(tx, "pagerduty:P1")
        assert known is not None
        assert (known.person, known.source) == ("Lee <lee@example.com>", "PagerDuty: Risk")
        assert (known.until, known.answered_at) == (NOON + timedelta(hours=1), NOON)
    assert owed(storage, "ResolveContact") == ["kim@example.com", "lee@example.com"]


def test_a_service_that_is_down_is_not_asked_again_in_the_same_pass_and_its_last_word_stays(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    models(storage, a="pagerduty:P1", b="pagerduty:P2", c="opsgenie:Risk")
    duty = Told({"P1": Now(person="lee@example.com", source="PagerDuty"), "P2": Now(problem="No such schedule.")})
    genie = Told({"Risk": Now(person="kim@example.com", source="Opsgenie")})
    keeping = Keeping(storage, {"pagerduty": duty, "opsgenie": genie})
    keeping.refresh(NOON)
    assert duty.asked == ["P1", "P2"]

    late = Now(problem="PagerDuty did not answer within 3 seconds.", is_down=True)
    duty.says = {"P1": late, "P2": late}
    duty.asked.clear()
    with caplog.at_level(logging.WARNING):
        keeping.refresh(NOON + timedelta(minutes=5))

    assert duty.asked == ["P1"]
    assert caplog.text.count("did not answer within 3 seconds") == 1
    with storage.reading() as tx:
        for contact, person in (("pagerduty:P1", "lee@example.com"), ("pagerduty:P2", None)):
            known = on_call.answer(tx, contact)
            assert known is not None
            assert (known.person, known.problem) == (person, late.problem)
        known = on_call.answer(tx, "pagerduty:P1")
        assert known is not None
        assert (known.answered_at, known.asked_at) == (NOON, NOON + timedelta(minutes=5))
        other = on_call.answer(tx, "opsgenie:Risk")
        assert other is not None
        assert other.answered_at == NOON + timedelta(minutes=5)


def test_without_a_token_the_setting_is_named_and_a_fault_of_ours_stops_nothing(storage: Storage) -> None:
    models(storage, a="pagerduty:P1", b="opsgenie:Risk")
    Keeping(storage, {"pagerduty": Told(breaks=True)}).refresh(NOON)
    with storage.reading() as tx:
        broken, unset = on_call.answer(tx, "pagerduty:P1"), on_call.answer(tx, "opsgenie:Risk")
        assert broken is not None
        assert unset is not None
        assert "does not understand (reference " in str(broken.problem)
        assert unset.problem == "Opsgenie is not asked who is on call. Set OPSGENIE_API_KEY."


def test_incidents_that_still_wait_to_hear_who_is_on_call_ask_again(storage: Storage) -> None:
    with storage.transaction() as tx:
        for status in ("investigating", "closed"):
            incident = incidents.declare(
                tx, title="zeros", model="m", model_known=True, card=None, failure_mode="unknown", severity="sev2",
                private=False, kind="real", opened_by="U15ERIJOH", opened_from=None, declared_at=NOON,
            )  # fmt: skip
            incident.status = status
            for contact in (f"pagerduty:P-{status}".replace("-", ""), "rota:risc", "sam@example.com"):
                participants.add(tx, incident_id=incident.id, why="oncall", contact=contact, added_at=NOON)

    Keeping(storage, {}).refresh(NOON)

    assert owed(storage, "AskOnCall") == ["pagerduty:Pinvestigating", "rota:risc"]


def test_models_that_vanished_ask_no_schedule(storage: Storage) -> None:
    models(storage, a="pagerduty:P1")
    with storage.transaction() as tx:
        catalogue.mark_vanished(tx, ["a"], now=NOON)
    duty = Told()
    Keeping(storage, {"pagerduty": duty}).refresh(NOON)
    assert duty.asked == []


def test_a_schedule_that_a_new_card_names_is_asked_right_after_the_reading_and_no_other(storage: Storage) -> None:
    models(storage, a="pagerduty:P1", b="rota:risk")
    duty = Told({"P1": Now(person="lee@example.com"), "P2": Now(person="kim@example.com", source="PagerDuty")})
    keeping = Keeping(storage, {"pagerduty": duty})
    keeping.refresh(NOON)
    models(storage, c="pagerduty:P2, ana@example.com", d="pagerduty:P2")

    keeping.ask_new(NOON + timedelta(minutes=2))
    assert duty.asked == ["P1", "P2"]
    with storage.reading() as tx:
        known = on_call.answer(tx, "pagerduty:P2")
        assert known is not None
        assert (known.person, known.answered_at) == ("kim@example.com", NOON + timedelta(minutes=2))
    assert owed(storage, "ResolveContact") == ["lee@example.com", "kim@example.com"]

    keeping.ask_new(NOON + timedelta(minutes=3))
    assert duty.asked == ["P1", "P2"], "what was asked once waits for its turn"


def test_what_cards_name_is_told_with_their_source(storage: Storage) -> None:
    models(storage, a="pagerduty:P1", b="rota:risk, ana@example.com", c="")
    with storage.transaction() as tx:
        said = [(model, registry, source, people.key(one)) for model, registry, source, one in on_call.named_by(tx)]
    assert said == [
        ("a", "", "models.yaml", "pagerduty:P1"),
        ("b", "", "models.yaml", "rota:risk"),
        ("b", "", "models.yaml", "ana@example.com"),
    ]
