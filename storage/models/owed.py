"""What we owe: effects, reminders, and the requests that were already answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class Reminder(Base):
    """A promise to remind: due when, sent when, how often, until what. Rows, so that a restart forgets nothing."""

    __tablename__ = "reminders"
    __table_args__ = (Index("ix_reminders_ended_at_next_due_at", "ended_at", "next_due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Names the promise, e.g. review:12, update:12, step:7:first-15/confirm, digest."""
    kind: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    next_due_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(default=0)
    """How many times it has been sent."""
    data: Mapped[Json | None] = mapped_column(JSON)
    ended_at: Mapped[datetime | None]


class Effect(Base):
    """Something we owe the outside. `due_at` and `lease_until` are real time, never a shifted clock's."""

    __tablename__ = "effects"
    __table_args__ = (
        Index("ix_effects_state_due_at", "state", "due_at"),
        Index("ix_effects_subject_state", "subject", "state"),
        Index("ix_effects_stream_state", "stream", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Names the promise; carried in a message's metadata so that a lost answer is found again."""
    kind: Mapped[str]
    payload: Mapped[Json] = mapped_column(JSON)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    needs_id: Mapped[int | None] = mapped_column(ForeignKey("effects.id"), index=True)
    """Not before that one is done; never, while that one is dead."""
    stream: Mapped[str | None]
    """Facts of one stream are said in the order in which they were owed; a dead one frees the next."""
    subject: Mapped[str | None]
    """What a state effect draws: at most one waiting and one in flight per subject."""
    priority: Mapped[int] = mapped_column(default=5)
    """Smaller goes first."""
    state: Mapped[str] = mapped_column(String(8), default="owed")
    """owed, doing, done or dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    progress: Mapped[Json | None] = mapped_column(JSON)
    """What an earlier attempt learnt, e.g. the id of a file that was reserved."""
    error: Mapped[str | None]
    owed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Seen(Base):
    """A request that was taken, with the answer that it got, so that a repeat gets the same one."""

    __tablename__ = "seen"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[Json | None] = mapped_column(JSON)
