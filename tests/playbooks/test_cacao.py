"""A playbook written as CACAO v2.0 follows that standard, says the same, and leads the same way."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from playbooks.cacao.document import document
from playbooks.faults import FileBroken
from playbooks.load import Library, Source, parse_playbook, shipped_library
from playbooks.pinning import pin
from playbooks.progress import Walk, add, apply, current, ending
from playbooks.steps import ActionStep, CheckStep, DecisionStep

SHIPPED = sorted(shipped_library().sources)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
KINDS = ("start", "end", "action", "playbook-action", "if-condition", "switch-condition")
HEAD = """\
schema: ml-incident.playbook/v1
id: small
title: Small
version: "1.2.3"
owner: "@me"
review_by: 2027-05-01
"""
EVERY_KIND = (
    HEAD
    + """\
summary: Look at {model.name}.
sources: ["https://example.com/a (about it)", A book]
timers: [{id: nag, after: 30m, every: 1h, until: mitigated, remind: comms, text: "Write, {incident.id}."}]
vars: {last_good: {from: model.rollback, ask: Which one?}}
close_when: [It is over]
steps:
  - id: look
    title: Look at {model.name}
    role: poc:dsp
    phase: triage
    due: 5m
    do: Ask {model.poc.dsp}.
    done_when: Somebody looked.
    evidence:
      - {id: last-good, ask: Which was good?, required: true}
      - {id: link, ask: Where?, kind: link}
      - {id: sure, ask: How sure?, kind: choice, choices: [certain, a guess]}
  - {id: tier, title: Tell legal, when: {model.tier: ["0", "1"], model.mode: online}, do: Tell them.}
  - {id: rest, kind: wait, title: Wait, for: 90s}
  - id: alias
    kind: check
    title: Is the alias right?
    mlflow: {expect: {value: "{vars.last_good}"}}
    manual: Look yourself.
    on_fail: move
  - id: rate
    kind: check
    title: Rate
    prometheus: {query: 'sum(x{model="{model.name}"}) > 1', expect: {op: at-most, value: 0.01}}
    for: 10m
    manual: Look at the graph.
    on_fail: ask
  - {id: answer, kind: check, title: Endpoint, serving: {expect: {value: "7"}}, manual: Ask it., on_fail: ask}
  - {id: over, title: Good, do: Enjoy., next: ask}
  - id: move
    kind: action
    title: Move it
    mlflow: {to: "{vars.last_good}"}
    approval: [commander, ml-lead]
    reversible: minutes
    manual: Move it by hand.
    undo: Move it back.
  - id: switch
    kind: action
    title: Flip the flag
    http:
      connection: flags
      method: PUT
      path: "/f/{model.name}"
      query: {why: "{incident.id} now"}
      body: {"on": false}
    approval: [anyone]
    reversible: at-once
    manual: Flip it by hand.
    undo: Flip it back.
    on_fail: ask
  - {id: inner, kind: include, title: Also this, playbook: common-first-fifteen-minutes}
  - id: ask
    kind: decision
    title: Over?
    ask: Is it over?
    options:
      - {label: "Yes", goto: end, sets: {failure_mode: bad-data}}
      - {label: "Yes!", goto: end}
      - {label: "Can't tell", goto: look, cannot_tell: true}
  - {id: end, kind: end, title: "Over for {model.name}", do: Resolve it.}
"""
)

ROUND = (
    HEAD.replace("id: small", "id: round")
    + """\
steps:
  - id: again
    kind: decision
    title: Again?
    when: {model.tier: ["0"]}
    ask: Again?
    otherwise: then
    options:
      - {label: "No", goto: then}
      - {label: "Once more", goto: more}
      - {label: "Can't tell", goto: again, cannot_tell: true}
  - {id: more, title: Once more, do: Look., next: again}
  - {id: then, title: Then, do: Go on.}
  - {id: end, kind: end, title: Over}
