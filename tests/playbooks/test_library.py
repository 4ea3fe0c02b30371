"""The shipped playbooks: each can be walked on every branch, and each keeps the project's promises."""

import re
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

import playbooks
from playbooks.evidence import evidence_of
from playbooks.fields import FIELDS
from playbooks.lifecycle import FAILURE_MODES
from playbooks.load import check, included_ids, shipped_library
from playbooks.match import match
from playbooks.model import COMMON
from playbooks.pinning import Pinned, pin
from playbooks.progress import Walk, add, apply, current, ending
from playbooks.reading import say_path
from playbooks.steps import ActionStep, CheckStep, DecisionStep, EndStep, IncludeStep, Step, TaskStep
from playbooks.walk import after, settle

FOLDER = Path(playbooks.__file__).parent
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAMES = tuple(sorted(path.stem for path in (FOLDER / "library").glob("*.yaml")))
OTHERS = tuple(name for name in NAMES if name != COMMON)
KNOWN: dict[str, dict[str, str]] = {
    "nothing known": {},
    "a high tier": {"model.tier": "0", "model.mode": "online", "incident.severity": "sev1"},
    "a low tier": {"model.tier": "3", "model.mode": "batch", "incident.severity": "sev4"},
}
LONGEST_ON_A_PHONE = 440
"""Characters as written. What is filled in, and what stands around it, makes 600 of them: one screen of a phone."""


def test_every_playbook_of_the_folder_is_shipped_and_without_fault() -> None:
    assert len(NAMES) == 23
    assert [str(fault) for fault in check([FOLDER / "library"], today=TODAY)] == []
    assert shipped_library().faults == ()
    assert all(source.file == f"{key}.yaml" for key, source in shipped_library().sources.items())


def test_together_they_are_for_every_failure_mode() -> None:
    covered = {mode for playbook in shipped_library().all() for mode in playbook.applies_to.failure_modes}
    assert covered >= set(FAILURE_MODES) - {"unknown"}


Move = dict[str, str]


def moves(step: Step) -> list[Move]:
    """Everything that may happen to a step."""
    ways: list[Move] = [{"outcome": "skipped", "reason": "try"}]
    if isinstance(step, DecisionStep):
        return [*({"outcome": "answered", "answer": option.label} for option in step.options), *ways]
    outcomes = {"task": ["done"], "check": ["passed", "failed"], "action": ["done", "failed"], "wait": ["waited"]}
    return [*({"outcome": one} for one in outcomes[step.kind]), *ways]


def written_down(step: Step) -> dict[str, str]:
    """Something for everything that a step asks to be written down."""
    given = {"number": "7", "link": "https://example.com/7", "time": "2026-11-20 11:30"}
    return {one.id: one.choices[0] if one.choices else given.get(one.kind, "x") for one in evidence_of(step)}


@dataclass
class Explorer:
    """Walks one playbook, run after run, until everything that may happen anywhere has happened once."""

    pinned: Pinned
    facts: Mapping[str, str]
    ways: dict[str, dict[int, str]] = field(default_factory=dict)  # position → the move's number → where it led
    open: dict[str, list[int]] = field(default_factory=dict)  # position → moves not made yet
    longest: int = 0

    def walk_all(self) -> None:
        """Every run goes to an end; the next one begins where something has not been tried."""
        while True:
            self.walk_one()
            if not any(self.open.values()):
                return

    def walk_one(self) -> None:
        walk = Walk(self.pinned, NOW)
        while (here := current(walk, self.facts)) is not None:
            choices = moves(here.step)
            untried = self.open.setdefault(here.path, list(range(len(choices))))
            chosen = untried[0] if untried else self._towards_something_new(here.path, is_late=len(walk.records) > 60)
            record = apply(
                walk, self.facts, path=here.path, by="U1", at=NOW, evidence=written_down(here.step), **choices[chosen]
            )  # type: ignore[arg-type]
            walk = add(walk, record)
            there = current(walk, self.facts)
            self.ways.setdefault(here.path, {})[chosen] = there.path if there else ""
            if untried:
                untried.remove(chosen)
            assert len(walk.records) < 300, f"this run never ends: {[one.path for one in walk.records[-9:]]}"
        assert ending(walk, self.facts) is not None
        self.longest = max(self.longest, len(walk.records))

    def _towards_something_new(self, position: str, *, is_late: bool) -> int:
        """The first move of the shortest way to something untried, else, or after many steps, to an end."""
        goals: list[Callable[[str], bool]] = [lambda there: bool(self.open.get(there)), lambda there: there == ""]
        for is_goal in reversed(goals) if is_late else goals:
            waiting = deque((there, first) for first, there in self.ways[position].items())
            seen = {there for there, _ in waiting}
            while waiting:
                there, first = waiting.popleft()
                if is_goal(there):
                    return first
                for beyond in self.ways.get(there, {}).values():
                    if beyond not in seen:
                        seen.add(beyond)
                        waiting.append((beyond, first))
        raise AssertionError(f"no end can be reached from {position}")


