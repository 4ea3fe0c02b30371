"""/ml-incident: words in, a use case, the answer in the acknowledgement."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack

from bot import grammar
from bot.errors import log_with_reference, nothing_happened
from bot.forms import FormNotOpened
from bot.grammar import Complaint
from bot.handlers.lent import Lent
from bot.handlers.once import Kept, once
from bot.handlers.wording import acknowledgement, refusal
from bot.incidents.desk import Answer, Command
from playbooks.lifecycle import RuleBroken
from storage.transaction import Transaction

log = logging.getLogger(__name__)


def answer_command(ack: Ack, body: dict[str, Any], lent: Lent) -> None:
    """Answer one slash command. Acknowledges last, after the commit, and lets nothing escape."""
    try:
        shown = _shown(body, lent)
    except Exception:
        # Slack does not send a command again, so the person has to.
        shown = {"text": nothing_happened(log_with_reference(log, "a command"))}
    ack(**acknowledgement(shown))


def _shown(body: dict[str, Any], lent: Lent) -> Kept:
    trigger = str(body["trigger_id"])
    command = Command(channel=str(body["channel_id"]), trigger_id=trigger, text=str(body.get("text") or ""))
    view: dict[str, Any] | None = None

    def do(tx: Transaction) -> Kept:
        nonlocal view
        request = grammar.read(command.text)
        answer = lent.feature.commands[type(request)](lent.desk_for(tx, str(body["user_id"])), request, command)
        view = answer.modal
        return _kept(answer)

    def refused(_tx: Transaction, no: RuleBroken | Complaint) -> Kept:
        nonlocal view
        answer = refusal(no)
        view = answer.modal
        return _kept(answer)

    kept, first = once(lent.storage, f"command:{trigger}", do, refused=refused)
    if first and view is not None:
        try:
            lent.forms.open(trigger, view)
        except FormNotOpened as problem:
            return {"text": str(problem)}
        return {}
    return kept


def _kept(answer: Answer) -> Kept:
    return {} if answer.modal is not None else {"text": answer.text, "blocks": answer.blocks}
