"""An owner who leaves is found out however they became one, and somebody is asked whose the model is then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.effects import LookUpPerson
from bot.incidents.desk import Click
from bot.sandbox.blockkit import faults_in_blocks
from bot.sync import sync
from playbooks.card import Fact, ModelCard
from playbooks.lifecycle import RuleBroken
from storage import catalogue, people
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, NAMES, PAT, START, Team, labels

NOOR = "U08NOORAZI"


@pytest.fixture
def team(storage: Storage) -> Team:
    return Team(storage)


def looked_up(team: Team) -> list[str]:
    with team.storage.reading() as tx:
        rows = tx.session.scalars(select(Effect).where(Effect.kind == "LookUpPerson").order_by(Effect.id))
        return [row.payload["user"] for row in rows]


def leaves(team: Team, user: str) -> None:
    learnt = {"name": NAMES.get(user, "Somebody"), "email": f"{user}@example.com", "deactivated": True}
    with team.storage.transaction() as tx:
        team.feature.learnt[LookUpPerson](team.desk(tx, ""), LookUpPerson(user=user), learnt)


def test_somebody_who_was_made_owner_in_slack_alone_is_looked_up_every_day(team: Team) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, NOOR, name="Noor Aziz", email="noor@example.com", now=START)
    form = team.click(ANA, "owning.hand-over", "fraud-scorer")
    assert form is not None
    assert team.send(ANA, form.modal, to=NOOR, why="") is None

    sync(team.storage, [], START + timedelta(hours=25))

    assert NOOR in looked_up(team)
    leaves(team, NOOR)
    assert "has left" in team.told(KIM)[-1]
    again = len(looked_up(team))
    sync(team.storage, [], START + timedelta(hours=26))
    assert len(looked_up(team)) == again, "once a day"


def test_of_two_who_take_a_model_at_once_one_hears_that_it_is_taken(team: Team) -> None:
    with team.storage.transaction() as tx:
        facts = {
            "team.lead": Fact("kim@example.com", "models.yaml", START),
            "owner.backup": Fact("lee@example.com", "models.yaml", START),
        }
        catalogue.keep(tx, ModelCard("orphan", facts), now=START)

    with ThreadPoolExecutor(1) as pool:
        with team.storage.transaction() as tx:
            click = Click(action_id="owning.take", value="orphan", channel=None, message_ts=None, trigger_id="1.1")
            first = team.feature.clicks[click.action_id](team.desk(tx, KIM), click)
            second = pool.submit(team.click, LEE, "owning.take", "orphan")
            wait([second], timeout=0.5)  # it must not come through before the first is written down
        assert first is not None
        assert "is yours from now on" in first.text
        with pytest.raises(RuleBroken, match=f"<@{KIM}> owns it by now."):
            second.result(10)


def test_who_offers_a_model_whose_owner_left_to_the_lead_and_where_nobody_is_left_to_anybody(team: Team) -> None:
    assert "Mine from now on" not in labels(team.type(KIM, "who fraud-scorer"))
    leaves(team, ANA)
    offered = ["Mine from now on", "Hand over to…"]
    assert labels(team.type(KIM, "who fraud-scorer"))[-2:] == offered
    assert labels(team.type(KIM, "models mine"))[:2] == ["Mine from now on", "Hand over to…"]
    assert "Mine from now on" not in labels(team.type(ERIK, "who fraud-scorer")), "there is a lead to be asked"

    leaves(team, KIM)
    assert labels(team.type(ERIK, "who fraud-scorer"))[-2:] == offered
    team.press(ERIK, "Mine from now on", team.type(ERIK, "who fraud-scorer"))
    assert "Mine from now on" not in labels(team.type(LEE, "who fraud-scorer"))


def test_nobody_is_offered_a_model_while_slack_was_not_asked_who_its_people_are(team: Team) -> None:
    with team.storage.transaction() as tx:
        facts = {"owner": Fact("new@example.com", "models.yaml", START)}
        catalogue.keep(tx, ModelCard("new", facts), now=START)
    assert "Mine from now on" not in labels(team.type(ERIK, "who new"))


def test_an_owner_of_one_among_many_that_they_lead_still_has_its_buttons(team: Team) -> None:
    with team.storage.transaction() as tx:
        led = {
            "team.lead": Fact("ana@example.com", "x", START),
            "owner": Fact("lee@example.com", "x", START),
            "tier": Fact("0", "x", START),
        }
        catalogue.keep(tx, *(ModelCard(f"led-{n:02}", led) for n in range(45)), now=START)
        mine = {"owner": Fact("ana@example.com", "x", START), "tier": Fact("0", "x", START)}
        catalogue.keep(tx, ModelCard("led-30-mine", mine), now=START)
    answer = team.type(ANA, "models mine")
    assert "Still mine" in labels(answer)
    assert "And 7 more; `/ml-incident who &lt;model&gt;` shows any of them: `led-39`, `led-40`, " in str(answer.blocks)
    assert "`fraud-scorer`" in str(answer.blocks), "none is left out"


def orphans(team: Team, count: int, **more: str) -> None:
    facts = {"owner": "ana@example.com", "team.lead": "kim@example.com", **more}
    with team.storage.transaction() as tx:
        card = {key: Fact(value, "models.yaml", START) for key, value in facts.items()}
        catalogue.keep(tx, *(ModelCard(f"model-{n:02}", card) for n in range(count)), now=START)


def test_an_owner_of_many_models_leaves_and_the_lead_is_asked_in_one_message(team: Team) -> None:
    orphans(team, 17)
    leaves(team, ANA)
    (asked,) = [row for row in team.owed("Tell") if row.payload["user"] == KIM]
    assert asked.payload["text"].startswith(
        "18 models have no owner: Ana Moreau has left: their Slack account was deactivated. Who looks after them"
    )
    buttons = [part for block in asked.payload["blocks"] for part in block.get("elements", []) if "value" in part]
    assert len({part["value"] for part in buttons}) == 15
    assert "And 3 more; `/ml-incident models mine` shows them." in asked.payload["text"]
    assert faults_in_blocks(asked.payload["blocks"]) == []


def test_a_lead_who_was_asked_and_leaves_too_has_the_backup_asked(team: Team) -> None:
    orphans(team, 1, **{"owner.backup": "lee@example.com"})
    leaves(team, KIM)
    assert team.told(LEE) == [], "its owner is there"
    leaves(team, ANA)
    assert len(team.told(LEE, "model-00")) == 1, "the next one up"

    orphans(team, 1, **{"owner.backup": "lee@example.com", "team.lead": "pat@example.com"})
    assert len(team.told(LEE)) == 1
    leaves(team, PAT)
    assert "Pat Rivera has left" in team.told(LEE)[-1]


def test_a_guest_is_made_nobody_s_owner(team: Team) -> None:
    guest = "is a guest in Slack; invite them by hand if they may read this"
    with team.storage.transaction() as tx:
        people.keep_person(tx, NOOR, name="Noor Aziz", email="noor@example.com", now=START)
        people.keep_contact(tx, "noor@example.com", user_id=NOOR, problem=guest, now=START)
    form = team.click(ANA, "owning.hand-over", "fraud-scorer")
    assert form is not None
    refused = team.send(ANA, form.modal, to=NOOR, why="")
    assert f"This person {guest}. Choose somebody who works here." in str(refused)

    orphans(team, 1)
    leaves(team, ANA)
    leaves(team, KIM)
    with pytest.raises(RuleBroken, match=r"is a guest in Slack; .* somebody who works here has to own it"):
        team.click(NOOR, "owning.take", "model-00")


def test_whether_somebody_who_was_made_owner_is_a_guest_is_asked_at_once(team: Team) -> None:
    form = team.click(ANA, "owning.hand-over", "fraud-scorer")
    assert form is not None
    assert team.send(ANA, form.modal, to=NOOR, why="") is None
    assert f"slack:{NOOR}" in [row.payload["contact"] for row in team.owed("ResolveContact")]


def test_whoever_gives_up_the_only_one_to_be_asked_hears_that_nobody_is(team: Team) -> None:
    alone = "Slack reaches neither its team lead nor a backup owner, so it has no owner until somebody takes it."
    leaves(team, KIM)
    form = team.click(ANA, "owning.not-mine", "fraud-scorer")
    assert form is not None
    assert alone in str(form.modal)
    assert alone in str(team.send(ANA, form.modal, why="I moved on"))

    orphans(team, 1, **{"team.lead": "ana@example.com", "owner.backup": "lee@example.com"})
    form = team.click(ANA, "owning.not-mine", "model-00")
    assert form is not None
    assert f"<@{LEE}> is asked who takes it." in str(form.modal), "its lead is whoever gives it up"


def test_who_says_that_somebody_gave_a_model_up_when_and_why_and_who_confirmed_it(team: Team) -> None:
    assert "Card last reviewed 2026-10-20 (models.yaml) ·" in team.type(ERIK, "who fraud-scorer").text
    team.press(ANA, "Still mine", team.type(ANA, "who fraud-scorer"))
    confirmed = "Card last reviewed 2026-11-20 (confirmed in Slack by Ana Moreau) ·"
    assert confirmed in str(team.type(ERIK, "who fraud-scorer").blocks)

    form = team.click(ANA, "owning.not-mine", "fraud-scorer")
    assert form is not None
    team.send(ANA, form.modal, why="Moved to <search>")
    team.now += timedelta(hours=3)
    answer = team.type(KIM, "who fraud-scorer")
    given_up = "*Owner* UNKNOWN: Ana Moreau said 3 hours ago that it is not theirs (Moved to &lt;search&gt;)\n"
    assert given_up in answer.text
    team.press(KIM, "Mine from now on", answer)
    assert "that it is not theirs" not in team.type(ERIK, "who fraud-scorer").text
