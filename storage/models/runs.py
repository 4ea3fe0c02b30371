"""Playbook runs and the reviews that follow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class PlaybookText(Base):
    """A playbook exactly as a run pinned it, stored once per content hash."""

    __tablename__ = "playbook_texts"

    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    playbook_id: Mapped[str]
    version: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    """`Pinned.text`: the playbook with everything that it includes, as JSON."""


class Run(Base):
    """A playbook being walked in an incident."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    content_hash: Mapped[str] = mapped_column(ForeignKey("playbook_texts.content_hash"))
    chosen_because: Mapped[str]
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end: Mapped[str | None]
    """finished, replaced or incident-resolved."""
    message_ts: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0)
    """Counts changes, assignments included; a button carries what it was drawn for, so that of two clicks one wins."""


class RunRecord(Base):
    """What became of one step of a run, in the order in which it happened."""

    __tablename__ = "run_records"
    __table_args__ = (UniqueConstraint("run_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    position: Mapped[int]
    step: Mapped[str]
    outcome: Mapped[str]
    """done, skipped, answered, passed, failed, waited, told, confirmed, assigned or reopened."""
    by: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str | None]
    answer: Mapped[str | None]
    evidence: Mapped[Json | None] = mapped_column(JSON)
    sets: Mapped[Json | None] = mapped_column(JSON)
    """What the chosen answer sets, e.g. the failure mode."""
    replaced: Mapped[Json | None] = mapped_column(JSON)
    """Field of the incident → [what it said before, what it says since], put back when the step is reopened."""


class Review(Base):
    """The post-incident review of one incident."""

    __tablename__ = "reviews"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    author: Mapped[str]
    """A Slack user id: who is named for it."""
    state: Mapped[str] = mapped_column(default="draft")
    """draft, in-review, published or dismissed."""
    markdown: Mapped[str]
    due_at: Mapped[datetime | None]
    drafted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    dismissed_reason: Mapped[str | None]
    snoozed_reason: Mapped[str | None]
    answers: Mapped[Json | None] = mapped_column(JSON)
    """Field of the review → {text, by, at}: what people filled in."""
    message_ts: Mapped[str | None]
    file_id: Mapped[str | None]
