"""Actions: what is previewed is what is sent, once, only while all is as it was, and with a way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.connections import Acted, Connections, Preview, Reading, Unusable
from playbooks.asking import HttpCall
from playbooks.steps import ActionStep
from tests.bot.connections.conftest import Connect, Serving
from tests.bot.connections.registry import API, Registry
from tests.bot.connections.service import Asked, Service, Told

FACTS = {"model.name": "ranker", "vars.last_good": "7"}


def step(**fields: Any) -> ActionStep:
    asked = {
        "kind": "action",
        "id": "act",
        "title": "Act",
        "approval": ["anyone"],
        "reversible": "minutes",
        "manual": "By hand.",
        "undo": "By hand.",
    }
    return ActionStep.model_validate({**asked, **fields})


ROLL_BACK = step(mlflow={"to": "{vars.last_good}"})


def writer(connect: Connect, one: Service, more: str = "", **environment: str) -> Connections:
    return connect(
        f"connections: {{mlflow: {{kind: mlflow, base_url: '{one.url}', methods: [GET, POST], {more}}}}}",
        **environment,
    )


def stored(preview: Preview) -> Preview:
    """As another process finds it in the database minutes later."""
    return Preview.read(json.loads(json.dumps(preview.data())))


# --- moving an alias ---


def test_a_rollback_is_previewed_approved_sent_and_looked_at(connect: Connect, service: Serving) -> None:
    registry = Registry(champion="8")
    one = service(registry)
    connections = writer(connect, one)
    assert connections.read_before(ROLL_BACK, FACTS) == Reading("8")
    before = len(one.asked)
    preview = stored(connections.preview(ROLL_BACK, FACTS, "8"))
    assert len(one.asked) == before, "a preview asks nobody"
    assert preview.text == (
        f'POST mlflow: {API}/registered-models/alias\n{{"name": "ranker", "alias": "champion", "version": "7"}}'
    )
    assert (preview.before, preview.wanted, preview.repeatable) == ("8", "7", True)
    assert connections.act(preview, "8") == Acted(
        done=True, sent=True, before="8", after="7", said="It was 8, and is 7 now."
    )
    (sent,) = one.writes
    assert (sent.target, sent.body.decode()) == (preview.path, preview.body)
    assert registry.aliases == {"champion": "7"}


def test_a_repeat_finds_it_done_and_sends_nothing(connect: Connect, service: Serving) -> None:
    one = service(Registry(champion="8"))
    connections = writer(connect, one)
    preview = connections.preview(ROLL_BACK, FACTS, "8")
    first, second = connections.act(preview, "8"), connections.act(stored(preview), "8")
    assert (first.sent, second.sent) == (True, False)
    assert second == Acted(done=True, sent=False, before="8", after="7", said="It is 7 already; nothing was sent.")
    assert len(one.writes) == 1


def test_what_somebody_else_changed_meanwhile_is_left_alone(connect: Connect, service: Serving) -> None:
    registry = Registry(champion="8")
    one = service(registry)
    connections = writer(connect, one)
    preview = connections.preview(ROLL_BACK, FACTS, "8")
    registry.aliases["champion"] = "9"
    acted = connections.act(preview, "8")
    assert (acted.done, acted.sent, acted.after) == (False, False, "9")
    assert acted.problem == "It is 9 now, not 8: somebody changed it meanwhile. Look at it, then ask again."
    assert one.writes == []


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda registry: registry.versions.pop("7"), "There is no version 7 of ranker in mlflow."),
        (
            lambda registry: registry.versions["7"].update(status="PENDING_REGISTRATION"),
            "Version 7 of ranker is not ready (PENDING_REGISTRATION).",
        ),
        (
            lambda registry: registry.tag("7", "blocked", "leaks labels"),
            "Version 7 of ranker is blocked: leaks labels.",
        ),
        (lambda registry: registry.tag("7", "blocked", ""), "Version 7 of ranker is blocked: no reason was given."),
    ],
)
def test_a_version_that_must_not_serve_is_refused(
    connect: Connect, service: Serving, spoil: Callable[[Registry], Any], why: str
) -> None:
    registry = Registry(champion="8")
    spoil(registry)
    one = service(registry)
    connections = writer(connect, one)
    acted = connections.act(connections.preview(ROLL_BACK, FACTS, "8"), "8")
    assert (acted.done, acted.sent, acted.before, acted.after) == (False, False, "8", "8")
    assert str(acted.problem).startswith(why)
    assert one.writes == []


def test_the_tag_that_blocks_has_the_operators_name_and_prefix(connect: Connect, service: Serving) -> None:
    registry = Registry(champion="8")
    registry.tag("7", "blocked", "somebody else's tag")
    registry.tag("7", "quarantine", "somebody else's tag")
    one = service(registry)
    connections = writer(connect, one, "blocked_tag: quarantine", ML_INCIDENT_MLFLOW_TAG_PREFIX="acme.")
    registry.tag("9", "acme.quarantine", "drifts")
    nine = connections.preview(ROLL_BACK, {**FACTS, "vars.last_good": "9"}, "8")
    assert "blocked: drifts" in str(connections.act(nine, "8").problem)
    assert connections.act(connections.preview(ROLL_BACK, FACTS, "8"), "8").done


def test_an_alias_that_was_not_there_can_be_made_and_is_taken_back_by_hand(connect: Connect, service: Serving) -> None:
    registry = Registry()
    connections = writer(connect, service(registry))
    action = step(mlflow={"alias": "fallback", "to": "7"})
    assert connections.read_before(action, FACTS) == Reading(None)
    acted = connections.act(connections.preview(action, FACTS, None), None)
    assert acted.said == "It was not there, and is 7 now."
    assert "delete it in MLflow by hand" in str(connections.undo(action, FACTS, None, "7").problem)


@pytest.mark.parametrize("missing", [{}, {"vars.last_good": "UNKNOWN"}])
def test_nothing_is_previewed_of_what_is_unknown(connect: Connect, service: Serving, missing: dict[str, str]) -> None:
    connections = writer(connect, service(Registry()))
    with pytest.raises(Unusable, match=r"\{vars.last_good\} is not known yet"):
        connections.preview(ROLL_BACK, {"model.name": "ranker", **missing}, "8")


def test_without_post_aliases_are_only_read(connect: Connect, service: Serving) -> None:
    one = service(Registry())
    connections = connect(MLFLOW_TRACKING_URI=one.url)
    assert connections.read_before(ROLL_BACK, FACTS) == Reading("8")
    with pytest.raises(Unusable, match="have the operator allow POST"):
        connections.preview(ROLL_BACK, FACTS, "8")


def test_what_was_approved_is_not_sent_once_the_operator_took_the_right_away_or_moved_the_server(
    connect: Connect, service: Serving
) -> None:
    one, other = service(Registry()), service(Registry())
    preview = writer(connect, one).preview(ROLL_BACK, FACTS, "8")
    moved = writer(connect, other).act(preview, "8")
    assert "leads to another place than when this was approved" in str(moved.problem)
    taken = connect(f"connections: {{mlflow: {{kind: mlflow, base_url: '{one.url}'}}}}").act(preview, "8")
    assert "allows GET, not POST" in str(taken.problem)
    assert one.writes == other.writes == []


def test_plain_requests_do_not_go_around_the_looks_at_a_version(connect: Connect, service: Serving) -> None:
    one = service(Registry())
    connections = writer(connect, one)
    call = HttpCall(
        connection="mlflow", method="POST", path=f"{API}/registered-models/alias", body={"alias": "champion"}
    )
    with pytest.raises(Unusable, match="move an alias instead"):
        connections.preview(call, FACTS, None)


def lost(registry: Registry, *, takes_effect: bool, dead: bool = False) -> Callable[[Asked], Told | None]:
    """A registry whose answer to the move never comes; and which then may be dead altogether."""
    state = {"dead": False}

    def answer(asked: Asked) -> Told | None:
        if state["dead"]:
            return None
        if asked.method == "POST":
            state["dead"] = dead
            if takes_effect:
                registry(asked)
            return None
        return registry(asked)

    return answer


def test_an_answer_that_got_lost_is_looked_for(connect: Connect, service: Serving) -> None:
    connections = writer(connect, service(lost(Registry(), takes_effect=True)))
    acted = connections.act(connections.preview(ROLL_BACK, FACTS, "8"), "8")
    assert (acted.done, acted.after, acted.said) == (True, "7", "It was 8, and is 7 now.")


@pytest.mark.parametrize(("dead", "after"), [(False, "8"), (True, None)])
def test_where_nobody_can_know_it_says_so(connect: Connect, service: Serving, dead: bool, after: str | None) -> None:
    connections = writer(connect, service(lost(Registry(), takes_effect=False, dead=dead)))
    acted = connections.act(connections.preview(ROLL_BACK, FACTS, "8"), "8")
    assert (acted.done, acted.sent, acted.after) == (None, True, after)
    assert "Whether it was done is not known: look there before you try again." in str(acted.problem)


@pytest.mark.parametrize("status", [401, 403])
def test_a_move_that_is_refused_is_told_with_what_to_do(connect: Connect, service: Serving, status: int) -> None:
    registry = Registry()
    one = service(lambda asked: Told(b"no", status=status) if asked.method == "POST" else registry(asked))
    connections = writer(connect, one)
    acted = connections.act(connections.preview(ROLL_BACK, FACTS, "8"), "8")
    assert (acted.done, acted.before, acted.after) == (False, "8", "8")
    assert "Give it READ" in str(acted.problem) or "credentials" in str(acted.problem)


def test_taking_a_move_back_points_the_alias_where_it_was(connect: Connect, service: Serving) -> None:
    registry = Registry(champion="7")
    one = service(registry)
    connections = writer(connect, one)
    assert connections.undo(ROLL_BACK, FACTS, "8", "7") == Acted(
        done=True, sent=True, before="7", after="8", said="It was 7, and is 8 now."
    )
    assert registry.aliases == {"champion": "8"}
    again = connections.undo(ROLL_BACK, FACTS, "8", "7")
    assert (again.done, again.sent) == (True, False)
    assert len(one.writes) == 1


def test_a_move_is_not_taken_back_over_what_somebody_did_since_nor_to_a_blocked_version(
    connect: Connect, service: Serving
) -> None:
    registry = Registry(champion="9")
    one = service(registry)
    connections = writer(connect, one)
    assert "It is 9 now, not 7" in str(connections.undo(ROLL_BACK, FACTS, "8", "7").problem)
    registry.aliases["champion"] = "7"
    registry.tag("8", "blocked", "it broke checkout")
    assert "Version 8 of ranker is blocked: it broke checkout." in str(
        connections.undo(ROLL_BACK, FACTS, "8", "7").problem
    )
    assert one.writes == []


# --- any other request ---


class Flags:
    """A service of flags: GET and PUT of a document."""

    def __init__(self, on: object = True) -> None:
        self.document: Any = {"on": on, "owner": "ana@example.com"}
        self.answer: Told | None = Told({"ok": True})

    def __call__(self, asked: Asked) -> Told | None:
        if asked.method == "GET":
            return Told(self.document)
        if self.answer is None or self.answer.status < 400:
            self.document = {**self.document, **asked.json}
        return self.answer


SWITCH_OFF: dict[str, Any] = {
    "http": {
        "connection": "flags",
        "method": "PUT",
        "path": "/flags/{model.name}",
        "body": {"on": False, "by": "{incident.id}"},
        "expect": {"pointer": "/ok", "value": "true"},
    },
    "before": {"path": "/flags/{model.name}", "pointer": "/on"},
    "undo": {
        "manual": "Switch it on.",
        "request": {"method": "PUT", "path": "/flags/{model.name}", "body": {"on": "{before}"}},
    },
}
OFF = step(**SWITCH_OFF)
ABOUT = {**FACTS, "incident.id": "INC-7"}


def flags(connect: Connect, one: Service, methods: str = "[GET, PUT, POST]") -> Connections:
    return connect(
        f"connections: {{flags: {{kind: http, paths: [/flags/], base_url: '{one.url}/api', methods: {methods}}}}}"
    )


def test_a_flag_is_switched_off_and_on_again_as_what_it_was(connect: Connect, service: Serving) -> None:
    answering = Flags()
    one = service(answering)
    connections = flags(connect, one)
    assert connections.read_before(OFF, ABOUT) == Reading("true")
    preview = stored(connections.preview(OFF, ABOUT, "true"))
    assert preview.text == 'PUT flags: /flags/ranker\n{"on": false, "by": "INC-7"}'
    assert preview.wanted == "false"
    assert connections.act(preview, "true") == Acted(
        done=True, sent=True, before="true", after="false", said="It was true, and is false now."
    )
    assert connections.act(preview, "true").said == "It is false already; nothing was sent."
    back = connections.undo(OFF, ABOUT, "true", "false")
    assert (back.done, back.after) == (True, "true")
    assert answering.document["on"] is True, "not the text"
    assert [asked.body for asked in one.writes] == [b'{"on": false, "by": "INC-7"}', b'{"on": true}']
    assert {asked.target for asked in one.writes} == {"/api/flags/ranker"}


def test_a_repeat_can_be_told_by_its_key(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(status=200))
    connections = flags(connect, one)
    post = step(http={"connection": "flags", "method": "POST", "path": "/flags/x"})
    first, second = (connections.preview(post, ABOUT, None) for _ in range(2))
    for preview in (first, stored(first), second):
        assert connections.act(preview, None).done
    keys = [asked.headers["Idempotency-Key"] for asked in one.writes]
    assert keys[0] == keys[1] != keys[2]
    assert not first.repeatable


def test_a_flag_that_was_changed_meanwhile_is_left_alone(connect: Connect, service: Serving) -> None:
    answering = Flags(on="half")
    one = service(answering)
    connections = flags(connect, one)
    acted = connections.act(connections.preview(OFF, ABOUT, "true"), "true")
    assert (acted.done, acted.sent, acted.after) == (False, False, "half")
    assert "It is half now, not true" in str(acted.problem)
    answering.document["on"] = 1
    assert "It is 1 now, not false" in str(connections.undo(OFF, ABOUT, "true", "false").problem)
    assert one.writes == []


@pytest.mark.parametrize(
    ("told", "takes_effect", "done"),
    [
        (Told({"ok": True}, status=200), False, None),  # it says yes, and did nothing
        (Told({"ok": False}, status=200), True, True),  # it says no, and did it: what is there counts
        (Told(b"", status=500), True, True),
        (Told(b"", status=500), False, None),
        (Told(b"", status=404), False, False),
        (Told(b"", status=409), False, False),
        (Told(b"", status=401), False, False),
        (Told(b"", status=302), False, None),
        (None, True, True),
        (None, False, None),
    ],
)
def test_what_is_there_afterwards_counts_and_not_what_the_service_says(
    connect: Connect, service: Serving, told: Told | None, takes_effect: bool, done: bool | None
) -> None:
    state = Flags()

    def answer(asked: Asked) -> Told | None:
        if asked.method == "GET":
            return Told(state.document)
        if takes_effect:
            state.document["on"] = False
        return told

    connections = flags(connect, service(answer))
    acted = connections.act(connections.preview(OFF, ABOUT, "true"), "true")
    assert acted.done is done
    assert (acted.problem is None) is (done is True)
    assert acted.before == "true"


@pytest.mark.parametrize(
    ("told", "done"),
    [
        (Told({"ok": True}), True),
        (Told({"ok": False}), None),
        (Told(b"", status=204), None),
        (Told(b"", status=400), False),
        (Told(b"", status=503), None),
        (None, None),
    ],
)
def test_without_a_value_to_look_at_the_answer_is_all_there_is(
    connect: Connect, service: Serving, told: Told | None, done: bool | None
) -> None:
    connections = flags(connect, service(lambda asked: told))
    without = step(http=SWITCH_OFF["http"])
    assert connections.read_before(without, ABOUT) == Reading(None)
    acted = connections.act(connections.preview(without, ABOUT, None), None)
    assert acted.done is done
    assert (acted.problem is None) is (done is True)


def test_a_service_that_is_down_is_told_as_nothing_sent(connect: Connect, service: Serving) -> None:
    one = service()
    connections = flags(connect, one)
    preview = connections.preview(step(http=SWITCH_OFF["http"]), ABOUT, None)
    gone = connect(
        "connections: {flags: {kind: http, base_url: 'http://127.0.0.1:1', methods: [PUT], paths: [/flags]}}"
    )
    acted = gone.act(preview.model_copy(update={"target": next(iter(gone)).target}), None)
    assert (acted.done, acted.sent) == (False, False)
    assert "cannot be reached" in str(acted.problem)


def test_a_value_that_cannot_be_kept_or_shown_is_not_read_for_an_action(connect: Connect, service: Serving) -> None:
    answering = Flags()
    connections = flags(connect, service(answering))
    for value in ({"deep": 1}, [1], "ana@example.com", "x" * 301, "two\nlines"):
        answering.document["on"] = value
        reading = connections.read_before(OFF, ABOUT)
        assert reading.value is None
        assert "Do this step by hand" in str(reading.problem)
        assert "ana@" not in str(reading.problem)


@pytest.mark.parametrize(("value", "before"), [(0.25, "0.25"), (3, "3"), ("3", "3"), (True, "true"), ("true", "true")])
def test_each_kind_of_value_goes_back_as_its_own_kind(
    connect: Connect, service: Serving, value: object, before: str
) -> None:
    answering = Flags(on=value)
    connections = flags(connect, service(answering))
    assert connections.read_before(OFF, ABOUT).value == before
    other: object = {bool: False, int: 5, float: 0.5, str: "other"}[type(value)]
    answering.document["on"] = other
    after = connections.read_before(OFF, ABOUT).value
    assert connections.undo(OFF, ABOUT, before, after).done
    assert answering.document["on"] == value
    assert type(answering.document["on"]) is type(value)


def test_what_may_not_be_sent_is_said_before_anybody_approves_it(connect: Connect, service: Serving) -> None:
    one = service(Flags())
    with pytest.raises(Unusable, match="allows GET, not PUT"):
        flags(connect, one, "[GET]").preview(OFF, ABOUT, "true")
    connections = flags(connect, one)
    with pytest.raises(Unusable, match="does not lead to /other"):
        connections.preview(HttpCall(connection="flags", method="PUT", path="/other"), ABOUT, None)
    with pytest.raises(Unusable, match="does not lead to /other"):
        connections.preview(step(**{**SWITCH_OFF, "before": {"path": "/other", "pointer": ""}}), ABOUT, None)
    with pytest.raises(Unusable, match="allows PUT, not GET"):
        flags(connect, one, "[PUT]").preview(OFF, ABOUT, None)
    assert one.asked == []


def test_nothing_is_sent_to_several_replicas(connect: Connect, service: Serving) -> None:
    one = service()
    connections = connect(
        f"connections: {{flags: {{kind: http, base_url: ['{one.url}', '{one.url}/b'], methods: [GET, PUT]}}}}"
    )
    with pytest.raises(Unusable, match="several replicas"):
        connections.preview(HttpCall(connection="flags", method="PUT", path="/"), ABOUT, None)


def test_an_undo_in_words_alone_is_done_by_hand(connect: Connect, service: Serving) -> None:
    one = service(Flags())
    words = step(**{**SWITCH_OFF, "undo": "Switch it on again."})
    undone = flags(connect, one).undo(words, ABOUT, "true", "false")
    assert (undone.done, undone.sent) == (False, False)
    assert "by hand" in str(undone.problem)


def test_an_undo_keeps_to_the_operators_paths_too(connect: Connect, service: Serving) -> None:
    one = service(Flags(on=False))
    request = {"method": "PUT", "path": "/elsewhere", "body": {"on": "{before}"}}
    sly = step(**{**SWITCH_OFF, "undo": {"manual": "x", "request": request}})
    assert "does not lead to /elsewhere" in str(flags(connect, one).undo(sly, ABOUT, "true", "false").problem)
    assert one.writes == []


def test_what_was_done_is_taken_back_even_if_the_words_of_the_playbook_mean_something_else_by_now(
    connect: Connect, service: Serving
) -> None:
    registry = Registry(champion="8")
    connections = writer(connect, service(registry))
    action = step(mlflow={"alias": "{vars.alias}", "to": "{vars.last_good}"})
    done = connections.preview(action, {**FACTS, "vars.alias": "champion"}, "8")
    assert connections.act(done, "8").done
    assert connections.undo(action, {"vars.alias": "other"}, "8", "7", done=stored(done)).done
    assert registry.aliases == {"champion": "8"}


def test_a_move_is_not_taken_back_on_another_server(connect: Connect, service: Serving) -> None:
    other = service(Registry(champion="7"))
    done = writer(connect, service(Registry())).preview(ROLL_BACK, FACTS, "8")
    assert "leads to another place by now" in str(
        writer(connect, other).undo(ROLL_BACK, FACTS, "8", "7", done=done).problem
    )
    assert other.asked == []


def test_a_flag_of_another_model_is_not_put_back(connect: Connect, service: Serving) -> None:
    one = service(Flags(on=False))
    connections = flags(connect, one)
    done = connections.preview(OFF, ABOUT, "true")
    undone = connections.undo(OFF, {**ABOUT, "model.name": "other"}, "true", "false", done=done)
    assert "What this playbook means has changed since" in str(undone.problem)
    assert one.asked == []


def test_long_values_are_cut_in_what_people_read(connect: Connect, service: Serving) -> None:
    connections = flags(connect, service(Flags(on="x" * 300)))
    acted = connections.act(connections.preview(OFF, ABOUT, "y" * 300), "y" * 300)
    assert len(str(acted.problem)) < 400
    assert acted.after == "x" * 300


def test_a_flag_is_taken_back_where_it_was_changed_and_nowhere_else(connect: Connect, service: Serving) -> None:
    one, other = service(Flags()), service(Flags(on=False))
    connections = flags(connect, one)
    done = connections.preview(OFF, ABOUT, "true")
    assert connections.act(done, "true").done
    elsewhere = flags(connect, other).undo(OFF, ABOUT, "true", "false", done=stored(done))
    assert "leads to another place" in str(elsewhere.problem)
    assert other.asked == []


def test_a_value_read_at_another_query_than_it_is_written_is_not_taken_for_the_same(
    connect: Connect, service: Serving
) -> None:
    connections = flags(connect, service(Flags()))
    elsewhere = {"path": "/flags/{model.name}", "pointer": "/on", "query": {"env": "test"}}
    assert connections.preview(step(**{**SWITCH_OFF, "before": elsewhere}), ABOUT, "true").wanted is None
