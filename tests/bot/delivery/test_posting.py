"""What is said is said once and in order, whatever happens to the calls."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot import effects
from bot.effects import Effect
from storage import outbox
from tests.bot.delivery.world import ANA, World, abandon, section


def words() -> str:
    return f"said {uuid.uuid4().hex[:8]}"


def opened(world: World) -> int:
    """An incident with its channel and its announcement, nothing owed any more."""
    number = world.open("steady")
    world.settled()
    return number


def test_facts_keep_their_order(world: World) -> None:
    with world.working():
        number = opened(world)
        for at in range(8):
            world.owe(effects.SayInIncident(incident_id=number, text=f"fact {at}"))
        world.settled()
    facts = [text for text in world.texts(world.channel(number)) if text.startswith("fact")]
    assert facts == [f"fact {at}" for at in range(8)]


def test_a_message_whose_answer_was_lost_is_not_posted_twice(world: World) -> None:
    text = words()
    with world.working():
        number = opened(world)
        thread = world.incident(number).announcement_ts
        owed: list[Effect] = [
            effects.SayInIncident(incident_id=number, text=text),
            effects.SayToStakeholders(incident_id=number, text=text, blocks=section(text)),
            effects.SayInDigestChannel(name=text, text=text),
            effects.Tell(user=ANA, text=text),
        ]
        world.slack.fault("chat.postMessage", "drop_after", times=len(owed))
        for effect in owed:
            world.owe(effect)
        world.settled()
    assert len(world.calls("chat.postMessage")) == 3 + len(owed)
    assert world.texts(world.channel(number)).count(text) == 1
    assert [one["text"] for one in world.said("ml-incidents", thread_ts=thread)[1:]] == [text]
    assert world.texts("ml-ownership").count(text) == 1
    assert [one["text"] for one in world.slack.person("ana").dms()].count(text) == 1


def test_every_call_of_an_opening_may_lose_its_answer_once(world: World) -> None:
    methods = ["conversations.create", "conversations.invite", "conversations.setTopic", "pins.add"]
    for method in [*methods, "users.conversations", "auth.test"]:
        world.slack.fault(method, "drop_after")
    world.slack.fault("chat.postMessage", "drop_after", times=3)
    with world.working():
        number = world.open("lossy", users=(ANA,))
        world.settled(20)
    assert set(world.states()) == {"done"}
    title = world.incident(number).title.replace(" ", "-")
    assert len([channel for channel in world.slack.channels() if title in channel["name"]]) == 1
    assert sorted(text.split(" ")[0] for text in world.texts(world.channel(number))) == ["card", "step"]
    assert len(world.announcements(number)) == 1
    assert ANA in world.slack.channel(world.channel(number))["members"]


def test_a_429_is_waited_out_and_does_not_count_as_an_attempt(world: World) -> None:
    text = words()
    with world.working():
        number = opened(world)
        world.slack.fault("chat.postMessage", "ratelimited", retry_after=2)
        world.owe(effects.SayInIncident(incident_id=number, text=text))
        world.settled()
    refused, done = world.calls("chat.postMessage")[-2:]
    assert refused["error"] == "ratelimited"
    assert done["at"] - refused["at"] >= 2
    assert world.effects("SayInIncident")[0].attempts == 1
    assert world.calls("conversations.history") == []


@pytest.mark.parametrize("kind", ["server_error", "bad_gateway", "drop_before", "error:fatal_error"])
def test_trouble_of_slack_is_waited_out(world: World, kind: str) -> None:
    text = words()
    with world.working() as worker:
        number = opened(world)
        world.slack.fault("chat.postMessage", kind)
        world.owe(effects.SayInIncident(incident_id=number, text=text))
        world.settled()
        world.slack.wait_for(lambda: worker.counts.later["SayInIncident"] == 1)
        world.slack.wait_for(lambda: worker.counts.done["SayInIncident"] == 1)
    assert world.texts(world.channel(number)).count(text) == 1


def test_a_fact_that_slack_refuses_frees_the_next(world: World) -> None:
    with world.working() as worker:
        number = opened(world)
        wrong = [{"type": "nonsense"}]
        world.owe(effects.SayInIncident(incident_id=number, text="first", blocks=wrong))
        world.owe(effects.SayInIncident(incident_id=number, text="second"))
        world.settled()
        world.slack.wait_for(lambda: worker.counts.dead["SayInIncident"] == 1)
    assert world.states("SayInIncident") == ["dead", "done"]
    error = world.effects("SayInIncident")[0].error or ""
    assert error.startswith("Slack did not accept how the message is laid out (chat.postMessage: invalid_blocks")
    assert world.texts(world.channel(number))[-1] == "second"


def test_a_dead_effect_blocks_what_needs_it_until_an_operator_retries(world: World) -> None:
    world.slack.fault("conversations.create", "error:restricted_action")
    with world.working():
        number = world.open("blocked")
        world.slack.wait_for(lambda: world.states("Tell") == ["done"])
        assert world.states("CreateChannel") == ["dead"]
        assert world.states("DrawCard") == ["owed"]
        told = world.slack.person("ana").dms()[-1]["text"]
        assert f"INC-{number} is open, but its channel could not be created" in told
        assert "restricted_action" not in told
        with world.storage.transaction() as tx:
            outbox.retry(tx, None, now=world.effects()[0].owed_at)
        world.settled()
    assert world.channel(number)


@contextmanager
def response_url() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """An address that takes answers to a click, and what it was sent."""
    sent: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/respond", sent
        server.shutdown()


def test_an_answer_to_a_click_is_tried_once(world: World) -> None:
    with response_url() as (url, sent):
        with world.working():
            world.owe(effects.Answer(response_url=url, text="new", replace=True, blocks=section("new")))
            world.settled()
        world.owe(effects.Answer(response_url=url, text="half sent"))
        abandon(world, lease_s=0.1)
        with world.working():
            world.settled()
        assert sent == [{"text": "new", "blocks": section("new"), "replace_original": True}]


def test_an_answer_that_comes_too_late_is_let_go(world: World) -> None:
    gone = f"{world.slack.base_url}/respond/nobody"
    with world.working():
        world.owe(effects.Answer(response_url=gone, text="too late"))
        world.owe(effects.Answer(response_url="http://127.0.0.1:9/closed", text="no answer"))
        world.settled()
    assert world.states("Answer") == ["done", "done"]


def test_a_fact_for_stakeholders_is_said_beside_an_announcement_that_was_deleted(world: World) -> None:
    with world.working():
        number = opened(world)
        text = words()
        world.change(number, announcement_ts="1700000000.000100")
        world.owe(effects.SayToStakeholders(incident_id=number, text=text))
        world.settled()
    assert world.texts("ml-incidents").count(text) == 1


def test_a_kind_of_effect_from_a_newer_version_waits(world: World) -> None:
    with world.storage.transaction() as tx:
        outbox.owe(tx, kind="FromTheFuture", key="x", payload={}, now=datetime.now(UTC))
    with world.working() as worker:
        world.slack.wait_for(lambda: worker.counts.later["FromTheFuture"] == 1)
    assert world.states() == ["owed"]
