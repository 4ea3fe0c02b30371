"""Whatever is drawn for people to use is heard by a feature, and whatever a feature hears is drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest

from bot import grammar
from bot.handlers.actions import heard_by
from bot.incidents.features import feature
from bot.views import ids

ROOT = Path(__file__).parents[3]
DRAWING = sorted([*(ROOT / "bot/views").glob("*.py"), *(ROOT / "bot/incidents").glob("*.py")])
FIELDS = {"text_input", "menu", "radio", "checkboxes", "person_menu", "people_menu", "date_menu", "datetime_menu"}
"""Functions that draw an input; in a form it is read when the form is sent, elsewhere it has to be heard."""

ENUMS = {name: kind for name, kind in vars(ids).items() if isinstance(kind, type) and issubclass(kind, StrEnum)}


def members() -> list[tuple[str, str]]:
    """(where in ids.py, the id) of every id there is."""
    return [(f"{name}.{member.name}", member.value) for name, kind in ENUMS.items() for member in kind]


def named_in(node: ast.AST) -> Iterator[str]:
    """The ids named anywhere in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in ENUMS:
            kind = ENUMS[part.value.id]
            if part.attr in kind.__members__:
                yield kind[part.attr].value


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """(name of the function, the call) of every call in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


@cache
def drawn_as(wanted: str) -> set[str]:
    """Ids drawn as `form` (callback_id), `field` (block id or input) or `button`."""
    found: set[str] = set()
    for path in DRAWING:
        for name, call in calls(path):
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            if wanted == "form" and "callback_id" in keywords:
                found |= set(named_in(keywords["callback_id"]))
            if wanted == "field" and name in FIELDS and call.args:
                found |= set(named_in(call.args[0]))
            if wanted == "field" and "block_id" in keywords:
                found |= set(named_in(keywords["block_id"]))
            if wanted == "button" and name == "button" and len(call.args) > 1:
                found |= set(named_in(call.args[1]))
            if wanted == "button" and "accessory" in keywords:
                found |= set(named_in(keywords["accessory"])) - drawn_in_no_message(keywords["accessory"])
    return found


@cache
def named_in_views() -> set[str]:
    """Every id that the views name."""
    views = [path for path in DRAWING if path.parent.name == "views" and path.name != "ids.py"]
    return {value for path in views for value in named_in(ast.parse(path.read_text("utf-8")))}


def drawn_in_no_message(node: ast.AST) -> set[str]:
    """Ids in an expression that are no action ids: those in the value of a button."""
    return {one for part in ast.walk(node) if isinstance(part, ast.keyword) for one in named_in(part.value)}


def hears(action_id: str) -> bool:
    whole = feature()
    return heard_by(whole, action_id) is not None or heard_by(whole, f"{action_id}:1") is not None


@pytest.mark.parametrize(("name", "value"), members())
def test_every_id_is_a_form_that_is_heard_a_field_or_a_click_that_is_heard(name: str, value: str) -> None:
    if value in feature().submissions:
        assert value in drawn_as("form"), f"{name} is heard, but no form is called so"
        return
    assert value not in drawn_as("form"), f"nobody hears the form {name}"
    if value in drawn_as("button"):
        assert hears(value), f"nobody hears a click on {name}"
        return
    assert hears(value) or value in drawn_as("field") or value in named_in_views(), f"{name} is used nowhere"


def test_every_button_names_its_action_where_it_is_drawn() -> None:
    for path in DRAWING:
        for name, call in calls(path):
            if name == "button":
                assert list(named_in(call.args[1])), f"{path.name}:{call.lineno} hides which action it is"


def test_whatever_is_heard_has_its_name_in_ids() -> None:
    known = {value for _, value in members()}
    for heard in [*feature().clicks, *feature().submissions, *feature().suggestions]:
        assert heard.rstrip("*").rstrip(":.") in known, heard


def test_every_menu_with_type_ahead_gets_its_options() -> None:
    for path in DRAWING:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict) and any(
                isinstance(value, ast.Constant) and value.value == "external_select" for value in node.values
            ):
                assert set(named_in(node)) & set(feature().suggestions), f"{path.name}:{node.lineno}"


def test_every_command_of_the_grammar_is_answered() -> None:
    asked = {type(grammar.read(text)) for text in ("", *(EXAMPLES[word.word] for word in grammar.WORDS))}
    assert asked == set(feature().commands)


EXAMPLES = {
    **{word.word: word.word for word in grammar.WORDS},
    "open": "open fraud-scorer broken",
    "search": "search fraud",
    "who": "who fraud-scorer",
    "ready": "ready fraud-scorer",
    "status": "status identified",
    "severity": "severity sev1",
    "reopen": "reopen again",
    "role": "role commander <@U01ANAMOR>",
    "handoff": "handoff commander <@U01ANAMOR>",
    "note": "note hi",
    "action": "action mend it",
}
