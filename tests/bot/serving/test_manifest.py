"""The manifest asks for exactly what the code uses, and Slack would take it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import fastjsonschema
import pytest

from bot.incidents.features import feature
from bot.manifest import EVENTS, METHODS, as_json, build_manifest, needed_scopes, subscriptions

ROOT = Path(__file__).parents[3]
CONTRACT = json.loads((ROOT / "bot/sandbox/contract/methods.json").read_text("utf-8"))["methods"]
# Everything that talks to Slack; the sandbox only plays it, and the manifest is what is being tested.
TALKING = [
    path
    for path in sorted((ROOT / "bot").rglob("*.py"))
    if "sandbox" not in path.parts and path.name not in {"manifest.py", "demo.py"}
]


def called() -> Iterator[tuple[str, Path]]:
    """Every Web API method named in the code: as a text, or as a method of slack_sdk's client."""
    by_attribute = {method.replace(".", "_"): method for method in CONTRACT}
    for path in TALKING:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in CONTRACT:
                yield str(node.value), path
            elif isinstance(node, ast.Attribute):
                name = node.attr.lower()
                for attribute, method in by_attribute.items():
                    if attribute.lower() == name:
                        yield method, path


def test_every_method_that_is_called_is_in_the_table_and_no_other() -> None:
    in_code = {method for method, _ in called()}
    assert in_code == set(METHODS)


def test_each_method_is_allowed_by_the_scopes_that_are_asked_for_it() -> None:
    for method, scopes in METHODS.items():
        allowed = set(CONTRACT[method].get("bot_scopes", []))
        # users.lookupByEmail answers users, which takes users:read besides.
        assert set(scopes) - {"users:read"} <= allowed, method
        assert bool(scopes) == bool(allowed), method


def test_every_scope_is_needed_and_none_is_missing() -> None:
    asked = set(build_manifest()["oauth_config"]["scopes"]["bot"])
    for_methods = {scope for method in METHODS for scope in METHODS[method]}
    for_events = {scope for scopes in subscriptions(feature()).values() for scope in scopes}
    assert asked == for_methods | for_events | {"commands"}
    assert asked == set(needed_scopes())


def test_it_subscribes_to_what_the_features_hear() -> None:
    heard = {event.split("/")[0] for event in feature().events}
    asked = build_manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert {name.split(".")[0] for name in asked} == heard
    assert heard <= set(EVENTS)


@pytest.mark.parametrize("public_url", [None, "https://bot.example.com/"])
def test_slack_would_take_it(public_url: str | None) -> None:
    text = (ROOT / "tests/data/slack-manifest.schema.1.0.0.json").read_text("utf-8")
    schema = json.loads(text, object_hook=_without_inner_dollars)
    manifest = build_manifest(public_url=public_url)
    fastjsonschema.compile(schema)(manifest)
    (command,) = manifest["features"]["slash_commands"]
    assert command["should_escape"]
    assert manifest["settings"]["socket_mode_enabled"] == (public_url is None)
    if public_url:
        assert command["url"] == "https://bot.example.com/slack/events"
        assert manifest["settings"]["interactivity"]["message_menu_options_url"] == command["url"]


def _without_inner_dollars(part: dict[str, object]) -> dict[str, object]:
    """fastjsonschema takes each $ of a pattern for its end; of those with another one the manifest uses none."""
    pattern = str(part.get("pattern", ""))
    return {key: value for key, value in part.items() if key != "pattern" or "$" not in pattern[:-1]}


def test_the_written_manifest_is_the_generated_one() -> None:
    written = (ROOT / "deploy/slack-manifest.json").read_text("utf-8")
    assert written == as_json(build_manifest()) + "\n", "run: ml-incident manifest > deploy/slack-manifest.json"
