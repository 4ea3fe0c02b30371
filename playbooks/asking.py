"""What checks ask and actions send: data that names a connection, never a host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from playbooks.checking import Strict
from playbooks.vocabulary import Id, Text

BUILT_IN: Final = ("mlflow", "prometheus", "serving")
"""Connections that playbooks may name before an operator has set any up; each has a kind of question of its own."""

Op = Literal[
    "equals", "not-equals", "one-of", "at-least", "at-most", "more-than", "less-than", "contains", "exists", "absent"
]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
READING: Final = ("GET", "HEAD")

_PATH: Final = re.compile(r"/[^\s?#\\]*")
_POINTER: Final = re.compile(r"(/([^~/]|~0|~1)*)*")


def _path(text: str) -> str:
    if not _PATH.fullmatch(text) or "//" in text or ".." in text.split("/"):
        raise ValueError("a path begins with one /, and holds no host, no .., no ? and no #")
    return text


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError("a JSON Pointer is empty or begins with /; write ~1 for a / in a name and ~0 for a ~")
    return text


def _plain(value: object) -> object:
    """Versions are written 7 or "7"; both mean the text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


_SCALAR: Final = {"type": ["string", "number", "boolean"]}
Scalar = Annotated[str, BeforeValidator(_plain), Field(max_length=500), WithJsonSchema(_SCALAR)]
Path = Annotated[str, AfterValidator(_path), Field(max_length=500)]
Pointer = Annotated[str, AfterValidator(_pointer), Field(max_length=300)]


class Expected(Strict):
    """What the value must be. `one-of` compares with each of a list; `exists` and `absent` need no value."""

    op: Op = "equals"
    value: Scalar | Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=20)] | None = None


class HttpExpected(Expected):
    """The same for an answer over HTTP: its status, and the value found at a JSON Pointer (RFC 6901) in its body."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    pointer: Pointer | None = None


class Request(Strict):
    """A request to a named connection. Placeholders in the path and query are encoded, so they cannot add to either."""

    method: Method = "GET"
    path: Path
    query: Annotated[Mapping[str, Text], Field(max_length=20)] = Field(default_factory=dict)
    body: Mapping[str, Any] | None = None


class HttpCall(Request):
    """The same with its connection, and what must come back."""

    connection: Id
    expect: HttpExpected = HttpExpected()


class AliasCheck(Strict):
    """Which version an alias of a registered model points at, in MLflow. Without `alias`, the serving one."""

    connection: Id = "mlflow"
    model: Text = "{model.name}"
    alias: Text | None = None
    expect: Expected


class ServingCheck(Strict):
    """Which version the serving endpoint itself reports, asked of every replica that the connection names."""

    connection: Id = "serving"
    model: Text = "{model.name}"
    expect: Expected


class PrometheusCheck(Strict):
    """A PromQL instant query that gives one number. Placeholders stand inside quotes, and are escaped for them."""

    connection: Id = "prometheus"
    query: Text
    expect: Expected


class AliasMove(Strict):
    """Point an alias of a registered model at a version that is named; repeating it changes nothing."""

    connection: Id = "mlflow"
    model: Text = "{model.name}"
    alias: Text | None = None
    to: Scalar


class Before(Strict):
    """Where the value that an action changes is read, before and after it."""

    path: Path
    query: Annotated[Mapping[str, Text], Field(max_length=20)] = Field(default_factory=dict)
    pointer: Pointer


class Undo(Strict):
    """How an action is taken back: in words, and as a request, where {before} is the value from before."""

    manual: Text
    request: Request | None = None
