"""The card, the announcement, topic and bookmarks: true, with sources, UNKNOWN where unknown, and always within limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.effects import DrawAnnouncement, DrawCard, SetBookmarks, SetTopic
from bot.incidents import cards
from bot.incidents.desk import Drawing
from bot.sandbox import blockkit
from bot.views import announcement as announcement_view
from bot.views import card as card_view
from bot.views import lists as lists_view
from bot.views import opening as opening_view
from bot.views.card import Named, Shown
from bot.views.ids import Card
from bot.views.lists import Brief
from playbooks.card import Fact, ModelCard
from playbooks.fields import FIELDS
from playbooks.lifecycle import Role, Severity, Status
from playbooks.policy import load_policy
from storage import catalogue, participants, roles
from storage.transaction import Storage
from tests.bot.opening.company import ANA, ERIK, FRAUD, JONAS, LUCIA, NOW, PAT, READ, at_desk, change, declared

HOSTILE = [
    "<!channel> <@U01ANAMOR> & <https://evil.example.com|ok> @here " * 2000,
    "&" * 100_000,
    "🧨" * 50_000,
    "a\x00b\u202e\n" * 25_000,
    "`*_~>" * 20_000,
    " " * 100_000,
    "https://example.com/" + "x" * 100_000,
    "",
]


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
        catalogue.mark_missing(desk.tx, [], now=NOW - timedelta(days=1))
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


def _brief(text: str) -> Brief:
    return Brief(
        number=10**9,
        title=text,
        model=text,
        severity=Severity.SEV1,
        status=Status.INVESTIGATING,
        kind="drill",
        private=True,
        channel_id="C99INCID",
        opened_by=ERIK,
        declared_at=NOW,
    )


def _hostile_card(text: str, *, is_list: bool) -> ModelCard:
    keys = [spec.key.replace("*", "x") for spec in FIELDS] + [f"poc.{team}" for team in range(200)]
    value: Any = [text] * 50 if is_list else text
    return ModelCard(text, {key: Fact(value, text + str(place), READ) for place, key in enumerate(keys)})


@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_however_hostile_breaks_a_message_or_pings_anybody(text: str, is_list: bool) -> None:
    policy = load_policy()
    people = [
        Named(why=f"poc:{text[:50]}{place}", contact=text, source=text, user_id=None, problem=text)
        for place in range(100)
    ]
    shown = Shown(
        brief=_brief(text),
        card=_hostile_card(text, is_list=is_list),
        model_known=False,
        now_serving=text,
        now_rollback=text,
        failure_mode=text,
        impact=text,
        ended_by=text,
        people=people,
        joined=[f"U{place}" for place in range(500)],
        not_invited=[(f"U{place}", text) for place in range(500)],
        playbook=text,
    )
    said = announcement_view.Announced(
        brief=_brief(text),
        purpose=text,
        impact=text,
        commander=None,
        ended_by=text,
        resolved_at=None,
        next_update_at=None,
    )
    over = replace(said, brief=replace(said.brief, status=Status.RESOLVED))
    messages = [
        card_view.card(shown, policy),
        announcement_view.announcement(said, policy),
        announcement_view.announcement(over, policy),
        lists_view.listing(text, [_brief(text)] * 200, policy, more=True, empty="nothing"),
        lists_view.tray(_brief(text), policy, here=False),
        lists_view.wrong_place([_brief(text)] * 10, policy),
        opening_view.already_open(_brief(text), policy, another=text[:1900] or "x"),
    ]
    for fallback, blocks in messages:
        assert blockkit.faults_in_blocks(blocks) == []
        assert 0 < len(fallback) <= 4000
        whole = f"{fallback} {blocks}"
        assert "<!channel>" not in whole
        assert "<@U01ANAMOR>" not in whole
        assert "<https://evil" not in whole


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_however_hostile_breaks_a_form(text: str) -> None:
    policy = load_policy()
    name = text[:300]
    forms = [
        opening_view.form(policy, model=(name, text), severity=Severity.SEV1, what=text, metadata={"from": "C1"}),
        opening_view.unknown_model_form(
            policy,
            typed=text[:150],
            close=[(name, text)] * 3,
            what=text,
            metadata={"typed": text[:150], "close": [name] * 3, "from": "C1"},
        ),
        opening_view.already_open_form(_brief(text), policy, metadata={"said": text[:1900]}),
    ]
    for view in forms:
        assert blockkit.faults_in_view(view) == []
    options = opening_view.suggestions([(name, text)] * 300, text[:149])
    assert len(options) <= 100
    for option in options:
        assert 0 < len(option["text"]["text"]) <= 75
        assert 0 < len(option["value"]) <= 150
