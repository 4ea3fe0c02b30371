"""Drawing a playbook: a stranger finds every step once, sees where each answer leads, and where a run stands."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.drawing.boxes import COLUMN, outline
from playbooks.drawing.layout import Layout, lay_out
from playbooks.drawing.painting import paint
from playbooks.drawing.palette import PHASES
from playbooks.drawing.picture import Line, Picture, Shape, Words
from playbooks.drawing.plan import Plan, plan
from playbooks.drawing.said import said
from playbooks.drawing.svg import svg
from playbooks.drawing.taken import Taken, opened_for, trace
from playbooks.drawing.tree import Limb, headings, tree
from playbooks.drawing.words import width, wrap
from playbooks.load import Library, load_library, shipped_library
from playbooks.pinning import Pinned, pin
from playbooks.progress import Record, Walk, add, back
from playbooks.steps import KINDS

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEAD = 'schema: ml-incident.playbook/v1\nversion: "1"\nowner: "@me"\nreview_by: 2027-05-01\n'
INNER = """\
id: inner
title: Inner
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
EVERY_KIND = """\
id: outer
title: Outer
summary: All there is.
signals: ["Scores are zero"]
vars: {last_good: {from: model.rollback, ask: Which was good?}}
timers: [{id: update, after: 30m, every: 1h, until: mitigated, remind: comms, text: Write an update}]
close_when: ["Everybody agrees"]
steps:
  - {id: stop, phase: contain, role: poc:dsp, title: Stop it, do: Stop, due: 5m}
  - {id: first, kind: include, title: The first minutes, playbook: inner}
  - id: which
    kind: decision
    phase: diagnose
    role: ml-lead
    title: Which is it?
    ask: Which?
    options:
      - {label: "The input", goto: hand-over, sets: {failure_mode: bad-data}}
      - {label: "The model", goto: roll-back}
      - {label: "Can't tell", goto: roll-back, cannot_tell: true}
  - id: roll-back
    kind: action
    phase: mitigate
    title: Roll back to {vars.last_good}
    mlflow: {to: "{vars.last_good}"}
    approval: [commander]
    reversible: minutes
    manual: By hand
    undo: Move it back
    on_fail: which
  - {id: only-high, title: Tell the board, do: Tell, when: {model.tier: ["0"]}}
  - id: serves
    kind: check
    phase: verify
    title: Does it serve?
    serving: {expect: {op: equals, value: "{vars.last_good}"}}
    for: 10m
    manual: Ask it
    next: settle
    on_fail: again
  - {id: again, title: Load it again, do: Load, next: serves}
  - {id: settle, kind: wait, phase: verify, title: Let it settle, for: 30m}
  - {id: over, kind: end, title: All is well}
  - {id: hand-over, title: Hand it over, do: Hand over}
  - {id: over-there, kind: end, title: Goes on elsewhere, ends_run: true}
"""


def library_of(folder: Path, *bodies: str) -> Library:
    for at, body in enumerate(bodies):
        (folder / f"{at}.yaml").write_text(HEAD + body, "utf-8")
    library = load_library(folder)
    assert not library.faults, library.faults
    return library


@pytest.fixture
def outer(tmp_path: Path) -> Pinned:
    return pin(library_of(tmp_path, INNER, EVERY_KIND), "outer")


def every_plan() -> list[Plan]:
    library = shipped_library()
    return [plan(pin(library, name), depth=depth) for name in library.sources for depth in (0, 3)]


def steps_of(limbs: list[Limb]) -> list[Limb]:
    """The steps of a tree, from top to bottom."""
    found = []
    for limb in limbs:
        found += ([limb] if limb.kind == "step" else []) + steps_of(limb.limbs)
    return found


def lines_of(limbs: list[Limb], indent: str = "") -> list[str]:
    return [line for one in limbs for line in (indent + one.words, *lines_of(one.limbs, f"{indent}  "))]


# --- the order in which one reads ---


