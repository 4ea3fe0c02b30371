"""What the page knows of the app that is installed here: its commands, its explanations, where they lead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .fields import Json


@dataclass(frozen=True)
class Guide:
    """Told by whoever starts the sandbox; without one the page explains nothing and completes no command."""

    zone: str = "UTC"
    """Where Monday 09:00 is."""
    commands: list[Json] = field(default_factory=list)
    """`usage` and `says` of everything that can be typed."""
    explained: list[Json] = field(default_factory=list)
    """Rules: what happens (`on` and its conditions), and what is said of it (`says`, `docs`, `code`)."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Names of docs and code files → where they are."""


def as_guide(told: Mapping[str, Any]) -> Guide:
    """A guide from its JSON."""
    return Guide(
        zone=told.get("zone") or "UTC",
        commands=list(told.get("commands", [])),
        explained=list(told.get("explained", [])),
        sources=dict(told.get("sources", {})),
    )


def read_guide(path: Path) -> Guide:
    """A guide from a JSON file. Raises ValueError with a sentence when it cannot be read."""
    try:
        return as_guide(json.loads(path.read_text("utf-8")))
    except OSError as problem:
        raise ValueError(f"the guide {path} cannot be read: {problem.strerror}") from None
    except (ValueError, TypeError, AttributeError) as problem:
        raise ValueError(f"the guide {path} is no guide: {problem}") from None
