"""docs/registries.md says what the code says: fields, contacts, aliases, who wins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

from bot.incidents import groups, on_call
from bot.oncall.asking import TIMEOUT_S
from bot.registries import ADAPTERS
from bot.registries.calls import CALL_SECONDS, READING_SECONDS
from bot.registries.entries import EXPERIMENT
from bot.registries.file import parse
from bot.registries.mlflow import ROLLBACK_ALIAS, SERVING_ALIAS
from bot.registries.mlflow_api import SERVICE
from bot.registries.patience import LONGEST_WAIT_S, MOST_IN_A_READING, PAUSES_S
from bot.registries.values import LONGEST
from playbooks.card import Fact, ModelCard, merge, missing
from playbooks.components import COMPONENT, KINDS
from playbooks.contacts import parse_contact
from playbooks.fields import EVERY_MODE, FIELDS, FieldKind, FieldSpec
from playbooks.people import read_people
from playbooks.rota import read_rotas
from tests.docs.pages import blocks, rows, text

PAGE = "docs/registries.md"
NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def needed_for(field: FieldSpec) -> str:
    """For which models a field is needed, in the page's words."""
    if not field.tiers:
        return "–"
    tiers = "every tier" if len(field.tiers) == 4 else "tier 0 and 1"
    modes = ", ".join(mode for mode in ("online", "batch", "streaming", "llm") if mode in field.modes)
    return tiers if field.modes == EVERY_MODE else f"{tiers} ({modes})"


def test_the_table_of_fields_is_the_table_of_the_code() -> None:
    written = rows(PAGE, "| field | kind | needed for | good for |")
    assert written == [[f"`{one.key}`", one.kind, needed_for(one), one.good_for] for one in FIELDS]


def test_every_kind_of_field_says_what_to_write() -> None:
    explained = {kind for row in rows(PAGE, "| kind | write |") for kind in row[0].split(", ")}
    used = {field.kind for field in FIELDS}
    assert used <= explained
    assert explained <= set(get_args(FieldKind))


def test_the_example_catalogue_of_the_page_is_without_fault() -> None:
    example = next(block for block in blocks(PAGE, "yaml") if block.startswith("models:"))
    found = parse(example, "models.yaml", now=NOW)
    assert [str(fault) for fault in found.faults] == []
    assert found.cards[0].contacts("owner")[0].label == "Ana Moreau"
    assert found.cards[0].text("serving") == "42"


def test_a_version_with_a_dot_needs_the_quotes_that_the_page_asks_for() -> None:
    assert parse("models: {m: {serving: 1.10}}", "models.yaml", now=NOW).faults
    assert not parse('models: {m: {serving: "1.10"}}', "models.yaml", now=NOW).faults


def test_each_way_to_write_a_contact_is_read_as_the_page_says() -> None:
    kinds = [parse_contact(row[0].strip("`")).kind for row in rows(PAGE, "| written | is |")]
    people = ["email", "email", "handle", "slack-user", "slack-group"]
    assert kinds == [*people, "pagerduty", "opsgenie", "rota", "backstage", "name"]


def test_the_examples_of_people_and_rotas_are_without_fault() -> None:
    people, rotas = (next(block for block in blocks(PAGE, "yaml") if block.startswith(key)) for key in ("peo", "rotas"))
    assert len(read_people(people, "people.yaml")) == 4
    (rota,) = read_rotas(rotas, "rotas.yaml").values()
    bare = rotas.replace("    handover: {day: monday, time: 09:00}\n", "").replace("    weeks: 1\n", "")
    assert bare != rotas
    assert list(read_rotas(bare, "rotas.yaml").values()) == [rota]


def test_what_the_page_says_of_groups_and_schedules_is_what_the_code_does() -> None:
    page = " ".join(text(PAGE).split())
    assert f"At most {groups.MOST} people come then" in page
    assert timedelta(minutes=5) == on_call.FRESH
    assert timedelta(days=1) == on_call.STALE
    assert TIMEOUT_S == 3.0
    variables = {row[2].strip("`") for row in rows(PAGE, "| `oncall` | is asked | set |")}
    assert variables == {"ML_INCIDENT_ROTAS", "PAGERDUTY_TOKEN", "OPSGENIE_API_KEY"}


def test_an_experiment_has_the_fields_that_the_page_names() -> None:
    row = next(row for row in rows(PAGE, "| kind | write |") if row[0] == "records")
    assert set(re.findall(r"`(\w+)`", row[1])) - {"aliases"} == set(EXPERIMENT)


def test_a_component_has_the_fields_and_kinds_that_the_page_names() -> None:
    written = rows(PAGE, "| in a component | is |")
    assert [row[0].strip("`") for row in written] == list(COMPONENT)
    assert re.findall(r"`([\w-]+)`", written[0][1]) == list(KINDS)
    example = next(block for block in blocks(PAGE, "yaml") if "components:" in block)
    found = parse(example, "models.yaml", now=NOW)
    assert [str(fault) for fault in found.faults] == []
    assert not {"serving", "rollback", "deployed_at", "components"} & {spec.key for spec in missing(found.cards[0])}


def test_the_page_names_the_registries_aliases_and_limits_of_the_code() -> None:
    page = text(PAGE)
    assert f"`{SERVING_ALIAS}`" in page
    assert f"`{ROLLBACK_ALIAS}`" in page
    assert all(f"`{name}`" in page for name in ADAPTERS)
    assert f"{LONGEST} characters" in page
    assert f"within {CALL_SECONDS:.0f} seconds" in page
    assert f"{READING_SECONDS:.0f} seconds in all" in page
    assert f"after {PAUSES_S[0]:g} and after {PAUSES_S[1]:g} second" in page.replace("\n", " ")
    assert f"at most {MOST_IN_A_READING} questions of a reading" in page.replace("\n", " ")
    assert f"more than {LONGEST_WAIT_S:.0f} seconds are not waited for" in page.replace("\n", " ")


def test_what_mlflow_may_answer_is_listed_in_the_bots_own_words() -> None:
    said = [part for row in rows(PAGE, "| the bot says | do |") for part in row[0].split(" · ")]
    for status in (200, 401, 403, 404):
        assert any(SERVICE.what_to_do(status, "").startswith(part) for part in said), status


def test_the_first_registry_that_says_something_wins_each_field() -> None:
    said = text(PAGE).split("an empty value, ")[1].split(" say nothing")[0]
    silent = re.findall(r"`([^`]+)`", said)
    assert silent == ["?", "-", "tbd", "todo", "unknown"]
    for word in silent:
        first = ModelCard("m", {"owner": Fact(word, "models.yaml", NOW), "team": Fact("risk", "models.yaml", NOW)})
        second = ModelCard(
            "m", {"owner": Fact("ana@example.com", "mlflow tag", NOW), "team": Fact("x", "mlflow tag", NOW)}
        )
        merged = merge("m", [first, second])
        assert (merged.owner, merged.text("team")) == ("ana@example.com", "risk")
