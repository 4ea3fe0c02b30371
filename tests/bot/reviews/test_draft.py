"""The draft: what was captured is in it with its source, the rest is UNKNOWN with who can say, and it renders."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from storage import registries, timeline
from storage.transaction import Storage
from tests.bot.reviews.markdown_reader import Read, read
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, Team

HOSTILE = (
    "<!channel> <script>alert(1)</script> [click](javascript:alert(1)) | # *x* `y` &lt;b&gt; ![i](http://e.example)"
)
_RAW_ID = re.compile(r"\b[UWC][0-9A-Z]{7,}\b")


def worked(team: Team) -> None:
    """An incident with something in every part of its story."""
    team.type(ERIK, f"role commander <@{KIM}|kim>")
    team.type(KIM, f"role ml-lead <@{LEE}|lee>")
    team.wait(minutes=2)
    team.press(KIM, "Done")
    team.wait(minutes=3)
    team.write_down(
        LEE,
        "Yes, it is real",
        second_signal="Payments fell by half",
        detected_by="a business number",
        first_bad="2026-11-20 13:40",
    )
    skip = team.press(KIM, "Skip")
    assert skip is not None
    team.send(KIM, skip.modal, reason="nobody is harmed")
    team.type(KIM, "note the fallback holds")
    team.type(KIM, "update One in five payments is declined")
    team.wait(hours=2)
    team.type(KIM, "update The alias goes back to 41")
    team.type(KIM, "severity sev1 it reaches everybody")
    team.wait(minutes=30)
    team.type(LEE, "mitigate the alias points at 41")
    form = team.type(KIM, f"handoff commander <@{ANA}|ana>")
    team.send(KIM, form.modal, state="version 41 serves")
    team.type(KIM, f"action Block a promotion when all scores are equal <@{LEE}|lee> by 2026-12-01")
    team.type(KIM, "action Improve alerts")
    team.wait(minutes=30)
    team.type(ANA, "status monitoring scores look right")
    team.type(ANA, "resolve rolled back to version 41")


def drafted(team: Team) -> Read:
    text = team.review().markdown
    assert "None" not in text
    assert not _RAW_ID.search(text), _RAW_ID.findall(text)
    assert "<@" not in text
    seen = read(text)
    assert seen.html == []
    assert [item for items in seen.items.values() for item in items if not item.strip(" -·")] == []
    return seen


def test_every_section_is_there_in_order(team: Team) -> None:
    team.type(ERIK, "resolve it went away")
    assert drafted(team).headings == [
        "INC-1: scores are all zero",
        "Summary",
        "Background",
        "When",
        "Impact",
        "Predictions",
        "Data",
        "Detection",
        "Trigger",
        "Contributing factors",
        "Response",
        "Recovery",
        "Playbooks",
        "The first fifteen minutes (2.0.0)",
        "Timeline",
        "Communication",
        "Remediation",
        "What we learnt",
        "Follow-ups",
        "Clean-up",
        "The model from here on",
        "Similar incidents",
        "Reportable",
        "Links",
        "Sign-off",
        "Appendix: everything that was recorded",
    ]


def test_what_was_captured_is_filled_in_with_its_source(team: Team) -> None:
    with team.storage.transaction() as tx:
        for days, version in ((20, "41"), (1, "42")):
            at = team.now - timedelta(days=days)
            registries.note_aliases(tx, "mlflow", {"fraud-scorer": {"champion": version}}, now=at)
    worked(team)
    seen = drafted(team)
    assert "SEV1 (at its worst SEV1)" in seen.cells
    assert "Ana Moreau" in seen.cells
    assert seen.item("When", "First bad prediction") == (
        "First bad prediction: 2026-11-20 13:40 UTC (Lee Okafor in the playbook, 2026-11-20 14:10 UTC)"
    )
    assert seen.item("When", "From declared to resolved") == "From declared to resolved: 3 hours 5 minutes"
    assert seen.item("When", "Time at SEV1: 1 hour")
    assert seen.item("When", "Time at SEV2: 2 hours 5 minutes")
    assert "it reaches everybody" in seen.item("When", "2026-11-20 16:10 UTC · Severity: SEV2 → SEV1 — Kim Tanaka")
    assert "(the last update to stakeholders; confirm it)" in seen.item("Impact", "Impact: One in five payments")
    assert seen.item("Predictions", "Serving when it was declared: 42 (models.yaml, as of 2026-11-20 14:05 UTC)")
    assert "checkout, order_review" in seen.item("Predictions", "Consumers according to the registry")
    assert "a business number (Lee Okafor in the playbook" in seen.item("Detection", "Detected by")
    assert seen.item("Trigger", "Version 42 was deployed on 2026-11-19 09:30 UTC")
    assert seen.item("Trigger", "2026-11-19 14:05 UTC · champion was seen to move from 41 to 42 — mlflow")
    assert seen.item("Response", "Commander: Ana Moreau")
    assert seen.item("Response", "2026-11-20 16:40 UTC · Commander: Kim Tanaka → Ana Moreau — Kim Tanaka")
    assert seen.item("Response", "2026-11-20 14:10 UTC · Is it real? “Yes, it is real”")
    assert "rolled back to version 41" in seen.item("Recovery", "What ended it")
    assert "scores look right" in seen.item("Recovery", "2026-11-20 17:10 UTC · Status: mitigated → monitoring")
    steps = seen.items["The first fifteen minutes (2.0.0)"]
    assert "What did you look at, what did it show? Payments fell by half" in steps[1]
    assert "Reason given: nobody is harmed" in steps[2]
    assert any("the fallback holds" in item for item in seen.items["Timeline"])
    told = seen.items["Communication"]
    assert "no time had been promised" not in told[0]
    assert "What changed: The alias goes back to 41." in told[1]
    assert re.search(r"promised for 2026-11-20 15:\d\d UTC, 1 h .*late|promised for .* late", told[1])
    assert seen.items["Follow-ups"] == [
        "Block a promotion when all scores are equal — Lee Okafor, by 2026-12-01",
        "Improve alerts — nobody yet, no date (no owner, no date, say how one can tell that it is done)",
    ]
    assert "exp-388, threshold 0.7 in Italy" in seen.item("Clean-up", "Left over from")
    assert "https://docs.example.com/fraud" in seen.addresses


def test_the_summary_says_where_each_sentence_comes_from(team: Team) -> None:
    worked(team)
    lines = drafted(team).items["Summary"]
    assert len(lines) == 6
    sourced = [line for line in lines if line.endswith(")")]
    assert len(sourced) == 5
    assert [line for line in lines if line not in sourced] == ["What kind of failure it was is UNKNOWN."]
    assert "Erik Johansson declared that Fraud scoring (fraud-scorer) was failing: scores are all zero." in lines[0]


def test_what_nobody_said_is_unknown_and_names_who_can_say(team: Team) -> None:
    team.type(ERIK, f"role commander <@{KIM}|kim>")
    team.type(ERIK, "resolve it went away")
    seen = drafted(team)
    assert seen.item("Impact", "Users affected") == ("Users affected: UNKNOWN — Pat Rivera (product) can fill this in")
    assert "UNKNOWN — Ana Moreau (owner)" in seen.item("Data", "Did bad data or predictions reach a training set?")
    assert "UNKNOWN — Kim Tanaka (commander)" in seen.item("What we learnt", "What went badly")
    assert "UNKNOWN — the model's owner, in the registry," in seen.item("Background", "Data class")
    shown = team.review_message()
    assert "First bad prediction: Ana Moreau (owner)" in str(shown.blocks)
    assert "more, marked UNKNOWN in the draft" in str(shown.blocks)


def test_a_model_that_nobody_knows_and_a_story_without_events_still_give_a_draft(storage: Storage) -> None:
    team = Team(storage, model="no-such-model")
    team.type(ERIK, "resolve it went away")
    seen = drafted(team)
    assert "no-such-model (not in the catalogue)" in seen.cells
    assert "Erik Johansson (opener)" in seen.item("Impact", "Users affected")


def test_hostile_words_stay_words(storage: Storage) -> None:
    team = Team(
        storage,
        what=HOSTILE,
        facts={"plain_name": HOSTILE, "owner": "ana@example.com", "docs": "javascript:alert(1)", "purpose": HOSTILE},
    )
    with storage.transaction() as tx:
        timeline.add(
            tx,
            incident_id=team.id,
            at=team.now,
            recorded_at=team.now,
            kind="message",
            author=LEE,
            text=f"{HOSTILE}\n\n# Own heading\n\n- own item\n<@{PAT}> <https://e.example/a_b(c)|a|b> <javascript:x|y>",
            permalink="https://larkspur.example/archives/C1/p1",
        )
    team.type(ERIK, f"note {HOSTILE}")
    team.type(ERIK, f"resolve {HOSTILE}")
    form = team.click(KIM, "reviews.fill")
    assert form is not None
    team.send(KIM, form.modal, field="went_badly", text="line one\n\n# not a heading\n| a | b |\n<img src=x onerror=y>")
    seen = drafted(team)
    assert len(seen.headings) == 26
    assert seen.headings[0].startswith("INC-1:")
    assert not [address for address in seen.addresses if not address.startswith("https://")]
    assert "javascript" not in str(seen.addresses)
    kept = seen.items["Timeline"]
    assert any("Pat Rivera" in item and "# Own heading" in item and "[click](javascript" in item for item in kept)
    assert "https://e.example/a_b%28c%29" in seen.addresses
    assert "line one # not a heading | a | b |" in seen.item("What we learnt", "What went badly")


@pytest.mark.parametrize("name", ["A*n*a [x](https://e.example)", "<b>Ana</b>"])
def test_hostile_names_of_people_stay_names(team: Team, name: str) -> None:
    from storage import people

    with team.storage.transaction() as tx:
        people.keep_person(tx, ANA, name=name, now=team.now)
    team.type(ERIK, f"role commander <@{ANA}|ana>")
    team.type(ERIK, "resolve it went away")
    seen = drafted(team)
    assert f"Commander: {name}" in seen.items["Response"]
    assert "https://e.example" not in seen.addresses


def test_earlier_incidents_of_the_model_are_named_unless_they_are_private(team: Team) -> None:
    team.declare(what="too slow", private=True)
    team.id = team.declare(what="zero again")
    team.type(ERIK, "resolve it went away")
    assert drafted(team).items["Similar incidents"] == ["INC-1 (2026-11-20): fraud-scorer, scores are all zero"]


def test_a_draft_before_the_end_says_so(team: Team) -> None:
    team.type(ERIK, "review")
    seen = drafted(team)
    assert "set when the incident is resolved" in seen.cells
    assert "It waits until the incident is over." in team.review_message().text
    assert len(team.owed("UploadReview")) == 1


def test_whoever_has_no_name_yet_is_looked_up_and_then_named(team: Team) -> None:
    from bot.effects import LookUpPerson

    new = "U77NEWBIE"
    team.type(new, "note I saw it first")
    team.press(new, "Done")
    team.type(ERIK, "resolve it went away")
    assert "I saw it first — somebody" in team.review().markdown
    assert new in [row.payload["user"] for row in team.owed("LookUpPerson")]
    [upload] = team.owed("UploadReview")
    assert upload.due_at > upload.owed_at
    learnt = {"user_id": new, "name": "Zoe New", "email": None, "time_zone": None, "deactivated": False}
    with team.storage.transaction() as tx:
        team.feature.learnt[LookUpPerson](team.desk(tx, ""), LookUpPerson(user=new), learnt)
    assert "I saw it first — Zoe New" in team.review().markdown
    assert "somebody" not in team.review().markdown
