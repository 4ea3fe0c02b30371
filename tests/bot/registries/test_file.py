"""models.yaml: what may be written, what may not, and how somebody is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.registries import ADAPTERS
from bot.registries.file import FileRegistry, parse
from bot.registries.protocol import RegistryDown
from bot.settings import REGISTRIES
from playbooks.card import ModelCard, missing
from playbooks.fields import FIELDS

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "models.yaml"


def only(text: str) -> ModelCard:
    found = parse(text, "models.yaml", now=NOON)
    assert found.faults == []
    (card,) = found.cards
    return card


def faults(text: str) -> list[str]:
    return [str(fault) for fault in parse(text, "models.yaml", now=NOON).faults]


def test_the_shipped_example_has_no_fault_and_uses_every_field() -> None:
    found = parse(EXAMPLE.read_bytes(), EXAMPLE.name, now=NOON)

    assert found.faults == []
    assert len(found.cards) == 8
    used = {key for card in found.cards for key in card.facts}
    # Aliases are what a registry with versions has; this file says serving and rollback instead.
    assert [spec.key for spec in FIELDS if spec.key != "aliases" and not any(map(spec.covers, used))] == []


def test_the_shipped_example_leaves_gaps_for_the_digest_to_name() -> None:
    cards = {card.name: card for card in parse(EXAMPLE.read_bytes(), EXAMPLE.name, now=NOON).cards}

    assert {name: [spec.key for spec in missing(card)] for name, card in cards.items() if missing(card)} == {
        "home-recs": ["poc.*"],
        "delivery-eta": ["owner.backup"],
    }
    assert cards["price-optimizer"].owner == "Sam Doyle <sam@example.com>"
    assert cards["image-moderator"].records("experiments")[0]["cleanup_by"] < "2026-11-20"
    assert cards["demand-forecaster"].text("reviewed_at") == "2026-03-02"


def test_each_fact_says_which_file_it_was_read_from_and_when() -> None:
    fact = only("models: {m: {owner: ana@example.com}}").facts["owner"]

    assert (fact.value, fact.source, fact.as_of) == ("ana@example.com", "models.yaml", NOON)


def test_lists_may_be_lists_or_words_between_commas() -> None:
    card = only("models:\n  m:\n    consumers: checkout, web\n    poc:\n      ds: [lee@example.com, '@kim']\n")

    assert card.items("consumers") == ("checkout", "web")
    assert [contact.label for contact in card.contacts("poc.ds")] == ["lee@example.com", "@kim"]


def test_whole_numbers_are_versions_but_a_version_with_a_dot_needs_quotes() -> None:
    assert only("models: {m: {serving: 42}}").serving == "42"
    (fault,) = faults("models: {m: {serving: 1.10}}")
    assert "put it in quotes" in fault


def test_what_is_left_empty_documents_nothing_and_is_no_fault() -> None:
    card = only("models:\n  m:\n    owner:\n    poc:\n      ds:\n    team: risk\n")

    assert list(card.facts) == ["team"]


def test_own_teams_and_environments_may_have_any_name() -> None:
    card = only("models: {m: {poc: {pricing: omar@example.com}, endpoint.canary: 'https://ml.example.com/canary'}}")

    assert list(card.pocs()) == ["pricing"]
    assert list(card.family("endpoint")) == ["canary"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("onwer: ana@example.com", "onwer: there is no such field; did you mean “owner”? Allowed: change,"),
        ("aliases: []", "aliases: there is no such field"),
        ("tier: 4", "tier: expected 0 (safety or money at once)"),
        ("mode: onlin", "mode: “onlin” is not allowed here; did you mean “online”?"),
        ("owner: ana@", "owner: “ana@” reaches nobody; write one of ana@example.com"),
        ("owner: U01ANAMOR", "owner: “U01ANAMOR” would be shown as a name; a Slack id is written slack:U01ANAMOR."),
        ('owner: "<@U01ANAMOR>"', "a Slack id is written slack:U01ANAMOR."),
        ('poc.ds: "<!subteam^S01RISKDS>"', "a Slack id is written slack-group:S01RISKDS."),
        ('stakeholders: "#risk"', "stakeholders: “#risk” is a channel, and nobody is asked there"),
        ("owner: [ana@example.com]", "owner: expected text"),
        ("owner: ana@example.com, lee@example.com", "owner: names one person or group"),
        ("owner: true", "owner: expected text"),
        ("docs: wiki/fraud", "docs: expected a link that starts with https://"),
        ("docs: 'https://ana:secret@wiki.example.com/'", "docs: carries a user name or password"),
        ("sample_request: curl -d @body.json https://a.example.com", "sample_request: expected a link"),
        ("reviewed_at: 1.10.2026", "reviewed_at: expected a date like 2026-10-01"),
        ("deployed_at: 2026-11-18T09:30:00", "deployed_at: says no time zone"),
        ("deployed_at: yesterday", "deployed_at: expected a time with its zone"),
        ("label_delay: two weeks", "label_delay: “two weeks” is not a duration; write for example 30m"),
        ("poc: {prodcut: pat@example.com}", "poc.prodcut: there is no team “prodcut”; did you mean “product”?"),
        ("poc: {Data Science: a@example.com}", "poc.Data Science: the name of a team is written in small letters"),
        ("poc: lee@example.com", "poc: expected one line for each team below it"),
        ("poc: {ds: a@example.com}\n    poc.ds: b@example.com", "poc.ds: is there twice"),
        ("experiments: exp-1", "experiments: expected a list"),
        ("experiments: [{arm: half}]", "experiments[0]: expected fields: name, arm, cleanup_by, link, what"),
        ("experiments: [{name: e, cleanup: 2026-12-01}]", "experiments[0].cleanup: there is no such field."),
        ("experiments: [{name: e, cleanup_by: soon}]", "experiments[0].cleanup_by: expected a date"),
        ("purpose: " + "x" * 1001, "purpose: is too long: at most 1000 characters"),
        ("owner: !!python/name:os.system a", "is not allowed; write plain values"),
    ],
)
def test_a_fault_names_line_field_and_what_is_allowed(line: str, said: str) -> None:
    found = parse(f"models:\n  ok: {{tier: 1}}\n  m:\n    {line}\n", "models.yaml", now=NOON)

    assert any(str(fault).startswith("models.yaml:") and said in str(fault) for fault in found.faults), found.faults
    assert all(fault.line >= 4 for fault in found.faults)
    assert [card.name for card in found.cards] == ["ok"]
    assert found.spoilt == {"m"}


def test_an_entry_written_twice_is_in_doubt_and_no_other_is() -> None:
    found = parse("models:\n  a: {tier: 1}\n  b: {tier: 2}\n  a: {tier: 3}\n", "models.yaml", now=NOON)

    assert [str(fault) for fault in found.faults] == ["models.yaml:4:3: models.a: is there twice; keep one."]
    assert [card.name for card in found.cards] == ["b"]
    assert found.spoilt == {"a"}


def test_entries_on_one_line_are_told_apart() -> None:
    found = parse("models: {a: {tier: 9}, b: {tier: 2}}", "models.yaml", now=NOON)

    assert [card.name for card in found.cards] == ["b"]


@pytest.mark.parametrize(
    "text", ["", "models", "- a", "model: {a: {}}", "models: [a]", "models: {a", "\x00", "models: {m: *x}"]
)
def test_a_file_that_is_no_catalogue_is_refused_with_a_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(text, "utf-8")

    found = parse(text, "models.yaml", now=NOON)

    assert found.faults
    assert found.cards == []
    assert not FileRegistry(path).health().ok


def test_something_beside_models_is_a_fault_that_costs_no_model() -> None:
    found = parse("modles: {}\nmodels:\n  a: {tier: 1}\n", "models.yaml", now=NOON)

    assert ["did you mean “models”?" in str(fault) for fault in found.faults] == [True]
    assert [card.name for card in found.cards] == ["a"]


def test_a_missing_file_says_where_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(RegistryDown, match=r"no file .*nowhere\.yaml.*ML_INCIDENT_REGISTRY_FILE"):
        FileRegistry(tmp_path / "nowhere.yaml").read(NOON)


def test_a_partly_faulty_file_gives_what_can_be_used_and_says_what_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("models:\n  a: {tier: 1}\n  b: {tier: 9}\n", "utf-8")

    reading = FileRegistry(path).read(NOON)

    assert [card.name for card in reading.cards] == ["a"]
    assert reading.unreadable == {"b"}
    assert reading.problem is not None
    assert "1 fault;" in reading.problem
    assert "models.yaml:3:13: models.b.tier" in reading.problem


def test_every_registry_that_the_settings_allow_has_an_adapter() -> None:
    assert set(ADAPTERS) == set(REGISTRIES)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from([spec.key.removesuffix(".*") for spec in FIELDS]) | st.text(max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=10), st.dictionaries(_KEYS, _PLAIN, max_size=5), max_size=3))
def test_whatever_stands_in_a_file_ends_in_cards_and_faults_never_in_a_traceback(models: dict[str, object]) -> None:
    found = parse(json.dumps({"models": models}, ensure_ascii=False), "models.yaml", now=NOON)

    assert len(found.cards) + len(found.spoilt) <= len(models)
    assert not {card.name for card in found.cards} & found.spoilt