def test_every_step_of_every_shipped_playbook_is_shown_once_and_numbered_as_one_reads() -> None:
    for drawn in every_plan():
        steps = [node.path for node in drawn.nodes if "/" not in node.path]
        assert sorted(steps) == sorted(step.id for step in drawn.pinned.playbook.steps)
        numbers = [int(limb.words.split(".")[0]) for limb in steps_of(tree(drawn))]
        assert numbers == list(range(1, len(drawn.nodes) + 1)), drawn.title


def test_no_way_leads_up_unless_it_goes_round_in_a_circle() -> None:
    for drawn in every_plan():
        for node in drawn.nodes:
            for way in node.ways:
                target = drawn.by_path[way.target]
                assert (target.number <= node.number) == drawn.is_back(way)
                assert not drawn.is_back(way) or node.path in everything_after(drawn, target.path)


def everything_after(drawn: Plan, path: str) -> set[str]:
    found, waiting = {path}, [path]
    while waiting:
        for way in drawn.by_path[waiting.pop()].ways:
            if way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return found


def test_a_step_written_above_the_only_answer_that_leads_there_is_shown(tmp_path: Path) -> None:
    body = """\
id: upwards
title: Upwards
start: ask
steps:
  - {id: mend, title: Mend it, do: Mend}
  - id: ask
    kind: decision
    title: Is it broken?
    ask: Is it?
    options:
      - {label: "Yes", goto: mend}
      - {label: "No", goto: end}
      - {label: "Can't tell", goto: end, cannot_tell: true}
  - {id: end, kind: end, title: End}
"""
    drawn = plan(pin(library_of(tmp_path, body), "upwards"))
    assert lines_of(tree(drawn)) == [
        "1. Is it broken?",
        "  Yes",
        "    2. Mend it",
        "      → back to 1. Is it broken?",
        "  No → 3. End",
        "  Can't tell → 3. End",
        "3. End",
    ]


def test_the_tree_hangs_side_branches_below_their_answer_and_says_where_the_others_lead(outer: Pinned) -> None:
    assert lines_of(tree(plan(outer))) == [
        "1. Stop it",
        "2. The first minutes",
        "3. Which is it?",
        "  The input",
        "    4. Hand it over",
        "    5. Goes on elsewhere",
        "  The model → 6. Roll back to {vars.last_good}",
        "  Can't tell → 6. Roll back to {vars.last_good}",
        "6. Roll back to {vars.last_good}",
        "  It worked → 7. Tell the board",
        "  It failed → back to 3. Which is it?",
        "7. Tell the board",
        "8. Does it serve?",
        "  It holds",
        "    9. Let it settle",
        "    10. All is well",
        "  It does not",
        "    11. Load it again",
        "      → back to 8. Does it serve?",
    ]


def test_a_step_says_its_kind_phase_role_and_what_it_waits_for_or_asks(outer: Pinned) -> None:
    beside = {limb.words.split(". ")[1]: limb.beside for limb in steps_of(tree(plan(outer)))}
    assert beside["Stop it"] == "task · contain · Data science platform contact · within 5 minutes"
    assert beside["The first minutes"] == "include · Walks “Inner” (inner), 4 steps · May end the run: False alarm"
    assert "Agreed by commander; taken back in minutes" in beside["Roll back to {vars.last_good}"]
    assert "The bot asks the serving endpoint for its version · Must hold for 10 minutes" in beside["Does it serve?"]
    assert "Waits 30 minutes" in beside["Let it settle"]
    assert "Only if model.tier is 0" in beside["Tell the board"]
    answers = {limb.words: limb.beside for limb in steps_of(tree(plan(outer)))[2].limbs}
    assert answers["The input"] == "sets failure_mode to bad-data"


def test_what_belongs_to_the_playbook_as_a_whole_stands_above_the_steps(outer: Pinned) -> None:
    assert {one.title: one.lines for one in headings(outer.playbook)} == {
        "Signals": ("Scores are zero",),
        "Asked for or read": ("{vars.last_good}: Which was good? Read from model.rollback.",),
        "Reminders": ("after 30 minutes, then every hour, until mitigated, to comms: Write an update",),
        "Over when": ("Everybody agrees",),
    }