"""
)

Doc = dict[str, Any]


def library_with(*texts: str) -> Library:
    """The shipped playbooks and these."""
    sources = dict(shipped_library().sources)
    for text in texts:
        playbook = parse_playbook(text, "own.yaml")
        sources[playbook.id] = Source(playbook, text.encode(), "own.yaml", is_shipped=False)
    return Library(sources)


LIBRARY = library_with(EVERY_KIND, ROUND)
NAMES = [*SHIPPED, "small", "round"]


@cache
def written(name: str) -> Doc:
    made: Doc = json.loads(json.dumps(document(pin(LIBRARY, name))))
    return made


def steps(doc: Doc, kind: str) -> list[Doc]:
    return [step for step in doc["workflow"].values() if step["type"] == kind]


def step_named(doc: Doc, name: str, kind: str = "action") -> Doc:
    return next(step for step in steps(doc, kind) if step["name"] == name)


def ways(step: Doc) -> list[tuple[str, str]]:
    """Every way out of a step, named, and where it leads."""
    named = [(way, step[way]) for way in ("on_completion", "on_true", "on_false") if way in step]
    # Answers that lead the same way share it.
    return [*named, *{target: (case, target) for case, target in step.get("cases", {}).items()}.values()]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


@pytest.mark.parametrize("name", NAMES)
class TestEveryPlaybook:
    def test_has_the_properties_that_cacao_asks_for(self, name: str) -> None:
        doc = written(name)
        assert (doc["type"], doc["spec_version"]) == ("playbook", "cacao-2.0")
        assert re.fullmatch(f"playbook--{UUID}", doc["id"])
        assert re.fullmatch(f"identity--{UUID}", doc["created_by"])
        assert re.fullmatch(TIME, doc["created"])
        assert re.fullmatch(TIME, doc["modified"])
        assert doc["created"] <= doc["modified"]
        assert doc["workflow"][doc["workflow_start"]]["type"] == "start"
        assert len(steps(doc, "start")) == 1
        used = {command["playbook_activity"] for step in steps(doc, "action") for command in step["commands"]}
        assert set(doc["playbook_activities"]) == used
        assert all(doc[key] for key in doc)

    def test_has_ids_of_the_right_kind_and_no_uuid_twice(self, name: str) -> None:
        doc = written(name)
        for section in ("workflow", "agent_definitions", "target_definitions"):
            for key, one in doc.get(section, {}).items():
                assert re.fullmatch(f"{one['type']}--{UUID}", key)
        keys = [key for part in ("workflow", "agent_definitions", "target_definitions") for key in doc.get(part, {})]
        assert len({key.partition("--")[2] for key in (doc["id"], *keys)}) == len(keys) + 1
        assert {step["type"] for step in doc["workflow"].values()} <= set(KINDS)

    def test_gives_each_kind_of_step_what_it_needs(self, name: str) -> None:
        doc = written(name)
        for step in doc["workflow"].values():
            assert step["name"]
            assert ("on_completion" in step) == (step["type"] != "end")
            match step["type"]:
                case "action":
                    assert step["commands"]
                    assert step["agent"] in doc["agent_definitions"]
                    assert set(step.get("targets", [])) <= set(doc.get("target_definitions", {}))
                    assert all(command["command"].strip() for command in step["commands"])
                case "playbook-action":
                    assert re.fullmatch(f"playbook--{UUID}", step["playbook_id"])
                case "switch-condition":
                    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,250}", case) for case in step["cases"])
                    assert "default" in step["cases"]
                case "if-condition":
                    assert step["condition"]
                    assert {"on_true", "on_false"} <= set(step)

    def test_leads_only_to_steps_that_are_there_and_reaches_them_all(self, name: str) -> None:
        doc = written(name)
        reached, waiting = {doc["workflow_start"]}, [doc["workflow_start"]]
        while waiting:
            for _, target in ways(doc["workflow"][waiting.pop()]):
                assert target in doc["workflow"]
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
        assert reached == set(doc["workflow"])

    def test_lets_every_branch_end_and_no_two_ways_share_an_end(self, name: str) -> None:
        doc = written(name)
        came = [target for step in doc["workflow"].values() for _, target in ways(step) if target.startswith("end--")]
        assert len(came) == len(set(came)) == len(steps(doc, "end"))
        ending, before = {key for key in doc["workflow"] if key.startswith("end--")}, -1
        while len(ending) > before:
            before = len(ending)
            for key, step in doc["workflow"].items():
                if any(
                    target in ending for way, target in ways(step) if len(ways(step)) == 1 or way != "on_completion"
                ):
                    ending.add(key)
        assert ending == set(doc["workflow"])

    def test_declares_every_variable_that_it_uses_and_uses_each(self, name: str) -> None:
        doc = written(name)
        rest = {key: value for key, value in doc.items() if key != "playbook_variables"}
        used = {f"__{found}__" for text in strings(rest) for found in re.findall(r"__(.+?)__:value", text)}
        for step in steps(doc, "action"):
            used |= {*step.get("in_args", []), *step.get("out_args", [])}
        assert used == set(doc["playbook_variables"])
        assert all(re.fullmatch(r"__[a-zA-Z][a-zA-Z0-9_-]{0,199}__", key) for key in used)
        assert not [text for text in strings(doc) if re.search(r"\{[a-z]+\.[a-z]", text)]

    def test_names_no_host(self, name: str) -> None:
        doc = written(name)
        for target in doc.get("target_definitions", {}).values():
            assert all(re.fullmatch(r"__connection_[a-z0-9-]+__:value", one) for one in target["address"]["dname"])

    def test_is_the_same_to_the_letter_when_it_is_written_again(self, name: str) -> None:
        again = document(pin(library_with(EVERY_KIND, ROUND), name))
        assert json.dumps(again) == json.dumps(document(pin(LIBRARY, name)))

    def test_leads_the_same_way_as_the_playbook_whatever_is_answered(self, name: str) -> None:
        for seed in range(20):
            ours = walked(name, random.Random(seed))
            if ours is not None:
                assert run(written(name), random.Random(seed)) == ours, f"seed {seed}"


def walked(
    name: str, choose: random.Random, *, library: Library = LIBRARY, facts: Mapping[str, str] = MappingProxyType({})
) -> list[str] | None:
    """The titles of the steps that a run goes through; None when an included playbook ended it, or it took too long."""
    walk, inside = Walk(pin(library, name), NOW), ""
    titles: list[str] = []
    for _ in range(400):
        here = current(walk, facts)
        if here is None:
            return None if inside or ending(walk, facts) is None else titles
        outer, _, _ = here.path.partition("/") if "/" in here.path else ("", "", "")
        if outer and outer != inside:
            titles.append(walk.step(outer).title)
        inside = outer
        if not outer:
            titles.append(here.step.title)
        walk = add(walk, moved_on(walk, here, choose if not outer else random.Random(1), facts))
    return None


def moved_on(walk: Walk, here: Any, choose: random.Random, facts: Mapping[str, str]) -> Any:
    outcome: Any = {"task": "done", "wait": "waited"}.get(here.step.kind, "done")
    answer = None
    if isinstance(here.step, DecisionStep):
        outcome, answer = "answered", choose.choice([option.label for option in here.options])
    elif isinstance(here.step, CheckStep) or (isinstance(here.step, ActionStep) and here.step.on_fail):
        good, bad = ("passed", "failed") if isinstance(here.step, CheckStep) else ("done", "failed")
        outcome = choose.choice([good, bad])
    kinds = {"link": "https://example.com", "number": "7"}
    given = {item.id: item.choices[0] if item.choices else kinds.get(item.kind, "x") for item in here.evidence}
    return apply(walk, facts, path=here.path, outcome=outcome, by="U1", at=NOW, answer=answer, evidence=given)


def run(doc: Doc, choose: random.Random, *, applies: bool = True) -> list[str]:
    """The same by the document alone, as CACAO says: a branch runs to an end, and its condition goes on from there."""
    titles: list[str] = []
    open_conditions: list[Doc] = []
    key = doc["workflow_start"]
    for _ in range(20_000):
        step = doc["workflow"][key]
        if step["type"] == "end":
            if not open_conditions:
                return titles
            key = open_conditions.pop()["on_completion"]
        elif step["type"] == "switch-condition":
            open_conditions.append(step)
            key = choose.choice([target for case, target in step["cases"].items() if case != "default"])
        elif step["type"] == "if-condition":
            open_conditions.append(step)
            # What a `when` asks is not known, which hides no step, or known to be so.
            if "= ''" in step["condition"]:
                key = step["on_true" if applies else "on_false"]
            else:
                key = choose.choice([step["on_true"], step["on_false"]])
        else:
            titles += [plain(step["name"])] if step["type"] != "start" else []
            key = step["on_completion"]
    raise AssertionError("the document goes round for ever")


def plain(name: str) -> str:
    """The title as the playbook has it."""
    known = {"__model_name__:value": "{model.name}", "__vars_last_good__:value": "{vars.last_good}"}
    for variable, word in known.items():
        name = name.replace(variable, word)
    return re.sub(r"__(model|incident|vars)_([a-z_]+?)__:value", r"{\1.\2}", name)


def test_a_task_says_what_to_do_when_it_is_done_and_what_to_write_down() -> None:
    doc = written("small")
    look = step_named(doc, "Look at __model_name__:value")
    assert look["description"] == "Phase: triage.\n\nShould be done within 5 minutes; nothing fails when it is not."
    assert look["commands"] == [
        {
            "type": "manual",
            "command": "Ask __model_poc_dsp__:value.\n\nDone when: Somebody looked.\n\n"
            "Write down in __vars_last_good__:value, which is needed: Which was good?\n\n"
            "Write down in __evidence_link__:value: Where?\n\n"
            "Write down in __evidence_sure__:value: How sure? (certain / a guess)",
            "playbook_activity": "analyze-collected-data",
        }
    ]
    assert look["out_args"] == ["__vars_last_good__", "__evidence_link__", "__evidence_sure__"]
    assert doc["agent_definitions"][look["agent"]]["name"] == "POC data science platform"
    assert doc["playbook_variables"]["__evidence_link__"]["type"] == "uri"
    assert doc["playbook_variables"]["__model_name__"]["external"] is True
    assert "external" not in doc["playbook_variables"]["__vars_last_good__"]


def test_a_decision_is_an_action_that_asks_and_a_switch_over_its_answer() -> None:
    doc = written("small")
    assert step_named(doc, "Over?")["commands"][0]["command"] == (
        "Is it over?\n\nSet __answer_ask__:value to your answer:\n- 'yes': Yes; this sets failure_mode to bad-data\n"
        "- 'yes-2': Yes!\n- 'can-t-tell': Can't tell"
    )
    switch = step_named(doc, "Over?", "switch-condition")
    assert switch["switch"] == "__answer_ask__:value"
    assert list(switch["cases"]) == ["yes", "yes-2", "can-t-tell", "default"]
    assert switch["cases"]["default"] == switch["cases"]["can-t-tell"]


def test_a_condition_asks_for_all_keys_and_what_is_not_known_hides_nothing() -> None:
    condition = step_named(written("small"), "Tell legal (where it applies)", "if-condition")["condition"]
    assert condition == (
        "(__model_tier__:value = '0' OR __model_tier__:value = '1' OR __model_tier__:value = '')"
        " AND (__model_mode__:value = 'online' OR __model_mode__:value = '')"
    )


def test_a_wait_is_a_delay_in_milliseconds() -> None:
    assert step_named(written("small"), "Wait")["delay"] == 90_000


def test_a_check_asks_the_connection_and_then_a_person_judges() -> None:
    doc = written("small")
    asked, judged = step_named(doc, "Is the alias right?")["commands"]
    assert asked["command"] == (
        "GET /api/2.0/mlflow/registered-models/alias?name=__model_name__:value&alias=__connection_mlflow_alias__:value"
        " HTTP/1.1"
    )
    assert judged["command"].startswith("Judge the answer of the request: it passes when it equals __vars_last_good__")
    assert "Where that request cannot be sent: Look yourself." in judged["command"]
    assert judged["command"].endswith("Set __outcome_alias__:value to 'passed' or 'failed'.")
    condition = step_named(doc, "Is the alias right?", "if-condition")
    assert condition["condition"] == "__outcome_alias__:value = 'passed'"
    target = doc["target_definitions"][step_named(doc, "Is the alias right?")["targets"][0]]
    assert target["address"] == {"dname": ["__connection_mlflow__:value"]}


def test_a_query_is_encoded_and_its_variables_are_not() -> None:
    asked = step_named(written("small"), "Rate")["commands"][0]["command"]
    assert asked == ("GET /api/v1/query?query=sum%28x%7Bmodel%3D%22__model_name__:value%22%7D%29%20%3E%201 HTTP/1.1")


def test_what_only_a_connection_knows_how_to_ask_is_asked_by_a_person() -> None:
    assert [command["type"] for command in step_named(written("small"), "Endpoint")["commands"]] == ["manual"]


def test_nothing_is_sent_before_somebody_else_has_agreed() -> None:
    for name, request in (
        ("Move it", "POST /api/2.0/mlflow/registered-models/alias HTTP/1.1"),
        ("Flip the flag", "PUT /f/__model_name__:value?why=__incident_id__:value%20now HTTP/1.1"),
    ):
        agreed, sent, by_hand = step_named(written("small"), name)["commands"]
        assert agreed["type"] == by_hand["type"] == "manual"
        assert "Before it is done, somebody else has to agree" in agreed["command"]
        assert "back." in agreed["command"].partition("The way back: ")[2]
        assert (sent["type"], sent["command"]) == ("http-api", request)
        assert sent["headers"] == {"Content-Type": ["application/json"]}
        assert "by hand" in by_hand["command"]


def test_an_included_playbook_is_referred_to_by_the_id_and_time_of_its_own_export() -> None:
    step = steps(written("small"), "playbook-action")[0]
    inner = written("common-first-fifteen-minutes")
    assert (step["playbook_id"], step["playbook_version"]) == (inner["id"], inner["modified"])


def test_a_later_version_is_the_same_playbook_modified_later() -> None:
    later = document(pin(library_with(EVERY_KIND.replace('"1.2.3"', '"1.10.0"')), "small"))
    assert later["id"] == written("small")["id"]
    assert str(later["modified"]) > written("small")["modified"]


def test_sources_signals_and_criteria_are_carried_over() -> None:
    doc = written("small")
    assert doc["external_references"] == [
        {"name": "about it", "url": "https://example.com/a"},
        {"name": "A book", "source": "A book"},
    ]
    assert "Over when:\n- It is over" in doc["description"]
    assert "- after 30 minutes, then every hour, to comms: Write, __incident_id__:value." in doc["description"]


MEETS = (
    HEAD
    + """\
