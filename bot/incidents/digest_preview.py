"""The digest as plain lines, for a terminal: as it would be posted, or as one person would be told."""

from __future__ import annotations

import html
import re

from bot.incidents import owner_digest
from bot.incidents.desk import Desk
from bot.incidents.digest import KEY, gather
from bot.incidents.lateness import late
from bot.incidents.people import name_of
from bot.incidents.survey import percent, survey
from bot.views.blocks import Block
from bot.views.text import when_plain
from playbooks.lifecycle import RuleBroken
from storage import catalogue, people, reminders, reports

_MARK = re.compile(r"<([^|<>]*)\|?([^<>]*)>")
_ACCOUNT = re.compile(r"[UW][A-Z0-9]{4,}")


def preview_lines(desk: Desk) -> list[str]:
    """The digest of the channel."""
    facts = gather(desk, survey(desk, catalogue.cards(desk.tx)))
    lines = [f"{facts.models} models in the catalogue, as of {when_plain(facts.at)}."]
    for group in facts.groups:
        if group.total:
            lines += ["", f"{group.title} ({group.total})", *(f"  - {_plain(line)}" for line in group.lines)]
            lines += [f"  … and {group.more} more"] if group.more else []
    return lines if len(lines) > 1 else [*lines, "Nothing to do: all are looked after, and nothing is open or late."]


def preview_for(desk: Desk, who: str) -> list[str]:
    """What one person would be told: by e-mail address, @name or Slack id. Raises RuleBroken for nobody."""
    user = _account(desk, who.strip())
    known = owner_digest.readers(survey(desk, catalogue.cards(desk.tx)), late(desk))
    promised = reminders.find(desk.tx, KEY)
    before = ((promised.data if promised else None) or {}).get("trends", {}).get(user, [])
    now = percent(known.owned.get(user, ()))
    said = owner_digest.for_one(desk, known, user, [*before, *([] if now is None else [now])])
    if said is None:
        return [f"Nothing is sent to {name_of(desk.tx, user)}: there is nothing to say."]
    return [f"To {name_of(desk.tx, user)}", "", *(line for block in said[1] for line in _block(block))]


def _account(desk: Desk, who: str) -> str:
    contact = f"slack:{who}" if _ACCOUNT.fullmatch(who) else who
    user, problem = people.who(desk.tx, contact)
    if user is None and contact != who and people.person(desk.tx, who) is not None:
        user, problem = who, None
    if user is None:
        named = reports.accounts_named(desk.tx, who.removeprefix("@"))
        if len(named) == 1:
            return named[0]
        if named:
            raise RuleBroken(f"{len(named)} people go by “{who[:60]}”; give an e-mail address or a Slack id.")
    if user is None or problem is not None:
        raise RuleBroken(f"“{who[:100]}” {problem or people.NOT_ASKED_YET}.")
    return user


def _block(block: Block) -> list[str]:
    if block["type"] == "actions":
        return ["  " + " ".join(f"[{one['text']['text']}]" for one in block["elements"])]
    texts = [one["text"] for one in block.get("elements", ())] or [block["text"]["text"]]
    return [_plain(line) for text in texts for line in text.split("\n")]


def _plain(line: str) -> str:
    return html.unescape(_MARK.sub(r"\2", line).replace("*", "")).rstrip()
