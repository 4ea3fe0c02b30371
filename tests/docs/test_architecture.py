"""docs/architecture.md is true: its paths, its names, its ladder, and the way that a command really takes."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import grammar, requests
from bot.handlers import command as command_handler
from bot.handlers import once
from bot.incidents import declaring, opening
from bot.incidents.desk import Command, Desk
from bot.incidents.features import feature
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import catalogue
from storage.database import open_engine, parse_url
from storage.models import Effect
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.databases import sqlite_url
from tests.docs.pages import ROOT, code, rows, text

PAGE = "docs/architecture.md"
PACKAGES = ("bot", "storage", "playbooks")
NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def contracts() -> dict[str, list[list[str]]]:
    """Name of each contract about layers → its layers, each with its modules."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {
        contract["name"]: [re.split(r"\s*[|:]\s*", layer.strip("()")) for layer in contract["layers"]]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    }


@cache
def defined() -> frozenset[str]:
    """The name of every class, function, constant and field that the packages define."""
    return frozenset(name for package in PACKAGES for path in (ROOT / package).rglob("*.py") for name in _names(path))


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.Assign():
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name() as target):
                yield target.id


def imported(path: str) -> set[str]:
    """The modules that a module imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def test_every_path_that_the_page_names_exists() -> None:
    paths = [word for word in code(PAGE) if re.fullmatch(r"[\w./-]+/[\w./-]*|[\w-]+\.(?:toml|md)", word)]
    assert len(paths) > 20, "the pattern finds them"
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_name_that_the_page_gives_exists() -> None:
    wrong = []
    for word in code(PAGE):
        name = word.removesuffix("()")
        if re.fullmatch(r"bot(\.\w+)+", name):
            module, _, last = name.rpartition(".")
            if not hasattr(import_module(module), last):
                wrong.append(word)
        elif re.fullmatch(r"\w+(\.(?!toml)\w+)?", name) and not set(name.split(".")) <= defined() | _modules():
            wrong.append(word)
    assert wrong == []


def _modules() -> set[str]:
    return {path.stem for path in (ROOT / "bot").iterdir()}


def test_the_packages_are_the_ladder_that_is_proven() -> None:
    written = [row[0].strip("`/") for row in rows(PAGE, "| package | holds | knows nothing of |")]
    layers = next(layers for layers in contracts().values() if layers[0] == ["bot"])
    assert [[package] for package in written] == layers


def test_the_ladder_inside_bot_is_the_one_that_is_proven() -> None:
    lines = re.findall(r"^\d+\. ((?:`\w+`(?:, )?)+):", text(PAGE).split("## The way")[0], re.MULTILINE)
    written = [re.findall(r"`(\w+)`", line) for line in lines]
    layers = next(layers for layers in contracts().values() if layers[0] != ["bot"])
    assert written == [[module.removeprefix("bot.") for module in layer] for layer in layers]


def test_each_package_knows_nothing_of_what_the_page_says() -> None:
    foreign = {"Slack": {"slack_sdk", "slack_bolt"}, "SQL": {"sqlalchemy"}, "networks": {"httpx", "aiohttp"}}
    for package, _, unknown in rows(PAGE, "| package | holds | knows nothing of |"):
        forbidden = {module for word, modules in foreign.items() if word in unknown for module in modules}
        for path in (ROOT / package.strip("`/")).rglob("*.py"):
            first_parts = {module.split(".")[0] for module in imported(str(path.relative_to(ROOT)))}
            assert not forbidden & first_parts, path


def test_the_handler_reads_the_words_and_works_once_in_one_transaction() -> None:
    assert {"bot.grammar", "bot.handlers.once"} <= imported(command_handler.__file__ or "")
    assert "storage.transaction" in imported(once.__file__ or "")
    assert "bot.effects" in imported(declaring.__file__ or "")
    # The one call that a handler makes itself opens a form, and comes after the commit.
    body = Path(command_handler.__file__ or "").read_text("utf-8")
    assert body.index("once(lent.storage") < body.index("forms.open")


def test_whatever_slack_refuses_is_judged_in_one_place_and_the_doers_open_no_transaction() -> None:
    for path in (ROOT / "bot" / "slack").glob("*.py"):
        assert ".transaction()" not in path.read_text("utf-8") or path.name == "errand.py", path


@pytest.fixture
def storage_with_a_model(tmp_path: Path) -> Storage:
    """A database whose catalogue knows one model."""
    engine = open_engine(parse_url(sqlite_url(tmp_path)))
    upgrade(engine)
    storage = Storage(engine)
    with storage.transaction() as tx:
        catalogue.keep(tx, ModelCard("fraud-scorer", {"tier": Fact("0", "models.yaml", NOW)}), now=NOW)
    return storage


def test_the_command_of_the_page_takes_the_way_of_the_page(storage_with_a_model: Storage) -> None:
    words = next(word for word in code(PAGE) if word.startswith("/ml-incident open "))
    request = grammar.read(words.removeprefix("/ml-incident "))
    assert isinstance(request, requests.Open)
    answer = feature().commands[requests.Open]
    assert answer.__module__ == opening.__name__
    with storage_with_a_model.transaction() as tx:
        desk = Desk(tx=tx, now=NOW, by="U15ERIJOH", policy=load_policy(), library=shipped_library())
        answer(desk, request, Command(channel="C01GENERAL", trigger_id="1.1", text=words))
        owed = {row.kind: row for row in tx.session.scalars(select(Effect).where(Effect.incident_id.is_not(None)))}
        tree = {kind: _needed(row, owed) for kind, row in owed.items()}
    storage_with_a_model.close()
    assert tree["CreateChannel"] is None
    assert {kind for kind, needs in tree.items() if needs == "CreateChannel"} >= {
        "DrawCard",
        "Invite",
        "DrawAnnouncement",
        "DrawStep",
    }
    assert tree["PinCard"] == "DrawCard"
    assert set(re.findall(r"`([A-Z]\w+)`", text(PAGE).split("small tree:")[1].split("\n\n")[0])) <= set(tree)


def _needed(row: Effect, owed: dict[str, Effect]) -> str | None:
    return next((kind for kind, other in owed.items() if other.id == row.needs_id), None)
