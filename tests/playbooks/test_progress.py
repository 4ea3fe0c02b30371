"""Following a playbook: one step at a time, several people at once, back again, and what is late."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from playbooks.card import Fact, ModelCard
from playbooks.checking import validate
from playbooks.lifecycle import RuleBroken
from playbooks.load import load_library
from playbooks.model import Playbook
from playbooks.pinning import Pinned, pin, unpin
from playbooks.progress import (
    Record,
    StepMoved,
    Walk,
    add,
    apply,
    back,
    collected,
    current,
    ending,
    known_facts,
)
from playbooks.reading import read_yaml
from playbooks.timers import next_due, timers

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
INNER = """\
schema: ml-incident.playbook/v1
id: inner
title: Inner
version: "1"
owner: "@me"
review_by: 2027-05-01
timers: [{id: late, after: 1h, remind: commander, text: Hurry}]
steps:
  - {id: one, title: One, do: Do one}
  - id: real
    kind: decision
    title: Real?
    ask: Is it real?
    options:
      - {label: "Yes", goto: end}
      - {label: "No", goto: alarm}
      - {label: "Can't tell", goto: end, cannot_tell: true}
  - {id: end, kind: end, title: Inner end}
  - {id: alarm, kind: end, title: False alarm, ends_run: true}
"""
OUTER = """\
schema: ml-incident.playbook/v1
id: outer
title: Outer
version: "1"
owner: "@me"
review_by: 2027-05-01
vars: {last_good: {from: model.rollback, ask: Which?}}
timers: [{id: update, after: 30m, every: 30m, until: mitigated, remind: comms, text: "Write about {model.name}"}]
steps:
  - {id: first, kind: include, title: First, playbook: inner}
  - {id: only-high, title: Only high, do: x, when: {model.tier: ["0", "1"]}}
  - id: quick
    title: Roll back {model.title} to {vars.last_good}
    do: "Ask {model.owner}"
    due: 10m
    evidence:
      - {id: last_good, ask: "Which version?", required: true, pir_field: rollback_target}
      - {id: count, ask: "How many?", kind: number}
      - {id: sure, ask: "Sure?", kind: choice, choices: [certain, a guess]}
      - {id: where, ask: "Where?", kind: link}
  - id: again
    kind: decision
    title: Again?
    ask: Still bad?
    when: {incident.severity: [sev1, sev2]}
    otherwise: end
    options:
      - {label: "Yes", goto: quick, sets: {failure_mode: bad-data, vars.last_good: "3"}}
      - {label: "No", goto: note}
      - {label: "Can't tell", goto: quick, cannot_tell: true}
  - {id: note, title: Note, do: x}
  - {id: end, kind: end, title: The end}
