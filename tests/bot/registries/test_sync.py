"""Syncing: registries merged field by field, down, vanished models, moved aliases, and people to look up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from sqlalchemy import event, select

from bot.incidents import catalogue as asking
from bot.incidents.desk import Desk
from bot.registries.file import FileRegistry
from bot.registries.mlflow import MlflowRegistry
from bot.registries.protocol import Health, Reading, Registry, RegistryDown
from bot.sandbox.blockkit import faults_in_blocks
from bot.sync import Synced, sync
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import catalogue, listing, registries
from storage.models import Effect
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(minutes=5)
URI = "http://mlflow.example.com"


def file(tmp_path: Path, text: str) -> Registry:
    path = tmp_path / "models.yaml"
    path.write_text(text, "utf-8")
    return FileRegistry(path)


@dataclass
class Told:
    """A registry that says what a test tells it to, in memory."""

    name: str = "told"
    models: dict[str, dict[str, str]] = field(default_factory=dict)
    fault: Exception | None = None

    def read(self, now: datetime) -> Reading:
        if self.fault is not None:
            raise self.fault
        return Reading(
            cards=tuple(
                ModelCard(name, {key: Fact(value, self.name, now) for key, value in facts.items()})
                for name, facts in self.models.items()
            )
        )

    def health(self) -> Health:
        return Health(ok=self.fault is None, sentence="")


def card(storage: Storage, name: str) -> ModelCard:
    with storage.reading() as tx:
        found = catalogue.card(tx, name)
    assert found is not None
    return found


def moves(storage: Storage, model: str) -> list[tuple[str, str | None, datetime]]:
    with storage.reading() as tx:
        return [(move.alias, move.version, move.at) for move in registries.moves(tx, model)]


def owed(storage: Storage) -> list[str]:
    with storage.reading() as tx:
        rows = tx.session.scalars(select(Effect).order_by(Effect.subject))
        return [str(row.subject) for row in rows if row.kind in {"ResolveContact", "LookUpPerson"}]


@respx.mock
def test_registries_are_merged_field_by_field_each_fact_with_its_source(storage: Storage, tmp_path: Path) -> None:
    yaml = file(tmp_path, "models:\n  m: {owner: ana@example.com, tier: 0, team: '?'}\n  only-here: {tier: 2}\n")
    tags = [{"key": "owner", "value": "x@example.com"}, {"key": "team", "value": "risk"}]
    body = {"registered_models": [{"name": "m", "tags": tags}, {"name": "only-there"}]}
    respx.get(url__startswith=URI).mock(return_value=httpx.Response(200, json=body))

    done = sync(storage, [yaml, MlflowRegistry(URI)], NOON)

    assert done == Synced(models=3, asked=1)
    assert {key: (fact.text, fact.source) for key, fact in card(storage, "m").facts.items()} == {
        "owner": ("ana@example.com", "models.yaml"),
        "tier": ("0", "models.yaml"),
        "team": ("risk", "mlflow tag"),
    }
    with storage.reading() as tx:
        assert listing.names(tx) == ["m", "only-here", "only-there"]


def test_a_registry_that_is_down_keeps_its_last_cards_with_their_age_and_stops_no_other(storage: Storage) -> None:
    first, second = Told("first", {"m": {"owner": "ana@example.com"}}), Told("second", {"m": {"tier": "1"}})
    sync(storage, [first, second], NOON)
    first.fault = RegistryDown("It cannot be reached. Start it.")
    second.models["m"]["tier"] = "2"

    done = sync(storage, [first, second], SOON)

    assert done.problems == {"first": "It cannot be reached. Start it."}
    facts = card(storage, "m").facts
    assert (facts["owner"].text, facts["owner"].as_of) == ("ana@example.com", NOON)
    assert (facts["tier"].text, facts["tier"].as_of) == ("2", SOON)
    with storage.reading() as tx:
        rows = {row.source: (row.tried_at, row.succeeded_at, row.problem) for row in registries.syncs(tx)}
    assert rows["first"] == (SOON, NOON, "It cannot be reached. Start it.")
    assert rows["second"] == (SOON, SOON, None)


def test_a_registry_that_answers_nonsense_is_named_with_a_reference_and_stops_no_other(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    odd = Told("odd", fault=KeyError("name"))

    done = sync(storage, [odd, Told("even", {"m": {"tier": "1"}})], NOON)

    assert done.models == 1
    assert "does not understand (reference " in done.problems["odd"]
    assert "KeyError" not in done.problems["odd"]
    assert "KeyError" in caplog.text


def test_a_registry_that_never_answered_has_said_nothing_vanished(storage: Storage) -> None:
    with storage.transaction() as tx:
        catalogue.keep(tx, ModelCard("m"), now=NOON - timedelta(days=1))

    sync(storage, [Told(fault=RegistryDown("down"))], NOON)

    with storage.reading() as tx:
        assert listing.names(tx) == ["m"]


def test_a_faulty_entry_keeps_what_was_last_known_and_the_others_move_on(storage: Storage, tmp_path: Path) -> None:
    sync(storage, [file(tmp_path, "models:\n  a: {tier: 1}\n  b: {tier: 1}\n  c: {tier: 1}\n")], NOON)

    done = sync(storage, [file(tmp_path, "models:\n  a: {tier: 2}\n  b: {tier: nine}\n")], SOON)

    assert "1 fault" in done.problems["file"]
    assert (card(storage, "a").tier, card(storage, "b").tier) == (2, 1)
    assert card(storage, "b").facts["tier"].as_of == NOON
    assert done.vanished == ["c"]
    with storage.reading() as tx:
        assert listing.names(tx) == ["a", "b"]


def test_a_missing_file_warns_and_leaves_the_catalogue_as_it_was(
    storage: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = file(tmp_path, "models:\n  a: {tier: 1}\n")
    sync(storage, [registry], NOON)
    (tmp_path / "models.yaml").unlink()

    done = sync(storage, [registry], SOON)

    assert "There is no file" in done.problems["file"]
    assert "There is no file" in caplog.text
    assert card(storage, "a").tier == 1


def test_moves_of_the_serving_version_are_recorded_once_and_can_be_asked_for_later(storage: Storage) -> None:
    registry = Told(models={"m": {"serving": "1", "rollback": "0"}})
    sync(storage, [registry], NOON)
    sync(storage, [registry], NOON + timedelta(minutes=1))
    registry.models["m"]["serving"] = "2"
    sync(storage, [registry], SOON)
    del registry.models["m"]
    done = sync(storage, [registry], SOON + timedelta(minutes=5))

    assert done.moved == 2
    assert moves(storage, "m") == [
        ("champion", "1", NOON),
        ("rollback", "0", NOON),
        ("champion", "2", SOON),
        ("champion", None, SOON + timedelta(minutes=5)),
        ("rollback", None, SOON + timedelta(minutes=5)),
    ]
    with storage.reading() as tx:
        for minutes, version in ((-1, None), (0, "1"), (4, "1"), (5, "2"), (9, "2")):
            then = registries.aliases_at(tx, "m", NOON + timedelta(minutes=minutes))
            assert {move.alias: move.version for move in then}.get("champion") == version


def test_an_alias_of_a_registry_that_is_down_has_not_moved(storage: Storage) -> None:
    registry = Told(models={"m": {"serving": "1"}})
    sync(storage, [registry], NOON)
    registry.fault = RegistryDown("down")

    sync(storage, [registry], SOON)

    assert moves(storage, "m") == [("champion", "1", NOON)]


def test_people_are_looked_up_when_the_catalogue_syncs_and_again_a_day_later(storage: Storage) -> None:
    facts = {"owner": "Ana <ana@example.com>", "poc.ds": "lee@example.com, slack-group:S0123", "oncall": "pagerduty:P1"}
    facts |= {"purpose": "mail us at team@example.com", "stakeholders": "slack:U16LUCFER"}
    registry = Told(models={"m": facts, "n": {"owner": "ana@example.com"}})

    assert sync(storage, [registry], NOON).asked == 4
    assert sync(storage, [registry], SOON).asked == 0
    people = ["ana@example.com", "lee@example.com", "slack-group:S0123", "slack:U16LUCFER"]
    assert owed(storage) == [f"contact:{one}" for one in people]
    assert sync(storage, [registry], NOON + timedelta(days=1)).asked == 4


def test_taking_a_registry_out_of_the_settings_takes_its_facts_out_of_the_cards(storage: Storage) -> None:
    first, second = Told("first", {"m": {"owner": "ana@example.com"}}), Told("second", {"m": {"tier": "1"}})
    sync(storage, [first, second], NOON)

    sync(storage, [second], SOON)

    assert list(card(storage, "m").facts) == ["tier"]


def rows(storage: Storage, name: str) -> tuple[dict[str, list[catalogue.Other]], datetime]:
    with storage.reading() as tx:
        row = catalogue.entry(tx, name)
        assert row is not None
        return catalogue.conflicts(row), row.synced_at


def test_where_registries_disagree_the_first_is_shown_and_the_others_are_remembered(storage: Storage) -> None:
    first = Told("first", {"m": {"owner": "Ana <ana@example.com>", "tier": "1", "consumers": "web, mail", "team": "?"}})
    second = Told("second", {"m": {"owner": "bob@example.com", "tier": "1", "consumers": "Mail,web", "team": "risk"}})
    third = Told("third", {"m": {"owner": "ANA@example.com", "team": "fraud"}})

    sync(storage, [first, second, third], NOON)

    assert card(storage, "m").owner == "Ana <ana@example.com>"
    assert rows(storage, "m")[0] == {
        "owner": [catalogue.Other("bob@example.com", "second")],
        "team": [catalogue.Other("fraud", "third")],
    }
    second.models["m"]["owner"] = "ana@example.com"
    third.models["m"]["team"] = "risk"
    sync(storage, [first, second, third], SOON)
    assert rows(storage, "m")[0] == {}


def test_who_shows_what_the_other_registries_say(storage: Storage) -> None:
    models = {"m": {"owner": "<!channel> bob@example.com", "docs": "https://b.example.com"}}
    first = Told("models.yaml", {"m": {"owner": "ana@example.com", "docs": "https://a.example.com"}})
    sync(storage, [first, Told("mlflow tag", models)], NOON)

    with storage.transaction() as tx:
        desk = Desk(tx=tx, now=NOON, by="U1", policy=load_policy(), library=shipped_library())
        answer = asking.show(desk, "m")

    assert answer.blocks is not None
    assert faults_in_blocks(answer.blocks) == []
    for text in (
        answer.text,
        "\n".join(block["text"]["text"] for block in answer.blocks if block["type"] == "section"),
    ):
        assert "Owner: mlflow tag says &lt;!channel&gt; bob@example.com" in text
        assert "Documentation: mlflow tag says https://b.example.com" in text


def test_what_a_model_was_trained_on_stands_in_for_upstreams_that_nobody_names(storage: Storage) -> None:
    trained = Told("mlflow", {name: {"trained_on": "dw.clicks", "trained_by": "ana"} for name in ("m", "n")})
    named = Told("file", {"m": {"upstreams": "dw.items"}})

    for now in (NOON, SOON):
        sync(storage, [trained, named], now)

    assert (card(storage, "m").text("upstreams"), card(storage, "n").text("upstreams")) == ("dw.items", "dw.clicks")
    assert card(storage, "n").facts["upstreams"].as_of == SOON
    assert card(storage, "n").owner is None


def written(storage: Storage) -> list[str]:
    """The tables of cards that are written from now on."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        words = args[2].split()
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            seen.append(words[1] if words[0] == "UPDATE" else words[2])

    event.listen(storage.engine, "before_cursor_execute", note)
    return seen


