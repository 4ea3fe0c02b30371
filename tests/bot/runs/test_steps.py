"""Walking a playbook: one step at a time, several people at once, back again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import grammar
from bot.incidents.desk import Answer, FieldErrors
from playbooks.lifecycle import RuleBroken
from playbooks.load import Library
from storage.database import open_engine, parse_url
from storage.models import Run
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, Team, button_of, labels, library_of

WALK = """
summary: For these tests.
applies_to: {failure_modes: [config-migration]}
steps:
  - {id: look, title: Look at it, do: "Look at {model.title}", role: poc:product, due: 5m}
  - id: which
    kind: decision
    title: Which is it?
    ask: Input or model?
    options:
      - {label: "The input", goto: write, sets: {failure_mode: bad-data}}
      - {label: "The model", goto: write}
      - {label: "Again", goto: which}
      - {label: "Can't tell", goto: write, cannot_tell: true}
  - id: write
    title: Write it down
    do: Write
    evidence:
      - {id: first-bad, ask: "When was it first bad?", kind: time, pir_field: first_bad_at}
      - {id: count, ask: "How many?", kind: number, pir_field: predictions_affected.count, required: true}
  - {id: only-sev2, title: For SEV2 alone, do: x, when: {incident.severity: [sev2]}}
  - {id: end, kind: end, title: Done, do: It is over.}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return library_of(tmp_path / "own", walk=WALK)


@pytest.fixture
def team(storage: Storage, library: Library) -> Team:
    return Team(storage, library=library, playbook="walk")


def test_a_step_says_what_to_do_who_for_and_how_far_it_is(team: Team) -> None:
    shown = team.step()
    assert shown.text == "The walk playbook, step 1 of 4: Look at it"
    said = str(shown.blocks)
    assert "Look at Fraud scoring" in said
    assert "<@U04PATRIV> (Product contact)" in said
    assert "within 5 min" in said
    assert labels(shown) == ["Done", "Skip", "Assign to me", "Another playbook"]
    team.press(KIM, "Done")
    assert labels(team.step())[:4] == ["The input", "The model", "Again", "Can't tell"]
    assert "Back" in labels(team.step())


@pytest.mark.parametrize("label", ["Done", "Back", "Assign to me"])
def test_of_two_people_who_click_at_once_one_wins_and_the_other_is_told_who(team: Team, label: str) -> None:
    if label == "Back":
        team.press(LEE, "Done")
    before, shown = team.records(), team.step()
    worked, refused = team.at_once(
        lambda: team.press(ANA, label, shown),
        lambda: team.press(KIM, label, shown),
    )
    assert len(worked) == len(refused) == 1
    new = team.records()[len(before) :]
    winner = new[0][2] if new else (ANA if f"<@{ANA}> was faster" in refused[0] else KIM)
    assert refused[0].startswith(f"<@{winner}> was faster")
    assert len(new) == (0 if label == "Assign to me" else 1)
    what = {"Done": "did “Look at it”", "Back": "went back to “Look at it”", "Assign to me": "has this step now"}
    assert what[label] in refused[0]
    assert "2026-11-20 14:05 UTC" in refused[0] or label == "Assign to me"


def test_whoever_clicks_on_what_was_answered_is_told_the_answer(team: Team) -> None:
    team.press(LEE, "Done")
    shown = team.step()
    team.press(ANA, "The input", shown)
    with pytest.raises(RuleBroken, match="U01ANAMOR> was faster, and answered “Which is it\\?” with “The input”"):
        team.press(KIM, "The model", shown)
    with pytest.raises(RuleBroken, match="done already: you answered"):
        team.press(ANA, "The input", shown)
    assert len(team.records()) == 2


