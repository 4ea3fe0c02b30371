"""The shipped playbooks: each can be walked on every branch, and each keeps the project's promises."""

import re
import subprocess
import sys
import zipfile
from collections import deque
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import playbooks
from playbooks.fields import FIELDS
from playbooks.load import check, shipped_library
from playbooks.match import match
from playbooks.model import COMMON
from playbooks.pinning import pin
from playbooks.progress import Walk, add, apply, collected, current, ending
from playbooks.reading import say_path

FOLDER = Path(playbooks.__file__).parent
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAMES = ("bad-data", "bad-rollout", COMMON, "upstream-feature-outage")
KNOWN = {
    "nothing known": {},
    "a high tier": {"model.tier": "0", "model.mode": "online", "incident.severity": "sev1"},
    "a low tier": {"model.tier": "3", "model.mode": "batch", "incident.severity": "sev4"},
}


def test_the_four_playbooks_are_shipped_and_without_fault() -> None:
    assert {path.stem for path in (FOLDER / "library").glob("*.yaml")} >= set(NAMES)
    assert check([FOLDER / "library"], today=date(2026, 11, 20)) == []
    assert shipped_library().faults == ()
    assert all(source.file == f"{key}.yaml" for key, source in shipped_library().sources.items())


def moves(walk: Walk, facts: dict[str, str]) -> list[Walk]:
    """The runs that any next move of a person leads to."""
    here = current(walk, facts)
    assert here is not None
    choices: list[dict[str, str]] = [{"outcome": "skipped", "reason": "try"}]
    if isinstance(here.step, DecisionStep):
        choices += [{"outcome": "answered", "answer": option.label} for option in here.step.options]
    else:
        choices.append({"outcome": "done"})
    evidence = {
        item.id: {"number": "7", "link": "https://example.com"}.get(item.kind, "x") for item in here.step.evidence
    }
    evidence |= {item.id: item.choices[0] for item in here.step.evidence if item.choices}
    return [
        add(walk, apply(walk, facts, path=here.path, by="U1", at=NOW, evidence=evidence, **choice))  # type: ignore[arg-type]
        for choice in choices
    ]


def place(walk: Walk, facts: dict[str, str]) -> str:
    here = current(walk, facts)
    return here.path if here else "the end"


@pytest.mark.parametrize("facts", KNOWN.values(), ids=KNOWN.keys())
@pytest.mark.parametrize("name", NAMES)
def test_every_branch_of_every_playbook_can_be_walked_to_an_end(name: str, facts: dict[str, str]) -> None:
    start = Walk(pin(shipped_library(), name), NOW)
    first_seen = {place(start, facts): start}
    edges: dict[str, list[tuple[str, Walk]]] = {}
    waiting = deque([place(start, facts)])
    while waiting:
        here = waiting.popleft()
        if here == "the end":
            continue
        edges[here] = [(place(walk, facts), walk) for walk in moves(first_seen[here], facts)]
        for there, walk in edges[here]:
            if there not in first_seen:
                first_seen[there] = walk
                waiting.append(there)
    distance = {"the end": 0}
    while len(distance) < len(first_seen):
        known = {
            here: 1 + min(distance[there] for there, _ in ways if there in distance)
            for here, ways in edges.items()
            if here not in distance and any(there in distance for there, _ in ways)
        }
        assert known, f"no end from {set(first_seen) - set(distance)}"
        distance |= known
    for ways in edges.values():
        for _, after_it in ways:
            walk = after_it
            while place(walk, facts) != "the end":
                walk = min(moves(walk, facts), key=lambda one: distance[place(one, facts)])
            assert ending(walk, facts) is not None
            assert len(walk.records) < 80
    steps = {say for say in first_seen if say != "the end"}
    own = {step.id for step in shipped_library().get(name).steps if isinstance(step, TaskStep | DecisionStep)}
    hidden = {"active-harm", "stop-the-harm"} if facts.get("model.tier") == "3" else set()
    assert own - hidden <= {path for path in steps if "/" not in path}


def main_line(name: str) -> list[Walk]:
    """The runs that come about when each decision is answered with its first answer, step by step."""
    walk = Walk(pin(shipped_library(), name), NOW)
    walks = [walk]
    while (here := current(walk, {})) is not None:
        answers = {"answer": here.step.options[0].label} if isinstance(here.step, DecisionStep) else {}
        evidence = {
            item.id: item.choices[0] if item.choices else "https://example.com/7" for item in here.step.evidence
        }
        evidence |= {item.id: "7" for item in here.step.evidence if item.kind == "number"}
        outcome = "answered" if answers else "done"
        record = apply(walk, {}, path=here.path, outcome=outcome, by="U1", at=NOW, evidence=evidence, **answers)  # type: ignore[arg-type]
        walk = add(walk, record)
        walks.append(walk)
    return walks


