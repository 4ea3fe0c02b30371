"""Registries of other packages: found by their entry point, read like ours, and harmless where they are broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bot.registries import Health, Reading, Registry, RegistryDown
from bot.registries.file import FileRegistry
from bot.registries.opened import _open
from bot.registry_settings import BUILT_IN, GROUP, NEEDED, installed
from bot.settings import Settings, read_settings
from bot.sync import sync
from playbooks.card import Fact, ModelCard
from storage import catalogue
from storage.transaction import Storage
from tests.databases import sqlite_url
from tests.docs.pages import ROOT, blocks

PAGE = "docs/registries.md"
BUILD = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
RUN = "from bot.main import run; run()"


def shown(kind: str, start: str) -> str:
    return next(block for block in blocks(PAGE, kind) if block.startswith(start))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with an empty database."""
    assert run(tmp_path, None, "db", "upgrade").returncode == 0
    return tmp_path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter that the page shows, built into a wheel as its author would, and unpacked as an installer does."""
    source, packages = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site-packages")
    (source / "pyproject.toml").write_text(shown("toml", "[build-system]"), "utf-8")
    (source / "acme_models.py").write_text(shown("python", '"""'), "utf-8")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, "."], cwd=source, capture_output=True, text=True, check=True, timeout=60
    )
    with zipfile.ZipFile(source / built.stdout.split()[-1]) as wheel:
        wheel.extractall(packages)
    return packages


def run(folder: Path, package: Path | None, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "VIRTUAL_ENV"}}
    kept |= {"PYTHONPATH": str(package)} if package else {}
    kept |= {"DATABASE_URL": sqlite_url(folder)}
    command = [sys.executable, "-c", RUN, *words]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_adapter_of_the_page_is_found_and_read_by_the_bot_that_is_not_told_of_it(package: Path, home: Path) -> None:
    (home / "models.csv").write_text("fraud-scorer,ana@example.com,0\nranker,,1\n", "utf-8")
    settings = {"ML_INCIDENT_REGISTRIES": "acme", "ACME_MODELS": "models.csv"}

    synced = run(home, package, "registry", "sync", **settings)
    known = run(home, package, "registry", "show", "fraud-scorer", **settings)

    assert synced.returncode == 0, synced.stderr
    assert "The catalogue holds 2 models." in synced.stdout
    assert "ana@example.com  [models.csv," in known.stdout


def test_what_the_adapter_of_the_page_cannot_read_is_said_in_its_own_words(package: Path, home: Path) -> None:
    synced = run(home, package, "registry", "sync", ML_INCIDENT_REGISTRIES="acme", ACME_MODELS="nowhere.csv")

    assert synced.returncode == 1
    assert "acme: nowhere.csv cannot be read" in synced.stderr


def test_a_name_that_no_installed_package_brings_gets_the_closest_one_and_what_there_is(
    package: Path, tmp_path: Path
) -> None:
    with_it = run(tmp_path, package, "registry", "sync", ML_INCIDENT_REGISTRIES="acne")
    without_it = run(tmp_path, None, "registry", "sync", ML_INCIDENT_REGISTRIES="acme")

    assert (with_it.returncode, without_it.returncode) == (2, 2)
    assert "names the registry “acne”; there are file, mlflow, " in with_it.stderr
    assert "acme. Did you mean acme?" in with_it.stderr
    assert "Is the package that brings it installed here?" in without_it.stderr


def test_names_written_with_a_hyphen_or_in_capitals_get_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for written, meant in (("unity-catalog", "unity_catalog"), ("DataHub", "datahub")):
        with pytest.raises(Exception, match=f"Did you mean {meant}"):
            read_settings(registries=written)


def test_ours_are_registered_in_the_package_as_a_strangers_would_be() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["entry-points"][GROUP] == BUILT_IN
    assert set(NEEDED) == set(BUILT_IN) - {"file"}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_ours_can_be_made_even_where_the_metadata_is_older_than_the_code(name: str) -> None:
    registry = _open(installed()[name], Settings(_env_file=None))

    assert registry.name == name
    assert type(registry).__module__ == f"bot.registries.{name}"


def test_no_package_can_stand_in_for_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = EntryPoint("mlflow", "acme_models:Acme", GROUP)
    monkeypatch.setattr("bot.registry_settings.entry_points", lambda group: [stranger])

    assert installed()["mlflow"].value == BUILT_IN["mlflow"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("acme_nowhere:Acme", "ModuleNotFoundError"),
        ("bot.registries.opened:open_nothing", "AttributeError"),
        ("builtins:print", "what it made has no name and no read and no health"),
        ("bot.registries.opened:open_file", "its name is “file” instead"),
        ("sys:exit", "SystemExit"),
    ],
)
def test_a_registry_that_cannot_be_made_is_named_with_its_fault_and_stops_nothing(value: str, said: str) -> None:
    registry = _open(EntryPoint("acme", value, GROUP), Settings(_env_file=None))

    assert registry.name == "acme"
    assert not registry.health().ok
    assert re.search(said, registry.health().sentence)
    assert "take the name out of ML_INCIDENT_REGISTRIES" in registry.health().sentence
    assert "<" not in registry.health().sentence