def test_an_included_playbook_is_one_step_or_all_of_its_own(outer: Pinned) -> None:
    folded, open_ = plan(outer), plan(outer, depth=1)
    assert not any("/" in node.path for node in folded.nodes)
    inside = [node.path for node in open_.nodes if node.path.startswith("first/")]
    assert sorted(inside) == ["first/alarm", "first/end", "first/one", "first/real"]
    assert [way.target for way in open_.by_path["first/end"].ways] == ["which"]
    assert not open_.by_path["first/alarm"].ways
    assert plan(outer, opened=["first"]).nodes == open_.nodes


# --- the picture ---


def crosses(layout: Layout, *, slack: float = 2.0) -> list[tuple[str, str]]:
    """Ways that run through a box: (source, the box)."""
    found = []
    for route in layout.routes:
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False):
            for box in layout.boxes:
                beside = max(x1, x2) <= box.x + slack or min(x1, x2) >= box.x + COLUMN - slack
                if not beside and min(y1, y2) < box.bottom - slack and max(y1, y2) > box.y + slack:
                    found.append((route.way.source, box.node.path))
    return found


def overlapping(layout: Layout) -> list[tuple[str, str]]:
    boxes = layout.boxes
    return [
        (one.node.path, other.node.path)
        for at, one in enumerate(boxes)
        for other in boxes[at + 1 :]
        if abs(one.x - other.x) < COLUMN and one.y < other.bottom and other.y < one.bottom
    ]


def lying_on_each_other(layout: Layout) -> list[tuple[str, str]]:
    """Upright pieces of ways to different boxes that cannot be told apart."""
    upright = [
        (route.way.target, x1, min(y1, y2), max(y1, y2))
        for route in layout.routes
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False)
        if x1 == x2
    ]
    return [
        (one[0], other[0])
        for at, one in enumerate(upright)
        for other in upright[at + 1 :]
        if one[0] != other[0] and abs(one[1] - other[1]) < 4 and one[2] < other[3] and other[2] < one[3]
    ]


def is_sound(layout: Layout) -> None:
    assert crosses(layout) == []
    assert overlapping(layout) == []
    assert lying_on_each_other(layout) == []
    for route in layout.routes:
        assert route.is_back or route.points[-1][1] > route.points[0][1], f"{route.way} leads up"


def test_no_way_runs_through_a_box_and_none_lies_on_another() -> None:
    for drawn in every_plan():
        is_sound(lay_out(drawn))
        is_sound(lay_out(drawn, columns=1))


@st.composite
def playbooks(draw: st.DrawFn) -> str:
    """Steps that lead anywhere, but every one to the step below too, so that all are reached and all end."""
    count = draw(st.integers(2, 30))
    steps = []
    for at in range(count):
        title = draw(st.text("abc ÄßЖ日", min_size=1, max_size=60)).strip() or "x"
        jumps = draw(st.lists(st.integers(0, count), max_size=4))
        if jumps:
            options = [f'{{label: "{to} {label}", goto: s{to}}}' for label, to in enumerate(jumps)]
            options.append(f'{{label: "Can\'t tell", goto: s{at + 1}, cannot_tell: true}}')
            steps.append(f'- {{id: s{at}, kind: decision, title: "{title}", ask: x, options: [{", ".join(options)}]}}')
        else:
            steps.append(f'- {{id: s{at}, title: "{title}", do: x}}')
    steps.append(f"- {{id: s{count}, kind: end, title: End}}")
    return "id: any\ntitle: Any\nsteps:\n" + "\n".join(f"  {step}" for step in steps) + "\n"


