"""What every use case is given and gives back: a desk to work at, what a person did, and the answer for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.effects import Blocks, Effect
from playbooks.adding import Source
from playbooks.load import Library
from playbooks.policy import Policy
from storage.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The open transaction, the business time, who asks, and the organisation's practice."""

    tx: Transaction
    now: datetime
    by: str
    """The Slack user id of the person who asks; empty when the bot acts by itself."""
    policy: Policy
    library: Library
    review_template: str | None = None
    """The organisation's own template for reviews; None for the shipped one."""
    sources: tuple[Source, ...] = (Source(),)
    """The registries in their order, as far as it matters where people add what is missing."""
    owner_tags: tuple[str, str] | None = None
    """The tags of MLflow for an owner and for the day of their word; None where the bot may not set them."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one person is shown. `text` says the same as `blocks`, for notifications and screen readers."""

    text: str
    blocks: Blocks | None = None
    modal: dict[str, Any] | None = None
    """A view to open instead, while the trigger lives."""
    replace: bool = False
    """Whether it takes the place of the message whose button was clicked."""


@dataclass(frozen=True, kw_only=True)
class FieldErrors:
    """A modal stays open with a sentence under each field that is wrong: block id → sentence."""

    errors: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Command:
    """Where and by what words a slash command was typed; the parsed request is passed beside it."""

    channel: str
    trigger_id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Click:
    """A button or menu that somebody used."""

    action_id: str
    value: str
    """The button's value, or the chosen option's value, user id or date."""
    channel: str | None
    message_ts: str | None
    trigger_id: str
    in_modal: bool = False


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A modal that somebody sent."""

    callback_id: str
    metadata: dict[str, Any]
    """What the view carried in private_metadata."""
    values: dict[str, Any] = field(default_factory=dict)
    """block id → what was entered: text, option value, user id, ISO date, list of option values, or None."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A message that shows the present state, drawn at delivery."""

    text: str
    blocks: Blocks


OnCommand = Callable[[Desk, Any, Command], Answer]
OnClick = Callable[[Desk, Click], Answer | None]
OnSubmission = Callable[[Desk, Submission], Answer | FieldErrors | None]
OnEvent = Callable[[Desk, dict[str, Any]], None]
OnDraw = Callable[[Desk, Any], Drawing | None]
"""(desk, effect) → what to show now, or None when there is nothing to show any more."""
OnLearnt = Callable[[Desk, Any, dict[str, Any]], None]
"""(desk, effect, what the outside answered) → written down in the transaction that settles the effect."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What one module of use cases answers to; `bot.incidents` lists them all."""

    commands: dict[type[Any], OnCommand] = field(default_factory=dict)
    """Request type (bot.grammar) → what it does."""
    clicks: dict[str, OnClick] = field(default_factory=dict)
    """action_id → what it does. An id that ends in * takes every id that begins so."""
    submissions: dict[str, OnSubmission] = field(default_factory=dict)
    """callback_id → what it does."""
    events: dict[str, list[OnEvent]] = field(default_factory=dict)
    """Event type, or type/subtype → what it does."""
    idle: dict[str, Callable[[Desk, dict[str, Any]], bool]] = field(default_factory=dict)
    """Event type, or type/subtype → whether it changes nothing, told from a look that waits for no writer."""
    suggestions: dict[str, Callable[[Desk, str], list[dict[str, Any]]]] = field(default_factory=dict)
    """action_id of an external select → options for what was typed so far."""
    drawings: dict[type[Effect], OnDraw] = field(default_factory=dict)
    learnt: dict[type[Effect], OnLearnt] = field(default_factory=dict)