"""
FACTS = {"model.tier": "0", "model.name": "fraud", "model.title": "Fraud", "incident.severity": "sev1"}


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "outer.yaml").write_text(OUTER)
    return Walk(pin(load_library(tmp_path), "outer"), NOON)


def do(walk: Walk, path: str, minutes: int = 1, facts: dict[str, str] = FACTS, **what: Any) -> Walk:
    outcome = what.pop("outcome", "answered" if "answer" in what else "done")
    at = walk.records[-1].at if walk.records else walk.started_at
    at += timedelta(minutes=minutes)
    return add(walk, apply(walk, facts, path=path, outcome=outcome, by="U1", at=at, **what))


def at(walk: Walk, facts: dict[str, str] = FACTS) -> str | None:
    here = current(walk, facts)
    return here.path if here else None


def at_quick(walk: Walk) -> Walk:
    return do(do(do(walk, "first/one"), "first/real", answer="Yes"), "only-high")


def test_a_run_goes_through_an_included_playbook_and_on_to_its_end(walk: Walk) -> None:
    assert at(walk) == "first/one"
    walk = at_quick(walk)
    assert at(walk) == "quick"
    assert ending(walk, FACTS) is None
    walk = do(do(walk, "quick", evidence={"last_good": "6"}), "again", answer="No")
    walk = do(walk, "note")
    assert at(walk) is None
    assert (end := ending(walk, FACTS)) is not None
    assert end.title == "The end"


def test_a_false_alarm_inside_an_included_playbook_ends_the_whole_run(walk: Walk) -> None:
    walk = do(do(walk, "first/one"), "first/real", answer="No")
    assert at(walk) is None
    assert (end := ending(walk, FACTS)) is not None
    assert end.title == "False alarm"


def test_a_step_that_does_not_apply_is_passed_over_but_what_is_unknown_hides_nothing(walk: Walk) -> None:
    walk = do(do(walk, "first/one"), "first/real", answer="Yes")
    assert at(walk, {**FACTS, "model.tier": "2"}) == "quick"
    assert at(walk, {}) == "only-high"
    walk = do(do(walk, "only-high"), "quick", evidence={"last_good": "6"})
    assert at(walk, {"incident.severity": "sev3"}) is None
    assert at(walk, {}) == "again"


def test_the_message_knows_how_far_it_is_who_holds_it_and_what_is_unknown(walk: Walk) -> None:
    start = current(walk, FACTS)
    assert start is not None
    assert start.progress == "0/6"
    walk = at_quick(walk)
    here = current(Walk(walk.pinned, NOON, walk.records, {"quick": "U7"}), FACTS)
    assert here is not None
    assert here.progress == "3/6"
    assert here.holder == "U7"
    assert here.title == "Roll back Fraud to UNKNOWN"
    assert here.do == "Ask UNKNOWN"
    assert here.since == NOON + timedelta(minutes=3)


def test_a_variable_comes_from_the_card_until_somebody_says_better(walk: Walk) -> None:
    facts = FACTS | {"model.rollback": "5"}
    walk = at_quick(walk)

    def title(walk: Walk) -> str:
        here = current(walk, facts)
        assert here is not None
        return here.title

    assert title(walk) == "Roll back Fraud to 5"
    walk = do(walk, "quick", evidence={"last_good": "4"})
    assert title(do(walk, "again", answer="Can't tell")) == "Roll back Fraud to 4"
    walk = do(walk, "again", answer="Yes")
    assert title(walk) == "Roll back Fraud to 3"
    assert walk.records[-1].sets["failure_mode"] == "bad-data"


def test_of_two_people_who_click_at_once_one_wins_and_the_other_is_told(walk: Walk) -> None:
    faster = do(walk, "first/one")
    with pytest.raises(StepMoved, match="“One” was done at 12:01 UTC") as caught:
        do(faster, "first/one")
    assert caught.value.record == faster.records[0]
    answered = do(faster, "first/real", answer="Yes")
    with pytest.raises(StepMoved, match="was answered with “Yes”"):
        do(answered, "first/real", answer="No")
    with pytest.raises(StepMoved, match="moved on"):
        do(walk, "quick")


def test_skipping_needs_a_reason_and_a_skipped_decision_goes_on_as_if_nobody_could_tell(walk: Walk) -> None:
    with pytest.raises(RuleBroken, match="why"):
        do(walk, "first/one", outcome="skipped", reason="  ")
    walk = do(walk, "first/one", outcome="skipped", reason="not applicable")
    walk = do(walk, "first/real", outcome="skipped", reason="no time")
    assert at(walk) == "only-high"
    assert walk.records[1].answer is None


def test_a_task_has_no_answers_and_a_decision_takes_only_its_own(walk: Walk) -> None:
    with pytest.raises(RuleBroken, match="no answers"):
        do(walk, "first/one", answer="Yes")
    walk = do(walk, "first/one")
    with pytest.raises(RuleBroken, match="“Yes”, “No”, “Can't tell”"):
        do(walk, "first/real", answer="Maybe")
    with pytest.raises(RuleBroken, match="Choose one"):
        do(walk, "first/real", outcome="done")


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({}, "Which version"),
        ({"last_good": " "}, "Which version"),
        ({"last_good": "6", "count": "many"}, "Write a number"),
        ({"last_good": "6", "sure": "maybe"}, "certain, a guess"),
        ({"last_good": "6", "where": "javascript:x"}, "https"),
    ],
)
def test_evidence_that_is_missing_or_of_the_wrong_kind_is_asked_for(
    walk: Walk, evidence: dict[str, str], said: str
) -> None:
    with pytest.raises(RuleBroken, match=said):
        do(at_quick(walk), "quick", evidence=evidence)


def test_evidence_is_collected_for_the_review_and_the_last_answer_counts(walk: Walk) -> None:
    walk = do(at_quick(walk), "quick", evidence={"last_good": "6", "count": "1,200", "stray": "x"})
    walk = do(do(walk, "again", answer="Yes"), "quick", evidence={"last_good": "5"})
    found = {row.ask: row for row in collected(walk)}
    assert found["Which version?"].value == "5"
    assert found["Which version?"].pir_field == "rollback_target"
    assert found["How many?"].value == "1,200"
    assert len(found) == 2


def test_going_back_reopens_the_step_before_and_can_be_repeated(walk: Walk) -> None:
    with pytest.raises(RuleBroken, match="first step"):
        back(walk, by="U2", at=NOON)
    walk = at_quick(walk)
    walk = add(walk, back(walk, by="U2", at=NOON + timedelta(minutes=9)))
    assert at(walk) == "only-high"
    walk = add(walk, back(walk, by="U2", at=NOON + timedelta(minutes=10)))
    assert at(walk) == "first/real"
    walk = do(walk, "first/real", answer="No")
    assert at(walk) is None
    walk = add(walk, back(walk, by="U2", at=NOON + timedelta(minutes=12)))
    assert at(walk) == "first/real"
    assert len(walk.records) == 7


def test_the_next_moment_of_a_timer_is_known_ahead(walk: Walk) -> None:
    found = dict(timers(walk))
    assert next_due(found["update"], NOON, NOON) == NOON + timedelta(minutes=30)
    assert next_due(found["update"], NOON, NOON + timedelta(minutes=95)) == NOON + timedelta(minutes=120)
    assert next_due(found["first/late"], NOON, NOON + timedelta(hours=2)) is None


def test_a_run_keeps_the_playbook_that_it_began_with(walk: Walk, tmp_path: Path) -> None:
    pinned = walk.pinned
    (tmp_path / "inner.yaml").write_text(INNER.replace("Do one", "Do two"))
    changed = pin(load_library(tmp_path), "outer")
    assert changed.hash != pinned.hash
    kept = unpin(pinned.text)
    assert kept == pinned
    assert kept.hash == pinned.hash
    here = current(Walk(kept, NOON), FACTS)
    assert here is not None
    assert here.do == "Do one"


def test_what_an_included_playbook_includes_is_kept_and_walked_too(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "outermost.yaml").write_text(
        INNER[: INNER.index("timers")].replace("id: inner", "id: outermost")
        + "steps:\n  - {id: all, kind: include, title: All, playbook: outer}\n  - {id: end, kind: end, title: End}\n"
    )
    deep = Walk(unpin(pin(load_library(tmp_path), "outermost").text), NOON)
    assert at(deep) == "all/first/one"
    deep = do(do(deep, "all/first/one"), "all/first/real", answer="Yes")
    assert at(deep) == "all/only-high"
    assert set(dict(timers(deep))) == {"all/update", "all/first/late"}


def test_steps_that_never_apply_do_not_hang_the_run(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text(
        INNER.replace("id: inner", "id: loop")
        .replace("{id: one, title: One, do: Do one}", '{id: one, title: One, do: x, when: {model.tier: "3"}}')
        .replace("    title: Real?\n", '    title: Real?\n    when: {model.tier: "3"}\n    otherwise: one\n')
    )
    library = load_library(tmp_path)
    assert [fault.field for fault in library.faults] == ["steps[0].id", "steps[1].id"]
    playbook, faults = validate(Playbook, read_yaml((tmp_path / "loop.yaml").read_bytes(), "loop.yaml"))
    assert playbook is not None, faults
    # One that slipped in before the linter knew of circles, and was pinned.
    assert current(Walk(Pinned(playbook, {}, ""), NOON), {"model.tier": "0"}) is None


def test_facts_come_from_the_card_and_the_incident() -> None:
    card = ModelCard("fraud", {"tier": Fact("0", "models.yaml", NOON), "owner": Fact("TBD", "models.yaml", NOON)})
    facts = known_facts(card, {"severity": "sev1"})
    assert facts == {
        "incident.severity": "sev1",
        "model.name": "fraud",
        "model.title": "fraud",
        "model.tier": "0",
    }
    assert known_facts(None, {}) == {}


def test_a_record_is_plain_data() -> None:
    assert Record("a", "done", "U1", NOON) == Record("a", "done", "U1", NOON)
