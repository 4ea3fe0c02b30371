"""The registries of models that the bot reads, each by a name in ML_INCIDENT_REGISTRIES."""

from __future__ import annotations

from bot.registries.opened import ADAPTERS, open_registries
from bot.registries.protocol import Health, Reading, Registry, RegistryDown

__all__ = ["ADAPTERS", "Health", "Reading", "Registry", "RegistryDown", "open_registries"]
