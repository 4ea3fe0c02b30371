"""Opening an incident: what is written down, who is brought in, what is owed, and when nothing new opens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.effects import CreateChannel, DrawCard, Invite
from bot.incidents import joining, opening
from bot.incidents.desk import Answer, FieldErrors
from bot.incidents.finding import by_id
from bot.incidents.telling import redraw
from bot.sandbox import blockkit
from bot.views.ids import Joining, Opening
from playbooks.lifecycle import RuleBroken
from storage import participants, people, timeline
from storage.transaction import Storage
from tests.bot.opening.company import (
    ANA,
    ERIK,
    JONAS,
    LEE,
    LUCIA,
    NOW,
    PAT,
    at_desk,
    button_value,
    change,
    click,
    declared,
    incident,
    incidents_stored,
    owed,
    said,
    send_form,
    type_open,
)


def test_open_with_words_opens_at_once_with_the_severity_of_the_tier(office: Storage) -> None:
    answer = type_open(office, ERIK, "fraud-scorer scores are all zero")
    one = incident(office, 1)
    assert (one.model, one.title, one.severity, one.status) == (
        "fraud-scorer",
        "scores are all zero",
        "sev1",
        "investigating",
    )
    assert (one.opened_by, one.opened_from, one.declared_at) == (ERIK, "C01GENERAL", NOW)
    assert one.first_bad_at is None
    assert one.detected_at is None
    assert "INC-1" in answer.text
    assert "SEV1" in answer.text


def test_everything_needs_the_channel_and_the_pin_needs_the_card(office: Storage) -> None:
    declared(office)
    effects = {effect.kind: effect for effect in owed(office)}
    channel = effects["CreateChannel"].id
    assert effects["PinCard"].needs_id == effects["DrawCard"].id
    for kind in ("DrawCard", "Invite", "DrawAnnouncement", "DrawStep", "SetTopic", "SetBookmarks"):
        assert effects[kind].needs_id == channel, kind
    urgent = sorted(effects.values(), key=lambda effect: (effect.priority, effect.id))
    kinds = [effect.kind for effect in urgent]
    assert kinds[:3] == ["CreateChannel", "DrawCard", "Invite"]
    assert kinds.index("PinCard") < kinds.index("SetTopic")


def test_the_opener_is_invited_first_then_owner_backup_and_points_of_contact(office: Storage) -> None:
    declared(office)
    invite = next(effect for effect in owed(office) if effect.kind == "Invite")
    assert invite.payload["users"] == [ERIK, ANA, LEE, PAT, JONAS]


def test_who_cannot_be_found_stops_nobody_and_is_kept_with_the_reason(office: Storage) -> None:
    number = declared(office)
    with office.transaction() as tx:
        rows = {row.why: row for row in participants.of_incident(tx, number)}
    assert rows["poc:legal"].user_id is None
    assert rows["poc:legal"].problem == "is not in this Slack workspace"
    assert rows["poc:legal"].source == "models.yaml"
    assert rows["owner"].problem is None


def test_a_deactivated_owner_is_not_invited(office: Storage) -> None:
    number = declared(office, model="price-optimizer")
    with office.transaction() as tx:
        owner = next(row for row in participants.of_incident(tx, number) if row.why == "owner")
    assert "deactivated" in str(owner.problem)
    assert not any(owner.user_id in effect.payload.get("users", []) for effect in owed(office))


def test_somebody_whom_slack_was_not_asked_about_yet_is_invited_once_it_was(office: Storage) -> None:
    number = declared(office, model="delivery eta")
    with at_desk(office, "") as desk:
        participants.add(
            desk.tx,
            incident_id=number,
            why="owner",
            contact="Lucia <lucia@example.com>",
            problem=people.NOT_ASKED_YET,
            added_at=NOW,
        )
    with at_desk(office, "") as desk:
        people.keep_contact(desk.tx, "lucia@example.com", user_id=LUCIA, problem=None, now=NOW)
        joining.bring_in(desk, "lucia@example.com")
    last = [effect for effect in owed(office) if effect.kind == "Invite"][-1]
    assert last.incident_id == number
    assert last.payload["users"] == [LUCIA]
    with office.transaction() as tx:
        owner = next(row for row in participants.of_incident(tx, number) if row.why == "owner")
    assert owner.problem is None


def test_an_opener_whom_we_do_not_know_is_looked_up(office: Storage) -> None:
    declared(office, by=LUCIA)
    assert [effect.payload["user"] for effect in owed(office) if effect.kind == "LookUpPerson"] == [LUCIA]


def test_a_private_incident_invites_opener_owner_and_backup_alone_and_is_not_announced(office: Storage) -> None:
    number = declared(office, private=True)
    effects = owed(office)
    invite = next(effect for effect in effects if effect.kind == "Invite")
    assert invite.payload["users"] == [ERIK, ANA, LEE]
    assert not any(effect.kind in {"DrawAnnouncement", "SayToStakeholders"} for effect in effects)
    with office.transaction() as tx:
        assert participants.members(tx, number) == {ERIK, ANA, LEE}


@pytest.mark.parametrize("kind", ["test", "drill"])
def test_tests_and_drills_are_not_announced(office: Storage, kind: str) -> None:
    declared(office, kind=kind)
    assert not any(effect.kind == "DrawAnnouncement" for effect in owed(office))


def test_the_timeline_says_who_opened_it_as_what_and_why(office: Storage) -> None:
    number = declared(office, what="scores <0 & falling")
    with office.transaction() as tx:
        entry = timeline.of_incident(tx, number)[0]
    assert (entry.kind, entry.author, entry.at) == ("declared", ERIK, NOW)
    assert entry.text == "Opened as SEV1: scores &lt;0 &amp; falling"
    assert "tier 0" in str(entry.reason)


@pytest.mark.parametrize(
    ("text", "model", "what"),
    [
        ("delivery eta is late", "delivery eta", "is late"),
        ("delivery eta v2 is late", "delivery eta v2", "is late"),
        ("Delivery-ETA v2: is late", "delivery eta v2", "is late"),
        ('"delivery eta" v2 is late', "delivery eta", "v2 is late"),
        ("“delivery eta v2” is late", "delivery eta v2", "is late"),
        ("Fraud score is zero", "fraud-scorer", "is zero"),
        ("FRAUD-SCORER  is\nzero", "fraud-scorer", "is zero"),
    ],
)
def test_the_longest_name_that_the_words_begin_with_is_the_model(
    office: Storage, text: str, model: str, what: str
) -> None:
    type_open(office, ERIK, text)
    assert [(one.model, one.title) for one in incidents_stored(office)] == [(model, what)]


def test_open_alone_and_a_model_alone_ask_in_a_form(office: Storage) -> None:
    alone = type_open(office, ERIK, "")
    with_model = type_open(office, ERIK, "fraud-scorer")
    assert alone.modal is not None
    assert with_model.modal is not None
    assert "Fraud score (fraud-scorer)" in said(with_model)
    severity = next(block for block in with_model.modal["blocks"] if block.get("block_id") == Opening.SEVERITY)
    assert severity["element"]["initial_option"]["value"] == "sev1"
    assert incidents_stored(office) == []


def test_the_form_opens_what_was_filled_in(office: Storage) -> None:
    form = type_open(office, ERIK, "").modal
    assert form is not None
    answer = send_form(
        office,
        ERIK,
        form,
        model="price-optimizer",
        what="prices doubled",
        severity="sev3",
        failure_mode="bad-rollout",
        private=["private"],
    )
    one = incident(office, 1)
    assert (one.model, one.severity, one.failure_mode, one.private) == ("price-optimizer", "sev3", "bad-rollout", True)
    assert one.opened_from == "C01GENERAL"
    assert "INC-1" in said(answer)


def test_a_form_without_words_says_so_under_the_field(office: Storage) -> None:
    form = type_open(office, ERIK, "").modal
    assert form is not None
    answer = send_form(office, ERIK, form, model="price-optimizer", what="  \n ")
    assert isinstance(answer, FieldErrors)
    assert set(answer.errors) == {Opening.WHAT}


def test_an_unknown_model_is_asked_about_with_the_closest_names(office: Storage) -> None:
    answer = type_open(office, ERIK, "fraud-scoer scores are zero")
    assert answer.modal is not None
    shown = said(answer)
    choice = next(block["element"] for block in answer.modal["blocks"] if block.get("block_id") == Opening.MODEL)
    assert len(choice["options"]) == 4, "the three closest names, and the one that was typed"
    assert "fraud-scorer" in choice["options"][0]["text"]["text"]
    assert "Open anyway under the name “fraud-scoer”" in shown
    assert "scores are zero" in shown
    send_form(office, ERIK, answer.modal, model="0", what="scores are zero", severity="by-tier")
    assert incident(office, 1).model == "fraud-scorer"
    assert incident(office, 1).severity == "sev1"


def test_an_unknown_model_can_be_opened_under_the_name_as_typed(office: Storage) -> None:
    answer = type_open(office, ERIK, '"basket recs" are empty')
    assert answer.modal is not None
    send_form(office, ERIK, answer.modal, model="as-typed", what="are empty")
    one = incident(office, 1)
    assert (one.model, one.model_known, one.card, one.severity) == ("basket recs", False, None, "sev3")
    assert [effect.payload["users"] for effect in owed(office) if effect.kind == "Invite"] == [[ERIK]]


def test_type_ahead_finds_models_and_lets_the_typed_name_through(office: Storage) -> None:
    with at_desk(office, ERIK) as desk:
        options = opening.suggest_models(desk, "frau")
        everything = opening.suggest_models(desk, "")
    assert [option["value"] for option in options] == ["fraud-scorer", "?frau"]
    assert len(everything) == 4


def test_a_model_typed_in_the_form_is_opened_though_unknown(office: Storage) -> None:
    form = type_open(office, ERIK, "").modal
    assert form is not None
    send_form(office, ERIK, form, model="?basket-recs", what="empty")
    assert incident(office, 1).model == "basket-recs"


def test_a_model_with_an_open_incident_is_pointed_to_it(office: Storage) -> None:
    type_open(office, ERIK, "fraud-scorer scores are zero")
    answer = type_open(office, ANA, "fraud-scorer everything is declined", trigger="2.2")
    assert len(incidents_stored(office)) == 1
    assert "INC-1" in answer.text
    assert "scores are zero" in answer.text
    assert button_value(answer, Joining.JOIN) == "1"


def test_something_else_opens_another_and_a_second_click_opens_nothing_more(office: Storage) -> None:
    type_open(office, ERIK, "fraud-scorer scores are zero")
    answer = type_open(office, ANA, "fraud-scorer everything is declined", trigger="2.2")
    value = button_value(answer)
    first = click(office, ANA, Opening.SEPARATE, value)
    second = click(office, ANA, Opening.SEPARATE, value)
    assert [one.title for one in incidents_stored(office)] == ["scores are zero", "everything is declined"]
    assert "INC-2" in said(first)
    assert "open already" in said(second)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("noise", ['"' * 9000, "\\" * 9000, "<!channel>" * 900, "🧨" * 9000, "a\x00b\n" * 3000])
def test_noise_is_cut_and_still_opens_another(office: Storage, noise: str) -> None:
    type_open(office, ERIK, f"fraud-scorer {noise}")
    answer = type_open(office, ANA, f"fraud-scorer {noise}", trigger="2.2")
    value = button_value(answer)
    assert len(value) <= 2000
    assert blockkit.faults_in_blocks(answer.blocks or []) == []
    click(office, ANA, Opening.SEPARATE, value)
    form = type_open(office, ANA, "").modal
    assert form is not None
    asked = send_form(office, ANA, form, model="fraud-scorer", what=noise)
    assert isinstance(asked, Answer)
    assert asked.modal is not None
    assert blockkit.faults_in_view(asked.modal) == []
    send_form(office, ANA, asked.modal)
    titles = [one.title for one in incidents_stored(office)]
    assert len(titles) == 3
    assert all(0 < len(title) <= 1000 and "\x00" not in title for title in titles)


def test_the_form_too_points_to_the_open_incident_and_can_open_another(office: Storage) -> None:
    declared(office)
    form = type_open(office, ANA, "").modal
    assert form is not None
    answer = send_form(office, ANA, form, model="fraud-scorer", what="declined", severity="sev2")
    assert isinstance(answer, Answer)
    assert answer.modal is not None
    assert "INC-1" in said(answer)
    assert len(incidents_stored(office)) == 1
    send_form(office, ANA, answer.modal)
    assert [(one.title, one.severity) for one in incidents_stored(office)][1:] == [("declined", "sev2")]


def test_a_resolved_incident_or_a_drill_stops_nobody_from_opening(office: Storage) -> None:
    declared(office, kind="drill")
    number = declared(office)
    change(office, number, status="resolved")
    type_open(office, ANA, "fraud-scorer again")
    assert len(incidents_stored(office)) == 3


def test_to_others_a_private_incident_is_not_named_and_a_new_one_opens(office: Storage) -> None:
    declared(office, private=True, what="personal data in prompts")
    answer = type_open(office, PAT, "fraud-scorer scores are zero")
    assert "INC-2" in answer.text
    assert "personal" not in said(answer)
    member = type_open(office, ANA, "fraud-scorer scores are zero", trigger="3.3")
    assert "INC-2" in member.text


def test_people_who_open_at_the_same_second_get_numbers_of_their_own(office: Storage) -> None:
    models = ["fraud-scorer", "price-optimizer", "delivery eta", "delivery eta v2"] * 2
    texts = [f"{model} {'a' if place < 4 else 'b'}" for place, model in enumerate(models)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: type_open(office, ERIK, text), texts))
    stored = incidents_stored(office)
    assert sorted(one.model for one in stored) == sorted(set(models)), "one each: the second is pointed to the first"
    assert len({one.id for one in stored}) == 4
    channels = [effect for effect in owed(office) if effect.kind == "CreateChannel"]
    assert len(channels) == 4


def test_what_the_policy_does_not_allow_opens_nothing(office: Storage) -> None:
    with at_desk(office, PAT) as desk:
        permissions = desk.policy.permissions.model_copy(update={"open": "owner"})
        strict = replace(desk, policy=desk.policy.model_copy(update={"permissions": permissions}))
        with pytest.raises(RuleBroken, match="policy"):
            opening._already_open(strict, opening.Declaration(model="fraud-scorer", what="x"))
        opening._already_open(replace(strict, by=ANA), opening.Declaration(model="fraud-scorer", what="x"))


def test_joining_brings_in_whoever_clicks(office: Storage) -> None:
    number = declared(office)
    answer = click(office, LUCIA, Joining.JOIN, str(number))
    assert "INC-1" in said(answer)
    assert [effect.payload["users"] for effect in owed(office) if effect.kind == "Invite"][-1] == [LUCIA]
    with office.transaction() as tx:
        assert LUCIA in participants.members(tx, number)


def test_nobody_joins_a_private_incident_by_a_button(office: Storage) -> None:
    number = declared(office, private=True)
    with pytest.raises(RuleBroken) as no:
        click(office, LUCIA, Joining.JOIN, str(number))
    assert "INC" not in str(no.value)


def test_coming_into_the_channel_is_on_the_timeline_once(office: Storage) -> None:
    number = declared(office)
    change(office, number, channel_id="C99INCID")
    event = {"type": "member_joined_channel", "user": LUCIA, "channel": "C99INCID", "inviter": "U00MLINCB"}
    for _ in range(3):
        with at_desk(office, LUCIA) as desk:
            joining.note_joined(desk, event)
    with office.transaction() as tx:
        entries = timeline.of_incident(tx, number, kinds=["joined"])
        assert [entry.author for entry in entries] == [LUCIA]
        assert LUCIA in participants.members(tx, number)
    with at_desk(office, LUCIA) as desk:
        joining.note_left(desk, event)
    with office.transaction() as tx:
        assert LUCIA not in participants.members(tx, number)


def test_whom_slack_could_not_bring_in_is_on_the_timeline_once(office: Storage) -> None:
    number = declared(office)
    for _ in range(2):
        with at_desk(office, "") as desk:
            told = Invite(incident_id=number, users=(PAT, JONAS))
            joining.note_invited(desk, told, {"problems": {PAT: "is a guest", JONAS: None}})
    with office.transaction() as tx:
        texts = [entry.text for entry in timeline.of_incident(tx, number, kinds=["bot"])]
    assert texts == [f"Could not bring in <@{PAT}>: is a guest"]


def test_the_channel_is_noted_on_the_timeline_once(office: Storage) -> None:
    number = declared(office)
    for _ in range(2):
        with at_desk(office, "") as desk:
            learnt = {"channel_id": "C99", "channel_name": "inc-1-fraud-scorer"}
            joining.note_channel(desk, CreateChannel(incident_id=number), learnt)
    with office.transaction() as tx:
        texts = [entry.text for entry in timeline.of_incident(tx, number, kinds=["bot"])]
    assert texts == ["Created the channel #inc-1-fraud-scorer"]


def test_drawing_effects_of_an_incident_are_one_each(office: Storage) -> None:
    number = declared(office)
    with at_desk(office, ERIK) as desk:
        redraw(desk, by_id(desk, number))
        redraw(desk, by_id(desk, number))
    kinds = [effect.kind for effect in owed(office)]
    for kind in (DrawCard.__name__, "DrawAnnouncement", "SetTopic", "CreateChannel"):
        assert kinds.count(kind) == 1, kind
