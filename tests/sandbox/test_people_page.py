"""The page in the browser, as a browser without scripts would use it."""

from __future__ import annotations

import re
from html import unescape

import httpx

from bot.sandbox.client import SandboxSlack
from tests.sandbox.boltbot import BoltBot, button


def act(sandbox: SandboxSlack, **form: str | list[str]) -> str:
    """Post a form as Ana and return the page that follows."""
    posted = {"as": "ana", "here": "general", **form}
    return httpx.post(f"{sandbox.base_url}/act", data=posted, follow_redirects=True).text


def test_a_person_reads_and_writes_on_the_page(sandbox: SandboxSlack, bot: BoltBot) -> None:
    page = act(sandbox, what="say", channel="general", text="<script>alert(1)</script> & co")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert "<script>alert(1)" not in page
    page = act(sandbox, what="say", channel="general", text="/ml-incident hello")
    assert "Hello @Ana Moreau" in page
    assert "only you see this" in page
    other = httpx.get(f"{sandbox.base_url}/", params={"as": "lee"}).text
    assert "Hello @Ana Moreau" not in other


def test_buttons_and_forms_work_on_the_page(sandbox: SandboxSlack, bot: BoltBot) -> None:
    blocks = [{"type": "actions", "elements": [button("Done", "done", "7")]}]
    bot.client.chat_postMessage(channel="C01GENERAL", text="Step", blocks=blocks)
    page = httpx.get(f"{sandbox.base_url}/", params={"as": "ana"}).text
    drawn = next(form for form in re.findall(r"<form method=.*?</form>", page) if ">Done<" in form)
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', drawn)}
    act(sandbox, **fields)
    assert bot.interactions[-1]["actions"][0]["value"] == "7"
    page = act(sandbox, what="say", channel="general", text="/ml-incident form")
    assert "<h2>Open an incident</h2>" in page
    act(sandbox, press="more")
    assert bot.interactions[-1]["actions"][0]["action_id"] == "more"
    filled = {"field:model": "home-recs", "field:what": "", "field:severity": "sev1", "field:lead": ""}
    page = act(sandbox, what="submit", **filled)
    assert "“What is wrong” is required" in page
    page = act(sandbox, what="submit", **{**filled, "field:what": "bad"})
    assert "What is wrong: Say more" in page
    page = act(sandbox, what="submit", **{**filled, "field:what": "stale", "field:flags": ["private", "drill"]})
    assert "<dialog" not in page
    values = bot.interactions[-1]["view"]["state"]["values"]
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev1"
    assert [one["value"] for one in values["flags"]["flags"]["selected_options"]] == ["private", "drill"]


def test_a_private_channel_is_not_on_the_page_of_others(sandbox: SandboxSlack, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="inc-1-secret", is_private=True)["channel"]["id"]
    bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    seen = {who: httpx.get(f"{sandbox.base_url}/", params={"as": who, "channel": channel}) for who in ("ana", "lee")}
    assert "inc-1-secret" in seen["ana"].text
    assert seen["lee"].status_code == 404
    assert "inc-1-secret" not in httpx.get(f"{sandbox.base_url}/", params={"as": "lee"}).text
