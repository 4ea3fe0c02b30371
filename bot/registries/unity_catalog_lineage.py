"""What versions of Unity Catalog's models were logged to depend on: tables, functions and connections."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import quote

from bot.registries.calls import Calls, NotAllowed, NotThere, Refused
from bot.registries.shapes import Shape

SOURCE: Final = "unity catalog dependencies"
_MODELS: Final = "api/2.1/unity-catalog/models"
_KINDS: Final = {"table": "table_full_name", "function": "function_full_name", "connection": "connection_name"}


class Dependencies:
    """A version's are written when it is logged and stay as they are, so each is asked for once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Model → (its serving version, what that depends on)."""
        self._until = 0.0

    def begin(self, within_s: float) -> None:
        """Give a reading half of its time for this; what comes later is asked for in the next one."""
        self._until = time.monotonic() + within_s / 2

    def of(self, calls: Calls, model: str, version: str, odd: list[str]) -> tuple[str, ...]:
        """What a version depends on, each with its kind as prefix. Raises RegistryDown where the server fails."""
        known, said = self._known.get(model, ("", ()))
        if known == version or time.monotonic() > self._until:
            return said if known == version else ()
        try:
            answer = calls.get(f"{_MODELS}/{quote(model, safe='')}/versions/{quote(version, safe='')}")
        except (NotAllowed, NotThere, Refused):  # the rest of the card does without
            return ()
        rows = Shape(answer, "version", odd).at("model_version_dependencies", "dependencies").rows()
        found = [f"{kind}:{name}" for row in rows for kind, key in _KINDS.items() if (name := row.at(kind, key).text())]
        self._known[model] = (version, tuple(found))
        return tuple(found)