@settings(max_examples=60, deadline=None)
@given(body=playbooks())
def test_whatever_an_author_writes_is_drawn_so_that_it_can_be_followed(
    body: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = plan(pin(library_of(tmp_path_factory.mktemp("any"), body), "any"))
    is_sound(lay_out(drawn))
    numbers = [int(limb.words.split(".")[0]) for limb in steps_of(tree(drawn))]
    assert numbers == list(range(1, len(drawn.nodes) + 1))
    ET.fromstring(svg(paint(drawn)))


def test_a_picture_is_narrow_enough_for_a_phone() -> None:
    """Titles are 17 wide at 100 %; a phone shows 390, so that they are 9 there at least."""
    for drawn in every_plan():
        if len(drawn.nodes) <= 30:
            assert paint(drawn).width <= 17 / 9 * 390, drawn.title


def words_of(picture: Picture) -> list[Words]:
    return [item for group in picture.groups for item in group.items if isinstance(item, Words)]


def test_no_words_run_out_of_the_picture() -> None:
    for drawn in every_plan():
        picture = paint(drawn)
        for item in words_of(picture):
            wide = width(item.text, item.size)
            left = {"start": item.x, "middle": item.x - wide / 2, "end": item.x - wide}[item.anchor]
            assert left >= 0, item.text
            assert left + wide <= picture.width + 1, item.text


def test_answers_stand_in_their_box_with_the_number_of_the_step_they_lead_to(outer: Pinned) -> None:
    groups = {group.name.split(".")[0]: group for group in paint(plan(outer)).groups}
    said_there = [item.text for item in groups["3"].items if isinstance(item, Words)]
    assert said_there[-6:] == ["The input", "4", "The model", "6", "Can't tell", "6"]
    assert [item.text for item in groups["6"].items if isinstance(item, Words)][-1] == "back to 3"
    assert [item.text for item in groups["11"].items if isinstance(item, Words)][-2:] == ["then", "back to 8"]


def test_a_phase_is_a_colour_and_a_word(outer: Pinned) -> None:
    drawn = plan(outer)
    for node, group in zip(drawn.nodes, boxes_of(paint(drawn)), strict=True):
        colours = {item.fill for item in group.items if isinstance(item, Shape)}
        assert PHASES[node.phase] in colours
        head = " ".join(item.text for item in group.items if isinstance(item, Words))
        assert (node.phase or "").upper() in head
        assert node.step.kind in head


def boxes_of(picture: Picture) -> list[object]:
    return [group for group in picture.groups if re.match(r"\d+\. ", group.name)]


def test_white_words_can_be_read_on_every_phase() -> None:
    for colour in PHASES.values():
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour
    assert len(set(PHASES.values())) == len(PHASES)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_kind_of_step_looks_different(outer: Pinned) -> None:
    drawn = plan(outer)
    looks = {}
    for node, box, group in zip(drawn.nodes, lay_out(drawn).boxes, boxes_of(paint(drawn)), strict=True):
        box.x = box.y = 0.0
        box.height = 100.0
        extra = sum(isinstance(item, Shape) for item in group.items)  # type: ignore[attr-defined]
        looks[node.step.kind] = (outline(node.step.kind, box), extra)
    assert set(looks) == set(KINDS)
    assert len(set(looks.values())) == len(KINDS)
    assert len({corners for kind, (corners, _) in looks.items() if kind != "include"}) == len(KINDS) - 1


def test_a_picture_is_the_same_bytes_every_time(outer: Pinned) -> None:
    program = (
        "from playbooks.load import shipped_library; from playbooks.pinning import pin;"
        "from playbooks.drawing.plan import plan; from playbooks.drawing.painting import paint;"
        "from playbooks.drawing.svg import svg; import hashlib;"
        "print(hashlib.sha256(svg(paint(plan(pin(shipped_library(), 'bad-rollout'), depth=1))).encode()).hexdigest())"
    )
    came = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(came) == 1
    assert svg(paint(plan(outer))) == svg(paint(plan(outer)))


# --- as SVG ---

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "</text></svg><script>alert(1)</script>",
    "<image href='https://evil.example.com/x.png'/>",
    "]]> <!-- & &amp; &#x41; \"quoted\" 'single'",
    "bell \x07 and escape \x1b[31m red",
    "turned \u202e round \u2066 and \u200b nothing",
    "half \ud800 a letter",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(outer: Pinned, words: str) -> None:
    drawn = svg(paint(plan(outer, say=lambda text: words if text == "Which is it?" else text)))
    drawn.encode()
    root = ET.fromstring(drawn)
    tags = {element.tag.removeprefix(NAMESPACE) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "rect", "g", "polygon", "polyline", "text"}
    assert {
        name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name
    } == set()
    assert not re.search("[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", drawn)
    shown = "".join("".join(text.itertext()) for text in root.iter(f"{NAMESPACE}text"))
    assert re.sub(r"[\s\x00-\x1f\u200b\u202e\u2066\ud800]", "", words) in re.sub(r"\s", "", shown)


def test_an_svg_needs_nothing_but_itself_and_says_what_it_is() -> None:
    for drawn in every_plan():
        text = svg(paint(drawn))
        root = ET.fromstring(text)
        assert re.findall(r"https?://[^\"<\s]+", text.replace("http://www.w3.org/2000/svg", "")) == []
        assert "url(" not in text
        assert root.findtext(f"{NAMESPACE}title") == drawn.title
        assert (root.findtext(f"{NAMESPACE}desc") or "").startswith("A playbook of ")
        background = root.find(f"{NAMESPACE}rect")
        assert background is not None
        assert background.get("width") == "100%", "so that it can be read in a dark viewer too"
        names = [group.findtext(f"{NAMESPACE}title") for group in root.iter(f"{NAMESPACE}g")]
        assert [f"{node.number}. {node.title}" for node in drawn.nodes] == [
            name for name in names if name in {f"{node.number}. {node.title}" for node in drawn.nodes}
        ]


@given(text=st.text(max_size=200), room=st.floats(20, 400))
def test_wrapping_loses_no_letter_and_keeps_to_its_room(text: str, room: float) -> None:
    lines = wrap(text, 15, room)
    for line in lines:
        assert width(line, 15) <= room or len(line) == 1
    kept = re.sub(r"\s", "", "".join(lines))
    assert kept == re.sub(r"\s", "", " ".join(wrap(text, 15, math.inf)))


def test_a_picture_is_said_in_words_too(outer: Pinned) -> None:
    phases = "contain, diagnose, mitigate, verify"
    assert paint(plan(outer)).said == f"A playbook of 11 steps, through the phases {phases}."


# --- the path taken ---


def walked(pinned: Pinned, *moves: tuple[str, str]) -> Walk:
    """A run moved on by (path, outcome or answer)."""
    walk = Walk(pinned, NOON)
    for path, move in moves:
        if move in {"done", "skipped", "passed", "failed", "waited"}:
            walk = add(walk, Record(path, move, "U1", NOON, reason="x"))  # type: ignore[arg-type]
        else:
            walk = add(walk, Record(path, "answered", "U1", NOON, answer=move))
    return walk


FIRST = [("stop", "done"), ("first/one", "skipped"), ("first/real", "Yes")]


def traced(walk: Walk, facts: dict[str, str] | None = None, *, ended: bool = False) -> tuple[Plan, Taken]:
    facts = facts or {"model.tier": "2"}
    drawn = plan(walk.pinned, opened=() if ended else opened_for(walk, facts))
    return drawn, trace(walk, facts, drawn, ended=ended)


def test_done_skipped_current_and_not_taken_steps_are_told_apart(outer: Pinned) -> None:
    drawn, taken = traced(walked(outer, ("stop", "done"), ("first/one", "skipped")))
    assert {path: mark for path, mark in taken.marks.items() if mark not in {"ahead"}} == {
        "stop": "done",
        "first": "done",
        "first/one": "skipped",
        "first/real": "here",
    }
    assert said(drawn, taken) == "1 step done, 1 skipped. Now at step 4 of 15: “Real?” (decision)."
    later = traced(walked(outer, *FIRST, ("which", "The model"), ("roll-back", "done")))[1]
    assert later.marks["only-high"] == "passed-over", "it is for tier 0"
    assert later.marks["serves"] == "here"
    assert later.marks["hand-over"] == "not-taken"
    assert later.marks["settle"] == "ahead"


def test_the_ways_taken_are_those_that_were_answered(outer: Pinned) -> None:
    taken = traced(walked(outer, *FIRST, ("which", "Can't tell"), ("roll-back", "failed"), ("which", "The input")))[1]
    assert [(way.source, way.said, way.target) for way in taken.ways] == [
        ("stop", "", "first"),
        ("first", "", "which"),
        ("which", "Can't tell", "roll-back"),
        ("roll-back", "It failed", "which"),
        ("which", "The input", "hand-over"),
    ]
    assert taken.marks["roll-back"] == "failed"


def test_a_decision_that_was_skipped_took_the_way_of_those_who_cannot_tell(outer: Pinned) -> None:
    taken = traced(walked(outer, *FIRST, ("which", "skipped")))[1]
    assert [way.said for way in taken.ways if way.source == "which"] == ["Can't tell"]


def test_a_step_that_was_reopened_is_not_done_any_more(outer: Pinned) -> None:
    walk = walked(outer, *FIRST, ("which", "The input"))
    taken = traced(add(walk, back(walk, by="U1", at=NOON)))[1]
    assert taken.marks["which"] == "here"
    assert taken.marks["hand-over"] == "ahead"
    assert taken.counts["done"] == 2


def test_a_run_that_came_to_its_end_stands_there(outer: Pinned) -> None:
    drawn, taken = traced(walked(outer, *FIRST, ("which", "The input"), ("hand-over", "done")))
    assert taken.is_over
    assert taken.marks["over-there"] == "done"
    assert taken.marks["over"] == "not-taken"
    assert said(drawn, taken) == "4 steps done, 1 skipped. The run is over: “Goes on elsewhere”."


def test_a_run_that_was_ended_from_outside_stands_nowhere(outer: Pinned) -> None:
    drawn, taken = traced(walked(outer, ("stop", "done")), ended=True)
    assert "here" not in taken.marks.values()
    assert said(drawn, taken) == "1 step done. The run is over."


def test_a_run_inside_a_folded_include_says_at_which_step(outer: Pinned) -> None:
    walk = walked(outer, ("stop", "done"))
    drawn = plan(outer)
    taken = trace(walk, {}, drawn)
    assert taken.marks["first"] == "here"
    assert "“The first minutes”, at “One” in it" in said(drawn, taken)


def test_what_an_earlier_playbook_has_answered_is_marked_as_that(outer: Pinned) -> None:
    known = {
        "inner/one": Record("one", "done", "U1", NOON),
        "inner/real": Record("real", "answered", "U1", NOON, answer="Yes"),
    }
    walk = Walk(outer, NOON, (Record("stop", "done", "U1", NOON),), earlier=known)
    drawn = plan(outer, depth=1)
    taken = trace(walk, {}, drawn)
    assert taken.marks["first/real"] == "earlier"
    assert taken.marks["which"] == "here"
    assert said(drawn, taken).startswith("1 step done, 2 known from an earlier playbook. Now at")


def test_the_path_is_marked_by_more_than_its_colour(outer: Pinned) -> None:
    walk = walked(outer, *FIRST, ("which", "The model"), ("roll-back", "skipped"))
    drawn, taken = traced(walk)
    picture = paint(drawn, taken=taken)
    groups = {group.name.split(".")[0]: group for group in picture.groups}
    for number, state in ((1, "done"), (6, "skipped"), (7, "did not apply"), (8, "NOW")):
        assert state in [item.text for item in groups[str(number)].items if isinstance(item, Words)]
    assert groups["6"].name == "6. Roll back to {vars.last_good} (skipped)"
    outlines = [item for item in groups["6"].items if isinstance(item, Shape) and item.dashed]
    assert outlines
    lines = [item for item in picture.groups[1].items if isinstance(item, Line)]
    assert len([line for line in lines if line.thick == 4.0]) == len(taken.ways) == 5
    legend = [item.text for item in groups["Legend"].items if isinstance(item, Words)]
    assert {"taken", "skipped", "not taken"} <= set(legend)