def test_a_form_that_was_open_while_somebody_else_was_faster_changes_nothing(team: Team) -> None:
    form = team.press(KIM, "Skip")
    assert form is not None
    team.press(ANA, "Done")
    with pytest.raises(RuleBroken, match="U01ANAMOR> was faster, and did “Look at it”"):
        team.send(KIM, form.modal, reason="not needed")
    assert [by for _, _, by in team.records()] == [ANA]


def test_a_late_click_on_a_step_that_has_come_round_again_does_not_count(team: Team) -> None:
    team.press(LEE, "Done")
    shown = team.step()
    team.press(ANA, "Again", shown)
    with pytest.raises(RuleBroken, match="was faster, and answered"):
        team.press(KIM, "Again", shown)
    assert len(team.records()) == 2


def test_somebody_may_take_a_step_over_from_whom_they_saw_it_with(team: Team) -> None:
    team.press(ANA, "Assign to me")
    assert "<@U01ANAMOR> has it" in str(team.step().blocks)
    team.press(KIM, "Assign to me")
    assert "<@U03KIMTAN> has it" in str(team.step().blocks)
    team.press(ANA, "Done")
    assert team.records() == [("look", "done", ANA)]


def test_skipping_asks_why_and_the_reason_is_on_the_timeline(team: Team) -> None:
    form = team.press(KIM, "Skip")
    assert form is not None
    assert isinstance(team.send(KIM, form.modal, reason="  "), FieldErrors)
    assert team.send(KIM, form.modal, reason="load < 3 & falling") is None
    [entry] = team.timeline("step")
    assert (entry.text, entry.reason) == ("Skipped: Look at it", "load &lt; 3 &amp; falling")


