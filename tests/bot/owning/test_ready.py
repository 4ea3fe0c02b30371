"""`ready`: what a model lacks and how it is added where the model is listed; how teams do, and over the weeks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import grammar
from bot.incidents import digest
from bot.requests import Ready
from playbooks.adding import Source
from playbooks.card import Fact, ModelCard, missing
from playbooks.lifecycle import RuleBroken
from storage import catalogue, people, registries
from storage.transaction import Storage
from tests.bot.reviews.test_digest import FULL, MONDAY, keep, monday
from tests.bot.runs.team import ANA, ERIK, LEE, PAT, SAM, START, Team


@pytest.fixture
def team(storage: Storage) -> Team:
    """Three teams: risk, whose models lack little; search, whose models lack much; ads, where all is well."""
    team = Team(storage, kind="test")
    keep(storage, "fraud-scorer")
    keep(storage, "fraud-rules", consumers=None)
    keep(storage, "ranker", team="Search", team__lead="pat@example.com", tier="0", retrain=None, purpose=None)
    keep(storage, "speller", team="@search", team__lead="pat@example.com", consumers=None, features=None)
    keep(storage, "bids", team="ads", owner="pat@example.com", team__lead="pat@example.com")
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    return team


def lines(team: Team, user: str, words: str) -> list[str]:
    """What is shown, line by line, without what only a screen needs."""
    shown = team.type(user, words)
    texts = [
        text
        for block in shown.blocks or []
        for text in [
            *([block["text"]["text"]] if "text" in block else []),
            *(e["text"] for e in block.get("elements", [])),
        ]
    ]
    return [line for text in texts for line in text.split("\n")]


def test_alone_it_lists_all_teams_the_least_documented_first(team: Team) -> None:
    said = lines(team, ANA, "ready")
    assert said[0] == "*Documented* 88 % of what these models should have."
    assert said[1:4] == [
        "• *Search* 75 % (2 models)",
        "• *risk* 97 % (2 models)",
        "• *ads* 100 % (one model)",
    ]
    assert "*These lack most*" in said
    assert "What changes shows from the second weekly digest on." in said


def test_the_askers_teams_and_models_come_first(team: Team) -> None:
    said = lines(team, PAT, "ready")
    assert said[1:4] == [
        "• *Search* 75 % (2 models) – yours",
        "• *ads* 100 % (one model) – yours",
        "• *risk* 97 % (2 models)",
    ]
    assert "*These lack most*" in said, "the one model that Pat owns lacks nothing"
    said = lines(team, LEE, "ready")
    first = said.index("*Of yours, these lack most*")
    assert [line.partition(" ")[0] for line in said[first + 1 : first + 4]] == [
        "*ranker*",
        "*speller*",
        "*fraud-rules*",
    ]
    assert said[first + 1] == "*ranker* (tier 0) 65 %: 9 missing"


def test_a_button_beside_a_model_says_what_is_missing(team: Team) -> None:
    shown = team.press(LEE, "What is missing", team.type(LEE, "ready"))
    assert shown is not None
    assert "`ranker`" in shown.text
    assert "*Retraining*" in str(shown.blocks)


def test_changes_are_against_last_week_and_four_weeks_ago(team: Team) -> None:
    for week in range(5):
        if week == 4:
            keep(team.storage, "speller", team="@search", team__lead="pat@example.com")
            keep(team.storage, "fraud-rules", consumers=None, retrain=None)
        monday(team, weeks=week)
    team.wait(days=2)
    said = lines(team, ERIK, "ready")
    assert said[0] == (
        "*Documented* 89 % of what these models should have, 1 point more than last week "
        "and 1 point more than four weeks ago.  `▁▁▁▁█` 5 weeks, from 88 % to 89 %"
    )
    assert said[1:4] == [
        "• *Search* 80 %, +5 in a week, +5 in four (2 models)",
        "• *risk* 94 %, −3 in a week, −3 in four (2 models)",
        "• *ads* 100 %, unchanged (one model)",
    ]
    assert not [line for line in said if "second weekly digest" in line]
    [head, *_] = lines(team, ERIK, "ready team Search")
    assert head == "*Search* 80 %, +5 in a week, +5 in four (2 models) `▁▁▁▁█`. All teams together: 89 %."


@pytest.mark.parametrize("words", ["ready team search", "ready TEAM @Search", "ready team  Search "])
def test_one_team_shows_its_models_the_critical_ones_first(team: Team, words: str) -> None:
    said = lines(team, ERIK, words)
    assert said[0] == "*Search* 75 % (2 models). All teams together: 88 %."
    assert said[1:3] == ["*ranker* (tier 0) 65 %: 9 missing", "*speller* (tier 2) 89 %: 2 missing"]
    assert "Nothing is missing" in lines(team, ERIK, "ready team ads")[1]


def test_a_team_that_no_model_names_is_told_with_the_closest(team: Team) -> None:
    with pytest.raises(RuleBroken) as broken:
        team.type(ERIK, "ready team serach")
    said = str(broken.value)
    assert said == ("No model names the team “serach”. Did you mean Search? `/ml-incident ready` lists all teams.")


def test_a_model_may_be_called_like_that(team: Team) -> None:
    keep(team.storage, "team search", consumers=None)
    assert "`team search`" in lines(team, ERIK, "ready team search")[0]
    assert grammar.read("ready teams") == grammar.read("ready team") == grammar.read("ready") == Ready()


def test_an_empty_catalogue_has_no_team(storage: Storage) -> None:
    team = Team(storage, kind="test")
    with storage.transaction() as tx:
        catalogue.mark_vanished(tx, ["fraud-scorer"], now=START)
    assert "The catalogue is empty" in team.type(ERIK, "ready").text


def test_hundreds_of_teams_fit_and_say_how_many_more_there_are(team: Team) -> None:
    for number in range(60):
        keep(team.storage, f"m-{number:03}", team=f"<!here> team {number:03} {'x' * 80}", consumers=None)
    said = lines(team, ERIK, "ready")
    assert "… and 43 more" in said
    assert not [line for line in said if "<!" in line]


def test_what_is_missing_is_said_in_the_words_of_the_registry_that_lists_the_model(team: Team) -> None:
    facts = {"owner": "lee@example.com", "tier": "0", "mode": "llm", "serving": "7"}
    with team.storage.transaction() as tx:
        for name, source in (("in-mlflow", "mlflow"), ("in-both", "mlflow"), ("in-both", "backstage")):
            card = ModelCard(name, {key: Fact(value, f"{source} tag", START) for key, value in facts.items()})
            registries.keep_cards(tx, source, [card], now=START)
            catalogue.keep(tx, card, now=START)
    sources = (Source(registry="file"), Source(registry="backstage"), Source(registry="mlflow", prefix="acme."))
    team.sources = sources
    said = "\n".join(lines(team, ERIK, "ready in-mlflow"))
    assert "_In Python, with client = mlflow.MlflowClient():_" in said
    assert '`client.set_registered_model_tag("in-mlflow", "acme.owner.backup", "ana@example.com")`' in said
    said = "\n".join(lines(team, ERIK, "ready in-both"))
    assert "_In catalog-info.yaml, below metadata, annotations:_" in said, "the first of those that list it"
    assert '`ml-incident/owner.backup: "ana@example.com"`' in said
    said = "\n".join(lines(team, ERIK, "ready ranker"))
    assert "_In models.yaml, below ranker:_" in said
    assert "`owner.backup: ana@example.com`" in said
    assert team.now < MONDAY + timedelta(days=1)


def test_of_much_that_is_missing_the_rest_is_named_and_fits_a_phone(team: Team) -> None:
    keep(team.storage, "bare", **dict.fromkeys(FULL))
    said = lines(team, ERIK, "ready bare")
    rest = next(line for line in said if line.startswith("And in the same way"))
    for spec in missing(ModelCard("bare")):
        key = {"poc.*": "poc"}.get(spec.key, spec.key)
        assert f"`{key}" in "\n".join(said)
    assert "`reviewed_at`" in rest
    assert len(said) < 30


def test_the_models_of_a_large_team_are_each_shown_once_and_counted(team: Team) -> None:
    for number in range(30):
        keep(team.storage, f"m-{number:02}", team="large", consumers=None)
    said = lines(team, ERIK, "ready team large")
    assert [line.partition("*")[2][:4] for line in said if "m-" in line] == [f"m-{number:02}" for number in range(20)]
    assert "… and 10 more" in said


def test_what_people_said_of_their_models_counts_as_it_does_in_the_digest(team: Team) -> None:
    keep(team.storage, "never", team="new", reviewed_at=None)
    assert "*new* 94 % (one model)" in lines(team, ERIK, "ready team new")[0]
    monday(team)
    team.click(LEE, "owning.still-mine", "never")
    assert "• *new* 100 % (one model)" in lines(team, ERIK, "ready")
    monday(team, weeks=1)
    assert "• *new* 100 %, +6 in a week (one model)" in lines(team, ERIK, "ready"), "both count the confirmation"
    monday(team, weeks=2)
    assert "• *new* 100 %, unchanged (one model)" in lines(team, ERIK, "ready")


def test_what_is_written_down_and_would_not_help_keeps_a_model_from_being_ready(team: Team) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, SAM, name="Sam Doyle", deactivated=True, now=START)
        people.keep_contact(tx, "sam@example.com", user_id=SAM, problem=None, now=START)
    assert "is ready: 100 % documented" in lines(team, ERIK, "ready bids")[0]
    keep(
        team.storage,
        "bids",
        rollback="2",
        mode="online",
        fallback="no Fallback.",
        owner="Sam <sam@example.com>",
        poc__merch="<!here> Lo",
    )
    with team.storage.reading() as tx:
        nobody = people.who(tx, "Lo")[1]
    said = lines(team, ERIK, "ready bids")
    assert "(tier 2, online) lacks " in said[0]
    assert said[1:6] == [
        "*Written down, and of no help*",
        "• Rollback version: 2 is the version that serves, so there is nothing to go back to.",
        "• Fallback: the card says “no Fallback.”.",
        "• Owner: Sam has a Slack account that is deactivated.",
        f"• POC merchandising: &lt;!here&gt; Lo {nobody}.",
    ]
    keep(team.storage, "bids", rollback="2")
    assert "is not ready: 100 % documented" in lines(team, ERIK, "ready bids")[0]
    keep(team.storage, "bids", owner="new@example.com", poc__dsp="slack-group:S0123ABCD", rollback="1")
    assert "is ready" in lines(team, ERIK, "ready bids")[0], "whoever was not looked up yet, and a group, may be there"
