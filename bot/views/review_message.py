"""The review in Slack: its message with the state and what is missing, its forms, and the list of reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.views.blocks import (
    Block,
    actions,
    button,
    context,
    header,
    input_block,
    menu,
    modal,
    option,
    person_menu,
    section,
    text_input,
)
from bot.views.ids import Card, Reviews
from bot.views.pages import pages
from bot.views.text import ago, channel, esc, person, when
from playbooks.durations import say_duration

STATES = {"draft": "draft", "in-review": "in review", "published": "published", "dismissed": "dismissed"}
_MOST_GAPS = 6


@dataclass(frozen=True, kw_only=True)
class ReviewState:
    """What the message about a review shows."""

    number: str
    incident_id: int
    title: str
    state: str
    author: str
    is_open: bool
    """Whether the incident is open, or open again: its review waits."""
    due_at: datetime | None
    published_at: datetime | None
    published_by: str | None
    dismissed_reason: str | None
    snoozed_reason: str | None
    snoozed_until: datetime | None
    gaps: Sequence[tuple[str, str]]
    """(what is UNKNOWN, who can say), the required ones first."""
    must: Sequence[str]
    """What keeps it from being published, in words."""
    blaming: Sequence[tuple[str, str]] = ()
    """(field, words in it that look for somebody to blame)."""


def review_message(review: ReviewState) -> tuple[str, list[Block]]:
    """(text, blocks) of the message that is edited as the review moves on."""
    title = f"Review of {review.number}: {STATES[review.state]}"
    text = f"{title}. {_who(review)}"
    blocks = [header(title), section(f"*{esc(review.title, 200)}*\n{_who(review)}")]
    if review.state in {"draft", "in-review"}:
        blocks += [section(_gaps(review)), actions(*_buttons(review))]
        blocks += [context(note) for note in _notes(review)]
    return text, blocks


def _notes(review: ReviewState) -> Iterator[str]:
    if review.snoozed_reason:
        until = f" until {when(review.snoozed_until)}" if review.snoozed_until else ""
        yield f"Reminders are put off{until}: {esc(review.snoozed_reason, 300)}"
    for what, words in review.blaming[:_MOST_GAPS]:
        yield f"“{esc(words, 50)}” in _{esc(what, 150)}_ looks for somebody to blame. What made it likely?"


def _who(review: ReviewState) -> str:
    if review.state == "published":
        return f"Published by {person(review.published_by)} on {when(review.published_at)}."
    if review.state == "dismissed":
        return f"Dismissed: {esc(review.dismissed_reason or '', 500)}"
    due = f"It is due {when(review.due_at)}." if review.due_at else "It has no due date."
    if review.is_open:
        due = "It waits until the incident is over."
    return f"{person(review.author)} is named for it. {due}"


def _gaps(review: ReviewState) -> str:
    if not review.gaps:
        return "Nothing is UNKNOWN any more."
    shown = [f"• {esc(what, 150)}: {esc(who, 100)}" for what, who in review.gaps[:_MOST_GAPS]]
    more = len(review.gaps) - _MOST_GAPS
    rest = f"\n… and {more} more, marked UNKNOWN in the draft." if more > 0 else ""
    return "*Still UNKNOWN, and who can say:*\n" + "\n".join(shown) + rest


def _buttons(review: ReviewState) -> list[Block]:
    value = str(review.incident_id)
    fill = button("Fill a gap", Reviews.FILL, value, style=None if review.state == "in-review" else "primary")
    if review.is_open:
        return [fill]
    moves = (
        [button("Send to review", Reviews.SUBMIT, value)]
        if review.state == "draft"
        else [button("Publish", Reviews.PUBLISH, value, style="primary"), button("Back to draft", Reviews.BACK, value)]
    )
    put_off = [button("Put off", Reviews.SNOOZE, value)] if review.due_at else []
    return [
        fill,
        *moves,
        button("Hand over", Reviews.HAND_OVER, value, label="Name somebody else for the review"),
        *put_off,
        button("Dismiss", Reviews.DISMISS, value),
    ]


def fill_form(incident_id: int, fields: Sequence[tuple[str, str]]) -> Block:
    """Choose a field and answer it. `fields` are (name, title), the gaps first."""
    options = [option(title, name) for name, title in fields]
    return modal(
        "Fill a gap",
        [
            input_block(
                "What can you say something about?",
                menu(Reviews.FIELD, options, initial=options[0]),
                block_id=Reviews.FIELD,
            ),
            input_block(
                "In your words",
                text_input(Reviews.TEXT, multiline=True),
                block_id=Reviews.TEXT,
                hint="Times as 2026-11-20 14:05 in UTC. If nobody can know, say so: that is an answer too.",
            ),
        ],
        callback_id=Reviews.FILL_FORM,
        metadata={"incident": incident_id},
    )


def publish_form(incident_id: int, number: str) -> Block:
    """The confirmation: who has read it."""
    return modal(
        "Publish the review",
        [
            section(f"The review of {number} becomes the record of what happened, and its reminders end."),
            input_block(
                "Who reviewed it, and against what?",
                text_input(Reviews.TEXT, placeholder="Kim and Priya, against the team's checklist"),
                block_id=Reviews.TEXT,
            ),
        ],
        callback_id=Reviews.PUBLISH_FORM,
        submit="Publish",
        metadata={"incident": incident_id},
    )


def hand_over_form(incident_id: int, *, now: str) -> Block:
    """Name somebody else; the due time stays."""
    return modal(
        "Hand the review over",
        [
            section(f"{person(now)} is named for it now. The due time stays as it is."),
            input_block("Who writes it?", person_menu(Reviews.AUTHOR), block_id=Reviews.AUTHOR),
        ],
        callback_id=Reviews.HAND_OVER_FORM,
        submit="Hand over",
        metadata={"incident": incident_id},
    )


def snooze_form(incident_id: int) -> Block:
    """Put the reminders off; the due time stays."""
    days = [option("1 working day", "1"), option("2 working days", "2"), option("5 working days", "5")]
    return modal(
        "Put the review off",
        [
            section("Reminders pause and then go on. The due time stays as it is."),
            input_block("For how long?", menu(Reviews.DAYS, days, initial=days[0]), block_id=Reviews.DAYS),
            input_block("Why?", text_input(Reviews.REASON, longest=500), block_id=Reviews.REASON),
        ],
        callback_id=Reviews.SNOOZE_FORM,
        submit="Put off",
        metadata={"incident": incident_id},
    )


def dismiss_form(incident_id: int) -> Block:
    """No review will be written; the reason stays visible."""
    return modal(
        "Dismiss the review",
        [
            section("No review will be written, and nobody is reminded. The reason stays on the timeline."),
            input_block("Why is none needed?", text_input(Reviews.REASON, longest=500), block_id=Reviews.REASON),
        ],
        callback_id=Reviews.DISMISS_FORM,
        submit="Dismiss",
        metadata={"incident": incident_id},
    )


@dataclass(frozen=True, kw_only=True)
class ReviewLine:
    """One review in a list."""

    number: str
    title: str
    state: str
    author: str
    due_at: datetime | None
    channel_id: str | None


def review_list(reviews: Sequence[ReviewLine], *, total: int, now: datetime, mine: bool) -> tuple[str, list[Block]]:
    """(text, blocks) of the reviews that are not finished; `total` counts those that are not shown, too."""
    if not reviews:
        text = "No review is waiting for you." if mine else "No review is waiting."
        return text, [section(text)]
    whose = "of your reviews" if mine else ("review" if total == 1 else "reviews")
    text = f"{total} {whose} {'is' if total == 1 else 'are'} not published yet."
    return text, pages([_line(review, now) for review in reviews], head=f"*{text}*", more=total - len(reviews))


def _line(review: ReviewLine, now: datetime) -> str:
    if review.due_at is None:
        due = "no due date"
    elif review.due_at < now:
        due = f"*overdue since {ago(review.due_at, now)}*".replace(" ago*", "*")
    else:
        due = f"due in {say_duration(review.due_at - now)}"
    where = channel(review.channel_id, "")
    return (
        f"• *{review.number}* {esc(review.title, 120)} — {STATES[review.state]}, {person(review.author)}, {due} {where}"
    )


def nag(
    *,
    number: str,
    incident_id: int,
    title: str,
    due_at: datetime,
    now: datetime,
    author: str,
    to_author: bool,
    gaps: int,
) -> tuple[str, list[Block]]:
    """(text, blocks) of a reminder to one person: the author, or whoever is one level up."""
    late = now > due_at
    due = f"was due {when(due_at)} and is overdue" if late else f"is due {when(due_at)}"
    whose = "Your review" if to_author else f"{person(author)}'s review"
    missing = f" {gaps} things in it are still UNKNOWN." if gaps > 1 else " One thing in it is UNKNOWN." if gaps else ""
    ask = "" if to_author else " You are told because nothing has happened: can you help, or name somebody else?"
    text = f"{whose} of {number} ({esc(title, 150)}) {due}.{missing}{ask}"
    value = str(incident_id)
    return text, [
        section(text),
        actions(
            button("Open the review", Card.REVIEW, value, style="primary"),
            button("Fill a gap", Reviews.FILL, value),
            button("Hand over", Reviews.HAND_OVER, value, label="Name somebody else for the review"),
            button("Put off", Reviews.SNOOZE, value),
        ),
    ]
