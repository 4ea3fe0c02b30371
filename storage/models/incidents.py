"""Incidents, who is in them, what happened, and what stakeholders were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class Incident(Base):
    """One incident. Its id is the number in INC-<number>. Milestones are columns of their own, so that
    touching a closed incident never moves how long it took."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_status", "status"),
        Index("ix_incidents_model_status", "model", "status"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    """What is wrong, in the opener's words."""
    model: Mapped[str]
    model_known: Mapped[bool] = mapped_column(default=True)
    """Whether the catalogue knew the model when the incident was opened."""
    card: Mapped[Json | None] = mapped_column(JSON)
    """The model card as it was at declaration (ModelCard.to_json)."""
    failure_mode: Mapped[str] = mapped_column(default="unknown")
    severity: Mapped[str]
    peak_severity: Mapped[str]
    status: Mapped[str] = mapped_column(default="investigating")
    private: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(default="real")
    """real, test or drill."""
    opened_by: Mapped[str]
    opened_from: Mapped[str | None]
    channel_id: Mapped[str | None] = mapped_column(unique=True)
    channel_name: Mapped[str | None]
    card_ts: Mapped[str | None]
    announcement_channel: Mapped[str | None]
    announcement_ts: Mapped[str | None]
    impact: Mapped[str | None]
    """The impact as last told to stakeholders."""
    ended_by: Mapped[str | None]
    """What ended it, asked at resolve."""
    next_update_at: Mapped[datetime | None]
    """When the next stakeholder update was promised."""
    first_bad_at: Mapped[datetime | None]
    detected_at: Mapped[datetime | None]
    declared_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    mitigated_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Participant(Base):
    """Somebody the incident concerns, and whether Slack could bring them in."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("incident_id", "why", "contact"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    why: Mapped[str]
    """opener, owner, backup, poc:<team>, role:<role>, joined."""
    contact: Mapped[str]
    """As the registry writes it, or the Slack user id."""
    source: Mapped[str | None]
    """Where the contact came from, as a Fact names it."""
    user_id: Mapped[str | None] = mapped_column(index=True)
    problem: Mapped[str | None]
    """Why they are not in the channel, in words for people; None when they are or will be."""
    added_at: Mapped[datetime]


class RoleHolder(Base):
    """Who held which role from when to when; the open row (until is None) is the present."""

    __tablename__ = "role_holders"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    role: Mapped[str]
    user_id: Mapped[str]
    given_by: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class TimelineEntry(Base):
    """One thing that happened. `at` is when it happened, `recorded_at` when we learnt of it."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        Index("ix_timeline_entries_incident_id_at", "incident_id", "at"),
        UniqueConstraint("incident_id", "source_channel", "source_ts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    kind: Mapped[str]
    """declared, status, severity, role, step, note, message, update, joined, follow-up, review, bot …"""
    author: Mapped[str | None]
    """A Slack user id; None for the bot itself."""
    text: Mapped[str]
    reason: Mapped[str | None]
    permalink: Mapped[str | None]
    source_channel: Mapped[str | None]
    source_ts: Mapped[str | None] = mapped_column(index=True)
    added_by: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    data: Mapped[Json | None] = mapped_column(JSON)


class Mark(Base):
    """Somebody's reaction that puts a message on the timeline or among the follow-ups, or did until taken back."""

    __tablename__ = "marks"

    channel: Mapped[str] = mapped_column(primary_key=True)
    ts: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    """pushpin or ballot_box_with_check."""
    user_id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    changed_at: Mapped[str]
    """Slack's event_ts of their last change: events may arrive in another order than they happened."""
    there: Mapped[bool]


class Update(Base):
    """What stakeholders were told, and when the next word was promised."""

    __tablename__ = "updates"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    at: Mapped[datetime]
    author: Mapped[str]
    impact: Mapped[str]
    changed: Mapped[str | None]
    next_step: Mapped[str | None]
    unknown: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    """When this update had been promised by the one before it; None for the first."""
    next_at: Mapped[datetime | None]


class FollowUp(Base):
    """An action item that outlives the incident."""

    __tablename__ = "follow_ups"
    __table_args__ = (UniqueConstraint("incident_id", "source_channel", "source_ts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    text: Mapped[str]
    owner: Mapped[str | None]
    due_on: Mapped[str | None] = mapped_column(String(10))
    """An ISO date."""
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    source_channel: Mapped[str | None]
    source_ts: Mapped[str | None]
    removed_at: Mapped[datetime | None]
