"""Forms that somebody sent: what was entered, a use case, and what the form shows then."""

from __future__ import annotations

import json
import logging
from typing import Any

from slack_bolt import Ack

from bot.errors import log_with_reference, nothing_happened
from bot.handlers.inputs import entered_in
from bot.handlers.lent import Lent
from bot.handlers.once import Kept, once
from bot.handlers.wording import REFUSALS, notice, refusal
from bot.incidents.desk import Answer, FieldErrors, OnSubmission, Submission
from storage.transaction import Transaction

log = logging.getLogger(__name__)


class _NotYet(Exception):
    """The form stays open for mending; carries the sentences so that the transaction is rolled back."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("fields to mend")
        self.errors = errors


def answer_submission(ack: Ack, body: dict[str, Any], view: dict[str, Any], lent: Lent) -> None:
    """Answer one submitted form. Acknowledges last, after the commit, and lets nothing escape.

    Only success is remembered: a form that was refused comes back with the same id and hash once it is mended.
    """
    answers = lent.feature.submissions.get(str(view["callback_id"]))
    try:
        if answers is None:
            raise LookupError(f"nobody hears the form {view['callback_id']}")  # noqa: TRY301 - logged like any fault
        shown = _shown(body, view, answers, lent)
    except _NotYet as mend:
        shown = {"response_action": "errors", "errors": mend.errors}
    except REFUSALS as no:
        shown = _on_top(refusal(no))
    except Exception:
        shown = _on_top(Answer(text=nothing_happened(log_with_reference(log, f"the form {view['callback_id']}"))))
    ack(**shown)


def _shown(body: dict[str, Any], view: dict[str, Any], answers: OnSubmission, lent: Lent) -> Kept:
    submission = Submission(
        callback_id=str(view["callback_id"]),
        metadata=_metadata(view),
        values=entered_in(view.get("state") or {}),
    )

    def do(tx: Transaction) -> Kept:
        said = answers(lent.desk_for(tx, str(body["user"]["id"])), submission)
        if isinstance(said, FieldErrors):
            raise _NotYet(said.errors)
        if said is None:
            return {}
        return {"response_action": "update", "view": said.modal or notice(said)}

    kept, _ = once(lent.storage, f"form:{view['id']}:{view.get('hash')}", do)
    return kept


def _on_top(said: Answer) -> Kept:
    """Shown above the form, so that what was typed is still there when it is closed."""
    return {"response_action": "push", "view": said.modal or notice(said)}


def _metadata(view: dict[str, Any]) -> dict[str, Any]:
    text = view.get("private_metadata")
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
