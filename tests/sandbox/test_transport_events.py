"""Events on their way to a real Bolt app: which ones, in what shape, signed, repeated, retried and many at once."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from tests.sandbox.boltbot import BoltBot, over_http, over_socket


def test_what_people_do_in_the_bots_channels_reaches_it(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    ana, lee = sandbox.person("ana"), sandbox.person("lee")
    parent = ana.say("general", "scores are all zero")
    reply = lee.say("general", "since 14:05", thread_ts=parent)
    lee.react("general", reply, "pushpin")
    lee.unreact("general", reply, "pushpin")
    ana.edit("general", parent, "scores are all zero in the EU")
    lee.delete("general", reply)
    sandbox.wait_for(lambda: len(either_bot.heard("message")) == 4 and either_bot.heard("reaction_removed"))
    by_subtype = {event.get("subtype", event.get("thread_ts")): event for event in either_bot.heard("message")}
    assert by_subtype[None]["text"] == "scores are all zero"
    assert by_subtype[parent]["ts"] == reply
    assert by_subtype["message_changed"]["message"]["text"] == "scores are all zero in the EU"
    assert by_subtype["message_deleted"]["deleted_ts"] == reply
    added = either_bot.heard("reaction_added")[0]
    assert added["item"] == {"type": "message", "channel": "C01GENERAL", "ts": reply}
    assert (added["user"], added["item_user"], added["reaction"]) == (lee.id, lee.id, "pushpin")


def test_the_bot_hears_nothing_of_channels_that_it_is_not_in(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.say("payments", "not for the bot")
    ana.say("general", "for the bot")
    sandbox.wait_for(lambda: bot.heard("message"))
    sandbox.wait_for(lambda: sandbox.state()["pending"] == 0)
    assert [event["text"] for event in bot.heard("message")] == ["for the bot"]


def test_the_bot_hears_only_what_its_app_subscribes_to(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.configure(events=["message.channels"])
    ts = sandbox.person("ana").say("general", "hello")
    sandbox.person("ana").react("general", ts, "eyes")
    sandbox.wait_for(lambda: bot.heard("message") and sandbox.state()["pending"] == 0)
    assert bot.heard("reaction_added") == []


def test_the_bot_hears_nothing_that_its_scopes_do_not_allow(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.configure(scopes=["channels:history", "channels:read"])
    ts = sandbox.person("ana").say("general", "hello")
    sandbox.person("ana").react("general", ts, "eyes")
    ana = sandbox.person("ana")
    ana.say(ana.dm_channel(), "a word in private")
    sandbox.wait_for(lambda: bot.heard("message") and sandbox.state()["pending"] == 0)
    assert [event["text"] for event in bot.heard("message")] == ["hello"]
    assert bot.heard("reaction_added") == []


def test_speaking_to_the_bot_is_a_mention_and_a_message(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.person("ana").say("general", "@ml-incident are you there?")
    heard = sandbox.wait_for(lambda: bot.heard("app_mention"))
    assert heard[0]["text"] == "<@U00MLINCB> are you there?"
    sandbox.wait_for(lambda: bot.heard("message"))


def test_joining_and_leaving_are_heard(sandbox: SandboxSlack, bot: BoltBot) -> None:
    bot.client.conversations_create(name="inc-1")
    sandbox.person("ana").join("inc-1")
    joined = sandbox.wait_for(
        lambda: [event for event in bot.heard("member_joined_channel") if event["user"] == "U01ANAMOR"]
    )
    assert joined[0]["channel"] == sandbox.channel("inc-1")["id"]
    sandbox.person("ana").leave("inc-1")
    assert "U01ANAMOR" not in sandbox.channel("inc-1")["members"]


def test_a_direct_message_with_the_bot_is_heard_as_one(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.say(ana.dm_channel(), "help")
    heard = sandbox.wait_for(lambda: bot.heard("message"))
    assert (heard[0]["channel_type"], heard[0]["text"]) == ("im", "help")
    bot.client.chat_postMessage(channel=ana.dm_channel(), text="Here I am")
    assert [message["text"] for message in ana.dms()] == ["help", "Here I am"]


def test_a_repeated_event_keeps_its_id(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    sandbox.configure(deliveries=3)
    sandbox.person("ana").say("general", "once")
    sandbox.wait_for(lambda: len(either_bot.events) == 3)
    assert len({body["event_id"] for body in either_bot.events}) == 1


def test_an_event_that_fails_is_sent_again_with_slacks_headers(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.configure(retry_delays_s=[0, 0.1, 0.1])
    bot.refuse_events = 2
    sandbox.person("ana").say("general", "insist")
    sandbox.wait_for(lambda: len(bot.events) == 3)
    assert len({body["event_id"] for body in bot.events}) == 1
    assert [retry.get("x-slack-retry-num") for retry in bot.retries] == [None, "1", "2"]
    assert bot.retries[1]["x-slack-retry-reason"] == "http_error"


def test_an_event_is_given_up_after_three_retries(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.configure(retry_delays_s=[0, 0.05, 0.05])
    bot.refuse_events = 10
    sandbox.person("ana").say("general", "in vain")
    sandbox.wait_for(lambda: len(bot.events) == 4 and sandbox.state()["pending"] == 0)
    assert [one["attempt"] for one in sandbox.deliveries()] == [0, 1, 2, 3]


def test_events_wait_for_a_bot_that_comes_back(sandbox: SandboxSlack) -> None:
    sandbox.configure(retry_delays_s=[0, 1, 1])
    sandbox.person("ana").say("general", "while the bot was away")
    with over_socket(sandbox) as bot:
        heard = sandbox.wait_for(lambda: bot.heard("message"))
    assert heard[0]["text"] == "while the bot was away"


def test_events_do_not_wait_for_one_another(sandbox: SandboxSlack, bot: BoltBot) -> None:
    bot.event_takes_s = 0.5
    ana = sandbox.person("ana")
    began = time.monotonic()
    for number in range(40):
        ana.say("general", f"message {number}")
    sandbox.wait_for(lambda: sandbox.state()["pending"] == 0, timeout=10)
    assert len(bot.events) == 40
    assert time.monotonic() - began < 5  # one after the other they would take twenty seconds


def test_a_hundred_events_a_second_are_delivered(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    began = time.monotonic()
    for number in range(100):
        ana.say("general", f"message {number}")
    said_in = time.monotonic() - began
    sandbox.wait_for(lambda: sandbox.state()["pending"] == 0, timeout=10)
    assert {one["status"] for one in sandbox.deliveries()} == {200}
    assert len({body["event_id"] for body in bot.events}) == 100
    assert time.monotonic() - began < said_in + 3


def test_a_socket_wins_over_http_and_http_takes_over_when_it_closes(sandbox: SandboxSlack) -> None:
    with over_http(sandbox) as http_bot:
        with over_socket(sandbox) as socket_bot:
            assert sandbox.person("ana").command("hello").ok
            assert (len(socket_bot.interactions), len(http_bot.interactions)) == (1, 0)
        assert sandbox.person("ana").command("hello").ok
        assert len(http_bot.interactions) == 1


def test_a_socket_survives_slacks_refresh(sandbox: SandboxSlack) -> None:
    with over_socket(sandbox) as bot:
        opened = [call for call in sandbox.calls() if call["method"] == "apps.connections.open"]
        sandbox.refresh_sockets()
        sandbox.wait_for(
            lambda: len([c for c in sandbox.calls() if c["method"] == "apps.connections.open"]) > len(opened)
        )
        sandbox.wait_for(lambda: sandbox.state()["sockets"])
        assert sandbox.person("ana").command("hello").ok
        assert len(bot.interactions) == 1


@pytest.fixture
def recorder() -> Any:
    """A bare HTTP server that keeps what it is sent, to look at the bytes."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            """Tests print nothing for each request."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield got, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_requests_are_signed_on_real_time_whatever_the_workspaces_clock(
    sandbox: SandboxSlack, recorder: tuple[list[tuple[dict[str, str], bytes]], str]
) -> None:
    got, url = recorder
    sandbox.configure(events_url=url)
    assert sandbox.advance(86_400)["offset"] == 86_400
    assert sandbox.person("ana").command("hello world").ok
    headers, body = got[0]
    stamp = headers["X-Slack-Request-Timestamp"]
    signed = hmac.new(b"sandbox-signing-secret", f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={signed}"
    assert abs(int(stamp) - time.time()) < 5
    assert b"command=%2Fml-incident&text=hello+world" in body


def test_the_workspaces_clock_moves_what_people_see(sandbox: SandboxSlack) -> None:
    sandbox.advance(3 * 86_400)
    ts = sandbox.person("ana").say("general", "three days later")
    assert float(ts) - time.time() > 3 * 86_400 - 60
    assert abs(sandbox.clock()["now"] - time.time() - 3 * 86_400) < 5
