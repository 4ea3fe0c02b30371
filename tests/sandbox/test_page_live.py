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
from urllib.parse import parse_qs, urlencode, urlsplit

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


def test_an_answer_that_only_one_person_sees_is_heard_by_them(sandbox: SandboxSlack, bot: BoltBot) -> None:
    with watching(sandbox) as ana, watching(sandbox, **{"as": "lee"}) as lee:
        ana.next()
        lee.next()
        sandbox.person("ana").command("hello")
        assert "Hello @Ana Moreau" in ana.until("m-", "Hello")["heard"]
        sandbox.person("kim").say("general", "for all")
        assert lee.until("m-", "for all")["heard"] == "Kim Tanaka: for all"


def test_an_old_message_that_comes_back_into_sight_is_not_heard_as_news(sandbox: SandboxSlack) -> None:
    kim = sandbox.person("kim")
    said = [kim.say("general", f"word {number}") for number in range(70)]
    with watching(sandbox) as stream:
        stream.next()
        kim.delete("general", said[-1])
        patch = stream.next()
        assert any("word 9" in html for html in patch["set"].values())
        assert patch["heard"] == ""


def test_a_private_channel_is_named_to_outsiders_neither_aloud_nor_in_a_pin(
    sandbox: SandboxSlack, bot: BoltBot
) -> None:
    channel = bot.client.conversations_create(name="inc-8-secret", is_private=True)["channel"]["id"]
    with watching(sandbox) as stream:
        stream.next()
        ts = bot.client.chat_postMessage(channel="C01GENERAL", text=f"see <#{channel}>\nor `<#{channel}>`")["ts"]
        patch = stream.until("m-", "a private channel")
        assert patch["heard"] == "ml-incident: see a private channel or a private channel"
        assert "inc-8-secret" not in str(patch)
        bot.client.pins_add(channel="C01GENERAL", timestamp=ts)
        pins = stream.until("about", "1 pinned")["set"]["about"]
        assert "see a private channel" in pins
        assert "inc-8-secret" not in pins
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"```now in <#{channel}>```"}}]
        bot.client.api_call("chat.postMessage", json={"channel": "C01GENERAL", "blocks": blocks})
        patch = stream.until("m-", "now in")
        assert patch["heard"] == "ml-incident: a message"
        assert "inc-8-secret" not in str(patch)


def test_a_channel_is_called_by_the_name_it_has_now(sandbox: SandboxSlack, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="old-name", is_private=True)["channel"]["id"]
    bot.client.chat_postMessage(channel="C01GENERAL", text=f"see <#{channel}>")
    with watching(sandbox) as stream:
        stream.until("m-", "a private channel")
        bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
        stream.until("m-", "#old-name")
        bot.client.conversations_rename(channel=channel, name="new-name")
        stream.until("m-", "#new-name")
        sandbox.person("ana").leave(channel)
        stream.until("m-", "a private channel")


def test_what_an_app_hangs_below_a_message_is_drawn_anew_when_it_changes(sandbox: SandboxSlack, bot: BoltBot) -> None:
    below = [{"text": f"see {word}", "fallback": word} for word in ("before", "after")]
    ts = bot.client.chat_postMessage(channel="C01GENERAL", text="Report", attachments=below[:1])["ts"]
    with watching(sandbox) as stream:
        stream.until("m-", "see before")
        sandbox.person("lee").say("general", "meanwhile")
        stream.until("m-", "meanwhile")
        bot.client.chat_update(channel="C01GENERAL", ts=ts, text="Report", attachments=below[1:])
        stream.until("m-", "see after")


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


def test_a_page_whose_channel_is_gone_leads_the_same_person_elsewhere(sandbox: SandboxSlack, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="inc-9-secret", is_private=True)["channel"]["id"]
    bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    with watching(sandbox, channel=channel) as stream:
        stream.next()
        sandbox.person("ana").leave(channel)
        last = stream.next()
        assert last["gone"] == "Ana Moreau can see no channel here"
        assert parse_qs(urlsplit(last["go"]).query) == {
            "as": ["U01ANAMOR"],
            "channel": ["C01GENERAL"],
            "said": [last["gone"]],
        }


def test_a_page_whose_thread_is_deleted_stays_in_the_channel(sandbox: SandboxSlack) -> None:
    lee = sandbox.person("lee")
    root = lee.say("payments", "root")
    with watching(sandbox, channel="payments", thread=root) as stream:
        stream.next()
        lee.delete("payments", root)
        go = parse_qs(urlsplit(stream.next()["go"]).query)
        assert (go["as"], go["channel"]) == (["U01ANAMOR"], ["C04PAYMENT"])
        assert "thread" not in go


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


def test_whoever_is_brought_into_a_channel_may_write_there_at_once(sandbox: SandboxSlack) -> None:
    lucia = sandbox.person("lucia")
    with watching(sandbox, **{"as": "lucia", "channel": "payments"}) as stream:
        stream.until("composing", "is not in #payments")
        lucia.join("payments")
        stream.until("composing", 'id="composer"')
        lucia.leave("payments")
        stream.until("composing", "Join the channel")