@pytest.mark.parametrize("facts", KNOWN.values(), ids=KNOWN.keys())
@pytest.mark.parametrize("name", NAMES)
def test_every_branch_of_every_playbook_can_be_walked_to_an_end(name: str, facts: dict[str, str]) -> None:
    explorer = Explorer(pin(shipped_library(), name), facts)
    explorer.walk_all()
    walked = {
        step.id: step for step in shipped_library().get(name).steps if not isinstance(step, IncludeStep | EndStep)
    }
    never = walked.keys() - explorer.ways.keys()
    if not facts:
        assert never == set()
    assert all(step_hidden(name, step_id, facts) for step_id in never), never


def step_hidden(name: str, step_id: str, facts: Mapping[str, str]) -> bool:
    """Whether what is known hides a step, or every step that leads to it."""
    return step_id not in graph(name, tuple(sorted(facts.items())))


@cache
def graph(name: str, facts: tuple[tuple[str, str], ...] = ()) -> dict[str, set[str]]:
    """Position → the positions that answers lead to. An end is a position that leads nowhere."""
    pinned, known = pin(shipped_library(), name), dict(facts)
    first = settle(pinned, pinned.playbook.first, known)
    assert first is not None
    found: dict[str, set[str]] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        step = pinned.find(path)[1]
        if isinstance(step, EndStep):
            found[path] = set()
            continue
        answers = [option.label for option in step.options] if isinstance(step, DecisionStep) else [None]
        fails = [False, True] if isinstance(step, CheckStep | ActionStep) else [False]
        ways = {settle(pinned, after(pinned, path, one, failed=bad), known) for one in answers for bad in fails}
        assert None not in ways, path
        found[path] = {way for way in ways if way is not None}
        waiting += found[path]
    return found


def steps_of(name: str) -> dict[str, Step]:
    """Every position of a playbook, those of included ones too, with its step."""
    pinned = pin(shipped_library(), name)
    return {path: pinned.find(path)[1] for path in graph(name)}


def reached_without(name: str, passing: Iterable[str], start: Iterable[str] | None = None, **facts: str) -> set[str]:
    """The positions that somebody can come to without having done any of these steps."""
    ways, closed = graph(name, tuple(sorted(facts.items()))), set(passing)
    pinned = pin(shipped_library(), name)
    waiting = [settle(pinned, pinned.playbook.first, facts) or ""] if start is None else list(start)
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if path not in closed:
            waiting += ways[path]
    return seen


def asking_for(name: str, pir_field: str) -> set[str]:
    """The positions where this field of the review is written down."""
    return {
        path
        for path, step in steps_of(name).items()
        if pir_field in {getattr(step, "pir_field", None), *(one.pir_field for one in evidence_of(step))}
    }


def ordinary_ends(name: str) -> set[str]:
    """Ends of a run that has gone all the way, not those of a false alarm or where another playbook goes on."""
    return {path for path, step in steps_of(name).items() if isinstance(step, EndStep) and not step.ends_run}


def changing(name: str) -> set[str]:
    """Its own steps that take back, replace or switch something; to name the version to go back to changes nothing."""
    naming = asking_for(name, "rollback_target")
    return {
        path
        for path, step in steps_of(name).items()
        if isinstance(step, ActionStep)
        or ("/" not in path and step.phase == "mitigate" and isinstance(step, TaskStep) and path not in naming)
    }


@pytest.mark.parametrize("name", OTHERS)
def test_it_includes_the_first_fifteen_minutes(name: str) -> None:
    assert COMMON in included_ids(shipped_library().get(name))


@pytest.mark.parametrize("name", OTHERS)
def test_evidence_is_held_on_every_branch_before_anything_is_rolled_back_or_replaced(name: str) -> None:
    held = asking_for(name, "evidence_hold")
    assert changing(name)
    early = reached_without(name, held) & changing(name)
    assert early <= held, f"evidence may be lost by {early - held}"


