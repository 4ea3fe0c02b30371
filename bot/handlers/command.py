"""/ml-incident: words in, a use case, the answer in the acknowledgement."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack

from bot import grammar
from bot.errors import log_with_reference, nothing_happened
from bot.forms import FormNotOpened
from bot.handlers.lent import Lent
from bot.handlers.once import Kept, once
from bot.handlers.wording import acknowledgement, refusal
from bot.incidents.desk import Answer, Command
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

    def do(tx: Transaction) -> Answer:
        request = grammar.read(command.text)
        return lent.feature.commands[type(request)](lent.desk_for(tx, str(body["user_id"])), request, command)

    def keep(answer: Answer) -> Kept:
        nonlocal view
        view = answer.modal
        return {} if view is not None else {"text": answer.text, "blocks": answer.blocks}

    key = f"command:{trigger}"
    kept, first = once(lent.storage, key, lambda tx: keep(do(tx)), refused=lambda _tx, no: keep(refusal(no)))
    if first and view is not None:
        try:
            lent.forms.open(trigger, view)
        except FormNotOpened as problem:
            return {"text": str(problem)}
        return {}
    return kept
