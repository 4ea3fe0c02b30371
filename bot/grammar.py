"""The words of /ml-incident: command text → a typed request, or a complaint with the right usage line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from bot.requests import (
    AddFollowUp,
    Digest,
    GiveRole,
    HandOff,
    Help,
    ListIncidents,
    Models,
    Note,
    Open,
    Playbooks,
    Reopen,
    Request,
    Resolve,
    Reviews,
    Search,
    SendUpdate,
    SetSeverity,
    SetStatus,
    ShowReview,
    ShowStep,
    StartPlaybook,
    Tray,
    Who,
)
from playbooks.lifecycle import Role, RuleBroken, Severity, Status


class Complaint(Exception):
    """The words cannot be understood; the text says what to type instead."""


_MENTION = re.compile(r"^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$")


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word of the command, with the usage and help that belong to it."""

    word: str
    usage: str
    help: str
    in_channel: bool
    """Whether it only works in an incident's channel."""
    read: Callable[[str], Request]
    aliases: tuple[str, ...] = ()

    def complain(self, problem: str) -> Complaint:
        return Complaint(f"{problem} Type `/ml-incident {self.usage}`.")


def _word(name: str) -> Word:
    return next(word for word in WORDS if word.word == name)


def _need(name: str, text: str, problem: str) -> str:
    if not text:
        raise _word(name).complain(problem)
    return text


def _user(name: str, text: str) -> str:
    match = _MENTION.match(text.strip())
    if match is None:
        raise _word(name).complain("Name one person with an @-mention.")
    return match.group(1)


def _open(text: str) -> Open:
    model, _, what = text.partition(" ")
    return Open(model=model or None, what=what.strip() or None)


def _status(text: str) -> SetStatus:
    name, _, why = text.partition(" ")
    allowed = [status.value for status in Status]
    if name.lower() not in allowed:
        raise _word("status").complain(_unknown("status", name, allowed))
    return SetStatus(status=Status(name.lower()), why=why.strip() or None)


def _severity(text: str) -> SetSeverity:
    name, _, why = text.partition(" ")
    try:
        severity = Severity.parse(name)
    except RuleBroken:
        raise _word("severity").complain(_unknown("severity", name, [s.label for s in Severity])) from None
    return SetSeverity(severity=severity, why=why.strip() or None)


def _role(name: str, text: str) -> tuple[Role, str]:
    role, _, user = text.partition(" ")
    allowed = [role.value for role in Role]
    if role.lower() not in allowed:
        raise _word(name).complain(_unknown("role", role, allowed))
    return Role(role.lower()), _user(name, user)


def _give_role(text: str) -> GiveRole:
    role, user = _role("role", text)
    return GiveRole(role=role, user=user)


def _hand_off(text: str) -> HandOff:
    role, user = _role("handoff", text)
    return HandOff(role=role, user=user)


_OWNER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_BY = re.compile(r"\bby\s+(\S+)\s*$", re.IGNORECASE)


def _follow_up(text: str) -> AddFollowUp:
    due_on = None
    if match := _BY.search(text):
        try:
            due_on = date.fromisoformat(match.group(1))
        except ValueError:
            if match.group(1)[0].isdigit():
                problem = f"{match.group(1)} is not a date; write it like 2026-12-24."
                raise _word("action").complain(problem) from None
        else:
            text = text[: match.start()].rstrip()
    owner = None
    if mention := _OWNER.search(text):
        owner = mention.group(1)
        text = (text[: mention.start()] + text[mention.end() :]).strip()
    return AddFollowUp(
        text=_need("action", " ".join(text.split()), "Say what is to be done."), owner=owner, due_on=due_on
    )


