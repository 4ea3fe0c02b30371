"""What the digest says to one person: their models, incidents, fallbacks, playbooks and team; and its preview."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot import grammar
from bot.incidents import digest, digest_preview
from bot.incidents.desk import Desk
from playbooks.lifecycle import RuleBroken
from playbooks.load import load_library
from storage import people
from storage.transaction import Storage
from tests.bot.reviews.test_digest import MONDAY, keep, monday, posted, team, to_owner
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, SAM, START, Team, library_of

__all__ = ["team"]
FALLBACK = """\
steps:
  - id: switch
    kind: task
    title: Turn the fallback on
    do: Turn it on.
    next: end
    evidence:
      - {id: fallback, ask: "What answers now?", pir_field: fallback_used}
      - {id: fallback-from, ask: "Since when?", kind: time, pir_field: fallback_since}
  - {id: end, kind: end, title: Over}
"""
END = "steps:\n  - {id: look, title: Look, do: Look at it.}\n  - {id: end, kind: end, title: Over}\n"


def resolved_with(team: Team, answers: str) -> None:
    """An incident in which people wrote down what answers instead of the model, and that is over."""
    team.id = team.declare(what="scores are all zero")
    team.type(ERIK, "playbook fall-back")
    team.write_down(ERIK, "Done", fallback=answers, fallback_from="")
    team.type(ERIK, "resolve restarted")


@pytest.fixture
def with_fallback(storage: Storage, tmp_path: Path) -> Team:
    team = Team(storage, library=library_of(tmp_path / "own", fall_back=FALLBACK), kind="test")
    team.type(ERIK, "resolve it was a test")
    keep(storage, "fraud-scorer")
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    return team


def test_a_fallback_is_named_from_the_end_of_the_incident_until_it_is_closed(with_fallback: Team) -> None:
    team = with_fallback
    resolved_with(team, "Popular items <!here>")
    monday(team)
    [said], [own] = posted(team), to_owner(team, LEE)
    for text in (said, own):
        assert "Fallbacks left on: 1" in text
        assert "“Popular items &lt;!here&gt;” answers" in text
        assert "nothing says that it is off" in text
    assert to_owner(team, ANA) == [], "it is about a model of Lee's"
    team.type(ERIK, "status closed the fallback is off")
    monday(team, weeks=1)
    assert "Fallbacks" not in posted(team)[-1]


@pytest.mark.parametrize("answer", ["none", "No fallback.", "-"])
def test_where_none_was_used_none_is_left_on(with_fallback: Team, answer: str) -> None:
    resolved_with(with_fallback, answer)
    keep(with_fallback.storage, "m", poc__ds=None)
    monday(with_fallback)
    assert "Fallbacks" not in posted(with_fallback)[0]


def test_an_open_incident_is_told_to_who_owns_the_model_and_to_who_has_a_role_in_it(team: Team) -> None:
    team.id = team.declare(what="scores are all zero")
    team.type(ERIK, f"role commander <@{PAT}|pat>")
    secret = team.declare(what="secret", private=True)
    team.now = MONDAY
    assert "no model or team is theirs" in preview(team, PAT), "the preview shows no more than what is sent"
    monday(team)
    assert "scores are all zero" in to_owner(team, LEE)[0]
    assert to_owner(team, PAT) == []
    keep(team.storage, "pats", owner="pat@example.com")
    monday(team, weeks=1)
    assert "scores are all zero" in to_owner(team, PAT)[0]
    assert f"INC-{secret}" not in str(team.owed("Tell")[-1].payload) + "".join(posted(team))


def test_a_stale_playbook_is_named_to_its_owner_and_to_who_leads_the_team_of_that_name(
    storage: Storage, tmp_path: Path
) -> None:
    library_of(tmp_path / "own", stale=END, other=END, fresh=END)
    for name, owner, day in (
        ("stale", "pat@example.com", "2026-11-01"),
        ("other", "@Risk", "2026-11-22"),
        ("fresh", "pat@example.com", "2026-11-23"),
    ):
        file = tmp_path / "own" / f"{name}.yaml"
        text = file.read_text("utf-8").replace('"@me"', f'"{owner}"').replace("2027-05-01", day)
        file.write_text(text, "utf-8")
    team = Team(storage, library=load_library(tmp_path / "own"), kind="test")
    team.type(ERIK, "resolve it was a test")
    keep(storage, "fraud-scorer")
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    monday(team)
    [said], [pats], [kims] = posted(team), to_owner(team, PAT), to_owner(team, KIM)
    assert "Playbooks past review: 2" in said
    assert "*stale*: was to be reviewed by 2026-11-01" in pats
    assert "You look after no model" in pats
    assert "*other*: was to be reviewed by 2026-11-22" in kims
    assert "*stale*" not in kims
    assert "fresh" not in said + pats + kims
    assert to_owner(team, LEE) == []


def test_a_lead_reads_of_the_team_once_and_of_what_is_theirs_above_it(team: Team) -> None:
    keep(team.storage, "lees", tier="1", poc__ds=None, reviewed_at="2026-01-01")
    keep(team.storage, "orphan", owner=None)
    keep(team.storage, "fine")
    monday(team)
    [own] = to_owner(team, KIM)
    assert "Your team: 1" in own
    assert "*lees* (tier 1, Lee Okafor): no points of contact, not confirmed for a long time, undocumented" in own
    assert own.count("*orphan*: ") + own.count("*orphan* (tier 2): ") == 1, "hers to see to, so not with the team's"
    assert "fine" not in own
    assert "Your team" not in to_owner(team, LEE)[0]


def test_a_team_in_which_all_is_well_is_no_reason_to_write_to_its_lead(team: Team) -> None:
    keep(team.storage, "pats", owner="pat@example.com", reviewed_at="2026-01-01", team__lead="lee@example.com")
    monday(team)
    assert to_owner(team, KIM) == []
    assert len(to_owner(team, LEE)) == len(to_owner(team, PAT)) == 1


def test_an_owner_sees_how_well_their_models_are_documented_and_what_became_of_that(team: Team) -> None:
    keep(team.storage, "m", consumers=None, upstreams=None, features=None)
    monday(team)
    assert "*Documented* 92 % of what your models should have." in to_owner(team, LEE)[0]
    assert "*m* 84 %" in to_owner(team, LEE)[0]
    keep(team.storage, "m", consumers=None)
    monday(team, weeks=1)
    assert "points more than last week.  `▁█` 2 weeks" in to_owner(team, LEE)[1]


def test_the_state_of_a_model_is_said_to_its_owner_and_to_who_leads_its_team(with_fallback: Team) -> None:
    team = with_fallback
    resolved_with(team, "Popular items")
    keep(team.storage, "ranker")
    keep(team.storage, "fine")
    team.declare(what="latency doubled", model="ranker")
    monday(team)
    [own], [kims] = to_owner(team, LEE), to_owner(team, KIM)
    assert "*fine* 100 %; *fraud-scorer* 100 %, on a fallback; *ranker* 100 %, SEV2 open." in own
    assert "You lead one team." in kims
    assert "Your team: 2" in kims
    assert "*ranker* (tier 2, Lee Okafor): SEV2 open" in kims
    assert "*fraud-scorer* (tier 2, Lee Okafor): on a fallback" in kims
    said = preview(team, "kim@example.com") + preview(team, "lee@example.com")
    assert " ago, in its channel" in said
    assert "close it in its channel" in said


def test_a_lead_sees_how_each_team_moves_also_where_they_see_to_its_models_themselves(team: Team) -> None:
    keep(team.storage, "orphan", team="solo", owner=None, consumers=None)
    keep(team.storage, "lees", team="Search", poc__ds=None)
    keep(team.storage, "not-hers", team="ads", team__lead="pat@example.com", poc__ds=None)
    monday(team)
    assert "Team *solo* 89 % (one model)" in to_owner(team, KIM)[0]
    assert "Team *Search* 94 % (one model)" in to_owner(team, KIM)[0]
    keep(team.storage, "orphan", team="solo", owner=None)
    monday(team, weeks=1)
    [_, own] = to_owner(team, KIM)
    assert "Team *solo* 94 %, +5 in a week (one model) `▁█`" in own
    keep(team.storage, "orphan", team="solo", owner=None, consumers=None, retrain=None)
    monday(team, weeks=2)
    assert "Team *solo* 84 %, −10 in a week (one model) `▄█▁`" in to_owner(team, KIM)[2]
    assert "ads" not in own
    assert "Team" not in to_owner(team, LEE)[1]


def test_of_many_teams_the_least_documented_are_shown_and_the_rest_is_counted(team: Team) -> None:
    for number in range(6):
        bare = dict.fromkeys(("consumers", "retrain", "features", "upstreams", "purpose")[: number + 1])
        keep(team.storage, f"m-{number}", team=f"team-{number}", **bare)
    monday(team)
    [own] = to_owner(team, KIM)
    assert own.count("Team *team-") == 3
    assert "And 4 more teams of yours: `/ml-incident ready`" in own


def test_the_message_of_somebody_with_everything_fits_a_phone(team: Team) -> None:
    for number in range(30):
        keep(team.storage, f"model-{number:02}", owner=None if number % 3 else "lee@example.com", poc__ds=None)
        team.declare(what=f"something {number}", model=f"model-{number:02}")
    monday(team)
    for user in (LEE, KIM):
        [own] = to_owner(team, user)
        assert own.count("• ") <= team.policy.ownership.message_owner_lines + 5
        assert len(own) < 6000


def preview(team: Team, who: str) -> str:
    with team.storage.reading() as tx:
        desk = Desk(tx=tx, now=MONDAY, by="", policy=team.policy, library=team.library)
        return "\n".join(digest_preview.preview_for(desk, who))


def test_a_preview_for_one_person_shows_what_they_would_be_told_and_sends_nothing(team: Team) -> None:
    keep(team.storage, "old", reviewed_at="2026-01-01")
    for who in ("lee@example.com", "Lee <lee@example.com>", LEE, "@Lee Okafor", "lee okafor"):
        said = preview(team, who)
        assert said.startswith("To Lee Okafor\n\nYour models this week\nYou look after 2 models: ")
        assert "  [Still mine] [Hand over to…] [Not mine any more]" in said
        assert "*" not in said
        assert "<" not in said
    assert to_owner(team, LEE) == []
    assert preview(team, ANA) == "Nothing is sent to Ana Moreau, for no model or team is theirs."
    keep(team.storage, "pats", owner="pat@example.com", team__lead="pat@example.com")
    assert preview(team, PAT) == "Nothing is sent to Pat Rivera: there is nothing to say."
    monday(team)
    assert len(to_owner(team, LEE)) == 1, "a preview takes nobody's turn"


def test_in_slack_one_sees_ones_own_with_its_buttons_and_somebody_elses_without(team: Team) -> None:
    keep(team.storage, "old", reviewed_at="2026-01-01")
    team.now = MONDAY
    for words in ("digest mine", "digest preview --for me"):
        own = str(team.type(LEE, words).blocks)
        assert "Your models this week" in own
        assert "'Still mine'" in own
    for words in (f"digest <@{LEE}|lee>", f"digest preview --for <@{LEE}>", f"digest --for=<@{LEE}|lee>"):
        theirs = str(team.type(ERIK, words).blocks)
        assert "What Lee Okafor would be told. Nothing is sent." in theirs
        assert "Is it still yours: *old*?" in theirs
        assert "'Still mine'" not in theirs
    for words in ("digest", "digest preview", "digest PREVIEW "):
        assert "this week's digest" in str(team.type(ERIK, words).blocks)
    with pytest.raises(grammar.Complaint, match=r"“previously” is nobody .* `/ml-incident digest \[mine\|@person\]`"):
        grammar.read("digest previously")
    assert to_owner(team, LEE) == posted(team) == []


def test_a_preview_between_two_mondays_is_held_against_the_week_before(team: Team) -> None:
    keep(team.storage, "m", consumers=None, upstreams=None)
    monday(team)
    keep(team.storage, "m", consumers=None)
    monday(team, weeks=1)
    with team.storage.reading() as tx:
        for hours, said in ((50, "▁█ 2 weeks, from"), (7 * 24 + 1, "▁██ 3 weeks, from")):
            now = MONDAY + timedelta(weeks=1, hours=hours)
            desk = Desk(tx=tx, now=now, by="", policy=team.policy, library=team.library)
            for lines in (digest_preview.preview_lines(desk), digest_preview.preview_for(desk, LEE)):
                assert said in "\n".join(lines)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("nobody@example.com", "has not been looked up in Slack yet"),
        ("U0NOBODY1", "has not been looked up in Slack yet"),
        ("@nobody", "has not been looked up in Slack yet"),
        ("sam@example.com", "has a Slack account that is deactivated"),
        ("Twin Name", "2 people go by “Twin Name”"),
    ],
)
def test_a_preview_for_nobody_says_why(team: Team, who: str, why: str) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, SAM, name="Sam Doyle", deactivated=True, now=START)
        people.keep_contact(tx, "sam@example.com", user_id=SAM, problem=None, now=START)
        for user in ("U0TWIN001", "U0TWIN002"):
            people.keep_person(tx, user, name="Twin Name", now=START)
    with pytest.raises(RuleBroken, match=why):
        preview(team, who)


def test_the_command_prints_it_and_says_who_is_nobody(team: Team, database_url: str) -> None:
    keep(team.storage, "old", reviewed_at="2020-01-01")
    for words, code, said in (
        (["--for", "lee@example.com"], 0, "To Lee Okafor"),
        (["--for", "nobody@example.com"], 1, "“nobody@example.com” has not been looked up in Slack yet."),
        (["--for", "kim@example.com"], 0, "Your team: 1"),
        ([], 0, "2 models in the catalogue"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", "from bot.main import run; run()", "digest", "preview", *words],
            env={**os.environ, "DATABASE_URL": database_url},
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert posted(team) == to_owner(team, LEE) == []


def test_a_model_that_was_handed_over_is_in_the_digest_of_its_new_owner_and_in_no_other(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    form = team.click(LEE, "owning.hand-over", "m")
    assert form is not None
    team.send(LEE, form.modal, to=PAT)
    team.now = MONDAY
    assert "You look after one model: m 94 %." in preview(team, "pat@example.com")
    assert "m 94 %" not in preview(team, "lee@example.com")
    monday(team)
    assert "*m* 94 %" in to_owner(team, PAT)[0]
    assert to_owner(team, LEE) == []
