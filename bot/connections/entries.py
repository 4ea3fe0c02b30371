"""What may stand in the connections file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from bot.connections.addresses import address
from bot.connections.connection import BLOCKED_TAG, SERVING_ALIAS, TIMEOUT_S, Kind
from playbooks.asking import Method, Pointer
from playbooks.asking import Path as WebPath
from playbooks.checking import Strict, refuse
from playbooks.durations import Duration
from playbooks.faults import not_one_of
from playbooks.vocabulary import Id

LONGEST_TIMEOUT: Final = timedelta(seconds=30)
KINDS: Final[tuple[Kind, ...]] = ("http", "mlflow", "prometheus", "serving")
_OWN_HEADERS: Final = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}


def _name_of_variable(text: str) -> str:
    # What was written is not repeated: it may be the secret itself.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", text):
        raise ValueError("is no name of an environment variable; write the name here, and the secret into the variable")
    return text


def _named(value: object) -> object:
    if not isinstance(value, dict):
        raise refuse("a secret does not stand in this file; name the variable that holds it: {env: NAME}")
    return value


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,99}", text) or text.lower() in _OWN_HEADERS:
        raise ValueError("is no header that can be set here; write for example X-Api-Key")
    return text


def _username(text: str) -> str:
    if ":" in text or not text.isprintable():
        raise ValueError("a user name has no : and no characters that cannot be seen")
    return text


def _base_url(text: str) -> str:
    url, userinfo = address(text)
    if userinfo:
        raise ValueError("must not hold a user name or password; write them under auth")
    return url


def _short(timeout: timedelta) -> timedelta:
    if timeout > LONGEST_TIMEOUT:
        raise ValueError("is at most 30s: people wait for it")
    return timeout


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _FromEnvironment(Strict):
    env: Annotated[str, AfterValidator(_name_of_variable)]


_Secret = Annotated[_FromEnvironment, BeforeValidator(_named)]


class _Basic(Strict):
    username: Annotated[str, AfterValidator(_username), Field(min_length=1, max_length=200)]
    password: _Secret


class _Header(Strict):
    name: Annotated[str, AfterValidator(_header)]
    value: _Secret


class Auth(Strict):
    """How the bot is let in: one of three ways."""

    bearer: _Secret | None = None
    basic: _Basic | None = None
    header: _Header | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.bearer, self.basic, self.header)) != 1:
            raise refuse("auth is exactly one of bearer, basic and header")
        return self


class _Version(Strict):
    path: WebPath
    pointer: Pointer | None = None


_Url = Annotated[str, AfterValidator(_base_url)]
_Urls = Annotated[tuple[_Url, ...], BeforeValidator(_listed), Field(min_length=1, max_length=20)]
_Methods = Annotated[tuple[Method, ...], BeforeValidator(_listed), Field(min_length=1, max_length=6)]
_Paths = Annotated[tuple[WebPath, ...], BeforeValidator(_listed), Field(min_length=1, max_length=50)]
_Word = Annotated[str, Field(min_length=1, max_length=200)]


class _Common(Strict):
    methods: _Methods = ("GET",)
    auth: Auth | None = None
    timeout: Annotated[Duration, AfterValidator(_short)] = timedelta(seconds=TIMEOUT_S)
    ca: str | None = None


class HttpEntry(_Common):
    """Any service."""

    kind: Literal["http"]
    base_url: _Urls
    paths: _Paths = ("/",)


class ServingEntry(_Common):
    """What serves models: every replica, and where each says which version it serves."""

    kind: Literal["serving"]
    base_url: _Urls
    paths: _Paths = ("/",)
    version: _Version


class PrometheusEntry(_Common):
    """A Prometheus, or what speaks like one."""

    kind: Literal["prometheus"]
    base_url: _Url


class MlflowEntry(_Common):
    """A model registry of MLflow."""

    kind: Literal["mlflow"]
    base_url: _Url | None = None  # MLFLOW_TRACKING_URI where it is left out
    serving_alias: _Word = SERVING_ALIAS
    blocked_tag: _Word = BLOCKED_TAG


def _known_kind(value: object) -> object:
    if isinstance(value, dict) and value.get("kind") not in KINDS:
        if "kind" not in value:
            raise refuse(f"needs a kind: {', '.join(KINDS)}.")
        raise refuse(not_one_of(str(value["kind"]), KINDS), at="kind")
    return value


def _kind(value: Any) -> str:
    return str(value.get("kind", "http") if isinstance(value, dict) else getattr(value, "kind", "http"))


Entry = HttpEntry | ServingEntry | MlflowEntry | PrometheusEntry
_AnyEntry = Annotated[
    Annotated[
        Annotated[HttpEntry, Tag("http")]
        | Annotated[ServingEntry, Tag("serving")]
        | Annotated[MlflowEntry, Tag("mlflow")]
        | Annotated[PrometheusEntry, Tag("prometheus")],
        Discriminator(_kind),
    ],
    BeforeValidator(_known_kind),
]


class File(Strict):
    """The whole file."""

    connections: Annotated[Mapping[Id, _AnyEntry], Field(max_length=100)]