def test_what_an_answer_sets_and_what_is_written_down_reach_the_incident_and_go_back_with_the_step(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The input")
    assert team.incident().failure_mode == "bad-data"
    assert "Kind of failure: bad data, schema change or nulls" in team.timeline("step")[-1].text
    assert team.write_down(KIM, "Done", first_bad="2026-11-20 13:40", count="1200") is None
    assert team.incident().first_bad_at == datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
    assert "When was it first bad? 2026-11-20 13:40 UTC" in team.timeline("step")[-1].text
    team.press(KIM, "Back")
    assert team.incident().first_bad_at is None
    assert team.incident().failure_mode == "bad-data"
    team.press(KIM, "Back")
    assert team.incident().failure_mode == "unknown"


def test_what_somebody_said_since_is_not_taken_back_with_the_step(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The input")
    with team.storage.transaction() as tx:
        team_incident = tx.session.merge(team.incident())
        team_incident.failure_mode = "bad-rollout"
    team.press(KIM, "Back")
    assert team.incident().failure_mode == "bad-rollout"


@pytest.mark.parametrize(("typed", "said"), [("13h40", "Write it as"), ("2026-11-20 14:06", "has not come yet")])
def test_a_time_that_is_none_or_has_not_come_keeps_the_form_open(team: Team, typed: str, said: str) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The model")
    wrong = team.write_down(KIM, "Done", first_bad=typed, count="3")
    assert isinstance(wrong, FieldErrors)
    assert said in wrong.errors["runs.evidence:first-bad"]
    assert len(team.records()) == 2


def test_everything_that_will_not_do_is_said_at_its_field_and_nothing_typed_is_lost(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The model")
    form = team.press(KIM, "Done")
    assert form is not None
    wrong = team.send(KIM, form.modal, first_bad="13h40", count="many")
    assert isinstance(wrong, FieldErrors)
    assert wrong.errors["runs.evidence:count"] == "Write a number."
    assert "Write it as" in wrong.errors["runs.evidence:first-bad"]
    missing = team.send(KIM, form.modal, count="   ")
    assert isinstance(missing, FieldErrors)
    assert missing.errors == {"runs.evidence:count": "Please write this down."}
    assert len(team.records()) == 2
    assert team.send(KIM, form.modal, count="3") is None


NEEDING = """
vars:
  page: {ask: "Where is it explained?", kind: link}
  share: {ask: "Which share?", kind: number}
steps:
  - {id: tell, title: Tell them, do: "See {vars.page}, {vars.share} of all"}
  - {id: end, kind: end, title: End}
"""


def test_what_a_step_needs_to_know_is_said_at_its_field_too(storage: Storage, tmp_path: Path) -> None:
    team = Team(storage, library=library_of(tmp_path / "own", needing=NEEDING), playbook="needing")
    form = team.press(KIM, "Fill in")
    assert form is not None
    wrong = team.send(KIM, form.modal, page="the wiki", share=" ")
    assert isinstance(wrong, FieldErrors)
    assert wrong.errors == {
        "runs.evidence:page": "Write a link that starts with https://.",
        "runs.evidence:share": "Please write this down.",
    }
    assert team.send(KIM, form.modal, page="https://wiki.example.com", share="12 %") is None
    assert "See https://wiki.example.com, 12 % of all" in str(team.step().blocks)


def test_where_conditions_lead_elsewhere_since_the_message_was_drawn_it_is_drawn_anew(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The model")
    team.write_down(KIM, "Done", count="3")
    shown = team.step()
    assert "For SEV2 alone" in shown.text
    team.type(ERIK, "severity sev3 it is milder than we thought")
    team.settle()
    answer = team.press(KIM, "Done", shown)
    assert answer is not None
    assert "has changed" in answer.text
    assert [row.state for row in team.owed("DrawStep")][-1] == "owed"
    assert team.runs()[-1].end == "finished"
    assert "over, 3 steps were taken" in str(team.step().blocks)


def test_the_end_says_its_words_and_can_be_gone_back_from(team: Team) -> None:
    walk_to_the_end(team)
    shown = team.step()
    assert shown.text == "The walk playbook is over, 4 steps were taken: It is over."
    assert labels(shown) == ["Back", "Another playbook"]
    assert "The walk playbook, over" in team.card()
    worked, refused = team.at_once(lambda: team.press(ANA, "Back", shown), lambda: team.press(KIM, "Back", shown))
    assert (len(worked), len(refused)) == (1, 1)
    assert "For SEV2 alone" in team.step().text
    assert "The walk playbook, 3/4: For SEV2 alone" in team.card()


def walk_to_the_end(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The model")
    team.write_down(KIM, "Done", count="3")
    team.press(KIM, "Done")


def test_who_clicks_on_the_last_step_too_late_is_told_who_finished(team: Team) -> None:
    team.press(LEE, "Done")
    team.press(ANA, "The model")
    team.write_down(KIM, "Done", count="3")
    shown = team.step()
    team.press(KIM, "Done", shown)
    with pytest.raises(RuleBroken, match="U03KIMTAN> was faster, and did “For SEV2 alone”"):
        team.press(ANA, "Done", shown)


def test_a_resolved_incident_ends_its_playbook(team: Team) -> None:
    shown = team.step()
    team.type(ERIK, "resolve the flag was turned back")
    with pytest.raises(RuleBroken, match="The incident is over"):
        team.press(KIM, "Done", shown)
    assert labels(team.step()) == []
    assert "The incident ended before the playbook did" in team.step().text
    with pytest.raises(RuleBroken, match="The incident is over"):
        team.type(KIM, "step")
    with pytest.raises(RuleBroken, match="reopen it"):
        team.type(KIM, "playbook walk")


def test_a_run_keeps_the_playbook_as_it_was_when_it_began_through_edits_and_restarts(
    team: Team, tmp_path: Path
) -> None:
    pinned = team.runs()[-1].content_hash
    edited = WALK.replace("Look at it", "Look twice").replace('"The model"', '"The new model"')
    restarted = Storage(open_engine(parse_url(team.storage.engine.url.render_as_string(hide_password=False))))
    team.storage, team.library = restarted, library_of(tmp_path / "own", walk=edited)
    try:
        assert "Look at it" in team.step().text
        team.press(KIM, "Done")
        assert "The model" in labels(team.step())
        team.press(KIM, "Instead of it", team.type(KIM, "playbook walk"))
        assert "Look twice" in team.step().text
        old, new = team.runs()[-2:]
        assert (old.content_hash, old.end) == (pinned, "replaced")
        assert new.content_hash != pinned
        assert "Another playbook took over here" in team.step(old.id).text
    finally:
        restarted.close()


def test_two_people_who_start_a_playbook_at_once_start_one(team: Team) -> None:
    offered = team.type(ANA, "playbook")
    buttons = [block["accessory"] for block in offered.blocks or [] if "accessory" in block]
    first, second = buttons[0], buttons[1]
    before = len(team.runs())
    worked, refused = team.at_once(
        lambda: team.click(ANA, first["action_id"], first["value"]),
        lambda: team.click(KIM, second["action_id"], second["value"]),
    )
    assert (len(worked), len(refused)) == (1, 1)
    assert "was faster, and started “" in refused[0]
    assert len(team.runs()) == before + 1


def test_starting_what_is_at_its_first_step_already_is_refused(team: Team) -> None:
    with pytest.raises(RuleBroken, match="is being walked already"):
        team.type(KIM, "playbook walk")
    team.press(KIM, "Done")
    asked = team.type(KIM, "playbook walk")
    assert labels(asked) == ["Instead of it"], "the same playbook twice side by side helps nobody"
    team.press(KIM, "Instead of it", asked)
    assert "step 1 of 4" in team.step().text


def test_incidents_opened_at_once_pin_the_same_playbook_once(storage: Storage, library: Library) -> None:
    team = Team(storage, library=library)
    opened, refused = team.at_once(*[lambda: team.declare(failure_mode="config-migration")] * 6)
    assert (len(opened), refused) == (6, [])
    with storage.reading() as tx:
        hashes = {tx.session.query(Run).filter_by(incident_id=number).one().content_hash for number in opened}
    assert len(hashes) == 1


INSIDE = """
steps:
  - {id: first, title: First of all, do: x, evidence: [{id: seen, ask: "What was seen?"}]}
  - id: which
    kind: decision
    title: Left or right?
    ask: Which?
    options:
      - {label: "Left", goto: left}
      - {label: "Right", goto: right}
      - {label: "Can't tell", goto: left, cannot_tell: true}
  - {id: left, title: Go left, do: x}
  - {id: right, title: Go right, do: x}
  - {id: end, kind: end, title: End}
  - {id: never-mind, title: Never mind, do: x, next: out}
  - {id: out, kind: end, title: Out, ends_run: true}
"""
AROUND = """
vars: {seen: {ask: "What was seen?"}}
steps:
  - {id: again, kind: include, title: Inside, playbook: inside}
  - {id: after, title: Afterwards, do: "You saw {vars.seen}"}
  - {id: end, kind: end, title: End}
"""


def test_what_an_earlier_playbook_asked_is_not_asked_again_inside_another(storage: Storage, tmp_path: Path) -> None:
    inside = INSIDE.replace('{label: "Can\'t tell", goto: left', '{label: "Can\'t tell", goto: never-mind')
    team = Team(storage, library=library_of(tmp_path / "own", inside=inside, around=AROUND), playbook="inside")
    team.write_down(KIM, "Done", seen="smoke")
    team.press(LEE, "Right")
    team.type(ANA, "playbook around")
    assert team.runs()[-2].end == "replaced", "nothing is lost: it is walked on inside the new one"
    assert "Go right" in team.step().text
    team.press(ANA, "Done")
    assert "You saw smoke" in str(team.step().blocks)
    assert team.records() == [("again/right", "done", ANA)]


def test_what_a_variable_says_by_now_stands_in_the_form_already(storage: Storage, tmp_path: Path) -> None:
    asks = AROUND.replace('ask: "What was seen?"', "from: model.rollback, ask: Which version?").replace(
        'do: "You saw {vars.seen}"', "do: x, evidence: [{id: seen, ask: Which version?}, {id: other, ask: Why?}]"
    )
    inside = INSIDE.partition("  - {id: never-mind")[0]
    team = Team(storage, library=library_of(tmp_path / "own", inside=inside, around=asks), playbook="around")
    while "Afterwards" not in team.step().text:
        team.write_down(KIM, "Skip", reason="not here")
    form = team.press(KIM, "Done")
    assert form is not None
    assert form.modal is not None
    seen, other = [block["element"] for block in form.modal["blocks"] if block["type"] == "input"]
    assert seen["initial_value"] == "41"
    assert "initial_value" not in other


def test_what_ended_an_earlier_playbook_is_asked_again(storage: Storage, tmp_path: Path) -> None:
    inside = INSIDE.replace('{label: "Right", goto: right}', '{label: "Right", goto: never-mind}').replace(
        "  - {id: right, title: Go right, do: x}\n", ""
    )
    team = Team(storage, library=library_of(tmp_path / "own", inside=inside, around=AROUND), playbook="inside")
    team.write_down(KIM, "Done", seen="smoke")
    team.press(LEE, "Right")
    team.press(LEE, "Done")
    assert "is over" in team.step().text
    team.type(ANA, "playbook around")
    assert "First of all" in team.step().text


def test_the_failure_mode_chooses_the_playbook_and_the_common_one_is_for_all_others(
    storage: Storage, library: Library
) -> None:
    team = Team(storage, library=library, failure_mode="config-migration")
    assert "The walk playbook" in team.step().text
    assert team.timeline("playbook")[0].reason == "failure mode config-migration"
    team.id = team.declare()
    assert "The first fifteen minutes" in team.step().text


def test_the_copy_that_step_shows_to_one_person_moves_on_with_the_playbook(team: Team) -> None:
    with team.storage.transaction() as tx:
        tx.session.merge(team.runs()[-1]).message_ts = "1.1"
    copy = team.type(KIM, "step")
    answer = team.press(KIM, "Done", copy, message_ts="2.2")
    assert isinstance(answer, Answer)
    assert answer.replace
    assert "Which is it?" in answer.text
    assert team.press(KIM, "The model", message_ts="1.1") is None


def test_hostile_names_of_a_card_stay_text_in_a_step(storage: Storage, tmp_path: Path) -> None:
    team = Team(
        storage,
        library=library_of(tmp_path / "own", walk=WALK),
        playbook="walk",
        facts={"plain_name": "<!channel> <https://evil.example|click>", "owner": "ana@example.com"},
    )
    said = str(team.step().blocks)
    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said
    assert button_of(team.step().blocks, "Done")


def test_what_is_typed_into_a_form_is_kept_as_it_was_typed(team: Team) -> None:
    """In a form, unlike after a command, Slack escapes nothing: a < is a <."""
    form = team.press(LEE, "Skip")
    assert form is not None
    team.send(LEE, form.modal, reason="null share <5% but >2%, see <https://example.com|this>")
    [entry] = [one for one in team.timeline("step") if one.reason]
    assert entry.reason == "null share &lt;5% but &gt;2%, see &lt;https://example.com|this&gt;"


def test_a_picture_of_the_walk_is_posted_for_everybody_when_somebody_asks(team: Team) -> None:
    answer = team.type(KIM, "step picture")
    assert "A picture of the playbook follows in the channel" in answer.text
    [owed] = team.owed("UploadPicture")
    assert (owed.payload["run_id"], owed.payload["asked_by"]) == (team.runs()[-1].id, KIM)
    team.settle()
    team.press(LEE, "Picture for the channel", team.type(LEE, "step"))
    assert len(team.owed("UploadPicture")) == 2
    with pytest.raises(grammar.Complaint, match="write “picture”"):
        team.type(KIM, "step drawing")
