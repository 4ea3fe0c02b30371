"""The registries of models that the bot reads, each by a name in ML_INCIDENT_REGISTRIES."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bot.registries.protocol import Health, Reading, Registry, RegistryDown

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["ADAPTERS", "Health", "Reading", "Registry", "RegistryDown", "open_registries"]


def _file(settings: Settings) -> Registry:
    from bot.registries.file import FileRegistry

    return FileRegistry(settings.registry_file)


def _mlflow(settings: Settings) -> Registry:
    from bot.registries.mlflow import MlflowRegistry

    token, password = settings.mlflow_tracking_token, settings.mlflow_tracking_password
    return MlflowRegistry(
        settings.mlflow_tracking_uri or "",
        token=token.get_secret_value() if token else None,
        username=settings.mlflow_tracking_username,
        password=password.get_secret_value() if password else None,
        prefix=settings.mlflow_tag_prefix,
    )


ADAPTERS: Final[dict[str, Callable[[Settings], Registry]]] = {"file": _file, "mlflow": _mlflow}


def open_registries(settings: Settings) -> list[Registry]:
    """The registries that the settings name, in their order: field by field, the first that knows something wins."""
    return [ADAPTERS[name](settings) for name in settings.registries]
