"""The settings of the registries of models, and which registries are installed."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from playbooks.adding import Source

GROUP: Final = "ml_incident.registries"
"""The entry points under which packages bring registries: a name in ML_INCIDENT_REGISTRIES → a factory."""

BUILT_IN: Final = {
    "file": "bot.registries.opened:open_file",
    "mlflow": "bot.registries.opened:open_mlflow",
    "unity_catalog": "bot.registries.opened:open_unity_catalog",
    "backstage": "bot.registries.opened:open_backstage",
    "datahub": "bot.registries.opened:open_datahub",
    "openmetadata": "bot.registries.opened:open_openmetadata",
}
"""Ours, as pyproject.toml registers them. They are here too, so that no stranger's package can stand in for one, and
so that a checkout whose metadata is older than its code has them all."""

NEEDED: Final = {
    "mlflow": "mlflow_tracking_uri",
    "unity_catalog": "databricks_host",
    "backstage": "backstage_url",
    "datahub": "datahub_gms_url",
    "openmetadata": "openmetadata_host",
}
"""The setting without which a registry cannot be read."""


def installed() -> dict[str, EntryPoint]:
    """Every registry there is: ours, and those of other packages."""
    found = {name: EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items()}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, point)
    return found


def web_address(text: str) -> str:
    """An address that can be asked; anything else is a fault of the settings."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("is not a web address; write it with http:// or https:// in front.")
    return text


def _split(text: Any) -> Any:
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    there = BUILT_IN.keys() if set(names) <= BUILT_IN.keys() else installed().keys()
    for name in names:
        if name not in there:
            close = get_close_matches(name.lower().replace("-", "_"), there, n=1)
            hint = f" Did you mean {close[0]}?" if close else " Is the package that brings it installed here?"
            raise ValueError(f"names the registry “{name[:40]}”; there are {', '.join(there)}.{hint}")
    if len(set(names)) != len(names) or not names:
        raise ValueError("names no registry, or one of them twice.")
    return names


def _schemas(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name.count(".") != 1 or not all(name.split(".")):
            raise ValueError(f"names the schema “{name[:80]}”; write it with its catalogue, such as main.ranking.")
    return names


def _types(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("names no type; without it every component would be a model.")
    return names


_Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
_Address = Annotated[str, AfterValidator(web_address)]


class RegistrySettings(BaseSettings):
    """Read together with all other settings."""

    registries: Annotated[_Names, AfterValidator(_known)] = Field(
        default=("file",),
        validation_alias="ML_INCIDENT_REGISTRIES",
        description=f"Model registries, comma separated, the first wins field by field: {', '.join(BUILT_IN)}.",
    )
    registry_file: Path = Field(
        default=Path("models.yaml"),
        validation_alias="ML_INCIDENT_REGISTRY_FILE",
        description="The model catalogue that the registry “file” reads, or a folder of such files.",
    )
    mlflow_tracking_uri: _Address | None = Field(
        default=None,
        validation_alias="MLFLOW_TRACKING_URI",
        description="The MLflow server that the registry “mlflow” reads.",
    )
    mlflow_tracking_token: SecretStr | None = Field(
        default=None, validation_alias="MLFLOW_TRACKING_TOKEN", description="A bearer token for MLflow."
    )
    mlflow_tracking_username: str | None = Field(
        default=None, validation_alias="MLFLOW_TRACKING_USERNAME", description="A user name for MLflow."
    )
    mlflow_tracking_password: SecretStr | None = Field(
        default=None, validation_alias="MLFLOW_TRACKING_PASSWORD", description="The password of that user."
    )
    mlflow_tag_prefix: str = Field(
        default="",
        validation_alias="ML_INCIDENT_MLFLOW_TAG_PREFIX",
        description="What your MLflow tags begin with, e.g. “acme.” where the owner's tag is acme.owner.",
    )
    mlflow_write_owners: bool = Field(
        default=False,
        validation_alias="ML_INCIDENT_MLFLOW_WRITE_OWNERS",
        description="Whether an owner who was confirmed in Slack is written to MLflow's tags owner and reviewed_at.",
    )
    databricks_host: _Address | None = Field(
        default=None,
        validation_alias="DATABRICKS_HOST",
        description="The Databricks workspace through which the registry “unity_catalog” is read.",
    )
    databricks_token: SecretStr | None = Field(
        default=None, validation_alias="DATABRICKS_TOKEN", description="A token for that workspace."
    )
    unity_catalog_schemas: Annotated[_Names, AfterValidator(_schemas)] = Field(
        default=(),
        validation_alias="ML_INCIDENT_UNITY_CATALOG_SCHEMAS",
        description="The schemas whose models are read, e.g. “main.ranking, main.fraud”; all that the token may see "
        "when unset.",
    )
    backstage_url: _Address | None = Field(
        default=None,
        validation_alias="BACKSTAGE_URL",
        description="The backend (backend.baseUrl) whose catalogue the registry “backstage” reads.",
    )
    backstage_token: SecretStr | None = Field(
        default=None,
        validation_alias="BACKSTAGE_TOKEN",
        description="A static token of backend.auth.externalAccess for it.",
    )
    backstage_types: Annotated[_Names, AfterValidator(_types)] = Field(
        default=("ml-model", "machine-learning-model", "model-server"),
        validation_alias="ML_INCIDENT_BACKSTAGE_TYPES",
        description="Which components of it are models, by their spec.type.",
    )
    datahub_gms_url: _Address | None = Field(
        default=None,
        validation_alias="DATAHUB_GMS_URL",
        description="The metadata service that the registry “datahub” reads.",
    )
    datahub_gms_token: SecretStr | None = Field(
        default=None, validation_alias="DATAHUB_GMS_TOKEN", description="A personal access token for it."
    )
    openmetadata_host: _Address | None = Field(
        default=None,
        validation_alias="OPENMETADATA_HOST",
        description="The OpenMetadata server that the registry “openmetadata” reads.",
    )
    openmetadata_jwt_token: SecretStr | None = Field(
        default=None, validation_alias="OPENMETADATA_JWT_TOKEN", description="The token of a bot of that server."
    )

    @property
    def owner_tags(self) -> tuple[str, str] | None:
        """The tags of MLflow for an owner and for the day of their word; None where the bot may not set them."""
        prefix, may = self.mlflow_tag_prefix, self.mlflow_write_owners and "mlflow" in self.registries
        return (f"{prefix}owner", f"{prefix}reviewed_at") if may else None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The registries in their order, as far as it matters where people add what is missing."""
        prefixes = dict.fromkeys(("mlflow", "unity_catalog"), self.mlflow_tag_prefix)
        return tuple(Source(registry=name, prefix=prefixes.get(name, "")) for name in self.registries)

    def missing_for_registries(self) -> list[str]:
        """What else has to be set before the named registries can be read, a sentence each."""
        missing = [
            f"ML_INCIDENT_REGISTRIES names {name}, so {type(self).model_fields[field].validation_alias} has to be set."
            for name, field in NEEDED.items()
            if name in self.registries and getattr(self, field) is None
        ]
        if self.mlflow_write_owners and "mlflow" not in self.registries:
            missing.append("ML_INCIDENT_MLFLOW_WRITE_OWNERS is on, so ML_INCIDENT_REGISTRIES has to name mlflow.")
        return missing
