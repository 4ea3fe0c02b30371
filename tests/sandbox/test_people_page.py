"""The page as a browser without scripts would use it: plain forms and plain links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from bot.sandbox.client import SandboxSlack
from tests.sandbox.boltbot import BoltBot, button


class Visitor:
    """Ana at the page, in #general."""

    def __init__(self, sandbox: SandboxSlack) -> None:
        self._http = httpx.Client(base_url=sandbox.base_url, follow_redirects=True)

    def look(self, **query: str) -> httpx.Response:
        return self._http.get("/", params={"as": "ana", **query})

    def fetch(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def post(self, path: str = "/act", **form: str | list[str]) -> str:
        """Post a form and return the page that follows."""
        answer = self._http.post(path, data={"as": "ana", "channel": "general", **form})
        assert answer.status_code == 200, answer.text
        return answer.text

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def ana(sandbox: SandboxSlack) -> Iterator[Visitor]:
    visitor = Visitor(sandbox)
    yield visitor
    visitor.close()


def words(page: str) -> str:
    """The page as it is read: without markup, spaces pressed."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def fields_of_form(page: str, label: str) -> dict[str, str]:
    """The hidden fields of the form with the button that says `label`."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{label}<" in one)
    return {name: unescape(value) for name, value in re.findall(r'name="([\w:]+)" value="([^"]*)"', form)}


def test_what_is_typed_is_text_and_never_markup(ana: Visitor) -> None:
    page = ana.post(what="say", text="<script>alert(1)</script> & co")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert "<script>alert(1)" not in page


def test_an_answer_to_a_command_is_marked_and_seen_by_one_person_only(ana: Visitor, bot: BoltBot) -> None:
    page = words(ana.post(what="say", text="/ml-incident hello"))
    assert "Hello @Ana Moreau" in page
    assert "Only visible to you" in page
    assert "Hello @Ana Moreau" not in words(ana.look(**{"as": "lee"}).text)


def test_a_command_without_a_bot_says_so_and_a_thread_takes_none(ana: Visitor, sandbox: SandboxSlack) -> None:
    root = sandbox.person("lee").say("general", "hm")
    assert "/ml-incident failed: the bot is not there to take it" in words(
        ana.post(what="say", text="/ml-incident hello")
    )
    assert "takes no commands in a thread" in words(ana.post(what="say", text="/ml-incident", thread_ts=root))


def test_a_button_of_a_message_is_pressed(ana: Visitor, bot: BoltBot) -> None:
    blocks = [{"type": "actions", "elements": [button("Done", "done", "7")]}]
    bot.client.chat_postMessage(channel="C01GENERAL", text="Step", blocks=blocks)
    ana.post(**fields_of_form(ana.look().text, "Done"))
    assert bot.interactions[-1]["actions"][0]["value"] == "7"


def test_a_form_is_filled_refused_in_place_and_sent(ana: Visitor, bot: BoltBot) -> None:
    assert "Open an incident" in words(ana.post(what="say", text="/ml-incident form"))
    ana.post(press="more", **{"field:what": "typed so far"})
    assert bot.interactions[-1]["actions"][0]["action_id"] == "more"
    assert "typed so far" in ana.look().text
    filled = {"field:model": "home-recs", "field:what": "", "field:severity": "sev1", "field:lead": ""}
    page = ana.post(what="submit", **filled)
    assert 'aria-invalid="true"' in page
    assert "“What is wrong” is required" in words(page)
    page = ana.post(what="submit", **{**filled, "field:what": "bad"})
    assert "Say more" in words(page)
    page = ana.post(what="submit", **{**filled, "field:what": "stale", "field:flags": ["private", "drill"]})
    assert "<dialog" not in page
    values = bot.interactions[-1]["view"]["state"]["values"]
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev1"
    assert [one["value"] for one in values["flags"]["flags"]["selected_options"]] == ["private", "drill"]


def test_a_form_is_closed(ana: Visitor, bot: BoltBot) -> None:
    ana.post(what="say", text="/ml-incident form")
    assert "<dialog" not in ana.post(what="close_view")
    assert bot.interactions[-1]["type"] == "view_closed"


