"""Who trained what serves, as a hint whose a model is; no more than that, so somebody has to say that it is so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from bot.registries.drafts import Draft
from playbooks.card import ModelCard
from playbooks.contacts import parse_contact

MACHINES: Final = frozenset(
    {
        *("admin", "airflow", "app", "azureuser", "ci", "databricks", "docker", "ec2-user", "github-actions"),
        *("gitlab-runner", "hadoop", "jenkins", "jovyan", "mlflow", "nobody", "root", "runner", "sagemaker-user"),
        *("service", "spark", "system", "ubuntu", "unknown", "user"),
    }
)
"""Accounts that stand for no person."""
_LOGIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,60}")
_ID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]+")


def trained(cards: Iterable[ModelCard], now: datetime, *, domain: str | None = None) -> list[ModelCard]:
    """Of each model whose training run says who started it, a card with them as its owner."""
    found = []
    for card in cards:
        user = card.text("trained_by") or ""
        if contact := contact_of(user, domain):
            draft = Draft(card.name, now)
            version = f"version {card.serving}" if card.serving else "what serves"
            source = f"mlflow.user of the run that trained {version}"
            draft.say("owner", contact, source + (f", and --domain {domain}" if contact != user else ""))
            found.append(draft.card())
    return found


def contact_of(user: str, domain: str | None) -> str:
    """A log-in name as a contact: an address as it is, else one at the domain, else a plain name; none of a machine."""
    if parse_contact(user).kind == "email":
        return user
    if not _LOGIN.fullmatch(user) or user.lower() in MACHINES or _ID.fullmatch(user):
        return ""
    return f"{user}@{domain}" if domain else user