def test_cards_that_say_the_same_are_not_written_again_and_are_as_fresh_as_the_last_reading(storage: Storage) -> None:
    registry = Told(models={"m": {"owner": "ana@example.com"}, "n": {"owner": "bob@example.com"}})
    other = Told("other", {"m": {"tier": "1"}})
    sync(storage, [registry, other], NOON)
    seen = written(storage)

    other.fault = RegistryDown("down")
    sync(storage, [registry, other], SOON)

    assert not {"registry_cards", "catalogue_models", "alias_moves"} & set(seen)
    assert card(storage, "m").facts["owner"].as_of == SOON
    assert card(storage, "m").facts["tier"].as_of == NOON
    assert rows(storage, "m")[1] == SOON
    registry.models["n"]["owner"] = "kim@example.com"
    sync(storage, [registry, other], SOON)
    assert seen.count("registry_cards") == seen.count("catalogue_models") == 1
    assert card(storage, "n").owner == "kim@example.com"


def test_a_registry_that_turns_faulty_and_well_again_keeps_the_time_of_what_it_said(
    storage: Storage, tmp_path: Path
) -> None:
    well, faulty = "models:\n  a: {tier: 1}\n", "models:\n  a: {tier: nine}\n"
    later = [NOON + timedelta(minutes=minutes) for minutes in (0, 5, 10, 15, 20)]
    for now, text in zip(later, (well, well, faulty, faulty, well), strict=True):
        sync(storage, [file(tmp_path, text)], now)
        as_of = card(storage, "a").facts["tier"].as_of
        assert as_of == (later[1] if text is faulty else now)