def serves_something_else(step: Step) -> bool:
    """Whether another version, or a fallback, answers after this step; a feature may be hidden or data mended, too."""
    return (
        isinstance(step, ActionStep)
        or any(one.pir_field == "fallback_used" for one in evidence_of(step))
        or re.search(r"roll(ed|s)? back|rollback|alias|fallback", step.title, re.IGNORECASE) is not None
    )


def asks_the_endpoint(step: Step) -> bool:
    """Whether this step looks at what really answers."""
    if isinstance(step, CheckStep):
        return step.mlflow is None
    words = " ".join(str(getattr(step, key, None) or "") for key in ("do", "ask", "manual"))
    return step.phase == "verify" and "endpoint" in words


@pytest.mark.parametrize("name", OTHERS)
def test_whoever_changes_what_serves_asks_the_endpoint_before_the_end(name: str) -> None:
    asking = {path for path, step in steps_of(name).items() if "/" not in path and asks_the_endpoint(step)}
    assert asking
    for path in (path for path in changing(name) if serves_something_else(steps_of(name)[path])):
        pinned = pin(shipped_library(), name)
        done = settle(pinned, after(pinned, path), {})  # where it could not be done, nothing has changed
        unasked = reached_without(name, asking, start=[done or ""]) & ordinary_ends(name)
        assert not unasked, f"{path} leads to {unasked} and nobody has asked the endpoint"


@pytest.mark.parametrize("name", OTHERS)
def test_whether_training_was_contaminated_is_asked_on_every_way_to_the_end(name: str) -> None:
    asked = asking_for(name, "training_contamination")
    unasked = reached_without(name, asked) & ordinary_ends(name)
    assert not unasked
    for path in asked:
        step = steps_of(name)[path]
        required = [one.required for one in evidence_of(step) if one.pir_field == "training_contamination"]
        assert all(required), f"{path} may be passed without an answer"


@pytest.mark.parametrize("name", OTHERS)
def test_the_review_gets_its_window_version_and_evidence_from_every_playbook(name: str) -> None:
    for pir_field in (
        "prediction_window.start",
        "prediction_window.end",
        "version_serving",
        "evidence_hold",
        "recovery",
    ):
        assert asking_for(name, pir_field), pir_field


@pytest.mark.parametrize("name", NAMES)
def test_a_playbook_names_its_sources_and_somebody_reviews_it(name: str) -> None:
    playbook = shipped_library().get(name)
    assert playbook.sources
    assert playbook.owner
    assert playbook.review_by > TODAY
    assert playbook.summary
    assert playbook.signals or name == COMMON
    assert playbook.close_when or name == COMMON


def shown(step: Step) -> str:
    """All that a step's message says, as it is written in the file."""
    keys = ("title", "ask", "do", "why", "done_when")
    return "".join(str(getattr(step, key, None) or "") for key in keys) + "".join(one.ask for one in evidence_of(step))


@pytest.mark.parametrize("name", NAMES)
def test_a_step_fits_on_one_screen_of_a_phone(name: str) -> None:
    steps = shipped_library().get(name).steps
    too_long = {step.id: len(shown(step)) for step in steps if len(shown(step)) > LONGEST_ON_A_PHONE}
    by_hand = {
        step.id: size
        for step in steps
        if isinstance(step, CheckStep | ActionStep)
        and (size := len(step.title + step.manual + (step.why or ""))) > LONGEST_ON_A_PHONE
    }
    assert (too_long, by_hand) == ({}, {})


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
        ({"failure_mode": "bad-rollout"}, "bad-rollout", "failure mode bad-rollout"),
        ({"failure_mode": "wrong-version"}, "wrong-version", "failure mode wrong-version"),
        (
            {"labels": {"ml_failure_mode": "freshness"}},
            "upstream-feature-outage",
            "alert label ml_failure_mode=freshness",
        ),
        ({"words": "Half the rows are NULLS since the deploy"}, "bad-data", "the title says “nulls”"),
        ({"words": "worse since we promoted the canary"}, "bad-rollout", "“promoted”, “canary”"),
        ({"failure_mode": "capacity"}, "capacity", "failure mode capacity"),
        ({}, COMMON, "nothing more specific"),
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
    assert "upstream-feature-outage" not in [one.playbook.id for one in found]


def test_paths_are_said_as_people_write_them() -> None:
    assert say_path(("steps", 2, "title")) == "steps[2].title"
