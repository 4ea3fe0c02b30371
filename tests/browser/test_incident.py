"""An incident from open to the nag about its review, by hand in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.demo.stage import Stage
from tests.browser.people import Somebody

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
INCIDENT = re.compile(r"^inc-1-fraud-scorer")


def opened(erik: Somebody) -> None:
    """Open INC-1 by command, and go to its channel."""
    erik.type("/ml-incident open fraud-scorer scores are all zero")
    expect(erik.message("INC-1 is open")).to_contain_text("Only visible to you")
    erik.follow(INCIDENT)
    expect(erik.message("Rollback")).to_contain_text("Ana Moreau")
    expect(erik.step).to_be_visible()


def test_an_incident_is_opened_walked_updated_resolved_and_its_review_nagged_about(erik: Somebody) -> None:
    opened(erik)
    expect(erik.page.get_by_role("link", name="Dashboard").first).to_be_visible()

    # A step and a decision.
    first = erik.step.get_by_role("heading").inner_text()
    erik.step.get_by_role("button", name=re.compile("^Done")).click()
    expect(erik.step.get_by_role("heading")).not_to_have_text(first)
    erik.step.get_by_role("button", name="Yes, it is real").click()
    for field in erik.modal.get_by_role("textbox").all():
        if field.get_attribute("aria-required"):
            field.fill("2026-11-20 08:00" if "bad" in (field.get_attribute("id") or "") else "seen in two places")
    erik.modal.get_by_role("button", name=re.compile("Save|Done|Submit|Send|Answer|Yes")).last.click()
    expect(erik.modal).to_have_count(0)

    # A reply in a thread is pinned, and the bot's receipt is a reaction.
    erik.type("What changed this morning?")
    asked = erik.message("What changed this morning?")
    asked.hover()
    with erik.page.expect_navigation():
        asked.get_by_role("link", name="Reply in a thread").click()
    thread = erik.page.get_by_role("complementary", name="Thread")
    thread.get_by_label("Reply in the thread").fill("Version 42 took over at nine.")
    thread.get_by_role("button", name="Send").click()
    reply = thread.get_by_role("article").filter(has_text="Version 42 took over")
    reply.hover()
    reply.get_by_label("Add a reaction").click()
    reply.get_by_role("button", name="React with pushpin").click()
    expect(reply.get_by_role("button", name=re.compile("pushpin, 1: you"))).to_have_attribute("aria-pressed", "true")
    expect(reply.get_by_role("button", name=re.compile("white check mark, 1: ml-incident"))).to_be_visible()
    with erik.page.expect_navigation():
        thread.get_by_role("link", name="Close the thread").click()
    erik.ready()

    # Stakeholders read an update.
    erik.type("/ml-incident update Payments are scored wrongly, we go back to version 41")
    expect(erik.message("Only visible to you")).to_be_visible()
    erik.follow(re.compile("ml-incidents"))
    expect(erik.message("INC-1").get_by_role("link", name="1 reply")).to_be_visible()
    erik.follow(INCIDENT)

    # It is over; the draft is there to be read.
    erik.type("/ml-incident resolve back on version 41")
    expect(erik.message("back on version 41")).to_be_visible()
    erik.become(re.compile("Ana Moreau"))
    erik.follow(INCIDENT)
    draft = erik.messages.filter(has_text="review-INC-1.md").last
    draft.get_by_text("Read it here").click()
    expect(draft.get_by_role("region", name="review-INC-1.md")).to_contain_text("Version 42 took over at nine.")

    # Days pass until the nag, then the week's digest.
    for _ in range(9):
        erik.in_panel("+1 day")
    now = erik.panel.locator("#clock .now b")
    while not "10:00" <= now.inner_text() <= "15:59":  # reviews wait for working hours, and so do their nags
        before = now.inner_text()
        erik.in_panel("+1 hour")
        expect(now).not_to_have_text(before)
    erik.follow(re.compile(r"^ml-incident( |$)"))
    expect(erik.messages.filter(has_text=re.compile("review of INC-1.*overdue")).first).to_be_visible()
    erik.in_panel("Next Monday 09:00")
    erik.follow(re.compile("ml-ownership"))
    expect(erik.message("Who owns what: this week's digest")).to_contain_text("Overdue reviews")


def test_an_incident_is_opened_by_a_form_with_its_complaints_in_place(erik: Somebody) -> None:
    erik.type("/ml-incident open")
    expect(erik.modal).to_be_visible()
    submit = erik.modal.get_by_role("button", name="Open", exact=True)
    submit.click()
    expect(erik.modal.get_by_text("is required").first).to_be_visible()
    model = erik.modal.get_by_role("combobox", name=re.compile("Model"))
    model.fill("search")
    erik.modal.get_by_role("option", name=re.compile("search-ranker|Search ranking")).click()
    erik.modal.get_by_label(re.compile("wrong|Title|happen", re.IGNORECASE)).first.fill("nothing is found")
    submit.click()
    expect(erik.modal).to_contain_text("INC-1 is open")
    erik.modal.get_by_role("button", name="Close", exact=True).click()
    expect(erik.modal).to_have_count(0)
    erik.follow(re.compile("inc-1-search-ranker"))
    expect(erik.step).to_be_visible()


def test_the_bot_is_killed_while_an_incident_opens_and_heals_it(erik: Somebody, stage: Stage) -> None:
    # Its first call after the channel is made is held, so that the kill is in the middle for certain.
    stage.slack.hold("conversations.invite")
    erik.type("/ml-incident open fraud-scorer scores are all zero")
    assert stage.slack.held(10) is not None
    erik.in_panel("Kill the bot")
    expect(erik.panel.get_by_text("killed", exact=True)).to_be_visible()
    owed = erik.panel.locator("#owed")
    expect(owed).not_to_have_text("0")
    expect(erik.panel.get_by_text("The bot was killed")).to_be_visible()
    stage.slack.clear_faults()
    erik.type("/ml-incident list")
    expect(erik.page.get_by_role("alert")).to_contain_text("the bot is not there to take it")
    erik.in_panel("Start it again")
    expect(erik.panel.get_by_text("running", exact=True)).to_be_visible(timeout=20_000)
    expect(owed).to_have_text("0", timeout=60_000)
    erik.follow(INCIDENT)
    expect(erik.messages.filter(has_text="Consumers")).to_have_count(1)
    expect(erik.step).to_be_visible()
    assert len([one for one in stage.slack.channels() if one["name"].startswith("inc-1-")]) == 1
    members = stage.slack.channel(next(c["name"] for c in stage.slack.channels() if c["name"].startswith("inc-1-")))[
        "members"
    ]
    assert len(members) == 8


@pytest.mark.parametrize("fault", ["Too many requests", "Down", "Answers lost"])
def test_slack_is_broken_and_mended_and_nothing_is_there_twice(erik: Somebody, stage: Stage, fault: str) -> None:
    erik.in_panel(fault)
    expect(erik.panel.get_by_role("button", name=f"{fault}: on")).to_have_attribute("aria-pressed", "true")
    erik.type("/ml-incident open fraud-scorer scores are all zero")
    expect(erik.message("INC-1 is open")).to_be_visible()
    expect(erik.panel.locator("#owed")).not_to_have_text("0")
    erik.in_panel(f"{fault}: on")
    expect(erik.panel.locator("#owed")).to_have_text("0", timeout=60_000)
    channels = [one["name"] for one in stage.slack.channels() if one["name"].startswith("inc-1-")]
    assert len(channels) == 1
    cards = [one for one in stage.slack.messages(channels[0]) if "*Consumers*" in str(one.get("blocks"))]
    assert len(cards) == 1


def test_the_registry_is_broken_and_incidents_open_all_the_same(erik: Somebody) -> None:
    erik.in_panel("Make models.yaml unreadable")
    expect(erik.panel.get_by_text("unreadable", exact=True)).to_be_visible()
    opened(erik)
    erik.in_panel("Mend models.yaml")
    expect(erik.panel.get_by_text("readable", exact=True)).to_be_visible()
