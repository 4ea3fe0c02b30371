"""A playbook exported from Mattermost becomes one of ours that can be walked, and what did not fit is named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbooks.lifecycle import RuleBroken
from playbooks.load import check, parse_playbook
from playbooks.mattermost.conversion import Imported, convert, guess_phase
from playbooks.mattermost.texts import pieces, size
from playbooks.model import Playbook
from playbooks.steps import EndStep, TaskStep

EXPORT = Path(__file__).parents[1] / "data" / "mattermost" / "ranking-incident.json"
TODAY = date(2026, 11, 21)


def exported(**changes: Any) -> bytes:
    """The export of a playbook with one task, changed like this."""
    least = {"title": "Least", "version": 1, "checklists": [{"title": "All", "items": [{"title": "Look"}]}]}
    return json.dumps(least | changes).encode()


def playbook(made: Imported) -> Playbook:
    """What the file holds; faults are a failure."""
    return parse_playbook(made.text, "imported.yaml")


def tasks(made: Imported) -> list[TaskStep]:
    return [step for step in playbook(made).steps if isinstance(step, TaskStep)]


def faults(made: Imported, folder: Path) -> list[str]:
    file = folder / f"{made.id}.yaml"
    file.write_text(made.text, "utf-8")
    return [str(fault) for fault in check([file], today=TODAY)]


@pytest.fixture(scope="module")
def made() -> Imported:
    return convert(EXPORT.read_bytes(), today=TODAY)


def test_an_export_becomes_a_playbook_without_a_fault(made: Imported, tmp_path: Path) -> None:
    assert faults(made, tmp_path) == []
    assert (made.id, made.tasks) == ("search-ranking-incident", 5)
    assert playbook(made).title == "Search ranking incident"
    assert isinstance(playbook(made).steps[-1], EndStep)


def test_tasks_keep_their_order_and_get_the_phase_that_their_checklist_speaks_of(made: Imported) -> None:
    assert [(step.id, step.phase) for step in tasks(made)] == [
        ("read-this-first", "triage"),
        ("say-what-is-known", "triage"),
        ("start-a-call", "triage"),
        ("confirm-with-one-query-of-your-own", "triage"),
        ("stop-the-nightly-retrain", "contain"),
        ("tell-the-payments-team", "contain"),
        ("start-a-call-2", None),
        ("write-down-the-measures", "close"),
    ]
    assert any("No phase could be guessed for the checklist “Rework”" in note for note in made.notes)


def test_slash_commands_stay_as_text_and_due_dates_become_times_to_be_done_in(made: Imported) -> None:
    call, confirm = tasks(made)[2:4]
    assert "`/call start`" in call.do
    assert (call.due, confirm.due) == (timedelta(minutes=5), timedelta(minutes=10))


def test_the_reminder_becomes_a_timer_and_keywords_the_words_that_it_applies_to(made: Imported) -> None:
    timer = playbook(made).timers[0]
    assert (timer.after, timer.every, timer.until, timer.remind) == (
        timedelta(hours=1),
        timedelta(hours=1),
        "resolved",
        "comms",
    )
    assert timer.text == "What changed since the last update?"
    assert playbook(made).applies_to.words == ("ranking", "no results")


def test_a_condition_becomes_a_when_and_what_it_asks_is_asked_first(made: Imported) -> None:
    by_id = {step.id: step for step in tasks(made)}
    assert dict(by_id["stop-the-nightly-retrain"].when) == {"vars.how_bad": ("High", "Critical")}
    assert [(item.id, item.kind, item.choices) for item in by_id["say-what-is-known"].evidence] == [
        ("how_bad", "choice", ("Low", "High", "Critical")),
        ("team", "text", ()),
    ]


def test_a_condition_that_when_cannot_say_is_said_in_words(made: Imported) -> None:
    step = next(step for step in tasks(made) if step.id == "tell-the-payments-team")
    assert not step.when
    assert step.do == "Only if Team is payments or How bad is Critical."
    assert any("“Tell the payments team” depends on" in note for note in made.notes)


def test_metrics_are_written_down_in_the_last_step(made: Imported) -> None:
    assert [(item.ask, item.kind) for item in tasks(made)[-1].evidence] == [
        ("QueriesAffected?", "number"),
        ("TimeToDetect?", "text"),
    ]


def test_what_is_not_carried_over_is_named_and_its_text_kept_as_a_comment(made: Imported) -> None:
    assert any("Not carried over: channel_name_template" in note for note in made.notes)
    assert "# Not carried over: channel_name_template" in made.text
    assert "#   With an owner each." in made.text


def test_words_in_braces_of_mattermost_are_no_placeholders_of_ours(made: Imported) -> None:
    assert "Ask for { query} that" in made.text


def test_a_text_longer_than_a_step_can_show_becomes_further_steps_and_loses_no_word() -> None:
    words = [f"word{number}" for number in range(900)]
    long = exported(
        checklists=[
            {"title": "All", "items": [{"title": "Read & do", "description": " ".join(words), "due_date": 60000}]}
        ]
    )
    made = convert(long, today=TODAY)
    steps = tasks(made)
    assert [step.title for step in steps] == [
        f"Read & do ({number}/{len(steps)})" for number in range(1, len(steps) + 1)
    ]
    assert len(steps) > 2
    assert " ".join(step.do for step in steps).split() == words
    assert [step.due for step in steps] == [None] * (len(steps) - 1) + [timedelta(minutes=1)]
    assert any("became" in note for note in made.notes)


def test_a_title_longer_than_slack_shows_is_kept_whole_in_the_text() -> None:
    title = "Look at " + "the dashboard & " * 20
    items = [{"title": title, "description": "All of it."}]
    step = tasks(convert(exported(checklists=[{"title": "", "items": items}]), today=TODAY))[0]
    assert step.title.endswith("…")
    assert step.do == f"{title.strip()}\n\nAll of it."


def test_the_owner_and_the_review_date_are_for_the_reader_to_change(made: Imported) -> None:
    assert 'owner: "@change-me"  # change this' in made.text
    assert playbook(made).review_by > TODAY


def test_an_id_of_a_shipped_playbook_is_not_taken() -> None:
    assert convert(exported(title="Bad data"), today=TODAY, taken={"bad-data"}).id == "bad-data-2"


def test_the_body_of_the_plugins_import_is_read_too() -> None:
    inner = json.loads(exported(title="Inner"))
    assert convert(json.dumps({"playbook": inner, "version": 1}).encode(), today=TODAY).id == "inner"


@pytest.mark.parametrize(
    ("title", "phase"),
    [
        ("Detection & Initial Response", "triage"),
        ("Containment, Eradication & Recovery", "contain"),
        ("Investigate", "diagnose"),
        ("Roll back", "mitigate"),
        ("Verification", "verify"),
        ("Eradication", "remediate"),
        ("Notify customers", "communicate"),
        ("Post-incident review", "close"),
        ("Rework", None),
    ],
)
def test_a_phase_is_guessed_from_the_word_that_comes_first(title: str, phase: str | None) -> None:
    assert guess_phase(title) == phase


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "in line 1, column 2"),
        (b"[]", "one object"),
        (b"{}", "no list of checklists"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long a number"),
        (b" " * 2_000_001, "larger than 2,000,000"),
        (exported(version=2), "version 2"),
        (exported(checklists=[]), "no tasks"),
        (exported(checklists=[7]), "Checklist 1 is broken"),
        (exported(checklists=[{"title": "A", "items": 7}]), "Checklist 1 is broken"),
        (exported(checklists=[{"title": "A", "items": ["x"]}]), "Item 1 of the checklist “A” is broken"),
        (exported(checklists=[{"items": [{"title": "x"}] * 250}]), "251 steps, and a playbook holds 200"),
        (exported(checklists=[{"items": [{"title": "x", "description": "y " * 1400}] * 180}]), "larger than 256,000"),
    ],
)
def test_a_file_that_cannot_be_turned_into_one_is_refused_in_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(RuleBroken, match=said) as refused:
        convert(content, today=TODAY)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=400), st.integers(5, 60))
def test_pieces_hold_all_the_words_and_each_fits(text: str, limit: int) -> None:
    parts = list(pieces(text, limit))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(size(part) <= limit for part in parts)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(max_size=200) | st.sampled_from(
    ["{model.name} {x}", "a: b # c", "- x", "&&&" * 60, "\t\n\n x", "---\n...", "“\u2028”", "\ud800"]
)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What belongs there, or now and then anything at all."""
    return st.one_of(good, good, good, good, ANYTHING)


