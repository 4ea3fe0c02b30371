"""Lists, the search, the tray, the wrong channel and help: what is there, and nothing private to anybody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.effects import CreateChannel
from bot.grammar import WORDS
from bot.incidents import finding, help, lists, opening  # noqa: A004 - the feature is called help
from bot.incidents.desk import Answer, Command
from bot.incidents.finding import NotHere
from bot.requests import Help, ListIncidents, Search, Tray
from bot.sandbox import blockkit
from bot.views.ids import Card, Joining, Lists, Opening
from playbooks.lifecycle import Role, RuleBroken
from storage import outbox, participants, roles
from storage.transaction import Storage
from tests.bot.opening.company import (
    ANA,
    ERIK,
    LUCIA,
    NOW,
    PAT,
    at_desk,
    change,
    click,
    declared,
    said,
    type_open,
)

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "personal data in prompts"
HERE = Command(channel="C01GENERAL", trigger_id="1.1", text="")


def _list(storage: Storage, by: str, *, everything: bool = False) -> Answer:
    with at_desk(storage, by) as desk:
        return lists.list_incidents(desk, ListIncidents(everything=everything), HERE)


def _search(storage: Storage, by: str, words: str) -> Answer:
    with at_desk(storage, by) as desk:
        return lists.search(desk, Search(words=words), HERE)


def _tray(storage: Storage, by: str, channel: str = "C01GENERAL") -> Answer:
    with at_desk(storage, by) as desk:
        return lists.show_tray(desk, Tray(), Command(channel=channel, trigger_id="1.1", text=""))


def _buttons(answer: Answer) -> list[str]:
    found = [element for block in answer.blocks or [] for element in blockkit.elements_of(block)]
    return [str(element.get("action_id")) for element in found]


def test_a_private_incident_is_in_no_list_search_suggestion_or_wrong_channel_of_others(office: Storage) -> None:
    number = declared(office, private=True, what=SECRET, model="no such model")
    change(office, number, channel_id="C99PRIVAT")
    for other in (PAT, LUCIA):
        shown = [
            _list(office, other),
            _list(office, other, everything=True),
            _search(office, other, "personal"),
            _search(office, other, "INC-1"),
            type_open(office, other, "no such modle is odd"),
        ]
        with pytest.raises(NotHere) as no:
            _tray(office, other)
        with at_desk(office, other) as desk:
            suggested = opening.suggest_models(desk, "no such")
        everything = " ".join([*map(said, shown), said(no.value.answer), json.dumps(suggested)])
        assert SECRET not in everything
        assert "C99PRIVAT" not in everything
        assert "no such model" not in everything
        with pytest.raises(RuleBroken):
            click(office, other, Lists.TRAY, str(number))


def _gives_up(storage: Storage, number: int) -> None:
    """Slack refuses the channel for good."""
    with storage.transaction() as tx:
        later = datetime.now(UTC) + timedelta(seconds=1)
        claimed = outbox.claim(tx, now=later, lease=timedelta(seconds=9), limit=50)
        (creating,) = [one for one in claimed if one.key == CreateChannel(incident_id=number).key]
        reason = "the workspace does not let the app create channels; an administrator can allow it"
        outbox.settle_never(tx, creating, now=later, error=f"{reason} (conversations.create: cannot_create_channel)")


def test_an_opening_that_gave_up_says_what_happened_and_what_to_do_wherever_it_is_found(office: Storage) -> None:
    number = declared(office)
    assert "channel being created" in said(_list(office, PAT))
    _gives_up(office, number)
    with pytest.raises(NotHere) as elsewhere:
        _tray(office, ERIK)
    for shown in (
        _list(office, PAT),
        _search(office, PAT, "zero"),
        elsewhere.value.answer,
        type_open(office, PAT, "fraud-scorer is odd"),
        click(office, ERIK, Lists.TRAY, str(number)),
        click(office, PAT, Joining.JOIN, str(number)),
    ):
        assert "could not be created: the workspace does not let the app create channels" in said(shown)
        assert "`ml-incident outbox retry --all`" in said(shown)
        assert "being created" not in said(shown)
    with office.transaction() as tx:
        outbox.retry(tx, None, now=datetime.now(UTC))
    assert "channel being created" in said(_list(office, PAT)), "it is tried again"


def test_its_members_find_a_private_incident(office: Storage) -> None:
    declared(office, private=True, what=SECRET)
    for member in (ERIK, ANA):
        assert SECRET in said(_list(office, member))
        assert SECRET in said(_search(office, member, "prompts personal"))
    with at_desk(office, ERIK) as desk:
        roles.give(desk.tx, incident_id=1, role=Role.COMMANDER, user_id=LUCIA, given_by=ERIK, at=NOW)
    assert SECRET in said(_list(office, LUCIA)), "who holds a role is a member"


def test_who_could_not_be_brought_in_is_no_member_of_a_private_incident(office: Storage) -> None:
    number = declared(office, private=True, what=SECRET)
    with at_desk(office, "") as desk:
        participants.set_problem(desk.tx, number, user_id=ANA, problem="may not see the channel")
    assert SECRET not in said(_list(office, ANA))


def test_the_list_has_open_incidents_and_with_all_the_ended_ones_too(office: Storage) -> None:
    declared(office, what="first")
    change(office, declared(office, what="second"), status="resolved")
    assert "second" not in said(_list(office, PAT))
    assert "first" in said(_list(office, PAT))
    everything = said(_list(office, PAT, everything=True))
    assert everything.index("first") < everything.index("second"), "open ones first"


@ON_SQLITE
def test_an_empty_list_says_so(office: Storage) -> None:
    assert _list(office, PAT).text == "No incident is open."
    assert "holds" in _search(office, PAT, "x").text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ZERO scores", True),
        ("fraud", True),
        ("inc-1", True),
        ("1", True),
        ("100%", True),
        ("100_", False),
        ("zero other", False),
        ("%", True),
        ("_", False),
        ("\\", False),
    ],
)
def test_the_search_takes_words_literally_in_any_case(office: Storage, words: str, found: bool) -> None:
    declared(office, what="scores are zero for 100% of orders")
    assert ("100%" in said(_search(office, PAT, words)).replace(words, "", 1)) is found


@ON_SQLITE
def test_what_is_searched_for_pings_nobody(office: Storage) -> None:
    answer = _search(office, PAT, "<!channel> @here")
    assert "<!channel>" not in said(answer)
    assert "@here" not in said(answer)


@ON_SQLITE
def test_a_long_list_fits_into_one_message(office: Storage) -> None:
    with at_desk(office, ERIK) as desk:
        for place in range(lists.MOST_SHOWN + 5):
            opening.declare(desk, opening.Declaration(model=f"m{place}", what="<&>" * 500))
    answer = _list(office, ERIK)
    assert answer.blocks is not None
    assert blockkit.faults_in_blocks(answer.blocks) == []
    assert len(answer.text) <= 4000
    assert "There are more" in said(answer)


@ON_SQLITE
def test_the_tray_offers_what_makes_sense_now(office: Storage) -> None:
    number = declared(office)
    change(office, number, channel_id="C99INCID")
    assert Card.RESOLVE in _buttons(_tray(office, PAT, "C99INCID"))
    assert Card.REOPEN not in _buttons(_tray(office, PAT, "C99INCID"))
    change(office, number, status="resolved")
    over = _buttons(_tray(office, PAT, "C99INCID"))
    assert Card.REOPEN in over
    assert Card.RESOLVE not in over


@ON_SQLITE
def test_the_wrong_channel_offers_the_persons_open_incidents(office: Storage) -> None:
    number = declared(office)
    declared(office, by=LUCIA, model="other", what="somebody else's")
    change(office, number, channel_id="C99INCID")
    with pytest.raises(NotHere) as no:
        _tray(office, ERIK)
    assert "INC-1" in said(no.value.answer)
    assert "<#C99INCID>" in said(no.value.answer)
    assert "somebody else" not in said(no.value.answer)
    chosen = click(office, ERIK, Lists.TRAY, str(number))
    assert isinstance(chosen, Answer)
    assert Card.UPDATE in _buttons(chosen)


@ON_SQLITE
def test_the_wrong_channel_offers_to_open_one_when_there_is_none(office: Storage) -> None:
    with pytest.raises(NotHere) as no:
        _tray(office, LUCIA)
    assert _buttons(no.value.answer) == [Opening.START, Lists.OPEN_ONES]


@ON_SQLITE
def test_a_number_that_nobody_has_is_a_sentence(office: Storage) -> None:
    with at_desk(office, ERIK) as desk, pytest.raises(RuleBroken, match="no such incident"):
        finding.by_id(desk, 4711)


@ON_SQLITE
def test_help_lists_every_word_with_its_usage(office: Storage) -> None:
    with at_desk(office, ERIK) as desk:
        answer = help.show_help(desk, Help(), HERE)
    assert answer.blocks is not None
    assert blockkit.faults_in_blocks(answer.blocks) == []
    for word in WORDS:
        assert f"/ml-incident {word.usage.split(' ')[0]}" in answer.text
        assert word.help in answer.text
