"""The page's stream: what changed is told, soon, and nothing else."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from bot.sandbox.client import SandboxSlack
from tests.sandbox.boltbot import BoltBot

Json = dict[str, Any]


class Stream:
    """An open page, as its script sees the workspace."""

    def __init__(self) -> None:
        self.patches: Queue[Json] = Queue()

    def next(self, timeout: float = 5.0) -> Json:
        return self.patches.get(timeout=timeout)

    def until(self, region: str, words: str, timeout: float = 5.0) -> Json:
        """The first patch that puts these words into a region whose id begins so."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            try:
                patch = self.next(left)
            except Empty:
                break
            if any(name.startswith(region) and words in html for name, html in patch["set"].items()):
                return patch
        raise AssertionError(f"{words} never came")


@contextmanager
def watching(sandbox: SandboxSlack, **query: str) -> Iterator[Stream]:
    """Ana's page in #general; it closes as a browser's tab does."""
    where = urlsplit(sandbox.base_url)
    stream, connection = Stream(), http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.request("GET", "/live?" + urlencode({"as": "ana", "channel": "general", **query}))
    answer = connection.getresponse()
    ours = connection.sock

    def read() -> None:
        with suppress(OSError, ValueError, http.client.HTTPException):
            for line in answer:
                if line.startswith(b"data: "):
                    stream.patches.put(json.loads(line.removeprefix(b"data: ")))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield stream
    finally:
        with suppress(OSError):
            ours.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        connection.close()


def test_the_first_patch_tells_everything_and_the_next_only_what_changed(sandbox: SandboxSlack) -> None:
    sandbox.person("lee").say("general", "before")
    with watching(sandbox) as stream:
        first = stream.next()
        assert {"sidebar", "about", "modal", "clock", "switches"} <= first["set"].keys()
        assert first["heard"] == ""
        ts = sandbox.person("lee").say("general", "now")
        patch = stream.next()
        name = f"m-{ts.replace('.', '-')}"
        assert set(patch["set"]) == {name}
        assert patch["order"]["messages"][-1] == name
        assert patch["heard"] == "Lee Okafor: now"


def test_edits_reactions_and_deletions_arrive(sandbox: SandboxSlack) -> None:
    lee = sandbox.person("lee")
    ts = lee.say("general", "first")
    with watching(sandbox) as stream:
        stream.next()
        lee.edit("general", ts, "second")
        stream.until("m-", "second")
        lee.react("general", ts, "eyes")
        stream.until("m-", "eyes, 1: Lee Okafor")
        lee.delete("general", ts)
        patch = stream.next()
        assert f"m-{ts.replace('.', '-')}" not in patch["order"]["messages"]


def test_what_only_one_person_sees_reaches_only_their_page(sandbox: SandboxSlack, bot: BoltBot) -> None:
    with watching(sandbox) as ana, watching(sandbox, **{"as": "lee"}) as lee:
        ana.next()
        lee.next()
        sandbox.person("ana").command("hello")
        assert "Only visible to you" in str(ana.until("m-", "Hello")["set"])
        sandbox.person("kim").say("general", "for all")
        assert "Hello" not in str(lee.until("m-", "for all"))


def test_a_form_opens_and_closes_on_the_page(sandbox: SandboxSlack, bot: BoltBot) -> None:
    with watching(sandbox) as stream:
        stream.next()
        ana = sandbox.person("ana")
        ana.command("form")
        stream.until("modal", "<dialog")
        ana.close_view()
        stream.until("modal", "hidden")


def test_a_thread_is_live(sandbox: SandboxSlack) -> None:
    lee = sandbox.person("lee")
    root = lee.say("general", "root")
    with watching(sandbox, thread=root) as stream:
        assert stream.next()["order"]["thread-messages"] == [f"t-{root.replace('.', '-')}"]
        lee.say("general", "reply", root)
        patch = stream.until("t-", "reply")
        assert len(patch["order"]["thread-messages"]) == 2


def test_a_page_of_a_channel_that_one_is_removed_from_is_sent_away(sandbox: SandboxSlack, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="inc-9-secret", is_private=True)["channel"]["id"]
    bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    with watching(sandbox, channel=channel) as stream:
        stream.next()
        sandbox.person("ana").leave(channel)
        assert "can see no channel" in stream.next()["gone"]


def test_a_closed_page_is_forgotten(sandbox: SandboxSlack) -> None:
    with watching(sandbox) as stream:
        stream.next()
        assert sandbox.watchers() == 1
    sandbox.wait_for(lambda: sandbox.watchers() == 0 or None)


@pytest.mark.timeout(60)
def test_with_200_channels_and_5000_messages_a_new_one_still_comes_at_once(sandbox: SandboxSlack, bot: BoltBot) -> None:
    for number in range(200):
        channel = bot.client.conversations_create(name=f"place-{number}")["channel"]["id"]
        bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    lee = sandbox.person("lee")
    for number in range(5000):
        lee.say("general", f"message {number}")
    page = httpx.get(sandbox.base_url, params={"as": "ana"}, timeout=10).text
    assert "message 4999" in page
    assert "message 4900" not in page
    assert "Earlier messages" in page
    with watching(sandbox) as stream:
        stream.next()
        assert stream.patches.empty()
        lee.say("general", "the newest")
        assert len(stream.until("m-", "the newest")["set"]) == 1
