"""Whom names stand for, groups of people, and who is on call, as last read and asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class ContactAlias(Base):
    """A line of the people file: this contact means that one."""

    __tablename__ = "contact_aliases"

    contact: Mapped[str] = mapped_column(primary_key=True)
    means: Mapped[str]


class SlackGroup(Base):
    """A group of people in Slack as last looked up."""

    __tablename__ = "slack_groups"

    group_id: Mapped[str] = mapped_column(primary_key=True)
    handle: Mapped[str]
    people: Mapped[int]
    """How many are in it."""
    checked_at: Mapped[datetime]


class RotaRow(Base):
    """A rota as last read from its file."""

    __tablename__ = "rotas"

    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[Json] = mapped_column(JSON)


class OnCall(Base):
    """What a schedule last said of who is on call."""

    __tablename__ = "on_calls"

    contact: Mapped[str] = mapped_column(primary_key=True)
    """The schedule as the registry writes it: pagerduty:PABC123."""
    person: Mapped[str | None]
    """As a registry would write them; None while nobody was ever named."""
    source: Mapped[str | None]
    """What said so, in words for people."""
    until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    """Why the last question found nobody, in words for people."""
    asked_at: Mapped[datetime]
