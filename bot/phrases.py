"""What may follow each word of /ml-incident: the rest of the line → the fields of a request."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.requests import AddFollowUp, Digest, GiveRole, HandOff, Open, Ready, SetSeverity, SetStatus, ShowStep
from playbooks.due_words import read_day
from playbooks.lifecycle import Role, RuleBroken, Severity, Status


class Unclear(Exception):
    """What follows the word cannot be understood; the text says why, without the usage."""


_MENTION = re.compile(r"^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$")


def need(text: str, problem: str) -> str:
    """The text, which must not be empty."""
    if not text:
        raise Unclear(problem)
    return text


def _user(text: str) -> str:
    match = _MENTION.match(text.strip())
    if match is None:
        raise Unclear("Name one person with an @-mention.")
    return match.group(1)


def opening(text: str) -> Open:
    """`<model> <what is wrong>`, split at the first space."""
    model, _, what = text.partition(" ")
    return Open(model=model or None, what=what.strip() or None)


def status(text: str) -> SetStatus:
    """`<state> [why]`."""
    name, _, why = text.partition(" ")
    if name.lower() not in {status.value for status in Status}:
        offered = [status.value for status in Status if status is not Status.MERGED]  # refused, and told why
        raise Unclear(_unknown("status", name, offered))
    return SetStatus(status=Status(name.lower()), why=why.strip() or None)


def severity(text: str) -> SetSeverity:
    """`<SEV2> [why]`."""
    name, _, why = text.partition(" ")
    try:
        severity = Severity.parse(name)
    except RuleBroken:
        raise Unclear(_unknown("severity", name, [s.label for s in Severity])) from None
    return SetSeverity(severity=severity, why=why.strip() or None)


def _role(text: str) -> tuple[Role, str]:
    role, _, user = text.partition(" ")
    allowed = [role.value for role in Role]
    if role.lower() not in allowed:
        raise Unclear(_unknown("role", role, allowed))
    return Role(role.lower()), _user(user)


def give_role(text: str) -> GiveRole:
    """`<role> @person`."""
    role, user = _role(text)
    return GiveRole(role=role, user=user)


def hand_off(text: str) -> HandOff:
    """`<role> @person`."""
    role, user = _role(text)
    return HandOff(role=role, user=user)


def step(text: str) -> ShowStep:
    """`[picture]`."""
    if text.lower() not in {"", "picture"}:
        raise Unclear(f"“{text[:40]}” is nothing that a step shows; write “picture”, or nothing.")
    return ShowStep(picture=bool(text))


_OWNER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_BY = re.compile(r"\bby\s+(\S+?)[.!]?\s*$", re.IGNORECASE)


def follow_up(text: str) -> AddFollowUp:
    """`<what is to be done> [@owner] [by friday]`. A “by” that is followed by no day belongs to what is to be done."""
    owner = None
    if mention := _OWNER.search(text):
        owner = mention.group(1)
        text = (text[: mention.start()] + text[mention.end() :]).strip()
    due = None
    if match := _BY.search(text):
        try:
            due = read_day(match.group(1))
        except ValueError:
            problem = f"{match.group(1)} is not a date that I can read; write it like 2026-12-24."
            raise Unclear(problem) from None
        if due is not None:
            text = text[: match.start()].rstrip(" ,;")
    return AddFollowUp(text=need(" ".join(text.split()), "Say what is to be done."), owner=owner, due=due)


def _unknown(what: str, given: str, allowed: list[str]) -> str:
    if not given:
        return f"Which {what}? One of {', '.join(allowed)}."
    close = get_close_matches(given.lower(), [a.lower() for a in allowed], n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"There is no {what} “{given}”; the {what} is one of {', '.join(allowed)}.{hint}"


def mine(text: str) -> bool:
    """Whether `mine` was typed."""
    return text.lower() == "mine"


_AS_IN_A_TERMINAL = re.compile(r"^(?:preview\b)?\s*(?:--for\b)?[\s=]*", re.IGNORECASE)


def digest(text: str) -> Digest:
    """`[mine|@person]`; what the terminal takes, `preview --for @person`, is understood too."""
    who = _AS_IN_A_TERMINAL.sub("", text).strip()
    if who.lower() in {"", "mine", "me"}:
        return Digest(mine=bool(who))
    match = _MENTION.match(who)
    if match is None:
        raise Unclear(
            f"“{who[:40]}” is nobody whose digest I can show: write “mine”, or name one person with an @-mention."
        )
    return Digest(user=match.group(1))


def ready(text: str) -> Ready:
    """`[model | team <name>]`; a model may be called like that, too."""
    word, _, name = text.partition(" ")
    if word.lower() in {"team", "teams"}:
        return Ready(model=text, team=name.strip()) if name.strip() else Ready()
    return Ready(model=text or None)
