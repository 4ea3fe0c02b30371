"""What the registries and Slack last said of models and people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.types import Json


class CatalogueModel(Base):
    """The last known card of a model, merged from the registries."""

    __tablename__ = "catalogue_models"
    # Whoever asks whether anything moved reads this and no cards.
    __table_args__ = (Index("ix_catalogue_models_seen", "missing_since", "synced_at"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[Json] = mapped_column(JSON)
    """The card as data. A fact with a `registry` was seen again whenever that one was read since."""
    synced_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    title: Mapped[str | None]
    """The plain name; here, so that looking for a model reads no cards."""
    contacts: Mapped[Json | None] = mapped_column(JSON)
    """The people of the card, so that looking for whose it is reads no cards."""
    tier: Mapped[int | None]
    team: Mapped[str | None]
    asked: Mapped[int | None]
    """How many fields a model of its tier and mode should have."""
    lacked: Mapped[int | None]
    """How many of those are missing, with what people said of its owner."""
    recipe: Mapped[str | None]
    """What the card was merged from: while that stays the same, so does the card."""


class RegistryCard(Base):
    """What one registry last said of one model, so that one registry being down loses nothing of the merge."""

    __tablename__ = "registry_cards"

    source: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[Json] = mapped_column(JSON)
    fetched_at: Mapped[datetime]
    """When it last said something new."""
    digest: Mapped[str | None]
    """Of what it says, whenever that was: a card that says the same is not written again."""


class AliasMove(Base):
    """An alias seen pointing at a version from `at` on; version None when it was gone."""

    __tablename__ = "alias_moves"
    __table_args__ = (Index("ix_alias_moves_model_alias_at", "model", "alias", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    model: Mapped[str]
    alias: Mapped[str]
    version: Mapped[str | None]
    at: Mapped[datetime]


class RegistrySync(Base):
    """How the last sync of each registry went."""

    __tablename__ = "registry_syncs"

    source: Mapped[str] = mapped_column(primary_key=True)
    tried_at: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]
    models: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]


class SlackPerson(Base):
    """A Slack account as last looked up."""

    __tablename__ = "slack_people"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    time_zone: Mapped[str | None]
    deactivated: Mapped[bool] = mapped_column(default=False)
    is_bot: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime]


class Contact(Base):
    """A contact as a registry writes it, and whom Slack knows under it."""

    __tablename__ = "contacts"

    contact: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str | None]
    problem: Mapped[str | None]
    """Why nobody was found, in words for people."""
    checked_at: Mapped[datetime]


class Place(Base):
    """A Slack channel known by what it is for: announce, digest, dm:<user id>."""

    __tablename__ = "places"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    channel_id: Mapped[str]