@pytest.mark.parametrize("name", [name for name in NAMES if name != COMMON])
def test_evidence_is_held_before_anything_is_rolled_back_or_replaced(name: str) -> None:
    playbook = shipped_library().get(name)
    paths = [record.path for record in main_line(name)[-1].records]
    steps = {path: pin(shipped_library(), name).find(path)[1] for path in paths}
    held = next(
        at
        for at, path in enumerate(paths)
        if any(item.pir_field == "evidence_hold" for item in getattr(steps[path], "evidence", ()))
    )
    changing = [at for at, path in enumerate(paths) if steps[path].phase == "mitigate" and "/" not in path]
    assert changing
    assert held < min(changing)
    assert any(isinstance(step, IncludeStep) and step.playbook == COMMON for step in playbook.steps)


@pytest.mark.parametrize("name", [name for name in NAMES if name != COMMON])
def test_verification_asks_the_endpoint_and_the_contamination_question_is_always_asked(name: str) -> None:
    playbook = shipped_library().get(name)
    asks = [step for step in playbook.steps if isinstance(step, TaskStep) and "model.endpoint" in step.do]
    assert any(step.phase == "verify" and "registry" in step.do for step in asks)
    assert "version_serving" in {item.pir_field for step in asks for item in step.evidence if item.required}
    found = {row.pir_field for row in collected(main_line(name)[-1])}
    assert {"training_contamination", "prediction_window.start", "version_serving", "evidence_hold"} <= found


@pytest.mark.parametrize("name", NAMES)
def test_a_playbook_names_its_sources_and_somebody_reviews_it(name: str) -> None:
    playbook = shipped_library().get(name)
    assert playbook.sources
    assert playbook.owner
    assert playbook.review_by.year == 2027
    assert playbook.summary
    shorter = [step for step in playbook.steps if isinstance(step, TaskStep)]
    assert all(len(step.do) < 1200 for step in shorter)


def test_the_card_has_a_field_for_every_fact_that_the_playbooks_ask_of_a_model() -> None:
    keys = {field.key for field in FIELDS} | {"name", "title", "endpoint.prod"}
    for source in shipped_library().sources.values():
        used = set(re.findall(r"\{model\.([a-z_.-]+)\}", source.text))
        assert used <= keys, f"{source.file}: {used - keys}"


def test_the_playbooks_are_found_inside_a_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "wheel.zip"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted(FOLDER.rglob("*")):
            if path.suffix in {".py", ".yaml"}:
                archive.write(path, Path("playbooks") / path.relative_to(FOLDER))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import playbooks; assert sys.argv[1] in playbooks.__file__;"
        "from playbooks.load import load_library; from playbooks.policy import load_policy;"
        "print(len(load_library().all()), load_policy().incident_prefix)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(wheel)], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert done.stdout.split() == [str(len(shipped_library().all())), "INC"], done.stderr


@pytest.mark.parametrize(
    ("known", "best", "reason"),
    [
        ({"failure_mode": "bad-rollout"}, "bad-rollout", "a new version or rollout is bad"),
        ({"failure_mode": "wrong-version"}, "bad-rollout", "the wrong version is serving"),
        ({"labels": {"ml_failure_mode": "freshness"}}, "upstream-feature-outage", "ml_failure_mode is freshness"),
        ({"words": "Half the rows are NULLS since the deploy"}, "bad-data", "speaks of “nulls”"),
        ({"words": "worse since we promoted the canary"}, "bad-rollout", "“promoted”, “canary”"),
        ({"failure_mode": "capacity"}, COMMON, "Nothing more specific"),
        ({}, COMMON, "Nothing more specific"),
        ({"failure_mode": "unknown", "words": "it is weird"}, COMMON, "weird"),
    ],
)
def test_the_playbook_that_fits_comes_first_with_a_reason(known: dict[str, object], best: str, reason: str) -> None:
    found = match(shipped_library(), **known)  # type: ignore[arg-type]
    assert found[0].playbook.id == best
    assert reason in found[0].reason


def test_only_the_first_update_is_a_playbooks_business_because_the_next_ones_have_promised_times() -> None:
    nagging = [
        (playbook.id, timer.id)
        for playbook in shipped_library().all()
        for timer in playbook.timers
        if "/ml-incident update" in timer.text and timer.every is not None
    ]
    assert nagging == []


def test_a_playbook_for_another_kind_of_model_is_not_offered() -> None:
    found = match(shipped_library(), failure_mode="upstream-feature-outage", mode="llm")
    assert [one.playbook.id for one in found] == [COMMON]


def test_paths_are_said_as_people_write_them() -> None:
    assert say_path(("steps", 2, "title")) == "steps[2].title"