def test_messages_are_reacted_to_pinned_edited_and_deleted(ana: Visitor, sandbox: SandboxSlack) -> None:
    ana.post(what="say", text="the first words")
    ts = sandbox.messages("general")[-1]["ts"]
    assert 'aria-label="pushpin, 1: you"' in ana.post(what="react", ts=ts, name="pushpin")
    assert "pushpin, 1" not in ana.post(what="unreact", ts=ts, name="pushpin")
    assert "📌 Pinned" in ana.post(what="pin", ts=ts)
    assert "📌 Pinned" not in ana.post(what="unpin", ts=ts)
    assert "better words (edited)" not in words(ana.look().text)
    page = words(ana.post(what="edit", ts=ts, text="better words"))
    assert "(edited)" in page
    assert "better words" in page
    assert "better words" not in words(ana.post(what="delete", ts=ts))


def test_an_edited_message_still_mentions_whom_it_mentioned(ana: Visitor, sandbox: SandboxSlack) -> None:
    before = "@lee, @nobody and @here: see #payments, 3 < 4 & so on"
    page = ana.post(what="say", text=before)
    said = sandbox.messages("general")[-1]
    box = re.findall(r'aria-label="Your message">(.*?)</textarea>', page, re.DOTALL)[-1]
    assert unescape(box) == before
    ana.post(what="edit", ts=said["ts"], text=unescape(box) + "!")
    assert sandbox.messages("general")[-1]["text"] == said["text"] + "!"


def test_somebody_elses_words_are_not_edited(ana: Visitor, sandbox: SandboxSlack) -> None:
    ts = sandbox.person("lee").say("general", "mine")
    assert "Ana Moreau did not write that message" in words(ana.post(what="edit", ts=ts, text="yours"))


def test_a_thread_opens_beside_the_channel(ana: Visitor, sandbox: SandboxSlack) -> None:
    lee = sandbox.person("lee")
    root = lee.say("general", "who knows?")
    page = ana.post(what="say", text="I do", thread_ts=root)
    thread = page[page.index('aria-label="Thread"') :]
    assert "I do" in thread
    assert "1 reply" in words(page)
    assert "I do" not in page[: page.index('aria-label="Thread"')]


def test_what_is_new_is_marked_until_it_is_read(ana: Visitor, sandbox: SandboxSlack) -> None:
    ana.look()
    sandbox.person("lee").say("payments", "look at <@U01ANAMOR>")
    link = r'<a href="[^"]*" data-channel="payments"[^>]*class="unread"'
    assert re.search(link, ana.look().text)
    assert re.search(r'payments<span class="badge">1', ana.look().text)
    ana.look(channel="payments")
    assert not re.search(link, ana.look().text)


def test_what_was_not_in_sight_stays_unread(ana: Visitor, bot: BoltBot, sandbox: SandboxSlack) -> None:
    bot.client.views_publish(user_id="U01ANAMOR", view={"type": "home", "blocks": [{"type": "divider"}]})
    lee = sandbox.person("lee")
    said = [lee.say("general", f"word {number}") for number in range(3)]
    ana.look()
    unread = r'data-channel="general"[^>]*class="unread"'
    lee.say("general", "news")
    for elsewhere in ({"home": "1"}, {"before": said[1]}):
        ana.look(**elsewhere)
        assert re.search(unread, ana.look(channel="payments").text)
    ana.look()
    assert not re.search(unread, ana.look(channel="payments").text)


def test_a_private_channel_is_not_on_the_page_of_others(ana: Visitor, bot: BoltBot) -> None:
    channel = bot.client.conversations_create(name="inc-1-secret", is_private=True)["channel"]["id"]
    bot.client.conversations_invite(channel=channel, users="U01ANAMOR")
    bot.client.chat_postMessage(channel="C01GENERAL", text=f"see <#{channel}>")
    seen = {who: ana.look(**{"as": who, "channel": channel}) for who in ("ana", "lee")}
    assert "inc-1-secret" in seen["ana"].text
    assert seen["lee"].status_code == 404
    assert "Lee Okafor can see no channel here" in words(seen["lee"].text)
    assert channel not in words(seen["lee"].text)
    assert "inc-1-secret" not in ana.look(**{"as": "lee"}).text
    assert "a private channel" in ana.look(**{"as": "lee"}).text


