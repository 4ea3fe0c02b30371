"""Socket Mode stays connected, or comes back."""

from __future__ import annotations

import threading

from bot.sandbox.client import SandboxSlack
from storage.transaction import Storage
from tests.bot.serving.tiny import serve_tiny, written


def test_it_follows_when_slack_asks_to_reconnect(slack: SandboxSlack, kept: Storage) -> None:
    with serve_tiny(slack, kept, over="socket"):
        ana = slack.person("ana")
        assert ana.command("note before").ok
        slack.refresh_sockets()
        slack.wait_for(lambda: ana.command("note after").ok)
        assert ana.command("note later").text == "noted: later"


def test_it_connects_once_slack_lets_it(slack: SandboxSlack, kept: Storage) -> None:
    slack.fault("apps.connections.open", "server_error", times=2)
    with serve_tiny(slack, kept, over="socket"):
        assert slack.person("ana").command("note at last").text == "noted: at last"


def test_what_is_being_answered_when_it_stops_is_answered(slack: SandboxSlack, kept: Storage) -> None:
    replies = []
    with serve_tiny(slack, kept, over="socket") as bot:
        bot.heard.gate = threading.Event()
        typing = threading.Thread(target=lambda: replies.append(slack.person("ana").command("note last words")))
        typing.start()
        slack.wait_for(kept._writers.locked)  # it is in the middle of its transaction
        threading.Timer(0.3, bot.heard.gate.set).start()
    typing.join(5)
    assert replies[0].text == "noted: last words"
    assert written(kept) == 1
