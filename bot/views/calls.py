"""A check or an action in the message of its run: what is asked or would be sent, what came of it, what to press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.views.blocks import Block, input_block, modal, text_input
from bot.views.ids import Calls
from bot.views.text import button, esc, person, section, when
from playbooks.progress import Current
from playbooks.steps import ActionStep

_MOST_OF_A_BODY = 160
_WHOLE_BODY = 2000
"""Whoever approves sees all of it, however long."""


@dataclass(frozen=True, kw_only=True)
class CallShown:
    """A call as the step's message shows it."""

    state: str
    revision: int
    said: str | None = None
    asked_at: datetime | None = None
    held_since: datetime | None = None
    preview: dict[str, Any] | None = None
    before: str | None = None
    requested_by: str | None = None
    approvers: str = ""
    """Who may approve, in words and mentions."""


def call_words(call: CallShown | None, here: Current) -> list[str]:
    """What the message says of it, in paragraphs of mrkdwn."""
    if call is None or call.state == "left":
        return []
    if isinstance(here.step, ActionStep):
        return _action_words(call, here, here.step)
    return _check_words(call, here)


def _check_words(call: CallShown, here: Current) -> list[str]:
    said = esc(call.said or "", 400)
    if call.state == "unusable":
        return [f":warning: {said}", f"*By hand:* {esc(here.manual or '', 2000)}"]
    if call.state == "holding":
        return [f"So far so good, since {when(call.held_since)}: {said}"]
    if call.state == "failed":
        return [f":x: It does not hold, asked {when(call.asked_at)}: {said}"]
    return [":hourglass_flowing_sand: The bot is asking."]


def _action_words(call: CallShown, here: Current, step: ActionStep) -> list[str]:
    said = esc(call.said or "", 400)
    by_hand = f"*By hand:* {esc(here.manual or '', 2000)}"
    if call.state == "unusable":
        return [f":warning: {said}", by_hand]
    if call.state == "failed":
        return [f":x: {said}", by_hand]
    if call.state == "reading" or call.preview is None:
        return [":hourglass_flowing_sand: The bot is looking at how it stands now."]
    words = [_preview(call, here, step)]
    if call.state == "requested":
        words.append(f"*{person(call.requested_by)} asks for approval* by {call.approvers}.")
    elif call.state == "sending":
        words.append(":hourglass_flowing_sand: Approved, and being sent.")
    elif call.state == "refused":
        words.append(f":no_entry: {said}")
    else:
        words.append(f"Somebody asks, somebody else approves: {call.approvers}.")
    return words


def _preview(call: CallShown, here: Current, step: ActionStep) -> str:
    sent = call.preview or {}
    back = {"never": "It cannot be taken back", "at-once": "It can be taken back at once"}.get(
        step.reversible, f"It can be taken back within {step.reversible}"
    )
    line = f"*{esc(subject_of(sent) or here.title, 200)}*"
    if call.before is not None or "wanted" in sent:
        line += f"\nNow *{esc(before_of(call.before), 80)}*" + (
            f", then *{esc(str(sent['wanted']), 80)}*" if "wanted" in sent else ""
        )
    body = str(sent.get("body") or "")
    request = f"{sent.get('method', '')} {sent.get('path', '')}"
    line += f"\n`{esc(request, 200).replace('`', '')}` to {esc(str(sent.get('connection', '')), 60)}"
    if body:
        line += f"\n`{esc(body, _WHOLE_BODY if call.state == 'requested' else _MOST_OF_A_BODY).replace('`', '')}`"
    return f"{line}\n{back}."


def call_buttons(call: CallShown | None, here: Current, value: str) -> list[Block]:
    """What to press for it, the usual one first. `value` says which step is meant, and at which turn."""
    at = f"{value}:{call.revision if call else 0}"
    title = here.title
    again = button("Ask again", Calls.ASK, at, label=f"Ask again: {title}")
    if call is None or call.state == "left":
        return [button("Ask now", Calls.ASK, at, style="primary", label=f"Ask now: {title}")]
    if isinstance(here.step, ActionStep):
        return _action_buttons(call, here, here.step, at)
    fails = button("It does not hold", Calls.FAILS, at, label=f"It does not hold: {title}")
    if call.state == "unusable":
        return [button("It holds", Calls.HOLDS, at, style="primary", label=f"It holds: {title}"), fails, again]
    if call.state == "failed":
        return [again, fails]
    return [again] if call.state == "holding" else []


