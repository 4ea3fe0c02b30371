"""Which prompts a model loads, as MLflow's own tag and people's tags say it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.registries.shapes import Shape

LINKED: Final = "mlflow.linkedPrompts"
TAG: Final = "prompts"
"""Of a model or of its serving version, where people say it: `prompts:/answer@production, prompts:/greeting/3`."""
_URI: Final = re.compile(r"prompts:/+([A-Za-z0-9_.-]{1,250})(?:/(\d{1,9})|@([A-Za-z0-9_-]{1,250}))?")


@dataclass(frozen=True)
class Link:
    """One prompt: a version of it, what an alias points at, or the newest where it names neither."""

    name: str
    version: str = ""
    alias: str = ""


def written(text: str) -> tuple[Link, ...]:
    """What a tag says that somebody set; whatever is no address of a prompt is about something else."""
    found = [match for part in text.split(",") if (match := _URI.fullmatch(part.strip()))]
    return tuple(
        Link(match[1], version=match[2] or "", alias="" if match[3] in {None, "latest"} else match[3])
        for match in found
    )


def linked(text: str) -> tuple[Link, ...]:
    """What MLflow wrote; of one prompt in several versions, as an optimisation loads it, the newest."""
    try:
        rows = Shape(json.loads(text), LINKED).rows() if text else []
    except (ValueError, RecursionError):
        return ()
    newest: dict[str, int] = {}
    for row in rows:
        name, number = row.at("name").exact(), row.at("version").exact()
        if _URI.fullmatch(f"prompts:/{name}/{number}"):
            newest[name] = max(int(number), newest.get(name, 0))
    return tuple(Link(name, version=str(number)) for name, number in newest.items())


def together(*said: Iterable[Link]) -> tuple[Link, ...]:
    """Each prompt once: who is named first knows best."""
    found: dict[str, Link] = {}
    for links in said:
        for one in links:
            found.setdefault(one.name, one)
    return tuple(found.values())