def _unknown(what: str, given: str, allowed: list[str]) -> str:
    if not given:
        return f"Which {what}? One of {', '.join(allowed)}."
    close = get_close_matches(given.lower(), [a.lower() for a in allowed], n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"There is no {what} “{given}”; the {what} is one of {', '.join(allowed)}.{hint}"


def _mine(text: str) -> bool:
    return text.lower() == "mine"


WORDS: tuple[Word, ...] = (
    Word(
        word="open",
        aliases=("declare", "new"),
        usage="open <model> <what is wrong>",
        help="open an incident; alone, it asks in a form",
        in_channel=False,
        read=_open,
    ),
    Word(
        word="list",
        usage="list [all]",
        help="the open incidents; with all, the ended ones too",
        in_channel=False,
        read=lambda text: ListIncidents(everything=text.lower() == "all"),
    ),
    Word(
        word="search",
        usage="search <words>",
        help="find incidents by model, words or number",
        in_channel=False,
        read=lambda text: Search(words=_need("search", text, "Search for what?")),
    ),
    Word(
        word="who",
        usage="who <model>",
        help="owner, points of contact, versions and consumers of a model, and where each fact came from",
        in_channel=False,
        read=lambda text: Who(model=_need("who", text, "Which model?")),
    ),
    Word(
        word="models",
        usage="models [mine]",
        help="the models in the catalogue, or yours",
        in_channel=False,
        read=lambda text: Models(mine=_mine(text)),
    ),
    Word(
        word="playbooks",
        usage="playbooks [name]",
        help="the playbooks there are, or one of them step by step",
        in_channel=False,
        read=lambda text: Playbooks(name=text or None),
    ),
    Word(
        word="reviews",
        usage="reviews [mine]",
        help="reviews that are not published yet",
        in_channel=False,
        read=lambda text: Reviews(mine=_mine(text)),
    ),
    Word(
        word="digest",
        usage="digest",
        help="the ownership digest as of now, shown to you alone",
        in_channel=False,
        read=lambda _: Digest(),
    ),
    Word(word="help", usage="help", help="this list", in_channel=False, read=lambda _: Help()),
    Word(
        word="status",
        usage="status <investigating|identified|mitigated|monitoring|resolved> [why]",
        help="move the incident on",
        in_channel=True,
        read=_status,
    ),
    Word(
        word="severity",
        usage="severity <SEV1|SEV2|SEV3|SEV4> [why]",
        help="change how severe it is",
        in_channel=True,
        read=_severity,
    ),
    Word(
        word="mitigate",
        usage="mitigate [how]",
        help="the harm has stopped; the cause may still be there",
        in_channel=True,
        read=lambda text: SetStatus(status=Status.MITIGATED, why=text or None),
    ),
    Word(
        word="resolve",
        usage="resolve [what ended it]",
        help="it is over; drafts the review",
        in_channel=True,
        read=lambda text: Resolve(ended_by=text or None),
    ),
    Word(
        word="reopen",
        usage="reopen <why>",
        help="it is not over after all",
        in_channel=True,
        read=lambda text: Reopen(why=_need("reopen", text, "Say in a few words why.")),
    ),
    Word(
        word="role",
        usage="role <commander|ml-lead|comms|scribe> @person",
        help="give somebody a role",
        in_channel=True,
        read=_give_role,
    ),
    Word(
        word="handoff",
        usage="handoff <commander|ml-lead|comms|scribe> @person",
        help="hand a role to the next person, with what they need to know",
        in_channel=True,
        read=_hand_off,
    ),
    Word(
        word="note",
        usage="note <text>",
        help="put a note on the timeline",
        in_channel=True,
        read=lambda text: Note(text=_need("note", text, "Note what?")),
    ),
    Word(
        word="update",
        usage="update [text]",
        help="tell stakeholders; alone, it asks in a form",
        in_channel=True,
        read=lambda text: SendUpdate(text=text or None),
    ),
    Word(
        word="playbook",
        usage="playbook [name]",
        help="start or change the playbook",
        in_channel=True,
        read=lambda text: StartPlaybook(name=text or None),
    ),
    Word(word="step", usage="step", help="where the playbook stands", in_channel=True, read=lambda _: ShowStep()),
    Word(
        word="action",
        usage="action <what is to be done> [@owner] [by 2026-12-24]",
        help="add a follow-up that outlives the incident",
        in_channel=True,
        read=_follow_up,
    ),
    Word(
        word="review",
        usage="review",
        help="the review's draft, and what is missing in it",
        in_channel=True,
        read=lambda _: ShowReview(),
    ),
)

_BY_WORD = {name: word for word in WORDS for name in (word.word, *word.aliases)}
IN_CHANNEL: frozenset[type] = frozenset(
    {Tray, SetStatus, SetSeverity, Resolve, Reopen, GiveRole, HandOff, Note, SendUpdate, StartPlaybook, ShowStep}
    | {AddFollowUp, ShowReview}
)
"""Requests that only make sense in an incident's channel."""


def read(text: str) -> Request:
    """The request in the text after /ml-incident. Raises Complaint."""
    first, _, rest = text.strip().partition(" ")
    if not first:
        return Tray()
    word = _BY_WORD.get(first.lower())
    if word is None:
        close = get_close_matches(first.lower(), list(_BY_WORD), n=1, cutoff=0.5)
        usage = _BY_WORD[close[0]].usage if close else "help"
        did_you_mean = f"Did you mean `/ml-incident {usage}`?" if close else "`/ml-incident help` lists what I know."
        raise Complaint(f"I don't know the word “{first[:40]}”. {did_you_mean}")
    return word.read(rest.strip())
