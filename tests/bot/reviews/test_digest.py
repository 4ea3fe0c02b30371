"""The weekly digest: what it finds, whom it reaches and how often, and how it fits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from bot.incidents import digest, digest_preview
from bot.incidents.desk import Desk
from bot.incidents.digest_preview import preview_lines
from playbooks.card import Fact, FactValue, ModelCard
from storage import catalogue, people, registries, reminders
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, SAM, START, Team

FULL: dict[str, FactValue] = {
    "plain_name": "Plain",
    "purpose": "Does what it does",
    "tier": "2",
    "mode": "batch",
    "owner": "lee@example.com",
    "team": "risk",
    "team.lead": "kim@example.com",
    "poc.ds": "pat@example.com",
    "channel": "#risk",
    "serving": "2",
    "rollback": "1",
    "deployed_at": "2026-11-01T00:00:00Z",
    "consumers": ["shop"],
    "features": "some",
    "upstreams": ["table:x"],
    "label_delay": "P1D",
    "retrain": "daily",
    "data_class": "none",
    "reviewed_at": "2026-11-01",
}
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=START.tzinfo)


def keep(storage: Storage, name: str, **facts: FactValue | None) -> None:
    """A model whose card lacks nothing but what is said here; None takes a fact away."""
    said = FULL | {key.replace("__", "."): value for key, value in facts.items()}
    known = {key: Fact(value, "models.yaml", START) for key, value in said.items() if value is not None}
    with storage.transaction() as tx:
        catalogue.keep(tx, ModelCard(name, known), now=START)


@pytest.fixture
def team(storage: Storage) -> Team:
    """A team whose one model, fraud-scorer, is well looked after; its incident is over."""
    team = Team(storage, policy="severities: {sev4: {review_due_days: null}}", kind="test")
    team.type(ERIK, "resolve it was a test")
    keep(storage, "fraud-scorer")
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    return team


def posted(team: Team) -> list[str]:
    """Everything posted in the digest channel, as one text each."""
    return [str(row.payload["blocks"]) for row in team.owed("SayInDigestChannel")]


def to_owner(team: Team, user: str) -> list[str]:
    told = [row.payload for row in team.owed("Tell") if row.payload["user"] == user]
    return [str(payload["blocks"]) for payload in told if payload["text"].startswith("Your models this week")]


def monday(team: Team, *, weeks: int = 0) -> None:
    team.now = MONDAY + timedelta(weeks=weeks)
    team.tick_twice()


def test_it_is_posted_once_a_week_by_however_many_replicas(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    team.now = MONDAY - timedelta(seconds=1)
    team.tick_twice()
    assert posted(team) == []
    for week in range(3):
        monday(team, weeks=week)
        team.wait(days=3)
        team.tick_twice()
        with team.storage.transaction() as tx:
            digest.schedule(team.desk(tx, ""))  # a restart in between
        assert len(posted(team)) == week + 1


def test_one_that_came_due_while_nobody_served_is_posted_at_the_start(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    team.now = MONDAY + timedelta(days=1)
    with team.storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    team.tick_twice()
    assert len(posted(team)) == 1
    monday(team, weeks=1)
    assert len(posted(team)) == 2


def test_replicas_that_start_at_once_promise_one(storage: Storage) -> None:
    team = Team(storage)
    keep(storage, "m", poc__ds=None)

    def start() -> None:
        with storage.transaction() as tx:
            digest.schedule(team.desk(tx, ""))

    worked, _ = team.at_once(start, start, start)
    assert len(worked) == 3
    monday(team)
    assert len(posted(team)) == 1


def test_when_there_is_nothing_to_say_nothing_is_sent_and_whoever_asks_is_told_so(team: Team) -> None:
    monday(team)
    assert posted(team) == to_owner(team, LEE) == []
    for words, said in (
        ("digest", "every model is looked after, and nothing is open or late"),
        ("digest mine", "Nothing is sent to you: there is nothing to say."),
        (f"digest <@{KIM}|kim>", "Nothing is sent to Kim Tanaka: there is nothing to say."),
    ):
        assert said in team.type(LEE, words).text
    keep(team.storage, "m", poc__ds=None)
    monday(team, weeks=1)
    assert len(posted(team)) == len(to_owner(team, LEE)) == 1, "a quiet week costs the next one nothing"


@pytest.mark.parametrize(
    ("facts", "title", "line"),
    [
        ({"owner": None}, "No owner", "*m* (tier 2): name one person in the registry, under owner — Kim Tanaka"),
        (
            {"owner": "Sam Doyle <sam@example.com>"},
            "The owner cannot be reached in Slack",
            "Sam Doyle has a Slack account that is deactivated — Kim Tanaka",
        ),
        ({"poc__ds": None}, "No points of contact", "*m* (tier 2): name one person per team"),
        ({"consumers": None, "retrain": "tbd"}, "Undocumented", "*m* (tier 2): consumers, retraining — Lee Okafor"),
        ({"reviewed_at": "2026-08-01"}, "Not confirmed for a long time", "last confirmed on 2026-08-01"),
        ({"reviewed_at": None}, "Not confirmed for a long time", "*m* (tier 2): never confirmed — Lee Okafor"),
        (
            {"experiments": [{"name": "exp-2", "cleanup_by": "01/02/2027"}]},
            "Left over from an experiment",
            "*m* (tier 2): exp-2 has a cleanup_by that is no date like 2026-12-15: 01/02/2027 — Lee Okafor",
        ),
        (
            {
                "experiments": [
                    {"name": "exp-1", "arm": "half of Spain", "cleanup_by": "2026-11-01", "link": "https://x.example/1"}
                ]
            },
            "Left over from an experiment",
            "<https://x.example/1|exp-1> (half of Spain) was to be cleaned up by 2026-11-01 — Lee Okafor",
        ),
    ],
)
def test_each_kind_of_neglect_is_found(team: Team, facts: dict[str, FactValue], title: str, line: str) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, SAM, name="Sam Doyle", deactivated=True, now=START)
        people.keep_contact(tx, "sam@example.com", user_id=SAM, problem=None, now=START)
    keep(team.storage, "m", **facts)
    monday(team)
    [said] = posted(team)
    assert f"{title}: 1" in said
    assert line in said
    assert to_owner(team, SAM) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"owner": "new@example.com"},
        {"owner": "pagerduty:P1"},
        {"reviewed_at": "2026-09-01"},
        {"experiments": [{"name": "exp-1", "cleanup_by": "2026-11-23"}]},
    ],
)
def test_what_is_not_known_yet_or_not_due_yet_is_no_neglect(team: Team, facts: dict[str, FactValue]) -> None:
    keep(team.storage, "m", **facts)
    monday(team)
    assert posted(team) == []


def test_open_incidents_overdue_reviews_and_follow_ups_are_in_it_and_private_ones_in_none(team: Team) -> None:
    for private in (False, True):
        secret = "secret" if private else "plain"
        team.id = team.declare(what=f"{secret} and open", private=private)
        team.id = team.declare(what=f"{secret} and late", private=private)
        team.type(ERIK, f"action {secret} chore <@{LEE}|lee> by 2026-11-25")
        team.type(ERIK, "resolve rolled back")
    monday(team, weeks=1)
    [said] = posted(team)
    assert "Open incidents: 1; Overdue reviews: 1; Overdue follow-ups: 1" in said
    assert "plain and open" in said
    assert "plain and late: Lee Okafor, due 2026-11-27 16:00 UTC" in said
    assert "plain chore: Lee Okafor, due 2026-11-25" in said
    assert "plain chore" in to_owner(team, LEE)[0]
    assert "secret" not in said + str([row.payload for row in team.owed("Tell") if "Your models" in str(row.payload)])
    for user in (ANA, ERIK, LEE):
        asked = team.type(user, "digest")
        assert "secret" not in str(asked.blocks)
        assert "plain and open" in str(asked.blocks)


def test_a_thousand_models_fit_and_say_how_many_more_there_are(team: Team) -> None:
    lees = {"owner": Fact("lee@example.com", "models.yaml", START)}
    names = [f"model-{number:04}-{'x' * 60}" for number in range(1000)]
    with team.storage.transaction() as tx:
        catalogue.keep(tx, *[ModelCard(name, lees if n % 2 else {}) for n, name in enumerate(names)], now=START)
    monday(team)
    team.tick_twice()
    [row] = team.owed("SayInDigestChannel")
    assert len(row.payload["blocks"]) <= 50
    assert "No owner: 500" in row.payload["text"]
    assert "… and 488 more" in str(row.payload["blocks"])
    assert "1,001 models in the catalogue" in str(row.payload["blocks"])
    [own] = to_owner(team, LEE)
    assert "You look after 501 models" in own
    assert own.count("*model-") <= 20 + 10
    assert own.count("name one person per team") == 2, "few things to mend at a time"
    assert own.count("Is it still yours") == 1, "and one of them takes but one press"
    assert "1,497 more things are kept for another week" in own


def test_owners_hear_as_often_and_as_much_as_the_policy_says(storage: Storage) -> None:
    policy = "ownership: {message_owner_every: 14d, message_owner_lines: 1, digest_day: wed, digest_time: '10:30'}"
    team = Team(storage, policy=policy)
    for name in ("a", "b"):
        keep(storage, name, poc__ds=None, reviewed_at="2026-01-01")
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    heard = []
    for week in range(5):
        team.now = datetime(2026, 11, 25, 10, 30, tzinfo=START.tzinfo) + timedelta(weeks=week, seconds=week % 2)
        team.tick_twice()
        heard.append(len(to_owner(team, LEE)))
    assert heard == [1, 1, 2, 2, 3]
    assert len(posted(team)) == 5
    first = to_owner(team, LEE)[0]
    assert "*a* (tier 2): name one person per team" in first
    assert "*b* (tier 2)" not in first
    assert "… and 1 more" in first


def test_a_new_day_in_the_policy_counts_from_the_next_start(team: Team) -> None:
    team.policy = Team(team.storage, policy="ownership: {digest_day: thu}").policy
    with team.storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    monday(team)
    assert posted(team) == []
    team.wait(days=3)
    team.tick_twice()
    assert len(posted(team)) == 1


def test_hostile_names_call_nobody(team: Team) -> None:
    keep(team.storage, "<!channel>", owner="<!here>@example.com", reviewed_at="<@U01ANAMOR>")
    monday(team)
    shown = " ".join(posted(team) + to_owner(team, KIM))
    said = re.sub(r"'(value|accessibility_label)': '[^']*'", "", shown)  # what a button carries nobody reads as mrkdwn
    for call in ("<!channel>", "<!here>", "<@"):
        assert call not in said


def test_in_a_terminal_it_is_plain(team: Team) -> None:
    team.id = team.declare(what="scores < 0 & *falling*")
    keep(team.storage, "m", owner=None)
    with team.storage.reading() as tx:
        lines = preview_lines(Desk(tx=tx, now=MONDAY, by="", policy=team.policy, library=team.library))
    assert lines[0] == "Who owns what: this week's digest"
    assert "• m (tier 2): name one person in the registry, under owner — Kim Tanaka" in lines
    assert any("scores < 0 & falling" in line for line in lines)
    assert "Documented 97 % of what these models should have." in lines
    assert lines[-1] == "2 models in the catalogue, as of 2026-11-23 09:00 UTC."


def test_what_one_press_mends_has_its_buttons_and_the_most_critical_models_come_first(team: Team) -> None:
    for tier in (3, 2, 1, 0):
        keep(team.storage, f"tier-{tier}", tier=str(tier), reviewed_at="2026-01-01")
    keep(team.storage, "orphan", tier="1", owner=None)
    monday(team)
    [own] = to_owner(team, LEE)
    # Of tiers 0 and 1 three things: two to confirm, and what the card of tier 0 lacks.
    assert own.count("'Still mine'") == own.count("Is it still yours") == 2
    assert "*tier-0* (tier 0): backup owner" in own
    assert "*tier-2*" not in own.partition("Undocumented")[2]
    [lead] = to_owner(team, KIM)
    assert "Who looks after *orphan*?" in lead
    assert "Mine from now on" in lead


def test_what_takes_long_to_document_never_keeps_a_model_from_being_confirmed(team: Team) -> None:
    left = [{"name": "exp-1", "cleanup_by": "2026-11-01"}, {"name": "exp-2", "cleanup_by": "2026-11-02"}]
    keep(team.storage, "critical", tier="0", poc__ds=None, experiments=left)
    keep(team.storage, "old", tier="3", reviewed_at=None)
    monday(team)
    [own] = to_owner(team, LEE)
    assert "No points of contact: 1" in own
    assert "Left over from an experiment: 1" in own
    assert "*old* (tier 3): never confirmed" in own
    assert "2 more things are kept for another week" in own
    team.click(LEE, "owning.still-mine", "old")
    monday(team, weeks=1)
    assert "Left over from an experiment: 2" in to_owner(team, LEE)[1]


def test_today_is_that_of_the_organisation(storage: Storage) -> None:
    team = Team(storage, policy="working_time: {time_zone: Pacific/Auckland}", kind="test")
    keep(storage, "m", experiments=[{"name": "exp-1", "cleanup_by": "2026-11-22"}])
    team.now = datetime(2026, 11, 22, 20, 0, tzinfo=START.tzinfo)  # Monday morning there
    assert "was to be cleaned up by 2026-11-22" in str(team.type(LEE, "digest mine").blocks)


def test_a_confirmed_model_is_asked_about_again_after_ninety_days(team: Team) -> None:
    keep(team.storage, "old", reviewed_at="2026-01-01")
    monday(team)
    assert len(to_owner(team, LEE)) == 1
    team.click(LEE, "owning.still-mine", "old")
    keep(team.storage, "fraud-scorer", reviewed_at="2027-06-01")
    monday(team, weeks=1)
    assert len(to_owner(team, LEE)) == 1
    monday(team, weeks=14)
    assert len(to_owner(team, LEE)) == 2


def test_it_says_how_well_models_are_documented_and_what_became_of_that(team: Team) -> None:
    keep(team.storage, "m", consumers=None)
    monday(team)
    assert "*Documented* 97 % of what these models should have." in posted(team)[-1]
    keep(team.storage, "m", consumers=None, upstreams=None)
    monday(team, weeks=1)
    assert "*Documented* 94 % of what these models should have, 3 points less than last week." in posted(team)[-1]
    keep(team.storage, "m", consumers=None)
    monday(team, weeks=2)
    assert "3 points more than last week.  `█▁█` 3 weeks, from 94 % to 97 %" in posted(team)[-1]
    for week in (3, 4, 5):
        monday(team, weeks=week)
    assert ", as last week and 3 points more than four weeks ago.  `█▁████` 6 weeks" in posted(team)[-1]


def test_a_missed_week_is_a_gap_and_is_compared_with_nothing(team: Team) -> None:
    keep(team.storage, "m", consumers=None)
    monday(team)
    keep(team.storage, "m", consumers=None, upstreams=None)
    monday(team, weeks=2)
    said, [own] = posted(team)[-1], to_owner(team, LEE)[1:]
    assert "*Documented* 94 % of what these models should have.  `█·▁` 3 weeks" in said
    assert "*Documented* 94 % of what your models should have.  `█·▁` 3 weeks" in own


def test_the_least_documented_teams_are_named_in_it(team: Team) -> None:
    keep(team.storage, "bare", team="Search", consumers=None, upstreams=None, features=None)
    keep(team.storage, "bare-too", team="@search")
    keep(team.storage, "small", team="ads", retrain=None)
    monday(team)
    keep(team.storage, "bare-too", team="@search", purpose=None)
    monday(team, weeks=1)
    assert (
        "Least documented: *Search* 89 %, −3 in a week (2 models); *ads* 94 %, unchanged (one model). "
        in (posted(team)[-1])
    )
    assert "risk" not in posted(team)[-1], "all that its models should have is there"


def test_whoever_was_told_long_ago_is_not_remembered_for_ever(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    monday(team)
    keep(team.storage, "m")
    keep(team.storage, "pats", owner="pat@example.com", poc__ds=None)
    for week in (1, 2):
        monday(team, weeks=week)
    with team.storage.reading() as tx:
        promised = reminders.find(tx, digest.KEY)
        assert promised is not None
        assert set((promised.data or {})["told"]) == {KIM, PAT}


def test_a_registry_that_cannot_be_read_is_named_with_the_age_of_what_it_said(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    with team.storage.transaction() as tx:
        registries.note_sync(tx, "mlflow", now=START, models=2)
        registries.note_sync(tx, "mlflow", now=MONDAY, problem="MLflow did not answer <!here>. Is it up?")
        registries.note_sync(tx, "file", now=MONDAY, models=1, problem="models.yaml has 1 fault.")
        registries.note_sync(tx, "backstage", now=MONDAY, models=1)
    monday(team)
    [said] = posted(team)
    assert (
        "The registry “mlflow” cannot be read, so what it says is as of 2026-11-20 14:05 UTC: MLflow did not answer "
        "&lt;!here&gt;. Is it up?"
    ) in said
    assert "The registry “file”: models.yaml has 1 fault." in said, "the rest of it was read"
    assert "backstage" not in said


def test_whoever_asks_for_a_large_one_reads_of_the_most_important_models_and_keeps_nobody_waiting(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_preview, "_MOST_MODELS", 3)
    for number in range(6):
        keep(team.storage, f"m-{number}", tier=str(number % 3), reviewed_at="2026-01-01")
    team.now = MONDAY
    shown = str(team.type(ERIK, "digest").blocks)
    assert "*m-0* (tier 0)" in shown
    assert "*m-2* (tier 2)" not in shown
    assert "7 models in the catalogue, as of 2026-11-23 09:00 UTC. The 3 most important were looked over" in shown
    monday(team)
    assert "*m-2* (tier 2)" in posted(team)[0]
    trend = re.compile(r"\*Documented\* \d+ %")
    assert trend.findall(shown) == trend.findall(posted(team)[0]), "which is about all of them"
    with team.storage.reading() as tx:
        lines = preview_lines(team.desk(tx, ""))
    assert any("m-2" in line for line in lines), "in a terminal nobody waits"