def _action_buttons(call: CallShown, here: Current, step: ActionStep, at: str) -> list[Block]:
    title = here.title
    by_hand = button("Done by hand", Calls.BY_HAND, at, label=f"Done by hand: {title}")
    again = button("Try again", Calls.ASK, at, label=f"Look again how it stands: {title}")
    fails = [button("Go on: it failed", Calls.FAILS, at, label=f"Go on as failed: {title}")] if step.on_fail else []
    if call.state in {"unusable", "failed"}:
        return [by_hand, again, *fails]
    if call.state in {"ready", "refused"}:
        ask = button("Ask for approval", Calls.REQUEST, at, style="primary", label=f"Ask for approval: {title}")
        return [ask, by_hand]
    if call.state == "requested":
        approve = button("Approve", Calls.APPROVE, at, style="danger", label=f"Approve and send: {title}")
        approve["confirm"] = {
            "title": {"type": "plain_text", "text": "Send it now?"},
            "text": {"type": "plain_text", "text": _confirmed(call, title)},
            "confirm": {"type": "plain_text", "text": "Approve"},
            "deny": {"type": "plain_text", "text": "Not yet"},
        }
        return [
            approve,
            button("Refuse", Calls.REFUSE, at, label=f"Refuse, with a reason: {title}"),
            button("Take back the request", Calls.WITHDRAW, at, label=f"Take back the request: {title}"),
        ]
    return []


def _confirmed(call: CallShown, title: str) -> str:
    sent = call.preview or {}
    change = f" It is {before_of(call.before)} now, and {sent['wanted']} then." if "wanted" in sent else ""
    return f"{subject_of(sent) or title}.{change}"[:300]


def subject_of(sent: dict[str, Any]) -> str | None:
    """What an action changes, where it has a name: 'Alias champion of fraud-scorer'."""
    return f"Alias {sent['alias']} of {sent['model']}" if sent.get("alias") and sent.get("model") else None


def before_of(value: str | None) -> str:
    """The value that an action changes; one that is not there yet is something to see, too."""
    return "not there" if value is None else value


def seen_form(*, metadata: dict[str, Any], here: Current, outcome: str) -> Block:
    """What somebody saw who looked by hand."""
    failed = "It failed" if isinstance(here.step, ActionStep) else "It does not hold"
    holds = "It holds" if outcome == "passed" else failed
    return modal(
        holds,
        [
            section(f"*{esc(here.title, 500)}*"),
            input_block("What did you see?", text_input(Calls.VALUE, longest=300), block_id=Calls.VALUE),
        ],
        callback_id=Calls.SEEN_FORM,
        submit="Write it down",
        metadata={**metadata, "outcome": outcome},
    )


def refuse_form(*, metadata: dict[str, Any], here: Current) -> Block:
    """Why the action is not approved."""
    return modal(
        "Refuse",
        [
            section(f"*{esc(here.title, 500)}*"),
            input_block("Why?", text_input(Calls.REASON, longest=500), block_id=Calls.REASON),
        ],
        callback_id=Calls.REFUSE_FORM,
        submit="Refuse",
        metadata=metadata,
    )


def by_hand_form(*, metadata: dict[str, Any], here: Current) -> Block:
    """How to do it by hand, and what was done."""
    return modal(
        "Done by hand",
        [
            section(f"*{esc(here.title, 500)}*"),
            section(esc(here.manual or "–", 2900)),
            input_block(
                "What did you do, and what was it before?",
                text_input(Calls.VALUE, multiline=True, longest=500),
                block_id=Calls.VALUE,
            ),
        ],
        callback_id=Calls.BY_HAND_FORM,
        submit="It is done",
        metadata=metadata,
    )


def acted_message(
    said: str, *, incident_id: int, call_id: int, undo: str | None, by_hand: str
) -> tuple[str, list[Block]]:
    """(text, blocks) of what the bot did, with the way back one click away. `undo` is None where only people can."""
    blocks: list[Block] = [section(esc(said, 1500))]
    if undo is None:
        blocks.append(section(f"*To undo it:* {esc(by_hand, 1000)}"))
    else:
        blocks.append({"type": "actions", "elements": [undo_button(incident_id, call_id, undo)]})
    return esc(said, 2000), blocks


def undo_button(incident_id: int, call_id: int, undo: str) -> Block:
    """Takes an action back."""
    made = button("Undo", Calls.UNDO, f"{incident_id}:{call_id}", label=f"Undo: {undo}"[:75])
    made["confirm"] = {
        "title": {"type": "plain_text", "text": "Undo it?"},
        "text": {"type": "plain_text", "text": f"{undo}."[:300]},
        "confirm": {"type": "plain_text", "text": "Undo"},
        "deny": {"type": "plain_text", "text": "Leave it"},
    }
    return made
