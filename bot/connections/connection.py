"""One connection as it is used: where it leads, what it may do, and with which credentials."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.connections.outcomes import Unusable
from playbooks.asking import READING

Kind = Literal["http", "serving", "mlflow", "prometheus"]

TIMEOUT_S: Final = 5.0
SERVING_ALIAS: Final = "champion"
BLOCKED_TAG: Final = "blocked"
PATHS: Final[dict[Kind, tuple[str, ...]]] = {
    "http": ("/",),
    "serving": ("/",),
    "mlflow": ("/api/2.0/mlflow/registered-models", "/api/2.0/mlflow/model-versions", "/health", "/version"),
    "prometheus": ("/api/v1/query", "/-/healthy", "/-/ready"),
}
"""What each kind leads to where the operator does not say: of servers that hold much else, only what playbooks need."""


@dataclass(frozen=True)
class VersionPlace:
    """Where a serving endpoint says which version it serves: a path, and where in the answer; None is all of it."""

    path: str
    pointer: str | None


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`base_urls` hold no credentials; those are in `headers`, which is never shown."""

    name: str
    kind: Kind
    base_urls: tuple[str, ...]
    methods: tuple[str, ...] = ("GET",)
    paths: tuple[str, ...] = ("/",)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    timeout_s: float = TIMEOUT_S
    ca: str | None = None
    version: VersionPlace | None = None
    serving_alias: str = SERVING_ALIAS
    blocked_tag: str = BLOCKED_TAG
    unset: str | None = None
    """Why it cannot be used at all, and what to do."""

    @property
    def target(self) -> str:
        """What changes when it leads to another place."""
        return hashlib.sha256("\n".join((self.kind, *self.base_urls)).encode()).hexdigest()[:16]

    def permit(self, method: str, path: str) -> None:
        """Raises Unusable unless the operator allows this method and this encoded path."""
        if self.unset:
            raise Unusable(self.unset)
        if method not in self.methods:
            raise Unusable(
                f"The connection {self.name} allows {_listed(self.methods)}, not {method}. "
                f"Do this by hand, or have the operator add {method} to its methods."
            )
        if not any(_is_below(path, prefix) for prefix in self.paths):
            raise Unusable(
                f"The connection {self.name} does not lead to {path.partition('?')[0][:200]}. "
                "Do this by hand, or have the operator add it to its paths."
            )

    @property
    def allowed(self) -> str:
        """In words: what playbooks may do with it."""
        if self.kind == "mlflow":
            return "read versions and aliases" + (", and move aliases" if "POST" in self.methods else "")
        if self.kind == "prometheus":
            return "ask for numbers"
        where = "" if self.paths == ("/",) else f" under {_listed(self.paths)}"
        return f"{'read' if set(self.methods) <= set(READING) else _listed(self.methods)}{where}"


def _is_below(path: str, prefix: str) -> bool:
    """Whether an encoded path is a prefix or below it, whole segments compared."""
    segments, wanted = _segments(path.partition("?")[0]), _segments(prefix)
    return segments[: len(wanted)] == wanted


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
