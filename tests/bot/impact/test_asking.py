"""`/ml-incident impact`: who is affected by a model or an upstream, asked before or while something is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.incidents import lineages
from bot.incidents.impact import pictured
from playbooks.lifecycle import RuleBroken
from playbooks.lineage import Lineage
from storage.transaction import Storage
from tests.bot.impact.shop import KIM, LEE, keep, shop
from tests.bot.runs.team import START, Team, button_of, labels

ELSEWHERE = "C01GENERAL"


@pytest.fixture
def team(storage: Storage) -> Team:
    return shop(storage)


def test_a_model_shows_who_is_downstream_by_tier_with_owners_named_and_nobody_pinged(team: Team) -> None:
    answer = team.type(KIM, "impact fraud scoring", channel=ELSEWHERE)
    assert answer.text.splitlines() == [
        "*Fraud scoring*  `fraud-scorer` · tier 0",
        "*Downstream, tier 0*",
        "• checkout, manual-review",
        "*Downstream, tier 2*",
        "• refunds (Pat Rivera)",
        "• support-desk",
        "*Read the same*",
        "• table:dw.items: Search ranking (Lee Okafor), pages (nobody@example.com)",
        "• topic:payments: orphan (Sam Doyle, deactivated)",
        "*Experiments*",
        "• exp-412 on Fraud scoring: 10 % of payments",
        "Reads topic:payments, table:dw.items",
    ]
    assert "<@" not in answer.text + str(answer.blocks)
    assert "Picture for the channel" not in labels(answer)


def test_an_upstream_shows_every_model_that_reads_it_before_anything_is_open(team: Team) -> None:
    answer = team.type(KIM, "impact `table:dw.items`", channel=ELSEWHERE)
    for name in (
        "Fraud scoring (Ana Moreau)",
        "Search ranking (Lee Okafor)",
        "pages",
        "refunds (Pat Rivera), through Fraud",
    ):
        assert name in answer.text
    assert answer.text.index("Fraud scoring") < answer.text.index("Search ranking") < answer.text.index("pages")


def test_whoever_asks_whose_a_table_is_is_shown_who_reads_it(team: Team) -> None:
    answer = team.type(KIM, "who dw.items", channel=ELSEWHERE)
    assert answer.text.startswith(
        "*table:dw.items* is no model, so it has no card. `/ml-incident impact table:dw.items`"
    )
    [block] = answer.blocks or []
    shown = team.click(KIM, block["accessory"]["action_id"], block["accessory"]["value"])
    assert shown is not None
    assert "Search ranking (Lee Okafor)" in shown.text
    assert "Did you mean" in team.type(KIM, "who fraud-scorre", channel=ELSEWHERE).text


def test_in_an_incidents_channel_its_model_is_meant(team: Team) -> None:
    assert team.type(KIM, "impact").text.startswith("*Fraud scoring*")
    with pytest.raises(RuleBroken, match="impact <model or upstream>"):
        team.type(KIM, "impact", channel=ELSEWHERE)


def test_what_nobody_documented_is_unknown_and_not_nobody(team: Team) -> None:
    answer = team.type(KIM, "impact lonely", channel=ELSEWHERE)
    assert "*Downstream* UNKNOWN" in answer.text
    assert "Reads UNKNOWN" in answer.text
    assert "tier UNKNOWN" in answer.text
    assert "Read from 6 cards; what no card says is missing here." in str(answer.blocks)


def test_a_name_that_nobody_knows_gets_the_closest_models_and_upstreams(team: Team) -> None:
    answer = team.type(KIM, "impact dw.itmes", channel=ELSEWHERE)
    assert "No model is called “dw.itmes”, and no card names it." in answer.text
    assert "`table:dw.items`" in answer.text
    [block] = [one for one in answer.blocks or [] if "accessory" in one]
    shown = team.click(KIM, block["accessory"]["action_id"], block["accessory"]["value"])
    assert shown is not None
    assert "Search ranking (Lee Okafor)" in shown.text
    assert "/ml-incident models" in team.type(KIM, "impact <!channel>zzzz", channel=ELSEWHERE).text


def test_very_many_are_counted_and_fit_a_message(storage: Storage) -> None:
    team = shop(storage)
    crowd = {
        f"crowd-{n}": {"tier": "1", "upstreams": "topic:everything", "consumers": f"s-{n}, t-{n}"} for n in range(300)
    }
    keep(storage, crowd)  # type: ignore[arg-type]
    answer = team.type(KIM, "impact everything")
    assert "and 292 more models" in answer.text
    assert "and 588 more" in answer.text
    assert len(answer.text) < 4000


def test_names_of_cards_ping_nobody(storage: Storage) -> None:
    team = shop(storage)
    keep(
        storage,
        {"evil": {"plain_name": "<!channel> & <@U0EVIL00>", "upstreams": "topic:payments", "owner": "<!here>"}},
    )
    answer = team.type(KIM, "impact topic:payments")
    assert "<!" not in answer.text + str(answer.blocks)
    assert "<@" not in answer.text + str(answer.blocks)


def test_the_button_has_the_picture_posted_once_however_often_it_is_pressed(team: Team) -> None:
    button = button_of(team.type(LEE, "impact dw.items").blocks or [], "Picture for the channel")
    for _ in range(3):
        told = team.click(LEE, button["action_id"], button["value"])
        assert told is not None
        assert told.text == "A picture of who is affected follows in the channel."
    [row] = team.owed("UploadImpact")
    assert row.payload == {"incident_id": team.id, "name": "table:dw.items", "asked_by": LEE}


def test_the_picture_says_in_words_what_it_shows(team: Team) -> None:
    with team.storage.reading() as tx:
        shown = pictured(team.desk(tx, ""), team.incident(), "fraud-scorer")
        assert pictured(team.desk(tx, ""), team.incident(), "table:gone") is None
    assert shown is not None
    assert shown.picture.title == "Who is affected: Fraud scoring"
    assert shown.picture.said == (
        "Downstream are 1 model and 3 systems: refunds, checkout, manual-review, support-desk. "
        "The same is read by Search ranking (table:dw.items), orphan (topic:payments), pages (table:dw.items). "
        "It reads topic:payments, table:dw.items."
    )
    assert shown.name == f"impact-INC-{team.id}.png"
    notes = [item.text for group in shown.picture.groups for item in group.items if hasattr(item, "text")]
    assert "Owner Lee Okafor" in notes


def test_the_lineage_is_built_once_for_each_change_of_the_catalogue(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def build(cards: list[object]) -> Lineage:
        built.append(len(cards))
        return Lineage(cards)  # type: ignore[arg-type]

    monkeypatch.setattr(lineages, "Lineage", build)
    for _ in range(3):
        team.type(KIM, "impact fraud-scorer")
    assert built == []  # the shop's incident asked before
    keep(team.storage, {"newer": {"upstreams": "fraud-scorer"}}, now=START + timedelta(minutes=5))
    for _ in range(3):
        assert "newer" in team.type(KIM, "impact fraud-scorer").text
    assert built == [7]
    keep(team.storage, {"lonely": {"upstreams": "fraud-scorer"}}, now=START + timedelta(minutes=5))
    lineages.warm(team.storage)
    assert built == [7, 7]  # of the same reading, written after the first
    assert "lonely" in team.type(KIM, "impact fraud-scorer").text
    assert built == [7, 7]
