"""`who` and `models`: everything known of a model with its source and age, and what is not, in words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.incidents import catalogue as asking
from bot.incidents.desk import Answer, Click, Command, Desk
from bot.registries.file import FileRegistry
from bot.registries.protocol import RegistryDown
from bot.requests import Models, Who
from bot.sandbox.blockkit import faults_in_blocks
from bot.sync import sync
from bot.views.ids import Catalogue
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import catalogue, groups, people, registries
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "models.yaml"
KNOWN = {"ana": "U01ANAMOR", "lee": "U02LEEOKA", "kim": "U03KIMTAN", "omar": "U13OMAHAD", "hana": "U12HANKIM"}
COMMAND = Command(channel="C01GENERAL", trigger_id="1.1", text="")


@pytest.fixture
def filled(storage: Storage) -> Storage:
    sync(storage, [FileRegistry(EXAMPLE)], NOON)
    with storage.transaction() as tx:
        for name, user in KNOWN.items():
            people.keep_person(tx, user, name=name.capitalize(), now=NOON)
            people.keep_contact(tx, f"{name}@example.com", user_id=user, problem=None, now=NOON)
        gone = "has no active Slack account under this e-mail address"
        people.keep_contact(tx, "sam@example.com", user_id=None, problem=gone, now=NOON)
    return storage


def ask(storage: Storage, request: Any, *, by: str = "U15ERIJOH", now: datetime = NOON) -> Answer:
    with storage.transaction() as tx:
        desk = Desk(tx=tx, now=now, by=by, policy=load_policy(), library=shipped_library())
        answer = asking.FEATURE.commands[type(request)](desk, request, COMMAND)
    assert answer.blocks is None or faults_in_blocks(answer.blocks) == []
    return answer


def shown(answer: Answer) -> str:
    return "\n".join(re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(answer.blocks, ensure_ascii=False)))


def test_who_names_people_versions_consumers_and_gaps_each_with_source_and_age(filled: Storage) -> None:
    answer = ask(filled, Who(model="fraud-scorer"), now=NOON + timedelta(minutes=3))

    for text in (answer.text, shown(answer)):
        assert "*Owner* <@U01ANAMOR>  _models.yaml, 3 minutes ago_" in text
        assert "*Data science* <@U02LEEOKA>" in text
        assert "*Product* pat@example.com (has not been looked up in Slack yet)" in text
        assert "*Serving version* 42  _models.yaml, 3 minutes ago_" in text
        assert "*Rollback version* 41" in text
        assert "*Label delay* 45 days " in text
        assert "*Consumers* checkout, payment-gateway, manual-review-queue" in text
        assert "*Undocumented* nothing that a model of its tier and mode needs" in text
    assert "|Dashboard>" in shown(answer)
    assert "to be cleaned up by 2026-12-15" in shown(answer)


def test_who_says_unknown_and_lists_what_is_undocumented(filled: Storage) -> None:
    with filled.transaction() as tx:
        catalogue.keep(tx, ModelCard("bare", {"tier": Fact("1", "mlflow tag", NOON)}), now=NOON)

    answer = ask(filled, Who(model="bare"))

    for title in ("Owner", "Points of contact", "Serving version", "Rollback version", "Consumers"):
        assert f"*{title}* UNKNOWN" in answer.text
    assert re.search(r"\*Undocumented\* .*Owner, .*Team, ", answer.text)
    assert "None" not in answer.text + shown(answer)


def test_who_shows_an_owner_who_is_gone_and_an_experiment_that_is_late(filled: Storage) -> None:
    answer = ask(filled, Who(model="price-optimizer"))
    assert "*Owner* Sam Doyle (has no active Slack account under this e-mail address)" in answer.text

    assert "should have been cleaned up by 2026-08-31" in shown(ask(filled, Who(model="image moderation")))


def test_who_of_an_unknown_model_offers_the_closest_ones_as_buttons(filled: Storage) -> None:
    answer = ask(filled, Who(model="fruad <!channel>"))

    assert "knows no model “fruad @\u2060channel”" in answer.text
    assert "`fraud-scorer`" in answer.text
    offered = [block["accessory"] for block in answer.blocks or [] if "accessory" in block]
    assert (offered[0]["action_id"], offered[0]["value"]) == (Catalogue.WHO, "fraud-scorer")
    with filled.transaction() as tx:
        desk = Desk(tx=tx, now=NOON, by="U1", policy=load_policy(), library=shipped_library())
        click = Click(
            action_id=offered[0]["action_id"], value=offered[0]["value"], channel=None, message_ts=None, trigger_id="2"
        )
        then = asking.FEATURE.clicks[click.action_id](desk, click)
    assert then is not None
    assert then.text.startswith("*Fraud scoring*")


def test_text_of_a_registry_cannot_mention_anybody_or_break_the_message(filled: Storage) -> None:
    evil = "<!channel> <@U01ANAMOR> *_`~ @here " + "<" * 5000
    keys = ("purpose", "owner", "poc.ds", "consumers", "serving", "plain_name", "docs", "endpoint.prod", "reviewed_at")
    facts = {key: Fact(evil, evil, NOON) for key in keys}
    facts |= {f"poc.team-{n}": Fact(", ".join(["a@example.com"] * 400), "x", NOON) for n in range(60)}
    with filled.transaction() as tx:
        catalogue.keep(tx, ModelCard("evil", facts), now=NOON)

    answer = ask(filled, Who(model="evil"))

    assert "<!channel>" not in answer.text + shown(answer)
    assert "<@U01ANAMOR>" not in answer.text + shown(answer)
    ask(filled, Models())


def test_a_very_long_list_of_people_is_cut_without_losing_the_line(filled: Storage) -> None:
    everybody = Fact(
        ", ".join(["ana@example.com", "lee@example.com"] + [f"p{n}@example.com" for n in range(90)]), "x", NOON
    )
    with filled.transaction() as tx:
        catalogue.keep(tx, ModelCard("crowded", {"poc.ds": everybody}), now=NOON)

    answer = ask(filled, Who(model="crowded"))

    assert "*Data science* ana@example.com, lee@example.com, p0@example.com" in answer.text
    assert "*Consumers* UNKNOWN" in answer.text


def test_a_stale_catalogue_says_why_and_a_vanished_model_since_when(filled: Storage, tmp_path: Path) -> None:
    with filled.transaction() as tx:
        registries.note_sync(tx, "mlflow", now=NOON, problem="MLflow at http://x <down> cannot be reached.")
        catalogue.mark_vanished(tx, ["home-recs"], now=NOON)

    assert "Registry “mlflow”: MLflow at http://x &lt;down&gt; cannot be reached." in shown(
        ask(filled, Who(model="fraud-scorer"))
    )
    assert "No registry lists this model since" in shown(ask(filled, Who(model="home-recs")))


def test_models_come_by_tier_with_owner_version_and_gaps(filled: Storage) -> None:
    answer = ask(filled, Models())

    assert answer.text.startswith("8 models in the catalogue:")
    assert answer.text.index("fraud-scorer") < answer.text.index("search-ranker") < answer.text.index("image-moderator")
    assert "tier 0 · owner <@U01ANAMOR> · serving 42" in answer.text
    assert "1 undocumented" in answer.text


def test_models_mine_are_those_that_name_the_asker_and_say_as_what(filled: Storage) -> None:
    answer = ask(filled, Models(mine=True), by="U13OMAHAD")

    assert answer.text.startswith("Your models:")
    assert "you: Backup owner, Team lead" in answer.text
    assert "fraud-scorer" not in answer.text
    assert "No model names you" in ask(filled, Models(mine=True), by="U99NOBODY").text


def test_hundreds_of_models_still_fit_one_answer(storage: Storage) -> None:
    with storage.transaction() as tx:
        catalogue.keep(tx, *(ModelCard(f"m{n:03}") for n in range(300)), now=NOON)

    answer = ask(storage, Models())

    assert len(answer.text) <= 4000
    assert "And 260 more" in shown(answer)


def test_an_empty_catalogue_says_what_fills_it(storage: Storage, tmp_path: Path) -> None:
    registry = FileRegistry(tmp_path / "models.yaml")
    with pytest.raises(RegistryDown):
        registry.read(NOON)
    sync(storage, [registry], NOON)

    for request in (Models(), Who(model="m")):
        assert "There is no file" in ask(storage, request).text


@pytest.mark.parametrize("typed", ['"fraud-scorer"', "“Fraud scoring”", "`FRAUD_SCORER`", "'fraud scorer' "])
def test_a_name_may_stand_in_quotes(filled: Storage, typed: str) -> None:
    assert ask(filled, Who(model=typed)).text.startswith("*Fraud scoring*")


def test_whoever_is_written_as_an_id_is_called_by_name(filled: Storage) -> None:
    facts = {
        "owner": Fact("slack:U19SAMDOY", "x", NOON),
        "poc.ds": Fact("slack-group:S01RISKDS", "x", NOON),
        "poc.product": Fact("slack-group:S09NOBODY", "x", NOON),
    }
    with filled.transaction() as tx:
        catalogue.keep(tx, ModelCard("ids", facts), now=NOON)
        people.keep_person(tx, "U19SAMDOY", name="Sam Doyle", deactivated=True, now=NOON)
        people.keep_contact(tx, "slack:U19SAMDOY", user_id="U19SAMDOY", problem=None, now=NOON)
        groups.keep_group(tx, "S01RISKDS", handle="risk-ds", people=3, now=NOON)
    text = ask(filled, Who(model="ids")).text
    assert "*Owner* Sam Doyle (has a Slack account that is deactivated)" in text
    assert "*Data science* @risk-ds (is a Slack group, which is brought in only when whoever opened" in text
    assert "*Product* a Slack group (is a Slack group" in text