def test_registries_in_another_order_are_merged_anew(storage: Storage) -> None:
    first, second = Told("first", {"m": {"tier": "1"}}), Told("second", {"m": {"tier": "2"}})
    sync(storage, [first, second], NOON)

    sync(storage, [second, first], SOON)

    assert card(storage, "m").tier == 2


def test_a_model_that_vanished_keeps_its_card_and_comes_back_although_it_says_the_same(storage: Storage) -> None:
    registry = Told(models={"m": {"tier": "1"}, "n": {"tier": "2"}})
    sync(storage, [registry], NOON - timedelta(minutes=5))
    sync(storage, [registry], NOON)
    gone = registry.models.pop("m")
    assert sync(storage, [registry], SOON).vanished == ["m"]
    assert sync(storage, [registry], SOON + timedelta(minutes=5)).vanished == []
    with storage.reading() as tx:
        row = catalogue.entry(tx, "m")
        assert row is not None
        assert (row.missing_since, row.card["facts"]["tier"]["as_of"]) == (SOON, NOON.isoformat())

    registry.models["m"] = gone
    sync(storage, [registry], SOON + timedelta(minutes=10))

    with storage.reading() as tx:
        assert listing.names(tx) == ["m", "n"]


def test_nothing_at_all_with_a_reason_to_doubt_it_takes_no_model_away(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    with respx.mock:
        respx.get(url__startswith=URI).respond(json={"registered_models": [{"name": "m"}]})
        sync(storage, [MlflowRegistry(URI)], NOON)
    with respx.mock:
        respx.get(url__startswith=URI).respond(json={})
        done = sync(storage, [MlflowRegistry(URI)], SOON)

    assert (done.models, done.vanished) == (1, [])
    assert "READ registered models" in done.problems["mlflow"]
    assert "READ registered models" in caplog.text


def test_five_hundred_models_are_synced_without_holding_the_database_long(storage: Storage) -> None:
    models = {f"model-{n}": {"owner": f"p{n}@example.com", "serving": "1", "tier": "2"} for n in range(500)}
    registry = Told(models=models)
    sync(storage, [registry], NOON)
    statements: list[str] = []
    event.listen(storage.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    sync(storage, [registry], SOON)

    assert len(statements) < 80  # and not several for each model
