"""An owner leaves, Monday comes, the lead hands the model over, and the next incident finds the new owner."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.demo.stage import Stage
from tests.browser.people import Somebody

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
BOT = re.compile(r"^ml-incident( |$)")


def test_a_model_whose_owner_leaves_is_handed_over_and_the_next_incident_invites_the_new_owner(
    erik: Somebody, stage: Stage
) -> None:
    # The bot has to know its people before one of them can leave.
    stage.slack.wait_for(lambda: "Ana Moreau" in erik_reads(stage, "who fraud-scorer") or None, timeout=20)
    erik.panel.get_by_label("Who leaves the company").select_option("Ana Moreau")
    erik.in_panel("Deactivate the account")
    expect(erik.panel.get_by_label("Who leaves the company").get_by_role("option", name="Ana Moreau")).to_have_count(0)
    expect(erik.panel.get_by_text("Slack told the bot of the deactivated account")).to_be_visible()

    # The bot hears of it, and asks the team's lead at once.
    erik.become(re.compile("Kim Tanaka"))
    erik.follow(BOT)
    expect(erik.message("has left: their Slack account was deactivated")).to_contain_text("Fraud scoring")

    # Monday's digest shows the orphan to everybody, and the lead's own has it too.
    erik.in_panel("Next Monday 09:00")
    erik.follow(re.compile("ml-ownership"))
    orphan = re.compile(r"fraud-scorer \(tier 0\): Ana Moreau has a Slack account that is deactivated")
    expect(erik.message("Who owns what: this week's digest")).to_contain_text(orphan)
    erik.follow(BOT)
    wrong = "fraud-scorer (tier 0, Lee Okafor): the owner cannot be reached in Slack"
    expect(erik.message("Your models this week")).to_contain_text(wrong)
    erik.message("has left").get_by_role("button", name="Hand over: fraud-scorer").click()
    erik.modal.get_by_role("combobox", name=re.compile("Who owns it")).fill("lee")
    erik.modal.get_by_role("option", name=re.compile("Lee Okafor")).click()
    erik.modal.get_by_label(re.compile("What should they know")).fill("You know it best")
    erik.modal.get_by_role("button", name="Hand over", exact=True).click()
    expect(erik.modal).to_have_count(0)

    # The new owner is told, and is who the next incident brings in.
    erik.become(re.compile("Lee Okafor"))
    erik.follow(BOT)
    expect(erik.message("made you the owner of")).to_contain_text("You know it best")
    erik.become(re.compile("Erik Johansson"))
    erik.follow("general")
    erik.type("/ml-incident open fraud-scorer scores are all zero")
    erik.follow(re.compile(r"^inc-1-fraud-scorer"))
    expect(erik.message("Rollback")).to_contain_text(re.compile("Owner.*Lee Okafor", re.DOTALL))
    expect(erik.message("Rollback")).to_contain_text("handed over in Slack")
    channel = next(one["name"] for one in stage.slack.channels() if one["name"].startswith("inc-1-"))
    lee = stage.slack.person("lee").id
    stage.slack.wait_for(lambda: lee in stage.slack.channel(channel)["members"] or None, timeout=10)


def erik_reads(stage: Stage, command: str) -> str:
    """What a command answers, typed behind the page's back."""
    return str(stage.slack.person("erik").command(command).text)
