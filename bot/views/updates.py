"""Updates for stakeholders: the form, the message, and the reminders of a promised one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.views.blocks import Block, actions, button, context, input_block, menu, modal, option, section, text_input
from bot.views.ids import Card, Updates
from bot.views.text import cut, esc, one_line, person, when
from playbooks.durations import say_duration, write_duration
from playbooks.lifecycle import Severity, Status

NONE = "none"
"""The choice of promising nothing."""
_OFFERED = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480, 1440))


@dataclass(frozen=True, kw_only=True)
class Told:
    """An update as stakeholders read it: the five answers, and which incident it is about."""

    name: str
    """INC-12 and its title, not escaped."""
    severity: Severity
    status: Status
    author: str
    impact: str
    changed: str | None
    next_step: str | None
    unknown: str | None
    next_at: datetime | None


def update_form(
    *, incident: int, name: str, impact: str | None, next_step: str | None, unknown: str | None, every: timedelta | None
) -> Block:
    """The five questions, filled with the last answers. `every` is the pace of its severity; None when it is over."""
    blocks = [
        context(esc(name, 300)),
        _question(Updates.IMPACT, "What is the impact?", impact, "In the readers' words: orders, searches, money"),
        _question(Updates.CHANGED, "What changed since the last update?", None, "No change is an answer too"),
        _question(Updates.NEXT_STEP, "What happens next, and who does it?", next_step, None),
        _question(Updates.UNKNOWN, "What is still unknown?", unknown, None),
    ]
    if every is not None:
        choices = [option(f"in {say_duration(pace)}", write_duration(pace)) for pace in sorted({*_OFFERED, every})]
        usual = option(f"in {say_duration(every)}", write_duration(every))
        choices.append(option("not promised", NONE))
        field = menu(Updates.NEXT_AT, choices, initial=usual)
        blocks.append(input_block("When is the next update?", field, block_id=Updates.NEXT_AT))
    metadata = {"incident": incident}
    return modal("Update stakeholders", blocks, callback_id=Updates.FORM, submit="Send", metadata=metadata)


def _question(block_id: Updates, question: str, initial: str | None, placeholder: str | None) -> Block:
    field = text_input(block_id, multiline=True, initial=initial, placeholder=placeholder, longest=1500)
    return input_block(question, field, block_id=block_id, optional=block_id is not Updates.IMPACT)


def told(update: Told) -> tuple[str, list[Block]]:
    """The update itself: what stakeholders read in the announcement's thread."""
    head = f"*{esc(update.name, 300)}* · {update.severity.label} · {update.status}"
    answers = (
        ("Impact", update.impact),
        ("What changed", update.changed),
        ("What happens next", update.next_step),
        ("Still unknown", update.unknown),
    )
    lines = [f"*{word}:* {esc(answer, 1500)}" for word, answer in answers if answer]
    foot = f"*Next update:* {when(update.next_at) if update.next_at else 'not promised'} · from {person(update.author)}"
    text = cut("\n".join([head, *lines, foot]), 3500)
    return text, [section(head), *(section(line) for line in lines), context(foot)]


def sent(*, author: str, news: str, next_at: datetime | None) -> str:
    """The one line in the incident's channel."""
    promised = f"\n*Next update:* {when(next_at)}" if next_at else ""
    return f"{person(author)} told stakeholders: {esc(one_line(news, 300))}{promised}"


def soon(*, incident: int, where: str, promised: datetime, more: timedelta) -> tuple[str, list[Block]]:
    """What the comms lead reads privately shortly before the promised time."""
    text = f"The next update for stakeholders of {where} is promised for {when(promised)}."
    return text, [section(text), _buttons(incident, promised, more)]


def overdue(*, incident: int, promised: datetime, whose: str, more: timedelta) -> tuple[str, list[Block]]:
    """What the channel reads at and after the promised time. It names one person."""
    text = f"{person(whose)}, stakeholders were promised an update for {when(promised)}."
    return text, [section(text), _buttons(incident, promised, more)]


def _buttons(incident: int, promised: datetime, more: timedelta) -> Block:
    value = f"{incident}:{int(promised.timestamp())}"
    return actions(
        button("Update", Card.UPDATE, str(incident), style="primary", label="Write the update"),
        button(f"{say_duration(more)} more", Updates.LATER, value, label=f"Promise it {say_duration(more)} later"),
        button("Not needed", Updates.NOT_NEEDED, value, label="No further update is needed"),
    )