ITEMS = st.fixed_dictionaries(
    {"title": mostly(TEXTS)},
    optional={
        "description": mostly(TEXTS), "command": mostly(TEXTS), "due_date": mostly(st.integers(-5, 10**14)),
        "condition_id": mostly(st.sampled_from(["c1", "c2"])), "task_actions": ANYTHING,
    },
)  # fmt: skip
COMPARED = st.fixed_dictionaries(
    {
        "field_id": mostly(st.sampled_from(["p1", "p2"])),
        "value": mostly(TEXTS | st.lists(st.sampled_from(["o1", "o2"]))),
    }
)
EXPRESSIONS = st.recursive(
    st.dictionaries(st.sampled_from(["is", "isNot"]), COMPARED, min_size=1, max_size=1),
    lambda inner: st.dictionaries(st.sampled_from(["and", "or"]), st.lists(inner, max_size=3), min_size=1, max_size=1),
    max_leaves=4,
)
OPTIONS = st.lists(st.fixed_dictionaries({"id": st.sampled_from(["o1", "o2"]), "name": TEXTS}), max_size=3)
LISTS = st.fixed_dictionaries({"title": mostly(TEXTS), "items": mostly(st.lists(ITEMS, max_size=4))})
PROPERTIES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["p1", "p2"]),
        "name": mostly(TEXTS),
        "attrs": mostly(st.fixed_dictionaries({"options": OPTIONS})),
    }
)
CONDITIONS = st.fixed_dictionaries(
    {"id": st.sampled_from(["c1", "c2"]), "version": st.just(1), "condition_expr": mostly(EXPRESSIONS)}
)
METRICS = st.fixed_dictionaries({"title": mostly(TEXTS), "type": TEXTS})
EXPORTS = st.fixed_dictionaries(
    {"title": mostly(TEXTS), "checklists": mostly(st.lists(LISTS, max_size=3))},
    optional={
        "description": mostly(TEXTS), "message_on_join": mostly(TEXTS), "version": st.just(1),
        "signal_any_keywords": mostly(st.lists(TEXTS, max_size=3)), "reminder_message_template": mostly(TEXTS),
        "reminder_timer_default_seconds": mostly(st.integers()), "retrospective_template": mostly(TEXTS),
        "metrics": mostly(st.lists(METRICS, max_size=3)), "properties": mostly(st.lists(PROPERTIES, max_size=2)),
        "conditions": mostly(st.lists(CONDITIONS, max_size=3)),
    },
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EXPORTS)
def test_whatever_an_export_holds_it_becomes_a_faultless_playbook_or_a_sentence(data: dict[str, Any]) -> None:
    _holds(json.dumps(data).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_bytes_are_nobody_sees_a_traceback(content: bytes) -> None:
    _holds(content)


def _holds(content: bytes) -> None:
    try:
        made = convert(content, today=TODAY)
    except RuleBroken as refused:
        # Either is fine, but what was read as an export must not fail for what we made of it.
        assert "\n" not in str(refused)  # noqa: PT017
        assert "cannot be written as a playbook" not in str(refused)  # noqa: PT017
        return
    found = parse_playbook(made.text, "imported.yaml")
    assert found.review_by > datetime.now(UTC).date() - timedelta(days=36500)
