"""100 kB of hostile text in every field: no message, form or menu breaks, and nobody is pinged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox import blockkit
from bot.views import announcement as announcement_view
from bot.views import card as card_view
from bot.views import lists as lists_view
from bot.views import opening as opening_view
from bot.views.card import Named, Shown
from bot.views.lists import Brief
from bot.views.text import clean, cut
from playbooks.card import Fact, ModelCard
from playbooks.fields import FIELDS
from playbooks.lifecycle import Severity, Status
from playbooks.policy import load_policy
from tests.bot.opening.company import ERIK, NOW, READ

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


def _mrkdwn_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _mrkdwn_in(inner)


def _is_whole(text: str) -> bool:
    """Whether no escape, mention or link was cut in two."""
    left = re.sub(r"<[^<>]*>|&(?:amp|lt|gt);", "", text)
    return not set("<>&") & set(left)


def _hostile_card(text: str, *, is_list: bool) -> ModelCard:
    keys = [spec.key.replace("*", "x") for spec in FIELDS] + [f"poc.{team}" for team in range(20)]
    value: Any = [text] * 3 if is_list else text
    return ModelCard(text, {key: Fact(value, text + str(place), READ) for place, key in enumerate(keys)})


@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_however_hostile_breaks_a_message_or_pings_anybody(text: str, is_list: bool) -> None:
    policy = load_policy()
    people = [
        Named(why=f"poc:{text[:50]}{place}", label=text, source=text, user_id=None, problem=text) for place in range(40)
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
        over_since=None,
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
        opening_view.already_open(_brief(text), policy, another="1"),
    ]
    for fallback, blocks in messages:
        assert blockkit.faults_in_blocks(blocks) == []
        assert 0 < len(fallback) <= 4000
        whole = f"{fallback} {blocks}"
        assert "<!channel>" not in whole
        assert "<@U01ANAMOR>" not in whole
        assert "<https://evil" not in whole
        for said_in_markup in [fallback, *_mrkdwn_in(blocks)]:
            assert _is_whole(said_in_markup), said_in_markup[-80:]


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
        opening_view.already_open_form(_brief(text), policy, metadata={"w": cut(clean(text), 1000)}),
    ]
    for view in forms:
        assert blockkit.faults_in_view(view) == []
    options = opening_view.suggestions([(name, text)] * 300, text[:149])
    assert len(options) <= 100
    for option in options:
        assert 0 < len(option["text"]["text"]) <= 75
        assert 0 < len(option["value"]) <= 150