steps:
  - id: ask
    kind: decision
    title: Which?
    ask: Which?
    options:
      - {label: "One", goto: one}
      - {label: "Neither", goto: both}
      - {label: "Can't tell", goto: two, cannot_tell: true}
  - {id: one, title: First, do: Do it., next: both}
  - {id: two, title: Second, do: Do it.}
  - {id: both, title: Then, do: Do it.}
  - {id: end, kind: end, title: Over}
"""
)


def test_branches_that_meet_again_each_have_an_end_and_the_condition_goes_on() -> None:
    doc: Doc = json.loads(json.dumps(document(pin(library_with(MEETS), "small"))))
    switch = steps(doc, "switch-condition")[0]
    then = next(key for key, step in doc["workflow"].items() if step["name"] == "Then")
    assert switch["on_completion"] == then
    ends = {step_named(doc, "First")["on_completion"], step_named(doc, "Second")["on_completion"]}
    ends.add(switch["cases"]["neither"])
    assert len(ends) == 3
    assert all(end.startswith("end--") for end in ends)


@st.composite
def drawn(draw: st.DrawFn) -> str:
    """A small playbook that leads anywhere: answers and failures go up and down, some steps only now and then apply."""
    count = draw(st.integers(2, 7))
    names = [f"s{number}" for number in range(count)]
    anywhere = st.sampled_from([*names, "end"])
    rows: list[Doc] = []
    for name in names:
        row: Doc = {"id": name, "title": name.upper()}
        kind = draw(st.sampled_from(["task", "decision", "check"]))
        if kind == "task":
            row |= {"do": "Do it."}
        elif kind == "decision":
            options: list[Doc] = [{"label": "A", "goto": draw(anywhere)}, {"label": "B", "goto": draw(anywhere)}]
            row |= {"kind": kind, "ask": "Which?", "options": [*options, {"label": "C", "goto": draw(anywhere)}]}
            row["options"][-1]["cannot_tell"] = True
        else:
            row |= {"kind": kind, "serving": {"expect": {"value": "1"}}, "manual": "Look.", "on_fail": draw(anywhere)}
        if draw(st.integers(0, 3)) == 0:
            row["when"] = {"model.tier": ["0"]}
        if draw(st.integers(0, 3)) == 0:
            row["otherwise" if kind == "decision" else "next"] = draw(anywhere)
        rows.append(row)
    return HEAD + "steps: " + json.dumps([*rows, {"id": "end", "kind": "end", "title": "Over"}])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(drawn(), st.integers(0, 1000), st.booleans())
def test_whatever_way_a_playbook_goes_the_document_goes_it_too(content: str, seed: int, applies: bool) -> None:
    try:
        library = library_with(content)
    except FileBroken:
        reject()
    doc = json.loads(json.dumps(document(pin(library, "small"))))
    reached = {target for step in doc["workflow"].values() for _, target in ways(step)}
    assert reached == set(doc["workflow"]) - {doc["workflow_start"]}
    facts = {"model.tier": "0" if applies else "3"}
    ours = walked("small", random.Random(seed), library=library, facts=facts)
    if ours is not None:
        assert run(doc, random.Random(seed), applies=applies) == ours
