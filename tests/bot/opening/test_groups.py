"""Groups are never brought in by accident: whoever opened the incident is offered to do it, once, and up to a limit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.effects import DrawCard, ResolveContact
from bot.effects.reaching import BringInGroup
from bot.incidents import cards, groups, people
from bot.incidents.desk import Answer, Click
from bot.views.ids import Groups
from playbooks.card import Fact, ModelCard
from playbooks.lifecycle import RuleBroken
from storage import catalogue, participants
from storage import groups as kept
from storage import people as contacts
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.opening.company import ANA, ERIK, FRAUD, LEE, NOW, PAT, READ, at_desk, change, declared, owed

GROUP = "S01RISKDS"


@pytest.fixture
def group(office: Storage) -> Storage:
    """The model names a group, which Slack has told of."""
    facts = {**FRAUD.facts, "poc.ds": Fact(f"slack-group:{GROUP}", "models.yaml", READ)}
    with office.transaction() as tx:
        catalogue.keep(tx, ModelCard("fraud-scorer", facts), now=READ)
        kept.keep_group(tx, GROUP, handle="risk-ds", people=3, now=READ)
        contacts.keep_contact(tx, f"slack-group:{GROUP}", user_id=None, problem=None, now=READ)
    return office


def said(storage: Storage) -> list[Effect]:
    return [effect for effect in owed(storage) if effect.kind == "SayInIncident"]


def press(storage: Storage, by: str, number: int, group_id: str = GROUP) -> Answer | None:
    click = Click(
        action_id=Groups.BRING_IN, value=f"{number}:{group_id}", channel="C0", message_ts="1.1", trigger_id="9.9"
    )
    with at_desk(storage, by) as desk:
        return groups.FEATURE.clicks[Groups.BRING_IN](desk, click)


def learn(storage: Storage, number: int, *users: str, **learnt: Any) -> None:
    accounts = [{"user_id": user, "name": user.title()} for user in users]
    known = {"people": accounts, "left_out": [], "unable": {}, "problem": None, **learnt}
    effect = BringInGroup(incident_id=number, group=GROUP, asked_by=ERIK)
    with at_desk(storage, "") as desk:
        groups.FEATURE.learnt[BringInGroup](desk, effect, known)


def asked(storage: Storage) -> list[Effect]:
    return [effect for effect in owed(storage) if effect.kind == "BringInGroup"]


def test_opening_invites_nobody_of_a_group_and_offers_it_below_the_card(group: Storage) -> None:
    declared(group)

    (offer,) = said(group)
    assert "*@risk-ds* is named for this model (POC Data science)." in offer.payload["text"]
    assert "<!" not in str(offer.payload), "no group is mentioned before somebody says so"
    button = offer.payload["blocks"][1]["elements"][0]
    assert button["text"]["text"] == "Bring in @risk-ds (3 people)"
    assert button["value"] == f"1:{GROUP}"
    cards = [effect.id for effect in owed(group) if effect.kind == "DrawCard"]
    assert offer.needs_id in cards
    assert asked(group) == []


def test_the_opener_brings_them_in_and_only_then_the_group_is_mentioned(group: Storage) -> None:
    number = declared(group)

    answer = press(group, ERIK, number)

    assert answer is not None
    assert (answer.text, answer.replace) == (f"<@{ERIK}> brings in the people of *@risk-ds*.", True)
    press(group, ERIK, number)
    assert len(asked(group)) == 1, "pressing it twice asks once"

    learn(group, number, ANA, LEE)

    invite = [effect for effect in owed(group) if effect.kind == "Invite"][-1]
    assert invite.payload["users"] == [ANA, LEE]
    told = said(group)[-1]
    assert told.payload["text"] == f"<!subteam^{GROUP}>: <@{ERIK}> has brought in 2 people."
    assert told.needs_id == invite.id
    with group.reading() as tx:
        rows = [(row.why, row.user_id) for row in participants.of_incident(tx, number)]
    assert ("owner", ANA) in rows
    assert ("group:risk-ds", LEE) not in rows, "Lee is the backup already"


def test_whoever_is_left_out_or_cannot_come_is_named(group: Storage) -> None:
    number = declared(group)
    learn(group, number, PAT, left_out=["Tom", "<!here>"], unable={"Sam": "the Slack account is deactivated"})
    text = said(group)[-1].payload["text"]
    assert "has brought in 1 person. At most 15 come at once; left out: Tom, " in text
    assert "<!here>" not in text
    assert text.endswith("Sam the Slack account is deactivated.")


def test_a_group_that_slack_cannot_open_says_why(group: Storage) -> None:
    number = declared(group)
    before = len([one for one in owed(group) if one.kind == "Invite"])
    learn(group, number, problem="is no group in Slack any more")
    assert said(group)[-1].payload["text"] == "*@risk-ds* could not be brought in: it is no group in Slack any more."
    assert len([one for one in owed(group) if one.kind == "Invite"]) == before
    with at_desk(group, "") as desk:
        groups.nobody_came(desk, BringInGroup(incident_id=number, group=GROUP, asked_by=ERIK), "the app lacks a scope")
    assert said(group)[-1].payload["text"] == "*@risk-ds* could not be brought in: the app lacks a scope."


def test_others_than_the_opener_and_the_commander_are_told_who_can(group: Storage) -> None:
    number = declared(group)
    with pytest.raises(RuleBroken, match=f"<@{ERIK}>, who opened it, or the commander"):
        press(group, ANA, number)
    assert asked(group) == []


@pytest.mark.parametrize(("group_id", "values"), [("S0OTHER", {}), (GROUP, {"status": "resolved"})])
def test_a_group_that_is_not_named_or_an_incident_that_is_over_brings_in_nobody(
    group: Storage, group_id: str, values: dict[str, str]
) -> None:
    number = declared(group)
    change(group, number, **values)
    with pytest.raises(RuleBroken):
        press(group, ERIK, number, group_id)
    assert asked(group) == []


def test_a_private_incident_offers_no_group_of_its_points_of_contact(group: Storage) -> None:
    declared(group, private=True)
    assert said(group) == []


def test_a_group_that_slack_tells_of_later_is_offered_then_and_once(office: Storage) -> None:
    facts = {**FRAUD.facts, "poc.ds": Fact(f"slack-group:{GROUP}", "models.yaml", READ)}
    with office.transaction() as tx:
        catalogue.keep(tx, ModelCard("fraud-scorer", facts), now=READ)
    declared(office)
    assert said(office) == []
    look = ResolveContact(contact=f"slack-group:{GROUP}")
    assert look.contact in [one.payload["contact"] for one in owed(office) if one.kind == "ResolveContact"]

    for count in (3, 4):
        learnt = {"user_id": None, "problem": None, "group": {"handle": "risk-ds", "people": count}}
        with at_desk(office, "") as desk:
            people.note_contact(desk, look, learnt)

    (offer,) = said(office)
    assert "(3 people)" in offer.payload["text"]


def test_a_group_that_slack_does_not_know_is_said_on_the_card(office: Storage) -> None:
    contact = "slack-group:S0GONE"
    with at_desk(office, "", now=NOW) as desk:
        learnt = {"user_id": None, "problem": "is no group that Slack knows"}
        people.note_contact(desk, ResolveContact(contact=contact), learnt)
        assert contacts.who(desk.tx, contact) == (None, "is no group that Slack knows")


def test_the_card_calls_a_group_and_an_account_by_their_names_and_nobody_twice(group: Storage) -> None:
    facts = {
        **FRAUD.facts,
        "poc.ds": Fact(f"slack-group:{GROUP}", "models.yaml", READ),
        "poc.product": Fact(["slack:U19SAMDOY", "Pat", "pat@example.com"], "models.yaml", READ),
    }
    with group.transaction() as tx:
        catalogue.keep(tx, ModelCard("fraud-scorer", facts), now=READ)
        contacts.keep_person(tx, "U19SAMDOY", name="Sam <Doyle>", deactivated=True, now=READ)
        contacts.keep_contact(tx, "slack:U19SAMDOY", user_id="U19SAMDOY", problem=None, now=READ)
        contacts.keep_contact(tx, "pat@example.com", user_id=PAT, problem=None, now=READ)
        contacts.keep_aliases(tx, {"Pat": "pat@example.com"})
    number = declared(group)

    with at_desk(group, "") as desk:
        drawn = cards.draw_card(desk, DrawCard(incident_id=number))

    assert drawn is not None
    assert "*POC Data science* @risk-ds (models.yaml)" in str(drawn.blocks)
    assert f"*POC Product* Sam &lt;Doyle&gt;, <@{PAT}> (models.yaml)" in str(drawn.blocks)
    assert "• @risk-ds, POC Data science, is a Slack group, which" in str(drawn.blocks)
