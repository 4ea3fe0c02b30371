"""The card, the announcement, topic and bookmarks: true, with sources, and UNKNOWN where nothing is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.effects import DrawAnnouncement, DrawCard, SetBookmarks, SetTopic
from bot.incidents import cards, joining, statuses
from bot.incidents.desk import Drawing
from bot.sandbox import blockkit
from bot.views.ids import Card
from playbooks.card import Fact, ModelCard
from playbooks.lifecycle import Role, Status
from storage import catalogue, incidents, participants, people, roles
from storage.transaction import Storage
from tests.bot.opening.company import ANA, ERIK, FRAUD, JONAS, LUCIA, NOW, PAT, at_desk, change, declared

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _draw(storage: Storage, effect: Any) -> Drawing:
    with at_desk(storage, "") as desk:
        drawing = cards.FEATURE.drawings[type(effect)](desk, effect)
    assert drawing is not None
    return drawing


def _card(storage: Storage, number: int) -> str:
    drawing = _draw(storage, DrawCard(incident_id=number))
    assert blockkit.faults_in_blocks(drawing.blocks) == []
    return _readable(drawing)


def _readable(drawing: Drawing) -> str:
    texts = [drawing.text]
    for block in drawing.blocks:
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        texts += [part["text"] if isinstance(part["text"], str) else part["text"]["text"] for part in parts if part]
    return "\n".join(texts)


def test_the_card_says_what_is_known_and_where_it_is_from(office: Storage) -> None:
    number = declared(office)
    shown = _card(office, number)
    for known in (
        "SEV1 · INC-1 · investigating",
        "scores are all zero",
        "Fraud score",
        "Stops stolen cards at the checkout",
        "14 (models.yaml)",
        "13 (models.yaml)",
        f"*Owner* <@{ANA}> (models.yaml)",
        f"*POC Product* <@{PAT}> (models.yaml)",
        f"*POC Data science platform* <@{JONAS}> (models.yaml)",
        "checkout, order-review (models.yaml)",
        "<https://grafana.example.com/d/fraud|Dashboard>",
        "14 minutes old when this was opened",
        "The first fifteen minutes",
        "*Impact*\nUNKNOWN",
        "*Commander* nobody yet",
    ):
        assert known in shown, known


def test_what_nobody_documented_is_written_unknown(office: Storage) -> None:
    shown = _card(office, declared(office, model="delivery eta"))
    assert "*Serving version*\nUNKNOWN" in shown
    assert "*Owner* UNKNOWN" in shown
    assert "*Points of contact* UNKNOWN" in shown
    assert "*Consumers* UNKNOWN" in shown
    assert "UNKNOWN: Plain name" in shown
    assert "Points of contact" in next(line for line in shown.splitlines() if line.startswith("UNKNOWN: "))
    assert "POC *" not in shown


def test_a_model_that_nobody_knows_says_so(office: Storage) -> None:
    shown = _card(office, declared(office, model="basket recs"))
    assert "The catalogue did not know this model" in shown
    assert "No registry has said anything" in shown
    assert "None" not in shown


def test_who_could_not_be_found_is_named_in_words(office: Storage) -> None:
    number = declared(office)
    with at_desk(office, "") as desk:
        participants.set_problem(desk.tx, number, user_id=ERIK, problem="could not be added by the bot")
    shown = _card(office, number)
    assert "nobody@example.com, POC Legal and privacy, is not in this Slack workspace" in shown
    assert f"<@{ERIK}> could not be added by the bot" in shown
    deactivated = _card(office, declared(office, model="price-optimizer"))
    assert "sam@example.com, Owner, has a Slack account that is deactivated" in deactivated
    assert "U19SAMDOY" not in deactivated


def test_a_version_that_moved_since_is_shown_beside_the_one_at_the_opening(office: Storage) -> None:
    number = declared(office)
    moved = ModelCard(FRAUD.name, {**FRAUD.facts, "serving": Fact("13", "mlflow", NOW)})
    with at_desk(office, "") as desk:
        catalogue.keep(desk.tx, moved, now=NOW)
    assert "14 (models.yaml), now 13" in _card(office, number)


def test_a_registry_that_was_down_shows_how_old_its_facts_are(office: Storage) -> None:
    stale = ModelCard("old", {"owner": Fact("ana@example.com", "mlflow", NOW - timedelta(days=2, hours=3))})
    with at_desk(office, "") as desk:
        catalogue.keep(desk.tx, stale, now=NOW - timedelta(days=2))
        catalogue.mark_vanished(desk.tx, ["old"], now=NOW - timedelta(days=1))
    shown = _card(office, declared(office, model="old"))
    assert "2 days 3 hours old when this was opened" in shown
    assert "No registry lists this model since" in shown


def test_buttons_are_those_of_the_status_and_carry_the_number(office: Storage) -> None:
    number = declared(office)
    elements = _draw(office, DrawCard(incident_id=number)).blocks[-1]["elements"]
    ids = [element["action_id"] for element in elements]
    assert ids == [Card.UPDATE, Card.ROLES, Card.SEVERITY, Card.STATUS, Card.STEP, Card.NOTE, Card.RESOLVE]
    assert {element["value"] for element in elements} == {str(number)}
    change(office, number, status="resolved", ended_by="rolled back to 13")
    shown = _draw(office, DrawCard(incident_id=number))
    assert Card.REOPEN in [element["action_id"] for element in shown.blocks[-1]["elements"]]
    assert "rolled back to 13" in _readable(shown)


def test_who_joined_are_those_whom_the_card_does_not_name_already_and_no_apps(office: Storage) -> None:
    number = declared(office)
    with at_desk(office, "") as desk:
        people.keep_person(desk.tx, "U99OTHERAPP", name="pager", is_bot=True, now=NOW)
        for user in (ERIK, ANA, "U99OTHERAPP", LUCIA):
            joining.note_joined(desk, {"channel": "C99INCID", "user": user})
    assert "Joined" not in _card(office, number), "the channel is not this incident's"
    change(office, number, channel_id="C99INCID")
    with at_desk(office, "") as desk:
        for user in (ERIK, ANA, LUCIA):
            joining.note_joined(desk, {"channel": "C99INCID", "user": user})
        participants.add(
            desk.tx, incident_id=number, why="joined", contact="app", user_id="U99OTHERAPP", added_at=NOW
        )  # it came in before anybody knew that it is an app
    assert f"*Joined* <@{LUCIA}>\n" in _card(office, number) + "\n"


def test_what_is_over_promises_nothing_and_a_cancelled_one_says_why_and_invites_to_no_review(office: Storage) -> None:
    number = declared(office)
    with at_desk(office, ERIK) as desk:
        one = incidents.by_id(desk.tx, number, for_change=True)
        assert one is not None
        statuses.move(desk, one, Status.CANCELLED, "the dashboard was wrong")
    card = _draw(office, DrawCard(incident_id=number))
    shown = _readable(card)
    assert "Why it was cancelled: the dashboard was wrong" in shown
    assert "*Next update*\nnone: it is over" in shown
    assert Card.REVIEW not in [element["action_id"] for element in card.blocks[-1]["elements"]]
    announced = _draw(office, DrawAnnouncement(incident_id=number))
    for text in (announced.text.replace(": ", "\n"), _readable(announced).replace("*", "")):
        assert "Why it was cancelled\nthe dashboard was wrong" in text
        assert "Over since\n<!date^" in text


def test_drills_are_marked_as_such(office: Storage) -> None:
    shown = _card(office, declared(office, kind="drill"))
    assert "DRILL" in shown
    assert "This is a drill. Nothing is broken." in shown


def test_the_announcement_tells_stakeholders_and_lets_them_join(office: Storage) -> None:
    number = declared(office)
    change(office, number, channel_id="C99INCID", impact="One in ten payments is declined")
    with at_desk(office, ERIK) as desk:
        roles.give(desk.tx, incident_id=number, role=Role.COMMANDER, user_id=LUCIA, given_by=ERIK, at=NOW)
    drawing = _draw(office, DrawAnnouncement(incident_id=number))
    assert blockkit.faults_in_blocks(drawing.blocks) == []
    shown = _readable(drawing)
    for known in ("SEV1 · INC-1 · investigating", "Fraud score", "One in ten payments", f"<@{LUCIA}>", "<#C99INCID>"):
        assert known in shown
    assert drawing.blocks[-1]["elements"][0]["action_id"] == "joining.join"
    change(office, number, status="resolved", resolved_at=NOW, ended_by="rolled back")
    assert "rolled back" in _readable(_draw(office, DrawAnnouncement(incident_id=number)))


@pytest.mark.parametrize("said", [{"private": True}, {"kind": "test"}, {"kind": "drill"}])
def test_what_must_not_be_announced_draws_nothing_whoever_owed_it(office: Storage, said: dict[str, Any]) -> None:
    number = declared(office, **said)
    with at_desk(office, "") as desk:
        assert cards.draw_announcement(desk, DrawAnnouncement(incident_id=number)) is None


def test_topic_and_bookmarks(office: Storage) -> None:
    number = declared(office)
    assert _draw(office, SetTopic(incident_id=number)).text == "SEV1 · investigating · commander: nobody yet · INC-1"
    with at_desk(office, ERIK) as desk:
        roles.give(desk.tx, incident_id=number, role=Role.COMMANDER, user_id=ANA, given_by=ERIK, at=NOW)
    assert "commander: Ana" in _draw(office, SetTopic(incident_id=number)).text
    bookmarks = _draw(office, SetBookmarks(incident_id=number)).blocks
    assert bookmarks == [{"title": "Dashboard", "link": "https://grafana.example.com/d/fraud"}]
