"""Socket Mode frame by frame: what Slack says over the socket, and what happens when it breaks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from websockets.sync.client import ClientConnection, connect

from bot.sandbox.client import Reply, SandboxSlack


@pytest.fixture
def socket(sandbox: SandboxSlack) -> Iterator[ClientConnection]:
    """A bare WebSocket where the bot's would be, after `hello`."""
    app = WebClient("xapp-sandbox", base_url=sandbox.api_url)
    with connect(app.apps_connections_open(app_token="xapp-sandbox")["url"], proxy=None) as opened:
        hello = json.loads(opened.recv(timeout=5))
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"]["app_id"] == "A00MLINCB"
        yield opened


class Typed:
    """A command that somebody types while the test answers for the bot."""

    def __init__(self, sandbox: SandboxSlack) -> None:
        self.replies: list[Reply] = []
        person = sandbox.person("ana")
        self._thread = threading.Thread(target=lambda: self.replies.append(person.command("hello")))
        self._thread.start()

    def reply(self) -> Reply:
        self._thread.join(10)
        return self.replies[0]


def receive(socket: ClientConnection) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(socket.recv(timeout=5))
    return envelope


def test_a_command_is_an_envelope_whose_acknowledgement_carries_the_answer(
    sandbox: SandboxSlack, socket: ClientConnection
) -> None:
    typed = Typed(sandbox)
    envelope = receive(socket)
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["command"] == "/ml-incident"
    socket.send("what Slack cannot read, it ignores")
    socket.send(json.dumps({"envelope_id": "of somebody else"}))
    socket.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": "by hand"}}))
    assert typed.reply().text == "by hand"


def test_an_event_that_is_not_acknowledged_is_sent_again_in_a_new_envelope(
    sandbox: SandboxSlack, socket: ClientConnection
) -> None:
    sandbox.configure(retry_delays_s=[0])
    sandbox.person("ana").say("general", "hello")
    first, second = receive(socket), receive(socket)
    assert (first["type"], first["accepts_response_payload"]) == ("events_api", False)
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert (first["retry_reason"], second["retry_reason"]) == ("", "timeout")
    assert first["envelope_id"] != second["envelope_id"]
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    socket.send(json.dumps({"envelope_id": second["envelope_id"]}))
    sandbox.wait_for(lambda: sandbox.state()["pending"] == 0)


def test_a_socket_that_closes_in_the_middle_of_a_command_fails_it_at_once(
    sandbox: SandboxSlack, socket: ClientConnection
) -> None:
    typed = Typed(sandbox)
    receive(socket)
    socket.close()
    reply = typed.reply()
    assert (reply.ok, reply.error) == (False, "dispatch_failed")
    assert reply.ms < 2000
