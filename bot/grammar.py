"""The words of /ml-incident: command text → a typed request, or a complaint with the right usage line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from bot import phrases
from bot.requests import (
    Help,
    Impact,
    ListIncidents,
    Models,
    Note,
    Playbooks,
    Reopen,
    Request,
    Resolve,
    Reviews,
    Search,
    SendUpdate,
    SetStatus,
    ShowReview,
    StartPlaybook,
    Tray,
    Who,
)
from playbooks.lifecycle import Status


class Complaint(Exception):
    """The words cannot be understood; the text says what to type instead."""


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


WORDS: tuple[Word, ...] = (
    Word(
        word="open",
        aliases=("declare", "new"),
        usage="open <model> <what is wrong>",
        help="open an incident; alone, it asks in a form",
        in_channel=False,
        read=phrases.opening,
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
        read=lambda text: Search(words=phrases.need(text, "Search for what?")),
    ),
    Word(
        word="who",
        usage="who <model>",
        help="owner, points of contact, versions and consumers of a model, and where each fact came from",
        in_channel=False,
        read=lambda text: Who(model=phrases.need(text, "Which model?")),
    ),
    Word(
        word="ready",
        usage="ready [model | team <name>]",
        help="what a model lacks for production, before anything breaks; alone, how well teams document theirs",
        in_channel=False,
        read=phrases.ready,
    ),
    Word(
        word="models",
        usage="models [mine]",
        help="the models in the catalogue, or yours",
        in_channel=False,
        read=lambda text: Models(mine=phrases.mine(text)),
    ),
    Word(
        word="impact",
        usage="impact [model or upstream]",
        help="who is downstream of it, and which models read the same; in an incident's channel, of its model",
        in_channel=False,
        read=lambda text: Impact(name=text or None),
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
        read=lambda text: Reviews(mine=phrases.mine(text)),
    ),
    Word(
        word="digest",
        usage="digest [mine|@person]",
        help="the ownership digest as of now, of all or of one person, shown to you alone; nothing is sent",
        in_channel=False,
        read=phrases.digest,
    ),
    Word(word="help", usage="help", help="this list", in_channel=False, read=lambda _: Help()),
    Word(
        word="status",
        usage="status <investigating|identified|mitigated|monitoring|resolved> [why]",
        help="move the incident on",
        in_channel=True,
        read=phrases.status,
    ),
    Word(
        word="severity",
        usage="severity <SEV1|SEV2|SEV3|SEV4> [why]",
        help="change how severe it is",
        in_channel=True,
        read=phrases.severity,
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
        read=lambda text: Reopen(why=phrases.need(text, "Say in a few words why.")),
    ),
    Word(
        word="role",
        usage="role <commander|ml-lead|comms|scribe> @person",
        help="give somebody a role",
        in_channel=True,
        read=phrases.give_role,
    ),
    Word(
        word="handoff",
        usage="handoff <commander|ml-lead|comms|scribe> @person",
        help="hand a role to the next person, with what they need to know",
        in_channel=True,
        read=phrases.hand_off,
    ),
    Word(
        word="note",
        usage="note <text>",
        help="put a note on the timeline",
        in_channel=True,
        read=lambda text: Note(text=phrases.need(text, "Note what?")),
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
    Word(
        word="step",
        usage="step [picture]",
        help="where the playbook stands, or a picture of it for everybody here",
        in_channel=True,
        read=phrases.step,
    ),
    Word(
        word="action",
        usage="action <what is to be done> [@owner] [by friday]",
        help="add a follow-up that outlives the incident",
        in_channel=True,
        read=phrases.follow_up,
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
    try:
        return word.read(rest.strip())
    except phrases.Unclear as unclear:
        raise Complaint(f"{unclear} Type `/ml-incident {word.usage}`.") from None
