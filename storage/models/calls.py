"""What playbooks ask of, and send to, named connections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class Call(Base):
    """A check or an action, each time that a run comes to it: asked, requested, approved, sent, undone."""

    __tablename__ = "calls"
    __table_args__ = (UniqueConstraint("run_id", "step", "turn"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    step: Mapped[str]
    turn: Mapped[int]
    """How often the run had moved before it came here: coming back is another call."""
    kind: Mapped[str]
    """check or action."""
    state: Mapped[str]
    """A check: asking, holding, passed, failed, unusable.
    An action: reading, ready, requested, refused, sending, done, failed, unusable, undoing, undone.
    Either is left when its answer comes while the run is elsewhere."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts changes; a button carries what it was drawn for, so that of two clicks one wins."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often the connection was asked to be called."""
    said: Mapped[str | None]
    """What came of it last, in a sentence."""
    got: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    preview: Mapped[Json | None] = mapped_column(JSON)
    """Exactly what will be sent."""
    before: Mapped[str | None]
    after: Mapped[str | None]
    requested_by: Mapped[str | None]
    requested_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
