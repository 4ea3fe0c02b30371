"""How a missing field is added: a line of models.yaml, or the call or place of the registry that has the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from playbooks.card import ModelCard
from playbooks.fields import POC_TEAMS, FieldSpec, field_title

FILE: Final = "file"
_MODEL_OF_A_FAMILY: Final = {"poc.*": "poc.ds", "endpoint.*": "endpoint.prod"}
_COMPONENT: Final = '[{kind: prompt, name: answer-prompt, version: "14", previous: "13"}]'
_EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person": "ana@example.com",
        "people": "ana@example.com, lee@example.com",
        "link": "https://example.com/…",
        "links": "https://example.com/…",
        "date": "2026-11-20",
        "moment": "2026-11-18T09:30:00Z",
        "duration": "P14D",
        "version": "41",
        "list": "web-shop, checkout",
        "tier": "1",
        "mode": "online",
        "text": "…",
        "records": _COMPONENT,
    }
)
_ALIASES: Final = {"serving": ("champion", "42"), "rollback": ("rollback", "41")}
_OWN_OF_DATAHUB: Final = {
    "owner": "owner of the type Technical Owner",
    "team": "a group as owner of the type Technical Owner",
    "purpose": "description",
    "upstreams": "lineage, upstream",
    "consumers": "lineage, downstream",
}
_OWN_OF_OPENMETADATA: Final = {"owner": "owner", "purpose": "description", "plain_name": "display name"}
_OF_A_VERSION: Final = frozenset({"deployed_at", "change", "features"})


@dataclass(frozen=True, kw_only=True)
class Source:
    """A registry in which people write down what is missing."""

    registry: str = FILE
    """As ML_INCIDENT_REGISTRIES spells it."""
    prefix: str = ""
    """What tags of the registry begin with."""


def where(source: Source, card: ModelCard) -> str:
    """What stands above the lines: where they go."""
    said = _PLACES.get(source.registry)
    if said is None:
        return f"In the registry {source.registry}, under the name of the field:"
    return said.format(file=_file(card), model=card.name)


def key_of(spec: FieldSpec) -> str:
    """The key to be added; one of a family where any of them will do."""
    return _MODEL_OF_A_FAMILY.get(spec.key, spec.key)


def line(source: Source, card: ModelCard, spec: FieldSpec) -> str:
    """The line, call or place that adds a field, with an example for its value."""
    value = _EXAMPLES[spec.kind]
    if spec.kind == "records" and source.registry != FILE:
        return f"models.yaml: {_in_file(source, card, spec, value)}"  # a table has no place in a tag
    return _WAYS.get(source.registry, _plain)(source, card, spec, value)


def _file(card: ModelCard) -> str:
    files = (fact.source for fact in card.facts.values() if fact.source.endswith((".yaml", ".yml")))
    return next(files, "models.yaml")


def _in_file(_source: Source, _card: ModelCard, spec: FieldSpec, value: str) -> str:
    if spec.kind in {"people", "list", "links"}:
        value = f"[{value}]"
    elif spec.kind == "version":
        value = f'"{value}"'
    family, _, member = key_of(spec).partition(".")
    return f"{family}: {{{member}: {value}}}" if spec.is_pattern else f"{key_of(spec)}: {value}"


def _in_mlflow(source: Source, card: ModelCard, spec: FieldSpec, value: str) -> str:
    return _tag(card, spec, f"{source.prefix}{key_of(spec)}", value)


def _in_unity_catalog(source: Source, card: ModelCard, spec: FieldSpec, value: str) -> str:
    # Databricks takes none of . , - = / : in the key of a tag.
    return _tag(card, spec, f"{source.prefix}{key_of(spec).replace('.', '_').replace('-', '_')}", value)


def _tag(card: ModelCard, spec: FieldSpec, tag: str, value: str) -> str:
    if spec.key in _ALIASES:
        alias, version = _ALIASES[spec.key]
        return _call("set_registered_model_alias", card.name, alias, version)
    serving = card.fact("serving")
    if spec.key in _OF_A_VERSION and serving is not None and "alias" in serving.source:
        return _call("set_model_version_tag", card.name, serving.text, tag, value)
    return _call("set_registered_model_tag", card.name, tag, value)


def _call(name: str, *said: str) -> str:
    return f"client.{name}({', '.join(json.dumps(one, ensure_ascii=False) for one in said)})"


def _in_backstage(_source: Source, _card: ModelCard, spec: FieldSpec, value: str) -> str:
    return f"ml-incident/{key_of(spec)}: {json.dumps(value, ensure_ascii=False)}"


def _in_datahub(_source: Source, _card: ModelCard, spec: FieldSpec, value: str) -> str:
    key = key_of(spec)
    if key in _OWN_OF_DATAHUB:
        return f"{_OWN_OF_DATAHUB[key]}: {value}"
    if spec.kind in {"person", "people"}:
        title = POC_TEAMS.get(key.removeprefix("poc."), field_title(key))
        return f"owner of a type called {title}: {value.partition(',')[0]}"
    return f"custom property {key}: {value}"


def _in_openmetadata(_source: Source, _card: ModelCard, spec: FieldSpec, value: str) -> str:
    key = key_of(spec)
    # The names of custom properties hold no dots.
    own = _OWN_OF_OPENMETADATA.get(key) or f"custom property {key.replace('.', '_', 1)}"
    return f"{own}: {value}"


def _plain(_source: Source, _card: ModelCard, spec: FieldSpec, value: str) -> str:
    return f"{key_of(spec)}: {value}"


_WAYS: Final[Mapping[str, Callable[[Source, ModelCard, FieldSpec, str], str]]] = MappingProxyType(
    {
        FILE: _in_file,
        "mlflow": _in_mlflow,
        "unity_catalog": _in_unity_catalog,
        "backstage": _in_backstage,
        "datahub": _in_datahub,
        "openmetadata": _in_openmetadata,
    }
)
_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        FILE: "In {file}, below {model}:",
        "mlflow": "In Python, with client = mlflow.MlflowClient():",
        "unity_catalog": 'In Python, with client = mlflow.MlflowClient(registry_uri="databricks-uc"):',
        "backstage": "In catalog-info.yaml, below metadata, annotations:",
        "datahub": (
            "On the page of the model in DataHub; a group of versions has no custom properties, so for one write those "
            "to models.yaml:"
        ),
        "openmetadata": (
            "On the page of the model in OpenMetadata; a custom property is made once, in the settings of ML models:"
        ),
    }
)
