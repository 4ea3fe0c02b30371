"""What the workspace looks like from outside: the transcript, and who sees what."""

from __future__ import annotations

import pytest

from bot.sandbox.client import SandboxError, SandboxSlack
from tests.sandbox.boltbot import BoltBot, button, plain


def said(sandbox: SandboxSlack, since: int = 0) -> list[str]:
    """The transcript without its times."""
    return [line[17:] if line[:2] == "20" else line for line in sandbox.transcript(since)]


def test_the_transcript_tells_what_people_saw_in_their_words(sandbox: SandboxSlack, bot: BoltBot) -> None:
    since = len(sandbox.transcript())
    ana = sandbox.person("ana")
    ana.command("hello")
    when = "<!date^1774958700^{date_num} {time}|later>"
    blocks = [
        {"type": "header", "text": plain("SEV2")},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{ana.id}> &amp; <#C04PAYMENT> at {when}"}},
        {"type": "actions", "elements": [button("Done", "done"), button("Again", "again")]},
    ]
    ts = bot.client.chat_postMessage(channel="C01GENERAL", text="SEV2", blocks=blocks)["ts"]
    bot.client.chat_postEphemeral(channel="C01GENERAL", user=ana.id, text="Only for you")
    sandbox.person("lee").react("general", ts, "eyes")
    blocks[0] = {"type": "header", "text": plain("SEV1")}
    bot.client.chat_update(channel="C01GENERAL", ts=ts, text="SEV1", blocks=blocks)
    bot.client.pins_add(channel="C01GENERAL", timestamp=ts)
    bot.client.bookmarks_add(channel_id="C01GENERAL", title="Runbook", type="link", link="https://example.com")
    ana.command("form")
    ana.fill_and_submit({"model": "home-recs", "what": "stale"})
    assert said(sandbox, since) == [
        "Ana Moreau types /ml-incident hello in #general",
        "#general (only Ana Moreau sees) ml-incident: Hello @Ana Moreau",
        "#general ml-incident: SEV2",
        "    @Ana Moreau & #payments at 2026-03-31 12:05",
        "    [Done] [Again]",
        "#general (only Ana Moreau sees) ml-incident: Only for you",
        "#general Lee Okafor reacts :eyes:",
        "#general ml-incident (edited): SEV1",
        "#general ml-incident pins a message",
        "#general bookmark: Runbook",
        "Ana Moreau types /ml-incident form in #general",
        "Ana Moreau sees the form “Open an incident”",
        "    Tell us",
        "    [More]",
        "    Model: [...]",
        "    What is wrong: [...]",
        "    Severity: [sev2]",
        "    Lead (optional): [...]",
        "    Flags (optional): [private | drill]",
        "    Due (optional): [...]",
        "Ana Moreau submits “Open an incident”: Model = home-recs; What is wrong = stale; Severity = sev2",
    ]


def test_a_private_channel_does_not_exist_for_others(sandbox: SandboxSlack, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="inc-1-secret", is_private=True)["channel"]["id"]
    bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    ts = sandbox.person("ana").say("inc-1-secret", "between us")
    for act in (
        lambda: sandbox.person("lee").join("inc-1-secret"),
        lambda: sandbox.person("lee").say("inc-1-secret", "hello?"),
        lambda: sandbox.person("lee").react("inc-1-secret", ts, "eyes"),
        lambda: sandbox.person("lee").command("hello", "inc-1-secret"),
    ):
        with pytest.raises(SandboxError, match="can see no channel called"):
            act()
    assert sandbox.channel("inc-1-secret")["is_private"]
    assert sandbox.person("ana").command("hello", "inc-1-secret").ok
    assert bot.interactions[-1]["channel_name"] == "privategroup"


def test_people_change_only_what_is_theirs(sandbox: SandboxSlack) -> None:
    ts = sandbox.person("ana").say("general", "mine")
    with pytest.raises(SandboxError, match="Lee Okafor did not write that message"):
        sandbox.person("lee").edit("general", ts, "yours")
    sandbox.person("lee").react("general", ts, "eyes")
    with pytest.raises(SandboxError, match="already_reacted"):
        sandbox.person("lee").react("general", ts, "eyes")
    with pytest.raises(SandboxError, match="people cannot dance"):
        sandbox.person("lee")._do("dance")


def test_messages_files_channels_and_calls_can_be_looked_at(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana@example.com")
    parent = ana.say("general", "hello")
    reply = ana.say("general", "again", thread_ts=parent)
    assert [message["ts"] for message in sandbox.messages("#general", thread_ts=parent)] == [parent, reply]
    bot.client.files_getUploadURLExternal(filename="never-sent.md", length=8)
    bot.client.files_upload_v2(channel="C01GENERAL", content="# Review", filename="review.md", title="Review")
    [file] = sandbox.files()
    assert (file["name"], sandbox.file_text(file["id"])) == ("review.md", "# Review")
    assert any("[file: review.md]" in line for line in sandbox.transcript())
    assert sandbox.channel("general")["name"] == "general"
    assert "ml-ownership" in [channel["name"] for channel in sandbox.channels()]
    calls = sandbox.calls()
    assert calls[-1]["method"] == "files.completeUploadExternal"
    assert sandbox.calls(since=calls[-1]["n"]) == []
    with pytest.raises(SandboxError, match="no such file"):
        sandbox.file_text("F404")
