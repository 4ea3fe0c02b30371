"""Slack's own SDK finds in the small Slack what it finds in the real one."""

from __future__ import annotations

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, SectionBlock

from bot.sandbox.client import SandboxSlack


@pytest.fixture
def client(sandbox: SandboxSlack) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=f"{sandbox.base_url}/api/", retry_handlers=[])


def test_an_incident_is_opened_with_the_sdk(client: WebClient) -> None:
    channel = client.conversations_create(name="inc-1-fraud-scorer")["channel"]["id"]
    invited = client.conversations_invite(channel=channel, users=["U01ANAMOR", "U19SAMDOY"], force=True)
    assert invited["errors"] == [{"user": "U19SAMDOY", "ok": False, "error": "cant_invite"}]
    blocks = [
        HeaderBlock(text="SEV2 · INC-1"),
        SectionBlock(text="Scores are all zero"),
        ActionsBlock(elements=[ButtonElement(text="Resolve", action_id="resolve", value="1")]),
    ]
    key = {"event_type": "effect", "event_payload": {"key": "card"}}
    card = client.chat_postMessage(channel=channel, text="INC-1", blocks=blocks, metadata=key)
    client.pins_add(channel=channel, timestamp=card["ts"])
    client.bookmarks_add(channel_id=channel, title="Runbook", type="link", link="https://example.com/r")
    client.conversations_setTopic(channel=channel, topic="SEV2")
    found = client.conversations_history(channel=channel, include_all_metadata=True)["messages"]
    assert [one["metadata"] for one in found if "metadata" in one] == [key]
    mine = client.users_conversations(types="public_channel,private_channel", exclude_archived=True)
    assert channel in {one["id"] for one in mine["channels"]}


def test_the_sdk_uploads_a_review(client: WebClient, sandbox: SandboxSlack) -> None:
    uploaded = client.files_upload_v2(
        channel="C01GENERAL", content="# Review", filename="review-INC-1.md", title="Review", initial_comment="Draft"
    )
    assert sandbox.file_text(uploaded["files"][0]["id"]) == "# Review"


def test_pages_follow_one_another(client: WebClient) -> None:
    assert [len(page["members"]) for page in client.users_list(limit=9)] == [9, 9, 3]


def test_a_refusal_raises_with_slacks_words(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C01GENERAL", text="x", blocks=[{"type": "section"}])
    assert refused.value.response["error"] == "invalid_blocks"
    with pytest.raises(SlackApiError) as unknown:
        client.api_call("chat.postMessage", json={"channel": "C01GENERAL", "text": "x", "colour": "red"})
    assert unknown.value.response["error"] == "invalid_arg_name"
