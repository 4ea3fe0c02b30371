"""Buttons and menus: a click, a use case, and the answer owed over `response_url` or shown as a form."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack, BoltResponse

from bot import effects
from bot.errors import log_with_reference, nothing_happened
from bot.forms import FormNotOpened, Forms
from bot.handlers.inputs import as_text, entered
from bot.handlers.lent import Lent
from bot.handlers.once import Kept, once
from bot.handlers.wording import notice, refusal
from bot.incidents.desk import Answer, Click, Feature, OnClick
from storage.transaction import Transaction

log = logging.getLogger(__name__)


def answer_click(ack: Ack, body: dict[str, Any], action: dict[str, Any], lent: Lent) -> BoltResponse | None:
    """Answer one click. Acknowledges last; where not even the apology could be owed, Slack shows that it failed."""
    click = _click(body, action)
    answers = heard_by(lent.feature, click.action_id)
    if answers is None:
        log.warning("nobody hears %s", click.action_id)  # a link, or a button of another version
        ack()
        return None
    try:
        _answer(body, click, answers, lent)
    except Exception:
        sorry = Answer(text=nothing_happened(log_with_reference(log, f"a click on {click.action_id}")))
        try:
            _show_afterwards(body, click, sorry, lent)
        except Exception:
            log.exception("nor could the person be told")
            return BoltResponse(status=500)
    ack()
    return None


def heard_by(feature: Feature, action_id: str) -> OnClick | None:
    """Who answers to this action id: its own entry, else the longest one that ends in * and begins alike."""
    if action_id in feature.clicks:
        return feature.clicks[action_id]
    alike = [known for known in feature.clicks if known.endswith("*") and action_id.startswith(known[:-1])]
    return feature.clicks[max(alike, key=len)] if alike else None


def _click(body: dict[str, Any], action: dict[str, Any]) -> Click:
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Click(
        action_id=str(action["action_id"]),
        value=as_text(entered(action)),
        channel=channel,
        message_ts=container.get("message_ts"),
        trigger_id=str(body["trigger_id"]),
        in_modal=(body.get("view") or {}).get("type") == "modal",
    )


def _answer(body: dict[str, Any], click: Click, answers: OnClick, lent: Lent) -> None:
    key = f"click:{click.trigger_id}:{body['actions'][0].get('action_ts')}"
    said: Answer | None = None

    def keep(tx: Transaction, answer: Answer | None) -> Kept:
        nonlocal said
        said = answer
        if said is not None and said.modal is None and "response_url" in body:
            _owe(tx, body, said)
        return {}

    _, first = once(
        lent.storage,
        key,
        lambda tx: keep(tx, answers(lent.desk_for(tx, str(body["user"]["id"])), click)),
        refused=lambda tx, no: keep(tx, refusal(no)),
    )
    if not first or said is None:
        return
    if said.modal is not None:
        try:
            _open(body, click, said.modal, lent.forms, replace=said.replace)
        except FormNotOpened as problem:
            _show_afterwards(body, click, Answer(text=str(problem)), lent)
    elif "response_url" not in body and said.text:
        _open(body, click, notice(said), lent.forms, replace=said.replace)


def _owe(tx: Transaction, body: dict[str, Any], said: Answer) -> None:
    if said.text or said.blocks:
        effects.owe(
            tx,
            effects.Answer(response_url=body["response_url"], text=said.text, blocks=said.blocks, replace=said.replace),
        )


def _show_afterwards(body: dict[str, Any], click: Click, said: Answer, lent: Lent) -> None:
    """Tell the person what went wrong after the transaction was over."""
    if "response_url" not in body:
        _open(body, click, notice(said), lent.forms, replace=False)
        return
    with lent.storage.transaction() as tx:
        _owe(tx, body, said)


def _open(body: dict[str, Any], click: Click, view: dict[str, Any], forms: Forms, *, replace: bool) -> None:
    if not click.in_modal:
        forms.open(click.trigger_id, view)
    elif replace:
        forms.update(str(body["view"]["id"]), view)
    else:
        forms.push(click.trigger_id, view)
