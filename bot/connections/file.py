"""The operator's connections file: read, with every fault in it, into connections that can be used."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.connections.addresses import address
from bot.connections.connection import PATHS, Connection, VersionPlace
from bot.connections.credentials import Credentials, basic, bearer, header, of_mlflow
from bot.connections.entries import KINDS, Auth, Entry, File, MlflowEntry, PrometheusEntry, ServingEntry
from bot.named_secrets import secret
from bot.settings import Settings
from playbooks.checking import validate
from playbooks.faults import Fault, FileBroken
from playbooks.reading import Document, read_yaml


class ConnectionsBroken(FileBroken):
    """The connections file cannot be used; `faults` names every place that has to be mended."""


def read_connections(content: bytes | str, file: str, settings: Settings) -> list[Connection]:
    """What the file sets up. Raises ConnectionsBroken with every fault in it."""
    document = read_yaml(content, file)
    if document.faults:
        raise ConnectionsBroken(document.faults)
    read, faults = validate(File, document)
    if read is not None:
        faults = [*faults, *_faults(read, document, settings)]
    if faults or read is None:
        raise ConnectionsBroken(faults)
    return [_make(name, entry, settings) for name, entry in read.connections.items()]


def _faults(read: File, document: Document, settings: Settings) -> Iterator[Fault]:
    """What no single field can know."""
    for name, entry in read.connections.items():
        at = ("connections", name)
        if name in KINDS and name not in ("http", entry.kind):
            yield document.fault((*at, "kind"), f"playbooks take {name} to be of kind {name}; give this another name.")
        if entry.kind == "mlflow" and entry.base_url is None and settings.mlflow_tracking_uri is None:
            yield document.fault((*at, "base_url"), "is missing, and MLFLOW_TRACKING_URI is not set either.")
        if entry.ca is not None and (why := _unreadable(entry.ca)):
            yield document.fault((*at, "ca"), why)


def mlflow_alone(settings: Settings) -> Connection | None:
    """The connection that is there by itself, to be read, where MLFLOW_TRACKING_URI is set."""
    if settings.mlflow_tracking_uri is None:
        return None
    return _make("mlflow", MlflowEntry(kind="mlflow"), settings)


def _make(name: str, entry: Entry, settings: Settings) -> Connection:
    urls, credentials = _place(entry, settings)
    if entry.auth is not None:
        credentials = _credentials(entry.auth)
    unset = f"The connection {name} cannot be used: {credentials.missing}." if credentials.missing else None
    made = Connection(
        name=name,
        kind=entry.kind,
        base_urls=urls,
        methods=tuple(dict.fromkeys(entry.methods)),
        paths=PATHS[entry.kind],
        headers=credentials.headers,
        secrets=credentials.secrets,
        timeout_s=entry.timeout.total_seconds(),
        ca=str(Path(entry.ca).expanduser()) if entry.ca else None,
        unset=unset,
    )
    if isinstance(entry, MlflowEntry):
        tag = f"{settings.mlflow_tag_prefix}{entry.blocked_tag}"
        return replace(made, serving_alias=entry.serving_alias, blocked_tag=tag)
    if isinstance(entry, ServingEntry):
        made = replace(made, version=VersionPlace(entry.version.path, entry.version.pointer))
    return made if isinstance(entry, PrometheusEntry) else replace(made, paths=tuple(dict.fromkeys(entry.paths)))


def _place(entry: Entry, settings: Settings) -> tuple[tuple[str, ...], Credentials]:
    """Where it leads; for MLflow's own setting, with MLflow's own credentials."""
    if entry.base_url is not None:
        return (entry.base_url,) if isinstance(entry.base_url, str) else entry.base_url, Credentials()
    try:
        url, userinfo = address(settings.mlflow_tracking_uri or "")
    except ValueError as broken:
        return (), Credentials(missing=f"MLFLOW_TRACKING_URI {broken}")
    return (url,), of_mlflow(settings, userinfo)


def _credentials(auth: Auth) -> Credentials:
    asked = auth.bearer or (auth.basic.password if auth.basic else auth.header.value if auth.header else None)
    name = asked.env if asked else ""
    value = secret(name)
    if value is None:
        return Credentials(missing=f"set {name} where the bot runs, then start it again")
    if auth.basic:
        return basic(auth.basic.username, value)
    made = header(auth.header.name, value, secret=value) if auth.header else bearer(value)
    return replace(made, missing=f"{name} {made.missing}") if made.missing else made


def _unreadable(ca: str) -> str | None:
    try:
        ssl.create_default_context(cafile=Path(ca).expanduser())
    except FileNotFoundError:
        return f"names {ca}, which is not a file."
    except (OSError, ValueError):
        return f"names {ca}, which holds no certificate that can be read (PEM is expected)."
    return None
