"""The model card: merging what registries know, and what is undocumented."""

from datetime import UTC, datetime

import pytest

from playbooks.card import Fact, FactValue, ModelCard, from_json, merge, missing, to_json
from playbooks.contacts import Contact, parse_contact, parse_contacts
from playbooks.fields import FIELDS, field_for, field_title
from playbooks.lifecycle import Mode

THEN = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
THEN_SOURCE = "models.yaml"
LATER = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def card(source: str = "models.yaml", as_of: datetime = THEN, **facts: FactValue) -> ModelCard:
    return ModelCard("fraud", {key.replace("__", "."): Fact(value, source, as_of) for key, value in facts.items()})


def test_two_registries_merge_field_by_field_and_each_fact_keeps_its_source_and_age() -> None:
    merged = merge(
        "fraud",
        [
            card("models.yaml", owner="ana@example.com", tier="0"),
            card("mlflow tag", LATER, owner="bob@example.com", purpose="Scores payments"),
        ],
    )
    assert merged.facts["owner"] == Fact("ana@example.com", "models.yaml", THEN)
    assert merged.facts["purpose"] == Fact("Scores payments", "mlflow tag", LATER)
    assert merged.tier == 0


@pytest.mark.parametrize("nothing", ["", "  ", "TBD", "unknown", "?"])
def test_a_form_filler_is_no_fact_and_gives_way_to_a_real_one(nothing: str) -> None:
    first = card(owner=nothing)
    assert first.owner is None
    assert merge("fraud", [first, card("mlflow tag", owner="bob@example.com")]).owner == "bob@example.com"
    assert merge("fraud", [card(owner="bob@example.com"), first]).owner == "bob@example.com"


def test_a_value_of_none_is_an_answer() -> None:
    assert card(data_class="none").text("data_class") == "none"


def test_pocs_come_in_the_usual_order_and_own_teams_after_them() -> None:
    found = card(poc__pricing="zoe@example.com", poc__legal="grace@example.com", poc__ds="lee@example.com").pocs()
    assert list(found) == ["ds", "legal", "pricing"]
    assert field_title("poc.merch-ops") == "POC merchandising operations"
    assert field_title("poc.pricing") == "POC pricing"
    assert field_title("endpoint.prod") == "Endpoint prod"
    said = {key: field_title(key) for key in ("trained_by", "trained_from", "trained_on", "lifecycle")}
    assert list(said.values()) == ["Trained by", "Trained from", "Trained on", "Lifecycle"]


def test_a_list_a_text_and_a_table_are_all_read_as_people_expect() -> None:
    known = card(
        consumers=["checkout", "payouts"],
        upstreams="topic:clicks, table:dw.items",
        experiments=[{"id": "exp-1", "arm": "treatment", "cleanup_by": "2026-12-15", "what": "thresholds"}],
    )
    assert known.text("consumers") == "checkout, payouts"
    assert known.items("upstreams") == ("topic:clicks", "table:dw.items")
    assert known.records("experiments")[0]["cleanup_by"] == "2026-12-15"
    assert known.items("owner") == ()
    assert known.records("owner") == ()


def test_tier_and_mode_that_are_no_tier_and_mode_are_unknown() -> None:
    assert card(tier="7", mode="sometimes").tier is None
    assert card(mode="sometimes").mode is None
    assert card(mode="LLM").mode is Mode.LLM


def test_what_must_be_documented_depends_on_tier_and_mode() -> None:
    def keys(**facts: str) -> set[str]:
        return {spec.key for spec in missing(card(THEN_SOURCE, THEN, **facts))}

    online = keys(tier="0", mode="online")
    assert {"owner", "owner.backup", "endpoint.*", "fallback", "poc.*", "stakeholders"} <= online
    batch = keys(tier="2", mode="batch")
    assert "owner" in batch
    assert not {"owner.backup", "endpoint.*", "fallback"} & batch
    assert "retrain" not in keys(tier="1", mode="llm")
    assert {"tier", "mode", "owner"} <= keys()
    assert "owner.backup" not in keys()


def test_one_point_of_contact_or_endpoint_satisfies_its_family() -> None:
    keys = {
        spec.key
        for spec in missing(
            card(tier="0", mode="online", poc__ds="a@example.com", endpoint__eu="https://x.example.com")
        )
    }
    assert not {"poc.*", "endpoint.*"} & keys


def test_a_card_survives_the_database() -> None:
    known = card(owner="ana@example.com", consumers=["a", "b"], aliases=[{"alias": "champion", "version": "7"}])
    assert from_json(to_json(known)) == known


def test_a_card_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        card(owner="ana@example.com").facts["owner"] = Fact("x", "y", THEN)  # type: ignore[index]


def test_every_field_says_what_it_is_good_for() -> None:
    assert len({field.key for field in FIELDS}) == len(FIELDS)
    assert all(field.title and field.good_for for field in FIELDS)
    assert field_for("poc.pricing") is not None
    assert field_for("poc.") is None
    assert field_for("no.such") is None


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Ana@Example.com", Contact("email", "ana@example.com", "Ana@Example.com")),
        ("Ana Moreau <ana@example.com>", Contact("email", "ana@example.com", "Ana Moreau")),
        ("@ana", Contact("handle", "ana", "@ana")),
        ("slack:U01ANAMOR", Contact("slack-user", "U01ANAMOR", "somebody in Slack")),
        ("slack-group:S0123", Contact("slack-group", "S0123", "a Slack group")),
        ("backstage:group:default/ranking", Contact("backstage", "group:default/ranking", "ranking")),
        ("pagerduty:PABC123", Contact("pagerduty", "PABC123", "whoever is on call in PagerDuty")),
        ("the payments team", Contact("name", "the payments team", "the payments team")),
        ("slack:nobody", Contact("name", "slack:nobody", "slack:nobody")),
        ("<!channel>", Contact("name", "<!channel>", "<!channel>")),
    ],
)
def test_a_contact_is_read_by_its_grammar(text: str, contact: Contact) -> None:
    assert parse_contact(text) == contact


def test_a_list_of_contacts_names_each_once() -> None:
    found = parse_contacts("ana@example.com, @lee,, ANA@example.com ")
    assert [one.value for one in found] == ["ana@example.com", "lee"]
    assert parse_contact("slack-group:S0123").is_group
    assert not parse_contact("@lee").is_group
