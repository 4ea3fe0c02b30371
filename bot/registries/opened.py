"""Making the registries that the settings name: ours and those of other packages, all found as entry points."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Final

from bot.errors import log_with_reference
from bot.registries.protocol import Health, Reading, Registry, RegistryDown
from bot.registries.strangers import proper
from bot.registry_settings import BUILT_IN, installed
from bot.views.text import one_line

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.settings import Settings

log = logging.getLogger(__name__)

ADAPTERS: Final = BUILT_IN
"""The registries that come with the bot."""


@dataclass(frozen=True)
class Unusable:
    """Stands for a registry that cannot even be made, so that it stops neither the bot nor the other registries."""

    name: str
    sentence: str

    def read(self, now: datetime) -> Reading:  # noqa: ARG002 - as the protocol has it
        """Raises RegistryDown."""
        raise RegistryDown(self.sentence)

    def health(self) -> Health:
        """Not well."""
        return Health(ok=False, sentence=self.sentence)


@dataclass(frozen=True)
class Guarded:
    """A registry of another package: whatever goes wrong in it stays in it."""

    name: str
    package: str
    inner: Registry

    def read(self, now: datetime) -> Reading:
        """What it says. Raises RegistryDown."""
        try:
            found: object = self.inner.read(now)
        except RegistryDown:
            raise
        except (Exception, SystemExit) as error:
            reference = log_with_reference(log, f"reading the registry {self.name}")
            raise RegistryDown(f"{self._failed(error)} (reference {reference}).") from None
        if not isinstance(found, Reading):
            raise RegistryDown(f"{self._failed(TypeError('read gave no Reading'))}.")
        return proper(found, now, self.package)

    def health(self) -> Health:
        """What it says of itself."""
        try:
            found: object = self.inner.health()
        except (Exception, SystemExit) as error:
            return Health(ok=False, sentence=f"{self._failed(error)}.")
        if isinstance(found, Health):
            return found
        return Health(ok=False, sentence=f"{self._failed(TypeError('health gave no Health'))}.")

    def _failed(self, error: BaseException) -> str:
        said = f"{type(error).__name__}: {one_line(str(error), 200)}".rstrip(".: ")
        return f"The registry {self.name} of {self.package} failed with {said}. Mend or update that package"


def open_registries(settings: Settings) -> list[Registry]:
    """The registries that the settings name, in their order: field by field, the first that knows something wins."""
    there = installed()
    return [_open(there[name], settings) for name in settings.registries]


def _open(point: EntryPoint, settings: Settings) -> Registry:
    try:
        registry: Registry = point.load()(settings)
        fault = _not_a_registry(point.name, registry)
    except (Exception, SystemExit) as error:  # a stranger's code: whatever it is, the sentence names it
        return Unusable(point.name, _sentence(point, f"{type(error).__name__}: {one_line(str(error), 200)}"))
    if fault is not None:
        return Unusable(point.name, _sentence(point, fault))
    return registry if point.value == BUILT_IN.get(point.name) else Guarded(point.name, _package(point), registry)


def _not_a_registry(name: str, registry: Registry) -> str | None:
    missing = [part for part in ("name", "read", "health") if not hasattr(registry, part)]
    if missing:
        return f"what it made has no {' and no '.join(missing)}"
    return None if registry.name == name else f"its name is “{one_line(str(registry.name), 40)}” instead"


def _sentence(point: EntryPoint, fault: str) -> str:
    return (
        f"The registry {point.name} of {_package(point)} cannot be used ({fault}). "
        "Mend or update that package, or take the name out of ML_INCIDENT_REGISTRIES."
    )


def _package(point: EntryPoint) -> str:
    return f"the package {point.dist.name}" if point.dist is not None else f"“{point.value}”"


def open_file(settings: Settings) -> Registry:
    """models.yaml, or a folder of such files."""
    from bot.registries.file import FileRegistry

    return FileRegistry(settings.registry_file)


def open_mlflow(settings: Settings) -> Registry:
    """An MLflow server."""
    from bot.registries.mlflow import MlflowRegistry

    return MlflowRegistry(
        settings.mlflow_tracking_uri or "",
        token=_shown(settings.mlflow_tracking_token),
        username=settings.mlflow_tracking_username,
        password=_shown(settings.mlflow_tracking_password),
        prefix=settings.mlflow_tag_prefix,
    )


def open_unity_catalog(settings: Settings) -> Registry:
    """Unity Catalog of Databricks."""
    from bot.registries.unity_catalog import UnityCatalogRegistry

    return UnityCatalogRegistry(
        settings.databricks_host or "",
        token=_shown(settings.databricks_token),
        schemas=settings.unity_catalog_schemas,
        prefix=settings.mlflow_tag_prefix,
    )


def open_backstage(settings: Settings) -> Registry:
    """A Backstage catalogue."""
    from bot.registries.backstage import BackstageRegistry

    token = _shown(settings.backstage_token)
    return BackstageRegistry(settings.backstage_url or "", token=token, types=settings.backstage_types)


def open_datahub(settings: Settings) -> Registry:
    """A DataHub server."""
    from bot.registries.datahub import DataHubRegistry

    return DataHubRegistry(settings.datahub_gms_url or "", token=_shown(settings.datahub_gms_token))


def open_openmetadata(settings: Settings) -> Registry:
    """An OpenMetadata server."""
    from bot.registries.openmetadata import OpenMetadataRegistry

    return OpenMetadataRegistry(settings.openmetadata_host or "", token=_shown(settings.openmetadata_jwt_token))


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