def test_an_address_that_shows_nothing_is_said_in_a_sentence(ana: Visitor) -> None:
    for query, said in (
        ({"as": "nobody-at-all"}, "nobody here is called nobody-at-all"),
        ({"channel": "no-such"}, "no channel is called no-such"),
        ({"thread": "1.000000"}, "that thread is not in #general any more"),
    ):
        answer = ana.look(**query)
        assert answer.status_code == 404
        assert said in words(answer.text)
    # The way back is one's own.
    assert 'href="/?as=U01ANAMOR' in ana.look(channel="no-such").text


def test_what_is_gone_when_it_is_pressed_is_said_without_ids(ana: Visitor, bot: BoltBot) -> None:
    blocks = [{"type": "actions", "elements": [button("Done", "done", "7")]}]
    ts = bot.client.chat_postMessage(channel="C01GENERAL", text="Step", blocks=blocks)["ts"]
    press = fields_of_form(ana.look().text, "Done")
    bot.client.chat_update(channel="C01GENERAL", ts=ts, text="Over", blocks=[{"type": "divider"}])
    said = "That is not there any more; the page shows what is."
    assert said in words(ana.post(**press))
    bot.client.chat_delete(channel="C01GENERAL", ts=ts)
    assert said in words(ana.post(**press))
    assert said in words(ana.post(what="react", ts=ts, name="eyes"))


def test_everything_is_served_with_the_pages_policy(ana: Visitor) -> None:
    for path in ("/", "/?channel=no-such", "/static/page.js", "/static/no", "/files/no", "/source/no", "/favicon.ico"):
        answer = ana.fetch(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'self'" in answer.headers["content-security-policy"], path
        assert answer.headers["content-type"], path


def test_another_site_in_the_same_browser_can_do_nothing(sandbox: SandboxSlack) -> None:
    form = {"as": "ana", "channel": "general", "what": "say", "text": "not me"}
    for path in ("/act", "/panel", "/suggest"):
        answer = httpx.post(sandbox.base_url + path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert "not me" not in [message["text"] for message in sandbox.messages("general")]


def test_a_file_is_shown_and_fetched(ana: Visitor, bot: BoltBot) -> None:
    bot.client.files_upload_v2(channel="C01GENERAL", filename="review.md", content="# Review <b>\nUNKNOWN")
    page = ana.look().text
    assert "Review &lt;b&gt;" in page
    assert "Review <b>" not in page
    address = re.search(r'href="(/files/\w+)"', page)
    assert address is not None
    fetched = ana.fetch(address.group(1))
    assert fetched.text == "# Review <b>\nUNKNOWN"
    assert fetched.headers["content-type"] == "text/plain; charset=utf-8"
    assert fetched.headers["x-content-type-options"] == "nosniff"


def test_the_apps_home_is_looked_at_and_used(ana: Visitor, bot: BoltBot) -> None:
    assert "ml-incident: Home" not in words(ana.look().text)
    blocks = [{"type": "actions", "elements": [button("Mine", "mine", "3")]}]
    bot.client.views_publish(user_id="U01ANAMOR", view={"type": "home", "blocks": blocks})
    assert "ml-incident: Home" in words(ana.look().text)
    page = ana.post(**fields_of_form(ana.look(home="1").text, "Mine"))
    assert 'aria-label="Home tab"' in page
    assert bot.interactions[-1]["actions"][0]["value"] == "3"
    assert bot.interactions[-1]["view"]["type"] == "home"


def test_typed_links_are_links(ana: Visitor, sandbox: SandboxSlack) -> None:
    page = ana.post(what="say", text="see https://example.com/a?b=1&c=2, and (http://x.example.com).")
    assert sandbox.messages("general")[-1]["text"] == (
        "see <https://example.com/a?b=1&amp;c=2>, and (<http://x.example.com>)."
    )
    assert '<a href="https://example.com/a?b=1&amp;c=2"' in page