class Strange:
    """A stranger's registry, with every fault that one may have."""

    name = "acme"

    def __init__(self, settings: object) -> None:
        """As a factory is called."""

    def read(self, now: datetime) -> Reading:
        raise KeyError("owner\x1b[31m")

    def health(self) -> Health:
        sys.exit("bye")


def test_a_strangers_registry_that_fails_is_named_and_neither_the_doctor_nor_the_sync_fails_with_it() -> None:
    registry = _open(EntryPoint("acme", f"{__name__}:Strange", GROUP), Settings(_env_file=None))

    with pytest.raises(RegistryDown, match=r"The registry acme of “.*Strange” failed with KeyError: .*Mend or update"):
        registry.read(datetime(2026, 11, 20, tzinfo=UTC))
    assert registry.health() == Health(ok=False, sentence=registry.health().sentence)
    assert "failed with SystemExit: bye" in registry.health().sentence
    assert registry.health().sentence.isprintable()


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Careless(Strange):
    """It means well."""

    cards: ClassVar[list[Any]] = []

    def read(self, now: datetime) -> Reading:
        return Reading(cards=tuple(self.cards))


def careless(*cards: Any) -> Registry:
    Careless.cards = list(cards)
    return _open(EntryPoint("acme", f"{__name__}:Careless", GROUP), Settings(_env_file=None))


def card(name: Any, **facts: Any) -> ModelCard:
    return ModelCard(name, {key: Fact(value, "acme", NOON) for key, value in facts.items()})


def test_numbers_of_a_strangers_registry_are_read_as_text_and_texts_are_cleaned() -> None:
    parts = [{"kind": "flag", "name": "ml.on", "version": 3}]
    said = {"tier": 0, "consumers": ("web", 7, ""), "purpose": "two\nlines\x1b[31m " + "x" * 5000, "components": parts}
    reading = careless(card("fraud-scorer", **said)).read(NOON)

    (found,) = reading.cards
    assert reading.problem is None
    assert (found.tier, found.items("consumers")) == (0, ("web", "7"))
    assert str(found.text("purpose")).startswith("two lines")
    assert str(found.text("purpose")).isprintable()
    assert len(str(found.text("purpose"))) == 1000
    assert found.records("components") == ({"kind": "flag", "name": "ml.on", "version": "3"},)


@pytest.mark.parametrize(
    "value", [None, True, {"a": "b"}, [["a"]], [{"name": "no kind"}], [{"kind": "flag"}, "x"], b"x"]
)
def test_what_a_strangers_registry_may_not_say_is_left_out_and_named(value: Any) -> None:
    reading = careless(card("fraud-scorer", owner="ana@example.com", components=value)).read(NOON)

    assert reading.cards[0].facts.keys() == {"owner"}
    assert str(reading.problem).endswith("left out: fraud-scorer.components. Mend or update that package.")


@pytest.mark.parametrize("name", ["", None, 7, "two\nlines", "x" * 300])
def test_a_model_without_a_name_that_can_be_typed_is_left_out_and_named(name: Any) -> None:
    reading = careless(card(name), card("fraud-scorer")).read(NOON)

    assert [one.name for one in reading.cards] == ["fraud-scorer"]
    assert "left out: a model called" in str(reading.problem)


def test_no_registry_of_a_stranger_stops_the_others_whatever_it_says(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  ranker:\n    tier: 1\n", "utf-8")
    strange = [
        card("twice", tier=1), card("twice", tier=2), card("fraud-scorer", tier=0, upstreams=[1, 2], owner=None),
        "no card", ModelCard("times", {"owner": Fact("ana@example.com", "", "yesterday")}),  # type: ignore[arg-type]
    ]  # fmt: skip

    done = sync(storage, [careless(*strange), FileRegistry(tmp_path / "models.yaml")], NOON)

    assert done.models == 3
    assert "names several models alike (twice)" in done.problems["acme"]
    with storage.reading() as tx:
        known = catalogue.cards(tx)
    assert [one.name for one in known] == ["fraud-scorer", "ranker", "times"]
    assert known[2].facts["owner"].as_of == NOON


class Well(Strange):
    """One that is well."""

    def health(self) -> Health:
        return Health(ok=True, sentence="acme answers.")


def test_a_strangers_registry_that_is_well_says_so() -> None:
    registry = _open(EntryPoint("acme", f"{__name__}:Well", GROUP), Settings(_env_file=None))

    assert registry.health() == Health(ok=True, sentence="acme answers.")
