"""What people said of the models that they own, and how well teams document theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class OwnershipWord(Base):
    """Somebody confirmed a model, handed it over, or said that it is not theirs. The newest one counts."""

    __tablename__ = "ownership_words"
    __table_args__ = (Index("ix_ownership_words_model_id", "model", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str]
    kind: Mapped[str]
    """confirmed, handed-over or declined."""
    said_by: Mapped[str]
    """A Slack user id."""
    said_by_name: Mapped[str]
    owner: Mapped[str | None]
    """Whom it was handed to, as a contact."""
    registry_said: Mapped[str]
    """The owner according to the registry at that time; empty where it named none."""
    reason: Mapped[str | None]
    at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    """When it was written to MLflow's tags: what a later reading of them says is newer than the word."""


class TeamScore(Base):
    """How well the models of one team were documented when a weekly digest came."""

    __tablename__ = "team_scores"

    week: Mapped[str] = mapped_column(String(10), primary_key=True)
    """The day of that digest."""
    team: Mapped[str] = mapped_column(primary_key=True)
    """As it is compared, in small letters; empty for the models of no team."""
    models: Mapped[int]
    asked: Mapped[int]
    """How many fields its models should have in all."""
    lacked: Mapped[int]
    """How many of those were missing."""
